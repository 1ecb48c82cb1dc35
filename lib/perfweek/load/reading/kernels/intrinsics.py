"""What the kernels need of the processor: bytes at any place, and being compiled without reference counts."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

# Reference counts of arrays would cost more than the reading itself; no array is made in a kernel, so none is needed.
OPTIONS: dict[str, Any] = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}

inlined: Callable[..., Any] = njit(**OPTIONS)
"""A part of a kernel."""


def _word(_context: Any, _array: Any, _index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(64).as_pointer())
        loaded = builder.load(place)
        loaded.align = 1
        return loaded

    return types.uint64(_array, types.int64), generate


def _byte(_context: Any, _array: Any, _index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.zext(builder.load(builder.gep(data, [arguments[1]])), ir.IntType(64))

    return types.int64(_array, types.int64), generate


def _address(_context: Any, _array: Any, _index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(builder.gep(data, [arguments[1]]), ir.IntType(64))

    return types.int64(_array, types.int64), generate


word: Callable[..., Any] = intrinsic(_word)
"""word(array, index): eight bytes of a byte array as one number, at any place. The caller leaves seven spare bytes behind the data."""
byte: Callable[..., Any] = intrinsic(_byte)
"""byte(array, index): one byte as a number; without the test for a negative index that array[index] makes."""
address: Callable[..., Any] = intrinsic(_address)
"""address(array, index): where a byte of a byte array is in memory."""
strtod: Callable[..., Any] = types.ExternalFunction("strtod", types.float64(types.int64, types.int64))
"""strtod(address, 0): the C library's reading of a number, for the few that are not exact in one step. Its text must be one."""
