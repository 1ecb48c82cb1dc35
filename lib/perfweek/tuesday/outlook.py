"""What could change the verdicts: distance, thresholds, trends, unknowns, and cheaper ways."""

from perfweek.decisions import findings, outlook, sentences
from perfweek.decisions.alternatives import alternatives
from perfweek.decisions.figures import criteria_figure
from perfweek.decisions.sensitivity import sensitivities
from perfweek.decisions.tripwire import tripwires
from perfweek.decisions.unknowns import unknowns
from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.tuesday.judging import Judging


def distances(judging: Judging) -> Section:
    """How far each criterion is from its threshold, whether the threshold's place matters, and when a trend crosses it."""
    decisions, source = judging.decisions, _source(judging)
    sensitive = [one for decision in decisions for one in sensitivities(decision)]
    wires = tripwires([one for decision in decisions for one in decision.criteria], judging.logged, judging.week)
    return [
        Picture(criteria_figure(decisions), sentences.figure_alt(decisions), sentences.figure_note(decisions), source),
        Sentence(outlook.sensitivity_sentence(sensitive)),
        Listing(outlook.sensitivity_table(sensitive), "Verdicts with the threshold halved to doubled", source),
        Sentence(outlook.tripwire_sentence(wires)),
        Listing(outlook.tripwire_table(wires), "Thresholds that are not met, and when they would be", source),
    ]


def next_steps(judging: Judging) -> Section:
    """What the cheapest option of each record scores, and which unknown is worth measuring first."""
    source = _source(judging)
    found = unknowns(judging.decisions)
    return [
        Listing(outlook.alternative_table(alternatives(judging.decisions)), "The cheapest adequate option of each record", source),
        Sentence(outlook.unknown_sentence(found)),
        Listing(outlook.unknown_table(found), "Measure next", source),
    ]


def _source(judging: Judging) -> str:
    return findings.source_of(judging.decisions) or judging.source
