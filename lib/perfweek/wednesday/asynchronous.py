"""Which requests could run their statements together?"""

import shutil
from collections.abc import Callable
from pathlib import Path

from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.files import atomic_path
from perfweek.target import Target
from perfweek.warehouse.advisers.asynchronous import patterns_of
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.asynchronous import example, shown
from perfweek.warehouse.asynchronous.measure import Ways, has_warehouse, measure_ways, read_ways
from perfweek.week import Week


def take_ways(week: Week, target: Target) -> Ways | None:
    """Measure the ways on the target's warehouse; None where it has none."""
    return read_ways(week, measure_ways(week, target)) if has_warehouse(target) else None


def asynchronous(material: Material, ways: Ways | None, source: str) -> Section:
    """What the history shows, what asking costs, and what was measured; `source`: the evidence file of the executions, relative to the week."""
    found = material.once(patterns_of)
    texts = material.look.answers["texts"]
    exhibits: list[Exhibit] = [
        Sentence(shown.patterns_sentence(found)),
        Listing(
            shown.pattern_table(found, dict(zip(texts["text_key"], texts["query_text"], strict=True))),
            "Requests that run SELECTs one after the other",
            source,
            shown.FORMATS,
        ),
        Sentence(shown.polling_sentence()),
        Sentence(shown.limits_sentence()),
        Sentence(shown.ways_sentence(ways)),
    ]
    if ways is not None:
        exhibits.append(Picture(shown.ways_figure(ways), shown.ways_sentence(ways), shown.ways_note(ways), ways.source))
        exhibits.append(Listing(shown.way_table(ways), "Ways of running statements", ways.source, shown.WAY_FORMATS))
    return exhibits


def with_ways(ways: Ways | None) -> Callable[[Material, str], Section]:
    """The section, with what was measured on the target."""
    return lambda material, source: asynchronous(material, ways, source)


def write_example(week: Week) -> Path:
    """The worked example as a person takes it away: artifacts/wednesday/async_example.py."""
    path = week.artifacts / "wednesday" / "async_example.py"
    with atomic_path(path) as temporary:
        shutil.copyfile(example.__file__, temporary)
    return path
