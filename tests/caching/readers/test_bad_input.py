"""What is no trace, or a damaged one: a clear message or a correct curve, never a silent wrong one."""

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perfweek.caching import look
from perfweek.caching.look import Look, Question, look_at
from perfweek.caching.readers.sniff import open_trace
from perfweek.errors import EvidenceError, ParameterError, PerfweekError


def asked(path: Path, content: str | bytes, **question: object) -> Look:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return look_at(path, Question(**question))  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the trace is empty"),
        (b"\n \n\n", "the trace is empty"),
        (b"time,key\n", "holds no whole record"),
        (b"time,key\nx,a\ny,b\n", "line 2 has no usable time"),
        (b"a,b,c\n1,2,3\n", "none of the columns is known as the key: a, b, c"),
        (b"hello world\nthis is prose\n", "none of the columns is known as the key"),
        (b'{"a": 1}\n', "none of the columns is known as the key: a"),
        (b'{"key": "a"\n{"key": \n', "no line of the beginning is a JSON object"),
        (np.random.default_rng(1).bytes(100_000), "binary and no kind of trace"),
        (b"\x7fELF" + bytes(range(256)) * 40, "binary and no kind of trace"),
        (b"PAR1" + b"x" * 100, "Parquet file cannot be read"),
        (gzip.compress(b"time,key\n" + b"1,a\n" * 100_000)[:-20], "cannot be read"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 100, "cannot be read"),
    ],
)
def test_what_is_no_trace_is_named(path: Path, content: bytes, message: str) -> None:
    with pytest.raises(EvidenceError, match=message) as raised:
        asked(path, content)
    assert raised.value.remedy


def test_random_bytes_called_trace_are_not_taken_for_numbers(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="binary"):
        asked(tmp_path / "junk.trace", np.random.default_rng(2).bytes(100_000))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no such trace"):
        open_trace(tmp_path / "missing.csv")


def test_a_single_key_and_all_unique_keys_give_the_curve_and_say_so(path: Path) -> None:
    single = asked(path, "key\n" + "a\n" * 5000, sizes=(1,))
    assert (round(single.points[0][1].value * 5000), single.notes[-1]) == (
        1,
        "there is one key only: a cache of one object answers all but its first request",
    )
    unique = asked(path, "key\n" + "".join(f"k{place}\n" for place in range(5000)), sizes=(1, 5000))
    assert [at.value for _, at in unique.points] == [1, 1]
    assert unique.notes[-1] == "no key was requested twice: no cache of any size answers anything"


def test_a_log_too_short_to_say_anything_says_so(path: Path) -> None:
    assert "only 1 requests repeat a key: too short a log to say much; log for longer" in asked(path, "key\na\nb\na\n").notes


def test_unordered_times_are_sorted_and_counted(path: Path) -> None:
    # in order of time the requests are a b a b; as written, a a b b
    found = asked(path, "time,key\n1,a\n3,a\n2,b\n4,b\n", sizes=(1,))
    assert found.points[0][1].value == 1
    assert "1 records were out of order, by up to 1 s" in found.notes


def test_a_stream_that_is_out_of_order_by_over_a_minute_is_refused(path: Path) -> None:
    rows = "time,key\n" + "".join(f"{place},{place % 9}\n" for place in range(1000, 2000)) + "5,a\n"
    with pytest.raises(EvidenceError, match="out of order by 1,994 s"):
        asked(path, rows, sample=0.5)


