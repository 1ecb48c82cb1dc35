"""Writing a commented target.toml: every key, with what it means and its default, and the answers filled in."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import tomlkit
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from rich.console import Console
from rich.prompt import Prompt

from perfweek.errors import TargetError
from perfweek.files import write_atomic
from perfweek.target import Target, load_target

Answers = Mapping[tuple[str, str], Any]

QUESTIONS = (
    (("service", "name"), "What is the service called?"),
    (("service", "url"), "At which URL does it answer?"),
    (("service", "start"), "Which command starts it? (empty: it runs already)"),
    (("service", "health"), "Which path answers 200 when it is ready?"),
    (("load", "requests"), "Which path is to be asked for under load?"),
    (("warehouse", "connection"), "Which connection of connections.toml leads to Snowflake? (embedded: none)"),
    (("cache", "log"), "Where does it write its access log? (NDJSON; empty: nowhere)"),
    (("commands", "build"), "Which command builds it? (empty: none)"),
    (("commands", "test"), "Which command tests it? (empty: none)"),
    (("repository", "path"), "Where is its git repository?"),
)


def ask_questions(console: Console) -> dict[tuple[str, str], Any]:
    """Ask the questions above on the terminal; an empty answer takes the default."""
    answers: dict[tuple[str, str], Any] = {key: Prompt.ask(question, default=_default(key), console=console) for key, question in QUESTIONS}
    path = answers[("load", "requests")]
    answers[("load", "requests")] = [{"name": f"GET {path}", "path": path}]
    return answers


def _default(key: tuple[str, str]) -> str:
    section, name = key
    return "/" if key == ("load", "requests") else str(getattr(Target.model_fields[section].default, name))


def commented_target(answers: Answers) -> str:
    """A target file as text: each section with its meaning, each key with its meaning; keys at their default are commented out."""
    document = tomlkit.document()
    document.add(tomlkit.comment("What perfweek measures. Lines with a leading # show the defaults."))
    for name, field in Target.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            document.add(tomlkit.nl())
            document.add(name, _section(name, field.annotation, answers))
    return tomlkit.dumps(document).rstrip() + "\n"


def _section(name: str, model: type[BaseModel], answers: Answers) -> Any:
    table = tomlkit.table()
    if model.__doc__:
        table.add(tomlkit.comment(" ".join(model.__doc__.split())))
    lists = []
    for key, field in model.model_fields.items():
        if get_origin(field.annotation) is tuple and issubclass(get_args(field.annotation)[0], BaseModel):
            lists.append((key, get_args(field.annotation)[0]))
            continue
        if field.description:
            table.add(tomlkit.comment(field.description))
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        answer = answers.get((name, key), default)
        if answer == default:
            table.add(tomlkit.comment(f"{key} = {tomlkit.item(default).as_string()}"))
        else:
            table.add(key, answer)
    for key, item_model in lists:
        if given := answers.get((name, key)):
            table.add(key, tomlkit.aot())
            for item in given:
                table[key].append(tomlkit.item(item))
            continue
        for line in _example(f"{name}.{key}", item_model):
            table.add(tomlkit.comment(line))
    return table


def _example(path: str, model: type[BaseModel]) -> list[str]:
    lines = [" ".join((model.__doc__ or "").split()), f"[[{path}]]"]
    for key, field in model.model_fields.items():
        value = field.default if field.default is not PydanticUndefined else (100 if field.annotation is float else "/" if key == "path" else "name")
        lines.append(f"{key} = {tomlkit.item(value).as_string()}" + (f"  # {field.description}" if field.description else ""))
    return lines


def write_target(path: Path, answers: Answers) -> Path:
    """Write a target file and return its path. Raises TargetError where one stands already, none can be written, or an answer is not valid."""
    trial = path.with_name(f".{path.name}.trial")
    try:
        if path.exists():
            raise TargetError("there is a file of that name", str(path), "Give another name: perfweek init other.toml")
        try:
            load_target(str(write_atomic(trial, commented_target(answers)).resolve()))
            return trial.replace(path)
        finally:
            with contextlib.suppress(OSError):
                trial.unlink(missing_ok=True)
    except OSError as error:
        raise TargetError(f"the file cannot be written: {error.strerror}", str(path), "Name a file in a folder that you may write to.") from error
