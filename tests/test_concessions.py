"""Concessions: composed sentences whose truth is known, and counts that hide what few people say."""

from __future__ import annotations

import pandas as pd
import pytest

from bxtext.drivers import count_concessions
from bxtext.drivers.concessions import find_concessions
from bxtext.segment import segment_documents
from bxtext.sentiment import score_sentiment
from bxtext.tables import check_table
from bxtext.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
DRIVER_OF = {
    "personnel": "cx.staff_attitude", "vendeuse": "cx.staff_attitude", "accueil": "cx.staff_attitude",
    "staff": "cx.staff_attitude", "nurses": "cx.staff_attitude", "commande": "cx.order_accuracy",
    "livraison": "cx.delivery_reliability", "delivery": "cx.delivery_reliability",
    "attente": "cx.contact_responsiveness",
    "wait": "cx.contact_responsiveness", "site": "cx.digital_channel", "website": "cx.digital_channel",
    "prix": "cx.price_value", "price": "cx.price_value",
    "qualité": "cx.product_quality", "quality": "cx.product_quality",
    "food": "cx.product_quality", "reviendrai": "out.cx_loyalty",
}  # fmt: skip
STAFF, ORDER, DELIVERY = "cx.staff_attitude", "cx.order_accuracy", "cx.delivery_reliability"
WAIT, SITE, PRICE, QUALITY = "cx.contact_responsiveness", "cx.digital_channel", "cx.price_value", "cx.product_quality"
# language, text, praised, blamed, who has the last word, what joins them; None where nothing is conceded
COMPOSED = [
    ("fr", "Personnel sympa mais commande perdue", (STAFF, ORDER, "spoils", "mais")),
    ("fr", "Malgré une attente interminable, un accueil parfait", (STAFF, WAIT, "forgives", "malgre")),
    ("fr", "Un accueil parfait malgré une attente interminable", (STAFF, WAIT, "forgives", "malgre")),
    ("fr", "Bien que la livraison soit nulle, la vendeuse a été adorable", (STAFF, DELIVERY, "forgives", "bien que")),
    ("fr", "Qualité superbe, par contre livraison catastrophique", (QUALITY, DELIVERY, "spoils", "par contre")),
    ("fr", "C'est d'un prix exorbitant mais la qualité est excellente", (QUALITY, PRICE, "forgives", "mais")),
    ("fr", "Même si le site plante souvent, la vendeuse est adorable", (STAFF, SITE, "forgives", "meme si")),
    ("fr", "Personnel sympa. Commande perdue.", None),
    ("fr", "Personnel sympa et qualité excellente", None),
    ("fr", "Personnel adorable mais je ne reviendrai jamais", None),
    ("en", "Lovely staff but the delivery was a disaster", (STAFF, DELIVERY, "spoils", "but")),
    ("en", "Although the wait was endless, the nurses were wonderful", (STAFF, WAIT, "forgives", "although")),
    ("en", "Great food despite the terrible delivery", (QUALITY, DELIVERY, "forgives", "despite")),
    ("en", "Despite the awful website, the staff were brilliant", (STAFF, SITE, "forgives", "despite")),
    ("en", "The price is far too high. However the quality is superb", (QUALITY, PRICE, "forgives", "however")),
    ("en", "Great food, except the wait was terrible", (QUALITY, WAIT, "forgives", "except")),
    ("en", "The staff were lovely. The delivery was awful.", None),
]  # fmt: skip


@pytest.fixture(scope="module")
def concessions():
    documents = pd.DataFrame([line[:2] for line in COMPOSED], columns=["language", "text"])
    documents["document_id"] = [f"d{number:02d}" for number in documents.index]
    segments = segment_documents(documents.assign(voice="customer"))
    labels = score_sentiment(segments, documents.assign(voice="customer"), TAXONOMY.exemplars).sentiment
    carriers = [
        (segment, driver)
        for segment, text in zip(segments["segment_id"], segments["text"].str.lower(), strict=True)
        for word, driver in DRIVER_OF.items()
        if word in text
    ]
    clauses = segments.merge(labels, on="segment_id").sample(frac=1, random_state=1)
    found = find_concessions(pd.DataFrame(carriers, columns=["segment_id", "driver_id"]), clauses, TAXONOMY)
    return check_table(found, "concessions").set_index("document_id")


@pytest.mark.parametrize("number", range(len(COMPOSED)), ids=[line[1] for line in COMPOSED])
def test_a_composed_concession_is_found_with_its_direction(concessions, number):
    expected = COMPOSED[number][2]
    found = concessions[concessions.index == f"d{number:02d}"]
    assert found.to_numpy().tolist() == ([] if expected is None else [list(expected)])


def spoken(people, *, unit):
    """Documents of as many people, two each, that all concede the same."""
    documents = pd.DataFrame({"respondent_id": [f"{unit}{person // 2}" for person in range(2 * people)]})
    documents["document_id"] = [f"{unit}-{number}" for number in documents.index]
    return documents.assign(voice="customer", unit=unit)


def test_counts_are_of_people_and_hide_what_few_of_them_say():
    documents = pd.concat([spoken(6, unit="Lille"), spoken(4, unit="Metz")], ignore_index=True)
    pair = {"positive_driver_id": STAFF, "negative_driver_id": ORDER, "direction": "spoils", "connective": "mais"}
    joined = documents[["document_id"]].assign(**pair)
    joined["direction"] = joined["direction"].mask(documents["unit"] == "Lille", "forgives")
    counted = check_table(count_concessions(joined, documents, min_respondents=5), "concession_counts")
    counts = counted.set_index("unit")
    assert counts.loc[["all", "Lille"], "n_documents"].tolist() == [20, 12]
    assert counts.loc[["all", "Lille"], "n_spoilt"].tolist() == [8, 0]
    assert counts.loc[["all", "Lille"], "n_respondents"].tolist() == [10, 6]
    assert counts.loc["Metz", "suppressed"]
    assert counts.loc["Metz", ["n_documents", "n_spoilt", "n_respondents"]].isna().all()


def test_nothing_conceded_is_an_empty_table():
    documents = spoken(3, unit="Lille")
    nothing = pd.DataFrame(
        columns=["document_id", "positive_driver_id", "negative_driver_id", "direction", "connective"]
    )
    assert check_table(count_concessions(nothing, documents), "concession_counts").empty