def test_a_trace_larger_than_memory_is_streamed_to_the_same_curve(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "time,key,size\n" + "".join(f"{place},{place * place % 9973},5\n" for place in range(300_000))
    whole = asked(path, content, sizes=(10, 1000), ttl_s=50_000.0)
    monkeypatch.setattr(look, "MEMORY_SHARE", 1e-5)  # of some gigabytes: some ten kilobytes
    streamed = look_at(path, Question((10, 1000), ttl_s=50_000.0))
    assert [at.value for _, at in streamed.points] == [at.value for _, at in whole.points]
    assert streamed.objects == whole.objects


def test_negative_times_and_nonsense_are_left_out_and_counted(path: Path) -> None:
    found = asked(path, "time,key\n-5,a\n1,a\nnan,a\n2,a\n,a\n", sizes=(1,))
    assert found.requests == 2
    assert "3 of 5 records were damaged and left out, the first: line 2 has no usable time" in found.notes


def test_times_in_mixed_units_are_refused_with_the_line(path: Path) -> None:
    with pytest.raises(EvidenceError, match="times in different units: 1764000002000 is not in seconds"):
        asked(path, "time,key\n1764000000,a\n1764000001,b\n1764000002000,a\n")


def test_missing_sizes_are_those_of_the_key_before_and_are_counted(path: Path) -> None:
    found = asked(path, "key,size\na,100\nb,\na,0\nb,50\na,\nb,-3\n", sizes=(149, 150), unit="bytes")
    assert "3 records have no size; they take another one of their key, or 0 where it has none" in found.notes
    # a has 100 bytes and b 50 throughout: in 150 bytes both fit, in 149 they push each other out
    assert [round(at.value * 6) for _, at in found.points] == [6, 2]


def test_by_bytes_without_sizes_is_refused(path: Path) -> None:
    with pytest.raises(ParameterError, match="needs the sizes"):
        asked(path, "key\na\na\n", unit="bytes")


def test_a_time_to_live_without_times_is_refused(path: Path) -> None:
    with pytest.raises(ParameterError, match="needs the times"):
        asked(path, "key\na\na\n", ttl_s=60.0)


def test_gigantic_keys_are_told_apart_by_their_last_letter(path: Path) -> None:
    long = "x" * 3_000_000
    found = asked(path, f"time,key\n1,{long}a\n2,{long}b\n3,{long}a\n", sizes=(1, 2))
    assert (found.objects, [at.value for _, at in found.points]) == (2, [1, pytest.approx(2 / 3)])


def test_a_line_without_end_is_refused(path: Path) -> None:
    with pytest.raises(EvidenceError, match="more than 32 MB"):
        asked(path, b"time,key\n1,a\n" + b"x" * 36_000_000)


def test_torn_and_joined_lines_are_left_out_and_the_rest_is_read(path: Path) -> None:
    record = {"time": 1.0, "key": "a", "method": "GET", "status": 200, "bytes": 5}
    whole = json.dumps(record)
    torn = [whole[:cut] + whole for cut in range(1, len(whole) - 1)]  # a service killed in the middle of a line, and started again
    found = asked(path, "\n".join([whole, *torn, whole[:20], whole, "[1, 2]", '"text"', "{}"]) + "\n", sizes=(1,))
    assert found.requests == 2
    broken = len(torn) + 4
    assert f"{broken} of {broken + 2} records were damaged and left out, the first: line 2 is no record" in found.notes


def test_bytes_that_are_no_text_are_part_of_a_key(path: Path) -> None:
    found = asked(path, b"time,key\n1,\xff\xfe\n2,\xff\xfe\n3,\xff\xfd\n", sizes=(1,))
    assert found.objects == 2


def test_a_row_with_too_many_or_too_few_columns_is_left_out(path: Path) -> None:
    found = asked(path, "time,key,size\n1,a,5\n2,a\n3,a,5,9\n4,a,5\n", sizes=(1,))
    assert found.requests == 2
    assert "2 of 4 records were damaged and left out, the first: line 3 is no record" in found.notes


def test_damaged_parquet_and_rows_are_named(path: Path) -> None:
    pq.write_table(pa.table({"key": ["a", "a", "b"], "time": [1.0, -1.0, 2.0]}), path)
    found = look_at(path, Question((1,)))
    assert found.requests == 2
    assert "1 of 3 records were damaged and left out, the first: row 2 has no usable time" in found.notes


def test_writes_only_are_refused(path: Path) -> None:
    with pytest.raises(EvidenceError, match="writes only"):
        asked(path, "op,key\nset,a\ndel,a\n")


def test_a_cut_record_of_a_binary_trace_is_counted(path: Path) -> None:
    records = np.zeros(50, [("time", "<u4"), ("key", "<u8"), ("size", "<u4"), ("next", "<i8")])
    records["time"], records["key"], records["next"] = np.arange(50), np.arange(50) % 5, np.minimum(np.arange(50) + 5, 60)
    found = asked(path, records.tobytes()[:-3], sizes=(5,))
    assert found.requests == 49
    assert "1 of 50 records were damaged and left out, the first: record 50 is cut off" in found.notes


@pytest.mark.parametrize("seed", range(40))
def test_any_damage_to_a_file_gives_a_message_or_a_look(path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    kinds = [
        "time,key,size\n" + "".join(f"{1764000000 + place},k{place % 7},{place}\n" for place in range(200)),
        "".join(json.dumps({"time": 1764000000 + place, "key": f"k{place % 7}", "bytes": place}) + "\n" for place in range(200)),
        "".join(f'10.0.0.1 - - [24/Nov/2025:16:00:{place % 60:02} +0000] "GET /{place % 7} HTTP/1.1" 200 5\n' for place in range(200)),
        "".join(f'17640000{place:02}.5 [0 1.1.1.1:1] "GET" "k{place % 7}"\n' for place in range(100)),
    ]
    content = bytearray(kinds[seed % 4].encode())
    for _ in range(random.integers(1, 30)):
        place = random.integers(len(content))
        content[place : place + random.integers(0, 4)] = random.bytes(random.integers(0, 4))
    try:
        found = asked(path, bytes(content), sizes=(1, 7), ttl_s=5.0)
    except PerfweekError:
        return
    assert 0 < found.requests <= 230 and all(0 <= at.value <= 1 for _, at in found.points)


@pytest.mark.parametrize("size", ["", "0", "-5"])
def test_a_cache_by_bytes_of_a_trace_without_sizes_is_refused_and_not_one_of_weightless_objects(path: Path, size: str) -> None:
    rows = "".join(f"{second},k{second % 30},{size}\n" for second in range(1000))
    with pytest.raises(EvidenceError, match="no record has a size"):
        asked(path, "time,key,size\n" + rows, unit="bytes", sizes=(1000,))
    assert asked(path, "time,key,size\n" + rows, sizes=(30,)).points[0][1].value == pytest.approx(0.03)
