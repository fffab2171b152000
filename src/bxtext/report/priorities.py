"""What to do first: for each voice the surely low drivers that cost it most, by one printed rule, and their mirror."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.report.content import Action, Actions, Block, Section, Sentence, Side, Text, make_grid
from bxtext.report.evidence import each_row, established, find_moves, name_members
from bxtext.tables import ALL, VOICES
from bxtext.wording import NONE

if TYPE_CHECKING:
    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

SIDES = {"customer": "cx", "employee": "ex"}
LISTED = 3  # drivers of a voice laid out; the others stand in the table
MAX_PLACES = 3  # units named for a driver
MATTERS = {"decisive", "latent"}  # places of drivers that surely weigh on the outcome
TONES = {"sure": "red", "likely": "amber", "open": "grey", "keep": "green"}


def rank_losses(evidence: Evidence, voice: str) -> pd.DataFrame:
    """Return a voice's drivers: those surely low first, then the others, each time the costliest first.

    A driver costs its index its weight times the points that its score lacks to the line between low and high. A heavy
    driver whose score may well be on the line never goes before one that surely is below it.

    Returns
    -------
    DataFrame
        `driver_id`, `score`, `ci_low`, `ci_high`, `n_respondents`, `weight`, `place`, `loss` in points of the index,
        `low` (the interval lies wholly below the line), and of the mirror's other side `mirror_id`, `mirror_score`,
        null where there is none.
    """
    tables, line = evidence.tables, evidence.params.brand.high_score
    scores, drivers, importance = tables["driver_scores"], tables["drivers"], tables["importance"]
    whole = scores[(scores["cut"] == ALL) & (scores["period"] == ALL) & ~scores["suppressed"].astype(bool)]
    own = whole[(whole["voice"] == voice) & whole["score"].notna()]
    own = own[~own["driver_id"].isin(drivers.loc[drivers["tier"] == "outcome", "driver_id"])]
    ranked = own[["driver_id", "score", "ci_low", "ci_high", "n_respondents"]].merge(
        importance.loc[importance["voice"] == voice, ["driver_id", "weight", "place"]], on="driver_id", how="left"
    )
    ranked["loss"] = (ranked["weight"] * (line - ranked["score"]).clip(lower=0)).fillna(0.0)
    side, other = ("cx", "ex") if voice == "customer" else ("ex", "cx")
    mirror = tables["mirror"]
    pairs = mirror[(mirror["unit"] == ALL) & (mirror["period"] == ALL)].drop_duplicates(f"{side}_driver_id")
    facing = pairs.set_index(f"{side}_driver_id")
    for name, column in (("mirror_id", f"{other}_driver_id"), ("mirror_score", other)):
        ranked[name] = ranked["driver_id"].map(dict(facing[column].items()))
    ranked["low"] = ranked["ci_high"] < line
    order = ["low", "loss", "score", "driver_id"]
    return ranked.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def judge_driver(row: Any, *, line: float) -> str:
    """Return how sure it is that a driver goes badly and matters: sure, likely, open; keep where it does well."""
    if row.ci_low > line:
        return "keep"
    if row.ci_high >= line:
        return "open"
    return "sure" if row.place in MATTERS else "likely"


def priorities_section(evidence: Evidence) -> Section:
    """Return the first things to do for each voice, how sure they are, for whom, and the table of all drivers."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    title = wording.text("section.priorities")
    ranked = {voice: rank_losses(evidence, voice) for voice in VOICES}
    if all(rows.empty for rows in ranked.values()):
        return Section("priorities", title, wording.text("priority.none"))
    rule = Text(wording.text("priority.rule", line=line), "note")
    grids = tuple(_grid(evidence, voice, rows) for voice, rows in ranked.items() if len(rows))
    pressing = {voice: rows[rows["loss"] > 0].head(LISTED) for voice, rows in ranked.items()}
    if all(rows.empty for rows in pressing.values()):
        return Section("priorities", title, wording.text("priority.all_well", line=line), (rule, *grids))
    falls = established(find_moves(evidence.tables["driver_scores"]))
    falls = falls[falls["change"] < 0]
    framed = [
        [_frame_side(evidence, row, voice, falls, heaviest=ranked[voice]["weight"].max()) for row in each_row(rows)]
        for voice, rows in pressing.items()
    ]
    actions = tuple(
        Action(wording.text("priority.title", rank=rank), tuple(side for side in sides if side is not None))
        for rank, sides in enumerate(zip_longest(*framed), start=1)
    )
    blocks: list[Block] = [Actions(actions), rule, *grids]
    listed = {(voice, name) for voice, rows in pressing.items() for name in rows["driver_id"]}
    if falling := _name_falls(evidence, falls, listed):
        blocks.insert(1, Text(wording.text("priority.falls", split=evidence.split, list=falling)))
    if others := _name_others(evidence, listed):
        blocks.insert(1, Text(wording.text("priority.others", line=line, list=others)))
    return Section("priorities", title, _say_first(evidence, pressing, "priority.takeaway"), tuple(blocks))


