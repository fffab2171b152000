"""Noun phrases: heads are nouns, verbs and judgements stay out, small words only link."""

from __future__ import annotations

import pytest

from bxtext.themes.phrases import NounPhrases

FRENCH = [
    "le délai de livraison est long", "la livraison rapide", "un délai", "ce délai", "une livraison", "ma livraison",
    "le service client", "un service", "leur service", "le client attend", "un client", "ce client", "on attend",
    "il attend", "la lampe grésille", "cette lampe", "ma lampe grésille", "ça grésille",
    "la qualité des plats", "une qualité", "les plats", "ces plats", "vos plats", "sa qualité",
    "la prise d'eau", "une prise", "cette prise", "l'eau", "de l'eau", "mon eau", "le bon service", "Merci",
]  # fmt: skip
ENGLISH = [
    "the late delivery", "my delivery", "the delivery", "a delivery was late", "customer service", "the service",
    "your service", "their service", "a lack of staff", "the lack", "this lack", "the staff", "your staff",
    "no staff", "they pay", "to pay", "I pay bills", "pay delivery", "great service", "Thank you",
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "texts", "nouns", "phrases"),
    [
        (
            "fr", FRENCH, {"delai", "livraison", "service", "client", "lampe", "qualite", "plat", "prise", "eau"},
            ["délai de livraison", "livraison rapide", "service client", "qualité des plats", "prise d'eau"],
        ),
        ("en", ENGLISH, {"delivery", "service", "lack", "staff"},
         ["late delivery", "customer service", "lack of staff"]),
    ],
)  # fmt: skip
def test_nouns_are_known_by_their_determiners(language, texts, nouns, phrases) -> None:
    reader = NounPhrases(language).fit(texts)
    assert reader.nouns_ == nouns
    assert [form for text in texts for _, form in reader.read(text)] == phrases


def test_nothing_is_learned_from_nothing() -> None:
    reader = NounPhrases("fr").fit(["", "!!", "Merci"])
    assert reader.nouns_ == set()
    assert reader.read("le délai de livraison") == []
