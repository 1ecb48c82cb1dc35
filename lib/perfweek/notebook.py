"""What every notebook needs: `open_day` in its second cell, then say, show and conclude."""

from perfweek.report.day import Day, open_day
from perfweek.report.exhibits import present
from perfweek.report.explorer import explore
from perfweek.report.figures import show, show_flamegraph
from perfweek.report.prose import Tile, conclude, say
from perfweek.report.tables import show_table

__all__ = ["Day", "Tile", "conclude", "explore", "open_day", "present", "say", "show", "show_flamegraph", "show_table"]
