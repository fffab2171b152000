"""The line on what small clients have: few comments, one voice, no dates, no units, no ratings. Never a crash."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from bxtext.brand import (
    hold_promises,
    move_drivers,
    score_brand,
    score_lights,
    track_units,
    weigh_blame,
)
from bxtext.claims import judge_claims
from bxtext.clean import clean_comments
from bxtext.drivers import count_concessions, map_drivers
from bxtext.importance import weigh_drivers
from bxtext.linkage import link_drivers
from bxtext.params import load_params
from bxtext.publish import publish_run
from bxtext.report import write_report
from bxtext.run import Run
from bxtext.scores import score_drivers
from bxtext.segment import segment_documents
from bxtext.sentiment import score_sentiment
from bxtext.tables import REPORT_TABLES
from bxtext.taxonomy import load_taxonomy
from bxtext.themes import find_emerging, find_themes, follow_themes, register_themes, replay_edits
from bxtext.themes.registry import Registry

pytestmark = pytest.mark.slow

SAID = {
    "customer": ["Le vendeur était adorable", "Colis jamais arrivé", "The queue was so long", "Trop cher", "Bonjour"],
    "employee": ["Mon chef ne dit jamais merci", "Low pay", "Équipe soudée", "No training at all", "Bonjour"],
}  # fmt: skip
FEW = {"customer": 1, "employee": 1}


def comments_of(copies, *, dated=True, placed=True, rated=True):
    rows = [
        {"voice": voice, "text": f"{text} {number}" if number else text, "date": f"2026-0{1 + number % 6}-10",
         "unit": f"U{number % 3}", "rating": (number % 5) / 4, "respondent_id": f"{voice}{number}{text[:9]}"}
        for voice, count in copies.items() for number in range(count) for text in SAID[voice]
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(source="s", source_type="survey")
    frame["comment_id"] = [f"c{number:04d}" for number in frame.index]
    frame["date"] = pd.to_datetime(frame["date"]) if dated else pd.NaT
    return frame.assign(**({} if placed else {"unit": None}), **({} if rated else {"rating": None}))


WORLDS = {
    "five comments of each voice": comments_of(FEW),
    "one voice": comments_of({"customer": 12}),
    "the other voice, nothing known": comments_of({"employee": 12}, dated=False, placed=False, rated=False),
    "both voices, nothing known": comments_of({"customer": 12, "employee": 12}, dated=False, placed=False, rated=False),
    "one unit": comments_of({"customer": 12, "employee": 12}).assign(unit="Liège"),
    "one period": comments_of({"customer": 12, "employee": 12}).assign(date=pd.Timestamp("2026-03-10")),
    "one rating": comments_of({"customer": 30, "employee": 30}).assign(rating=1.0),
    "one person": comments_of({"customer": 12, "employee": 12}).assign(respondent_id="who"),
}


@pytest.fixture(scope="module")
def taxonomy():
    return load_taxonomy()


@pytest.mark.parametrize("world", WORLDS)
def test_every_stage_gives_figures_or_reasons(acme, taxonomy, world):
    run = Run("acme", "r1", acme, load_params("acme", acme))
    comments = run.write("comments", WORLDS[world])
    source = {"source": "s", "voice": comments["voice"].iloc[0], "file": "a.csv", "sha256": "0", "n_quarantined": 0}
    source |= {name: len(comments) for name in ("n_lines", "n_received", "n_comments")}
    run.write("sources", pd.DataFrame([source | {"n_structural": 0, "n_bad_cells": 0}]))
    run.write("quarantined", pd.DataFrame(columns=["source", "row", "reason", "column"]))
    run.write("bad_cells", pd.DataFrame(columns=["source", "row", "column", "reason", "found"]))
    cleaned = clean_comments(comments)
    documents = run.write("documents", cleaned.documents)
    run.write("dropped", cleaned.dropped)
    run.write("masked", cleaned.masked)
    segments = run.write("segments", segment_documents(documents))
    themes = find_themes(segments, documents)
    registered = register_themes(themes, segments, documents, Registry(), run.run_id)
    edited = replay_edits(registered.found, segments, documents, registered.registry, taxonomy.drivers)
    for name in ("themes", "theme_terms", "segment_themes"):
        run.write(name, getattr(edited.found, name))
    run.write("theme_changes", registered.theme_changes)
    periods = run.write("theme_periods", follow_themes(registered, edited, segments, documents, run.read_earlier()))
    run.write("emerging_themes", find_emerging(periods, registered.theme_changes))
    sentiment = run.write("sentiment", score_sentiment(segments, documents, taxonomy.exemplars).sentiment)
    drivers = run.write("drivers", taxonomy.as_table())
    mapped = map_drivers(segments, documents, sentiment, taxonomy)
    mentions, concessions = run.write("mentions", mapped.mentions), run.write("concessions", mapped.concessions)
    run.write("concession_counts", count_concessions(concessions, documents))
    scores = run.write("driver_scores", score_drivers(mentions, documents, drivers))
    importance = run.write("importance", weigh_drivers(mentions, documents, drivers))
    links = link_drivers(mentions, documents, drivers)
    for name in ("linkage", "link_effects", "mirror", "symmetry", "tensions", "moderation"):
        run.write(name, getattr(links, name))
    linkage = links.linkage
    brand = run.write("brand", score_brand(mentions, documents, drivers, importance))
    run.write("lights", score_lights(mentions, documents, drivers))
    moves = run.write("movements", track_units(mentions, documents, drivers, importance))
    what_if = run.write("what_if", move_drivers(mentions, documents, drivers, importance))
    blame = run.write("blame", weigh_blame(mentions, documents, drivers, importance))
    promised = pd.DataFrame({"text": ["Toujours souriants"], "driver": ["cx.staff_attitude"]})
    promises = run.write("promises", hold_promises(mentions, documents, drivers, promised))
    for table, figure in ((moves, "bx_change"), (what_if, "bx"), (blame, "share"), (promises, "gap")):
        assert (table[figure].notna() | table["reason"].notna()).all()
    claims = run.write("claims", judge_claims(mentions, documents, drivers, scores, linkage, brand))
    assert (claims["effect"].notna() | claims["reason"].notna()).all()
    assert linkage["reason"].notna().all()
    assert (brand["bx"].notna() | brand["reason"].notna()).all()

    page = write_report(run).read_text(encoding="utf-8")
    shown = re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not re.search(r"\b(?:nan|NaN|None|inf)\b", shown)
    published = publish_run(run, REPORT_TABLES)["brand"]  # employees' part in steps, or gone
    overall = published[(published["unit"] == "all") & (published["period"] == "all") & published["bx"].notna()]
    if len(overall):
        assert f"BX {overall['bx'].iloc[0]:.0f}" in shown
