"""The settings of the sample: everything that an improvement switches, in one typed TOML file."""

import difflib
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from perfweek.errors import TargetError

BUNDLED = ("as_found", "improved")
Kind = Literal["item", "list", "daily", "search"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class InProcess(_Section):
    """The cache inside the service: least recently used responses go first."""

    size_mb: float = Field(default=64, ge=0, le=100_000, description="capacity in megabytes (1e6 bytes) of response bodies")
    ttl_s: float = Field(default=60, gt=0, le=86_400)


class Shared(_Section):
    """The cache behind it: a Redis server. `auto` uses the one that the service was given on its command line, if any."""

    redis_url: Annotated[str, Field(pattern=r"^(auto|none|(rediss?|unix)://\S+)$")] = "auto"
    ttl_s: float = Field(default=300, ge=1, le=86_400)


class Settings(_Section):
    """How the sample behaves. `cached` names the kinds of responses that are kept; writes are seen whatever it says."""

    layout: Literal["as_found", "improved", "recommended"] = "as_found"
    batch_lists: bool = False
    attributes_in_lists: bool = True
    cached: tuple[Kind, ...] = Field((), strict=False)
    l1: InProcess = InProcess()
    l2: Shared = Shared()

    def public(self) -> dict[str, object]:
        """The settings as JSON values, without the password that a Redis URL may hold."""
        values = self.model_dump(mode="json")
        values["l2"]["redis_url"] = re.sub(r"(://)[^/]*@", r"\1***@", self.l2.redis_url)
        return values


def load_settings(name: str) -> Settings:
    """The bundled settings `name`, or those of the TOML file at that path. Raises TargetError that names key and remedy."""
    text, where = _read(name)
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TargetError(f"not a TOML file: {error}", where, "Mend that line.") from error
    except ValidationError as error:
        problems = "; ".join(_explain(problem["type"], problem["loc"], problem["msg"]) for problem in error.errors()[:5])
        raise TargetError(problems, where, f"Known keys: {', '.join(_keys(Settings))}.") from error


def _read(name: str) -> tuple[str, str]:
    if name in BUNDLED:
        return resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml"
    try:
        return Path(name).read_text(encoding="utf-8"), name
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise TargetError(f"the settings cannot be read: {reason}", name, f"Give {' or '.join(BUNDLED)}, or the path of a TOML file.") from error


def _explain(kind: str, location: tuple[int | str, ...], message: str) -> str:
    key = ".".join(map(str, location))
    if kind != "extra_forbidden":
        return f"{key}: {message}"
    near = difflib.get_close_matches(key, _keys(Settings), 1, 0.5)
    return f"unknown key {key}" + (f", did you mean {near[0]}?" if near else "")


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys: list[str] = []
    for name, field in model.model_fields.items():
        nested = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        keys += _keys(field.annotation, f"{prefix}{name}.") if nested else [prefix + name]  # type: ignore[arg-type]
    return keys
