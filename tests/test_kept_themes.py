"""Themes of an earlier run: assigned as they were, under the ids they had, with nothing fitted."""

from __future__ import annotations

import pandas as pd
import pytest

from bxtext.errors import ParamsError
from bxtext.pipeline import check_client
from bxtext.tables import check_table
from bxtext.themes import find_themes, register_themes, replay_edits, save_themes
from bxtext.themes.registry import Registry

NOUNS = {
    "customer": {"fr": ("livraison", "vendeur", "parking"), "en": ("delivery", "salesman", "website")},
    "employee": {"fr": ("salaire", "planning", "formation"), "en": ("salary", "schedule", "training")},
}
WORDS = {
    "fr": "lente rapide chère utile absente difficile".split(),
    "en": "slow quick costly useful missing hard".split(),
}


def say(month: str, n: int = 6, nouns=NOUNS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Segments and documents of a month: `n` people say each noun with each word."""
    rows = [
        (voice, language, f"{noun} {word}")
        for voice, languages in nouns.items()
        for language, said in languages.items()
        for noun in said
        for word in WORDS[language]
        for _ in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["voice", "language", "text"])
    frame["document_id"] = [f"{month}-{number:04d}" for number in range(len(frame))]
    frame["segment_id"] = frame["document_id"] + ":000"
    return frame[["segment_id", "document_id", "text"]], frame[["document_id", "voice", "language"]]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The runs' folder, the tables of a first run, what it found, and that under permanent ids."""
    runs = tmp_path_factory.mktemp("runs")
    tables = say("one")
    found = find_themes(*tables, n_themes=6, min_segments=10)
    known = Registry.model_validate({"themes": {"customer-07": {"since": "zero", "label_fr": "Ex", "label_en": "Ex"}}})
    registered = register_themes(found, *tables, known, "one")
    save_themes(found, registered.permanent_ids, runs / "one")
    return runs, tables, found, registered


def test_a_kept_run_assigns_every_segment_as_it_did(first) -> None:
    runs, tables, found, registered = first
    again = find_themes(*tables, None, runs, model="one")
    for name in ("themes", "theme_terms", "segment_themes"):
        pd.testing.assert_frame_equal(check_table(getattr(again, name), name), check_table(getattr(found, name), name))
    kept = register_themes(again, *tables, registered.registry, "two")
    pd.testing.assert_frame_equal(kept.found.segment_themes, registered.found.segment_themes)
    assert set(kept.theme_changes["change"]) == {"kept"}
    assert kept.registry.themes == registered.registry.themes
    assert kept.registry.revision == registered.registry.revision + 1


def test_other_texts_are_counted_and_themes_nobody_speaks_of_wait(first, tmp_path) -> None:
    runs, _, found, registered = first
    tables = say("two", 2, {"customer": {"fr": ("livraison",), "en": ()}})
    now = find_themes(*tables, None, runs, model="one")
    assert len(now.themes) == len(found.themes)
    assert now.themes["n_segments"].sum() == len(tables[0])
    assert (now.themes["n_segments"] > 0).sum() == 1
    kept = register_themes(now, *tables, registered.registry, "two")
    edited = replay_edits(kept.found, *tables, kept.registry, [])
    assert len(check_table(edited.found.themes, "themes")) == 1
    save_themes(now, kept.permanent_ids, tmp_path / "two")
    later = find_themes(*say("one"), None, tmp_path, model="two")
    pd.testing.assert_frame_equal(check_table(later.themes, "themes"), check_table(found.themes, "themes"))


def test_ids_are_those_of_the_kept_run_whatever_became_of_the_themes(first) -> None:
    runs, tables, _, registered = first
    later = dict(registered.registry.themes)
    retired, forgotten = sorted(registered.permanent_ids.values())[:2]
    later[retired] = later[retired].model_copy(update={"status": "retired"})
    del later[forgotten]
    kept = register_themes(
        find_themes(*tables, None, runs, model="one"), *tables,
        registered.registry.model_copy(update={"themes": later}), "three",
    )  # fmt: skip
    changes = kept.theme_changes.set_index("theme_id")["change"]
    assert changes.loc[[retired, forgotten]].tolist() == ["returned", "born"]
    assert kept.registry.themes[retired].status == "active"
    assert kept.registry.themes[forgotten].words
    assert kept.permanent_ids == registered.permanent_ids


def test_a_run_without_themes_is_refused_before_anything_starts(acme, first) -> None:
    with pytest.raises(ParamsError, match=r"themes\.model: run 'onne' has kept no themes; did you mean 'one'"):
        find_themes(*say("one"), None, first[0], model="onne")
    with pytest.raises(ParamsError, match="no run has yet; leave `model` out"):
        check_client("acme", acme, {"themes.model": "one"})
