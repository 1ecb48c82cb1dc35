"""Whether rows that meet some conditions always meet another: what lets one view answer several statements.

The four that Snowflake's own rewriting knows (docs.snowflake.com/en/user-guide/views-materialized): a range within a range, a list or OR within a
wider one, one condition among several joined by AND, and fewer keys than the view groups by (that one is in definition.py).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from perfweek.warehouse.constants import constant, is_constant
from perfweek.warehouse.views.blocks import conjuncts, disjuncts

Value = Decimal | str
_MOST_LISTED = 20
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d+)?)?")
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.EQ: exp.EQ, exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}


@dataclass(frozen=True)
class Asked:
    """What a condition asks of one term: values between two ends (`above`, `below`: the end itself is not meant), or those of a list."""

    term: str
    low: Value | None = None
    high: Value | None = None
    above: bool = False
    below: bool = False
    among: frozenset[Value] | None = None


def implies(conditions: Iterable[exp.Expr], wanted: exp.Expr) -> bool:
    """True only if every row that meets all conditions meets `wanted`; False where that cannot be told."""
    known = [part for one in conditions for part in conjuncts(one)]
    text = wanted.sql("snowflake")
    if any(one.sql("snowflake") == text for one in known):
        return True
    parts = list(conjuncts(wanted))
    if len(parts) > 1:
        return all(implies(known, part) for part in parts)
    branches = list(disjuncts(wanted))
    if len(branches) > 1 and any(implies(known, branch) for branch in branches):
        return True
    if any(_every_branch(one, known, wanted) for one in known):
        return True
    target = asked(wanted)
    alone = [one for one in map(asked, known) if one is not None]
    return target is not None and any(_within(one, target) for one in [*alone, *merged(known)])


def merged(conditions: Iterable[exp.Expr]) -> list[Asked]:
    """What the conditions ask of each term alone, ends of several ranges put together."""
    found: dict[str, Asked] = {}
    for condition in conditions:
        one = asked(condition)
        if one is not None:
            found[one.term] = _both(found[one.term], one) if one.term in found else one
    return list(found.values())


def asked(condition: exp.Expr) -> Asked | None:
    """A comparison of a term with a constant, BETWEEN or IN; None for anything else."""
    node = condition.unnest()
    if isinstance(node, exp.Between):
        low, high = _value(node.args["low"]), _value(node.args["high"])
        return None if low is None or high is None or type(low) is not type(high) else Asked(_term(node.this), low, high)
    if isinstance(node, exp.In) and node.expressions:
        values = [_value(one) for one in node.expressions]
        return None if None in values else Asked(_term(node.this), among=frozenset(value for value in values if value is not None))
    if type(node) in _MIRRORED and isinstance(node, exp.Binary):
        return _comparison(node)
    return _of_branches(node)


def either(first: Asked, second: Asked) -> exp.Expr | None:
    """A condition on their term that both of them imply, as narrow as can be told; None where there is none."""
    if first.among is not None and second.among is not None:
        return exp.In(this=_parse(first.term), expressions=[_literal(one) for one in sorted(first.among | second.among, key=str)])
    spans = [_span(first), _span(second)]
    if first.term != second.term or any(span is None for span in spans):
        return None
    low = _outer([one.low for one in spans if one], min)
    high = _outer([one.high for one in spans if one], max)
    ends: list[exp.Expr] = [exp.GTE(this=_parse(first.term), expression=_literal(low))] if low is not None else []
    ends += [exp.LTE(this=_parse(first.term), expression=_literal(high))] if high is not None else []
    return exp.and_(*ends) if ends else None


def _comparison(node: exp.Binary) -> Asked | None:
    left, right, kind = node.this, node.expression, type(node)
    if is_constant(left):
        left, right, kind = right, left, _MIRRORED[kind]  # type: ignore[assignment]
    value = _value(right)
    if value is None or is_constant(left):
        return None
    if kind is exp.EQ:
        return Asked(_term(left), among=frozenset({value}))
    if kind in (exp.GT, exp.GTE):
        return Asked(_term(left), low=value, above=kind is exp.GT)
    return Asked(_term(left), high=value, below=kind is exp.LT)


def _of_branches(node: exp.Expr) -> Asked | None:
    """`x = 1 or x in (2, 3)` is a list."""
    branches = [asked(branch) for branch in disjuncts(node)] if isinstance(node, exp.Or) else []
    lists = [one.among for one in branches if one and one.among is not None]
    terms = {one.term for one in branches if one}
    return Asked(terms.pop(), among=frozenset().union(*lists)) if branches and len(lists) == len(branches) and len(terms) == 1 else None


def _every_branch(condition: exp.Expr, known: Sequence[exp.Expr], wanted: exp.Expr) -> bool:
    branches = list(_alternatives(condition))
    others = [one for one in known if one is not condition]
    return len(branches) > 1 and all(implies([*others, *conjuncts(branch)], wanted) for branch in branches)


def _alternatives(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The branches of an OR, or the values of a list one by one."""
    node = condition.unnest()
    if isinstance(node, exp.In) and 1 < len(node.expressions) <= _MOST_LISTED:
        yield from (exp.EQ(this=node.this.copy(), expression=value.copy()) for value in node.expressions)
    else:
        yield from disjuncts(node)


