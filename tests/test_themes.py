"""Themes: planted ones are found, named, and stay the same whatever the order of the rows."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, homogeneity_score
from threadpoolctl import threadpool_limits

from bxtext import parallel, themes
from bxtext.embed import STOP_WORDS, content_words, word_key
from bxtext.errors import BxtextError
from bxtext.language import fold_letters
from bxtext.tables import check_table
from bxtext.taxonomy import Taxonomy, load_taxonomy
from bxtext.themes import FoundThemes, NearestTheme, ThemeModel, find_themes, map_segments
from bxtext.themes.assignment import MOST_BETWEEN, calibrate_margin
from bxtext.themes.clusters import (
    RECOVERED,
    STABLE,
    cosines_to,
    find_consensus,
    jaccard_pairs,
    keep_large,
    weigh_neighbours,
)
from bxtext.themes.names import MIN_RESPONDENTS, Term, _npmi, make_labels
from bxtext.themes.portraits import rank_representatives

# Invented remarks: words of each subject, by voice and language.
SUBJECTS = {
    ("customer", "fr"): {
        "delivery": "livraison colis livreur retard transporteur carton étage tournée",
        "staff": "vendeuse conseils sourire accueil écoute patience gentillesse politesse",
        "price": "prix tarif promotion remise ticket facture euros réduction",
    },
    ("customer", "en"): {
        "website": "website page click search basket login password mobile",
        "parking": "parking garage spaces entrance lift trolley wheelchair ramp",
    },
    ("employee", "fr"): {
        "pay": "salaire prime augmentation paie rémunération treizième heures smic",
        "manager": "directrice responsable hiérarchie décisions réunion autorité reproches consignes",
    },
    ("employee", "en"): {
        "training": "training courses onboarding mentor skills certificate learning workshop",
        "schedule": "shifts schedule weekend overtime rota nights sundays holidays",
    },
}
LINKS = {"fr": "avec une très trop et mais la de l'".split(" "), "en": "with a very too and but the of".split(" ")}
N_TEXTS = 60  # a subject


def make_corpus(seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Segments, documents and the true subject of each segment."""
    rng = np.random.default_rng(seed)
    rows = []
    for (voice, language), subjects in SUBJECTS.items():
        for subject, words in subjects.items():
            for _ in range(N_TEXTS):
                drawn = rng.choice(words.split(), 4, replace=False)
                links = rng.choice(LINKS[language], 4)
                text = " ".join(
                    f"{link}{'' if link.endswith(chr(39)) else ' '}{word}"
                    for link, word in zip(links, drawn, strict=True)
                )
                rows.append((voice, language, subject, text))
    frame = pd.DataFrame(rows, columns=["voice", "language", "subject", "text"])
    frame["document_id"] = [f"d{number:04d}" for number in range(len(frame))]
    frame["segment_id"] = frame["document_id"] + ":000"
    return frame[["segment_id", "document_id", "text"]], frame[["document_id", "voice", "language"]], frame["subject"]


def as_tables(texts: list[str], voice: str = "customer", language: str = "fr") -> tuple[pd.DataFrame, pd.DataFrame]:
    documents = pd.DataFrame({"document_id": [f"d{number:04d}" for number in range(len(texts))]}, dtype="str")
    documents = documents.assign(voice=voice, language=language)
    segments = documents[["document_id"]].assign(segment_id=documents["document_id"] + ":000", text=texts)
    return segments, documents


@lru_cache
def few_exemplars() -> Taxonomy:
    """One sentence in ten: enough for the laws that hold whatever was taught."""
    taxonomy = load_taxonomy()
    return Taxonomy(taxonomy.drivers, taxonomy.exemplars[::10])


def find_quickly(segments: pd.DataFrame, documents: pd.DataFrame, **options: object) -> FoundThemes:
    return find_themes(segments, documents, few_exemplars(), **options)


