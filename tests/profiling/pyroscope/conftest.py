"""A program with a known hot function that pushes as the runbook says, and a push that holds what a reader can count."""

import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from small_service import week_of, write_target

from perfweek.evidence import Measurement
from perfweek.profiling.pyroscope.measure import measure_pyroscope
from perfweek.profiling.pyroscope.messages import PushRequest
from perfweek.profiling.pyroscope.pprof import Profile, Sample, write_pprof
from perfweek.week import Week

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

    def run(url: str, seconds: float = 1.5) -> None:
        told = {"PYROSCOPE_SERVER_ADDRESS": url, "PYROSCOPE_APPLICATION_NAME": "hot service", "PYROSCOPE_UPLOAD_INTERVAL": "1"}
        subprocess.run([sys.executable, str(program), str(seconds)], check=True, timeout=60, env={**os.environ, **told})

    return run


def cpu_profile(stacks: dict[tuple[str, ...], int], started: float = 1_800_000_000.0, duration_s: float = 10.0, endpoint: str = "") -> Profile:
    labels = (("endpoint", endpoint),) if endpoint else ()
    samples = tuple(Sample(stack, value, labels) for stack, value in stacks.items())
    return Profile("cpu", "nanoseconds", 10_000_000, started, duration_s, samples)


def write_push(profiles: dict[str, bytes], labels: dict[str, str]) -> bytes:
    """A push as an agent would send it, not packed: name -> pprof, all with `labels`."""
    request = PushRequest()
    for name, pprof in profiles.items():
        series = request.series.add()
        for key, value in {"__name__": name, **labels}.items():
            series.labels.add(name=key.encode(), value=value.encode())
        series.samples.add(raw_profile=pprof)
    return request.SerializeToString()


def push_of(*profiles: Profile, service: str = "shop") -> bytes:
    return b"".join(write_push({"process_cpu": write_pprof(profile)}, {"service_name": service}) for profile in profiles)


BEGAN = math.floor(time.time()) - 1000
REQUESTS = pd.DataFrame({"time": [BEGAN + tenth / 10 for tenth in range(501)], "endpoint": ["GET /items"] * 501})
"""Fifty seconds of load, a thousand seconds ago."""


def pulled(tmp_path: Path, url: str, service: str = "small") -> tuple[Week, Measurement]:
    """What Monday pulls from the server at `url` for that load."""
    target = write_target(tmp_path, rest=f'[monitoring]\npyroscope = "{url}"\n')
    target = target.model_copy(update={"service": target.service.model_copy(update={"name": service})})
    week = week_of(target)
    return week, measure_pyroscope(week, target, REQUESTS)
