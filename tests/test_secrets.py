"""Secrets of the environment are found however a report writes them, and false alarms are rare."""

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_pages import code_cell, notebook_of

from perfweek.secrets import find_secrets, is_secret, redact

VALUE = "s3cr&t/<\"x'>+ü"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7VJTU\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name",
    ["PASSWORD", "PGPASSWORD", "DB_PASSWD", "GITHUB_TOKEN", "CLIENT_SECRET", "API_KEY", "APIKEY", "AWS_SECRET_ACCESS_KEY", "KEY", "X_CREDENTIALS",
     "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "PRIVATE_STUFF", "DB_PWD", "REDIS_AUTH", "MYSQL_PASS", "snowflake_password"],
)  # fmt: skip
def test_names_that_look_like_a_secret(name: str) -> None:
    assert is_secret(name, "hunter2x")
    assert find_secrets("it says hunter2x here", {name: "hunter2x"}) == [name]


@pytest.mark.parametrize("name", ["PATH", "HOME", "MONKEY", "KEYBOARD_LAYOUT", "AUTHOR", "PWD", "OLDPWD", "COMPASS", "LANG"])
def test_names_that_do_not(name: str) -> None:
    assert find_secrets("it says hunter2x here", {name: "hunter2x"}) == []


@pytest.mark.parametrize("value", ["", "short", "true", "disabled", "Default", "externalbrowser"])
def test_values_that_are_too_short_or_words_of_settings_are_no_secrets(value: str) -> None:
    assert find_secrets(f"x {value} y", {"AUTH_MODE": value}) == []


def test_the_path_of_a_file_is_no_secret_but_looks_like_one_when_there_is_no_such_file(tmp_path: Path) -> None:
    key = tmp_path / "rsa_key.p8"
    assert find_secrets(f"read {key}", {"PRIVATE_KEY_FILE": str(key)}) == ["PRIVATE_KEY_FILE"]
    key.write_text("x")
    assert find_secrets(f"read {key}", {"PRIVATE_KEY_FILE": str(key)}) == []


def test_a_value_of_letters_or_digits_only_must_stand_by_itself() -> None:
    assert find_secrets("the catalogue of 91234567", {"A_TOKEN": "catalog", "B_TOKEN": "123456"}) == []
    assert find_secrets("the catalog, 123456", {"A_TOKEN": "catalog", "B_TOKEN": "123456"}) == ["A_TOKEN", "B_TOKEN"]


WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "HTML": html.escape,
    "HTML, quotes kept": lambda text: html.escape(text, quote=False),
    "JSON": json.dumps,
    "JSON, letters kept": lambda text: json.dumps(text, ensure_ascii=False),
    "URL": urllib.parse.quote,
    "URL, every sign": lambda text: urllib.parse.quote(text, safe=""),
    "URL, lower case": lambda text: re.sub("%..", lambda code: code[0].lower(), urllib.parse.quote(text, safe="")),
    "form": urllib.parse.quote_plus,
    "Python": repr,
    "HTML in JSON": lambda text: json.dumps(html.escape(text)),
    "JSON in HTML": lambda text: html.escape(json.dumps(text)),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64, one byte before": lambda text: base64.b64encode(b"x" + text.encode() + b"rest").decode(),
    "base64, two bytes before": lambda text: base64.b64encode(b"xy" + text.encode() + b"rest").decode(),
    "SVG in base64": lambda text: base64.b64encode(f"<svg><text>{html.escape(text)}</text></svg>".encode()).decode(),
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_secret_is_found_however_it_is_written(write: Callable[[str], str]) -> None:
    content = f"before {write(VALUE)} after"
    assert find_secrets(content, {"DB_PASSWORD": VALUE}) == ["DB_PASSWORD"]
    assert find_secrets(content.encode(), {"DB_PASSWORD": VALUE}) == ["DB_PASSWORD"]
    assert find_secrets(content, {"DB_PASSWORD": "another value"}) == []


def test_a_line_of_a_key_of_several_lines_is_found_but_not_its_frame() -> None:
    notebook = nbformat.writes(notebook_of(code_cell([], source=f"key = '''{PEM}'''")))
    assert find_secrets(notebook, {"PRIVATE_KEY": PEM}) == ["PRIVATE_KEY"]
    assert find_secrets("see -----BEGIN PRIVATE KEY----- in the manual", {"PRIVATE_KEY": PEM}) == []


printable = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=8, max_size=20)


@given(printable.filter(lambda text: is_secret("A_TOKEN", text) and text == text.strip()), st.sampled_from(sorted(WRITTEN)))
def test_any_secret_is_found(value: str, way: str) -> None:
    assert find_secrets(f"before {WRITTEN[way](value)} after", {"A_TOKEN": value}) == ["A_TOKEN"]


def test_several_are_named_in_order_and_values_are_never_returned() -> None:
    assert find_secrets("hunter2x hunter3x", {"Z_TOKEN": "hunter3x", "A_TOKEN": "hunter2x", "B_TOKEN": "hunter4x"}) == ["A_TOKEN", "Z_TOKEN"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("it was s3cr3t-value, twice: s3cr3t-value", "it was ***, twice: ***"),
        ("redis://user:pw@host:1/0", "redis://***@host:1/0"),
        ("create user a password = 'hunter two' comment = 'x'", "create user a password = *** comment = 'x'"),
        ("my_token: abc, next", "my_token: ***, next"),
        ("http://host:80/a@b", "http://host:80/a@b"),
        ("a password is needed", "a password is needed"),
    ],
)
def test_secrets_are_taken_out_of_a_text_and_nothing_else_is(text, left):
    assert redact(text, {"DEPLOY_KEY": "s3cr3t-value"}) == left


def test_a_text_that_holds_a_secret_in_another_form_is_dropped_whole():
    coded = base64.b64encode(b"it was s3cr3t-value").decode()
    assert redact(f"coded: {coded}", {"DEPLOY_KEY": "s3cr3t-value"}) == "***"
