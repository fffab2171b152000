"""Cues: found in every form of their words, and in no word that only looks like one."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext.drivers.cues import PhraseFinder, Vocabulary, known_words, word_key
from bxtext.language import fold_text
from bxtext.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
CUES = [
    (cue, language, driver_id)
    for driver_id, card in TAXONOMY.drivers.items()
    for language, cues in card.cues.items()
    for cue in cues
]
IDS = list(TAXONOMY.drivers)


@pytest.fixture(scope="module")
def vocabulary():
    return known_words(TAXONOMY)


@pytest.fixture(scope="module")
def finder(vocabulary):
    return PhraseFinder([(cue, language, IDS.index(driver_id)) for cue, language, driver_id in CUES], vocabulary)


def finds(vocabulary, cue, text, language="fr"):
    return bool(list(PhraseFinder([(cue, language, 0)], vocabulary).find([fold_text(text)])))


@pytest.mark.parametrize(
    ("cue", "language", "text"),
    [
        ("retard de livraison", "fr", "Encore des retards de livraisons"),
        ("retard de livraison", "fr", "RETARD DE LIVRAIZON !!"),
        ("livré en retard", "fr", "Commande livrée en retard"),
        ("jamais livré", "fr", "Les meubles jamais livrés"),
        ("vendeur compétent", "fr", "des vendeuses compétentes"),
        ("temps d'attente", "fr", "Le temps dattente est fou"),
        ("mon équipe", "fr", "Mon equipe au top"),
        ("l'équipe", "fr", "merci à lequipe"),
        ("remboursement", "fr", "toujours pas de renboursement"),
        ("personnel", "fr", "un personel adorable"),
        ("ils répondent", "fr", "ils répond"),
        ("rude driver", "en", "RUDE drivers"),
        ("parcel delivered", "en", "parcels delivered"),
        ("refund request", "en", "my refunds requests"),
        ("late delivery", "en", "late deliveries again"),
        ("excellent service", "en", "excelent service"),
        ("never replied", "en", "they never reply"),
        ("long queue", "en", "long queues"),
    ],
)
def test_forms_and_slips_of_a_cue_are_found(vocabulary, cue, language, text):
    assert finds(vocabulary, cue, text, language)


@pytest.mark.parametrize(
    ("cue", "language", "text"),
    [
        ("caisse", "fr", "La casse du magasin"),
        ("casse", "fr", "La caisse du magasin"),
        ("colis", "fr", "du coli"),
        ("retard", "fr", "au regard des faits"),
        ("retrait", "fr", "ma retraite"),
        ("vente", "fr", "le vent"),
        ("cours", "fr", "dans la cour"),
        ("content", "fr", "un conte"),
        ("message", "fr", "un massage"),
        ("organise", "fr", "un organisme"),
        ("aptitude", "fr", "une attitude"),
        ("sale", "fr", "une crêpe salée"),
        ("price", "en", "first prize"),
        ("staff", "en", "good stuff"),
        ("training", "en", "the train was full"),
        ("values", "en", "I feel valued"),
        ("kind", "en", "all kinds"),
        ("interesting", "en", "interest rates"),
        ("expensive", "en", "extensive choice"),
        ("portal", "en", "postal code"),
        ("retained", "en", "remained"),
    ],
)
def test_words_that_look_like_a_cue_are_not_it(vocabulary, cue, language, text):
    assert not finds(vocabulary, cue, text, language)


@given(st.sampled_from(CUES), st.randoms(use_true_random=False), st.booleans())
def test_a_cue_is_found_whatever_its_case_and_accents(finder, drawn, chance, plain):
    cue, _, driver_id = drawn
    written = "".join(chance.choice((letter.lower(), letter.upper())) for letter in cue)
    if plain:
        written = "".join(sign for sign in unicodedata.normalize("NFD", written) if not unicodedata.combining(sign))
    found = list(finder.find([fold_text(f"Hm {written} !")]))
    assert IDS.index(driver_id) in {each.target for each in found if each.verbatim}


@given(st.text(alphabet="abcdeilnorst", min_size=1, max_size=12))
def test_a_key_of_a_plural_is_that_of_the_singular_or_the_word_ends_in_s_itself(word):
    if word.endswith(("s", "x")) or len(word) < 4:
        return
    assert word_key(f"{word}s", "fr") == word_key(word, "fr")


def test_phrases_of_one_key_and_two_meanings_are_found_as_written_only():
    phrases = [("bon accueil", "fr", 0), ("bons accueils", "fr", 1)]
    finder = PhraseFinder(phrases, Vocabulary([], [phrase[:2] for phrase in phrases]))
    assert [found.target for found in finder.find(["bon accueil", "bons accueils", "bon accueils"])] == [0, 1]


def test_a_word_near_two_known_ones_is_left_alone():
    vocabulary = Vocabulary([("monteur monteur", "fr"), ("menteur menteur", "fr")], [])
    assert [word.text for word in vocabulary.read("mnteur")] == ["mnteur"]


def test_a_text_of_its_language_is_not_searched_for_the_other_ones_phrases(vocabulary):
    finder = PhraseFinder([("temps", "en", 0)], vocabulary)
    assert not list(finder.find(["le temps de travail"], ["fr"]))
    assert list(finder.find(["the temps"], ["en"]))


def test_finding_is_fast(finder):
    texts = [fold_text(exemplar.text) for exemplar in TAXONOMY.exemplars]
    start = time.process_time()
    list(finder.find(texts))
    assert len(texts) / (time.process_time() - start) > 5_000
