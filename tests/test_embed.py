"""Content words in French and English, and the encoders."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from threadpoolctl import threadpool_limits

from bxtext.embed import (
    STOP_WORDS,
    CooccurrenceEncoder,
    DriverSpace,
    JointEncoder,
    LsaEncoder,
    Model2VecEncoder,
    SentenceTransformerEncoder,
    content_keys,
    content_words,
    has_content,
    word_key,
)
from bxtext.embed.features import _LETTERS
from bxtext.errors import BxtextError
from bxtext.taxonomy import load_taxonomy

LETTERS = "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôùûüœ"
TEXTS = [
    f"{start} {thing} {end}"
    for start in ("La livraison", "The delivery", "Le vendeur", "The assistant")
    for thing in ("du colis", "of the parcel", "en magasin", "in the shop", "à domicile")
    for end in ("était en retard", "was late", "fut rapide", "was quick", "reste introuvable")
]


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("L'accueil d’une hôtesse", [["accueil"], ["hôtesse"]]),
        ("qu'il aille jusqu'à Lille", [["aille"], ["Lille"]]),
        ("I don't like it, it's the driver's fault", [["driver"], ["fault"]]),
        ("rapport qualité-prix", [["rapport", "qualité", "prix"]]),
        ("service après-vente", [["service", "après-vente"]]),
        ("Appelez-moi au [phone], [name] le sait", [["Appelez"]]),
        ("Prise de rendez-vous", [["Prise"], ["rendez-vous"]]),
        ("Colis cassé.Livreur pressé", [["Colis", "cassé"], ["Livreur", "pressé"]]),
        ("12/20 !!! 😡 merci beaucoup", []),
        ("Jai pas compris cest dommage", [["compris"], ["dommage"]]),
    ],
)
def test_content_words_cuts_stop_words_elisions_and_placeholders(text: str, forms: list[list[str]]) -> None:
    assert [[word.form for word in run] for run in content_words(text)] == forms


@given(st.text(max_size=80))
def test_no_content_word_is_a_stop_word_or_stands_elsewhere(text: str) -> None:
    words = [word for run in content_words(text) for word in run]
    assert has_content(text) == bool(words)
    for word in words:
        assert word.form in text
        assert word.key
        assert word.key not in STOP_WORDS


@given(st.lists(st.lists(st.text("abé", min_size=1, max_size=7), max_size=6), min_size=1, max_size=6))
def test_terms_are_counted_as_scikit_learn_counts_them(words: list[list[str]]) -> None:
    texts = [" ".join(of_text) for of_text in words]
    counts, names = _LETTERS.count_in(texts)
    if len(names):
        counter = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
        expected = counter.fit_transform(texts)
        assert names.tolist() == counter.get_feature_names_out().tolist()
        assert counts.toarray().tolist() == expected.toarray().tolist()
        alone = np.vstack([_LETTERS.count_in([text], names)[0].toarray() for text in texts])
        assert counts.toarray().tolist() == alone.tolist()


@given(st.text(LETTERS, min_size=1, max_size=20))
def test_key_ignores_case_and_is_plain(word: str) -> None:
    key = word_key(word)
    assert key == word_key(word.upper()) == word_key(word.capitalize())
    assert key == "" or (key.isascii() and key.isalpha())


@pytest.mark.parametrize(
    ("one", "many"),
    [("employé", "employées"), ("company", "companies"), ("garantie", "garanties"), ("bureau", "bureaux")],
)
def test_singular_and_plural_share_a_key(one: str, many: str) -> None:
    assert word_key(one) == word_key(many) != ""


def test_judgements_count_only_where_nothing_else_is_said() -> None:
    assert content_keys("Excellent service client") == (("service", "client"),)
    assert content_keys("Excellent, parfait") == (("excellent",), ("parfait",))
    assert content_keys("service parfait client") == (("service",), ("client",))


def test_vectors_have_length_one_or_zero() -> None:
    vectors = LsaEncoder(n_dimensions=10).fit(TEXTS).encode([*TEXTS, "Merci beaucoup", "xyzzy", ""])
    assert vectors.shape == (len(TEXTS) + 3, 10)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors[: len(TEXTS)], axis=1), 1, atol=1e-5)
    assert not vectors[len(TEXTS) :].any()


def test_vector_of_a_text_depends_on_nothing_but_the_text() -> None:
    encoder = LsaEncoder(n_dimensions=10).fit(TEXTS)
    together = encoder.encode(TEXTS)
    np.testing.assert_array_equal(np.vstack([encoder.encode([text]) for text in TEXTS]), together)
    assert encoder.encode([]).shape == (0, 10)


def test_same_vectors_with_any_number_of_threads() -> None:
    vectors = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            vectors.append(LsaEncoder(n_dimensions=10).fit(TEXTS).encode(TEXTS))
    np.testing.assert_array_equal(*vectors)


def test_misspelt_and_inflected_words_are_near() -> None:
    encoder = LsaEncoder(n_dimensions=10).fit(TEXTS)
    right, wrong, other = encoder.encode(["livraison", "livraisson", "vendeur"])
    assert right @ wrong > 0.7 > right @ other


EXEMPLARS = tuple(known for known in load_taxonomy().exemplars if known.voice == "customer")[::5]


def test_words_in_the_same_company_are_near_though_they_never_meet() -> None:
    company = {"colis paquet": "livreur retard camion", "prix tarif": "cher euros facture"}
    texts = [f"{noun} {word}" for nouns, words in company.items() for noun in nouns.split() for word in words.split()]
    parcel, package, price = CooccurrenceEncoder(n_dimensions=5).fit(texts * 3).encode(["colis", "paquet", "prix"])
    assert parcel @ package > 0.9
    assert parcel @ price < 0.3


def test_a_vector_is_the_same_to_its_last_digit_whatever_texts_are_encoded_with_it() -> None:
    encoder = JointEncoder(EXEMPLARS).fit([known.text for known in EXEMPLARS])
    texts = [known.text for known in EXEMPLARS[:700]]
    whole = encoder.encode(texts)
    for size in (1, 3, 64, 333):
        apart = [encoder.encode(texts[start : start + size]) for start in range(0, len(texts), size)]
        assert (np.vstack(apart) == whole).all()


def test_company_of_few_words_is_nothing_and_no_crash() -> None:
    assert not CooccurrenceEncoder().fit(["alpha", "beta"]).encode(["alpha", ""]).any()


def test_french_and_english_share_the_driver_space() -> None:
    space = DriverSpace().fit(EXEMPLARS)
    said = ["le colis est arrivé en retard", "the parcel came late", "c'est bien trop cher", "far too expensive"]
    alike = space.encode(said) @ space.encode(said).T
    assert alike[0, 1] > max(alike[0, 2], alike[0, 3])
    assert alike[2, 3] > max(alike[2, 0], alike[2, 1])


def test_driver_space_finds_the_drivers_of_sentences_it_has_not_read() -> None:
    space = DriverSpace().fit(EXEMPLARS)
    held = [known for known in load_taxonomy().exemplars if known.voice == "customer" and known.drivers][2::50]
    best = space.score([known.text for known in held]).argmax(axis=1)
    found = [space.driver_ids_[column] in known.drivers for column, known in zip(best, held, strict=True)]
    assert np.mean(found) > 0.4  # of 30 drivers


@pytest.mark.parametrize("exemplars", [(), EXEMPLARS], ids=["alone", "taught"])
def test_joint_encoder_comes_back_from_its_state(exemplars) -> None:
    encoder = JointEncoder(exemplars).fit(TEXTS)
    again = JointEncoder.from_state(encoder.to_state())
    said = [*TEXTS[::7], "Merci", "qwfpgj zzyzx", "un colis cassé"]
    np.testing.assert_array_equal(again.encode(said), encoder.encode(said))
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(TEXTS), axis=1), 1, atol=1e-5)
    assert not encoder.encode(["qwfpgj zzyzx", ""]).any()


def test_second_fit_refits() -> None:
    encoder = LsaEncoder(n_dimensions=3).fit(TEXTS)
    assert encoder.encode(["salaire"]).any() == np.False_
    assert encoder.fit(["salaire correct", "salaire bas", "horaires"]).encode(["salaire"]).any()


def test_few_texts_make_short_vectors() -> None:
    assert LsaEncoder().fit(["Livraison rapide"]).encode(["livraison"]).shape == (1, 1)
    assert LsaEncoder().fit(["alpha beta", "gamma delta"]).encode(["alpha", "delta"]).any(axis=1).all()


def test_fit_without_content_words_says_so_without_quoting() -> None:
    with pytest.raises(BxtextError, match="none of 2 texts holds a content word") as caught:
        LsaEncoder().fit(["Merci à vous", "…"])
    assert "Merci" not in str(caught.value)


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="the extra is installed")
def test_missing_sentence_transformers_names_the_extra() -> None:
    with pytest.raises(BxtextError, match=r"pip install 'bxtext\[transformers\]'"):
        SentenceTransformerEncoder("any")


@pytest.mark.skipif(find_spec("model2vec") is not None, reason="the extra is installed")
def test_missing_model2vec_names_the_extra() -> None:
    with pytest.raises(BxtextError, match=r"pip install 'bxtext\[model2vec\]'"):
        Model2VecEncoder("any")


def test_model2vec_model_from_a_folder(tmp_path) -> None:
    model2vec = pytest.importorskip("model2vec")
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[UNK]": 0, "livraison": 1, "vendeur": 2}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))  # noqa: S106  a token of text
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    table = np.array([[0, 0], [3, 0], [0, 4]], dtype=np.float32)
    model2vec.StaticModel(table, tokenizer).save_pretrained(tmp_path)
    np.testing.assert_allclose(Model2VecEncoder(tmp_path).encode(["livraison", "vendeur"]), np.eye(2), atol=1e-6)
