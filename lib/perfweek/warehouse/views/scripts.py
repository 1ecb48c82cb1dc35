"""The scripts of a view: made, checked against the tables it stands for, and dropped again.

Everything in them is generated from parsed expressions; nothing of a query's text is put in as it is.
"""

from sqlglot import exp

from perfweek.predictions import Prediction
from perfweek.warehouse.advisers.finding import Change
from perfweek.warehouse.effects import HELPED
from perfweek.warehouse.names import literal, written_table
from perfweek.warehouse.proof.prove import Claim
from perfweek.warehouse.views.proposals import Proposal
from perfweek.warehouse.views.writing import written

TARGET_LAG = "1 hour"
MOST_COMPARED = 3
_TIME_TRAVEL = (
    "A materialized view has no Time Travel of its own, and dropping it drops its content: making it again computes it anew, which is billed."
)


def change_of(proposal: Proposal, warehouse: str) -> Change:
    """The change for Snowflake, with the embedded one beside it. `warehouse`: the exact name of the one that refreshes a dynamic table."""
    name = written_table(proposal.view.parts)
    body = written(proposal.view.definition)
    materialized = proposal.view.kind == "materialized view"
    return Change(
        name=slug(proposal),
        apply=(f"create materialized view if not exists {name} as\n{body}",) if materialized else (_dynamic(name, body, warehouse),),
        verify=(*_comparisons(proposal), _usage(proposal), _refreshes(proposal)),
        rollback=(f"drop {proposal.view.kind} if exists {name}",),
        costs=costs_of(proposal),
        grants=_grants(proposal, warehouse),
        former=f"there is no {name}; its name ends in a digest of its definition, so that no other object has it",
        warning=warning_of(proposal),
        embedded=_embedded(proposal, name, body),
        predictions=predictions_of(proposal),
        rewritten=rewritten_texts(proposal),
    )


def predictions_of(proposal: Proposal) -> tuple[Prediction, ...]:
    """What the statements take on average that will read the view, now and then."""
    view = ".".join(proposal.view.parts).lower()
    before, low, likely, high = proposal.worth.each_ms
    what = f"a {proposal.view.kind} {proposal.view.parts[-1].lower()}"
    return (Prediction(f"{proposal.view.kind}s: {view}", what, HELPED, {"view": view}, before, low, likely, high, ""),)


def slug(proposal: Proposal) -> str:
    """The change's name, of which the files are named."""
    return f"{proposal.view.kind.replace(' ', '-')}-{proposal.view.parts[-1].lower().replace('_', '-')}"


def costs_of(proposal: Proposal) -> str:
    """What keeping it costs, in words."""
    worth = proposal.worth
    how = "in the background, on Snowflake's own compute" if proposal.view.kind == "materialized view" else f"every {TARGET_LAG}, on its warehouse"
    writes = worth.writes
    price = f"about {worth.refresh:.3g} {worth.unit} for {writes.rows:,.0f} changed rows over the time of the history, known from {writes.source}"
    return f"refreshing it {how}: {price}; storage for about {proposal.groups.likely:,.0f} rows"


def warning_of(proposal: Proposal) -> str:
    """What the scripts do not undo, and what must stay true for the view to answer."""
    edition = (
        "Materialized views need Enterprise Edition. " + _TIME_TRAVEL
        if proposal.view.kind == "materialized view"
        else (f"A dynamic table is up to {TARGET_LAG} behind its tables: statements that read it may give older rows than before.")
    )
    cut = [f"{column.lower()} begin a {unit}" for column, unit in sorted(proposal.view.cuts.items())]
    bounds = f" The rewritten statements are right only while the bounds of {' and of '.join(cut)}; all that were looked at do." if cut else ""
    return edition + bounds + " Sums of FLOAT columns may differ in their last digits, as they do from run to run."


