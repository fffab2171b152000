import csv
import time
from importlib.resources import files
from inspect import signature

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxtext.language import fold_letters
from bxtext.params import Sentiment
from bxtext.sentiment import SentimentModel, load_lexicon, read_clause, read_target, score_sentiment
from bxtext.sentiment.inflection import inflect
from bxtext.sentiment.ngrams import NgramVectorizer
from bxtext.tables import check_table
from bxtext.taxonomy import Exemplar, load_taxonomy

GRAMMAR = {"negation", "booster", "contrast", "concession", "wish", "excess", "irony", "demand"}


@pytest.fixture(scope="module")
def model():
    return SentimentModel().fit(load_taxonomy().exemplars)


def _tables(texts, language="fr"):
    ids = [f"d{number:04d}" for number in range(len(texts))]
    documents = pd.DataFrame({"document_id": ids, "language": language})
    segments = pd.DataFrame({"segment_id": [f"{each}:000" for each in ids], "document_id": ids, "text": texts})
    return segments, documents


def _entries(language):
    with files("bxtext.sentiment").joinpath(f"lexicon_{language}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(("language", "least"), [("fr", 2500), ("en", 2000)])
def test_lexicon_is_large_sorted_and_in_range(language, least):
    rows = _entries(language)
    opinions = [row for row in rows if row["kind"] not in GRAMMAR and float(row["polarity"]) != 0]
    assert len(opinions) >= least
    assert all(-3.5 <= float(row["polarity"]) <= 3 for row in opinions)
    assert len({(row["entry"], row["kind"]) for row in rows}) == len(rows)
    keys = [(row["entry"], float(row["polarity"])) for row in rows]
    assert keys == sorted(keys)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_entry_plays_one_part_in_the_grammar(language):
    parts = [row["entry"] for row in _entries(language) if row["kind"] in GRAMMAR - {"irony"}]
    assert sorted({entry for entry in parts if parts.count(entry) > 1}) == []


@pytest.mark.parametrize(
    ("lemma", "kind", "language", "form"),
    [
        ("serieux", "adj", "fr", "serieuse"), ("gentil", "adj", "fr", "gentilles"), ("royal", "adj", "fr", "royaux"),
        ("recommander", "verb", "fr", "recommandons"), ("perdre", "verb", "fr", "perdu"),
        ("ennuyer", "verb", "fr", "ennuie"), ("cheat", "verb", "en", "cheated"), ("worry", "verb", "en", "worried"),
        ("delay", "noun", "en", "delays"),
    ],
)  # fmt: skip
def test_forms_of_a_lemma(lemma, kind, language, form):
    assert form in inflect(lemma, kind, language)


@pytest.mark.parametrize(
    ("language", "better", "worse"),
    [
        ("fr", "très sympa", "sympa"),
        ("fr", "sympa", "un peu sympa"),
        ("fr", "sympa", "pas sympa"),
        ("fr", "lent mais parfait", "parfait mais lent"),
        ("fr", "accueil agréable", "il faudrait un accueil agréable"),
        ("fr", "personnel agréable", "personnel agréable ?"),
        ("fr", "jamais de mauvaise surprise", "mauvaise surprise"),
        ("fr", "lent", "LENT"),
        ("en", "really helpful", "helpful"),
        ("en", "helpful", "not helpful"),
        ("en", "slow but wonderful", "wonderful but slow"),
        ("en", "friendly staff", "I wish the staff were friendly"),
        ("en", "no errors", "errors"),
    ],
)
def test_grammar_moves_polarity_the_right_way(language, better, worse):
    reading = [read_clause(text, language) for text in (better, worse)]
    if "LENT" in worse:  # capitals are heard where not everything is in capitals
        reading = [read_clause(f"Le service est {text}", language) for text in (better, worse)]
    assert reading[0].polarity > reading[1].polarity


@pytest.mark.parametrize("text", ["0/20", "2/10", "1 étoile"])
def test_low_marks_are_negative_and_high_ones_positive(text):
    assert read_clause(text, "fr").polarity < -0.5
    assert read_clause("19/20", "fr").polarity > 0.5
    assert read_clause("ouvert 24/7", "fr").polarity == 0


@pytest.mark.parametrize("text", ["suuuuper", "SUPER", "super", "Supeeer"])
def test_spelling_of_feeling(text):
    assert read_clause(text, "fr").polarity > 0.5


def test_accents_may_be_missing():
    assert read_clause("tres decu", "fr").polarity == read_clause("très déçu", "fr").polarity < 0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["fr", "en", "und"]))
def test_any_text_has_a_polarity_in_range(text, language):
    reading = read_clause(text, language)
    assert -1 <= reading.polarity <= 1
    assert reading.positive >= 0 <= reading.negative


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text):
    assert fold_letters(fold_letters(text)) == fold_letters(text)