def check_found(found: FoundThemes, segments: pd.DataFrame) -> None:
    """What holds for any result."""
    check_table(found.themes, "themes")
    check_table(found.theme_terms, "theme_terms")
    assigned = check_table(found.segment_themes, "segment_themes")
    assert sorted(assigned["segment_id"]) == sorted(segments["segment_id"])
    assert (assigned["theme_id"].isna() == assigned["reason"].notna()).all()
    sizes = assigned["theme_id"].value_counts()
    assert sizes.to_dict() == found.themes.set_index("theme_id")["n_segments"].to_dict()
    assert set(found.theme_terms["theme_id"]) <= set(found.themes["theme_id"])


@pytest.fixture(scope="module")
def corpus() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    return make_corpus()


@pytest.fixture(scope="module")
def employees(corpus) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Half of the corpus, where one voice is enough."""
    own = (corpus[1]["voice"] == "employee").to_numpy()
    return tuple(frame[own].reset_index(drop=True) for frame in corpus)


@pytest.fixture(scope="module")
def fitted(employees) -> tuple[ThemeModel, pd.DataFrame]:
    """A model of the employees' texts, without exemplars, and what it gave them."""
    model = ThemeModel()
    return model, model.fit_assign(employees[0]["text"].tolist())


@pytest.fixture(scope="module")
def found(corpus) -> FoundThemes:
    return find_quickly(*corpus[:2])


@pytest.fixture(scope="module")
def known(corpus) -> FoundThemes:
    return find_quickly(*corpus[:2], n_themes=4)


def test_planted_subjects_are_found(corpus, found) -> None:
    segments, _, subject = corpus
    check_found(found, segments)
    assigned = found.segment_themes.set_index("segment_id")["theme_id"].loc[segments["segment_id"]]
    assert assigned.notna().mean() > 0.95
    assert homogeneity_score(subject, assigned.fillna("none")) > 0.95


def test_a_map_shows_each_text_once_near_its_like_whatever_the_order_of_rows(corpus, found) -> None:
    segments, _, subject = corpus
    places = map_segments(found.segment_themes, segments, found.models)
    again = map_segments(found.segment_themes.iloc[::-1], segments.iloc[::-1], found.models)
    for voice, place in places.items():
        pd.testing.assert_frame_equal(place, again[voice])
        shown = place.merge(segments.assign(subject=subject), on="segment_id")
        assert 100 < len(shown) == shown["text"].nunique() <= 800
        xy = shown[["x", "y"]].to_numpy()
        nearest = np.argsort(((xy[:, None] - xy) ** 2).sum(axis=2), axis=1)[:, 1]
        assert (shown["subject"].to_numpy() == shown["subject"].to_numpy()[nearest]).mean() > 0.9


def test_subjects_are_found_whole_when_their_number_is_known(corpus, known) -> None:
    segments, documents, subject = corpus
    own = (documents["voice"] == "employee").to_numpy()
    assigned = known.segment_themes.set_index("segment_id")["theme_id"].loc[segments["segment_id"][own]]
    assert adjusted_rand_score(subject[own], assigned.fillna("none")) > 0.9


def test_themes_are_numbered_by_voice_largest_first(corpus, found) -> None:
    voices = found.segment_themes.assign(voice=corpus[1]["voice"].to_numpy())
    for voice, rows in voices.groupby("voice"):
        themes = found.themes[found.themes["theme_id"].str.startswith(voice)]
        assert themes["theme_id"].tolist() == [f"{voice}-{rank:02d}" for rank in range(1, len(themes) + 1)]
        assert themes["n_segments"].is_monotonic_decreasing
        assert themes["share"].sum() == pytest.approx(rows["theme_id"].notna().mean())


def test_order_of_rows_changes_nothing(corpus, found) -> None:
    segments, documents, _ = corpus
    again = find_quickly(segments.sample(frac=1, random_state=3), documents.sample(frac=1, random_state=4))
    for name in ("themes", "theme_terms", "segment_themes"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))


