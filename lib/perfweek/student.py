"""Student's t and the normal distribution, each from the other, to half a percent from 4 degrees of freedom (Wallace 1959)."""

import math


def student_from_normal(z: float, freedom: int) -> float:
    """The t of `freedom` degrees with the tail of the normal `z`."""
    scaled = z * (8 * freedom + 3) / (8 * freedom + 1)
    return math.sqrt(freedom * math.expm1(scaled**2 / freedom))


def normal_from_student(t: float, freedom: int) -> float:
    """The normal z with the tail of `t` of `freedom` degrees."""
    return (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(t * t / freedom))
