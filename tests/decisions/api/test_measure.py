"""The document as evidence: what Monday kept, a file, an address, or the reason why there is none."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from api_specs import document

from perfweek import evidence
from perfweek.decisions.api.measure import keep_document
from perfweek.decisions.material import Missing
from perfweek.target import Api, Service, Target
from perfweek.tuesday import api
from perfweek.week import Week

PATHS = {"/a": {"get": {"x-slo-p95": 80, "responses": {}}}, "/healthz": {"get": {"responses": {}}}}
DOCUMENT = json.dumps(document(PATHS)).encode()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/openapi.json" else 404)
        self.end_headers()
        self.wfile.write(DOCUMENT)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def target(root: Path, openapi: str, url: str = "http://127.0.0.1:9") -> Target:
    return Target(service=Service(url=url), api=Api(openapi=openapi), root=root)


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week.open("2026-W48", tmp_path / "weeks")


def test_a_file_is_copied_and_copied_again_where_it_changed(tmp_path: Path, week: Week) -> None:
    (tmp_path / "spec.yaml").write_bytes(DOCUMENT)
    path, source = keep_document(week, target(tmp_path, "spec.yaml"))
    assert source == "evidence/openapi/openapi.yaml" and path.read_bytes() == DOCUMENT
    (tmp_path / "spec.yaml").write_bytes(DOCUMENT + b"\n")
    path, _ = keep_document(week, target(tmp_path, "spec.yaml"))
    assert path.read_bytes() == DOCUMENT + b"\n"


def test_an_address_and_a_path_of_the_service_are_asked(tmp_path: Path, week: Week, url: str) -> None:
    for told, base in ((f"{url}/openapi.json", "http://127.0.0.1:9"), ("/openapi.json", url)):
        path, _ = keep_document(week, target(tmp_path, told, base))
        assert path.read_bytes() == DOCUMENT


def test_what_monday_kept_comes_first(tmp_path: Path, week: Week) -> None:
    evidence.collect(week, "profile-monday", {}, lambda folder: (folder / "openapi.json").write_bytes(DOCUMENT) and None)
    _, source = keep_document(week, target(tmp_path, "/openapi.json"))
    assert source == "evidence/profile-monday/openapi.json"


@pytest.mark.parametrize(("told", "reason"), [("", "names no OpenAPI document"), ("/openapi.json", "cannot be had"), ("/none", "cannot be had")])
def test_without_a_document_the_reason_is_kept(tmp_path: Path, week: Week, told: str, reason: str) -> None:
    missing = keep_document(week, target(tmp_path, told))
    assert isinstance(missing, Missing) and reason in missing.reason
    assert missing.source == ("evidence/openapi/about.json" if told else "")


def test_a_damaged_document_is_missing_with_what_to_do_and_the_section_says_so(tmp_path: Path, week: Week) -> None:
    (tmp_path / "openapi.json").write_text('{"swagger": "2.0"}')
    studied = api.studied(week, target(tmp_path, "openapi.json"), Missing("no log"))
    assert studied.routes is None and api.facts_of(studied) == [] and api.artifacts(week, studied) == []
    (sentence,) = api.principles(studied)
    assert "Swagger 2.0" in sentence.text and "Convert it first" in sentence.text


def test_budgets_of_the_document_are_the_routes_of_the_diagrams(tmp_path: Path, week: Week) -> None:
    (tmp_path / "openapi.json").write_bytes(DOCUMENT)
    studied = api.studied(week, target(tmp_path, "openapi.json"), Missing("no log"))
    assert studied.routes == {"GET /a": 80.0}
    assert [path.name for path in api.artifacts(week, studied)] == ["api.json"]
