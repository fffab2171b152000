"""Every table that passes between stages, in the order of the line."""

from __future__ import annotations

from bxtext.tables.figures import FIGURE_TABLES
from bxtext.tables.texts import TEXT_TABLES

TABLES = {table.name: table for table in (*TEXT_TABLES, *FIGURE_TABLES)}

# What the report is made from: the stage that writes it reads them, and so does whoever makes it again.
REPORT_TABLES = (
    "sources", "quarantined", "bad_cells", "documents", "dropped", "themes", "theme_terms", "segment_themes",
    "theme_changes", "emerging_themes", "sentiment", "drivers", "mentions", "concession_counts", "driver_scores",
    "importance", "linkage", "link_effects", "mirror", "symmetry", "tensions", "moderation", "brand", "lights",
    "movements", "what_if", "promises", "blame", "claims",
)  # fmt: skip
