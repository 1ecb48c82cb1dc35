"""Every kind of trace that is read, and what is found out about it."""

import bz2
import gzip
import json
import lzma
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.access_log import SCHEMA
from perfweek.caching.engine.requests import DELETE, FILL, NO_TTL, READ, Requests
from perfweek.caching.readers.sniff import open_trace
from perfweek.caching.readers.text import Values
from perfweek.caching.readers.trace import Options

CSV = "time,key,size\n10,a,100\n11,b,200\n12,a,100\n"


def read(path: Path, **options: object) -> tuple[Requests, list[str]]:
    trace = open_trace(path, Options(**options))  # type: ignore[arg-type]
    return trace.whole(), trace.notes()


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def pattern(requests: Requests) -> list[int]:
    """Keys numbered by their first request: which are equal to which."""
    names = requests.keys.tolist()
    return [list(dict.fromkeys(names)).index(name) for name in names]


def seconds(requests: Requests) -> list[float]:
    assert requests.times is not None
    return (requests.times / 1e6).tolist()


def test_csv_with_named_columns(tmp_path: Path) -> None:
    requests, notes = read(write(tmp_path / "t.csv", CSV))
    assert (pattern(requests), seconds(requests)) == ([0, 1, 0], [10, 11, 12])
    assert requests.sizes is not None and requests.sizes.tolist() == [100, 200, 100]
    assert notes == ["columns: the key is key", "times start near 0 and do not state their unit: taken as seconds"]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    requests, _ = read(write(tmp_path / "t.csv", CSV.replace(",", delimiter)))
    assert pattern(requests) == [0, 1, 0]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, lambda content: pa.compress(content, "zstd", asbytes=True)])
def test_compressed_files_are_known_by_their_first_bytes_not_their_names(tmp_path: Path, compress) -> None:
    requests, _ = read(write(tmp_path / "t", compress(CSV.encode())))
    assert pattern(requests) == [0, 1, 0]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("1764000000", "1764000001.5"), "times are seconds since 1970, going by their size"),
        (("1764000000000", "1764000001500"), "times are milliseconds since 1970, going by their size"),
        (("1764000000000000", "1764000001500000"), "times are microseconds since 1970, going by their size"),
        (("1764000000000000000", "1764000001500000000"), "times are nanoseconds since 1970, going by their size"),
        (("2025-11-24T16:00:00Z", "2025-11-24T16:00:01.5Z"), "times are dates"),
        (("2025-11-24 17:00:00+01:00", "2025-11-24 17:00:01,5+01:00"), "times are dates"),
    ],
)
def test_the_unit_of_times_is_found_and_stated(tmp_path: Path, times: tuple[str, str], expected: str) -> None:
    requests, notes = read(write(tmp_path / "t.csv", f'time;key\n"{times[0]}";a\n"{times[1]}";b\n'))
    assert expected in notes
    assert seconds(requests) == pytest.approx([1_764_000_000, 1_764_000_001.5], abs=0.001)


@pytest.mark.parametrize(("header", "scale"), [("time(us)", 1e-6), ("time_ms", 1e-3), ("ts [ns]", 1e-9), ("time_s", 1)])
def test_a_unit_in_the_header_is_believed(tmp_path: Path, header: str, scale: float) -> None:
    requests, notes = read(write(tmp_path / "t.csv", f"{header},key\n5000,a\n9000,b\n"))
    assert seconds(requests) == pytest.approx([5000 * scale, 9000 * scale], abs=1e-6)
    assert any("as stated" in note for note in notes)


def test_the_user_names_columns_and_unit(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "when,what,how_much,id\n5000,x,7,1\n6000,x,8,2\n")
    requests, _ = read(path, columns={"key": "what", "time": "when", "size": "how_much"}, time_unit="ms")
    assert (pattern(requests), seconds(requests)) == ([0, 0], [5, 6])
    assert requests.sizes is not None and requests.sizes.tolist() == [7, 8]


def test_quoted_keys_with_delimiters_and_quotes(tmp_path: Path) -> None:
    requests, _ = read(write(tmp_path / "t.csv", 'key,time\n"a,b",1\n"say ""hi""",2\n"a,b",3\nab,4\n"say ""hi""",5\n'))
    assert pattern(requests) == [0, 1, 0, 2, 1]


def test_operations_and_status_decide_what_a_record_is(tmp_path: Path) -> None:
    rows = ["GET,a,200", "HEAD,a,304", "DELETE,a,204", "POST,b,500", "OPTIONS,a,200", "PUT,a,200", "set,a,200", "FROB,a,200", "GET,,200"]
    requests, notes = read(write(tmp_path / "t.csv", "method,key,status\n" + "\n".join(rows) + "\n"))
    assert requests.kinds is not None and requests.kinds.tolist() == [READ, READ, DELETE, DELETE, FILL, READ]
    assert any(note.startswith("3 records are no request") for note in notes)
    assert any(note.startswith("1 records have an operation that is not known") for note in notes)


