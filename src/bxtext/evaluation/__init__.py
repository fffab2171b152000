"""How well mentions agree with labels given by people, and the files that people write their labels in."""

from bxtext.evaluation.agreement import Evaluation, evaluate_drivers, share_of_signs
from bxtext.evaluation.labels import find_labels, match_labels, read_labels
from bxtext.evaluation.thresholds import calibrate_thresholds

__all__ = [
    "Evaluation", "calibrate_thresholds", "evaluate_drivers", "find_labels", "match_labels", "read_labels",
    "share_of_signs",
]  # fmt: skip
