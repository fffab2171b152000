"""The executive summary: a sentence a question, each computed, each with the section that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bxtext.figures import FOUND, find_moved_units, rank_drivers, rank_units, surest_links, widest_gaps
from bxtext.report.content import Gauge, Sentence
from bxtext.report.evidence import (
    each_row,
    established,
    find_moves,
    first_reason,
    highest,
    name_members,
)
from bxtext.report.priorities import first_sentence
from bxtext.tables import ALL, QUADRANTS, VOICES

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.report.evidence import Evidence

MAX_NAMED = 4  # units named in one sentence
MAX_DRIVERS = 3  # drivers named at either end
FEW = 50  # people below whom a headline says how few they are


def summarise(evidence: Evidence) -> tuple[Sentence, ...]:
    """Return what to do, how sure it is, what goes well, what doesn't, where, what moves, where the voices part."""
    return (
        first_sentence(evidence),
        _sure_sentence(evidence),
        *(_voice_sentence(evidence, voice) for voice in VOICES),
        _brand_sentence(evidence),
        _change_sentence(evidence),
        _mirror_sentence(evidence),
        _link_sentence(evidence),
    )


def gauge(evidence: Evidence) -> tuple[Gauge, ...]:
    """Return the three indices and the three lights over everybody, to head the report."""
    wording, brand, lights = evidence.wording, evidence.tables["brand"], evidence.tables["lights"]
    whole = brand[(brand["unit"] == ALL) & (brand["period"] == ALL)]
    gauges = []
    for name, side, low, high in (("cx", "customer", "cx_low", "cx_high"), ("ex", "employee", "ex_low", "ex_high"),
                                  ("bx", "both", "ci_low", "ci_high")):  # fmt: skip
        if len(whole) and whole[name].notna().iloc[0]:
            row = whole.iloc[0]
            note = wording.text("gauge.interval", interval=wording.interval(row[low], row[high]))
            gauges.append(Gauge(wording.text(f"gauge.{name}"), wording.number(row[name], ".0f"), note, side))
    triad = lights[(lights["unit"] == ALL) & (lights["period"] == ALL) & (lights["voice"] == "both")]
    for light in ("people", "product", "process"):
        for own in triad[triad["light"] == light].to_dict("records"):
            said = wording.interval(own["ci_low"], own["ci_high"])
            gauges.append(
                Gauge(
                    wording.text(f"figure.lights.{light}"),
                    wording.number(own["score"], ".0f"),
                    wording.text("gauge.light", light=wording.text(f"light.{own['colour']}"), interval=said),
                    own["colour"],
                )
            )
    return tuple(gauges)


def _voice_sentence(evidence: Evidence, voice: str) -> Sentence:
    """What surely goes well and what surely doesn't, what many speak of first: a few voices don't decide."""
    wording, line = evidence.wording, evidence.params.brand.high_score
    ranked = rank_drivers(evidence.tables["driver_scores"], evidence.tables["drivers"], voice=voice)
    if ranked.empty:
        return Sentence(wording.text(f"summary.voice.none.{voice}"), voice)
    ranked = ranked.assign(few=ranked["n_respondents"] < FEW)
    good = ranked[ranked["ci_low"] > line].sort_values(["few", "ci_low", "driver_id"], ascending=[True, False, True])
    bad = ranked[ranked["ci_high"] < line].sort_values(["few", "ci_high", "driver_id"])
    return Sentence(
        wording.text(f"summary.voice.{voice}", good=_name_drivers(evidence, good), bad=_name_drivers(evidence, bad)),
        voice,
    )


def _name_drivers(evidence: Evidence, scores: pd.DataFrame) -> str:
    wording = evidence.wording
    named = [say_score(evidence, row) for _, row in scores.head(MAX_DRIVERS).iterrows()]
    return wording.join(named) or wording.text("summary.voice.nothing")


def say_score(evidence: Evidence, row: pd.Series[Any]) -> str:
    """Return a driver with its score and interval, and a warning where few people speak of it."""
    wording, n = evidence.wording, int(row["n_respondents"])
    return wording.text(
        "summary.voice.few" if n < FEW else "summary.voice.driver",
        driver=evidence.driver(row["driver_id"]),
        score=row["score"],
        interval=wording.interval(row["ci_low"], row["ci_high"]),
        n=n,
    )