def test_more_segments_than_are_heard_are_placed_all_the_same(employees, monkeypatch) -> None:
    segments, documents, _ = employees
    monkeypatch.setattr(themes, "MOST_HEARD", len(segments) // 2)
    monkeypatch.setattr(parallel, "PARTITION", len(segments) // 3)
    found = find_quickly(segments, documents)
    check_found(found, segments)
    assert found.segment_themes["theme_id"].notna().mean() > 0.5
    again = find_quickly(segments.sample(frac=1, random_state=3), documents)
    pd.testing.assert_frame_equal(again.segment_themes, found.segment_themes)


def test_number_of_threads_changes_nothing(employees) -> None:
    results = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            results.append(find_quickly(*employees[:2], n_themes=6))
    for name in ("themes", "theme_terms", "segment_themes"):
        pd.testing.assert_frame_equal(*(getattr(result, name) for result in results))


LINK = re.compile(r"(?<=\w) (?:d['’]|de l['’]|(?:de la|de|du|des|of) )(?=\w)")  # what joins two nouns of a phrase


def label_words(label: str) -> list[str]:
    return [word for part in label.split(", ") for word in fold_letters(LINK.sub(" ", part, count=1)).split()]


def check_labels(themes: pd.DataFrame) -> None:
    for language in ("fr", "en"):
        labels = themes[f"label_{language}"]
        assert labels.is_unique
        for label in labels:
            words = label_words(label)
            assert words
            assert len(set(words)) == len(words)
            assert not set(words) & STOP_WORDS
            assert min(map(len, words)) > 1


def test_labels_hold_no_stop_word_stump_or_duplicate(found) -> None:
    check_labels(found.themes)
    assert set(found.themes["label_source"]) <= {"terms", "terms_fr", "terms_en"}


def test_labels_speak_the_language_of_the_theme(found) -> None:
    french = {key: set(" ".join(subjects.values()).split()) for key, subjects in SUBJECTS.items() if key[1] == "fr"}
    known = {fold_letters(word) for words in french.values() for word in words}
    for row in found.themes.itertuples():
        own = [term in known for term in label_words(row.label_fr)]
        assert all(own) == (row.label_source == "terms_fr")  # an English theme is called by its driver


def test_every_term_is_said_in_enough_documents(corpus, found) -> None:
    said = corpus[0].merge(found.segment_themes, on="segment_id")
    for theme_id, terms in found.theme_terms.groupby("theme_id"):
        texts = said.loc[said["theme_id"] == theme_id, "text"]
        for term in terms["term"]:
            key = [word_key(word) for word in term.split()]
            runs = ([[word.key for word in run] for run in content_words(text)] for text in texts)
            holding = sum(
                any(key == run[at : at + len(key)] for run in of_text for at in range(len(run))) for of_text in runs
            )
            assert holding >= MIN_RESPONDENTS


def test_term_is_shown_as_it_is_mostly_written() -> None:
    delays = ["le Délai, livraison", "le délai, colis", "un delai, livraison", "délais, colis", "le délai, arrivé"]
    found = find_quickly(
        *as_tables([*delays * 8, *["Les RH, congés", "les RH, paie", "les rh, contrat"] * 8]), min_segments=5
    )
    terms = set(found.theme_terms["term"])
    assert {"délai", "RH"} <= terms
    assert not {"Délai", "delai", "délais", "rh"} & terms


def test_pair_stands_for_the_words_it_is_made_of() -> None:
    texts = [f"le service client {word}" for word in "répond raccroche attend oublie promet".split()] * 8
    found = find_quickly(*as_tables(texts), min_segments=25)
    terms = found.theme_terms["term"].tolist()
    assert "service client" in terms
    assert not {"service", "client"} & set(terms)


def test_fit_assign_and_a_later_assign_agree_exactly(employees, fitted) -> None:
    texts = employees[0]["text"].tolist()
    model, given_at_fit = fitted
    pd.testing.assert_frame_equal(model.assign(texts), given_at_fit)
    alone = pd.concat([model.assign([text]) for text in texts[:40]], ignore_index=True)
    pd.testing.assert_frame_equal(alone, given_at_fit.head(40), check_dtype=False)


@pytest.mark.parametrize("exemplars", [(), load_taxonomy().exemplars[::20]], ids=["alone", "taught"])
def test_a_reloaded_model_assigns_exactly_as_it_did(employees, tmp_path, exemplars) -> None:
    texts = employees[0]["text"].tolist()
    model = ThemeModel(exemplars=exemplars, n_themes=9)
    given_at_fit = model.fit_assign(texts, employees[1]["language"].tolist())
    model.save(tmp_path / "model")
    again = ThemeModel.load(tmp_path / "model")
    pd.testing.assert_frame_equal(again.assign(texts), given_at_fit)
    new = [f"{one} {other}" for one, other in pairwise(texts[::7])] + ["Merci", "zzyzx"]
    pd.testing.assert_frame_equal(again.assign(new), model.assign(new))
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == ["arrays.npz", "model.json"]


def test_a_model_of_another_schema_or_place_is_refused_with_the_remedy(corpus, tmp_path) -> None:
    with pytest.raises(BxtextError, match=r"no theme model; expected model\.json"):
        ThemeModel.load(tmp_path)
    ThemeModel(n_themes=2).fit(corpus[0]["text"].tolist()[:40]).save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"schema_version": 1', '"schema_version": 99'))
    with pytest.raises(BxtextError, match="schema version 99; this bxtext reads 1"):
        ThemeModel.load(tmp_path)


def digest_assignments() -> str:
    segments, documents, _ = make_corpus()
    rows = ThemeModel(n_themes=9).fit_assign(segments["text"].tolist()[::3], documents["language"].tolist()[::3])
    return hashlib.sha256(rows.to_csv().encode()).hexdigest()


def test_another_locale_and_thread_count_assign_the_same() -> None:
    here = digest_assignments()
    other = {
        "LC_ALL": "C" if os.environ.get("LC_ALL", "").startswith("fr") else "fr_FR.UTF-8",
        "OMP_NUM_THREADS": "2" if os.environ.get("OMP_NUM_THREADS") == "1" else "1",
        "PYTHONHASHSEED": "5",
        "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)]),
    }
    command = [sys.executable, "-c", "import test_themes; print(test_themes.digest_assignments())"]
    there = subprocess.run(command, env={**os.environ, **other}, capture_output=True, text=True, check=True).stdout
    assert there.strip() == here


def test_bertopic_knows_the_same_themes(employees, fitted) -> None:
    texts = sorted(employees[0]["text"])
    model = ThemeModel(min_similarity=float(fitted[1]["similarity"].quantile(0.2)))
    themes = model.fit_assign(texts)["theme"]
    assert (themes == -1).any()
    assert model.topic_model_.topics_ == themes[themes >= 0].tolist()
    assert len(
        model.topic_model_.hierarchical_topics([text for text, theme in zip(texts, themes, strict=True) if theme >= 0])
    ) == (len(model.centres_) - 1)


def test_reason_for_having_no_theme(employees, fitted) -> None:
    texts = employees[0]["text"].tolist()
    reasons = fitted[0].assign(["Merci beaucoup à vous", "12/20 !", "zzyzx qwfpgj", texts[0]])["reason"]
    assert reasons[:3].tolist() == ["too_short", "too_short", "no_known_words"]
    assert reasons.isna()[3]
    least = float(fitted[1]["similarity"].quantile(0.2))
    strict = ThemeModel(min_similarity=least).fit_assign(texts)
    between = strict["reason"] == "between_themes"
    assert between.any()
    assert (strict.loc[between, "similarity"] < least).all()
    assert (strict.loc[~between, "similarity"] >= least).all()


def test_more_texts_than_are_fitted_are_assigned_all_the_same(employees) -> None:
    segments, documents, subject = employees
    found = find_quickly(segments, documents, max_fit=120)
    check_found(found, segments)
    assigned = found.segment_themes.set_index("segment_id")["theme_id"].loc[segments["segment_id"]]
    assert assigned.notna().mean() > 0.9
    assert homogeneity_score(subject, assigned.fillna("none")) > 0.8
    again = find_quickly(segments.iloc[::-1], documents, max_fit=120)
    pd.testing.assert_frame_equal(again.segment_themes, found.segment_themes)


def test_number_of_themes_is_an_upper_bound(employees) -> None:
    found = find_quickly(*employees[:2], n_themes=3)
    assert found.themes["theme_id"].tolist() == ["employee-01", "employee-02", "employee-03"]


def test_no_theme_is_smaller_than_asked(employees) -> None:
    found = find_quickly(*employees[:2], min_segments=61)
    assert (found.themes["n_segments"] >= 61).all()
    check_found(found, employees[0])


def test_stability_tells_subjects_from_noise(known) -> None:
    rng = np.random.default_rng(1)
    syllables = "ba ko mi ru te zo la ni pu ve da so".split()
    words = ["".join(rng.choice(syllables, 4)) for _ in range(150)]
    noise = find_quickly(*as_tables([" ".join(rng.choice(words, 5)) for _ in range(400)]))
    whole = known.themes[known.themes["theme_id"].str.startswith("employee-")]
    assert whole["stable"].all()
    assert not noise.themes["stable"].any()


def draw_vectors(centres: np.ndarray, spread: np.ndarray, seed: int) -> np.ndarray:
    """Sixty vectors around each centre, some close, some so far that they run into the others."""
    rng = np.random.default_rng(seed)
    vectors = np.repeat(centres, 60, axis=0)
    vectors = vectors + np.repeat(spread, 60)[:, None] * rng.normal(size=vectors.shape)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_what_is_reported_as_stable_is_found_again_in_other_texts() -> None:
    centres = np.random.default_rng(0).normal(size=(12, 10))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    spread = np.repeat([0.1, 0.5], 6)
    stated, found_again = [], []
    for seed in range(4):
        here, there = (draw_vectors(centres, spread, 2 * seed + other) for other in (0, 1))
        first, second = (find_consensus(vectors, 12, seed) for vectors in (here, there))
        labels = cosines_to(here, first.centres).argmax(axis=1)
        again = cosines_to(here, second.centres).argmax(axis=1)
        stated += first.measure_stability(labels, len(first.centres))[0].tolist()
        likeness = jaccard_pairs(labels, again, len(first.centres), len(second.centres)).max(axis=1)
        found_again += (likeness >= RECOVERED).tolist()
    stable = np.array(stated) >= STABLE
    assert 0.2 < stable.mean() < 0.8
    assert np.mean(np.array(found_again)[stable]) >= STABLE
    assert np.mean(np.array(found_again)[~stable]) < STABLE


def test_more_clusters_than_usual_are_told_apart_at_very_different_spreads() -> None:
    centres = np.random.default_rng(3).normal(size=(40, 20))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    vectors = draw_vectors(centres, np.tile([0.02, 0.12], 20), seed=5)
    planted = np.repeat(np.arange(40), 60)
    usual = find_consensus(vectors, None, 7)
    many = find_consensus(vectors, 40, 7)
    assert len(usual.centres) < 30
    assert len(many.centres) == 40
    assert adjusted_rand_score(planted, cosines_to(vectors, many.centres).argmax(axis=1)) > 0.95


def test_neighbours_weigh_the_same_however_dense_the_place() -> None:
    near = np.sort(np.random.default_rng(0).random((50, 12)), axis=1)
    weights = weigh_neighbours(near)
    assert weights == pytest.approx(weigh_neighbours(near / 10 + 0.4), abs=1e-3)
    assert weights.sum(axis=1) == pytest.approx(np.full(50, np.log2(13)), abs=1e-3)
    assert (np.diff(weights, axis=1) <= 0).all()


def test_coherence_by_hand() -> None:
    present = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1]], dtype=bool)
    assert _npmi(present[:, :2]) == pytest.approx(1)
    assert _npmi(present) == pytest.approx((1 - 1 - 1) / 3)
    assert _npmi(np.ones((4, 2), dtype=bool)) == 1
    independent = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=bool)
    assert _npmi(independent) == pytest.approx(0)


