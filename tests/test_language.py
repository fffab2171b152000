"""Language: right on what people write, short or careless, and silent when nothing tells."""

from __future__ import annotations

import pytest

from bxtext.language import detect_language, detect_languages, fold_text


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("fr", ["Livraison rapide", "vraiment decu du service", "jsuis pas content", "Trop cher", "livré cassé",
                "Manque de personnel", "C'est nul", "équipe au top"]),
        ("en", ["Friendly staff", "broken lamp", "Way too expensive", "wrong size", "never again", "Great team",
                "i got no reply", "Management is poor"]),
        ("other", ["Het personeel was erg vriendelijk en behulpzaam", "Die Lieferung war sehr schnell und gut verpackt",
                   "El servicio es muy malo y no lo recomiendo"]),
        ("und", ["", "Ok", "😡", "12/10", "[phone]"]),
    ],
)  # fmt: skip
def test_languages(language, texts):
    assert dict(zip(texts, detect_languages(texts), strict=True)) == dict.fromkeys(texts, language)


def test_a_french_comment_with_an_english_word_stays_french():
    assert detect_language("Le click and collect est super pratique") == "fr"


def test_folding_leaves_letters_and_digits():
    assert fold_text("L’Été, ÇA coûte 12 € !") == "l ete ca coute 12"
