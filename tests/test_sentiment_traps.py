"""The expressions that trap sentiment tools, each in two sentences, against the model as a run trains it."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from bxtext.sentiment import SentimentModel
from bxtext.taxonomy import load_taxonomy

FOLDER = Path(__file__).parent
FEWEST = {"fr": 150, "en": 120}


def _traps(language):
    with (FOLDER / f"traps_{language}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


TRAPS = {language: _traps(language) for language in FEWEST}


@pytest.fixture(scope="module")
def labels():
    model = SentimentModel().fit(load_taxonomy().exemplars)
    found = {}
    for language, traps in TRAPS.items():
        texts = [trap[which] for trap in traps for which in ("first", "second")]
        found |= zip(
            [(language, text) for text in texts], model.predict(texts, [language] * len(texts))["label"], strict=True
        )
    return found


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        pytest.param(language, trap[which], trap["label"], id=f"{language}-{trap['expression']}-{which}")
        for language, traps in TRAPS.items()
        for trap in traps
        for which in ("first", "second")
    ],
)
def test_trap_is_read_right(labels, language, text, label):
    assert labels[language, text] == label


@pytest.mark.parametrize("language", FEWEST)
def test_plain_clauses_and_their_opposites(language):
    """Sentences in pairs, such as « L'appli plante sans arrêt » and « L'appli ne plante jamais »."""
    with (FOLDER / "clauses.csv").open(encoding="utf-8", newline="") as lines:
        clauses = [line for line in csv.DictReader(lines) if line["language"] == language]
    texts = [line["text"] for line in clauses]
    labels = SentimentModel().fit(load_taxonomy().exemplars).predict(texts, [language] * len(texts))["label"]
    assert len(texts) >= 100
    assert [text for text, line, label in zip(texts, clauses, labels, strict=True) if line["label"] != label] == []


@pytest.mark.parametrize("language", FEWEST)
def test_there_are_enough_different_traps(language):
    expressions = Counter(trap["expression"] for trap in TRAPS[language])
    assert len(expressions) >= FEWEST[language]
    assert max(expressions.values()) == 1
    assert {trap["label"] for trap in TRAPS[language]} == {"negative", "neutral", "positive"}


@pytest.mark.parametrize("language", FEWEST)
def test_the_two_sentences_differ(language):
    assert all(trap["first"].lower() != trap["second"].lower() for trap in TRAPS[language])