def test_coherent_subjects_have_coherence_above_their_mixture(employees, known) -> None:
    mixed = find_quickly(*employees[:2], n_themes=2)
    own = known.themes[known.themes["theme_id"].str.startswith("employee-")]
    assert own["coherence"].mean() > mixed.themes["coherence"].mean()


def test_a_remark_in_either_language_is_one_theme() -> None:
    pay, training = (
        {
            "fr": ("le salaire,la paie,la rémunération,mon salaire,la prime",
                   "trop bas,insuffisante,jamais augmentée,reste faible,n'évolue pas,ridicule"),
            "en": ("the salary,the pay,my wages,our salary,the bonus",
                   "too low,is poor,never rises,stays low,below the market,ridiculous"),
        },
        {
            "fr": ("la formation,le stage,les formations,un cours,la formation interne",
                   "inexistante,trop courte,à l'arrivée,jamais proposée,bien faite,utile"),
            "en": ("the training,a course,training sessions,the courses,my training",
                   "is missing,too short,on arrival,never offered,well made,useful"),
        },
    )  # fmt: skip
    said, other = (
        {
            language: [f"{one} {two}" for one in things.split(",") for two in ends.split(",")]
            for language, (things, ends) in subject.items()
        }
        for subject in (pay, training)
    )
    parts = [as_tables(subject[language], "employee", language) for subject in (said, other) for language in said]
    segments, documents = (
        pd.concat(
            [frame.assign(document_id=f"{number}-" + frame["document_id"]) for number, frame in enumerate(frames)]
        )
        for frames in zip(*parts, strict=True)
    )
    segments["segment_id"] = segments["document_id"] + ":000"
    found = find_themes(segments, documents, n_themes=4, min_segments=5)
    check_found(found, segments)
    assert set(found.themes["driver_id"]) == {"ex.pay_benefits", "ex.training"}
    assert set(found.themes["label_source"]) == {"terms"}
    assert set(found.models["employee"].theme_of_centre_) == {0, 1}
    english = {word for text in [*said["en"], *other["en"]] for word in text.split()}
    french = {word for text in [*said["fr"], *other["fr"]] for word in text.split()}
    for row in found.themes.itertuples():
        assert not (english - french) & set(row.label_fr.replace(",", "").split())
        assert not (french - english) & set(row.label_en.replace(",", "").split())
    apart = find_themes(segments, documents.assign(language="und"), n_themes=4, min_segments=5)
    assert len(apart.themes) > len(found.themes)


