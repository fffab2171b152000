"""What to do first: for each mirror pair, one action for customers and one for employees, ranked by one stated rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.report.content import Action, Actions, Block, Section, Sentence, Side, Text, make_grid
from bxtext.report.evidence import each_row, established, find_moves
from bxtext.tables import ALL

if TYPE_CHECKING:
    from bxtext.report.content import Grid
    from bxtext.report.evidence import Evidence

SIDES = (("cx", "customer"), ("ex", "employee"))
LISTED = 5  # pairs laid out; the others stand in the table
MAX_PLACES = 3  # units named for a side
MATTERS = {"decisive", "latent"}  # places of drivers that surely weigh on the outcome
TONES = {"sure": "red", "likely": "amber", "open": "grey", "keep": "green"}


def rank_pairs(evidence: Evidence) -> pd.DataFrame:
    """Return the mirror pairs scored on both sides, those that take most off BX first.

    What a side takes off its index is its driver's weight times the points that its score lacks to the line between
    low and high; the two sides count in BX as their indices do.

    Returns
    -------
    DataFrame
        The columns of `mirror`, and for each side (`cx_`, `ex_`) the driver's `score`, `ci_low`, `ci_high`, `weight`,
        `place`, `loss`; and `loss` of the pair, in points of BX.
    """
    tables, params = evidence.tables, evidence.params.brand
    mirror, drivers, scores = tables["mirror"], tables["drivers"], tables["driver_scores"]
    outcomes = drivers.loc[drivers["tier"] == "outcome", "driver_id"]
    pairs = mirror[(mirror["unit"] == ALL) & (mirror["period"] == ALL) & ~mirror["cx_driver_id"].isin(outcomes)]
    pairs = pairs[["pair", "cx_driver_id", "ex_driver_id"]]
    whole = scores[(scores["cut"] == ALL) & (scores["period"] == ALL) & ~scores["suppressed"].astype(bool)]
    for side, voice in SIDES:
        own = whole.loc[whole["voice"] == voice, ["driver_id", "score", "ci_low", "ci_high", "n_respondents"]]
        weights = tables["importance"].loc[tables["importance"]["voice"] == voice, ["driver_id", "weight", "place"]]
        pairs = pairs.merge(own.merge(weights, on="driver_id", how="left").add_prefix(f"{side}_"), how="left",
                            on=f"{side}_driver_id")  # fmt: skip
        lacking = (params.high_score - pairs[f"{side}_score"]).clip(lower=0)
        pairs[f"{side}_loss"] = (pairs[f"{side}_weight"] * lacking).fillna(0.0)
    h = params.human_interaction
    pairs["loss"] = (pairs["cx_loss"] + h * pairs["ex_loss"]) / (1 + h)
    known = pairs[pairs["cx_score"].notna() & pairs["ex_score"].notna()]
    return known.sort_values(["loss", "pair"], ascending=[False, True], ignore_index=True)


def judge_side(pair: Any, side: str, *, line: float) -> str:
    """Return how sure it is that a side goes badly and matters: sure, likely, open; keep where it does well."""
    if getattr(pair, f"{side}_ci_low") > line:
        return "keep"
    low, matters = getattr(pair, f"{side}_ci_high") < line, getattr(pair, f"{side}_place") in MATTERS
    return "open" if not low else "sure" if matters else "likely"


def priorities_section(evidence: Evidence) -> Section:
    """Return the first things to do, how sure they are, for whom, and the table of all pairs."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    title = wording.text("section.priorities")
    ranked = rank_pairs(evidence)
    if ranked.empty:
        return Section("priorities", title, wording.text("priority.none"))
    pressing = ranked[ranked["loss"] > 0]
    rule = Text(wording.text("priority.rule", line=line), "note")
    if pressing.empty:
        return Section(
            "priorities", title, wording.text("priority.all_well", line=line), (rule, _grid(evidence, ranked))
        )
    falls = established(find_moves(evidence.tables["driver_scores"]))
    falls = falls[(falls["change"] < 0) & (falls["cut"] == "unit")]
    actions = tuple(
        _frame_action(evidence, pair, rank=rank, falls=falls)
        for rank, pair in enumerate(each_row(pressing.head(LISTED)), start=1)
    )
    first = next(each_row(pressing))
    takeaway = wording.text(
        "priority.takeaway",
        cx=evidence.driver(first.cx_driver_id),
        ex=evidence.driver(first.ex_driver_id),
        **_say_certainty(evidence, first),
    )
    blocks: list[Block] = [Actions(actions), rule, _grid(evidence, ranked)]
    if others := _name_others(evidence, pressing.head(LISTED)):
        blocks.insert(1, Text(wording.text("priority.others", line=line, list=others)))
    if missing := _count_missing(evidence, ranked):
        blocks.append(Text(wording.text("priority.missing", n=missing), "note"))
    return Section("priorities", title, takeaway, tuple(blocks))


