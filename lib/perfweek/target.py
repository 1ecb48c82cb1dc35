"""The target: what is measured, as written in target.toml.

Paths in it are relative to the file's folder. In commands and log paths `{python}` stands for the running Python and
`{run}` for the evidence folder of the measurement that is being taken, into which a service may write its logs.
"""

import difflib
import re
import shlex
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from perfweek.errors import TargetError
from perfweek.target_cache import Cache, Prices, Section, Tier
from perfweek.target_decisions import Decisions

__all__ = ["Cache", "Prices", "Target", "Tier", "find_target", "load_target"]
FILE_NAME = "target.toml"
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
OptionalUrl = Annotated[str, Field(pattern=r"^(https?://[^\s/]+.*)?$")]


class Service(Section):
    """The web service under test: where it answers, and how to start it or which running process it is."""

    name: str = "service"
    url: HttpUrl = "http://127.0.0.1:8000"
    start: str = Field("", description="command that starts it; perfweek stops it again after each measurement")
    start_changed: str = Field("", description="command that starts the changed version, measured on Friday; default: start")
    prepare: str = Field("", description="command to run to its end before each start")
    process: str = Field("", description="instead of start: pid, or a part of the command line, of the running service")
    health: str = Field("/healthz", pattern="^/", description="path that answers 200 when the service is ready")
    start_timeout_s: float = Field(60, gt=0, le=3600)
    latency_budget_p95_ms: float = Field(200, gt=0)

    @model_validator(mode="after")
    def _one_way_to_the_process(self) -> Self:
        if self.start and self.process:
            raise ValueError("give either start or process, not both")
        return self


class Request(Section):
    """One kind of request of the load, chosen with probability weight / sum of weights."""

    name: str = Field(min_length=1)
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    path: str = Field(pattern="^/")
    body: str = ""
    weight: float = Field(1, gt=0)


class Load(Section):
    """How the service is loaded, or which k6 results are analysed instead."""

    script: str = Field("", description="k6 script of your own, instead of the bundled baseline.js")
    session: Literal["", "sample"] = Field("", description="'sample': ask as callers of the bundled sample do, instead of requests")
    profile: Literal["smoke", "week1"] = "smoke"
    model: Literal["open", "closed"] = Field("open", description="open: arrivals do not wait for answers; closed: virtual users do, and pause 1 s")
    rate: float = Field(50, gt=0, le=100_000, description="arrivals a second on the plateau; virtual users in the closed model")
    capacity: Literal["auto", "on", "off"] = Field(
        "auto", description="load it until it no longer keeps up; auto: only where perfweek starts the service, so that nobody else's is overloaded"
    )
    capacity_multiple: float = Field(4, gt=1, le=100, description="the capacity run goes up to this multiple of rate")
    repeats: int = Field(
        4, ge=1, le=50, description="short runs of each version that Friday compares; how much runs of one version differ is known from two on"
    )
    requests: tuple[Request, ...] = Field((), strict=False, description="what to ask for")
    results: tuple[str, ...] = Field((), strict=False, description="existing k6 results (CSV) to analyse instead of running k6")


class Warehouse(Section):
    """Where the service's queries run, or an export of their history."""

    connection: str = Field("embedded", min_length=1, description="'embedded', or a connection of the connector's connections.toml")
    database: str = Field("", description="file of the embedded database")
    history: str = Field("", description="exported query history (CSV or Parquet), instead of asking a warehouse")
    slow_query_ms: int = Field(1000, ge=0)


class Commands(Section):
    """Build and test commands that are timed in the repository's folder: cold after `clean` (without it: the first run), else warm."""

    build: str = ""
    test: str = ""
    clean: str = Field("", description="command that makes the next run a cold one, such as removing what was built; not timed itself")
    cold: int = Field(2, ge=1, le=20, description="cold runs of each command; without clean there is one")
    runs: int = Field(3, ge=1, le=100, description="warm runs of each command")
    reports: tuple[str, ...] = Field(
        (), strict=False, description="files or patterns that the commands write: JUnit XML, hyperfine JSON, Turborepo run summaries"
    )
    imports: str = Field(
        "",
        pattern=r"^([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?$",
        description="Python module whose import is timed; default: the one that [service] start gives as module:app",
    )


