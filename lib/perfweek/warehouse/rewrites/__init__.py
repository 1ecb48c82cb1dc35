"""Statements that could be written better: one rule a file, each a function from a template to suggestions."""

from typing import Final

from perfweek.warehouse.rewrites.exploding_join import exploding_join
from perfweek.warehouse.rewrites.function_on_filter import function_on_filter
from perfweek.warehouse.rewrites.not_in_nulls import not_in_nulls
from perfweek.warehouse.rewrites.order_without_limit import order_without_limit
from perfweek.warehouse.rewrites.select_star import select_star
from perfweek.warehouse.rewrites.suggestion import Rule

RULES: Final[tuple[Rule, ...]] = (function_on_filter, not_in_nulls, exploding_join, order_without_limit, select_star)
