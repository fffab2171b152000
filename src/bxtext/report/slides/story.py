"""What a deck shows of a page, in which order: a cover, the summary, then one exhibit a slide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise, takewhile, zip_longest
from typing import TYPE_CHECKING

from bxtext.report.content import Actions, Cell, Column, Grid, Picture, Text, list_words

if TYPE_CHECKING:
    from bxtext.report.content import Page, Section

MOST = 16
ESSENTIAL = 3  # facts of an action that a slide shows: its score, its weight, where it goes badly
OPENING = 2  # the cover and the summary
UNTOLD = {"run"}  # parameters and versions: the page and the workbook hold them
ALWAYS = "method"  # the limits are told, whatever else there is
# what a deck tells first, when it can't tell all; sections of other names come last
TOLD = (
    "priorities", "customer", "employee", "brand", "quadrant", "lights", "mirror", "links", "moves", "importance",
    "claims", "themes", "data", "what_if", "journey", "concessions",
)  # fmt: skip


@dataclass(frozen=True)
class Exhibit:
    """One slide: what it says first, what it shows, and the open table that follows, if there is room beside."""

    section: Section
    takeaway: str
    shown: Picture | Grid | tuple[str, ...]
    beside: Grid | None = None


def tell_story(page: Page) -> list[Exhibit]:
    """Return the exhibits of a page, at most as many as a deck holds, each section before any section twice."""
    told = [_exhibits(section) for section in page.sections if section.anchor not in UNTOLD]
    ranked = sorted(told, key=_rank)
    seconds = [one for exhibits in ranked for one in exhibits[1:2]]
    seconds.sort(key=lambda one: isinstance(one.shown, Grid))  # charts before tables
    chosen = [exhibits[0] for exhibits in ranked] + seconds
    kept = chosen[: MOST - OPENING]
    return [one for exhibits in told for one in exhibits if any(one is other for other in kept)]


def _rank(exhibits: list[Exhibit]) -> tuple[bool, bool, int]:
    """What a section has to show comes before what it can only say, then what matters most."""
    first = exhibits[0]
    anchor = first.section.anchor
    return anchor != ALWAYS, isinstance(first.shown, tuple), TOLD.index(anchor) if anchor in TOLD else len(TOLD)


def _exhibits(section: Section) -> list[Exhibit]:
    """Return what a section can show: native charts and open tables, else a folded table, else its words."""
    found: list[Exhibit] = []
    folded: list[Exhibit] = []
    for before, block in pairwise((None, *section.blocks)):
        if isinstance(block, Picture) and block.chart.series is not None:
            found.append(Exhibit(section, block.takeaway, block))
        elif isinstance(block, Actions):
            found.append(Exhibit(section, section.takeaway, _tabulate(block, section.title)))
        elif isinstance(block, Grid) and block.rows:
            # a paragraph right above a table says what it shows, unless it opens the section
            takeaway = block.title if found else section.takeaway
            if isinstance(before, Text) and not before.tone and before is not section.blocks[0]:
                takeaway = before.text
            (folded if block.folded else found).append(Exhibit(section, takeaway, block))
    if found or folded:
        return [
            replace(one, beside=other.shown) if isinstance(one.shown, Grid) and isinstance(other.shown, Grid) else one
            for one, other in zip_longest(found or folded, found[1:], fillvalue=Exhibit(section, "", ()))
        ][: len(found or folded)]
    return [Exhibit(section, section.takeaway, tuple(list_words(section.blocks)))]


def _tabulate(actions: Actions, title: str) -> Grid:
    """Return what to do as a table: a line for each action and voice, with how sure it is and what it rests on."""
    rows = [
        (Cell(action.title if place == 0 else ""), Cell(f"{side.heading}. {side.text}"),
         Cell(side.certainty, side.tone), Cell(" ".join(side.facts[:ESSENTIAL])))
        for action in actions.items
        for place, side in enumerate(action.sides)
    ]  # fmt: skip
    return Grid(title, tuple(Column("") for _ in range(4)), tuple(rows), folded=False)


def list_comments(exhibit: Exhibit) -> list[str]:
    """Return what the section says of an exhibit in plain paragraphs, apart from what heads the slide."""
    texts = [block for block in exhibit.section.blocks if isinstance(block, Text)]
    own = takewhile(lambda text: text.tone != "heading", texts)  # what follows a heading is of something else
    return [text.text for text in own if text.text not in exhibit.takeaway]


def explain(exhibit: Exhibit) -> list[str]:
    """Return what a speaker wants to know of an exhibit beside what it shows: the section's own words."""
    notes = [text.text for text in exhibit.section.blocks if isinstance(text, Text) and text.tone != "heading"]
    return [exhibit.section.takeaway, *notes]
