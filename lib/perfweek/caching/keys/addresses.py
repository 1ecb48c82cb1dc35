"""Paths and parameters of requests, and what may be done to them so that equal answers get equal names."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode

TRACKING = re.compile(
    r"(?i)^(utm_\w+|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|twclid|ttclid|yclid|igshid|mc_cid|mc_eid|_ga|_gl|_hsenc|_hsmi|mkt_tok)$"
)
DECIMALS = 3
_LONG_NUMBER = re.compile(rf"^[+-]?\d{{1,12}}\.\d{{{DECIMALS + 1},}}$")
_TO_THE_SECOND = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
_MOST_PARAMETERS = 200
Parameters = tuple[tuple[str, str], ...]
RuleName = Literal["spelling", "order", "tracking", "empty values", "defaults", "precision"]


@dataclass(frozen=True)
class Address:
    """A path and its query, decoded; parameters in the order in which they were written."""

    path: str
    parameters: Parameters

    @classmethod
    def of(cls, url: str) -> "Address":
        """From a path with a query, or a whole URL. A query of more than 200 parameters is taken as one."""
        path, _, query = url.partition("#")[0].partition("?")
        path = re.sub(r"^https?://[^/?#]*", "", path) or "/"
        try:
            return cls(path, tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)))
        except ValueError:
            return cls(path, (("", query),))

    def text(self) -> str:
        """Written out: one spelling for each address."""
        return quote(self.path, safe="/%:@!$&'()*+,;=~-._") + (f"?{urlencode(self.parameters)}" if self.parameters else "")


@dataclass(frozen=True)
class Default:
    """A parameter of a path with the value that it has where it is left out."""

    path: str
    name: str
    value: str


@dataclass(frozen=True)
class Rule:
    """One thing that is done to an address; `title` says it in words. `usual`: it changes no answer by what services commonly agree on."""

    name: RuleName
    title: str
    apply: Callable[[Address], Address]
    usual: bool = False


def rules_of(defaults: frozenset[Default] = frozenset()) -> tuple[Rule, ...]:
    """Every rule, in the order in which they are applied."""
    return (
        Rule("spelling", "percent-encoding written in one way", lambda address: address, usual=True),
        Rule("tracking", "tracking parameters left out", _without(lambda given: bool(TRACKING.match(given.name))), usual=True),
        Rule("empty values", "parameters without a value left out", _without(lambda given: given.value == "")),
        Rule("defaults", "parameters left out that have their default value", _without(lambda given: given in defaults)),
        Rule("precision", f"numbers to {DECIMALS} decimals, times to the minute", _rounded),
        Rule("order", "parameters sorted by name", lambda address: Address(address.path, tuple(sorted(address.parameters, key=_name))), usual=True),
    )


def _name(parameter: tuple[str, str]) -> str:
    """The values of a parameter that is given more than once keep their order: it may matter."""
    return parameter[0]


def _without(left_out: Callable[[Default], bool]) -> Callable[[Address], Address]:
    def apply(address: Address) -> Address:
        return Address(address.path, tuple(pair for pair in address.parameters if not left_out(Default(address.path, *pair))))

    return apply


def _rounded(address: Address) -> Address:
    return Address(address.path, tuple((name, rounded(value)) for name, value in address.parameters))


def rounded(value: str) -> str:
    """A number with more decimals than DECIMALS rounded to that, a time with seconds cut to its minute; other text as it is."""
    if _LONG_NUMBER.match(value):
        return f"{float(value):.{DECIMALS}f}"
    if found := _TO_THE_SECOND.match(value):
        return f"{found[1]}{found[3] or ''}"
    return value


def defaults_in(addresses: list[Address]) -> frozenset[Default]:
    """Candidates for defaults: where the same path was asked for with `name=value` and, all else equal, without."""
    known = {(address.path, tuple(sorted(address.parameters))) for address in addresses}
    return frozenset(
        Default(path, *pair) for path, pairs in known for place, pair in enumerate(pairs) if (path, pairs[:place] + pairs[place + 1 :]) in known
    )