def first_sentence(evidence: Evidence) -> Sentence:
    """Return what to do first, in one sentence of the summary."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    ranked = {voice: rank_losses(evidence, voice) for voice in VOICES}
    pressing = {voice: rows[rows["loss"] > 0] for voice, rows in ranked.items()}
    if all(rows.empty for rows in ranked.values()):
        return Sentence(wording.text("priority.none"), "priorities")
    if all(rows.empty for rows in pressing.values()):
        return Sentence(wording.text("priority.all_well", line=line), "priorities")
    said = _say_first(evidence, pressing, "summary.first")
    return Sentence(f"{said[:1].upper()}{said[1:]}", "priorities")


def _say_first(evidence: Evidence, pressing: dict[str, pd.DataFrame], key: str) -> str:
    """Say the first action of each voice that has one."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    said = [
        wording.text(
            f"{key}.{voice}",
            action=_say_action(evidence, row),
            driver=evidence.driver(row.driver_id),
            score=row.score,
            weight=row.weight,
            certainty=wording.text(f"priority.certainty.{judge_driver(row, line=line)}").lower(),
            where=_say_worst(evidence, _heard_units(evidence, voice, row.driver_id)),
        )
        for voice, rows in pressing.items()
        for row in each_row(rows.head(1))
    ]
    return wording.text(f"{key}.said", list=wording.text("form.pause").join(said))


def _say_action(evidence: Evidence, row: Any) -> str:
    """Return what to do for a driver."""
    key = f"action.{row.driver_id}"
    return evidence.wording.text(key if key in evidence.wording else "priority.other_action")


