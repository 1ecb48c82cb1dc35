"""Small OpenAPI documents for the tests: one operation with what a test changes."""

import json
from typing import Any

from perfweek.decisions.api.document import parse_document
from perfweek.decisions.api.finding import Finding, Material
from perfweek.decisions.api.spec import Spec
from perfweek.decisions.api.study import Study, study

ITEM = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string", "maxLength": 80}}}
PAGE = {"type": "object", "properties": {"items": {"type": "array", "items": ITEM}, "next": {"type": "string"}}}


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema or {"type": "integer"}}


GOOD_LIST: dict[str, Any] = {
    "x-slo-p95": 200,
    "parameters": [
        query("limit", type="integer", maximum=100),
        query("cursor", type="string", maxLength=99),
        query("ids", type="string", maxLength=99),
    ],
    "responses": {
        "200": {
            "description": "a page",
            "headers": {"ETag": {}, "Cache-Control": {}, "Content-Encoding": {}},
            "content": {"application/json": {"schema": PAGE}},
        },
        "429": {"description": "too many", "headers": {"Retry-After": {}}},
    },
}
GOOD_POST: dict[str, Any] = {
    "x-slo-p95": "0.3 s",
    "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "format": "uuid"}}],
    "requestBody": {"content": {"application/json": {"schema": ITEM}}},
    "responses": {"202": {"description": "started"}, "429": {"description": "too many", "headers": {"Retry-After": {}}}},
}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def studied(paths: dict[str, Any], log: Any = None, **more: Any) -> Study:
    return study(parse_document(json.dumps(document(paths, **more)).encode(), "spec"), log, source="spec", log_source="log")


def found(paths: dict[str, Any], log: Any = None, **more: Any) -> list[str]:
    return sorted(finding.check for finding in studied(paths, log, **more).findings)


def material(paths: dict[str, Any]) -> Material:
    return Material(Spec(parse_document(json.dumps(document(paths)).encode(), "spec")))


def one(study_: Study, check: str) -> Finding:
    (finding,) = [finding for finding in study_.findings if finding.check == check]
    return finding
