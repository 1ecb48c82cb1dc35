"""ADR-005, GraphQL federation: should answers be aggregated for a view, should GraphQL do it, and should the graph be federated?"""

from perfweek.decisions.federation.barrier import barrier_penalty
from perfweek.decisions.federation.cacheability import lost_cacheability
from perfweek.decisions.federation.fields import field_sets, over_fetch
from perfweek.decisions.federation.repeats import repeats_per_item, statements_per_item
from perfweek.decisions.federation.teams import blocked, teams
from perfweek.decisions.federation.views import calls_a_view, waterfall
from perfweek.decisions.parts import Part

CRITERIA = (
    calls_a_view,
    waterfall,
    over_fetch,
    repeats_per_item,
    statements_per_item,
    lost_cacheability,
    field_sets,
    teams,
    blocked,
    barrier_penalty,
)
PARTS = (
    Part(
        "aggregate for a view",
        ("calls-a-view", "waterfall", "over-fetch"),
        "a batch endpoint (?ids=) for the calls of a view, and sparse fields (?fields=)",
    ),
    Part(
        "GraphQL",
        ("repeats-per-item", "statements-per-item", "lost-cacheability", "field-sets"),
        "sparse fields (?fields=), or a backend for the front end",
        necessary=("field-sets",),
    ),
    Part("federate", ("teams", "blocked-changes", "barrier-penalty"), "one GraphQL server, or a backend for the front end"),
)
