"""What the profiler costs a service: windows with and without it in turn, under the target's load.

python -m perfweek.profiling.bench [target.toml]
"""

import sys
import tempfile
from pathlib import Path

from perfweek.errors import PerfweekError
from perfweek.profiling.measure import measure_profile
from perfweek.profiling.run import ProfileRun, read_profile
from perfweek.profiling.sentences import accounted_sentence, overhead_sentence
from perfweek.target import load_target
from perfweek.week import Week


def profiled(target_file: str = "") -> ProfileRun:
    """A profile run of the target's service ('' for the nearest target.toml), its evidence thrown away. Raises PerfweekError."""
    target = load_target(target_file)
    with tempfile.TemporaryDirectory() as folder:
        week = Week.open("", Path(folder))
        return read_profile(week, measure_profile(week, target, target.service.start))


def main() -> int:
    try:
        run = profiled(*sys.argv[1:2])
    except PerfweekError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{overhead_sentence(run)}\n{accounted_sentence(run)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
