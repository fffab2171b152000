"""How well mentions agree with labels given by people, and the files that people write their labels in."""

from bxtext.evaluation.agreement import Evaluation, evaluate_drivers, share_of_signs
from bxtext.evaluation.labels import evaluate_file, match_labels, read_labels

__all__ = ["Evaluation", "evaluate_drivers", "evaluate_file", "match_labels", "read_labels", "share_of_signs"]
