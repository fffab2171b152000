"""Every table that passes between stages, in the order of the line."""

from __future__ import annotations

from bxtext.tables.figures import FIGURE_TABLES
from bxtext.tables.texts import TEXT_TABLES

TABLES = {table.name: table for table in (*TEXT_TABLES, *FIGURE_TABLES)}