def test_our_access_log_and_json_logs_of_others(tmp_path: Path) -> None:
    ours = {field.name: "" if pa.types.is_string(field.type) else 1 for field in SCHEMA}
    lines = [json.dumps(ours | {"time": 1.764e9 + place, "key": key, "method": "GET", "status": 200, "bytes": 9}) for place, key in enumerate("aba")]
    requests, notes = read(write(tmp_path / "t.ndjson", "\n".join(lines)))
    assert (pattern(requests), notes[0]) == ([0, 1, 0], "JSON lines: the key is key")
    nginx = [json.dumps({"time_iso8601": "2025-11-24T16:00:00+00:00", "request_uri": uri, "body_bytes_sent": "12"}) for uri in ("/a", "/b", "/a")]
    requests, notes = read(write(tmp_path / "u.ndjson", "\n".join(nginx)))
    assert (pattern(requests), notes[0]) == ([0, 1, 0], "JSON lines: the key is request_uri")
    assert requests.sizes is not None and requests.sizes.tolist() == [12, 12, 12]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=20),
            st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3)),
        ),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_any_json_is_read_as_python_reads_it(records: list[tuple[str, object]], compact: bool) -> None:
    from perfweek.caching.readers.fields import KEY, SIZE
    from perfweek.caching.readers.layouts import JsonLines
    from perfweek.caching.readers.scanning import PADDING
    from perfweek.caching.readers.splitting import BROKEN, ODD, split_lines

    separators = (",", ":") if compact else (", ", ": ")
    lines = [json.dumps({"other": other, "key": key, "nested": {"key": "no"}, "size": 7}, separators=separators) for key, other in records]
    block = "\n".join(lines).encode() + b"\n"
    text = np.frombuffer(block + PADDING, np.uint8)
    starts, ends = np.empty(100, np.int32), np.empty(100, np.int32)
    rows, newlines = split_lines(text, len(block), starts, ends)
    assert (rows, newlines) == (len(lines), len(lines))
    spans, states = np.zeros((rows, 7, 2), np.int32), np.zeros(rows, np.int8)
    layout = JsonLines({KEY: "key", SIZE: "size"}, False)
    layout.split(text, starts[:rows], ends[:rows], spans, states)
    assert (states != BROKEN).all()
    for row, (key, _) in enumerate(records):
        if states[row] == ODD:
            assert "\\" in lines[row]
            assert layout.split_odd(lines[row].encode())[KEY] == key.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        else:
            assert block[slice(*spans[row, KEY])].decode() == key
            assert Values(text, spans).numbers(SIZE)[row] == 7


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=1e17, allow_nan=False), st.sampled_from(["{!r}", "{:.6f}", "{:e}"]))
def test_numbers_are_read_as_python_reads_them(number: float, form: str) -> None:
    from perfweek.caching.readers.values import read_numbers

    written = form.format(number)
    text = np.frombuffer(written.encode() + b"\0" * 8, np.uint8)
    found = np.empty(1)
    read_numbers(text, np.zeros(1, np.int32), np.array([len(written)], np.int32), found)
    assert found[0] == pytest.approx(float(written), rel=1e-14)


@pytest.mark.parametrize("written", ["", "-", ".", "abc", "1.2.3", "1e", "1e+", "0x10", "1 2", "nan", "inf", "1e9999"])
def test_what_is_no_number_is_none(written: str) -> None:
    from perfweek.caching.readers.values import read_numbers

    found = np.empty(1)
    read_numbers(np.frombuffer(written.encode() + b"\0" * 8, np.uint8), np.zeros(1, np.int32), np.array([len(written)], np.int32), found)
    assert np.isnan(found[0])


def test_the_common_and_the_combined_log_format(tmp_path: Path) -> None:
    lines = [
        '10.0.0.1 - frank [24/Nov/2025:16:00:00 +0000] "GET /a?x=1 HTTP/1.1" 200 512',
        '10.0.0.1 - - [24/Nov/2025:17:00:01 +0100] "GET /a?x=1 HTTP/1.1" 304 - "-" "Mozilla/5.0 (X11)"',
        '10.0.0.1 - - [24/Nov/2025:16:00:02 +0000] "DELETE /b HTTP/1.1" 204 0',
        '10.0.0.1 - - [24/Nov/2025:16:00:03 +0000] "GET /missing HTTP/1.1" 404 10',
        '10.0.0.1 - - [24/Nov/2025:16:00:03 +0000] "\\x16\\x03" 400 0',
    ]
    requests, notes = read(write(tmp_path / "access.log", "\n".join(lines) + "\n"))
    assert (pattern(requests), seconds(requests)) == ([0, 0, 1], [1764000000, 1764000001, 1764000002])
    assert requests.sizes is not None and requests.sizes.tolist() == [512, -1, 0]
    assert requests.kinds is not None and requests.kinds.tolist() == [READ, READ, DELETE]
    assert "1 of 5 records were damaged and left out, the first: line 5 is no record" in notes


