"""All findings of an interface, ranked by the traffic that they touch."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from perfweek.decisions.api.checks import CHECKS
from perfweek.decisions.api.document import Document
from perfweek.decisions.api.finding import Finding, Material
from perfweek.decisions.api.lint import merged
from perfweek.decisions.api.spec import Spec
from perfweek.decisions.api.traffic import Traffic, traffic_of


@dataclass(frozen=True)
class Study:
    """`findings` from the largest share of a week's traffic to the smallest, those that no traffic weighs last.

    `source` is the document's evidence file, `log` the access log's ('' without one); `assumed`: the traffic was generated.
    """

    spec: Spec
    traffic: Traffic | None
    findings: tuple[Finding, ...]
    source: str
    log: str = ""
    assumed: bool = False


def study(
    document: Document,
    log: pd.DataFrame | None = None,
    budget_ms: float | None = None,
    linted: Sequence[Finding] = (),
    *,
    source: str = "",
    log_source: str = "",
    assumed: bool = False,
) -> Study:
    """Every check over the document and, where it is given, the log (access_log.SCHEMA); `linted`: what other linters found."""
    spec = Spec(document)
    traffic = traffic_of(log, spec.operations) if log is not None and len(log) else None
    material = Material(spec, traffic, budget_ms)
    own = [finding for check in CHECKS for finding in check.find(material)]
    order = {check.id: place for place, check in enumerate(CHECKS)}
    every = sorted(merged(own, linted, material), key=lambda one: (-one.weight, order.get(one.check, len(order)), one.route))
    return Study(spec, traffic, tuple(every), source, log_source if traffic else "", assumed)
