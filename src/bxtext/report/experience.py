"""Sections on each voice by itself: its drivers, what makes its rating, its journey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxtext.figures import plot_driver_scores, plot_importance, plot_journey, rank_drivers
from bxtext.report.content import Block, Section, Text, frame_chart, make_grid
from bxtext.report.evidence import each_row, first_reason, highest
from bxtext.report.summary import say_score, surest_ends
from bxtext.tables import ALL, VOICES
from bxtext.wording import NONE

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

DISCREET = 3  # drivers named as seldom mentioned and yet decisive


def voice_section(evidence: Evidence, voice: str) -> Section:
    """Return the drivers of a voice, with intervals, and the outcomes it speaks of."""
    wording, tables = evidence.wording, evidence.tables
    title = wording.text(f"section.{voice}")
    needed = evidence.params.scores.min_respondents
    ranked = rank_drivers(tables["driver_scores"], tables["drivers"], voice=voice)
    if ranked.empty:
        return Section(voice, title, wording.text("driver.none", n=needed))
    best, worst = surest_ends(ranked)
    above, below = int((ranked["ci_low"] > 50).sum()), int((ranked["ci_high"] < 50).sum())
    takeaway = wording.text(
        f"driver.takeaway.{voice}",
        best=say_score(evidence, best),
        worst=say_score(evidence, worst),
        above=above,
        below=below,
        unsure=len(ranked) - above - below,
    )
    chart = plot_driver_scores(tables["driver_scores"], tables["drivers"], voice=voice, wording=wording)
    blocks: list[Block] = [
        Text(wording.text("page.score_help"), "note"),
        frame_chart(chart, takeaway),
        _score_grid(evidence, wording.text("driver.all"), ranked),
    ]
    whole = _whole(tables["driver_scores"], voice)
    outcomes = whole.merge(tables["drivers"][tables["drivers"]["tier"] == "outcome"], on="driver_id")
    outcomes = outcomes[~outcomes["suppressed"]].sort_values("score", ascending=False)
    if len(outcomes):
        blocks.append(_score_grid(evidence, wording.text("driver.outcomes"), outcomes, folded=False))
    if hidden := int(whole["suppressed"].sum()):
        blocks.append(Text(wording.text("driver.hidden", n=hidden, needed=needed), "note"))
    return Section(voice, title, takeaway, tuple(blocks))


def _whole(driver_scores: pd.DataFrame, voice: str) -> pd.DataFrame:
    everybody = (driver_scores["cut"] == ALL) & (driver_scores["period"] == ALL)
    return driver_scores[everybody & (driver_scores["voice"] == voice)]


def _score_grid(evidence: Evidence, title: str, scores: pd.DataFrame, *, folded: bool = True) -> Grid:
    wording = evidence.wording
    columns = [wording.text(f"column.{name}") for name in ("driver", "score", "interval", "people", "said_share")]
    rows = [
        [
            evidence.labels[row.driver_id],
            wording.number(row.score, ".0f"),
            wording.interval(row.ci_low, row.ci_high),
            wording.number(row.n_respondents),
            wording.number(row.share, ".1%"),
        ]
        for row in each_row(scores)
    ]
    return make_grid(title, columns, rows, folded=folded)


def importance_section(evidence: Evidence) -> Section:
    """Return what each voice says most against what makes its rating."""
    wording = evidence.wording
    blocks: list[Block] = [Text(wording.text("importance.intro"))]
    takeaways = []
    for voice in VOICES:
        importance = evidence.tables["importance"]
        own = importance[importance["voice"] == voice]
        known = own[own["derived"].notna()]
        if known.empty:
            said = wording.text(f"importance.none.{voice}", reason=first_reason(own, wording))
            takeaways.append(said)
            blocks.append(Text(said, "note"))
            continue
        most_said, most_moving = highest(known, "stated"), highest(known, "derived")
        form = "same" if most_said["driver_id"] == most_moving["driver_id"] else "takeaway"
        said = wording.text(
            f"importance.{form}.{voice}",
            most_said=evidence.driver(most_said["driver_id"]),
            most_moving=evidence.driver(most_moving["driver_id"]),
        )
        takeaways.append(said)
        chart = plot_importance(
            importance, evidence.tables["drivers"], voice=voice, wording=wording, span=evidence.span
        )
        blocks.append(frame_chart(chart, said))
        blocks += _discreet(evidence, known)
        blocks.append(_importance_grid(evidence, voice, own))
    return Section("importance", wording.text("section.importance"), takeaways[0], tuple(blocks))


def _discreet(evidence: Evidence, known: pd.DataFrame) -> list[Block]:
    """Drivers that are seldom said and yet decisive, by both intervals."""
    quiet = known[known["place"] == "latent"]
    names = quiet.sort_values("derived", ascending=False)["driver_id"].head(DISCREET)
    if names.empty:
        return []
    listed = evidence.wording.join([evidence.driver(name) for name in names])
    return [Text(evidence.wording.text("importance.discreet", list=listed))]


def _importance_grid(evidence: Evidence, voice: str, own: pd.DataFrame) -> Grid:
    wording = evidence.wording
    names = ("driver", "kano", "stated", "derived", "interval", "impact")
    rows = [
        [
            evidence.labels.get(row.driver_id, row.driver_id),
            wording.text(f"kano.{row.kano}") if isinstance(row.kano, str) else NONE,
            wording.number(row.stated, ".1%"),
            wording.number(row.derived, ".1%"),
            wording.interval(row.ci_low, row.ci_high, ".1%"),
            wording.number(row.impact, "+.3f"),
        ]
        for row in each_row(own.sort_values(["derived", "stated"], ascending=False))
    ]
    columns = [wording.text(f"column.{name}") for name in names]
    return make_grid(wording.text(f"importance.all.{voice}"), columns, rows, text=2)


def journey_section(evidence: Evidence) -> Section:
    """Return each voice's drivers, stage by stage of its journey."""
    wording, tables = evidence.wording, evidence.tables
    title = wording.text("section.journey")
    blocks: list[Block] = [Text(wording.text("journey.intro"), "note")]
    takeaways = []
    for voice in VOICES:
        ranked = rank_drivers(tables["driver_scores"], tables["drivers"], voice=voice)
        if ranked.empty:
            continue
        worst = ranked.sort_values(["ci_high", "driver_id"]).iloc[0]
        best = ranked.sort_values(["ci_low", "driver_id"], ascending=[False, True]).iloc[0]
        said = wording.text(
            f"journey.takeaway.{voice}",
            best=evidence.driver(best["driver_id"]),
            best_stage=wording.text(f"stage.{best['stage']}"),
            worst=evidence.driver(worst["driver_id"]),
            worst_stage=wording.text(f"stage.{worst['stage']}"),
        )
        takeaways.append(said)
        chart = plot_journey(tables["driver_scores"], tables["drivers"], voice=voice, wording=wording)
        blocks.append(frame_chart(chart, said))
    if not takeaways:
        return Section("journey", title, wording.text("driver.none", n=evidence.params.scores.min_respondents))
    return Section("journey", title, takeaways[0], tuple(blocks))
