"""What the kernels need of the processor."""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
kernel: Callable[..., Any] = njit(**OPTIONS)
"""Compiles a function that makes no array: without reference counts, which cost more than most of these functions do."""
inlined: Callable[..., Any] = njit(**OPTIONS, inline="always")
"""The same for the parts of a kernel that are too small to be called."""


def _popcount(_context: Any, _word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.ctpop", [ir.IntType(64)]), arguments)

    return types.int64(types.uint64), generate


def _word(_context: Any, text: Any, _place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        loaded = builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(64).as_pointer()))
        loaded.align = 1
        return loaded

    return types.uint64(text, types.int64), generate


def _prefetch(_context: Any, array: Any, _place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        kinds = [address.type, *[ir.IntType(32)] * 3]
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), kinds), "llvm.prefetch.p0")
        builder.call(function, [address, *(ir.Constant(ir.IntType(32), number) for number in (1, 3, 1))])
        return context.get_dummy_value()

    return types.none(array, types.int64), generate


popcount: Any = intrinsic(_popcount)
"""popcount(word): how many bits of a 64-bit word are set, in one instruction."""

word: Any = intrinsic(_word)
"""word(text, place): eight bytes of an array of bytes as one number, the first lowest. The caller leaves eight spare bytes behind the data."""

prefetch: Any = intrinsic(_prefetch)
"""prefetch(array, place): ask for the line of memory at `place`, which a later request will write to; the walk goes on meanwhile."""


@inlined
def flip(bits, place):
    """Set or clear one bit of an array of 64-bit words."""
    bits[place >> 6] ^= np.uint64(1) << np.uint64(place & 63)


@inlined
def next_set(bits, place):
    """The first bit from `place` on that is set; there must be one."""
    word = bits[place >> 6] >> np.uint64(place & 63)
    if not word:
        place = ((place >> 6) + 1) << 6
        while not bits[place >> 6]:
            place += 64
        word = bits[place >> 6]
    return place + popcount((word & (~word + np.uint64(1))) - np.uint64(1))
