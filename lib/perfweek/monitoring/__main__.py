"""`python -m perfweek.monitoring start | stop | status | generate`: the loopback stack, and the generated files of runbooks/stack."""

import argparse
import sys
from pathlib import Path
from urllib.parse import urlsplit

from perfweek.errors import PerfweekError
from perfweek.monitoring import loopback
from perfweek.monitoring.dashboards import write_dashboards
from perfweek.monitoring.rules import write_rules
from perfweek.project import project_folder
from perfweek.target import Target, load_target

FOLDER = ".perfweek/stack"


def main() -> None:
    """One error in words, exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m perfweek.monitoring", description=__doc__)
    parser.add_argument("what", choices=("start", "stop", "status", "generate"))
    parser.add_argument("--target", default="", help="target file; empty for the nearest target.toml")
    options = parser.parse_args()
    try:
        _DO[options.what](load_target(options.target))
    except PerfweekError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def _start(target: Target) -> None:
    address = urlsplit(target.service.url)
    budget_s = target.service.latency_budget_p95_ms / 1000
    found = loopback.start(_folder(target), f"{address.hostname}:{address.port or 80}", budget_s, target.weeks)
    for name, where in found.items():
        print(f"{name:<12}{where}")
    print(f'Load tests send their results there with [monitoring] prometheus = "{found["prometheus"]}" in the target.')


def _stop(target: Target) -> None:
    stopped = loopback.stop(_folder(target))
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


def _status(target: Target) -> None:
    found = loopback.running(_folder(target))
    print("\n".join(f"{name:<16}process {process.pid}" for name, process in found.items()) or "nothing is running")


def _generate(target: Target) -> None:
    stack = project_folder("runbooks") / "stack"
    for path in (*write_dashboards(stack), write_rules(stack, target.service.latency_budget_p95_ms / 1000)):
        print(path)


def _folder(target: Target) -> Path:
    return (target.root / FOLDER).resolve()


_DO = {"start": _start, "stop": _stop, "status": _status, "generate": _generate}

if __name__ == "__main__":
    main()
