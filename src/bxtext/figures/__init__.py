"""Tables to figures, in one house style.

Every function takes published tables and a `Wording` and returns a `Chart`: a matplotlib figure with a caption and an
alternative text computed from the table. None takes documents or mentions.
"""

from bxtext.figures.ceiling import plot_ceiling
from bxtext.figures.changes import plot_score_changes, plot_theme_changes
from bxtext.figures.concessions import plot_concessions, rank_concessions
from bxtext.figures.journey import plot_journey
from bxtext.figures.links import FOUND, plot_linkage, plot_themes, surest_links
from bxtext.figures.scores import (
    months_of,
    plot_driver_scores,
    plot_importance,
    plot_league,
    plot_trace,
    plot_trend,
    rank_drivers,
)
from bxtext.figures.series import Butterfly, Measure, Points, Rows, Series
from bxtext.figures.style import BX, CX, EX, Chart, say_others
from bxtext.figures.themes import (
    describe_emerging,
    plot_theme_drivers,
    plot_theme_map,
    plot_theme_tree,
    plot_theme_trend,
)
from bxtext.figures.units import (
    find_moved_units,
    most_heard,
    plot_brand,
    plot_lights,
    plot_mirror,
    plot_quadrant,
    rank_units,
    widest_gaps,
)

__all__ = [
    "BX",
    "CX",
    "EX",
    "FOUND",
    "Butterfly",
    "Chart",
    "Measure",
    "Points",
    "Rows",
    "Series",
    "describe_emerging",
    "find_moved_units",
    "months_of",
    "most_heard",
    "plot_brand",
    "plot_ceiling",
    "plot_concessions",
    "plot_driver_scores",
    "plot_importance",
    "plot_journey",
    "plot_league",
    "plot_lights",
    "plot_linkage",
    "plot_mirror",
    "plot_quadrant",
    "plot_score_changes",
    "plot_theme_changes",
    "plot_theme_drivers",
    "plot_theme_map",
    "plot_theme_tree",
    "plot_theme_trend",
    "plot_themes",
    "plot_trace",
    "plot_trend",
    "rank_concessions",
    "rank_drivers",
    "rank_units",
    "say_others",
    "surest_links",
    "widest_gaps",
]
