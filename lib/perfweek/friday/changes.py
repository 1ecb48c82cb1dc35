"""What was changed before Friday measured."""

import pandas as pd

from perfweek import evidence
from perfweek.exhibit import Listing, Section, Sentence
from perfweek.progress.loop import RESULT, Applied, close_loop, read_applied
from perfweek.target import Target
from perfweek.week import Week
from perfweek.wording import count


def changes(week: Week, target: Target) -> Section:
    """Makes the week's recommendations where the target allows it, and shows what became of each; else says what Friday compares."""
    measured = close_loop(week, target)
    if measured is None:
        return [Sentence(_by_people(target))]
    made, source = read_applied(measured), evidence.relative(week, measured.path(RESULT))
    applied = sum(one.state == "applied" for one in made)
    said = f"{count(applied, 'recommendation')} of {len(made)} of this week {'was' if applied == 1 else 'were'} made before anything was measured."
    return [Sentence(said), Listing(_table(made), "What was changed, through the runbook and the service's settings", source)]


def _table(made: list[Applied]) -> pd.DataFrame:
    return pd.DataFrame([(one.what, one.state, one.why) for one in made], columns=["recommendation", "what became of it", "why"])


def _by_people(target: Target) -> str:
    if target.service.start_changed:
        return "perfweek changes nothing by itself here: the changed version is what `start_changed` starts."
    return "perfweek changes nothing by itself here: what is measured is the service as it is today."