def _within(inner: Asked, outer: Asked) -> bool:
    if inner.term != outer.term:
        return False
    if inner.among is not None:
        return all(_meets(value, outer) for value in inner.among)
    if outer.among is not None:
        return False
    return _no_lower(inner, outer) and _no_higher(inner, outer)


def _meets(value: Value, wanted: Asked) -> bool:
    if wanted.among is not None:
        return value in wanted.among
    return _within(Asked(wanted.term, value, value), wanted)


def _no_lower(inner: Asked, outer: Asked) -> bool:
    if outer.low is None:
        return True
    if inner.low is None or type(inner.low) is not type(outer.low):
        return False
    return inner.low > outer.low or (inner.low == outer.low and (inner.above or not outer.above))  # type: ignore[operator]


def _no_higher(inner: Asked, outer: Asked) -> bool:
    if outer.high is None:
        return True
    if inner.high is None or type(inner.high) is not type(outer.high):
        return False
    return inner.high < outer.high or (inner.high == outer.high and (inner.below or not outer.below))  # type: ignore[operator]


def _both(first: Asked, second: Asked) -> Asked:
    """Both hold: what is told is never too narrow."""
    if first.among is not None and second.among is not None:
        return Asked(first.term, among=first.among & second.among)
    if first.among is not None or second.among is not None:
        return first if first.among is not None else second
    low = first if _no_lower(first, second) else second
    high = first if _no_higher(first, second) else second
    return Asked(first.term, low.low, high.high, low.above, high.below)


def _span(one: Asked) -> Asked | None:
    if one.among is None:
        return one
    kinds = {type(value) for value in one.among}
    return Asked(one.term, min(one.among), max(one.among)) if len(kinds) == 1 else None


def _outer(ends: list[Value | None], pick: object) -> Value | None:
    kinds = {type(end) for end in ends}
    return None if len(kinds) != 1 or None in ends else pick(ends)  # type: ignore[operator]


def _value(node: exp.Expr) -> Value | None:
    """A constant: numbers exactly; texts, and times computed from texts, as text. None for what is not known, and for NULL."""
    inner = node.unnest()
    sign = Decimal(-1) if isinstance(inner, exp.Neg) else Decimal(1)
    inner = inner.this.unnest() if isinstance(inner, exp.Neg) else inner
    if isinstance(inner, exp.Literal) and not inner.is_string:
        return sign * Decimal(inner.this)
    found = constant(inner, {}) if is_constant(inner) else None
    return _as_text(found) if isinstance(found, str) else None


def _as_text(text: str) -> str | None:
    """Times in the one form in which text is in the order of time, a day with and without its midnight as one value. None for other texts that
    begin like a number: a column of numbers would compare them as numbers."""
    if not re.match(r"\s*[-+.\d]", text):
        return text
    return text.replace("T", " ").removesuffix(" 00:00:00") if _TIME.fullmatch(text) else None


def _term(node: exp.Expr) -> str:
    return node.unnest().sql("snowflake")


def _parse(term: str) -> exp.Expr:
    return exp.maybe_parse(term, dialect="snowflake")


def _literal(value: Value) -> exp.Expr:
    return exp.Literal.number(str(value)) if isinstance(value, Decimal) else exp.Literal.string(value)
