"""Which results could be kept instead of computed again, and which statements could be written better."""

from perfweek.exhibit import Listing, Section, Sentence
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.rewrites import shown as better
from perfweek.warehouse.rewrites.study import study
from perfweek.warehouse.views import shown as kept
from perfweek.warehouse.views.proposals import propose


def views(material: Material, source: str) -> Section:
    """The views that pay and were proven, and the refused ones with their reasons; `source`: the evidence file of the samples."""
    found = material.once(propose)
    note = kept.proof_note(found) if found.proposals else ""
    return [
        Sentence(kept.views_sentence(found)),
        Listing(kept.proposal_table(found), "Views that pay, proven equal", source, kept.PROPOSAL_FORMATS, note),
        Sentence(kept.refused_sentence(found)),
        Listing(kept.refused_table(found), "Refused, and why", source, kept.REFUSED_FORMATS),
    ]


def rewrites(material: Material, source: str) -> Section:
    """What each rule found, the new texts and their proofs; `source`: the evidence file of the samples."""
    found = material.once(study)
    return [
        Sentence(better.rewrites_sentence(found)),
        Listing(better.rewrite_table(found), "Statements that could be written better", source, better.FORMATS),
    ]