def first_sentence(evidence: Evidence) -> Sentence:
    """Return what to do first, in one sentence of the summary."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    ranked = rank_pairs(evidence)
    if ranked.empty:
        return Sentence(wording.text("priority.none"), "priorities")
    if not ranked["loss"].iloc[0]:
        return Sentence(wording.text("priority.all_well", line=line), "priorities")
    first = next(each_row(ranked))
    return Sentence(
        wording.text(
            "summary.first",
            cx_action=_say_action(evidence, first, "cx"),
            cx=evidence.driver(first.cx_driver_id),
            cx_score=first.cx_score,
            ex_action=_say_action(evidence, first, "ex"),
            ex=evidence.driver(first.ex_driver_id),
            ex_score=first.ex_score,
            **_say_certainty(evidence, first),
        ),
        "priorities",
    )


def _say_certainty(evidence: Evidence, pair: Any) -> dict[str, str]:
    line = evidence.params.brand.high_score
    return {
        f"{side}_certainty": evidence.wording.text(f"priority.certainty.{judge_side(pair, side, line=line)}").lower()
        for side, _ in SIDES
    }


def _say_action(evidence: Evidence, pair: Any, side: str) -> str:
    """Return what to do for a side; where it surely does well, to keep it up."""
    driver_id, wording = getattr(pair, f"{side}_driver_id"), evidence.wording
    if judge_side(pair, side, line=evidence.params.brand.high_score) == "keep":
        return wording.text("priority.keep")
    key = f"action.{driver_id}"
    return wording.text(key if key in wording else "priority.other_action")


def _frame_action(evidence: Evidence, pair: Any, *, rank: int, falls: pd.DataFrame) -> Action:
    title = evidence.wording.text(
        "priority.title", rank=rank, cx=evidence.labels[pair.cx_driver_id], ex=evidence.labels[pair.ex_driver_id]
    )
    return Action(title, tuple(_frame_side(evidence, pair, side, voice, falls) for side, voice in SIDES))


def _frame_side(evidence: Evidence, pair: Any, side: str, voice: str, falls: pd.DataFrame) -> Side:
    wording, line = evidence.wording, evidence.params.brand.high_score
    driver_id, score, low, high, n, weight, place = (
        getattr(pair, f"{side}_{name}")
        for name in ("driver_id", "score", "ci_low", "ci_high", "n_respondents", "weight", "place")
    )
    state = "fix" if high < line else "keep" if low > line else "watch"
    action, certainty = _say_action(evidence, pair, side), judge_side(pair, side, line=line)
    facts = [
        wording.text(f"priority.score.{state}", score=score, interval=wording.interval(low, high), line=line, n=int(n)),
        wording.text(f"priority.weight.{'sure' if place in MATTERS else 'open'}", weight=weight)
        if pd.notna(weight)
        else wording.text("priority.weight.none"),
        _say_places(evidence, voice, driver_id),
    ]
    own = falls[(falls["voice"] == voice) & (falls["driver_id"] == driver_id)]
    if len(own):
        fall = own.iloc[0]
        facts.append(wording.text("priority.fall", unit=fall["group"], before=fall["before"], now=fall["now"]))
    return Side(
        voice,
        wording.text(f"priority.side.{side}", driver=evidence.driver(driver_id)),
        f"{action[:1].upper()}{action[1:]}.",
        wording.text(f"priority.certainty.{certainty}"),
        TONES[certainty],
        tuple(facts),
    )


def _say_places(evidence: Evidence, voice: str, driver_id: str) -> str:
    """Return the units where the driver surely goes badly, the worst first."""
    wording, scores, line = evidence.wording, evidence.tables["driver_scores"], evidence.params.brand.high_score
    units = scores[
        (scores["cut"] == "unit") & (scores["period"] == ALL) & (scores["voice"] == voice)
        & (scores["driver_id"] == driver_id) & scores["score"].notna()
    ]  # fmt: skip
    low = units[units["ci_high"] < line].sort_values(["score", "group"])
    if units.empty:
        return wording.text("priority.places.unheard")
    if low.empty:
        return wording.text("priority.places.none", n=len(units), line=line)
    named = [f"{row.group} ({wording.number(row.score, '.0f')})" for row in each_row(low.head(MAX_PLACES))]
    return wording.text("priority.places.low", n=len(low), heard=len(units), list=wording.join(named))


def _grid(evidence: Evidence, ranked: pd.DataFrame) -> Grid:
    wording, line = evidence.wording, evidence.params.brand.high_score
    rows = []
    for rank, pair in enumerate(each_row(ranked), start=1):
        row = [wording.number(rank)]
        for side, _ in SIDES:
            low, high = getattr(pair, f"{side}_ci_low"), getattr(pair, f"{side}_ci_high")
            row += [
                evidence.labels[getattr(pair, f"{side}_driver_id")],
                wording.number(getattr(pair, f"{side}_score"), ".0f"),
                wording.interval(low, high),
                wording.number(getattr(pair, f"{side}_weight"), ".1%"),
                wording.text(f"priority.certainty.{judge_side(pair, side, line=line)}"),
            ]
        rows.append(row)
    names = (
        "rank",
        *(name for side in ("pair_cx", "pair_ex") for name in (side, "score", "interval", "weight", "certainty")),
    )
    return make_grid(wording.text("priority.all"), [wording.text(f"column.{name}") for name in names], rows, text=2)


def _name_others(evidence: Evidence, listed: pd.DataFrame) -> str:
    """Name the drivers that are surely low and in none of the actions, the lowest first, with who says so."""
    drivers, scores = evidence.tables["drivers"], evidence.tables["driver_scores"]
    left = set(drivers.loc[drivers["tier"] == "outcome", "driver_id"])
    left |= {*listed["cx_driver_id"], *listed["ex_driver_id"]}
    whole = scores[(scores["cut"] == ALL) & (scores["period"] == ALL) & ~scores["driver_id"].isin(left)]
    low = whole[whole["ci_high"] < evidence.params.brand.high_score].sort_values(["score", "voice", "driver_id"])
    return evidence.wording.join(
        [
            evidence.wording.text(f"priority.other.{row.voice}", driver=evidence.driver(row.driver_id), score=row.score)
            for row in each_row(low)
        ]
    )


def _count_missing(evidence: Evidence, ranked: pd.DataFrame) -> int:
    mirror = evidence.tables["mirror"]
    drivers = evidence.tables["drivers"]
    outcomes = drivers.loc[drivers["tier"] == "outcome", "driver_id"]
    return mirror.loc[~mirror["cx_driver_id"].isin(outcomes), "pair"].nunique() - len(ranked)