class Profiling(Section):
    """Functions whose memory is looked at line by line, in a process of its own in which a command calls them."""

    memory_functions: tuple[str, ...] = Field((), strict=False, description='such as ["package.module:function", "package.module:Class.method"]')
    memory_command: str = Field("", description="command that calls them; it begins with {python}; default: the test command")

    @field_validator("memory_functions")
    @classmethod
    def _module_and_path(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in names if not re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", name)]:
            raise ValueError(f"{wrong[0]!r} does not name a function as package.module:function")
        return names


class Repository(Section):
    path: str = "."


class Api(Section):
    openapi: str = Field("", description="file, or path or URL that serves it")


class Loop(Section):
    """Only for a target that may be changed without asking, as the bundled sample: before Friday measures, the week's recommendations are made."""

    database: str = Field("", description="copy of the embedded database that the warehouse changes are made in")
    settings: str = Field("", description="settings of the changed service, written anew each Friday")


class Waiver(Section):
    """A check of the gate that somebody has allowed to fail, until a day."""

    check: str = Field(min_length=1, description='what the gate calls it, such as "GET /assets: statements a request"')
    approver: str = Field(min_length=1)
    until: date = Field(description="the last day on which it holds, such as 2026-12-31")
    reason: str = Field(min_length=1)


class Gate(Section):
    """What a pull request is held to: perfweek gate."""

    baseline: str = Field("gate.json", min_length=1, description="file of counts, kept with the code; written by perfweek gate --update")
    requests: int = Field(200, ge=10, le=100_000, description="requests that are counted, one after another")
    bytes_tolerance: float = Field(0.05, ge=0, lt=1, description="by how much bytes may grow; counts of statements and failures may not grow at all")
    waivers: tuple[Waiver, ...] = Field((), strict=False)


class Monitoring(Section):
    prometheus: OptionalUrl = ""
    grafana: OptionalUrl = ""
    pyroscope: OptionalUrl = ""


class Target(Section):
    """The typed target.toml. `root` is the folder that its paths are relative to; weeks/ lives there."""

    service: Service = Service()
    load: Load = Load()
    warehouse: Warehouse = Warehouse()
    cache: Cache = Cache()
    prices: Prices = Prices()
    commands: Commands = Commands()
    profiling: Profiling = Profiling()
    repository: Repository = Repository()
    api: Api = Api()
    decisions: Decisions = Decisions()
    monitoring: Monitoring = Monitoring()
    gate: Gate = Gate()
    loop: Loop = Loop()
    root: Path = Path()

    @field_validator("root", mode="before")
    @classmethod
    def _root_is_not_a_setting(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError("root is the folder of the file and cannot be set")
        return value

    @property
    def weeks(self) -> Path:
        return self.root / "weeks"

    def resolve(self, path: str, run: Path | None = None) -> Path:
        """A path of the file as an absolute one, `{run}` filled in."""
        return self.root / path.replace("{run}", str(run or "{run}"))

    def command(self, command: str, run: Path | None = None) -> list[str]:
        """A command of the file as an argument list (no shell), `{python}` and `{run}` filled in."""
        return [word.replace("{python}", sys.executable).replace("{run}", str(run or "{run}")) for word in shlex.split(command)]


def find_target(path: str = "", start: Path | None = None) -> Path:
    """The target file: `path`, or target.toml here or in the nearest folder above. Raises TargetError."""
    here = (start or Path.cwd()).resolve()
    candidates = [here / path] if path else [folder / FILE_NAME for folder in (here, *here.parents)]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    if path and (here / path).exists():
        raise TargetError(
            f"{path} is {'a folder' if (here / path).is_dir() else 'no regular file'}", remedy="Name the target file in it or elsewhere."
        )
    missing = path or f"{FILE_NAME} in {here} or a folder above"
    raise TargetError(f"there is no {missing}", remedy="Write one with: perfweek init")


def load_target(path: str = "", start: Path | None = None) -> Target:
    """Read and check a target file. Raises TargetError that names the key, what is wrong and the nearest known key."""
    file = find_target(path, start)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        return Target.model_validate({**content, "root": file.parent} if "root" not in content else content)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"not a TOML file: {error}", str(file), "Mend that line, or write a new file with: perfweek init") from error
    except RecursionError as error:
        raise TargetError("not a TOML file: nested too deeply", str(file), "Write a new file with: perfweek init") from error
    except ValidationError as error:
        raise TargetError(_explain(error), str(file), "Mend it there; perfweek init --print shows a commented file with every key.") from error


def _explain(error: ValidationError) -> str:
    return "; ".join(_explain_one(problem) for problem in error.errors()[:5])


def _explain_one(problem: object) -> str:
    details = dict(problem)  # type: ignore[call-overload]
    location = [str(part) for part in details["loc"]]
    key = ".".join(location)
    if details["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], _known_keys(location[:-1]), 1, 0.5)
        return f"unknown key {key}" + (f", did you mean {near[0]}?" if near else "")
    return f"{key}: {details['msg']}" + (f", not {details['input']!r}" if location and not isinstance(details["input"], dict) else "")


def _known_keys(location: list[str]) -> list[str]:
    model: type[BaseModel] = Target
    for part in location:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        arguments = getattr(annotation, "__args__", None)
        model = arguments[0] if arguments else annotation  # type: ignore[assignment]
    return [name for name in model.model_fields if name != "root"]
