"""Segments: cut where a reader would cut, with offsets that always hold."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxtext.errors import ParamsError
from bxtext.language import WORD
from bxtext.segment import segment_documents


def documents(*texts, language="fr"):
    return pd.DataFrame({"document_id": [f"d{n}" for n in range(len(texts))], "language": language, "text": texts})


def cut(text, language="fr", **options):
    return segment_documents(documents(text, language=language), **options)["text"].tolist()


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("fr", "Personnel sympa mais commande perdue.", ["Personnel sympa", "mais commande perdue."]),
        ("fr", "Bon accueil. Livraison lente ! Je reviendrai", ["Bon accueil.", "Livraison lente !", "Je reviendrai"]),
        ("fr", "Rapide et propre, mais aussi bien emballé", ["Rapide et propre, mais aussi bien emballé"]),
        ("fr", "Belle lampe malgré le retard", ["Belle lampe", "malgré le retard"]),
        ("fr", "Mais enfin quel accueil", ["Mais enfin quel accueil"]),
        ("fr", "Produit correct sauf qu’il manque une vis", ["Produit correct", "sauf qu’il manque une vis"]),
        ("fr", "Rien à dire\nService au top", ["Rien à dire", "Service au top"]),
        ("fr", "Très déçue... Le colis est perdu", ["Très déçue...", "Le colis est perdu"]),
        ("fr", "Merci à M. Durand et à J. Petit. Bravo", ["Merci à M. Durand et à J. Petit.", "Bravo"]),
        ("fr", "« Quelle attente ! » Et personne", ["« Quelle attente ! »", "Et personne"]),
        ("en", "Lights, tills, etc. all broken. Sad", ["Lights, tills, etc. all broken.", "Sad"]),
        (
            "en",
            "Late since Dec. 2024. Rude staff., never again",
            ["Late since Dec. 2024.", "Rude staff.,", "never again"],
        ),
        ("fr", "Très bien.Livraison rapide", ["Très bien.", "Livraison rapide"]),
        ("fr", "Jamais contente 😡 !!!", ["Jamais contente 😡 !!!"]),
        ("en", "Lovely shop but the queue was endless", ["Lovely shop", "but the queue was endless"]),
        ("en", "Cheap but also solid", ["Cheap but also solid"]),
        ("en", "Good pay. However, no career here.", ["Good pay.", "However, no career here."]),
        ("fr", "L'accueil est bon et l'attente est longue", ["L'accueil est bon", "et l'attente est longue"]),
        ("fr", "La clarté, le sourire et le calme sont là", ["La clarté, le sourire et le calme sont là"]),
        ("en", "The food was hot, the staff never smiled", ["The food was hot,", "the staff never smiled"]),
        ("en", "I loved the pizza and the pasta", ["I loved the pizza and the pasta"]),
    ],
)
def test_cut_at_sentence_ends_contrast_and_new_subjects(language, text, parts):
    assert cut(text, language) == parts


def test_a_long_clause_is_halved_at_a_pause():
    parts = cut("un deux trois quatre cinq, six sept huit neuf dix onze", max_words=6)
    assert parts == ["un deux trois quatre cinq,", "six sept huit neuf dix onze"]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["fr", "en", "und"]))
def test_offsets_hold_and_no_word_is_lost(text, language):
    segments = segment_documents(documents(text, language=language), max_words=8)
    for row in segments.itertuples():
        assert text[row.start : row.end] == row.text
        assert row.text.strip()
    assert segments["start"].is_monotonic_increasing
    covered = "".join(text[row.start : row.end] + " " for row in segments.itertuples())
    assert "".join(WORD.findall(covered)) == "".join(WORD.findall(text))


def test_an_unknown_pipeline_is_told():
    with pytest.raises(ParamsError, match=r"segment.pipelines.fr: spaCy pipeline 'fr_core_nws_md' is not installed"):
        segment_documents(documents("Bonjour"), pipelines={"fr": "fr_core_nws_md"})


def test_a_text_without_any_pause_costs_no_more_than_its_length():
    start = time.perf_counter()
    segments = segment_documents(documents("mais " * 100_000))
    assert len(segments) > 1_000
    assert time.perf_counter() - start < 20
