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


@pytest.mark.parametrize("text", ["", " ", ".", "--", "\u200b", None])
def test_an_answer_without_a_word_is_empty(text):
    assert reasons(clean_comments(comments(text))) == {"c0": "empty"}


@pytest.mark.parametrize("text", ["RAS", "R.A.S", "Néant.", "n/a", "N/A", "Rien à signaler !", "none"])
def test_an_answer_that_says_there_is_nothing_to_say(text):
    assert reasons(clean_comments(comments(text))) == {"c0": "nothing_to_say"}


@pytest.mark.parametrize("text", ["Bien", "👍", "0/20", "Top !", "Rien ne va", "No parking, no help", "Non", "0", "x"])
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


SENTENCES = ["L’accueil était très chaleureux", "Le cœur du problème : ça ne va plus", "Déçu, 12,50 € le café…"]


@pytest.mark.parametrize("rounds", [1, 2])
def test_garbled_letters_are_restored(rounds):
    garbled = SENTENCES
    for _ in range(rounds):
        garbled = [text.encode().decode("sloppy-windows-1252") for text in garbled]
    documents = clean_comments(comments(*garbled, "Nothing odd here")).documents
    assert documents["text"].tolist() == [*SENTENCES, "Nothing odd here"]
    assert documents["repaired"].tolist() == [1, 1, 1, 0]


def test_letters_that_look_garbled_in_one_text_of_many_are_left():
    texts = [*(f"Très bien, café n° {number} goûté" for number in range(60)), "Le panneau disait « Ã© »"]
    documents = clean_comments(comments(*texts)).documents
    assert documents["repaired"].sum() == 0


def test_two_people_may_say_the_same_short_thing():
    assert len(clean_comments(comments("Très bien", "Très bien")).documents) == 2
    assert len(clean_comments(comments("Très bien", "Très bien", respondent_id="r")).documents) == 1


NUMBERED = "Ma commande {} n'est jamais arrivée et le service client ne répond pas depuis lundi"


def test_a_text_sent_again_with_other_numbers_is_a_near_duplicate():
    said = [NUMBERED.format(4512), NUMBERED.format(4513), "Arrivé en 3 jours", "Arrivé en 4 jours"]
    found = clean_comments(comments(*said))
    assert reasons(found) == {"c1": "near_duplicate"}


@pytest.mark.parametrize("numbers", [(7, 7, 7), (7, 8, 9)])
def test_the_earliest_copy_is_kept_and_a_new_one_never_takes_the_place_of_what_was_reported(numbers):
    said = [NUMBERED.format(number) for number in numbers]
    found = clean_comments(comments(*said, date=[pd.NaT, pd.Timestamp(2026, 3, 8), pd.Timestamp(2026, 3, 1)]))
    assert found.documents["document_id"].tolist() == ["c2"]
    assert len(reasons(found)) == 2


TALKS = [
    (
        (
            "Intervieweur : Comment vous sentez-vous ici ?\nRépondant : Bien, l'équipe est soudée.\n"
            "Intervieweur : Et les horaires ?\nRépondant 1 : Trop changeants.\nOn le dit souvent."
        ),
        "Bien, l'équipe est soudée.\nTrop changeants.\nOn le dit souvent.",
    ),
    (
        "Interviewer: How is the team?\nRespondent: Kind people: they help.\nInterviewer: And pay?\nRespondent: Low.",
        "Kind people: they help.\nLow.",
    ),
    ("Agent: Hello, how can I help? Customer: My parcel is lost. Agent: Let me look.", "My parcel is lost."),
    ("[10:32] Client : Où est mon colis ?\n[10:33] Conseiller : Je regarde.", "Où est mon colis ?"),
]


