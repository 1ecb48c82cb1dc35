"""In which order a table's rows should be stored: candidate keys, what each would scan, what it costs, the change, and its proof."""

from perfweek.warehouse.clustering.candidates import PROPOSAL
from perfweek.warehouse.clustering.judgement import FOLDER, METRIC, Advice, Candidate, advise, predictions_of

__all__ = ["FOLDER", "METRIC", "PROPOSAL", "Advice", "Candidate", "advise", "predictions_of"]
