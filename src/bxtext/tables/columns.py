"""Columns that many tables have, and short ways to declare the others."""

from __future__ import annotations

from bxtext.tables.contract import VOICES, Column


def text(name: str, doc: str, *, required: bool = True, allowed: tuple[str, ...] = ()) -> Column:
    """Return a column of text, of the allowed values alone where some are given."""
    return Column(name, "text", doc, required=required, allowed=allowed)


def number(
    name: str, doc: str, low: float | None = None, high: float | None = None, *, required: bool = True
) -> Column:
    """Return a column of numbers between two bounds."""
    return Column(name, "number", doc, required=required, low=low, high=high)


def count(name: str, doc: str) -> Column:
    """Return a column of whole numbers from 0."""
    return Column(name, "count", doc, low=0)


def interval(low: float | None = None, high: float | None = None) -> tuple[Column, Column]:
    """Return the two ends of a 95 % interval."""
    return (
        number("ci_low", "lower end of the 95 % interval", low, high, required=False),
        number("ci_high", "upper end of the 95 % interval", low, high, required=False),
    )


REASON = text("reason", "why there is no figure; empty where there is one", required=False)
VOICE = text("voice", "who speaks", allowed=VOICES)
UNIT = text("unit", "store, agency, team: where both voices can meet", required=False)
PERIOD = text("period", "month as YYYY-MM, or `all`")
POLARITY = number("polarity", "-1 (bad) to 1 (good)", -1, 1)
