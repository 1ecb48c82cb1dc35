"""Materialized views for blocks of one table that pay, are legal, and are proven equal."""

from collections.abc import Sequence

from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.views.legality import Kind
from perfweek.warehouse.views.proposals import Proposal, propose
from perfweek.warehouse.views.scripts import change_of

ASSUMED = "a statement's time beyond that of the shortest one is in proportion to the rows that it reads; the view is read whole"


def advise(material: Material) -> list[Finding]:
    """One finding for each materialized view."""
    return findings_of_kind(material, "materialized view")


def findings_of_kind(material: Material, kind: Kind) -> list[Finding]:
    """One for each proposal of the kind."""
    proposals = [one for one in material.once(propose).proposals if one.view.kind == kind]
    return [finding_of(one, main_warehouse(material)) for one in proposals]


def finding_of(proposal: Proposal, warehouse: str) -> Finding:
    """The finding with its scripts."""
    worth, groups = proposal.worth, proposal.groups
    rows = f"{groups.likely:,.0f} rows ({groups.low:,.0f} to {groups.high:,.0f}; {groups.method}) instead of {groups.rows:,.0f}"
    return Finding(
        adviser=f"{proposal.view.kind}s",
        title=f"a {proposal.view.kind} {proposal.view.parts[-1].lower()} for {_statements(proposal)}",
        low=worth.low,
        likely=worth.likely,
        high=worth.high,
        unit=worth.unit,
        confidence="estimated",
        evidence=f"{rows}; {proven(proposal)}",
        cannot_judge=_cannot_judge(proposal),
        assumes=ASSUMED,
        fingerprints=tuple(answer.template.id for answer in proposal.answers),
        cost=worth.refresh,
        change=change_of(proposal, warehouse),
    )


def proven(proposal: Proposal) -> str:
    """How it was proven, in words."""
    proof = proposal.proof
    return (
        f"{proof.claims} pairs of statements gave the same {proof.rows:,} rows on {proof.cases} cases, "
        f"{proof.sampled:,} of them on sampled rows, the others on rows made to tell them apart"
    )


def main_warehouse(material: Material) -> str:
    """The warehouse in which most time was spent."""
    spent = material.statements.groupby("warehouse_name")["execution_time"].sum()
    return str(spent.idxmax()) if len(spent) else "COMPUTE_WH"


def _statements(proposal: Proposal) -> str:
    count = sum(answer.template.count for answer in proposal.answers)
    shapes: Sequence[object] = proposal.answers
    return f"{count:,} statements of {len(shapes)} {'shape' if len(shapes) == 1 else 'shapes'}"


def _cannot_judge(proposal: Proposal) -> str:
    unseen = ["how wide its rows are", "reads of the view that skip partitions"]
    by_texts = "texts" in proposal.worth.writes.source
    unseen += ["rows changed by statements that the history does not hold, or of which it does not tell the rows"] if by_texts else []
    unseen += ["how often its warehouse must resume for a refresh"] if proposal.view.kind == "dynamic table" else []
    return ", ".join(unseen)