def _dynamic(name: str, body: str, warehouse: str) -> str:
    lag = f"target_lag = {literal(TARGET_LAG)}\n    warehouse = {written_table((warehouse,))}\n    refresh_mode = auto"
    return f"create or replace dynamic table {name}\n    {lag}\nas\n{body}"


def _comparisons(proposal: Proposal) -> tuple[str, ...]:
    """For some runs: rows that only the one or the other form gives; 0 and 0 where they are equal."""
    step = -(-len(proposal.claims) // MOST_COMPARED)
    return tuple(comparison(claim) for claim in proposal.claims[::step])


def comparison(claim: Claim) -> str:
    """Counts the rows of both forms and those that only one of them gives."""
    before, after = (_indented(query) for query in (claim.before, claim.after))
    return f"""with before_change as (
{before}
),

after_change as (
{after}
)
select
    (select count(*) from before_change) as rows_before,
    (select count(*) from after_change) as rows_after,
    (select count(*) from (select * from before_change minus select * from after_change)) as only_before,
    (select count(*) from (select * from after_change minus select * from before_change)) as only_after"""


def _indented(query: exp.Query) -> str:
    """Every column named, so that both forms can stand in WITH; without LIMIT and order."""
    named = query.copy()
    for part in ("limit", "offset", "order", "fetch"):
        named.set(part, None)
    if isinstance(named, exp.Select):
        named.set("expressions", [exp.alias_(one, f"c_{place}") if _bare(one) else one for place, one in enumerate(named.expressions, 1)])
    return "\n".join(f"    {line}" for line in written(named).splitlines())


def _bare(one: exp.Expr) -> bool:
    return not one.alias_or_name or one.alias_or_name.startswith("_COL_")


def _usage(proposal: Proposal) -> str:
    word = literal(proposal.view.parts[-1].lower())
    return f"""select
    count(*) as statements,
    avg(execution_time) as execution_ms,
    sum(bytes_scanned) as bytes_scanned
from snowflake.account_usage.query_history
where start_time >= dateadd(day, -1, current_timestamp())
    and query_type = 'SELECT'
    and contains(lower(query_text), {word})"""


def _refreshes(proposal: Proposal) -> str:
    parts = [literal(part) for part in proposal.view.parts]
    if proposal.view.kind == "dynamic table":
        return f"""select
    state,
    refresh_action,
    refresh_start_time,
    refresh_end_time
from snowflake.account_usage.dynamic_table_refresh_history
where name = {parts[-1]}
order by refresh_start_time desc
limit 20"""
    return f"""select
    sum(credits_used) as credits_used
from snowflake.account_usage.materialized_view_refresh_history
where start_time >= dateadd(day, -7, current_timestamp())
    and table_name = {parts[-1]}"""


def _grants(proposal: Proposal, warehouse: str) -> tuple[str, ...]:
    schema = written_table(proposal.view.parts[:-1]) or "the session's schema"
    tables = sorted({written_table([part.name for part in table.parts]) for table in proposal.view.source.find_all(exp.Table)})
    usage = (f"USAGE on warehouse {written_table((warehouse,))}",) if proposal.view.kind == "dynamic table" else ()
    return (f"CREATE {proposal.view.kind.upper()} on schema {schema}", *(f"SELECT on {table}" for table in tables), *usage)


def _embedded(proposal: Proposal, name: str, body: str) -> Change:
    """The embedded engine has neither: a table that this script fills anew stands for it."""
    return Change(
        name=slug(proposal),
        apply=(f"create or replace table {name} as\n{body}",),
        verify=_comparisons(proposal),
        rollback=(f"drop table if exists {name}",),
        costs="the table is as old as the last run of this script: run it again after each load",
        former=f"there is no {name}",
        warning="The table does not follow its tables by itself.",
        predictions=predictions_of(proposal),
        rewritten=rewritten_texts(proposal),
    )


def rewritten_texts(proposal: Proposal) -> tuple[str, ...]:
    """Each statement as it would be written against the view."""
    return tuple(written(answer.after) for answer in proposal.answers)
