"""Kernels as machine code: compiled once for this processor, kept on disk, and later run without loading the compiler.

Loading Numba takes longer than reading five million rows. So what it made is kept as an object file, which llvmlite alone can load.
An array goes into such a function as Numba hands it over: two unused pointers, length, item size, address, shape and strides.
"""

import contextlib
import ctypes
import hashlib
import os
import re
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import llvmlite
import numpy as np
from llvmlite import binding

from perfweek.errors import WeekError
from perfweek.files import write_atomic

_HERE = Path(__file__).parent
_LOCK = threading.Lock()
_DECLARED = re.compile(r"^declare .*@([\w.$]+)\(", re.M)


class Kernel:
    """A function of this package that returns nothing; its arguments are arrays, whole numbers and named tuples of them, always of the same
    types. It runs without the interpreter's lock."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._call: Any = None
        self._engine: Any = None

    def __call__(self, *arguments: Any) -> None:
        flat = [value for argument in arguments for value in _flat(argument)]
        if self._call is None:
            with _LOCK:
                if self._call is None:
                    self._call = self._loaded(arguments, len(flat))
        self._call(ctypes.byref(ctypes.c_void_p()), ctypes.byref(ctypes.c_void_p()), *flat)

    def _loaded(self, arguments: tuple[Any, ...], count: int) -> Any:
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        target = binding.Target.from_default_triple()
        machine = target.create_target_machine(
            cpu=binding.get_host_cpu_name(), features=_features(), opt=3, reloc="default", codemodel="jitdefault", jit=True
        )
        kept = _folder() / f"{self._name}.o"
        found = _kept(kept)
        if found is None:
            found = self._compiled(machine, arguments)
            with contextlib.suppress(OSError, WeekError):  # compiled anew next time: slower, not wrong
                write_atomic(kept, b"\n".join([hashlib.sha256(found[1]).hexdigest().encode(), found[0].encode(), found[1]]))
        symbol, code = found
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * count)
        return kind(self._engine.get_function_address(symbol))

    def _compiled(self, machine: Any, arguments: tuple[Any, ...]) -> tuple[str, bytes]:
        """The name of the function in the object file, and the file."""
        if sys.stderr.isatty():
            print("compiling the reader for this machine, once (about 10 s)...", file=sys.stderr)
        from numba import njit, typeof

        from perfweek.load.reading.kernels.intrinsics import OPTIONS

        function = getattr(import_module(f"perfweek.load.reading.kernels.{self._module}"), self._name)
        dispatcher = njit(**OPTIONS)(function)
        dispatcher.compile(tuple(typeof(argument) for argument in arguments))
        (compiled,) = dispatcher.overloads.values()
        text = compiled.library.get_llvm_str()
        outside = [name for name in _DECLARED.findall(text) if not name.startswith("llvm.") and name != "strtod"]
        if outside:
            raise RuntimeError(f"the kernel {self._name} calls {', '.join(outside)}, which is not there without Numba")
        return compiled.fndesc.llvm_func_name, machine.emit_object(binding.parse_assembly(text))


read_rows = Kernel("csv_rows", "read_rows")
read_points = Kernel("json_points", "read_points")
fill_table = Kernel("text", "fill_table")


def _flat(argument: Any) -> Iterator[int]:
    if isinstance(argument, np.ndarray):
        yield from (0, 0, argument.size, argument.itemsize, argument.ctypes.data, *argument.shape, *argument.strides)
    elif isinstance(argument, tuple):
        for part in argument:
            yield from _flat(part)
    else:
        yield int(argument)


def _kept(path: Path) -> tuple[str, bytes] | None:
    try:
        digest, symbol, code = path.read_bytes().split(b"\n", 2)
    except (OSError, ValueError):
        return None
    return (symbol.decode(), code) if hashlib.sha256(code).hexdigest().encode() == digest else None


def _folder() -> Path:
    """Goes by the sources, the compiler and the processor; beside the sources, or in the user's cache where those cannot be written."""
    sources = b"".join(path.read_bytes() for path in (*sorted(_HERE.glob("*.py")), _HERE.parent / "shapes.py"))
    about = f"{llvmlite.__version__} {binding.get_process_triple()} {binding.get_host_cpu_name()} {_features()}"
    name = hashlib.sha256(sources + about.encode()).hexdigest()[:16]
    if os.access(_HERE, os.W_OK):
        return _HERE / "__pycache__" / name
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perfweek" / name


def _features() -> str:
    return binding.get_host_cpu_features().flatten()
