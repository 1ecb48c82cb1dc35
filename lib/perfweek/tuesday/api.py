"""Whether the service's interface keeps the principles of a fast one, by the traffic that each breach touches."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perfweek.decisions.api import report
from perfweek.decisions.api.checks.budgets import declared_budgets
from perfweek.decisions.api.document import read_document
from perfweek.decisions.api.measure import keep_document
from perfweek.decisions.api.spec import Spec
from perfweek.decisions.api.study import Study, study
from perfweek.decisions.material import Missing, Requests
from perfweek.errors import EvidenceError
from perfweek.exhibit import Listing, Section, Sentence
from perfweek.facts import Fact
from perfweek.target import Target
from perfweek.week import Week


@dataclass(frozen=True)
class Api:
    """The study of the interface, or why there is none."""

    study: Study | Missing

    @property
    def routes(self) -> Mapping[str, float | None] | None:
        """Declared route -> its own p95 budget in ms or None; None without a document. The diagrams ask for it."""
        return None if isinstance(self.study, Missing) else declared_budgets(Spec(self.study.spec.document))


def studied(week: Week, target: Target, requests: Requests | Missing) -> Api:
    """The document that the target names, checked and joined with the log; one that cannot be used is missing, with the reason."""
    kept = keep_document(week, target)
    if isinstance(kept, Missing):
        return Api(kept)
    path, source = kept
    try:
        document = read_document(path)
    except EvidenceError as error:
        return Api(Missing(f"{error.what} ({error.where}). {error.remedy}".rstrip(". "), source))
    if isinstance(requests, Missing):
        return Api(study(document, None, target.service.latency_budget_p95_ms, source=source))
    return Api(
        study(
            document,
            requests.frame,
            target.service.latency_budget_p95_ms,
            source=source,
            log_source=requests.dataset.source,
            assumed=requests.generated,
        )
    )


def principles(api: Api) -> Section:
    """The principles that are broken, by the traffic they touch, and each finding with what to do."""
    if isinstance(api.study, Missing):
        return [Sentence(f"The interface cannot be checked: {api.study.reason}.")]
    found, source = api.study, api.study.source
    return [
        Sentence(report.sentence(found)),
        Listing(report.checks_table(found), "Principles that are broken", source, note=report.note(found)),
        Listing(report.findings_table(found), "Findings by the traffic they touch", source),
    ]


def facts_of(api: Api) -> list[Fact]:
    """How many operations break each principle; nothing without a document."""
    return [] if isinstance(api.study, Missing) else report.facts_of(api.study)


def artifacts(week: Week, api: Api) -> list[Path]:
    """Write the findings as JSON and return the file; nothing without a document."""
    return [] if isinstance(api.study, Missing) else [report.write_findings(week, api.study)]