def surest_ends(ranked: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return the driver that is surely best and the one that is surely worst, of those that many speak of."""
    many = ranked[ranked["n_respondents"] >= FEW]
    ranked = ranked if many.empty else many
    return highest(ranked, "ci_low"), ranked.nsmallest(1, "ci_high").iloc[0]


def _brand_sentence(evidence: Evidence) -> Sentence:
    wording, brand = evidence.wording, evidence.tables["brand"]
    whole = brand[(brand["unit"] == ALL) & (brand["period"] == ALL) & brand["bx"].notna()]
    ranked = rank_units(brand)
    if whole.empty:
        return Sentence(wording.text("summary.brand_none", reason=first_reason(brand, wording)), "brand")
    total = whole.iloc[0]
    return Sentence(
        wording.text(
            "summary.brand",
            cx=total["cx"],
            ex=total["ex"],
            bx=total["bx"],
            interval=wording.interval(total["ci_low"], total["ci_high"]),
            **place_units(evidence, ranked),
        ),
        "brand",
    )


def place_units(evidence: Evidence, ranked: pd.DataFrame) -> dict[str, str]:
    """Name the units whose two intervals settle their quadrant, and count the others."""
    wording = evidence.wording
    settled = ranked[ranked["quadrant"].isin(QUADRANTS)]
    units_in = {name: settled.loc[settled["quadrant"] == name, "unit"].tolist() for name in QUADRANTS}
    parts = [
        wording.text(f"summary.quadrant.{name}", units=name_some(evidence, units))
        for name, units in units_in.items()
        if units
    ]
    left = len(ranked) - len(settled)
    return {
        "settled": wording.text("summary.settled", list=wording.text("form.pause").join(parts)) if parts else "",
        "open": wording.text("summary.open", n=left) if left else "",
    }


def name_some(evidence: Evidence, names: list[str]) -> str:
    """Return the first few names of a list, and how many others there are."""
    more = len(names) - MAX_NAMED
    if more <= 0:
        return evidence.wording.join(names)
    return evidence.wording.text("summary.others", names=", ".join(names[:MAX_NAMED]), n=more)


def _mirror_sentence(evidence: Evidence) -> Sentence:
    wording = evidence.wording
    gaps = widest_gaps(evidence.tables["mirror"])
    if gaps.empty:
        return Sentence(wording.text("summary.mirror_none"), "mirror")
    sure = gaps[(gaps["ci_low"] > 0) | (gaps["ci_high"] < 0)]
    widest = (gaps if sure.empty else sure).iloc[0]
    adds_up = round(widest["cx"]) - round(widest["ex"]) == round(widest["gap"])
    return Sentence(
        wording.text(
            "summary.mirror",
            cx=evidence.driver(widest["cx_driver_id"]),
            cx_score=widest["cx"],
            ex=evidence.driver(widest["ex_driver_id"]),
            ex_score=widest["ex"],
            gap=widest["gap"],
            rounded="" if adds_up else wording.text("summary.rounded"),
            interval=wording.interval(widest["ci_low"], widest["ci_high"], "+.0f"),
        ),
        "mirror",
    )


def _change_sentence(evidence: Evidence) -> Sentence:
    """What changed since the last good run, when there is one; the units that moved; what fell most."""
    said = (_say_since(evidence), say_moved_units(evidence), _say_fall(evidence))
    return Sentence(" ".join(filter(None, said)), "moves")


def _say_since(evidence: Evidence) -> str:
    wording, earlier = evidence.wording, evidence.earlier
    if earlier is None:
        return ""
    compared, found = earlier.scores, earlier.changed_scores
    if found.empty:
        return wording.text("summary.since_none", n=len(compared), day=earlier.day)
    first = found.iloc[0]
    return wording.text(
        "summary.since",
        day=earlier.day,
        n=len(found),
        driver=evidence.driver(first["driver_id"]),
        voice=wording.text(f"voice.{first['voice']}").lower(),
        before=first["before"],
        now=first["now"],
    )


def say_moved_units(evidence: Evidence) -> str:
    """Name the units whose BX surely fell, then those where it rose, and the quadrants they came from or went to."""
    wording = evidence.wording
    moved = find_moved_units(evidence.tables["movements"])
    ways = {"falls": moved[moved["bx_change"] < 0], "rises": moved[moved["bx_change"] > 0].iloc[::-1]}
    parts = [
        wording.text(
            f"summary.moved.{way}",
            units=name_some(evidence, [_say_move(evidence, move) for _, move in rows.iterrows()]),
        )
        for way, rows in ways.items()
        if len(rows)
    ]
    if not parts:
        return ""
    split = wording.month(moved["split_month"].iloc[0])
    return wording.text("summary.moved.said", split=split, list=wording.text("form.pause").join(parts))


def _say_move(evidence: Evidence, move: pd.Series[Any]) -> str:
    wording, before, now = evidence.wording, move["quadrant_before"], move["quadrant_now"]
    change = {"unit": move["unit"], "before": move["bx_before"], "now": move["bx_now"]}
    if before == now or not {before, now} & set(QUADRANTS):
        return wording.text("summary.moved.unit", **change)
    brand = evidence.tables["brand"]
    whole = brand.loc[(brand["unit"] == move["unit"]) & (brand["period"] == ALL), "quadrant"]
    lost = "blurs" if (whole == before).any() else "leaves"
    key, quadrant = ("enters", now) if now in QUADRANTS else (lost, before)
    return wording.text(f"summary.moved.{key}", **change, quadrant=wording.text(f"quadrant.{quadrant}").lower())


def _say_fall(evidence: Evidence) -> str:
    wording = evidence.wording
    moves = find_moves(evidence.tables["driver_scores"])
    if moves.empty:
        return wording.text("summary.fall_no_data")
    found = established(moves)
    falls = found[found["change"] < 0].sort_values("change", kind="stable")
    if falls.empty:
        return wording.text("summary.fall_none", n=len(moves))
    said = [
        wording.text(
            "summary.fall_of",
            driver=evidence.driver(fall.driver_id),
            where=name_members(evidence, fall.cut, fall.group),
            before=fall.before,
            now=fall.now,
            voice=wording.text(f"voice.{fall.voice}").lower(),
        )
        for fall in each_row(falls.drop_duplicates("voice"))
    ]
    return wording.text("summary.fall", split=evidence.split, list=wording.text("form.pause").join(said))


def _link_sentence(evidence: Evidence) -> Sentence:
    wording, linkage = evidence.wording, evidence.tables["linkage"]
    links = surest_links(linkage)
    if links.empty:
        return Sentence(wording.text("summary.link_no_data", reason=first_reason(linkage, wording)), "links")
    if links["q"].iloc[0] >= FOUND:
        return Sentence(wording.text("summary.link_none", n=len(links)), "links")
    return Sentence(say_link(evidence, links.iloc[0]), "links")


def say_link(evidence: Evidence, link: pd.Series[Any]) -> str:
    """Return a link in words: who leads, by how much, how sure; never as a cause."""
    wording, lag = evidence.wording, int(link["lag"])
    return wording.text(
        f"summary.link.{link['level']}.{'customer' if lag < 0 else 'employee'}",
        ex=evidence.driver(link["ex_driver_id"]),
        cx=evidence.driver(link["cx_driver_id"]),
        tends=wording.text("summary.higher" if link["rho"] > 0 else "summary.lower"),
        when=wording.text("summary.when", n=abs(lag)) if lag else wording.text("summary.same_month"),
        strength=abs(link["rho"]),
        risk=say_risk(evidence, link["q"]),
    )


def say_risk(evidence: Evidence, q: float) -> str:
    """Return a q value as the share of false finds to expect among links as sure, never as a plain zero."""
    number = evidence.wording.number
    return f"< {number(0.001, '.1%')}" if q < 0.001 else number(q, ".1%")


def say_q(evidence: Evidence, q: float) -> str:
    """Return a q value to three decimals, never as a plain zero."""
    number = evidence.wording.number
    return f"< {number(0.001, '.3f')}" if q < 0.001 else number(q, ".3f")


def _sure_sentence(evidence: Evidence) -> Sentence:
    wording, counts = evidence.wording, evidence.counts
    scores = evidence.tables["driver_scores"]
    whole = scores[(scores["cut"] == ALL) & (scores["period"] == ALL)]
    shown, line = whole[~whole["suppressed"]], evidence.params.brand.high_score
    clear = (shown["ci_low"] > line) | (shown["ci_high"] < line)
    return Sentence(
        wording.text(
            "summary.sure",
            n=counts.analysed,
            received=counts.received,
            share=counts.analysed / counts.received if counts.received else 0.0,
            span=evidence.span,
            shown=len(shown),
            clear=int(clear.sum()),
            line=line,
            half=float(((shown["ci_high"] - shown["ci_low"]) / 2).median()) if len(shown) else 0.0,
        ),
        "data",
    )
