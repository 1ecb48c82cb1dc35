"""The access log reader: whole records are kept as they are, everything else is counted and named."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek import access_log
from perfweek.access_log import SCHEMA, read_access_log
from perfweek.errors import EvidenceError


def request(number: int = 0, **changed: Any) -> dict[str, Any]:
    return {
        "time": 1000.0 + number,
        "request_id": f"r{number}",
        "session": "s",
        "method": "GET",
        "route": "GET /assets/{id}",
        "key": "asset:1",
        "status": 200,
        "bytes": 512,
        "tier": "l1",
        "duration_ms": 1.5,
        "database_ms": 0.25,
        "queries": 1,
        "items": 1,
    } | changed


def written(folder: Path, *lines: dict[str, Any] | str | bytes) -> Path:
    path = folder / "access_log.ndjson"
    encoded = [json.dumps(line).encode() if isinstance(line, dict) else line.encode() if isinstance(line, str) else line for line in lines]
    path.write_bytes(b"\n".join(encoded) + b"\n")
    return path


def test_every_field_of_a_record_comes_back_with_its_type(tmp_path: Path) -> None:
    log = read_access_log(written(tmp_path, request(1)))
    assert log.frame.to_dict("records") == [request(1)]
    assert list(log.frame.columns) == SCHEMA.names
    assert log.frame.dtypes.astype(str).tolist() == [{"double": "float64", "string": "str", "int64": "int64"}[str(field.type)] for field in SCHEMA]
    assert (log.lines, log.dropped, log.first_dropped) == (1, 0, "")


def test_a_line_torn_by_a_killed_service_is_counted_and_dropped(tmp_path: Path) -> None:
    path = written(tmp_path, request(1), request(2))
    path.write_bytes(path.read_bytes()[:-20])
    log = read_access_log(path)
    assert log.frame["request_id"].tolist() == ["r1"]
    assert (log.lines, log.dropped, log.first_dropped) == (2, 1, "line 2 is not JSON")


def test_a_last_line_without_its_newline_is_kept_where_it_is_whole(tmp_path: Path) -> None:
    path = written(tmp_path, request(1), request(2))
    path.write_bytes(path.read_bytes()[:-1])
    assert read_access_log(path).frame["request_id"].tolist() == ["r1", "r2"]


def test_records_come_in_order_of_arrival_though_written_when_answered(tmp_path: Path) -> None:
    assert read_access_log(written(tmp_path, request(3), request(1), request(2))).frame["request_id"].tolist() == ["r1", "r2", "r3"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 100_000, "line 3 is not JSON"),
        ("[1]", "line 3 is not a JSON object"),
        (json.dumps(request(2)) * 2, "line 3 is not JSON"),
        (request(2, queries=None), "line 3 has no usable queries"),
        (request(2, duration_ms=float("nan")), "line 3 has no usable duration_ms"),
        (request(2, time=-1.0), "line 3 has no usable time"),
        (request(2, status="200"), "line 3 has no usable status"),
        (request(2, items=1.5), "line 3 has no usable items"),
        (request(2, bytes=10**400), "line 3 has no usable bytes"),
        (request(2, queries=True), "line 3 has no usable queries"),
        (request(2, route=["x"]), "line 3 has a route that is no text"),
    ],
)
def test_a_damaged_line_is_dropped_with_its_number_and_reason(tmp_path: Path, line: dict[str, Any] | str, reason: str) -> None:
    log = read_access_log(written(tmp_path, request(1), "", line, request(4)))
    assert log.frame["request_id"].tolist() == ["r1", "r4"]
    assert (log.lines, log.dropped, log.first_dropped) == (3, 1, reason)


def test_line_numbers_count_through_the_blocks_of_a_long_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "BLOCK_BYTES", 700)
    log = read_access_log(written(tmp_path, *(request(number) for number in range(1, 51)), "torn", *(request(number) for number in range(52, 61))))
    assert log.frame["request_id"].tolist() == [f"r{number}" for number in range(1, 61) if number != 51]
    assert (log.lines, log.first_dropped) == (60, "line 51 is not JSON")


def test_a_missing_column_is_named_with_its_line(tmp_path: Path) -> None:
    record = request(1)
    del record["tier"], record["queries"]
    with pytest.raises(EvidenceError) as caught:
        read_access_log(written(tmp_path, "torn", record, request(2)))
    assert caught.value.what == "the access log lacks the columns tier, queries"
    assert caught.value.where.endswith("access_log.ndjson, line 2")


@pytest.mark.parametrize(
    ("content", "what"), [(b"", "holds no whole record"), (b"\n \n", "holds no whole record"), (b"x\n", "record: line 1 is not JSON")]
)
def test_a_log_without_one_whole_record_is_an_error(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "access_log.ndjson"
    path.write_bytes(content)
    with pytest.raises(EvidenceError) as caught:
        read_access_log(path)
    assert caught.value.what.endswith(what)


def test_a_log_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read") as caught:
        read_access_log(tmp_path / "nowhere.ndjson")
    assert "perfweek run monday" in caught.value.remedy


def test_bytes_that_are_not_utf8_and_half_characters_become_replacement_marks(tmp_path: Path) -> None:
    odd = json.dumps(request(2, key="?")).encode().replace(b'"?"', b'"\xff"')
    log = read_access_log(written(tmp_path, odd, request(3, key="\ud800"), request(4, key=None)))
    assert log.frame["key"].tolist() == ["\ufffd", "\ufffd", ""]


text = st.text(st.characters(exclude_categories=["Cs"]))
records = st.builds(
    request, st.integers(0, 99), key=text, session=text, route=text, tier=text, queries=st.integers(0, 10**12), duration_ms=st.floats(0, 1e12)
)
damage = st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ")).filter(lambda line: line.strip() and not line.lstrip().startswith(b"{"))


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(records | damage | st.just(b" "), min_size=1, max_size=12), ascii_only=st.booleans())
def test_whatever_else_a_log_holds_its_whole_records_come_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, Any] | bytes], ascii_only: bool
) -> None:
    path = tmp_path_factory.mktemp("log") / "access_log.ndjson"
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=ascii_only).encode() for line in [request(), *lines])
    )
    whole = sorted([request(), *(line for line in lines if isinstance(line, dict))], key=lambda record: record["time"])
    log = read_access_log(path)
    assert log.frame.to_dict("records") == whole
    assert log.lines - log.dropped == len(whole)
    assert log.dropped == sum(isinstance(line, bytes) and bool(line.strip()) for line in lines)


def test_further_columns_of_text_are_read_where_asked_for_and_empty_where_a_line_has_none(tmp_path):
    log = tmp_path / "log.ndjson"
    numbers = dict.fromkeys([field.name for field in SCHEMA if field.type != pa.string()], 1)
    plain = {field.name: "x" for field in SCHEMA if field.type == pa.string()} | numbers
    log.write_text("\n".join([json.dumps(plain | {"url": "/assets?limit=1"}), json.dumps(plain), "torn"]))
    assert read_access_log(log, also=("url",)).frame["url"].tolist() == ["/assets?limit=1", ""]
    assert "url" not in read_access_log(log).frame
