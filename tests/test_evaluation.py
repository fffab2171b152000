"""Evaluation: figures known by hand, intervals that cover, and what must not change them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bxtext.errors import InputError, TableError
from bxtext.evaluation import (
    calibrate_thresholds,
    evaluate_drivers,
    find_labels,
    match_labels,
    read_labels,
    share_of_signs,
)
from bxtext.taxonomy import load_taxonomy

DRIVERS = ["cx.premises", "cx.price_value", "cx.staff_attitude"]


def make_world(n: int, seed: int, *, miss: float = 0.3, invent: float = 0.1):
    """Return documents, labels, and mentions that miss and invent with known probabilities."""
    rng = np.random.default_rng(seed)
    ids = [f"d{number:04d}" for number in range(n)]
    documents = pd.DataFrame({"document_id": ids, "language": rng.choice(["fr", "en"], n)})
    truth = rng.random((n, len(DRIVERS))) < 0.3
    found = np.where(truth, rng.random(truth.shape) > miss, rng.random(truth.shape) < invent)

    def as_table(present):
        rows, columns = np.nonzero(present)
        return pd.DataFrame({"document_id": np.array(ids)[rows], "driver_id": np.array(DRIVERS)[columns]})

    silent = pd.DataFrame({"document_id": np.array(ids)[~truth.any(axis=1)], "driver_id": None})
    return documents, pd.concat([as_table(truth), silent], ignore_index=True), as_table(found)


def test_perfect_mentions_score_one():
    documents, labels, _ = make_world(100, 0)
    evaluation = evaluate_drivers(labels.dropna(), documents, labels, resamples=20)
    assert (evaluation.overall[["micro_f1", "macro_f1", "low", "high"]] == 1).all(axis=None)
    assert evaluation.confusions.empty


def test_figures_find_the_truth_they_were_drawn_from():
    documents, labels, mentions = make_world(4_000, 1)
    drivers = evaluate_drivers(mentions, documents, labels, resamples=50).drivers
    assert drivers["recall"].to_numpy() == pytest.approx([0.7] * 3, abs=0.04)
    assert drivers["precision"].to_numpy() == pytest.approx([0.21 / (0.21 + 0.07)] * 3, abs=0.04)


def test_intervals_cover_the_truth():
    true_f1 = 2 * 0.21 / (0.21 + 0.07 + 0.3)
    covered = []
    for seed in range(60):
        documents, labels, mentions = make_world(150, seed)
        row = evaluate_drivers(mentions, documents, labels, resamples=200).overall.iloc[0]
        covered.append(row["low"] <= true_f1 <= row["high"])
    assert np.mean(covered) > 0.85


def test_too_few_labels_give_a_reason_and_no_figure():
    documents, labels, mentions = make_world(60, 2)
    rare = pd.DataFrame({"document_id": ["d0000"], "driver_id": ["cx.pickup_point"]})
    drivers = evaluate_drivers(mentions, documents, pd.concat([labels, rare]), resamples=20).drivers
    row = drivers.set_index("driver_id").loc["cx.pickup_point"]
    assert np.isnan(row["f1"])
    assert row["reason"] == "1 labelled documents; at least 5 are needed"


def test_two_coders_agree_with_themselves_and_not_with_chance():
    documents, labels, mentions = make_world(2_000, 3)
    _, others, _ = make_world(2_000, 4)
    same, chance = (
        evaluate_drivers(
            mentions, documents, pd.concat([labels.assign(coder="ann"), second.assign(coder="bob")]), resamples=20
        ).drivers["kappa"]
        for second in (labels, others)
    )
    assert same.to_numpy() == pytest.approx([1.0] * 3)
    assert chance.to_numpy() == pytest.approx([0.0] * 3, abs=0.08)


def test_confusions_name_the_pair():
    documents = pd.DataFrame({"document_id": ["a", "b"], "language": "fr"})
    labels = pd.DataFrame({"document_id": ["a", "b"], "driver_id": ["cx.premises", "cx.premises"]})
    mentions = pd.DataFrame({"document_id": ["a", "b"], "driver_id": ["cx.price_value", "cx.premises"]})
    confusions = evaluate_drivers(mentions, documents, labels, resamples=20).confusions
    assert confusions.to_numpy().tolist() == [["cx.premises", "cx.price_value", 1]]


def test_order_of_rows_does_not_matter():
    documents, labels, mentions = make_world(80, 5)
    straight = evaluate_drivers(mentions, documents, labels, resamples=50)
    mixed = evaluate_drivers(*(frame.sample(frac=1, random_state=2) for frame in (mentions, documents, labels)),
                             resamples=50)  # fmt: skip
    for one, other in zip(straight, mixed, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_labels_of_another_run_are_refused():
    documents, labels, mentions = make_world(20, 6)
    with pytest.raises(TableError, match="1 of 21 labelled documents"):
        evaluate_drivers(mentions, documents, pd.concat([labels, labels.iloc[:1].assign(document_id="elsewhere")]))


def write_labels(folder, *lines, header="text,drivers"):
    path = folder / "labels.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "line", "told"),
    [
        ("text,driver", "secret,cx.premises", "no column 'drivers'; did you mean 'driver'?"),
        ("secret,drivers", "secret,cx.premises", "no column 'document_id' nor text; 2 columns found"),
        ("text,text,drivers", "secret,secret,", "two columns are called 'text'"),
        ("text,drivers", "secret,cx.premise", "unknown driver 'cx.premise'; did you mean 'cx.premises'?"),
        ("text,drivers", "cx.premises,secret", "row 2, drivers: not an id"),
        ("text,drivers", "secret,secret,cx.premises", "row 2: 3 cells under 2 columns"),
        ("text,drivers", '"secret,cx.premises', "a quotation mark isn't closed"),
        ("text,drivers,polarity", "secret,cx.premises,secret", "row 2, polarity: allowed: positive, negative"),
        ("text,drivers,coder", "secret,cx.premises,ann\nsecret,,", "row 3, coder: empty"),
        ("text,drivers,coder", "secret,,ann\nsecret,,bob\nsecret,,cid", "coder: 3 names; at most 2"),
        ("text,drivers", "", "no row below the header"),
        ("", "", "no column 'drivers'"),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_without_a_word_of_its_texts(tmp_path, header, line, told):
    with pytest.raises(InputError) as fault:
        read_labels(write_labels(tmp_path, line, header=header), load_taxonomy())
    assert told in str(fault.value)
    assert "secret" not in str(fault.value)


def test_a_missing_or_strange_file_is_refused(tmp_path):
    path = write_labels(tmp_path, "x,")
    with pytest.raises(InputError, match=r"no such file; did you mean 'labels.csv'\?"):
        read_labels(tmp_path / "label.csv", load_taxonomy())
    path.write_bytes("text,drivers\nété,\n".encode("cp1252"))
    with pytest.raises(InputError, match="save it as CSV UTF-8"):
        read_labels(path, load_taxonomy())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_as_a_spreadsheet_writes_it_is_read(tmp_path, separator):
    cells = (("text", "drivers"), ('"Bien, mais cher"', "cx.price_value cx.premises"), ("", ""), ('"n/a"', ""))
    path = tmp_path / "labels.csv"
    path.write_text("\ufeff" + "\r\n".join(separator.join(row) for row in cells), encoding="utf-8")
    labels = read_labels(path, load_taxonomy())
    assert labels["text"].tolist() == ["Bien, mais cher", "n/a"]
    assert labels["drivers"].tolist() == ["cx.price_value cx.premises", ""]


DOCUMENTS = pd.DataFrame(
    {
        "document_id": ["d1", "d2", "d3", "d4"],
        "text": ["Très bonne ambiance !", "tres bonne ambiance", "Call me on [phone]", "👍"],
        "voice": ["customer", "employee", "customer", "customer"],
        "language": ["fr", "fr", "en", "und"],
    }
)


def test_texts_find_their_documents_whatever_their_letters(tmp_path):
    lines = ["TRES BONNE AMBIANCE,ex.team_climate", "call me on 06 12 34 56 78,", "👍,cx.premises", "of another run,"]
    taxonomy = load_taxonomy()
    matched = match_labels(read_labels(write_labels(tmp_path, *lines), taxonomy), DOCUMENTS, taxonomy)
    assert matched["document_id"].tolist() == ["d2", "d3", "d4"]
    assert matched["row"].tolist() == [2, 3, 4]
    assert matched["driver_id"].isna().tolist() == [False, True, False]


def test_ids_find_their_documents_and_every_driver_has_a_row(tmp_path):
    taxonomy = load_taxonomy()
    path = write_labels(tmp_path, "d1,cx.premises cx.price_value", "elsewhere,", header="document_id,drivers")
    matched = match_labels(read_labels(path, taxonomy), DOCUMENTS, taxonomy)
    assert matched[["document_id", "driver_id"]].to_numpy().tolist() == [
        ["d1", "cx.premises"],
        ["d1", "cx.price_value"],
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [("elsewhere,", "none of 1 rows"), ("d1,ex.team_climate", "row 2: 'ex.team_climate' is not heard")],
)
def test_labels_that_cannot_be_held_against_the_run_are_refused(tmp_path, line, told):
    taxonomy = load_taxonomy()
    labels = read_labels(write_labels(tmp_path, line, header="document_id,drivers"), taxonomy)
    with pytest.raises(InputError, match=told):
        match_labels(labels, DOCUMENTS, taxonomy)


def test_without_a_file_the_evaluation_is_empty_and_has_the_same_columns(tmp_path):
    mentions = pd.DataFrame({"document_id": ["d1"], "driver_id": ["cx.premises"]})
    path = tmp_path / "labels.csv"
    without = evaluate_drivers(mentions, DOCUMENTS, find_labels(path, DOCUMENTS, load_taxonomy()))
    write_labels(tmp_path, "d1,cx.premises", header="document_id,drivers")
    with_file = evaluate_drivers(mentions, DOCUMENTS, find_labels(path, DOCUMENTS, load_taxonomy()))
    assert with_file.overall["micro_f1"].tolist() == [1, 1]
    for empty, full in zip(without, with_file, strict=True):
        assert empty.empty
        assert list(empty.columns) == list(full.columns)


def test_signs_count_only_where_both_have_one():
    key = {"document_id": ["a", "b", "c", "d"], "driver_id": ["cx.premises"] * 4}
    mentions = pd.DataFrame({**key, "polarity": [0.5, -0.5, 0.5, 0.5]})
    labels = pd.DataFrame({**key, "polarity": ["positive", "positive", "mixed", None]})
    assert share_of_signs(mentions, labels) == (0.5, 2)
    assert share_of_signs(mentions, labels.iloc[2:])[1] == 0


def make_sure_mentions(n_true, n_false, *, seed=0):
    """Return labels of one driver, and mentions whose false ones are less sure than .7 and true ones surer."""
    rng = np.random.default_rng(seed)
    ids = [f"d{number:03d}" for number in range(n_true + n_false)]
    confidence = np.append(rng.uniform(0.7, 1, n_true), rng.uniform(0.5, 0.7, n_false))
    mentions = pd.DataFrame({"document_id": ids, "driver_id": "cx.premises", "confidence": confidence})
    return pd.DataFrame({"document_id": ids, "driver_id": ["cx.premises"] * n_true + [None] * n_false}), mentions


def test_a_proposed_threshold_parts_right_from_wrong_mentions():
    labels, mentions = make_sure_mentions(2_000, 2_000)
    row = calibrate_thresholds(mentions, labels).iloc[0]
    assert row["proposed"] == pytest.approx(0.7, abs=0.02)
    assert row["f1"] == pytest.approx(2 / 3)
    assert row["f1_proposed"] > 0.97


def test_few_labels_hardly_move_a_threshold_and_too_few_do_not():
    labels, mentions = make_sure_mentions(6, 6)
    assert 0.5 < calibrate_thresholds(mentions, labels)["proposed"].item() < 0.6
    assert calibrate_thresholds(mentions, labels, thresholds={"cx.premises": 0.65})["proposed"].item() >= 0.65
    assert calibrate_thresholds(mentions, labels.iloc[2:]).empty