def test_brand_words_name_no_theme() -> None:
    texts = [f"zorglub {word}" for word in "livraison colis retard livreur transporteur".split()] * 12
    found = find_quickly(*as_tables(texts), brand_words=["Zorglub"], min_segments=5)
    assert not found.theme_terms["term"].str.contains("zorglub").any()
    named = find_quickly(*as_tables(texts), min_segments=5)
    assert named.theme_terms["term"].str.contains("zorglub").any()


@pytest.mark.parametrize("seed", range(3))
def test_representatives_are_those_that_a_look_at_every_segment_finds(seed, monkeypatch) -> None:
    rng = np.random.default_rng(seed)
    size = 3000
    said = pd.DataFrame({"segment_id": [f"{place:05d}" for place in range(size)], "theme": rng.integers(-1, 4, size)})
    said["respondent"], said["similarity"] = rng.integers(0, 900, size), rng.choice(np.linspace(0, 1, 200), size)
    short = said["similarity"] > rng.random(4)[said["theme"].clip(lower=0)]  # of some themes the nearest say little
    said["text"] = [("merci " * (1 if few else 4)) + str(place % 700) for place, few in enumerate(short)]
    said.loc[short, "text"] = "merci"
    quick = rank_representatives(said)
    monkeypatch.setattr("bxtext.themes.portraits.NEAREST", size)
    pd.testing.assert_series_equal(quick, rank_representatives(said))
    assert quick.notna().sum() == 20


