"""Runs a Python command with memory-profiler looking at the named functions line by line: in a process that is thrown away.

    python -m perfweek.profiling.memory.line_runner OUTPUT package.module:function,... (-m MODULE | SCRIPT) ...

Every line of the named functions asks the system for the memory of the process, which makes them hundreds of times slower.
"""

import importlib
import inspect
import json
import os
import runpy
import sys
import threading
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from memory_profiler import LineProfiler


class LineWatch:
    """One profiler for each thread and function: memory-profiler mixes up the lines of functions and threads that share one."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self._names = {code: name for name, function in functions.items() for code in _codes(function.__code__)}
        self._functions = functions
        self._profilers: dict[tuple[int, str], LineProfiler] = {}

    def start(self) -> None:
        threading.settrace(self._trace)
        sys.settrace(self._trace)

    def stop(self) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        name = self._names.get(frame.f_code)
        return None if name is None else self._profiler(name).trace_memory_usage(frame, event, argument)

    def _profiler(self, name: str) -> LineProfiler:
        key = (threading.get_ident(), name)
        if key not in self._profilers:
            profiler = LineProfiler(backend="psutil")
            profiler.add_function(self._functions[name])
            before = sys.gettrace()
            profiler.enable()
            sys.settrace(before)
            profiler._original_trace_function = None
            self._profilers[key] = profiler
        return self._profilers[key]

    def lines(self, name: str) -> dict[int, tuple[float, float, int]]:
        """line number -> (increment MiB, largest memory MiB, times it ran), over all threads."""
        found: dict[int, tuple[float, float, int]] = {}
        for (_, of), profiler in list(self._profilers.items()):
            for _, lines in profiler.code_map.items() if of == name else ():
                for number, told in lines:
                    if told:
                        increment, largest, hits = found.get(number, (0.0, 0.0, 0))
                        found[number] = (increment + told[0], max(largest, told[1]), hits + told[2])
        return found


def main(arguments: list[str]) -> int:
    output, names, *command = arguments
    functions: dict[str, Callable[..., Any]] = {}
    missing: dict[str, str] = {}
    sys.path.insert(0, str(Path.cwd()))
    for name in names.split(","):
        try:
            functions[name] = found_function(name)
        except Exception as error:  # whatever an import of the user's module raises is the reason that is told
            missing[name] = f"{type(error).__name__}: {error}"
    watch, process = LineWatch(functions), os.getpid()
    watch.start()
    try:
        return _run(command)
    finally:
        watch.stop()
        if os.getpid() == process:
            told = {"functions": [_told(name, function, watch) for name, function in functions.items()], "missing": missing}
            Path(output).write_text(json.dumps(told))


def found_function(name: str) -> Callable[..., Any]:
    """The Python function at 'package.module:function' or 'package.module:Class.method', behind its decorators.

    Raises what the import raises, AttributeError, and TypeError for what is no Python function.
    """
    module, _, path = name.partition(":")
    function = inspect.unwrap(attrgetter(path)(importlib.import_module(module)))
    if not inspect.isfunction(getattr(function, "__func__", function)):
        raise TypeError(f"{name} is a {type(function).__name__}, not a Python function")
    return getattr(function, "__func__", function)


def _run(command: list[str]) -> int:
    try:
        if command[0] == "-m":
            sys.argv = command[1:]
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = command
            sys.path[0] = str(Path(command[0]).absolute().parent)
            runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _codes(code: CodeType) -> list[CodeType]:
    """The code of a function, and of the comprehensions and functions in it."""
    return [code, *(one for inner in code.co_consts if inspect.iscode(inner) for one in _codes(inner))]


def _told(name: str, function: Callable[..., Any], watch: LineWatch) -> dict[str, Any]:
    source, first = inspect.getsourcelines(function)
    known = watch.lines(name)
    inner = {number for code in _codes(function.__code__)[1:] for _, _, number in code.co_lines() if number}
    lines = [
        {"line": number, "code": text.rstrip(), "told": known.get(number), "inner": number in inner}
        for number, text in enumerate(source, start=first)
    ]
    return {"function": name, "file": function.__code__.co_filename, "lines": lines}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
