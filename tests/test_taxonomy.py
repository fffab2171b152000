"""The taxonomy: complete, consistent, changed by verbs, and its faults told all at once."""

from __future__ import annotations

from collections import Counter

import pytest

from bxtext.errors import TaxonomyError
from bxtext.language import fold_text
from bxtext.taxonomy import load_taxonomy

CARD = {
    "id": "cx.sustainability", "label": {"fr": "Durabilité", "en": "Sustainability"}, "side": "cx", "tier": "extension",
    "stage": "usage", "actor": "product", "definition": {"fr": "…", "en": "…"}, "includes": {"fr": ["…"], "en": ["…"]},
    "excludes": {"fr": ["…"], "en": ["…"]}, "cues": {"fr": ["trop d'emballage"], "en": ["too much packaging"]},
}  # fmt: skip


def test_the_codebook_is_whole():
    taxonomy = load_taxonomy()
    tiers = Counter(driver.tier for driver in taxonomy.drivers.values())
    assert tiers == {"core": 38, "extension": 7, "outcome": 6}
    pairs = [driver for driver in taxonomy.drivers.values() if driver.mirror and driver.id < driver.mirror]
    assert len(pairs) == 18
    assert all(len(driver.boundaries) >= 2 for driver in taxonomy.drivers.values())
    assert all(len(label) <= 40 for driver in taxonomy.drivers.values() for label in driver.label.values())


def test_every_card_says_what_it_holds_and_where_it_ends():
    for driver in load_taxonomy().drivers.values():
        for language in ("fr", "en"):
            assert len(driver.definition[language].split()) >= 9, driver.id
            assert len(driver.includes[language]) >= 3, driver.id
            assert len(driver.excludes[language]) >= 3, driver.id
            assert all(len(text[language].split()) >= 6 for text in driver.boundaries.values()), driver.id


def test_every_driver_is_taught_in_both_languages():
    taxonomy = load_taxonomy()
    taught = Counter((driver, exemplar.language) for exemplar in taxonomy.exemplars for driver in exemplar.drivers)
    for driver in taxonomy.drivers:
        assert taught[driver, "fr"] >= 60, driver
        assert taught[driver, "en"] >= 60, driver
    none = Counter(exemplar.language for exemplar in taxonomy.exemplars if not exemplar.drivers)
    assert min(none["fr"], none["en"]) >= 150


def test_no_sentence_teaches_twice():
    seen = Counter((exemplar.voice, fold_text(exemplar.text)) for exemplar in load_taxonomy().exemplars)
    assert [key for key, count in seen.items() if count > 1] == []


def test_sentences_are_heard_from_the_voice_that_says_them():
    taxonomy = load_taxonomy()
    strange = [
        (exemplar.voice, driver)
        for exemplar in taxonomy.exemplars
        for driver in exemplar.drivers
        if not taxonomy[driver].heard_from(exemplar.voice)
    ]
    assert strange == []


def test_verbs_change_the_drivers():
    lesson = {
        "text": "Trop de plastique", "language": "fr", "voice": "customer", "drivers": ["cx.sustainability"],
        "polarity": "negative",
    }  # fmt: skip
    taxonomy = load_taxonomy(
        add=[CARD],
        drop=["cx.staff_attitude"],
        rename={"cx.premises": {"fr": "Showroom", "en": "Showroom"}},
        teach=[lesson],
    )
    assert taxonomy["cx.premises"].label["en"] == "Showroom"
    assert "cx.staff_attitude" not in taxonomy.drivers
    assert taxonomy["ex.manager_relationship"].mirror is None
    assert taxonomy.exemplars[-1].drivers == ("cx.sustainability",)
    assert load_taxonomy()["cx.premises"].label["en"] != "Showroom"


def test_all_faults_are_told_at_once():
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(
            add=[
                CARD | {"id": "parking"},
                CARD | {"mirror": "ex.moral", "actor": "robot", "cues": {"fr": ["trop cher"], "en": ["overpriced"]}},
                CARD | {"id": "cx.odd", "label": {"fr": "Seul"}, "cues": {"fr": ["abc"], "en": ["def"]}},
                {"id": "cx.empty"},
                *(
                    CARD | {"id": key, "mirror": mirror, "cues": {"fr": [f"mot {key}"], "en": [f"word {key}"]}}
                    for key, mirror in (("cx.a", "cx.b"), ("cx.b", "cx.c"), ("cx.c", "cx.a"))
                ),
            ],
            drop=["cx.premise"],
            teach=[
                {"text": "Jo Smith", "language": "fr", "voice": voice, "drivers": [driver], "polarity": "neutral"}
                for voice, driver in (("customer", "cx.pric"), ("customer", "ex.voice"))
            ],
        )
    told = str(caught.value)
    assert "cx.sustainability: unknown mirror 'ex.moral'" in told
    assert all(f"{key}: its mirror" in told for key in ("cx.a", "cx.b", "cx.c"))
    assert "cx.sustainability: actor 'robot'" in told
    assert "cue 'trop cher' (fr, customer) is used by" in told
    assert "cx.odd: label lacks 'en'" in told
    assert "taxonomy.add cx.empty: label: Field required" in told
    assert "unknown driver 'cx.premise'; did you mean 'cx.premises'?" in told
    assert "taxonomy.teach: unknown driver 'cx.pric'" in told
    assert "taxonomy.teach: 'ex.voice' is not heard from customers" in told
    assert "parking: its side is 'cx'; an id starts with its side" in told
    assert "Jo Smith" not in told
