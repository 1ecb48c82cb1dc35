"""ADR-003, multi-tier caching: which tiers pay, on what the tiers above them miss, and is it safe?"""

from perfweek.decisions.caching.cold import cold_start
from perfweek.decisions.caching.money import money
from perfweek.decisions.caching.percentile import percentile_rule
from perfweek.decisions.caching.planned import planned_hits
from perfweek.decisions.caching.popularity import once_only
from perfweek.decisions.caching.stale import stale_answers
from perfweek.decisions.caching.stampede import stampede
from perfweek.decisions.caching.worth import edge_worth, process_worth, results_worth, shared_worth
from perfweek.decisions.parts import Part

CRITERIA = (
    planned_hits,
    percentile_rule,
    process_worth,
    shared_worth,
    results_worth,
    edge_worth,
    stale_answers,
    cold_start,
    stampede,
    once_only,
    money,
)
_INSTEAD = "make the miss faster, and state for how long an answer holds (Cache-Control, ETag)"
PARTS = (
    Part("L1, in the process", ("worth-l1", "planned-hits", "percentile-rule", "once-only"), _INSTEAD),
    Part("L2, a shared Redis", ("worth-l2", "money"), "keep the process's own cache alone"),
    Part("L3, the result cache", ("worth-l3",), "leave it as it is: it costs nothing and nothing is built on it"),
    Part("L4, the edge", ("worth-l4",), "serve from one place"),
    Part("safe to run", ("stale-answers", "cold-start", "stampede"), "join concurrent misses of a key, and shed load while caches are cold"),
)
