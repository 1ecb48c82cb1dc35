"""Every part of the target against the world: what is there, what is missing, what to do about it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
import psutil

from perfweek.errors import PerfweekError
from perfweek.files import make_folder, write_atomic
from perfweek.load.k6 import find_k6
from perfweek.load.service import port_is_taken
from perfweek.report.host import describe_host, free_disk_gb
from perfweek.target import Target
from perfweek.warehouse.connection import examine_warehouse

NEEDED_DISK_GB = 2.0


@dataclass(frozen=True)
class Finding:
    """What the doctor found of one part: `state` ok, note (works, with a limit) or fail, and the remedy if there is one."""

    part: str
    state: Literal["ok", "note", "fail"]
    what: str
    remedy: str = ""


def examine(target: Target) -> Iterator[Finding]:
    """One finding or more per part, in the order of EXAMINATIONS. A part that cannot even be examined is a failed one."""
    for part, examination in EXAMINATIONS.items():
        try:
            yield from examination(target)
        except PerfweekError as error:
            yield Finding(part, "fail", f"{error.what} {error.where}".strip(), error.remedy)


def _machine(_: Target) -> Iterator[Finding]:
    host = describe_host()
    state: Literal["ok", "note"] = "ok" if int(host["cores"]) >= 2 else "note"
    remedy = "" if state == "ok" else "Load generator and service share one core: expect wide intervals."
    yield Finding("machine", state, f"Python {sys.version.split()[0]}, {host['cores']} cores, {host['memory_gib']} GiB", remedy)


def _disk(target: Target) -> Iterator[Finding]:
    write_atomic(make_folder(target.weeks) / ".doctor", "").unlink()
    free = free_disk_gb(target.weeks)
    enough = free >= NEEDED_DISK_GB
    yield Finding(
        "disk", "ok" if enough else "fail", f"{free:.1f} GB free in {target.weeks}", "" if enough else f"Free at least {NEEDED_DISK_GB} GB."
    )


def _k6(target: Target) -> Iterator[Finding]:
    if target.load.results:
        missing = [path for path in target.load.results if not target.resolve(path).is_file()]
        what = f"existing results: {', '.join(target.load.results)}"
        yield Finding("k6", "fail" if missing else "ok", what, f"Not there: {', '.join(missing)}" if missing else "")
        return
    k6 = find_k6()
    yield Finding("k6", "ok", f"{k6.version} ({k6.path})")


def _profiler(_: Target) -> Iterator[Finding]:
    """Attach py-spy to a process of our own: the only sure answer to whether attaching is allowed."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"]) as sleeper:
        try:
            time.sleep(0.5)
            spy = Path(sys.executable).with_name("py-spy")
            seen = subprocess.run([str(spy), "dump", "--pid", str(sleeper.pid)], capture_output=True, text=True, check=False)
        finally:
            sleeper.kill()
    if seen.returncode == 0:
        yield Finding("py-spy", "ok", "may attach to processes of this user")
        return
    remedy = "Run as root, or give SYS_PTRACE (containers: cap_add; Linux: sysctl kernel.yama.ptrace_scope=0). Without it there is no flame graph."
    yield Finding("py-spy", "note", (seen.stderr.strip().splitlines() or ["may not attach"])[-1], remedy)


def _service(target: Target) -> Iterator[Finding]:
    service = target.service
    address = urlsplit(service.url)
    port = address.port or (443 if address.scheme == "https" else 80)
    if service.start:
        taken = port_is_taken(address.hostname or "127.0.0.1", port)
        remedy = f"Stop what listens on port {port}, or change url and start in the target." if taken else ""
        yield Finding("service", "fail" if taken else "ok", f"port {port} is {'taken' if taken else 'free'}", remedy)
        return
    yield _answers("service", service.url.rstrip("/") + service.health, "Start the service, or give its start command in [service].")
    if service.process and not _process_is_there(service.process):
        yield Finding(
            "service", "fail", f"no process matches {service.process!r}", "Give its pid, or a part of its command line, in [service] process."
        )


def _process_is_there(wanted: str) -> bool:
    if wanted.isdigit():
        return psutil.pid_exists(int(wanted))
    return any(wanted in " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]) if process.pid != os.getpid())


def _commands(target: Target) -> Iterator[Finding]:
    given = {
        "service.prepare": target.service.prepare,
        "service.start": target.service.start,
        "service.start_changed": target.service.start_changed,
        "commands.clean": target.commands.clean,
        "commands.build": target.commands.build,
        "commands.test": target.commands.test,
    }
    for key, command in given.items():
        if command:
            program = target.command(command)[0]
            found = shutil.which(program, path=None) or (target.root / program).is_file()
            yield Finding(
                "commands", "ok" if found else "fail", f"{key}: {program}", "" if found else "Install that program, or write its whole path."
            )


def _warehouse(target: Target) -> Iterator[Finding]:
    for state, what, remedy in examine_warehouse(target):
        yield Finding("warehouse", state, what, remedy)


def _redis(_: Target) -> Iterator[Finding]:
    found = shutil.which("redis-server")
    what = f"redis-server at {found}" if found else "no redis-server on PATH: the shared tier is not tried for real"
    yield Finding("redis", "ok" if found else "note", what, "" if found else "Install it: sudo apt-get install redis-server, or brew install redis.")


def _cache(target: Target) -> Iterator[Finding]:
    log = target.cache.log
    if not log:
        yield Finding("cache", "note", "no access log is named: Thursday has nothing to size", "Name it in [cache] log.")
    elif "{run}" in log:
        yield Finding("cache", "ok", f"the service writes {log} in each run")
    else:
        there = target.resolve(log).is_file()
        yield Finding("cache", "ok" if there else "fail", f"access log {log}", "" if there else "There is no such file: mend [cache] log.")


def _repository(target: Target) -> Iterator[Finding]:
    seen = subprocess.run(
        ["git", "-C", str(target.resolve(target.repository.path)), "rev-list", "--count", "HEAD"], capture_output=True, text=True, check=False
    )
    if seen.returncode:
        yield Finding(
            "repository", "note", f"{target.repository.path} has no git history", "Name a clone in [repository] path for the monorepo decision."
        )
    else:
        yield Finding("repository", "ok", f"{seen.stdout.strip()} commits in {target.repository.path}")


def _urls(target: Target) -> Iterator[Finding]:
    for name, url in target.monitoring:
        if url:
            yield _answers(name, url, f"Start {name}, or take it out of [monitoring].")
    if target.api.openapi.startswith("http"):
        yield _answers("openapi", target.api.openapi, "Mend [api] openapi.")


def _answers(part: str, url: str, remedy: str) -> Finding:
    try:
        status = httpx.get(url, timeout=5).status_code
    except httpx.HTTPError as error:
        return Finding(part, "fail", f"{url}: {type(error).__name__}", remedy)
    return Finding(part, "ok" if status < 400 else "fail", f"{url} answers {status}", "" if status < 400 else remedy)


EXAMINATIONS: dict[str, Callable[[Target], Iterator[Finding]]] = {
    "machine": _machine,
    "disk": _disk,
    "k6": _k6,
    "py-spy": _profiler,
    "service": _service,
    "commands": _commands,
    "warehouse": _warehouse,
    "redis": _redis,
    "cache": _cache,
    "repository": _repository,
    "monitoring": _urls,
}