def test_ngrams_rows_have_length_one_and_unknown_words_none():
    ngrams = NgramVectorizer().fit([["bon", "accueil"], ["bon", "repas"], ["accueil", "froid"]])
    matrix = ngrams.transform([["bon", "accueil"], ["xyz"]])
    lengths = np.sqrt((matrix.toarray() ** 2).sum(axis=1))
    assert lengths == pytest.approx([1.0, 0.0])


def test_table_keeps_its_contract():
    segments, documents = _tables(["Accueil parfait", "Colis perdu", "", "?", "Il faudrait une appli"])
    table = score_sentiment(segments, documents, load_taxonomy().exemplars[:500]).sentiment
    pd.testing.assert_frame_equal(check_table(table, "sentiment"), table, check_dtype=False)


def test_an_empty_table_stays_empty():
    segments, documents = _tables([])
    scored = score_sentiment(segments, documents, [])
    assert len(scored.sentiment) == len(scored.disagreements) == 0


def test_rows_may_come_in_any_order():
    exemplars = list(load_taxonomy().exemplars[:800])
    segments, documents = _tables([each.text for each in exemplars[:60]])
    straight = score_sentiment(segments, documents, exemplars).sentiment
    shuffled = score_sentiment(
        segments.sample(frac=1, random_state=3), documents.sample(frac=1, random_state=4), exemplars[::-1]
    ).sentiment
    pd.testing.assert_frame_equal(straight, shuffled)


def test_function_takes_the_parameters_of_its_section():
    keywords = {
        name: each.default
        for name, each in signature(score_sentiment).parameters.items()
        if each.kind is each.KEYWORD_ONLY and name != "seed"
    }
    assert keywords == {name: each.default for name, each in Sentiment.model_fields.items()}


def test_a_wider_band_calls_more_neutral():
    segments, documents = _tables(["Accueil correct", "Très bien", "Assez lent", "Nul", "Le stand est au fond"])
    neutral = [
        (score_sentiment(segments, documents, [], neutral_band=band).sentiment["label"] == "neutral").sum()
        for band in (0.05, 0.6, 0.95)
    ]
    assert neutral[0] < neutral[1] < neutral[2]


def test_taught_sentences_change_what_the_lexicon_does_not_know():
    lessons = [Exemplar(f"Le zorgle {word}", "fr", "customer", (), "negative") for word in ("a", "b", "c", "d")]
    lessons += [Exemplar(f"La mirfe {word}", "fr", "customer", (), "positive") for word in ("a", "b", "c", "d")]
    polarity = SentimentModel(strength=10).fit(lessons).predict(["le zorgle", "la mirfe"], ["fr", "fr"])["polarity"]
    assert polarity[0] < 0 < polarity[1]


def test_a_second_fit_forgets_the_first():
    lessons = load_taxonomy().exemplars
    refitted = SentimentModel().fit(lessons).fit([])
    assert refitted.taught_ == {}


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("Je démissionne à la fin du mois", "fr", "leaving"),
        ("Je résilie mon contrat", "fr", "leaving"),
        ("Nous ne reviendrons plus", "fr", "leaving"),
        ("Last time I'll order here, awful", "en", "leaving"),
        ("I am leaving because of my manager", "en", "leaving"),
        ("Il faudrait une appli", "fr", "suggestion"),
        ("It would be nice to have a car park", "en", "suggestion"),
        ("Comment puis-je changer d'adresse ?", "fr", "question"),
        ("When does the shop open?", "en", "question"),
        ("Équipe adorable", "fr", "praise"),
        ("The food was awful", "en", "complaint"),
        ("Nous sommes huit dans le bureau", "fr", "statement"),
    ],
)
def test_intents(model, text, language, intent):
    assert model.predict([text], [language])["intent"].tolist() == [intent]


@pytest.mark.parametrize(
    ("text", "label"), [("Parfait, merci", "positive"), ("Awful", "negative"), ("rien", "neutral")]
)
def test_undetermined_language_uses_both_lexicons(model, text, label):
    assert model.predict([text], ["und"])["label"].tolist() == [label]


def test_explanation_names_the_words(model):
    table = model.explain("Personnel très désagréable mais repas délicieux", "fr")
    lexicon = table[table["source"] == "lexicon"].set_index("words")["weight"]
    assert lexicon["désagréable"] < 0 < lexicon["délicieux"]
    assert set(table["source"]) == {"lexicon", "model"}


def test_confidence_grows_with_the_evidence(model):
    table = model.predict(["Absolument parfait, je recommande vivement", "Le stand est au fond"], ["fr", "fr"])
    assert table["confidence"][0] > 0.8 > table["confidence"][1]


