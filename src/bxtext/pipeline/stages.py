"""The stages in order: declared once, and everything that runs, lists or skips them asks here."""

from __future__ import annotations

from dataclasses import dataclass

from bxtext.errors import ParamsError, did_you_mean
from bxtext.tables import REPORT_TABLES


@dataclass(frozen=True)
class Stage:
    """One step of the line: the question its notebook answers, the tables it reads and writes."""

    name: str
    question: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    files: tuple[str, ...] = ()  # what it leaves in the run's folder beside tables and its notebook, as far as others
    # may be at work meanwhile
    memory: bool = False  # reads the client's registry of themes, and months of earlier runs

    @property
    def number(self) -> int:
        """Place in the line, from 1."""
        return STAGES.index(self) + 1

    @property
    def notebook(self) -> str:
        """File name of its notebook."""
        return f"{self.number:02d}_{self.name}.ipynb"


STAGES = (
    Stage(
        "read", "What did we receive, and can all of it be read?", (),
        ("sources", "comments", "quarantined", "bad_cells", "read_notes", "source_columns"),
    ),
    Stage(
        "clean", "What is worth analysing, and is nobody recognisable?", ("comments",),
        ("documents", "dropped", "masked"),
    ),
    Stage("segment", "Where does one remark end and the next begin?", ("documents",), ("segments",)),
    Stage(
        "themes", "What do people speak of, in their own words?", ("documents", "segments"),
        (
            "themes", "theme_terms", "segment_themes", "theme_changes", "theme_edits", "theme_periods",
            "emerging_themes",
        ),
        files=("themes.json",),
        memory=True,
    ),
    Stage(
        "sentiment", "Is each remark praise or blame?", ("documents", "segments"), ("sentiment", "disagreements"),
    ),
    Stage(
        "drivers", "Which drivers of experience do the remarks speak of?",
        ("documents", "segments", "sentiment", "themes", "segment_themes"),
        ("drivers", "mentions", "concessions", "concession_counts"),
    ),
    Stage(
        "scores", "How well does each driver do, and how much does it matter?", ("documents", "mentions", "drivers"),
        ("driver_scores", "importance"),
    ),
    Stage(
        "linkage", "Where do customers mirror employees?", ("documents", "mentions", "drivers"),
        ("linkage", "link_effects", "mirror", "symmetry", "tensions", "moderation"),
    ),
    Stage(
        "brand", "CX + EX = BX: what do the two voices make together?",
        ("documents", "mentions", "drivers", "driver_scores", "importance", "linkage", "moderation"),
        ("brand", "lights", "movements", "what_if", "promises", "blame", "claims"),
    ),
    Stage(
        "report", "May this leave the building?",
        # the last three say who spoke, and what was masked: they are counted and looked up, and stay
        (*REPORT_TABLES, "segments", "concessions", "masked"), (),
    ),
)  # fmt: skip


def find_stage(name: str) -> Stage:
    """Return a stage by name.

    Raises
    ------
    ParamsError
        There is no such stage.

    Examples
    --------
    >>> find_stage("segment").notebook
    '03_segment.ipynb'
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise ParamsError(f"stage {name!r}: unknown; {did_you_mean(name, [stage.name for stage in STAGES])}")


def stage_table() -> str:
    """Return the stages as a Markdown table, for the README and `notebooks/README.md`."""
    lines = ["| stage | question | reads | writes |", "|---|---|---|---|"]
    for stage in STAGES:
        reads = ", ".join(f"`{name}`" for name in stage.reads) or "raw files"
        writes = ", ".join(f"`{name}`" for name in stage.writes) or "`report.html`, `.xlsx`, `.pptx`"
        link = f"[`{stage.notebook.removesuffix('.ipynb')}`](notebooks/{stage.notebook})"
        lines.append(f"| {link} | {stage.question} | {reads} | {writes} |")
    return "\n".join(lines)


def stages_between(first: str, last: str) -> tuple[Stage, ...]:
    """Return the stages from one to another.

    Raises
    ------
    ParamsError
        There is no such stage, or they are the wrong way round.
    """
    start, end = find_stage(first).number, find_stage(last).number
    if start > end:
        raise ParamsError(f"--from {first} comes after --to {last}; the order is {', '.join(s.name for s in STAGES)}")
    return STAGES[start - 1 : end]
