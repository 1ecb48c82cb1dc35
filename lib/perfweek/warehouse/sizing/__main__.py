"""What each size did, and what others would do, from several histories: `python -m perfweek.warehouse.sizing SMALL.parquet MEDIUM.parquet ...`."""

import sys

from perfweek.errors import PerfweekError
from perfweek.warehouse.shown import plain
from perfweek.warehouse.sizing import shown
from perfweek.warehouse.sizing.histories import scaling


def main(given: list[str]) -> int:
    """Print the sentences and tables of the report's section; 1 for a history that cannot be read."""
    try:
        found = scaling(given)
    except PerfweekError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    sizings = [found] if found else []
    print(plain(shown.sizing_sentence(sizings)))
    if found and found.steps:
        print(plain(shown.forecast_sentence(sizings)))
        for table in (shown.step_table(sizings), shown.forecast_table(sizings)):
            print("", table.to_string(index=False, float_format="{:.3g}".format), sep="\n")
    return 0


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python -m perfweek.warehouse.sizing HISTORY...")
    sys.exit(main(sys.argv[1:]))
