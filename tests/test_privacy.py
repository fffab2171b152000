"""Masking: what identifies is replaced, what doesn't stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext.privacy import mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("écrivez à jeanne.martin+test@exemple.co.uk svp", "écrivez à [email] svp"),
        ("voir https://exemple.org/a?b=c et www.exemple.fr", "voir [url] et [url]"),
        ("tel 0612345678 ou +33 6 12 34 56 78", "tel [phone] ou [phone]"),
        ("tel 0032 475 12 34 56", "tel [phone]"),
        ("tel 01.23.45.67.89", "tel [phone]"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189 merci", "IBAN [iban] merci"),
        ("IBAN BE68 5390 0754 7034", "IBAN [iban]"),
        ("commande 402918377 bloquée", "commande [number] bloquée"),
        ("colis XY-12345678", "colis [number]"),
        ("Merci à Mme Durand-Petit", "Merci à Mme [name]"),
        ("merci mme Durand et M. Petit", "merci mme [name] et M. [name]"),
        ("Ask for Mr. John Smith please", "Ask for Mr. [name] please"),
        ("Dr. Martin et Mlle DUPONT", "Dr. [name] et Mlle [name]"),
    ],
)
def test_identifying_parts_are_masked(text, masked):
    assert mask_text(text)[0] == masked


@pytest.mark.parametrize(
    "text",
    [
        "Payé 1 299 € en 2025, 3 fois", "ouvert 9h30-19h", "le 12/03/2026 à 10:30", "3 étoiles sur 5",
        "lot de 1000 vis", "Madame, bonjour", "note 18/20", "24h/24 7j/7", "100 % satisfait",
    ],
)  # fmt: skip
def test_plain_figures_stay(text):
    assert mask_text(text) == (text, 0)


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing(text):
    once, _ = mask_text(text)
    assert mask_text(once)[0] == once
