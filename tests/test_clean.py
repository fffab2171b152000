"""Cleaning: every comment ends in one of two tables, masked, and the order of rows doesn't matter."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxtext.clean import clean_comments, normalise_text
from bxtext.tables import check_table


def comments(*texts, **columns):
    frame = pd.DataFrame(
        {
            "comment_id": [f"c{number}" for number in range(len(texts))],
            "source": "s", "source_type": "review", "voice": "customer", "text": texts,
            "date": pd.Timestamp(2026, 3, 1), "rating": None, "unit": "Liège",
            "respondent_id": [f"r{number}" for number in range(len(texts))],
        }
    )  # fmt: skip
    return check_table(frame.assign(**columns), "comments")


def reasons(found):
    return dict(zip(found.dropped["comment_id"], found.dropped["reason"], strict=True))


@pytest.mark.parametrize("text", ["", " ", ".", "--", "RAS", "Néant.", "n/a", "N/A", "Rien à signaler !", "none", None])
def test_an_answer_that_says_nothing_is_empty(text):
    assert reasons(clean_comments(comments(text))) == {"c0": "empty"}


@pytest.mark.parametrize("text", ["Bien", "👍", "0/20", "Top !", "Rien ne va", "No parking, no help"])
def test_a_short_answer_that_says_something_is_kept(text):
    assert len(clean_comments(comments(text)).documents) == 1


def test_each_reason():
    found = clean_comments(
        comments(
            "Le personnel du magasin est vraiment très aimable",
            "Le personnel du magasin est vraiment très AIMABLE !",
            "Het personeel van de winkel is heel vriendelijk en behulpzaam",
            "Votre avis nous intéresse",
            "Sympa",
        ),
        boilerplate=["votre avis nous intéresse."],
        min_words=2,
    )
    assert reasons(found) == {"c1": "duplicate", "c2": "other_language", "c3": "boilerplate", "c4": "too_short"}


def test_two_people_may_say_the_same_short_thing():
    assert len(clean_comments(comments("Très bien", "Très bien")).documents) == 2
    assert len(clean_comments(comments("Très bien", "Très bien", respondent_id="r")).documents) == 1


def test_opposite_emoji_are_no_duplicates():
    assert len(clean_comments(comments("👍", "😡", respondent_id=None)).documents) == 2


def test_normalising_keeps_what_is_read_and_nothing_else():
    assert normalise_text("\u200bLe\u00a0 cafe\u0301\x00 est\r\nbon \ufeff") == "Le café est\nbon"


def test_text_is_masked_and_counted():
    documents = clean_comments(comments("Appelez Mme Dupont au 06 12 34 56 78 svp")).documents
    assert documents.loc[0, "text"] == "Appelez Mme [name] au [phone] svp"
    assert documents.loc[0, ["n_masked", "n_words", "period"]].tolist() == [2, 4, "2026-03"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=12), st.randoms())
def test_nothing_is_lost_and_order_does_not_matter(texts, random):
    frame = comments(*texts) if texts else comments("x").iloc[:0]
    found = clean_comments(frame)
    assert sorted([*found.documents["document_id"], *found.dropped["comment_id"]]) == sorted(frame["comment_id"])
    order = list(range(len(frame)))
    random.shuffle(order)
    again = clean_comments(frame.iloc[order])
    pd.testing.assert_frame_equal(found.documents, again.documents)
    pd.testing.assert_frame_equal(found.dropped, again.dropped)
