"""Monday's tables about profile and commands."""

from collections.abc import Sequence

import pandas as pd

from perfweek.profiling.commands import Timing
from perfweek.profiling.window import Window

TOP_FORMATS = {"own %": ".1f", "from %": ".1f", "to %": ".1f", "with callees %": ".1f"}
COMMAND_FORMATS = {"wall s": ".2f", "user CPU s": ".2f", "system CPU s": ".2f", "exit code": "d"}


def top_functions(window: Window, limit: int = 15) -> pd.DataFrame:
    """The functions with most samples of their own: their share with interval, and the share with what they called."""
    return pd.DataFrame(
        [
            {
                "function": one.function,
                "own %": 100 * one.own.value,
                "from %": 100 * one.own.low,
                "to %": 100 * one.own.high,
                "with callees %": 100 * one.total.value,
            }
            for one in window.functions[:limit]
        ]
    )


def command_table(timings: Sequence[Timing]) -> pd.DataFrame:
    """One row a run."""
    return pd.DataFrame(
        [
            {
                "command": one.command,
                "run": one.run,
                "wall s": one.wall_s,
                "user CPU s": one.user_s,
                "system CPU s": one.system_s,
                "exit code": one.exit_code,
            }
            for one in timings
        ]
    )
