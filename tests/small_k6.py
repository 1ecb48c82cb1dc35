"""Results as k6 writes them, and the plainest possible reading of them: what the reader is compared with."""

import csv
import gzip
import io
import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

COLUMNS = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,"
    "tls_version,url,extra_tags,metadata"
)
HEADER = next(csv.reader([COLUMNS]))
OF_2020 = [name for name in HEADER if name not in {"expected_response", "scenario", "service", "metadata"}]
OF_2021 = [name for name in HEADER if name != "metadata"]
TRENDS = ("duration", "blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving")
START_US = 1_700_000_000_000_000


def row(header=HEADER, **values):
    """One row; unless told, of a request for GET /a that was answered after 12.5 ms."""
    content = {
        "metric_name": "http_req_duration",
        "timestamp": "1700000000",
        "metric_value": "12.500000",
        "name": "GET /a",
        "method": "GET",
        "status": "200",
        "expected_response": "true",
        "scenario": "default",
        "url": "http://x/a",
    } | values
    output = io.StringIO()
    csv.writer(output, lineterminator="\n").writerow([content.get(name, "") for name in header])
    return output.getvalue()


def request(end_us=START_US, duration_ms=12.5, header=HEADER, **tags):
    """The nine rows of a request as k6 writes them: sending 0.5 ms, receiving 1 ms, the rest waiting; blocked 0.25 ms."""
    parts = {"duration": duration_ms, "blocked": 0.25, "connecting": 0.125, "tls_handshaking": 0, "sending": 0.5}
    parts |= {"waiting": duration_ms - 1.5, "receiving": 1}
    named = {"http_reqs": 1} | {f"http_req_{part}": value for part, value in parts.items()} | {"http_req_failed": 0}
    return "".join(row(header, metric_name=name, timestamp=str(end_us), metric_value=f"{value:.6f}", **tags) for name, value in named.items())


def point(metric="http_req_duration", time="2023-11-14T22:13:20.25Z", value=12.5, **tags):
    """One line of JSON, the keys in k6's order of today."""
    tags = {"method": "GET", "name": "GET /a", "scenario": "default", "status": "200", "url": "http://x/a"} | tags
    data = {"time": time, "value": value, "tags": tags}
    return json.dumps({"metric": metric, "type": "Point", "data": data}, separators=(",", ":")) + "\n"


def save(folder: Path, *rows, header=HEADER, name="k6.csv", tail=b""):
    """A file of rows (of lines of JSON where `header` is empty), compressed where its name ends in .gz."""
    path = folder / name
    content = ((",".join(header) + "\n" if header else "") + "".join(rows)).encode() + tail
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def plain_rows(path: Path):
    """(metric, time as written, value, tags) of each whole row, by Python's own csv and json."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    if text.startswith("{"):
        for line in text.splitlines():
            content = json.loads(line)
            if content["type"] == "Point":
                data = content["data"]
                yield content["metric"], data["time"], data["value"], data["tags"] or {}
        return
    for found in csv.DictReader(io.StringIO(text, newline="")):
        yield found["metric_name"], found["timestamp"], float(found["metric_value"]), found


def plain_durations(path: Path):
    """name -> durations of its requests in ms, in the order of the file."""
    found = defaultdict(list)
    for metric, _, value, tags in plain_rows(path):
        if metric == "http_req_duration":
            found[tags["name"]].append(value)
    return dict(found)


def plain_seconds(time: str) -> float:
    return float(time) if time.isdigit() else datetime.fromisoformat(time).timestamp()


def type_7(values, q):
    """k6's percentile: linear interpolation on q (n - 1)."""
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