def test_representatives_are_near_and_of_different_people(corpus, found) -> None:
    shown = found.segment_themes.dropna(subset="representative").merge(corpus[0], on="segment_id")
    for _, rows in shown.groupby("theme_id"):
        assert sorted(rows["representative"]) == list(range(1, len(rows) + 1))
        assert len(rows) <= 5
        assert rows["text"].is_unique
        assert rows["document_id"].is_unique
        assert rows.sort_values("representative")["similarity"].is_monotonic_decreasing


@pytest.mark.skipif("BXTEXT_DATA" not in os.environ, reason="BXTEXT_DATA is not set")
@pytest.mark.parametrize(
    ("name", "language"),
    [("banking", "en"), ("fabsa", "en"), ("nhs", "en"), ("spplus", "fr"), ("insurance_fr", "fr")],
)
def test_labels_of_real_themes_hold_no_stop_word_stump_or_duplicate(name, language) -> None:
    texts = pd.read_parquet(Path(os.environ["BXTEXT_DATA"]) / f"{name}.parquet")["text"].dropna().drop_duplicates()
    drawn = texts.sort_values().sample(min(len(texts), 800), random_state=7)
    found = find_themes(*as_tables(drawn.tolist(), language=language), min_segments=10)
    assert len(found.themes) >= 2
    assert not set(found.themes["label_source"]) & {"id"}
    check_labels(found.themes)


