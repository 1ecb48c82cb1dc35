"""Which function answers which endpoint, from the service's own description of its interface (OpenAPI)."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from perfweek.profiling.stacks import Stack

METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})


def handlers_of(text: str) -> dict[str, str]:
    """function -> endpoint such as 'GET /assets/{id}', by the operation ids; {} for what is no OpenAPI document in JSON.

    FastAPI appends path and method to the function's name, others give the bare name or 'module.function'. A name that stands for two
    endpoints tells neither.
    """
    try:
        found = list(_operations(json.loads(text)))
    except (ValueError, TypeError, AttributeError):
        return {}
    times = Counter(function for function, _ in found)
    return {function: endpoint for function, endpoint in found if times[function] == 1}


def endpoint_frames(stacks: Iterable[Stack], handlers: Mapping[str, str]) -> dict[str, str]:
    """frame -> endpoint for the frames 'function (file)' that are handlers.

    Functions of other files may have the same name, so a name counts only in the file that holds most of the handlers' names.
    """
    candidates = {frame: name for stack in stacks for frame in stack if (name := _function(frame)) in handlers}
    by_file = Counter(_file(frame) for frame in candidates)
    best: dict[str, str] = {}
    for frame, name in sorted(candidates.items(), key=lambda item: (-by_file[_file(item[0])], item[0])):
        best.setdefault(name, frame)
    return {frame: handlers[name] for name, frame in best.items()}


def endpoint_of(stack: Stack, frames: Mapping[str, str]) -> str:
    """The endpoint of the outermost frame of `stack` that is a handler; '' where there is none."""
    return next((frames[frame] for frame in stack if frame in frames), "")


def _operations(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, item in spec["paths"].items() if "paths" in spec else ():
        for method, operation in item.items():
            if method in METHODS and isinstance(operation, dict) and isinstance(operation.get("operationId"), str):
                yield _name(operation["operationId"], path, method), f"{method.upper()} {path}"


def _name(operation_id: str, path: str, method: str) -> str:
    """https://github.com/fastapi/fastapi/blob/master/fastapi/utils.py, generate_unique_id"""
    suffix = re.sub(r"\W", "_", path) + "_" + method
    return operation_id.removesuffix(suffix).rpartition(".")[2]


def _function(frame: str) -> str:
    return frame.partition(" (")[0].rpartition(".")[2]


def _file(frame: str) -> str:
    return frame.partition(" (")[2]
