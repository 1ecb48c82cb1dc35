"""A program with a known hot function that pushes as the runbook says, and a push that holds what a reader can count."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from perfweek.profiling.pyroscope.pprof import Profile, Sample, write_pprof
from perfweek.profiling.pyroscope.push import write_push

RUNBOOK = (Path(__file__).parents[3] / "runbooks" / "profiling.md").read_text()
(LINES,) = re.findall(r"^```python\n(.*?)^```", RUNBOOK, re.S | re.M)
HOT = """
import sys, time

def hot_function():
    total = 0
    for number in range(20_000):
        total += number * number
    return total

def cold_function():
    return sum(range(2_000))

until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    with pyroscope.tag_wrapper({"endpoint": "GET /hot"}):
        hot_function()
    with pyroscope.tag_wrapper({"endpoint": "GET /cold"}):
        cold_function()
"""


@pytest.fixture
def hot_program(tmp_path: Path):
    """Run a program whose CPU time is nearly all in `hot_function`, with the runbook's lines at its start, pushing every second to a URL."""
    program = tmp_path / "program.py"
    program.write_text(LINES + HOT)

    def run(url: str, seconds: float = 2.5) -> None:
        told = {"PYROSCOPE_SERVER_ADDRESS": url, "PYROSCOPE_APPLICATION_NAME": "hot service", "PYROSCOPE_UPLOAD_INTERVAL": "1"}
        subprocess.run([sys.executable, str(program), str(seconds)], check=True, timeout=60, env={**os.environ, **told})

    return run


def cpu_profile(stacks: dict[tuple[str, ...], int], started: float = 1_800_000_000.0, duration_s: float = 10.0, endpoint: str = "") -> Profile:
    labels = (("endpoint", endpoint),) if endpoint else ()
    samples = tuple(Sample(stack, value, labels) for stack, value in stacks.items())
    return Profile("cpu", "nanoseconds", 10_000_000, started, duration_s, samples)


def push_of(*profiles: Profile, service: str = "shop") -> bytes:
    return b"".join(write_push({"process_cpu": write_pprof(profile)}, {"service_name": service}) for profile in profiles)