def _frame_side(evidence: Evidence, row: Any, voice: str, falls: pd.DataFrame, *, heaviest: float) -> Side:
    """Return what to do for one driver, how sure it is and what it rests on."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    action, certainty = _say_action(evidence, row), judge_driver(row, line=line)
    state = "fix" if row.ci_high < line else "watch"
    # an end that would read as the line itself is told finely enough to show on which side it is
    form = ".1f" if state == "fix" and round(row.ci_high) >= line else ".0f"
    interval = wording.interval(row.ci_low, row.ci_high, form)
    facts = [
        wording.text(
            f"priority.score.{state}", score=row.score, interval=interval, line=line, n=int(row.n_respondents)
        ),
        wording.text(
            f"priority.weight.{'sure' if row.place in MATTERS else 'open'}",
            weight=row.weight,
            index=SIDES[voice].upper(),
        ),
        _say_places(evidence, voice, row.driver_id),
    ]
    if certainty == "open" and row.place in MATTERS and row.weight == heaviest:
        facts.insert(2, wording.text("priority.heaviest", index=SIDES[voice].upper()))
    own = falls[(falls["voice"] == voice) & (falls["driver_id"] == row.driver_id)]
    if len(own):
        fall = own.iloc[0]
        where = name_members(evidence, fall["cut"], fall["group"])
        facts.append(
            wording.text("priority.fall", unit=where, before=fall["before"], now=fall["now"], split=evidence.split)
        )
    if pd.notna(row.mirror_score):
        facts.append(
            wording.text(f"priority.mirror.{voice}", driver=evidence.driver(row.mirror_id), score=row.mirror_score)
        )
    return Side(
        voice,
        wording.text(f"priority.side.{SIDES[voice]}", driver=evidence.driver(row.driver_id)),
        f"{action[:1].upper()}{action[1:]}.",
        wording.text(f"priority.certainty.{certainty}"),
        TONES[certainty],
        tuple(facts),
    )


def _say_places(evidence: Evidence, voice: str, driver_id: str) -> str:
    """Return the units where the driver surely goes badly, the worst first."""
    wording, units = evidence.wording, _heard_units(evidence, voice, driver_id)
    low = _low_units(evidence, units)
    if units.empty:
        return wording.text("priority.places.unheard")
    if low.empty:
        return wording.text("priority.places.none", n=len(units), line=evidence.params.brand.high_score)
    return wording.text("priority.places.low", n=len(low), heard=len(units), list=_name_units(evidence, low))


def _say_worst(evidence: Evidence, units: pd.DataFrame) -> str:
    """Return the units where a driver surely goes badly, as they end a sentence; nothing where it does in none."""
    low = _low_units(evidence, units)
    return evidence.wording.text("summary.first.where", list=_name_units(evidence, low)) if len(low) else ""


def _heard_units(evidence: Evidence, voice: str, driver_id: str) -> pd.DataFrame:
    """Return the units that have a score for the driver."""
    scores = evidence.tables["driver_scores"]
    return scores[
        (scores["cut"] == "unit") & (scores["period"] == ALL) & (scores["voice"] == voice)
        & (scores["driver_id"] == driver_id) & scores["score"].notna()
    ]  # fmt: skip


def _low_units(evidence: Evidence, units: pd.DataFrame) -> pd.DataFrame:
    """Return those of the units that are surely low, the worst first."""
    return units[units["ci_high"] < evidence.params.brand.high_score].sort_values(["score", "group"])


def _name_units(evidence: Evidence, units: pd.DataFrame) -> str:
    """Name the first units with their scores."""
    wording = evidence.wording
    return wording.join(
        [f"{row.group} ({wording.number(row.score, '.0f')})" for row in each_row(units.head(MAX_PLACES))]
    )


def _grid(evidence: Evidence, voice: str, ranked: pd.DataFrame) -> Grid:
    """Return every driver of a voice in the order of the rule, with what faces it in the mirror."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    rows = [
        [
            wording.number(rank),
            evidence.labels[row.driver_id],
            wording.text(f"priority.certainty.{judge_driver(row, line=line)}"),
            evidence.labels.get(row.mirror_id, NONE) if isinstance(row.mirror_id, str) else NONE,
            wording.number(row.score, ".0f"),
            wording.interval(row.ci_low, row.ci_high),
            wording.number(row.weight, ".1%"),
            wording.number(row.mirror_score, ".0f"),
        ]
        for rank, row in enumerate(each_row(ranked), start=1)
    ]
    names = ("rank", "driver", "certainty", "facing", "score", "interval", "weight", "facing_score")
    columns = [wording.text(f"column.{name}") for name in names]
    return make_grid(wording.text(f"priority.all.{voice}"), columns, rows, text=4)


def _name_falls(evidence: Evidence, falls: pd.DataFrame, listed: set[tuple[str, str]]) -> str:
    """Name the falls of drivers that are in none of the actions, the largest first, where they are and who says so."""
    wording = evidence.wording
    return wording.text("form.pause").join(
        [
            wording.text(
                f"priority.falling.{row.voice}",
                driver=evidence.driver(row.driver_id),
                where=name_members(evidence, row.cut, row.group),
                before=row.before,
                now=row.now,
            )
            for row in each_row(falls.drop_duplicates(["voice", "driver_id"]))
            if (row.voice, row.driver_id) not in listed
        ]
    )


def _name_others(evidence: Evidence, listed: set[tuple[str, str]]) -> str:
    """Name the drivers that are surely low and in none of the actions, the lowest first, with who says so."""
    drivers, scores = evidence.tables["drivers"], evidence.tables["driver_scores"]
    outcomes = drivers.loc[drivers["tier"] == "outcome", "driver_id"]
    whole = scores[(scores["cut"] == ALL) & (scores["period"] == ALL) & ~scores["driver_id"].isin(outcomes)]
    low = whole[whole["ci_high"] < evidence.params.brand.high_score].sort_values(["score", "voice", "driver_id"])
    return evidence.wording.join(
        [
            evidence.wording.text(f"priority.other.{row.voice}", driver=evidence.driver(row.driver_id), score=row.score)
            for row in each_row(low)
            if (row.voice, row.driver_id) not in listed
        ]
    )
