"""What a view keeps for each aggregate of a statement, and how the aggregate comes out of it again.

A mean of means is wrong, so AVG is kept as SUM and COUNT; a count over no rows is 0, and the sum of no counts would be NULL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

Columns = Sequence[exp.Column]


@dataclass(frozen=True)
class Recipe:
    """`stored`: the aggregates that a view keeps for one; `again`: the expression that gives it back from their columns, over any number of
    the view's rows; `any_grain`: False where that needs the view to group as the statement does."""

    stored: Callable[[exp.AggFunc], tuple[exp.AggFunc, ...]]
    again: Callable[[Columns], exp.Expr]
    any_grain: bool = True


def recipe_of(aggregate: exp.AggFunc) -> Recipe:
    """Raises KeyError for an aggregate that no view may hold."""
    return RECIPES[type(aggregate)]


def _itself(aggregate: exp.AggFunc) -> tuple[exp.AggFunc, ...]:
    return (aggregate,)


def _sum_and_count(aggregate: exp.AggFunc) -> tuple[exp.AggFunc, ...]:
    return (exp.Sum(this=aggregate.this.copy()), exp.Count(this=aggregate.this.copy()))


def _counted_again(columns: Columns) -> exp.Expr:
    return exp.Coalesce(this=exp.Sum(this=columns[0]), expressions=[exp.Literal.number(0)])


def _mean(columns: Columns) -> exp.Expr:
    total, count = columns
    return exp.Div(this=exp.Sum(this=total), expression=exp.Nullif(this=exp.Sum(this=count), expression=exp.Literal.number(0)))


def _with(kind: type[exp.AggFunc]) -> Callable[[Columns], exp.Expr]:
    return lambda columns: kind(this=columns[0])


_COUNT = Recipe(_itself, _counted_again)
_ONLY_ROW = Recipe(_itself, _with(exp.Max), any_grain=False)
"""At the view's own grain a group is one row, and the greatest value of one row is that value."""
RECIPES: Final[Mapping[type[exp.AggFunc], Recipe]] = {
    exp.Count: _COUNT,
    exp.CountIf: _COUNT,
    exp.Avg: Recipe(_sum_and_count, _mean),
    **{kind: Recipe(_itself, _with(kind)) for kind in (exp.Sum, exp.Min, exp.Max, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg)},
    **dict.fromkeys((exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.ApproxDistinct, exp.Hll), _ONLY_ROW),
}
