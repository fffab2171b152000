"""Who a remark is about and where it stands: words correct the card, and words that only look so don't."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bxtext.drivers.attributes import AttributeReader
from bxtext.drivers.cues import known_words
from bxtext.errors import TaxonomyError
from bxtext.language import fold_text
from bxtext.sentiment import SentimentModel
from bxtext.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
# the words of an actor or a stage are empty where the card says it
TRAPS = pd.read_csv(Path(__file__).parent / "traps_attributes.csv", keep_default_na=False).to_numpy().tolist()
INTENTS = [
    ("fr", "Il faudrait une appli", "suggestion", "Il faudrait"),
    ("fr", "J'aurais aimé un geste commercial", "suggestion", "J'aurais aimé"),
    ("fr", "Je démissionne à cause de mon chef", "leaving", "Je démissionne"),
    ("fr", "C'est la dernière fois que je commande ici", "leaving", "dernière fois que je"),
    ("fr", "Le vendeur est adorable", "praise", "adorable"),
    ("fr", "Colis jamais arrivé, une honte", "complaint", "honte"),
    ("fr", "Pourriez-vous ouvrir le dimanche ?", "question", "?"),
    ("en", "It would be nice to have more seats", "suggestion", "would be nice"),
    ("en", "Last time I order from you", "leaving", "Last time I"),
    ("en", "I am leaving at the end of the month", "leaving", "I am leaving"),
    ("en", "The waiter was charming", "praise", "charming"),
    ("en", "The room was filthy", "complaint", "filthy"),
]


@pytest.fixture(scope="module")
def readers():
    words = known_words(TAXONOMY)
    return {voice: AttributeReader(TAXONOMY, voice, words) for voice in ("customer", "employee")}


@pytest.mark.parametrize("trap", TRAPS, ids=[trap[3] for trap in TRAPS])
def test_words_name_the_actor_and_the_stage(readers, trap):
    voice, language, driver, text, *truth = trap
    told = readers[voice].read([text], [language], [TAXONOMY[driver]]).fillna("").iloc[0]
    assert told[["actor", "actor_evidence", "stage", "stage_evidence"]].tolist() == truth


@pytest.mark.parametrize(("language", "text", "intent", "words"), INTENTS, ids=[line[1] for line in INTENTS])
def test_an_intent_shows_its_words(language, text, intent, words):
    told = SENTIMENT.predict([text], [language]).iloc[0]
    assert told["intent"] == intent
    assert words in told["intent_evidence"]
    assert fold_text(told["intent_evidence"]) in fold_text(text)
    if intent == "suggestion":
        assert abs(told["polarity"]) < 0.15


SENTIMENT = SentimentModel().fit(TAXONOMY.exemplars)


def test_a_client_names_its_own_carriers():
    heard = {"actor": {"customer": {"provider": {"fr": ["Transports Durand"]}}}}
    taxonomy = load_taxonomy(hear=heard)
    card, words = taxonomy["cx.staff_attitude"], known_words(taxonomy)
    told = AttributeReader(taxonomy, "customer", words).read(["Merci Transports Durand"], ["fr"], [card])
    assert told["actor"].tolist() == ["provider"]
    assert "Transports Durand" not in TAXONOMY.attributes["actor"]["customer"]["provider"]["fr"]


def test_faults_in_a_clients_words_are_told_at_once():
    heard = {"actors": {}, "actor": {"client": {}, "customer": {"providr": {}, "provider": {"de": ["Fahrer"]}}}}
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(hear=heard)
    for told in ("unknown 'actors'", "unknown 'client'", "did you mean 'provider'?", "unknown 'de'"):
        assert told in str(caught.value)
    assert "Fahrer" not in str(caught.value)
