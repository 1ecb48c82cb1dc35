"""`perfweek api` on files of one's own."""

import json
from pathlib import Path

import pytest
from api_specs import GOOD_LIST, document
from typer.testing import CliRunner

from perfweek.access_log import SCHEMA
from perfweek.cli import app
from perfweek.errors import EvidenceError

LINE = dict.fromkeys(SCHEMA.names, 1) | {"session": "s", "method": "GET", "route": "GET /[red]things", "key": "k", "tier": "l1", "request_id": "r"}


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["api", *arguments])
    if result.exception:
        raise result.exception
    return result.output


def spec(folder: Path) -> str:
    path = folder / "openapi.json"
    path.write_text(json.dumps(document({"/[red]things": {"get": {**GOOD_LIST, "parameters": []}}})))
    return str(path)


def log(folder: Path) -> str:
    path = folder / "log.ndjson"
    path.write_text("\n".join(json.dumps(LINE | {"time": 1000 + second}) for second in range(30)) + "\nnot json\n")
    return str(path)


def test_findings_are_printed_as_text_and_markup_in_names_stays_text(tmp_path: Path) -> None:
    printed = run(spec(tmp_path), "--log", log(tmp_path))
    assert "1 finding of 1 check in 1 operation" in printed and "[red]things" in printed
    assert "1 of 31 lines of the log are left out: line 31 is not JSON" in printed


def test_json_has_every_finding(tmp_path: Path) -> None:
    (finding,) = json.loads(run(spec(tmp_path), "--json"))["findings"]
    assert (finding["check"], finding["stake"]) == ("unpaged-list", None)


def test_a_file_that_is_no_document_is_an_error_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(EvidenceError, match="no version"):
        run(str(tmp_path / "bad.json"))
