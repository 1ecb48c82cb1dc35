"""What Spectral and vacuum found is read in both their forms, and what we found too counts once."""

import json
from pathlib import Path
from typing import Any

import pytest
from api_specs import GOOD_LIST, document

from perfweek.decisions.api.document import parse_document
from perfweek.decisions.api.lint import read_lint
from perfweek.decisions.api.study import study
from perfweek.errors import EvidenceError

SPECTRAL = [
    {
        "code": "owasp:api4:2023-rate-limit-responses-429",
        "path": ["paths", "/things", "get", "responses"],
        "message": "429 is missing",
        "severity": 1,
    },
    {"code": "operation-tags", "path": ["paths", "/things", "get", "tags"], "message": "No tags", "severity": 1},
    {"code": "operation-tags", "path": ["paths", "/things", "get"], "message": "No tags, again", "severity": 1},
    {"code": "info-contact", "path": ["info"], "message": "No contact", "severity": 1},
    {"code": 7, "message": "no rule"},
    "damaged",
]
VACUUM = {"resultSet": {"results": [{"ruleId": "operation-tags", "message": "No tags", "path": "$.paths['/things'].get.tags"}]}}


def written(folder: Path, content: Any) -> Path:
    path = folder / "lint.json"
    path.write_text(json.dumps(content))
    return path


def test_a_finding_that_both_have_counts_once_and_others_join_with_their_operation(tmp_path: Path) -> None:
    operation = json.loads(json.dumps(GOOD_LIST))
    del operation["responses"]["429"]
    parsed = parse_document(json.dumps(document({"/things": {"get": operation}})).encode(), "spec")
    findings = study(parsed, linted=read_lint(written(tmp_path, SPECTRAL))).findings
    assert sorted((one.check, one.route, one.by) for one in findings) == [
        ("info-contact", "", "Spectral"),
        ("no-rate-limit", "GET /things", "perfweek"),
        ("operation-tags", "GET /things", "Spectral"),
    ]


def test_vacuums_own_report_is_read(tmp_path: Path) -> None:
    (finding,) = read_lint(written(tmp_path, VACUUM))
    assert (finding.check, finding.route, finding.by, finding.pointer) == ("operation-tags", "GET /things", "vacuum", "#/paths//things/get/tags")


@pytest.mark.parametrize("content", [{"other": 1}, "text", None])
def test_another_json_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(EvidenceError, match="neither Spectral's nor vacuum's"):
        read_lint(written(tmp_path, content))


def test_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lint.json").write_text("no json")
    with pytest.raises(EvidenceError, match="not a linter's JSON"):
        read_lint(tmp_path / "lint.json")
