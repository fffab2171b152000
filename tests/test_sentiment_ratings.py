"""What a client's own ratings teach: worlds where the truth of every word is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from bxtext.sentiment import score_sentiment
from bxtext.sentiment.logistic import answer_chances, fit_logistic
from bxtext.sentiment.ratings import RatingModel
from bxtext.tables import check_table
from bxtext.taxonomy import load_taxonomy


def _world(n=600, *, rated=True, seed=1, people=None):
    """Words that no lexicon knows, and a rating that follows them."""
    rng = np.random.default_rng(seed)
    good = rng.random(n) < 0.5
    fillers = rng.integers(0, 40, n)
    texts = [f"le {'mirfe' if up else 'zorgle'} du rayon {filler}" for up, filler in zip(good, fillers, strict=True)]
    ids = [f"d{number:04d}" for number in range(n)]
    outcome = np.clip(np.where(good, 0.75, 0.25) + rng.choice([-0.25, 0.0, 0.25], n), 0, 1)
    documents = pd.DataFrame({"document_id": ids, "voice": "customer", "language": "fr", "outcome": outcome})
    documents["respondent_id"] = [f"p{number % (people or n)}" for number in range(n)]
    segments = pd.DataFrame({"segment_id": [f"{each}-000" for each in ids], "document_id": ids, "text": texts})
    return segments, documents if rated else documents.assign(outcome=np.nan), good


def test_words_of_the_client_are_learned_from_the_ratings():
    segments, documents, good = _world()
    scored = score_sentiment(segments, documents, [])
    polarity = scored.sentiment["polarity"].to_numpy()
    assert ((polarity > 0) == good).mean() > 0.97
    customer = scored.calibration.set_index("voice").loc["customer"]
    assert customer["after"] > 0.6
    assert not customer["before"] > 0.1


def test_unrated_documents_are_scored_too():
    segments, documents, good = _world()
    documents.loc[::2, "outcome"] = np.nan
    polarity = score_sentiment(segments, documents, []).sentiment["polarity"].to_numpy()[::2]
    assert ((polarity > 0) == good[::2]).mean() > 0.97


@pytest.mark.parametrize("n", [0, 299])
def test_few_ratings_teach_nothing_and_say_so(n):
    segments, documents, _ = _world()
    documents.loc[n:, "outcome"] = np.nan
    scored = score_sentiment(segments, documents, [])
    unrated = score_sentiment(segments, documents.assign(outcome=np.nan), [])
    pd.testing.assert_frame_equal(scored.sentiment, unrated.sentiment)
    assert scored.calibration["reason"].str.contains("at least 300 are needed").all()
    assert scored.calibration[["before", "after"]].isna().all(axis=None)


def test_equal_ratings_teach_nothing():
    segments, documents, _ = _world()
    calibration = score_sentiment(segments, documents.assign(outcome=1.0), []).calibration
    assert calibration["reason"][0] == "all ratings are the same"


def test_noise_is_not_learned():
    """With ratings at random, agreement out of fold stays about nil; scored by their own model, texts would agree."""
    rng = np.random.default_rng(3)
    segments, documents, _ = _world(400)
    segments["text"] = [f"a{number} b{number % 97} c{number % 89}" for number in rng.permutation(400)]
    documents["outcome"] = rng.choice([0.0, 1.0], 400)
    assert score_sentiment(segments, documents, []).calibration["after"][0] < 0.12


@pytest.mark.parametrize("changed", [0, 57, 311])
def test_no_text_is_scored_by_a_model_that_saw_a_rating_of_its_respondent(changed):
    segments, documents, _ = _world(people=60)
    own = documents["respondent_id"] == documents["respondent_id"][changed]
    other = documents.assign(outcome=documents["outcome"].where(~own, 1 - documents["outcome"]))
    before, after = (score_sentiment(segments, facts, []).sentiment for facts in (documents, other))
    pd.testing.assert_frame_equal(before[own.to_numpy()], after[own.to_numpy()])
    assert (before["polarity"] != after["polarity"])[~own.to_numpy()].any()


def test_rows_may_come_in_any_order():
    segments, documents, _ = _world()
    straight = score_sentiment(segments, documents, [])
    mixed = score_sentiment(segments.sample(frac=1, random_state=3), documents.sample(frac=1, random_state=4), [])
    for name in ("sentiment", "disagreements", "calibration"):
        pd.testing.assert_frame_equal(getattr(straight, name), getattr(mixed, name))


def test_two_sides_of_a_comment_stay_two_sides():
    """However low the ratings of those who also praise, their praise stays praise."""
    n = 400
    halves = {"000": "Accueil très sympa", "001": "mais colis perdu"}
    ids = [f"d{number:03d}" for number in range(n)]
    alone = [f"d{number:03d}" for number in range(0, n, 4)]  # these only praise, and rate high
    segments = pd.DataFrame(
        [(f"{each}-{place}", each, text) for each in ids for place, text in halves.items()
         if place == "000" or each not in alone],
        columns=["segment_id", "document_id", "text"],
    )  # fmt: skip
    documents = pd.DataFrame({"document_id": ids, "voice": "customer", "language": "fr"})
    documents["outcome"] = np.where(documents["document_id"].isin(alone), 1.0, 0.25)
    scored = score_sentiment(segments, documents, load_taxonomy().exemplars[:500])
    praise = segments["segment_id"].str.endswith("000").to_numpy()
    assert set(scored.sentiment["label"][praise]) == {"positive"}
    assert set(scored.sentiment["label"][~praise]) == {"negative"}


def test_disagreements_have_their_causes():
    said = {
        "irony": (["Bravo pour l'organisation"], 0.0),
        "mixed": (["Personnel adorable et souriant", "Repas excellent", "mais attente interminable"], 0.25),
        "wrong_scale": (["Parfait, excellent accueil"], 0.0),
        "other": (["Bon accueil"], 0.25),
        "agrees": (["Parfait, excellent accueil"], 1.0),
        "unclear": (["Bon accueil"], 0.5),
    }
    documents = pd.DataFrame(
        [(name, "employee", "fr", outcome) for name, (_, outcome) in said.items()],
        columns=["document_id", "voice", "language", "outcome"],
    )
    segments = pd.DataFrame(
        [(f"{name}-{place}", name, text) for name, (texts, _) in said.items() for place, text in enumerate(texts)],
        columns=["segment_id", "document_id", "text"],
    )
    found = score_sentiment(segments, documents, load_taxonomy().exemplars).disagreements
    assert found["kind"].tolist() == found["document_id"].tolist() == ["irony", "mixed", "other", "wrong_scale"]
    pd.testing.assert_frame_equal(check_table(found, "disagreements"), found, check_dtype=False)
    assert "text" not in found


def test_levels_are_chances_and_evened_by_how_common_they_are():
    words = [("bon",)] * 30 + [("froid",)] * 10
    ratings = np.array([1.0] * 30 + [0.0] * 10)
    model = RatingModel().fit(words, np.zeros((40, 1)), ratings, np.arange(40))
    asked = [("bon",), ("froid",), ("inconnu",)]
    nobody = np.full(3, 99)
    chances = model.predict(asked, np.zeros((3, 1)), nobody)
    assert chances.sum(axis=1) == pytest.approx(1)
    assert (chances >= 0).all()
    assert chances[2, 0] == pytest.approx(chances[2, 2], abs=0.02)  # the rest says nothing of an unknown word
    common = model.weigh_levels(chances, nobody, power=1.0)
    assert common.sum(axis=1) == pytest.approx(1)
    assert common[2, 2] == pytest.approx(0.75, abs=0.02)


def test_the_same_answer_is_worth_what_its_question_makes_of_it():
    words = [("rien",), ("tout",)] * 100
    asked = ["à améliorer"] * 100 + ["apprécié"] * 100
    good = np.array([1.0, 0.0] * 50 + [0.0, 1.0] * 50)
    model = RatingModel().fit(words, np.zeros((200, 1)), good, np.arange(200), contexts=asked)
    fresh = np.full(3, 999)
    said = [("rien",)] * 3
    chances = model.predict(said, np.zeros((3, 1)), fresh, contexts=["à améliorer", "apprécié", "jamais posée"])
    assert chances[:2].argmax(axis=1).tolist() == [2, 0]
    assert chances[2, 0] == pytest.approx(chances[2, 2], abs=0.05)  # neither, where the question is new
    assert model.predict(said, np.zeros((3, 1)), fresh)[0].tolist() == chances[2].tolist()  # or unknown


def test_characters_carry_a_word_over_to_its_kin():
    words = [("zorgler",), ("zorgles",), ("mirfer",), ("mirfes",)] * 20
    ratings = np.array([0.0, 0.0, 1.0, 1.0] * 20)
    kin, numbers = [("zorglons",), ("mirfons",)], np.zeros((80, 1))
    shares = []
    for characters in ((), (3, 4)):
        model = RatingModel(characters=characters).fit(words, numbers, ratings, np.arange(80))
        shares.append(model.predict(kin, np.zeros((2, 1)), np.full(2, 999))[:, 2])
    without, within = shares
    assert without[0] == without[1]
    assert within[0] < 0.3
    assert within[1] > 0.7


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 20))
def test_the_solver_finds_what_liblinear_finds(seed, strength):
    rng = np.random.default_rng(seed)
    dense = rng.normal(size=(40, 6)) * (rng.random((40, 6)) < 0.5)
    answers = (dense @ rng.normal(size=6) + rng.normal(size=40) > 0).astype(float)
    if answers.min() == answers.max():
        return
    ours = fit_logistic(csr_array(dense), answers[:, None], np.ones((40, 1)), strength=strength)
    theirs = LogisticRegression(C=strength, solver="liblinear", tol=1e-8, fit_intercept=False).fit(dense, answers)
    assert answer_chances(dense @ ours)[:, 0] == pytest.approx(theirs.predict_proba(dense)[:, 1], abs=0.02)


def test_a_weight_of_two_is_a_row_twice():
    rng = np.random.default_rng(5)
    rows, answers = csr_array(rng.normal(size=(30, 4))), (rng.random((30, 1)) < 0.5).astype(float)
    twice = np.concatenate([np.arange(30), np.arange(10)])
    weights = np.where(np.arange(30) < 10, 2.0, 1.0)[:, None]
    weighed = fit_logistic(rows, answers, weights, strength=1.0)
    repeated = fit_logistic(rows[twice], answers[twice], np.ones((40, 1)), strength=1.0)
    assert weighed == pytest.approx(repeated, abs=0.01)
