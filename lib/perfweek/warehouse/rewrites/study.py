"""All suggestions for a history's statements, those that change a text with the proof that both forms give the same."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.proof.prove import Claim, Proof, prove
from perfweek.warehouse.rewrites import RULES
from perfweek.warehouse.rewrites.suggestion import Suggestion
from perfweek.warehouse.views.facts import facts_of, tables_of, unnamed_columns
from perfweek.warehouse.views.reading import Template, parsed, templates_read
from perfweek.warehouse.views.worth import prices_of

_PROVEN_RUNS = 4


@dataclass(frozen=True)
class Judged:
    """A suggestion for a template. `after`: its text rewritten, markers as `:name`, where the rule could; `proof`: of the two as they are, and
    `under_condition`: of the two where the columns of `never_null` hold no NULL. `now`, `low`, `likely`, `high`: what the statements take and
    what could be saved, in `unit`; NaN where that cannot be told."""

    template: Template
    suggestion: Suggestion
    now: float
    unit: str
    after: exp.Query | None = None
    claims: tuple[Claim, ...] = ()
    proof: Proof | None = None
    under_condition: Proof | None = None

    @property
    def equal(self) -> bool:
        """Whether the new text may stand for the old one as it is."""
        return self.proof is not None and self.proof.holds

    @property
    def low(self) -> float:
        return self.now * self.suggestion.least

    @property
    def likely(self) -> float:
        return self.now * self.suggestion.likely

    @property
    def high(self) -> float:
        return self.now * (self.suggestion.likely if not math.isnan(self.suggestion.likely) and self.suggestion.most == 1.0 else self.suggestion.most)


def study(material: Material) -> tuple[Judged, ...]:
    """Every suggestion, those for the costliest statements first."""
    if material.statements.empty:
        return ()
    templates, _ = material.once(templates_read)
    prices = prices_of(material)
    found = []
    for template in templates:
        now = template.execution_ms / 1000 * prices.rate(template) * prices.stand_for
        found += [judge(template, one, material, now, prices.unit) for rule in RULES for one in rule(template, material.tables)]
    return tuple(sorted(found, key=lambda one: -one.now))


def judge(template: Template, suggestion: Suggestion, material: Material, now: float, unit: str) -> Judged:
    """The suggestion with its new text and the proof of it, where the rule rewrites and the tables' rows are known."""
    judged = Judged(template, suggestion, now, unit)
    if suggestion.rewriting is None:
        return judged
    runs = template.runs[:: -(-len(template.runs) // _PROVEN_RUNS)]
    pairs = [(run, suggestion.rewriting(run.tree)) for run in runs]
    claims = tuple(Claim(run.tree, after, unnamed_columns(run.tree)) for run, after in pairs if after is not None)
    if not claims:
        return judged
    marked = parsed(template.text)
    after = (suggestion.rewriting(marked) if marked is not None else None) or claims[0].after
    proof = prove_rewrite(template, claims, material)
    condition = prove_rewrite(template, claims, material, suggestion.never_null) if proof.counter_example and suggestion.never_null else None
    return replace(judged, after=after, claims=claims, proof=proof, under_condition=condition)


def prove_rewrite(template: Template, claims: Sequence[Claim], material: Material, never_null: Sequence[str] = ()) -> Proof:
    """Both forms of each claim on samples and on made cases; in the columns of `never_null` no NULL is made."""
    qualified = [run.qualified for run in template.runs]
    tables = tables_of(qualified[0], material.tables)
    named = {".".join(part.name for part in table.parts).upper() for table in qualified[0].find_all(exp.Table)}
    defined = {cte.alias_or_name.upper() for cte in qualified[0].find_all(exp.CTE)}
    if named - defined - set(tables):
        return Proof(problem=f"{min(named - defined - set(tables)).lower()} could not be asked: there are no rows to prove anything on")
    known, samples = facts_of(qualified, tables, [query for claim in claims for query in (claim.before, claim.after)])
    places = [(table, column) for table, schema in known.schemas.items() for column in schema.names if column.upper() in never_null]
    return prove(claims, replace(known, never_null=places), samples)
