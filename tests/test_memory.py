"""What was made of documents is remembered: the same tables, and only what is new is worked on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext import memory, parallel
from bxtext.clean import clean_comments
from bxtext.drivers import map_drivers
from bxtext.drivers.model import DriverModel
from bxtext.errors import ParamsError
from bxtext.memory import Memory, digest_documents, keep_state, recall, recall_state, use_memory
from bxtext.privacy import load_masker
from bxtext.privacy.traces import trace
from bxtext.segment import segment_documents
from bxtext.sentiment import score_sentiment
from bxtext.sentiment.calibration import ENOUGH
from bxtext.state import State
from bxtext.tables import write_table
from bxtext.taxonomy import load_taxonomy
from bxtext.themes import find_themes, register_themes, save_themes
from bxtext.themes.registry import Registry

MANY = 700


@pytest.fixture(scope="module")
def taxonomy():
    whole = load_taxonomy()
    return replace(whole, exemplars=whole.exemplars[::12])


@pytest.fixture(scope="module")
def documents(taxonomy):
    said = sorted({(each.text, each.language, each.voice) for each in taxonomy.exemplars})[:MANY]
    frame = pd.DataFrame(said, columns=["text", "language", "voice"])
    return frame.assign(document_id=[f"d{place:04d}" for place in range(len(frame))], field=None)


@pytest.fixture
def remembering(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "PARTITION", 120)
    monkeypatch.setattr(memory, "WORTHWHILE", 120)
    use_memory(Memory(tmp_path / "cache", lambda: "version 1"))
    yield tmp_path / "cache"
    use_memory(None)


@pytest.fixture(scope="module")
def runs(documents, taxonomy, tmp_path_factory):
    """A first run, whose models are kept."""
    folder = tmp_path_factory.mktemp("runs")
    segments = segment_documents(documents)
    written = documents.assign(source="said", n_masked=0, n_words=3, repaired=0)
    for name, table in (("segments", segments), ("documents", written)):
        write_table(table, name, folder / "first" / "tables")
    found = find_themes(segments, documents, taxonomy, n_themes=6, min_segments=10)
    save_themes(found, register_themes(found, segments, documents, Registry(), "first").permanent_ids, folder / "first")
    return folder


def make_tables(documents, taxonomy, runs):
    segments = segment_documents(documents)
    sentiment = score_sentiment(segments, documents, taxonomy.exemplars).sentiment
    mapped = map_drivers(segments, documents, sentiment, taxonomy, runs=runs, model="first")
    themes = find_themes(segments, documents, taxonomy, runs, model="first").segment_themes
    return {
        "segments": segments, "sentiment": sentiment, "mentions": mapped.mentions,
        "concessions": mapped.concessions, "segment_themes": themes,
    }  # fmt: skip


def next_week(documents):
    """The same documents without a few, with one of another text, and with some that are new, anywhere."""
    changed = documents.drop(index=[3, 400]).copy()
    changed.loc[50, "text"] = "Livraison en retard, vendeur très aimable"
    new = documents.iloc[::70].assign(document_id=lambda table: table["document_id"] + "-new")
    return pd.concat([new, changed]).sample(frac=1, random_state=1)


@pytest.mark.usefixtures("remembering")
def test_a_run_that_remembers_makes_the_tables_of_one_that_does_not(documents, taxonomy, runs, monkeypatch):
    make_tables(documents, taxonomy, runs)
    later = next_week(documents)
    worked_on = []
    honest = memory.cut_documents

    def count(*tables):
        worked_on.append(len(tables[0]))
        return honest(*tables)

    monkeypatch.setattr(memory, "cut_documents", count)
    quick = make_tables(later, taxonomy, runs)
    assert min(worked_on) < len(later) / 20
    use_memory(None)
    for name, table in make_tables(later, taxonomy, runs).items():
        pd.testing.assert_frame_equal(quick[name], table, obj=name)


@pytest.mark.usefixtures("remembering")
def test_ratings_that_are_new_teach_what_is_remembered(documents, taxonomy):
    stars = documents["text"].str.len() % 5 / 4
    rated = documents.assign(outcome=stars.where(documents["voice"] == "customer"), respondent_id=None)
    assert rated["outcome"].notna().sum() >= ENOUGH
    segments = segment_documents(rated)
    score_sentiment(segments, rated, taxonomy.exemplars)
    later = rated.assign(outcome=rated["outcome"].mask(rated.index % 7 == 0, 1.0))
    quick = score_sentiment(segments, later, taxonomy.exemplars)
    use_memory(None)
    whole = score_sentiment(segments, later, taxonomy.exemplars)
    for name in ("sentiment", "disagreements", "calibration"):
        pd.testing.assert_frame_equal(getattr(quick, name), getattr(whole, name), obj=name)
    assert quick.calibration["reason"].isna().any()


@pytest.mark.usefixtures("remembering")
def test_what_a_model_learned_is_learned_once(documents, taxonomy, runs, monkeypatch):
    tables = make_tables(documents, taxonomy, runs)
    taught = []
    honest = DriverModel.fit
    monkeypatch.setattr(
        DriverModel, "fit", lambda self, *told, **more: taught.append(self.voice) or honest(self, *told, **more)
    )
    known = segment_documents(documents), documents, tables["sentiment"]
    map_drivers(*known, taxonomy, runs=runs, model="first", threshold=0.4)  # all documents anew, by the same models
    assert not taught
    map_drivers(*known, replace(taxonomy, exemplars=taxonomy.exemplars[1:]), runs=runs, model="first")
    assert sorted(taught) == ["customer", "employee"]


@pytest.mark.parametrize("other", ["parameters", "code", "damage"])
def test_no_state_is_remembered_of_what_was_learned_otherwise(remembering, other):
    keep_state("weights", 1, State({"weights": np.arange(3.0)}, {"words": ["é"]}))
    known = recall_state("weights", 1)
    assert known is not None
    assert known.arrays["weights"].tolist() == [0, 1, 2]
    assert known.plain == {"words": ["é"]}
    if other == "code":
        use_memory(Memory(remembering, lambda: "version 2"))
    if other == "damage":
        next(remembering.glob("learned-weights/*.npz")).write_bytes(b"PK")
    assert recall_state("weights", 2 if other == "parameters" else 1) is None


def test_cleaning_remembers_by_what_masks(documents, remembering, tmp_path):
    comments = documents.rename(columns={"document_id": "comment_id"}).drop(columns="language")
    empty = dict.fromkeys(("rating", "respondent_id", "unit"), None)
    comments = comments.assign(source="said", source_type="review", date=pd.NaT, **empty)
    comments.loc[comments.index[::9], "text"] += ", a dit Sophie Martin"
    clean_comments(comments, load_masker(tmp_path))
    later = pd.concat([comments.drop(index=5), comments.head(2).assign(comment_id=["d0000-new", "zz"])])
    quick = clean_comments(later, load_masker(tmp_path))
    keeping = clean_comments(later, load_masker(tmp_path, keep=["Sophie"]))
    (folder,) = remembering.glob("memory-looks")
    use_memory(None)
    for name in ("documents", "dropped", "masked"):
        whole = clean_comments(later, load_masker(tmp_path))
        pd.testing.assert_frame_equal(getattr(quick, name), getattr(whole, name), obj=name)
    assert quick.documents["text"].str.contains("[name]", regex=False).any()
    assert set(quick.masked["trace"]) == {trace("sophie martin")}
    assert keeping.documents["text"].str.contains("Sophie").sum() > quick.documents["text"].str.contains("Sophie").sum()
    (kept,) = [pd.read_parquet(path)["text"] for path in folder.glob("*-0.parquet")]
    assert not kept.str.contains("Martin").any()


@pytest.mark.usefixtures("remembering")
def test_only_what_is_new_or_another_is_to_be_made(documents):
    kept = documents[["document_id", "text"]]
    made = [(part[0].assign(length=part[0]["text"].str.len()),) for part in recall("lengths", 1, kept).parts]
    recall("lengths", 1, kept).complete(made)
    later = next_week(documents)[["document_id", "text"]]
    recalled = recall("lengths", 1, later)
    fresh = set(later["document_id"]) - set(kept["document_id"]) | {"d0050"}
    assert set(recalled.new[0]["document_id"]) == fresh
    (lengths,) = recalled.complete([(part[0].assign(length=part[0]["text"].str.len()),) for part in recalled.parts])
    assert lengths["document_id"].tolist() == later["document_id"].tolist()
    assert (lengths["length"] == later["text"].str.len().to_numpy()).all()
    assert not recall("lengths", 1, later).parts  # what left is forgotten, what came is known
    assert not set(recall("lengths", 1, later).kept[0]["document_id"]) & {"d0003", "d0400"}


@pytest.mark.parametrize("other", ["parameters", "code", "damage", "a part of another time"])
def test_nothing_is_remembered_of_what_was_made_otherwise(documents, remembering, other):
    texts = documents[["document_id", "text"]]
    first = recall("texts", 1, texts)
    first.complete(first.parts)
    assert recall("texts", 1, texts).kept
    made_of = 2 if other == "parameters" else 1
    if other == "code":
        use_memory(Memory(remembering, lambda: "version 2"))
    (place,) = remembering.glob("memory-texts")
    if other == "damage":
        next(place.glob("*-0.parquet")).write_bytes(b"PAR1")
    if other == "a part of another time":
        path = next(place.glob("*-0.parquet"))
        path.rename(path.with_name(f"before-{path.name}"))
    again = recall("texts", made_of, texts)
    assert not again.kept
    assert len(again.new[0]) == len(texts)


def test_few_documents_are_not_worth_remembering(documents, remembering):
    few = documents[["document_id", "text"]].head(50)
    recalled = recall("texts", 1, few)
    recalled.complete(recalled.parts)
    assert not remembering.exists()


@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.text(max_size=5)), max_size=30),
    seed=st.integers(0, 99),
    changed=st.integers(0, 9),
)
def test_a_digest_is_of_the_document_alone(rows, seed, changed):
    documents = pd.DataFrame({"document_id": [f"{place}" for place in range(10)]})
    others = pd.DataFrame([(str(place), text) for place, text in rows], columns=["document_id", "text"], dtype="str")
    digests = digest_documents(documents, others)
    mixed = digest_documents(documents.sample(frac=1, random_state=seed), others.sample(frac=1, random_state=seed))
    assert mixed.reindex(digests.index).equals(digests)
    more = pd.concat([others, pd.DataFrame({"document_id": [str(changed)], "text": ["another"]}, dtype="str")])
    assert (digest_documents(documents, more) != digests).tolist() == [place == changed for place in range(10)]


def test_a_run_that_kept_no_tables_is_refused(documents, taxonomy, runs):
    segments = segment_documents(documents.head(5))
    with pytest.raises(ParamsError, match=r"drivers\.model: run 'frist' has no tables; did you mean.*first"):
        map_drivers(segments, documents, segments, taxonomy, runs=runs, model="frist")
