"""What a script printed of its requests, in every wrapping of k6's."""

import gzip
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.errors import EvidenceError
from perfweek.load.k6 import find_k6
from perfweek.load.reading.console import is_console_log, message, read_console_log
from perfweek.load.reading.results import read_results

HEADER = "id,status,startTime,stopTime,durationJS,durationK6,vus,bodyLength"
ROWS = ["a,200,1700000000100,1700000000112,12,11.5,10,44", "b,500,1700000000050,1700000000071,21,20.25,10,44"]
SCRIPT = """
import http from 'k6/http';
export const options = { iterations: 3, vus: 1 };
export function setup() { console.log('id,status,startTime,stopTime,durationJS,durationK6,vus'); }
export default function () {
  const start = Date.now();
  const response = http.get('http://127.0.0.1:9/');
  const stop = Date.now();
  console.log(`x,${response.status},${start},${stop},${stop - start},${response.timings.duration},1`);
}
"""
WRAPPINGS = {
    "raw": "{}",
    "file": 'time="2026-11-28T03:30:07Z" level=info msg="{}" source=console',
    "terminal": "\x1b[36mINFO\x1b[0m[0003] {}                 \x1b[36msource\x1b[0m=console",
    "plain terminal": "INFO[0003] {}  source=console",
}


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS)
def test_a_line_is_a_request_however_k6_wrapped_it(tmp_path: Path, wrapping: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text("\n".join(wrapping.format(line) for line in [HEADER, *ROWS]) + "\n")
    found = read_results([path])
    assert found.requests["duration_ms"].tolist() == [20.25, 11.5]  # k6's own durations, in order of the start
    assert found.requests["time"].tolist() == [1700000000.05, 1700000000.1]
    assert found.requests["failed"].tolist() == [True, False]
    assert set(found.requests["endpoint"]) == {"requests"}


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=60))
def test_quoting_hides_nothing_of_a_message(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert message(f'time="t" level=info msg="{quoted}" source=console') == text


def test_the_real_k6_writes_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "load.js").write_text(SCRIPT)
    log = tmp_path / "console.log"
    command = [find_k6().path, "run", "--quiet", f"--console-output={log}", tmp_path / "load.js"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "K6_NO_USAGE_REPORT": "true"})
    found = read_results([log])
    assert len(found.requests) == 3
    assert found.requests["failed"].all()  # nobody listens on port 9
    assert found.requests["time"].iloc[0] == pytest.approx(log.stat().st_mtime, abs=60)


def test_torn_lines_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("\n".join([HEADER, *ROWS, "c,200,1700000", "d,200,1700000000300,1700000000301,x,fast,10,44", "a sentence"]) + "\n")
    found = read_results([path])
    assert (len(found.requests), found.damaged, found.first_damage) == (2, 2, "line 4 has 3 columns")


def test_names_of_endpoints_and_methods_are_kept_and_compressed_files_read(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"url;method;start;duration\n/a;GET;1700000000000;5\n/b;POST;1700000001000;7\n"))
    assert read_results([path]).requests["endpoint"].tolist() == ["GET /a", "POST /b"]


def test_without_a_request_the_remedy_is_said(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + "\n")
    with pytest.raises(EvidenceError, match="holds no request"):
        read_console_log(path)


@pytest.mark.parametrize("text", ["", "metric_name,timestamp,metric_value\nhttp_req_duration,1,2\n", "a,b,c\n1,2,3\n", "\0\1\2"])
def test_other_files_are_no_console_log(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other"
    path.write_text(text)
    assert not is_console_log(path)
