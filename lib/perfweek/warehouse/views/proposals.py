"""From a history to views: which blocks could share one, which are legal, which pay, and which are proven equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.proof.engine import CannotRun
from perfweek.warehouse.proof.prove import Claim, Made, Proof, prove
from perfweek.warehouse.views.blocks import Block, blocks_of
from perfweek.warehouse.views.definition import NoView, View, view_of
from perfweek.warehouse.views.facts import known_of, qualified_name, tables_of, unnamed_columns
from perfweek.warehouse.views.legality import Kind, block_refusals, refusals
from perfweek.warehouse.views.members import Member
from perfweek.warehouse.views.reading import Template, templates_read
from perfweek.warehouse.views.rewriting import CannotAnswer, rewritten
from perfweek.warehouse.views.sizing import Groups, groups_of
from perfweek.warehouse.views.worth import Prices, Worth, prices_of, worth_of, writes_of

MOST_PROPOSED = 12
MOST_TOGETHER = 6
"""So many blocks share a view at most."""
_PROVEN_RUNS = 4
KINDS: tuple[Kind, ...] = ("materialized view", "dynamic table")


@dataclass(frozen=True)
class Answer:
    """A statement that a view answers: `after` is its text with markers, read from the view."""

    template: Template
    after: exp.Query


@dataclass(frozen=True)
class Proposal:
    """A view that pays and was proven. `warehouse`: where its statements ran."""

    view: View
    answers: tuple[Answer, ...]
    proof: Proof
    groups: Groups
    worth: Worth
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Refused:
    """A block of a statement for which no view is proposed, and why; `counter_example` where a rewriting was tried and differs."""

    kind: Kind
    template: Template
    reason: str
    counter_example: str = ""


@dataclass(frozen=True)
class Views:
    """What a history gives. `unread`: statements whose text could not be read; `further`: proposals beyond the first twelve of a kind."""

    proposals: tuple[Proposal, ...]
    refused: tuple[Refused, ...]
    templates: int
    unread: int
    further: int = 0


def propose(material: Material) -> Views:
    """All proposals, those with the largest net saving first, and the refusals. Never raises for a statement's sake."""
    if material.statements.empty:
        return Views((), (), 0, 0)
    templates, unread = material.once(templates_read)
    prices = prices_of(material)
    proposals: list[Proposal] = []
    refused: list[Refused] = []
    members = {kind: list[Member]() for kind in KINDS}
    for template in templates:
        for block in blocks_of(template.marked):
            kind, reason = judged(block, material)
            if reason:
                refused.append(Refused(kind, template, reason))
            else:
                members[kind].append(Member(template, block.place, _types(block, material)))
    for kind in KINDS:
        for found in map(partial(_proposal, material, prices, kind), _together(members[kind], kind, material, prices)):
            proposals += [found] if isinstance(found, Proposal) else []
            refused += found if isinstance(found, list) else []
    ranked = sorted(proposals, key=lambda one: -one.worth.net)
    kept = [one for kind in KINDS for one in [one for one in ranked if one.view.kind == kind][:MOST_PROPOSED]]
    kept.sort(key=lambda one: -one.worth.net)
    return Views(tuple(kept), tuple(refused), len(templates), unread, len(ranked) - len(kept))


def judged(block: Block, material: Material) -> tuple[Kind, str]:
    """The kind of view that a block asks for, and why there can be none; '' where there can."""
    kind: Kind = "materialized view" if len(block.tables) == 1 else "dynamic table"
    types = dict(_types(block, material))
    broken = block_refusals(block.select, kind, types)
    if broken:
        return kind, "; ".join(broken)
    for table in block.tables:
        known = material.tables.get(qualified_name(table).lower())
        if known is None:
            return kind, f"{qualified_name(table).lower()} could not be asked: there are no rows to prove anything on"
        if known.kind and "TABLE" not in known.kind.upper():
            return kind, f"{qualified_name(table).lower()} is a {known.kind.lower()}, not a table"
    return kind, ""


def _types(block: Block, material: Material) -> tuple[tuple[str, str], ...]:
    known = [material.tables.get(qualified_name(table).lower()) for table in block.tables]
    return tuple(sorted({name: kind for table in known if table for name, kind in table.types.items()}.items()))