@pytest.mark.parametrize("n_texts", [0, 1, 5, 12])
def test_few_comments_give_no_theme_and_say_why(n_texts) -> None:
    segments, documents = as_tables([f"Livraison {word}" for word in "abcdefghijkl"[:n_texts]])
    found = find_quickly(segments, documents)
    check_found(found, segments)
    assert found.themes.empty
    assert set(found.segment_themes["reason"]) <= {"between_themes"}


def test_two_hundred_identical_comments_are_one_theme() -> None:
    segments, documents = as_tables(["Personnel désagréable"] * 200)
    found = find_quickly(segments, documents)
    check_found(found, segments)
    assert found.themes[["n_segments", "label_fr", "label_en"]].to_dict("records") == [
        {"n_segments": 200, "label_fr": "personnel désagréable", "label_en": "staff, attitude, courtesy"}
    ]


def test_stop_words_only() -> None:
    segments, documents = as_tables(["Merci", "Oui, c'est ça", "Thank you very much", "!!"] * 20)
    found = find_quickly(segments, documents)
    check_found(found, segments)
    assert set(found.segment_themes["reason"]) == {"too_short"}


def test_words_of_one_person_name_no_theme() -> None:
    segments, documents = as_tables([f"{word} zorglub" for word in "alpha beta gamma delta omega".split()] * 6)
    segments["document_id"] = "d0000"
    found = find_quickly(segments, documents, min_segments=5)
    assert not found.themes.empty
    assert not found.themes["label_fr"].str.contains("zorglub").any()
    assert set(found.themes["label_source"]) <= {"id", "drivers"}
    assert found.theme_terms.empty


@pytest.mark.parametrize("language", ["fr", "en", "und"])
def test_one_language_alone(employees, language) -> None:
    segments, documents, _ = employees
    found = find_quickly(segments, documents.assign(language=language), n_themes=4)
    check_found(found, segments)
    assert len(found.themes) == 4
    own = {"fr": "terms_fr", "en": "terms_en", "und": "terms"}
    assert set(found.themes["label_source"]) == {own[language]}
    check_labels(found.themes)


def french_names(terms, drivers=None) -> list[str | None]:
    silent = {"fr": [], "en": []}
    labels = make_labels({"fr": terms, "en": [[]] * len(terms)}, drivers or [silent] * len(terms))
    return [label.names["fr"] for label in labels]


def test_labels_stay_apart() -> None:
    terms = [Term(form, form, 0.1) for form in "accueil caisse rayon parking".split()]
    assert french_names([terms] * 3) == [
        "accueil, caisse, rayon", "accueil, caisse, parking", "accueil, rayon, parking",
    ]  # fmt: skip
    assert french_names([terms[:1], terms[:1]]) == ["accueil", None]
    alike = [Term(form, form, 0.1) for form in ("conseil", "conseiller", "prix")]
    assert french_names([alike]) == ["conseil, prix"]


