"""The researcher's seat: explore, teach, edit themes and drivers, in JupyterLab.

Every view is one call that returns a table; the panels are widgets over these calls and decide nothing. What a person
decides is written to a file that can be reviewed, and every later run uses it. `ThemeDesk` and `DriverDesk` take
seconds to import and are taken from their own modules.
"""

from bxtext.workbench.corpus import Choice, Corpus, first_choice, make_corpus, open_corpus, open_finished
from bxtext.workbench.labels import LabelFile, compare_coders, merge_labels
from bxtext.workbench.views import Explorer

__all__ = [
    "Choice",
    "Corpus",
    "Explorer",
    "LabelFile",
    "compare_coders",
    "first_choice",
    "make_corpus",
    "merge_labels",
    "open_corpus",
    "open_finished",
]
