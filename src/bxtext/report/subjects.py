"""Section on the themes: what each voice speaks of, under the drivers that its themes refine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxtext.figures import describe_emerging, plot_theme_tree
from bxtext.report.content import Block, Items, Section, Text, frame_chart, make_grid
from bxtext.report.evidence import each_row, highest
from bxtext.tables import VOICES
from bxtext.wording import NONE

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

WORDS = 6  # words shown of a theme


def themes_section(evidence: Evidence) -> Section:
    """Return what each voice speaks of, in its own words."""
    wording = evidence.wording
    blocks: list[Block] = [Text(wording.text("themes.intro"))]
    takeaways = []
    for voice in VOICES:
        every = evidence.tables["themes"]
        themes = every[every["theme_id"].str.startswith(f"{voice}-")]
        if themes.empty:
            continue
        said = _say_largest(evidence, voice, themes)
        takeaways.append(said)
        chart = plot_theme_tree(every, evidence.tables["drivers"], voice=voice, wording=wording, span=evidence.span)
        blocks += [frame_chart(chart, said), _theme_grid(evidence, voice, themes)]
    if not takeaways:
        return Section("themes", wording.text("section.themes"), wording.text("themes.none"))
    blocks += [*_emerging_blocks(evidence), *_change_blocks(evidence)]
    return Section("themes", wording.text("section.themes"), takeaways[0], tuple(blocks))


def _say_largest(evidence: Evidence, voice: str, themes: pd.DataFrame) -> str:
    """Name the largest theme, and where it doesn't come back when texts are drawn again, the largest one that does."""
    wording, stable = evidence.wording, themes[themes["stable"].astype(bool)]
    if stable.empty:
        return wording.text(f"themes.unstable.{voice}", n=len(themes))
    largest, surest = highest(themes, "n_segments"), highest(stable, "n_segments")
    named, sure = (wording.quote(theme[f"label_{wording.language}"]) for theme in (largest, surest))
    if largest["theme_id"] == surest["theme_id"]:
        return wording.text(f"themes.takeaway.{voice}", largest=named, share=largest["share"])
    return wording.text(
        f"themes.unsure.{voice}", largest=named, share=largest["share"], stable=sure, stable_share=surest["share"]
    )


def _emerging_blocks(evidence: Evidence) -> list[Block]:
    """Return the themes that more people speak of than before."""
    tables, wording = evidence.tables, evidence.wording
    said = describe_emerging(tables["emerging_themes"], tables["themes"], tables["theme_terms"], wording)
    return [Text(wording.text("emerging.title"), "heading"), Items(tuple(said))]


def _change_blocks(evidence: Evidence) -> list[Block]:
    """Return what became of the themes that an earlier run knew: nothing is said of a first run."""
    wording, changes = evidence.wording, evidence.tables["theme_changes"]
    labels = wording.labels(evidence.tables["themes"])
    if not (changes["change"] != "born").any():
        return [Text(wording.text("themes.first_run"), "note")]
    counts = changes["change"].value_counts()
    told = [
        wording.text("slides.fact", name=wording.text(f"theme_change.{change}"), value=wording.number(int(n)))
        for change, n in counts.items()
    ]
    moved = changes[~changes["change"].isin({"kept", "retired"})]
    rows = [
        [
            labels.get(row.theme_id, row.theme_id),
            wording.text(f"theme_change.{row.change}"),
            labels.get(row.other_id, NONE) if isinstance(row.other_id, str) else NONE,
        ]
        for row in each_row(moved)
    ]
    columns = [wording.text(f"column.{name}") for name in ("theme", "change_of_theme", "other_theme")]
    blocks: list[Block] = [Text(wording.text("themes.changes", list=wording.join(told)))]
    return [*blocks, make_grid(wording.text("themes.changed"), columns, rows, text=3)] if rows else blocks


def _theme_grid(evidence: Evidence, voice: str, themes: pd.DataFrame) -> Grid:
    wording = evidence.wording
    terms = evidence.tables["theme_terms"]
    own = terms[(terms["language"] == wording.language) & (terms["rank"] <= WORDS)]
    words = own.sort_values("rank").groupby("theme_id")["term"].agg(", ".join)
    rows = [
        [
            getattr(row, f"label_{wording.language}"),
            words.get(row.theme_id, ""),
            wording.number(row.n_segments),
            wording.number(row.stability, ".2f"),
        ]
        for row in each_row(themes.sort_values(["stable", "n_segments", "theme_id"], ascending=[False, False, True]))
    ]
    columns = [wording.text(f"column.{name}") for name in ("theme", "words", "remarks", "stability")]
    return make_grid(wording.text(f"themes.all.{voice}"), columns, rows, text=2)