def test_a_label_without_words_of_its_own_is_made_of_drivers_and_stays_apart() -> None:
    said = {"fr": ["Fiabilité et délai de livraison", "Attitude du livreur"], "en": ["Delivery", "Couriers"]}
    terms = {"fr": [[], []], "en": [[Term("parcel", "parcel", 0.1)], [Term("van", "van", 0.1)]]}
    labels = make_labels(terms, [said, said])
    assert [label.names for label in labels] == [
        {"fr": "fiabilité, délai, livraison", "en": "parcel"},
        {"fr": "fiabilité, délai, livraison, van", "en": "van"},
    ]
    assert {label.source for label in labels} == {"terms_en"}
    assert make_labels({"fr": [[]], "en": [[]]}, [said])[0].source == "drivers"
    assert make_labels({"fr": [[]], "en": [[]]}, [{"fr": [], "en": []}])[0].source == "id"


def test_small_themes_go_to_the_next_nearest() -> None:
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9], [0.8, 0.6]])
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    kept = keep_large(np.eye(2), vectors, np.array([1, 1, 1, 1, 5]), min_segments=5, min_similarity=0.5)
    assert kept.tolist() == [[1, 0]]


def test_a_text_between_two_themes_has_none() -> None:
    rule = NearestTheme(np.eye(3), 0.1, np.array([0, 0, 1]), min_margin=0.2)
    vectors = np.array([[0.7, 0.7, 0.0], [0.0, 0.7, 0.7], [0.0, 0.5, 0.8]])
    assert rule.predict(vectors).tolist() == [0, -1, 1]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 5)), min_size=1, max_size=40))
def test_margin_costs_few_texts_their_theme(rows) -> None:
    margin, returns, weight = (np.array(column) for column in zip(*rows, strict=True))
    least = calibrate_margin(margin, returns, weight)
    kept = margin >= least
    assert weight[~kept].sum() <= MOST_BETWEEN * weight.sum()
    if least == 0:
        assert kept.all()


@given(st.lists(st.lists(st.floats(-1, 1), min_size=2, max_size=2), min_size=1, max_size=6), st.floats(0, 1))
def test_nearest_centre_is_the_argmax_above_the_threshold(rows, threshold) -> None:
    vectors = np.array(rows)
    cosines = (vectors @ np.eye(2)).round(6)
    expected = np.where((cosines.max(axis=1) >= threshold) & vectors.any(axis=1), cosines.argmax(axis=1), -1)
    assert NearestTheme(np.eye(2), threshold).predict(vectors).tolist() == expected.tolist()


def test_parameters_are_only_stored_and_a_second_fit_refits(employees) -> None:
    texts = employees[0]["text"].tolist()
    model = ThemeModel(n_themes=4, seed=1)
    assert not [name for name in vars(model) if name.endswith("_")]
    first = model.fit(texts).centres_
    second = model.fit(texts[: len(texts) // 2]).centres_
    assert model.n_themes_ <= len(first) <= 4
    assert first.shape != second.shape or not np.allclose(first, second)


def test_encoder_of_ones_own() -> None:
    class Lengths:
        def encode(self, texts):
            size = np.array([len(text) for text in texts], dtype=np.float32)
            return np.column_stack([size < 20, size >= 20]).astype(np.float32)

    texts = ["court texte", "autre texte"] * 20 + [
        "texte nettement plus long que les autres",
        "une phrase vraiment longue aussi",
    ] * 20
    model = ThemeModel(Lengths(), n_themes=2, min_segments=5).fit(texts)
    assert sorted(model.assign([texts[0], texts[-1], "Merci beaucoup"])["theme"]) == [-1, 0, 1]
    for one, other in pairwise(model.centres_):
        assert one @ other == pytest.approx(0)
