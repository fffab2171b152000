"""Sections of comments: what customers say in their own words. Employees are never quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.ids import are_among
from bxtext.language import fold_letters, fold_text
from bxtext.publish.masked import leave_ordinary
from bxtext.publish.rules import document_of
from bxtext.report.content import Block, Filter, Quote, Quotes, Section, Text
from bxtext.report.evidence import each_row

if TYPE_CHECKING:
    from bxtext.report.evidence import Evidence

STAFF = {"brand_staff", "provider"}  # who can be thanked
PER_UNIT = 3  # words of thanks shown for a unit
ENOUGH = 20_000  # comments that tell which words are ordinary
SPARE = 10  # times as many comments are read as are shown: some say the same, or hold a name


def verbatims_section(evidence: Evidence) -> Section:
    """Return comments of customers for each driver that enough of them speak of, to be filtered."""
    wording, most = evidence.wording, evidence.max_quotes
    title = wording.text("section.verbatims")
    told = evidence.quotable
    heard = told.groupby("driver_id")["speaker"].nunique()
    told = told[told["driver_id"].isin(heard.index[heard >= evidence.min_quoted]) & (told["tone"] != "")]
    if told.empty or not most:
        return Section("verbatims", title, wording.text("verbatims.none", n=evidence.min_quoted))
    drivers = sorted(told["driver_id"].unique(), key=lambda driver_id: evidence.labels[driver_id])
    share = max(1, most // (2 * len(drivers)))  # as many for each driver and sign: rare and common are heard alike
    ordered = told.sort_values(["strength", "document_id", "driver_id"], ascending=[False, True, True])
    shown = _pick(ordered, ["driver_id", "tone"], share, evidence).head(most)
    keys = {driver_id: f"k{place}" for place, driver_id in enumerate(drivers)}
    shown = shown.sort_values(["driver_id", "tone", "strength", "document_id"], ascending=[True, True, False, True])
    quotes = tuple(
        Quote(
            row.text,
            row.language,
            _say_origin(evidence, row, evidence.labels[row.driver_id]),
            row.tone,
            (keys[row.driver_id], row.tone),
        )
        for row in each_row(shown)
    )
    present = set(shown["driver_id"])
    filters = (
        Filter(
            wording.text("column.driver"),
            wording.text("verbatims.every.driver"),
            tuple((keys[one], evidence.labels[one]) for one in drivers if one in present),
        ),
        Filter(
            wording.text("verbatims.tone"),
            wording.text("verbatims.every.tone"),
            tuple((tone, wording.text(f"verbatims.{tone}")) for tone in ("good", "bad")),
        ),
    )
    blocks = (
        Text(wording.text("verbatims.intro", n=evidence.min_quoted), "note"),
        Quotes(wording.text("verbatims.list"), filters, quotes),
    )
    takeaway = wording.text("verbatims.takeaway", n=len(quotes), drivers=len(present))
    return Section("verbatims", title, takeaway, blocks)


def praise_section(evidence: Evidence) -> Section:
    """Return customers' thanks, unit by unit, to be passed on to the teams."""
    wording = evidence.wording
    title = wording.text("section.praise")
    told = evidence.quotable
    blamed = told.loc[told["polarity"] < 0, "document_id"]
    praise = told[told["actor"].isin(STAFF) & (told["tone"] == "good") & (told["intent"] == "praise")]
    reproached = pd.concat([blamed, _reproaching(evidence)])
    praise = praise[~are_among(praise["document_id"], reproached) & praise["unit"].notna()]
    thanked = praise.groupby("unit")["speaker"].nunique()
    units = sorted(thanked.index[thanked >= evidence.min_quoted], key=str.casefold)
    if not units or not evidence.max_quotes:
        return Section("praise", title, wording.text("praise.none", n=evidence.min_quoted))
    ordered = praise.sort_values(["strength", "document_id", "driver_id"], ascending=[False, True, True])
    shown = _pick(ordered[ordered["unit"].isin(units)], ["unit"], PER_UNIT, evidence)
    shown = shown.sort_values(["unit", "strength", "document_id"])
    keys = {unit: f"k{place}" for place, unit in enumerate(units)}
    quotes = tuple(
        Quote(row.text, row.language, _say_origin(evidence, row, row.unit), "good", (keys[row.unit],))
        for row in each_row(shown)
    )
    most = thanked[units].sort_values(ascending=False, kind="stable").index[0]
    takeaway = wording.text("praise.takeaway", n=int(thanked[units].sum()), units=len(units), most=most)
    blocks: tuple[Block, ...] = (
        Text(wording.text("praise.intro"), "note"),
        Quotes(
            wording.text("praise.list"),
            (
                Filter(
                    wording.text("column.unit"),
                    wording.text("verbatims.every.unit"),
                    tuple((keys[unit], unit) for unit in units),
                ),
            ),
            quotes,
        ),
    )
    return Section("praise", title, takeaway, blocks)


def _reproaching(evidence: Evidence) -> pd.Series[str]:
    """Return the documents with a remark against anything, be it a driver or not."""
    sentiment = evidence.tables["sentiment"]
    against = sentiment.loc[(sentiment["polarity"] < 0) | (sentiment["intent"] == "complaint"), "segment_id"]
    return document_of(against)


def _pick(ordered: pd.DataFrame, group: list[str], most: int, evidence: Evidence) -> pd.DataFrame:
    """Return the first comments of each group with their `text`: no comment twice, nor what says the same, nor a name.

    A name that was masked in another comment is one, though nothing tells so here.
    """
    documents = evidence.tables["documents"]
    first = ordered.drop_duplicates("document_id").groupby(group).head(SPARE * most)
    picked = first.merge(documents[["document_id", "text"]], on="document_id")
    picked["text"] = picked["text"].str.replace(_UNDRAWN, "", regex=True)
    picked = picked[~picked["text"].map(fold_text).duplicated()]
    found = [evidence.traces.find_in(folded) for folded in picked["text"].map(fold_letters)]
    names = leave_ordinary({name for each in found for name in each}, documents.iloc[:: len(documents) // ENOUGH + 1])
    return picked[[names.isdisjoint(each) for each in found]].groupby(group).head(most)


_UNDRAWN = "[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]"  # letters that no font has


def _say_origin(evidence: Evidence, row: object, about: str) -> str:
    period = getattr(row, "period", None)
    when = evidence.wording.month(period) if isinstance(period, str) else evidence.wording.text("form.undated")
    return evidence.wording.text("verbatims.origin", about=about, when=when)