def test_time_is_linear_in_the_length_of_a_text(model):
    sentence = "Accueil pas terrible mais repas très bon, je ne reviendrai plus jamais. "
    short, long = sentence * 1_000, sentence * 10_000
    model.predict([short], ["fr"])
    started = time.perf_counter()
    model.predict([short], ["fr"])
    between = time.perf_counter()
    model.predict([long], ["fr"])
    assert time.perf_counter() - between < 30 * (between - started)


@pytest.mark.parametrize(
    ("text", "language", "intensity"),
    [
        ("Un peu déçu", "fr", "weak"),
        ("Je suis déçu", "fr", "plain"),
        ("Je suis très déçu !", "fr", "strong"),
        ("Accueil horrible", "fr", "strong"),
        ("A bit disappointing", "en", "weak"),
        ("The staff is good", "en", "plain"),
        ("Absolutely awful", "en", "strong"),
    ],
)
def test_intensity_is_the_strength_of_the_words(model, text, language, intensity):
    assert model.predict([text], [language])["intensity"].tolist() == [intensity]


def test_neutral_has_no_intensity(model):
    assert model.predict(["Le stand est au fond"], ["fr"])["intensity"].isna().all()


@pytest.mark.parametrize(
    ("language", "word", "good"),
    [
        ("en", "unclassy", False), ("en", "overhyped", False), ("en", "ultraclean", True), ("en", "mishelped", False),
        ("fr", "hypergentil", True), ("fr", "archinul", False), ("fr", "elegantissime", True),
        ("fr", "inconfigurable", False),
    ],
)  # fmt: skip
def test_words_that_no_list_holds_speak_by_their_make(language, word, good):
    polarity = read_clause(word, language).polarity
    assert polarity > 0.3 if good else polarity < -0.3


@pytest.mark.parametrize(
    ("language", "word"), [("en", "understand"), ("en", "union"), ("en", "underlined"), ("fr", "informer")]
)
def test_words_that_only_look_made_say_nothing_bad(language, word):
    assert read_clause(word, language).polarity >= 0


@pytest.mark.parametrize(
    ("language", "text", "flags"),
    [
        ("fr", "Super accueil, attente interminable", [True, False]),
        ("fr", "Super, encore une panne", [False, False]),
        ("en", "Love the food and hate the noise", [True, False]),
        ("en", "Great, another delay", [False, False]),
    ],
)
def test_praise_beside_blame_is_not_irony(language, text, flags):
    carriers = read_clause(text, language).carriers
    assert [carriers[0].value > 0, carriers[-1].value > 0] == flags


@pytest.mark.parametrize(
    ("language", "text", "wish"),
    [
        ("fr", "Améliorer les repas", True),
        ("fr", "Développer ses compétences", False),
        ("en", "Train your staff", True),
        ("en", "Pay is low", False),
        ("en", "Stop lying to customers", True),
        ("en", "It stopped working", False),
    ],
)
def test_a_demand_opens_its_sentence_and_has_an_object(language, text, wish):
    assert read_clause(text, language).wish is wish


def _at(text, word, language):
    return read_target(text, language, [(text.index(word), text.index(word) + len(word))])


def test_each_subject_of_a_sentence_has_its_own_polarity():
    text = "Great place for dinner, the steak was cold but our waiter was lovely"
    assert _at(text, "place", "en") > 0
    assert _at(text, "dinner", "en") == 0  # the place is great, dinner is only mentioned
    assert _at(text, "steak", "en") < 0 < _at(text, "waiter", "en")
    french = "Personnel adorable et salle bruyante"
    assert _at(french, "salle", "fr") < 0 < _at(french, "Personnel", "fr")
    assert read_target(french, "fr", []) == 0


def test_the_strongest_of_several_places_counts():
    text = "We ordered food. The food was awful."
    places = [(11, 15), (21, 25)]
    assert read_target(text, "en", places) == read_target(text, "en", places[1:]) < 0


def test_lexicons_load_once():
    assert load_lexicon("fr") is load_lexicon("fr")


def test_the_field_of_a_form_gives_bare_subjects_their_sign():
    """« Les plus : le salaire » praises the pay; what is clearly said keeps its own sign."""
    texts = ["Le salaire", "Le salaire", "Horaires catastrophiques, un enfer", "Le salaire"]
    documents = pd.DataFrame({"document_id": list("abcd"), "voice": "employee", "language": "fr", "text": texts})
    documents["field"] = ["positive", "negative", "positive", None]
    segments = documents[["document_id", "text"]].assign(segment_id=documents["document_id"] + ":000")
    labels = score_sentiment(segments, documents, []).sentiment["label"].tolist()
    assert labels == ["positive", "negative", "negative", "neutral"]