def test_the_extended_log_format(tmp_path: Path) -> None:
    fields = "#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status sc-bytes\n"
    content = fields + "2025-11-24 16:00:00 GET /a 200 5\n2025-11-24 16:00:01 GET /a 200 5\n"
    requests, _ = read(write(tmp_path / "u.log", content))
    assert (pattern(requests), seconds(requests)) == ([0, 0], [1764000000, 1764000001])


def test_a_redis_monitor_capture(tmp_path: Path) -> None:
    lines = [
        "OK",
        '1764000000.000001 [0 127.0.0.1:5000] "GET" "user:1"',
        '1764000000.000002 [0 127.0.0.1:5000] "SET" "user:1" "abcde" "EX" "60"',
        '1764000000.000003 [0 127.0.0.1:5000] "PING"',
        '1764000000.000004 [0 127.0.0.1:5000] "mget" "user:1" "a \\"quoted\\" key"',
        '1764000000.000005 [0 lua] "SET" "user:2" "xy" "PX" "1500" "NX"',
        '1764000000.000006 [0 127.0.0.1:5000] "SETEX" "user:2" "30" "xyz"',
        '1764000000.000007 [0 127.0.0.1:5000] "DEL" "user:1" "user:2"',
    ]
    requests, notes = read(write(tmp_path / "monitor.txt", "\n".join(lines) + "\n"))
    assert notes[0] == "Redis MONITOR capture"
    assert pattern(requests) == [0, 0, 0, 1, 2, 2, 0, 2]
    assert requests.kinds is not None and requests.kinds.tolist() == [READ, FILL, READ, READ, FILL, FILL, DELETE, DELETE]
    assert requests.ttls is not None and requests.ttls.tolist() == [NO_TTL, 60_000_000, NO_TTL, NO_TTL, 1_500_000, 30_000_000, NO_TTL, NO_TTL]
    assert requests.sizes is not None and requests.sizes[[1, 4, 5]].tolist() == [5, 2, 3]


@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_parquet_with_keys_of_every_kind(tmp_path: Path, kind: pa.DataType) -> None:
    keys = pa.array(["17", "18", "17", None] if kind != pa.int64() else [17, 18, 17, None]).cast(kind)
    at = pa.array([1764000000_000000, 1764000001_000000, 1764000002_500000, 1], pa.timestamp("us"))
    pq.write_table(
        pa.table({"ts": at, "key": keys, "bytes": pa.array([1, None, 3, 4]), "method": ["GET", "GET", "DELETE", "GET"]}), tmp_path / "t.parquet"
    )
    requests, notes = read(tmp_path / "t.parquet")
    assert (pattern(requests), seconds(requests)) == ([0, 1, 0], [1764000000, 1764000001, 1764000002.5])
    assert requests.sizes is not None and requests.sizes.tolist() == [1, -1, 3]
    assert requests.kinds is not None and requests.kinds.tolist() == [READ, READ, DELETE]
    assert any(note.startswith("1 records are no request") for note in notes)


def test_a_sliced_parquet_column_and_csv_name_the_same_text_alike(tmp_path: Path) -> None:
    names = [f"key-{place}-{'x' * (place % 40)}" for place in range(3000)]
    pq.write_table(pa.table({"key": names}), tmp_path / "t.parquet", row_group_size=700)
    from_csv, _ = read(write(tmp_path / "t.csv", "key\n" + "\n".join(names) + "\n"))
    from_parquet, _ = read(tmp_path / "t.parquet")
    assert from_csv.keys.tolist() == from_parquet.keys.tolist()
    assert len(set(from_csv.keys.tolist())) == 3000


def oracle(times: list[int], keys: list[int]) -> bytes:
    records = np.zeros(len(times), [("time", "<u4"), ("key", "<u8"), ("size", "<u4"), ("next", "<i8")])
    records["time"], records["key"], records["size"] = times, keys, 10
    records["next"] = [next((later for later in range(at + 1, len(keys)) if keys[later] == keys[at]), -1) for at in range(len(keys))]
    return records.tobytes()


def test_oracle_general_is_known_by_its_content(tmp_path: Path) -> None:
    keys = [2**63 + place % 7 for place in range(20)]
    requests, notes = read(write(tmp_path / "some.file", oracle(list(range(20)), keys)))
    assert (requests.keys.tolist(), seconds(requests)) == (keys, list(map(float, range(20))))
    assert notes == ["libCacheSim oracleGeneral", "times are in seconds, as is usual in this format"]


def test_the_public_traces_are_read_with_their_units(shared_data: Path) -> None:
    names = {
        "twitter_cluster52_1m.csv.zst": (1_000_000, 509),
        "cloudPhysicsIO.csv.zst": (113_872, None),
        "adapt_size_request.trace.xz": (66_987, None),
    }
    for name, (count, span) in names.items():
        requests, _ = read(shared_data / "cache" / name)
        assert len(requests) == count and requests.times is not None and requests.sizes is not None
        assert span is None or requests.times[-1] // 1_000_000 == span
    assert len(read(shared_data / "cache" / "cache2k_orm-busy.trace.xz")[0]) == 5_000_000