@pytest.mark.parametrize(("talk", "answers"), TALKS)
def test_a_talk_is_cut_to_the_turns_of_who_answers(talk, answers):
    documents = clean_comments(comments(talk, source_type="interview")).documents
    assert documents[["text", "trimmed"]].to_numpy().tolist() == [[answers, "turns"]]
    untouched = clean_comments(comments(talk, source_type="review")).documents
    assert untouched["text"].tolist() == [talk], "only interviews and messages are talks"


@pytest.mark.parametrize(
    "text",
    [
        "Points forts : l'équipe.\nPoints faibles : la paie.",
        "Two things: pay and hours.",
        "Client : aimable",
        "R.A.S : non",
    ],
)
def test_a_colon_makes_no_talk(text):
    assert clean_comments(comments(text, source_type="interview")).documents["text"].tolist() == [text]


def test_declared_names_are_those_who_answer():
    talk = "Marie : J'aime mon métier.\nPaul : Pourquoi ?\nMarie : Les clients."
    found = clean_comments(comments(talk, source_type="interview"), respondents=["Marie"]).documents
    assert found["text"].tolist() == ["J'aime mon métier.\nLes clients."]


def test_a_talk_in_which_nobody_answers_is_left_as_it_is():
    talk = "Agent : Bonjour.\nAgent : Vous êtes là ?"
    assert clean_comments(comments(talk, source_type="message")).documents["text"].tolist() == [talk]


@pytest.mark.parametrize(
    ("added", "kind"),
    [
        ("Sent from my iPhone", "signature"), ("Envoyé de mon iPhone", "signature"),
        ("Envoyé depuis mon téléphone Orange", "signature"), ("Get Outlook for Android", "signature"),
        ("Article précédent", "navigation"), ("Read more", "navigation"), ("Lire la suite", "navigation"),
        ("Comment puis-je vous aider ?", "prompt"), ("How can I help you today?", "prompt"),
        ("Bonjour, je suis votre assistant virtuel.", "prompt"),
    ],
)  # fmt: skip
def test_what_others_added_is_cut_and_named(added, kind):
    found = clean_comments(comments(f"Très déçu du délai.\n{added}", f"{added}\nSlow delivery, twice.", added))
    assert found.documents["text"].tolist() == ["Très déçu du délai.", "Slow delivery, twice."]
    assert found.documents["trimmed"].tolist() == [kind, kind]
    assert reasons(found) == {"c2": "boilerplate"}


@pytest.mark.parametrize(
    "text", ["My iPhone was sent from the wrong shop", "L'article précédent était mieux", "Read more books, staff!"]
)
def test_a_remark_about_the_same_things_is_kept(text):
    assert clean_comments(comments(text)).documents["text"].tolist() == [text]


def test_opposite_emoji_are_no_duplicates():
    assert len(clean_comments(comments("👍", "😡", respondent_id=None)).documents) == 2


def test_normalising_keeps_what_is_read_and_nothing_else():
    assert normalise_text("\u200bLe\u00a0 cafe\u0301\x00 est\r\nbon \ufeff") == "Le café est\nbon"


def test_text_is_masked_and_counted():
    documents = clean_comments(comments("Appelez Mme Dupont au 06 12 34 56 78 svp")).documents
    assert documents.loc[0, "text"] == "Appelez [name] au [phone] svp"
    assert documents.loc[0, ["n_masked", "n_words", "period"]].tolist() == [2, 3, "2026-03"]


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


def test_letters_that_only_look_latin_become_latin():
    """Personal data can't hide behind them; a word that is all Cyrillic or Greek is left."""
    texts = ["M\u0435rc\u0456 beaucoup, \uff10\uff16 12 34 56 78", "\u041c\u043e\u0441\u043a\u0432\u0430 est loin",
             "jo\u043en.d@ex\u0430mple.org m'a dit non"]  # fmt: skip
    kept = clean_comments(comments(*texts), languages=("fr", "en")).documents["text"].tolist()
    assert kept == ["Merci beaucoup, [phone]", "\u041c\u043e\u0441\u043a\u0432\u0430 est loin", "[email] m'a dit non"]
