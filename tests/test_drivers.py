"""Drivers: sentences never seen find their driver, side by side in two languages, and say why."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from bxtext.drivers import DriverModel, map_drivers
from bxtext.drivers.decision import CENTRE
from bxtext.drivers.evidence import show_evidence
from bxtext.errors import BxtextError, ParamsError
from bxtext.language import fold_text
from bxtext.segment import segment_documents
from bxtext.sentiment import score_sentiment
from bxtext.tables import check_table
from bxtext.taxonomy import Taxonomy, load_taxonomy

SENTENCES = [
    ("customer", "fr", "Le chauffeur a balancé mon paquet dans la haie", "cx.delivery_attitude"),
    ("customer", "fr", "On patiente une éternité avant d'avoir quelqu'un au bout du fil", "cx.contact_responsiveness"),
    ("customer", "fr", "Tout est mal organisé, les procédures sont absurdes", "cx.process_failure"),
    ("customer", "en", "Way too pricey for such a flimsy lamp", "cx.price_value"),
    ("customer", "en", "They charged my card twice and the money never came back", "cx.billing_refund"),
    ("employee", "fr", "Tout est mal organisé, les procédures sont absurdes", "ex.internal_process"),
    ("employee", "fr", "Mon responsable crie sur tout le monde et a ses préférés", "ex.manager_relationship"),
    ("employee", "fr", "Les fiches de paie sont ridicules, on gagne à peine le smic", "ex.pay_benefits"),
    ("employee", "en", "Our computers freeze all day, we need decent equipment", "ex.tools_means"),
    ("employee", "en", "Colleagues help each other, lovely team", "ex.team_climate"),
]
CONCESSION = "Vendeuse adorable et souriante mais colis jamais livré"
RUDE_COURIERS = "Les livreurs sont impolis et pressés"


@pytest.fixture(scope="module")
def taxonomy():
    return load_taxonomy()


@pytest.fixture(scope="module")
def small_taxonomy(taxonomy):
    """Return one sentence in six: enough for the laws that hold whatever was taught."""
    return Taxonomy(taxonomy.drivers, taxonomy.exemplars[::6])


@pytest.fixture(scope="module")
def inputs(taxonomy):
    """Return segments, documents and sentiment of the sentences above and of 100 exemplars."""
    rows = [(voice, language, text) for voice, language, text, _ in SENTENCES]
    rows += [("customer", "fr", CONCESSION), ("customer", "fr", RUDE_COURIERS)]
    rows += [(known.voice, known.language, known.text) for known in taxonomy.exemplars[::100]]
    documents = pd.DataFrame(rows, columns=["voice", "language", "text"])
    documents["document_id"] = [f"d{number:03d}" for number in documents.index]
    segments = segment_documents(documents)
    negative = segments["text"].str.contains("jamais")
    sentiment = pd.DataFrame({"segment_id": segments["segment_id"], "polarity": negative.map({True: -0.8, False: 0.8})})
    sentiment["label"] = negative.map({True: "negative", False: "positive"})
    return segments, documents, sentiment.assign(intent=negative.map({True: "complaint", False: "praise"}))


@pytest.fixture(scope="module")
def mentions(inputs, taxonomy):
    return check_table(map_drivers(*inputs, taxonomy).mentions, "mentions")


def drivers_in(mentions, number):
    return mentions[mentions["document_id"] == f"d{number:03d}"].set_index("driver_id")


@pytest.mark.parametrize("number", range(len(SENTENCES)), ids=[driver for *_, driver in SENTENCES])
def test_a_new_sentence_finds_its_driver(mentions, number):
    assert SENTENCES[number][-1] in drivers_in(mentions, number).index


def test_a_concession_keeps_both_drivers_with_their_own_sign(mentions):
    found = drivers_in(mentions, len(SENTENCES))["polarity"]
    assert found["cx.staff_attitude"] > 0 > found["cx.delivery_reliability"]


def test_words_correct_the_actor(mentions):
    assert set(drivers_in(mentions, len(SENTENCES) + 1)["actor"]) == {"provider"}


def test_every_mention_says_why(inputs, taxonomy, mentions):
    """Of 50 mentions: the cue stands in a segment as written, or the words do, and the exemplar teaches the driver."""
    segments, documents, _ = inputs
    said = segments.groupby("document_id")["text"].agg(list)
    voices = documents.set_index("document_id")["voice"]
    drivers_of = {(known.voice, known.text): known.drivers for known in taxonomy.exemplars}
    drawn = mentions.sample(50, random_state=5)
    assert set(drawn["method"]) >= {"model", "both"}
    for mention in drawn.itertuples():
        texts = said[mention.document_id]
        if mention.method == "model":
            words = [name for text in texts for name in analyse(text)]
            assert set(mention.evidence.split(", ")) <= set(words)
        else:
            assert any(mention.evidence.removeprefix("« ").removesuffix(" »") in text for text in texts)
        assert mention.driver_id in drivers_of[voices[mention.document_id], mention.nearest_exemplar]
        assert 0 < mention.similarity <= 1


def analyse(text):
    """Return the words of a text, folded, and its pairs of words of more than one letter."""
    words = fold_text(text).split()
    long = [word for word in words if len(word) > 1]
    return [*words, *(" ".join(pair) for pair in pairwise(long))]


def describe(model, texts):
    return model.describe([fold_text(text) for text in texts])


def test_the_words_shown_speak_for_the_driver(taxonomy):
    model = DriverModel("customer").fit(taxonomy)
    texts = [text for voice, _, text, _ in SENTENCES if voice == "customer"]
    columns = np.array([model.driver_ids_.index(driver) for voice, *_, driver in SENTENCES if voice == "customer"])
    for words, column in zip(
        show_evidence(model, texts, describe(model, texts), columns)["words"], columns, strict=True
    ):
        for name in words.split(", "):
            assert model.coefficients_[model.features_.words_.index(name), column] > 0


def test_the_nearest_exemplar_of_an_exemplar_is_itself(taxonomy):
    model = DriverModel("employee").fit(taxonomy)
    own = [known for known in taxonomy.exemplars if known.voice == "employee" and known.drivers][::97]
    columns = np.array([model.driver_ids_.index(known.drivers[0]) for known in own])
    texts = [known.text for known in own]
    nearest = show_evidence(model, texts, describe(model, texts), columns)
    assert nearest["nearest_exemplar"].tolist() == texts
    assert nearest["similarity"].to_numpy() == pytest.approx(1, abs=1e-5)


def test_one_clause_that_leaves_makes_the_mention_leave(taxonomy):
    texts = [
        "Mon chef crie sur tout le monde. Mon chef est injuste et méprisant, je démissionne.",
        "Mon chef crie sur tout le monde",
    ]
    documents = pd.DataFrame({"document_id": ["a", "b"], "voice": "employee", "language": "fr", "text": texts})
    segments = segment_documents(documents)
    sentiment = score_sentiment(segments, documents, taxonomy.exemplars).sentiment
    found = map_drivers(segments, documents, sentiment, taxonomy).mentions.set_index(["document_id", "driver_id"])
    leaving = found.loc[("a", "ex.manager_relationship")]
    assert (leaving["intent"], leaving["intent_evidence"]) == ("leaving", "je démissionne")
    assert found.loc[("b", "ex.manager_relationship"), "intent"] == "complaint"


def test_order_of_rows_does_not_matter(inputs, small_taxonomy):
    orders = (inputs, [frame.sample(frac=1, random_state=1) for frame in inputs])
    straight, shuffled = (check_table(map_drivers(*order, small_taxonomy).mentions, "mentions") for order in orders)
    assert len(straight) >= 50
    pd.testing.assert_frame_equal(shuffled, straight)


def test_nothing_mentioned_gives_empty_tables(small_taxonomy):
    documents = pd.DataFrame({"document_id": ["a"], "voice": "customer", "language": "fr", "text": ["zzz mais xxx"]})
    segments = segment_documents(documents)
    sentiment = pd.DataFrame({"segment_id": segments["segment_id"], "polarity": 0.0, "label": "neutral"})
    found = map_drivers(segments, documents, sentiment, small_taxonomy, threshold=0.99)
    assert check_table(found.mentions, "mentions").empty
    assert check_table(found.concessions, "concessions").empty


def test_a_driver_can_have_a_threshold_of_its_own(inputs, small_taxonomy):
    chosen = {"ex.voice": 0.99, "bx.trust_ethics": 0.01}
    common, own = (map_drivers(*inputs, small_taxonomy, thresholds=given).mentions for given in (None, chosen))
    counts = pd.DataFrame({"common": common["driver_id"].value_counts(), "own": own["driver_id"].value_counts()})
    counts = counts.fillna(0)
    assert counts.loc["bx.trust_ethics", "own"] > counts.loc["bx.trust_ethics", "common"]
    assert counts.loc["ex.voice", "own"] < counts.loc["ex.voice", "common"]
    others = counts.drop(index=list(chosen))
    assert (others["own"] == others["common"]).all()
    with pytest.raises(ParamsError, match=r"did you mean 'ex\.voice'"):
        map_drivers(*inputs, small_taxonomy, thresholds={"ex.voic": 0.4})


def test_a_theme_mapped_by_a_person_mentions_its_driver(inputs, small_taxonomy):
    segments, documents, _ = inputs
    usual = check_table(map_drivers(*inputs, small_taxonomy).mentions, "mentions")
    others = documents.loc[documents["voice"] == "employee", "document_id"]
    silent = others[~others.isin(usual.loc[usual["driver_id"] == "ex.voice", "document_id"])].head(3)
    mapped = dict.fromkeys(segments.loc[segments["document_id"].isin(silent), "segment_id"], "ex.voice")
    found = check_table(map_drivers(*inputs, small_taxonomy, mapped).mentions, "mentions")
    told = found[found["method"] == "theme"]
    assert set(told["document_id"]) == set(silent)
    assert set(told["driver_id"]) == {"ex.voice"}
    assert (told["confidence"] > 0.5).all()
    rest = found[found["method"] != "theme"].reset_index(drop=True)
    kept = usual.merge(rest[["document_id", "driver_id"]])
    assert len(kept) == len(usual) == len(rest)
    by_others = map_drivers(*inputs, small_taxonomy, dict.fromkeys(mapped, "cx.price_level")).mentions
    assert "theme" not in set(by_others["method"])  # a driver of the other voice


def test_a_driver_can_be_taught():
    lessons = [
        {"text": f"{start} flurbage {end}", "language": "fr", "voice": "customer", "drivers": ["cx.premises"],
         "polarity": "negative"}
        for start, end in (("Mauvais", "partout"), ("Encore un", "hier"), ("Le", "est cassé"), ("Quel", "bizarre"))
    ]  # fmt: skip
    taught_taxonomy = load_taxonomy(teach=lessons)
    few = [exemplar for row, exemplar in enumerate(taught_taxonomy.exemplars) if exemplar.taught or row % 6 == 0]
    untaught, taught = (
        DriverModel("customer").fit(Taxonomy(taught_taxonomy.drivers, exemplars))
        for exemplars in ([exemplar for exemplar in few if not exemplar.taught], few)
    )
    column = taught.driver_ids_.index("cx.premises")
    odds = [model.score(["Le flurbage du glabotin était raté"])[0][0, column] for model in (untaught, taught)]
    assert odds[1] > odds[0] + 2


def test_many_labels_of_a_client_decide_how_sure_a_mention_must_be(small_taxonomy):
    """Where the client's labels say that a driver is often named, mentions are made at lower odds; else at higher."""
    own = [replace(exemplar, taught=True) for exemplar in small_taxonomy.exemplars if exemplar.voice == "customer"]
    silent = [replace(exemplar, drivers=()) if row % 2 else exemplar for row, exemplar in enumerate(own)]
    centres = [
        DriverModel("customer").fit(Taxonomy(small_taxonomy.drivers, taught)).centre_
        for taught in (own[:150], own, silent)
    ]
    assert centres[0] == CENTRE
    assert centres[1] < centres[2] - 0.1


