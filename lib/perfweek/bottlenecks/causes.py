"""What costs response time, each with what its removal could give back: statements, answers computed again, wide lists, parts."""

from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from perfweek.bottlenecks.answers import Again, computed_again
from perfweek.bottlenecks.division import Division, Part
from perfweek.bottlenecks.finding import Finding
from perfweek.bottlenecks.parts import CPU_PARTS
from perfweek.bottlenecks.removal import Requests
from perfweek.bottlenecks.titles import part_title
from perfweek.bottlenecks.whole_items import WholeItems, whole_items
from perfweek.load.database.n_plus_one import Growth, growths, repeated
from perfweek.load.database.statements import Statements, Timing
from perfweek.load.database.wording import shortened
from perfweek.wording import bracketed, count, number

SCANS_ALL = 0.8
LEAST = 0.01
"""Of all response time: what takes less is in the tables of its own section, and no bottleneck."""
_TWICE = 1.5


def causes_of(
    requests: Requests, divisions: Sequence[Division], statements: Statements, log: pd.DataFrame, source: str, profile: str
) -> list[Finding]:
    """Every cause that takes a percent of all response time or more, in no order. `source`: the file of `log`; `profile`: that of CPU times."""
    if requests.frame.empty:
        return []
    repeating = {(one.route, one.shape): one for one in growths(statements) if one.repeats.value >= _TWICE}
    found = [
        *_statements(requests, statements, repeating),
        *_answers(requests, log, statements, source),
        *_wide(requests, divisions, statements, repeating.values(), source),
        *_parts(requests, divisions, statements, source, profile),
    ]
    return [one for one in found if one.removal.of_all.value >= LEAST]


def _statements(requests: Requests, statements: Statements, repeating: dict[tuple[str, str], Growth]) -> Iterator[Finding]:
    for timing in statements.timings:
        rows = statements.joined[(statements.joined["route"] == timing.route) & (statements.joined["shape"] == timing.shape)]
        growth = repeating.get((timing.route, timing.shape))
        if growth:
            again = repeated(statements, growth)
            yield _repeats(requests, statements, timing, growth, again)
            rows = rows.drop(again.index)
        removal = requests.removal(timing.route, _by_request(requests, statements, rows))
        scans = timing.scanned.value >= SCANS_ALL
        scan = f" and scans {_percent(timing.scanned.value)} of the partitions" if scans else ""
        once = ", sent once a request," if growth else ""
        said = f"`{shortened(timing.text)}`{once} takes {bracketed(removal.ms, 'ms')} of a request{scan}."
        yield Finding("statement scans its whole table" if scans else "statement", said, statements.source, removal, timing.route)


def _repeats(requests: Requests, statements: Statements, timing: Timing, growth: Growth, again: pd.DataFrame) -> Finding:
    as_many = growth.fewest == growth.most and abs(growth.repeats.value - growth.most) < 0.5
    title = "N+1, a statement for each item" if growth.verdict == "N+1" or as_many else "the same statement again and again"
    how = f"{number(growth.slope.value)} more for each further item" if growth.verdict == "N+1" else f"for {count(growth.most, 'item')}"
    times = number(round(growth.repeats.value, 1))
    said = f"`{shortened(timing.text)}` is sent {times} times a request, {how}."
    return Finding(title, said, statements.source, requests.removal(growth.route, _by_request(requests, statements, again)), growth.route)


def _answers(requests: Requests, log: pd.DataFrame, statements: Statements, source: str) -> Iterator[Finding]:
    for one in computed_again(log, log["request_id"].isin(statements.requests["request_id"])):
        frame = requests.frame
        ms = frame["service_ms"].where(frame["request_id"].isin(one.ids), 0.0).fillna(0.0)
        yield Finding(_kept_title(one), _again_sentence(one), source, requests.removal(one.endpoint, ms), one.endpoint)


def _kept_title(one: Again) -> str:
    return "the cache forgets too much" if one.kept else "nothing is kept in a cache"


def _again_sentence(one: Again) -> str:
    lost = "the cache no longer had it" if one.kept else "no cache is asked"
    share, requests = _percent(one.again / one.requests), count(one.requests, "request")
    return f"{share} of {requests} computed an answer that this run had given before: {lost}."


def _wide(requests: Requests, divisions: Sequence[Division], statements: Statements, repeating: Collection[Growth], source: str) -> Iterator[Finding]:
    """Of statements that a request repeats only the first counts: the others go with the N+1, whatever they read."""
    for one in whole_items(statements.requests):
        shapes = _shared_shapes(statements, one)
        rows = statements.joined[(statements.joined["route"] == one.endpoint) & statements.joined["shape"].isin(shapes)]
        for growth in repeating:
            rows = rows.drop(repeated(statements, growth).index.intersection(rows.index))
        fetched = _by_request(requests, statements, rows)
        encoded = next((part.removal.ms.value for part in _of(divisions, one.endpoint) if part.part == "serialisation" and part.known), 0.0)
        said = (
            f"An item of the list carries {number(round(one.bytes_an_item))} bytes, {_percent(one.width.value)} of what "
            f"`{one.item_endpoint}` gives; what fetching them once and their encoding take is the bound."
        )
        yield Finding("lists carry whole items", said, source, requests.removal(one.endpoint, fetched + encoded), one.endpoint)


def _shared_shapes(statements: Statements, one: WholeItems) -> set[str]:
    """The statements of the list that the endpoint of one item sends too; where there are none, the one that reads most."""
    of_list = [timing for timing in statements.timings if timing.route == one.endpoint]
    of_item = {timing.shape for timing in statements.timings if timing.route == one.item_endpoint}
    shared = {timing.shape for timing in of_list} & of_item
    widest = max(of_list, key=lambda timing: timing.bytes_scanned.value, default=None)
    return shared or ({widest.shape} if widest else set())


def _parts(requests: Requests, divisions: Sequence[Division], statements: Statements, source: str, profile: str) -> Iterator[Finding]:
    """The parts of each endpoint. Where its statements are known, of the database only what they do not account for."""
    known = set(statements.joined["route"])
    for division in divisions:
        for part in division.parts:
            removal, title = part.removal, part_title(division, part.part)
            if part.part == "database" and division.endpoint in known:
                every = statements.joined[statements.joined["route"] == division.endpoint]
                beyond = requests.frame["database_ms"].fillna(0.0) - _by_request(requests, statements, every)
                removal, title = requests.removal(division.endpoint, beyond.clip(lower=0)), "database, beyond its statements"
            if part.known:
                seen_in = profile if part.part in CPU_PARTS[:3] else source
                yield Finding(title, _part_sentence(part, title), seen_in, removal, division.endpoint)


def _part_sentence(part: Part, title: str) -> str:
    if title.endswith("statements"):
        return "Connection, driver and reading of results: what a request waits for there and the warehouse did not count."
    return f"{bracketed(part.p95, 'ms')} of p95, {bracketed(part.share, '%')}."


def _percent(share: float) -> str:
    return f"{number(round(100 * share))} %"


def _of(divisions: Sequence[Division], endpoint: str) -> Sequence[Part]:
    return next((division.parts for division in divisions if division.endpoint == endpoint), ())


def _by_request(requests: Requests, statements: Statements, rows: pd.DataFrame) -> pd.Series:
    """How long each row of the requests waited for `rows` (of `Statements.joined`), in ms."""
    by_id = pd.Series(statements.ms_by_request(rows).to_numpy(), index=statements.requests["request_id"])
    return requests.frame["request_id"].map(by_id[~by_id.index.duplicated()]).fillna(0.0).astype(float)
