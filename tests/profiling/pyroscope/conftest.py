"""A program with a known hot function, and a push that holds what a reader can count."""

import subprocess
import sys
from pathlib import Path

import pytest

from perfweek.profiling.pyroscope.pprof import Profile, Sample, write_pprof
from perfweek.profiling.pyroscope.push import write_push

HOT = """
import sys, time
import pyroscope

def hot_function():
    total = 0
    for number in range(20_000):
        total += number * number
    return total

def cold_function():
    return sum(range(2_000))

assert pyroscope.configure(application_name=sys.argv[2], server_address=sys.argv[1], upload_interval=1, tags={"week": "2026-W48"})
until = time.monotonic() + float(sys.argv[3])
while time.monotonic() < until:
    with pyroscope.tag_wrapper({"endpoint": "GET /hot"}):
        hot_function()
    with pyroscope.tag_wrapper({"endpoint": "GET /cold"}):
        cold_function()
pyroscope.shutdown()
"""


@pytest.fixture
def hot_program(tmp_path: Path):
    """Run a program whose CPU time is nearly all in `hot_function`, pushing every second to a URL."""
    program = tmp_path / "program.py"
    program.write_text(HOT)

    def run(url: str, service: str = "hot service", seconds: float = 2.5) -> None:
        subprocess.run([sys.executable, str(program), url, service, str(seconds)], check=True, timeout=60)

    return run


def cpu_profile(stacks: dict[tuple[str, ...], int], started: float = 1_800_000_000.0, duration_s: float = 10.0, endpoint: str = "") -> Profile:
    labels = (("endpoint", endpoint),) if endpoint else ()
    samples = tuple(Sample(stack, value, labels) for stack, value in stacks.items())
    return Profile("cpu", "nanoseconds", 10_000_000, started, duration_s, samples)


def push_of(*profiles: Profile, service: str = "shop") -> bytes:
    return b"".join(write_push({"process_cpu": write_pprof(profile)}, {"service_name": service}) for profile in profiles)
