"""In which order should the tables be stored, and does the prediction hold?"""

from collections.abc import Sequence

from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.warehouse.clustering import figures, shown
from perfweek.warehouse.clustering.judgements import Judgement
from perfweek.warehouse.clustering.proven import Proof, by_key
from perfweek.wording import count, percent


def clustering(judgements: Sequence[Judgement], source: str) -> Section:
    """The best key of each table that was asked, and every key tried for the first, beside the checklist's proposal; `source`: the evidence file of
    the samples, relative to the week."""
    if not judgements:
        return [Sentence(shown.NONE)]
    first = judgements[0]
    exhibits: list[Exhibit] = [Sentence(shown.verdict(first)), _endpoints(first, source)]
    exhibits.append(Listing(shown.candidate_table(first), _caption(first), source, shown.CANDIDATE_FORMATS))
    if len(judgements) > 1:
        exhibits.append(Listing(shown.table_of_tables(list(judgements)), "Tables, the most execution time first", source, shown.TABLE_FORMATS))
    return exhibits


def clustering_proof(proof: Proof | None) -> Section:
    """The best key laid out for real: predicted beside measured. None where there is no embedded engine to lay it out in."""
    if proof is None or proof.rows.empty:
        return [Sentence("Not proven here: there is no embedded table to lay out. The change's verify script tries the order on a copy.")]
    keys = by_key(proof)
    chosen = keys[keys["role"] == "chosen"].iloc[0]
    alt = (
        f"Predicted against measured shares of partitions scanned: ordered by {chosen['key']}, {proof.close} of {proof.conditions} conditions lie in "
        f"the band of a tenth or one partition; overall {percent(chosen['predicted'])} predicted, {percent(chosen['measured'])} measured."
    )
    return [
        Sentence(shown.proof_sentence(proof)),
        Picture(figures.proof_figure(proof), alt, shown.proof_note(proof), proof.source),
        Listing(shown.proof_table(proof), "Orders laid out for real, weighted by execution time", proof.source, shown.PROOF_FORMATS),
    ]


def _endpoints(judgement: Judgement, source: str) -> Picture:
    advice = judgement.advice
    alt = "No endpoint would scan clearly less of the table in another order."
    if advice.affected:
        name = advice.affected[0]
        alt = (
            f"{name} scans {percent(advice.now[name].value)} of the partitions now and would scan {percent(advice.chosen.endpoints[name].likely)} "
            f"with rows in the order of {advice.chosen.name}; {count(len(advice.affected), 'endpoint')} would scan clearly less."
        )
    return Picture(figures.endpoints_figure(judgement), alt, shown.how_simulated(judgement), source)


def _caption(judgement: Judgement) -> str:
    tried = len(judgement.advice.candidates)
    return f"Orders tried for {judgement.use.name}: the best of {tried}, and the week-1 proposal"
