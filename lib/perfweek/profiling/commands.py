"""The commands' timings under their former name."""

from perfweek.profiling.timings.commands import measure_commands, read_commands, source
from perfweek.profiling.timings.commands import Timing as Timing

__all__ = ["Timing", "measure_commands", "read_commands", "source"]
