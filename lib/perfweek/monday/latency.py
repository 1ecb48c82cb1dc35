"""How fast the service answers under a constant load."""

from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.load import figures, flow_figures, flow_sentences, sentences, tables
from perfweek.load.baseline import Baseline
from perfweek.load.exits import outcome_of
from perfweek.load.reading.shown import audit_sentence


def budget(baseline: Baseline) -> Section:
    """Each endpoint against the budget, and the thresholds of the load script."""
    source = baseline.run.source
    audit = baseline.run.results.audit
    shown: list[Exhibit] = [
        *([Sentence(audit_sentence(audit))] if audit else []),
        Sentence(sentences.budget_sentence(baseline)),
        *[Sentence(words) for words in [outcome_of(baseline.run.record)] if words],
        Listing(tables.latency_table(baseline), "Response times by endpoint", source, tables.LATENCY_FORMATS, sentences.load_note(baseline)),
        Sentence(flow_sentences.thresholds_sentence(baseline)),
    ]
    note = flow_sentences.threshold_note(baseline)
    return [*shown, Listing(tables.threshold_table(baseline), "Thresholds of the load script", source, note=note)]


def tail(baseline: Baseline) -> Section:
    """The slow end, with what was never answered counted as slower than any answer."""
    slowest, source, note = sentences.slowest_sentence(baseline), baseline.run.source, sentences.load_note(baseline)
    return [
        Sentence(slowest),
        Sentence(flow_sentences.known_share_sentence(baseline)),
        Picture(figures.quantile_plot(baseline), slowest, note, source),
        Listing(tables.quantile_table(baseline), "Quantiles with their bounds", source, tables.QUANTILE_FORMATS),
    ]


def steadiness(baseline: Baseline) -> Section:
    """Whether the service was warm, kept up with the load, and what failed."""
    steady, source, note = sentences.steady_sentence(baseline), baseline.run.source, sentences.load_note(baseline)
    heat, flow = flow_sentences.heat_sentence(baseline), flow_sentences.throughput_sentence(baseline)
    return [
        Sentence(steady),
        Picture(figures.latency_over_time(baseline), steady, note, source),
        Picture(figures.heat_map(baseline), heat, note, source),
        Sentence(flow),
        Picture(flow_figures.throughput(baseline), flow, note, source),
        Sentence(flow_sentences.errors_sentence(baseline)),
        Listing(tables.phase_table(baseline), "Endpoints by phase of the load", source, tables.PHASE_FORMATS),
    ]
