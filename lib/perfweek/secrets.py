"""Finding and hiding secrets: does a text hold the value of an environment variable that looks like a secret?

A variable looks like one by its name: PASSWORD, PASSWD, PASSPHRASE, TOKEN, SECRET, CREDENTIAL, PRIVATE or APIKEY anywhere in it, or
KEY, PWD, PASS or AUTH as a word of it (PWD and OLDPWD themselves are folders). Its value counts from six characters on, unless it is

- the path of a file or folder that exists (SSH_AUTH_SOCK, a key file: the path opens nothing without the file), or
- a word that settings use (true, disabled, default), which would stand in any report.

A value of letters only or of digits only must stand by itself in the text: 123456 is not found in 91234567. Any other value is found
anywhere. It is found as it is and as HTML, JSON, URL and Python string literals write it, one within another, and in base64 of these at
any offset; of a value of several lines each long line counts by itself.
"""

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

SHORTEST = 6
LONG_LINE = 16
_ANYWHERE = re.compile(r"PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|CREDENTIAL|PRIVATE|APIKEY")
_AS_WORD = re.compile(r"(^|[^A-Z])(KEYS?|PWD|PASS|AUTH)([^A-Z]|$)")
_FOLDERS = ("PWD", "OLDPWD")
_SETTINGS = (
    "allowed always automatic browser default disable disabled enable enabled external "
    "externalbrowser ignored keyring localhost optional password private public required secret secrets"
)
SETTINGS = frozenset(_SETTINGS.split())
HIDDEN = "***"
_IN_URL = re.compile(r"(://)[^/@\s]*:[^/@\s]*@")
_GIVEN = re.compile(r"""(?i)(\b[a-z_-]*(?:password|passphrase|secret|token|api_?key)\b\s*[=:]\s*)(?:'[^']*'|"[^"]*"|[^\s,;]+)""")
_ENCODINGS: tuple[Callable[[str], str], ...] = (
    html.escape,
    lambda text: html.escape(text, quote=False),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: repr(text)[1:-1],
    urllib.parse.quote,
    lambda text: urllib.parse.quote(text, safe=""),
    urllib.parse.quote_plus,
)


def find_secrets(content: str | bytes, environment: Mapping[str, str]) -> list[str]:
    """The names, sorted, of the variables of `environment` that look like secrets and whose value stands in `content`."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return sorted(name for name, value in environment.items() if is_secret(name, value) and _holds(text, value))


def redact(text: str, environment: Mapping[str, str]) -> str:
    """`text` with *** in place of every such value, and of passwords in URLs and after words such as `password =`.

    Where a value stands in it in a form that cannot be cut out, nothing of the text is kept.
    """
    for name, value in environment.items():
        if is_secret(name, value):
            for part in _parts(value.strip()):
                text = _without(text, part)
    text = _GIVEN.sub(r"\1***", _IN_URL.sub(r"\1***@", text))
    return HIDDEN if find_secrets(text, environment) else text


def is_secret(name: str, value: str) -> bool:
    """Whether a variable looks like a secret by its name and could be one by its value."""
    name, value = name.upper(), value.strip()
    by_name = bool(_ANYWHERE.search(name) or _AS_WORD.search(name)) and name not in _FOLDERS
    return by_name and len(value) >= SHORTEST and value.lower() not in SETTINGS and not _is_path(value)


def _without(text: str, value: str) -> str:
    if value.isalpha() or value.isdigit():
        alike = "0-9" if value.isdigit() else "A-Za-z"
        return re.sub(rf"(?<![{alike}]){re.escape(value)}(?![{alike}])", HIDDEN, text)
    return text.replace(value, HIDDEN)


def _is_path(value: str) -> bool:
    try:
        return Path(value).is_absolute() and Path(value).exists()
    except (OSError, ValueError):
        return False


def _holds(text: str, value: str) -> bool:
    return any(_holds_part(text, part) for part in _parts(value.strip()))


def _parts(value: str) -> Iterator[str]:
    """The value, and each long line of it that is no frame such as '-----BEGIN PRIVATE KEY-----'."""
    yield value
    if "\n" in value:
        yield from (line for line in map(str.strip, value.splitlines()) if len(line) >= LONG_LINE and not line.startswith("-----"))


def _holds_part(text: str, value: str) -> bool:
    if value.isalpha() or value.isdigit():
        alike = "0-9" if value.isdigit() else "A-Za-z"
        plain = re.search(rf"(?<![{alike}]){re.escape(value)}(?![{alike}])", text) is not None
    else:
        plain = value in text
    return plain or any(form in text for form in _forms(value))


def _forms(value: str) -> set[str]:
    """How `value` may be written: up to two encodings one within the other, and base64 of these."""
    once = {value} | {encode(value) for encode in _ENCODINGS}
    twice = once | {encode(form) for form in once for encode in _ENCODINGS}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), form) for form in twice}
    return (twice | lower | {form for known in once for form in _base64_forms(known)}) - {value}


def _base64_forms(value: str) -> Iterator[str]:
    """The letters of base64 that `value` alone decides, at each of the three offsets that it may have in what was encoded."""
    data = value.encode()
    for offset in range(3):
        bits = 8 * (offset + len(data))
        coded = base64.b64encode(bytes(offset) + data).decode()[(8 * offset + 5) // 6 : bits // 6]
        yield coded
        yield coded.translate(str.maketrans("+/", "-_"))