def _together(members: Sequence[Member], kind: Kind, material: Material, prices: Prices) -> list[list[Member]]:
    """Members that are worth more behind one view than each behind its own, the costliest first."""
    groups: list[list[Member]] = []
    nets: dict[int, float] = {}
    for member in sorted(members, key=lambda one: -one.template.execution_ms * prices.rate(one.template)):
        own = _net([member], kind, material, prices)
        for group in (group for group in groups if group[0].block.source == member.block.source and len(group) < MOST_TOGETHER):
            joint = _net([*group, member], kind, material, prices)
            if joint >= nets[id(group)] + max(0.0, own):
                group.append(member)
                nets[id(group)] = joint
                break
        else:
            groups.append([member])
            nets[id(groups[-1])] = own
    return groups


def _net(members: Sequence[Member], kind: Kind, material: Material, prices: Prices) -> float:
    try:
        view = view_of(members, kind)
        return _worth(members, view, material, prices)[1].net
    except (NoView, CannotRun):
        return float("-inf")


def _worth(members: Sequence[Member], view: View, material: Material, prices: Prices) -> tuple[Groups, Worth]:
    tables = tables_of(view.source, material.tables)
    writes = writes_of(material, list(tables))
    found = groups_of(view, tables)
    return found, worth_of(members, found, writes, prices)


def _proposal(material: Material, prices: Prices, kind: Kind, members: Sequence[Member]) -> Proposal | list[Refused]:
    """A list of refusals, one for each member, where the view is not legal, does not pay or is not proven."""
    try:
        view = view_of(members, kind)
        illegal = refusals(view.definition, kind)
        groups, worth = _worth(members, view, material, prices)
        answers, claims = _answers(members, view)
    except (NoView, CannotRun, CannotAnswer) as problem:
        return [Refused(kind, member.template, str(problem)) for member in members]
    if illegal:
        return [Refused(kind, member.template, "; ".join(illegal)) for member in members]
    if worth.net <= 0:
        return [Refused(kind, member.template, _does_not_pay(groups, worth)) for member in members]
    proof = prove_view(view, claims, members, material)
    if proof.holds:
        return Proposal(view, tuple(answers), proof, groups, worth, tuple(claims))
    reason = proof.problem or ("its answers differ from the table's" if proof.counter_example else "no row was compared")
    return [Refused(kind, member.template, reason, proof.counter_example) for member in members]


def prove_view(view: View, claims: Sequence[Claim], members: Sequence[Member], material: Material) -> Proof:
    """Both forms of every claim, run on the samples and on the cases made for them."""
    queries = [query for claim in claims for query in (claim.before, claim.after)]
    tables = tables_of(exp.union(*[claim.before for claim in claims]) if len(claims) > 1 else claims[0].before, material.tables)
    missing = _not_sampled(members, tables)
    if missing:
        return Proof(problem=f"{missing} is not among the columns that were sampled")
    known, samples = known_of(members, tables, queries)
    return prove(claims, known, samples, Made(".".join(view.parts).upper(), view.definition))


def _not_sampled(members: Sequence[Member], tables: dict[str, KnownTable]) -> str:
    have = {name.upper() for table in tables.values() for name in table.sample.column_names}
    columns = [column.name for member in members for column in member.block.select.find_all(exp.Column)]
    stored = {name.upper() for table in tables.values() for name in table.types}
    return next((name for name in columns if name.upper() in stored - have), "")


def _answers(members: Sequence[Member], view: View) -> tuple[list[Answer], list[Claim]]:
    answers, claims = [], []
    for member in members:
        template = member.template
        answers.append(Answer(template, rewritten(template.marked, member.place, view)))
        for run in template.runs[:: -(-len(template.runs) // _PROVEN_RUNS)]:
            claims.append(Claim(run.tree, rewritten(run.qualified, member.place, view), unnamed_columns(run.tree)))
    return answers, claims


def _does_not_pay(groups: Groups, worth: Worth) -> str:
    if worth.likely <= 0 and groups.likely < groups.rows / 2:
        return "its statements take hardly longer than the shortest statement of the history: nothing is left to save"
    if worth.likely <= 0:
        return f"it would have {groups.likely:,.0f} rows for {groups.rows:,.0f} of the table: nothing is saved"
    return f"refreshing it ({worth.refresh:.3g} {worth.unit}) costs more than it saves ({worth.likely:.3g} {worth.unit})"