def test_the_words_of_a_client_are_learned_from_what_is_said_beside_them(small_taxonomy):
    rooms = ("La salle", "Le couloir", "La chambre", "Le hall", "La cuisine", "Le vestiaire")
    corpus = [f"{room} est sale et bruyant, quel glabotin {fault}" for room in rooms for fault in ("partout", "au sol")]
    unheard, heard = (DriverModel("customer").fit(small_taxonomy, corpus=said) for said in ((), corpus))
    column = heard.driver_ids_.index("cx.premises")
    odds = [model.score(["Encore du glabotin"])[0][0, column] for model in (unheard, heard)]
    assert odds[1] > odds[0] + 0.5


@pytest.mark.parametrize("voice", ["customer", "employee"])
def test_half_of_the_exemplars_teach_the_other_half(taxonomy, voice):
    """The driver guessed first is a true one far more often than by chance, and alike in the two languages."""
    own = [exemplar for exemplar in taxonomy.exemplars if exemplar.voice == voice]
    model = DriverModel(voice).fit(Taxonomy(taxonomy.drivers, own[::2]))
    held = [exemplar for exemplar in own[1::2] if exemplar.drivers]
    guesses = model.score([exemplar.text for exemplar in held])[0].argmax(axis=1)
    hits = pd.DataFrame(
        {
            "language": [exemplar.language for exemplar in held],
            "hit": [
                model.driver_ids_[column] in exemplar.drivers for exemplar, column in zip(held, guesses, strict=True)
            ],
        }
    )
    rates = hits.groupby("language")["hit"].mean()
    assert rates.min() > 0.45, rates.to_dict()
    assert abs(rates["fr"] - rates["en"]) < 0.12, rates.to_dict()


class LetterEncoder:
    """Texts that hold a word of a list lie in one direction, all others in another."""

    def __init__(self, *words):
        self.words = words

    def encode(self, texts):
        held = np.array([any(word in text for word in self.words) for text in texts])
        return np.column_stack([held, ~held]).astype(np.float32)


def test_an_encoder_brings_words_that_no_exemplar_holds(small_taxonomy):
    column = "cx.delivery_attitude"
    odds = {}
    for name, encoder in (("without", None), ("with", LetterEncoder("livreur", "courier", "zorglub"))):
        model = DriverModel("customer", encoder).fit(small_taxonomy)
        odds[name] = model.score(["le zorglub"])[0][0, model.driver_ids_.index(column)]
    assert odds["with"] > odds["without"] + 0.5


def test_a_missing_encoder_is_named(inputs, small_taxonomy):
    with pytest.raises(BxtextError, match="no folder of a model"):
        map_drivers(*inputs, small_taxonomy, encoder="nowhere")
