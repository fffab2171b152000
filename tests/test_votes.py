import pandas as pd
from worlds import gather, shuffle, speak

from bxtext.scores import score_drivers
from bxtext.votes import cast_votes, join_mentions, number_respondents


def test_one_id_in_two_voices_is_two_people_and_no_id_is_one_person_a_document():
    documents = pd.DataFrame(
        {
            "document_id": ["a", "b", "c", "d", "e"],
            "voice": ["customer", "employee", "customer", "customer", "customer"],
            "respondent_id": ["7", "7", "7", None, None],
        }
    )
    codes = number_respondents(documents)
    assert codes["a"] == codes["c"] != codes["b"]
    assert codes.nunique() == 4


def test_a_document_is_not_the_respondent_of_the_same_name():
    documents = pd.DataFrame({"document_id": ["a", "b"], "voice": "customer", "respondent_id": ["b", None]})
    assert number_respondents(documents).nunique() == 2


def test_who_is_whom_does_not_hang_on_the_order_of_rows():
    documents = pd.DataFrame(
        {"document_id": [f"d{n}" for n in range(40)], "voice": ["customer", "employee"] * 20}
    ).assign(respondent_id=lambda frame: (frame.index % 7).astype("str").where(frame.index % 5 > 0))
    mixed = documents.sample(frac=1, random_state=3)
    assert number_respondents(mixed).reindex(documents["document_id"]).equals(number_respondents(documents))


def test_mentions_are_joined_once_in_one_order():
    world = speak("customer", "cx.a", [1.0, -1.0, 0.5], unit="Metz"), speak("employee", "ex.a", [0.0, 1.0], unit="Lens")
    mentions, documents = gather(*world)
    drivers = pd.DataFrame({"driver_id": ["cx.a", "ex.a"], "tier": "core", "side": ["cx", "ex"]})
    said = join_mentions(mentions, documents, drivers)
    assert join_mentions(said, documents, drivers) is said
    pd.testing.assert_frame_equal(join_mentions(*shuffle(mentions, documents, drivers)), said)
    pd.testing.assert_frame_equal(score_drivers(said, documents, drivers), score_drivers(mentions, documents, drivers))


def test_a_respondent_has_one_vote_a_cell():
    said = pd.DataFrame(
        {"driver_id": ["d"] * 4, "unit": ["u", "u", "v", None], "respondent": [1, 1, 1, 1], "polarity": [1, 0, -1, 1.0]}
    )
    votes = cast_votes(said, ["driver_id", "unit"])
    assert votes["vote"].tolist() == [0.5, -1.0]
    assert votes["n_mentions"].tolist() == [2, 1]
