"""Evaluation: figures known by hand, intervals that cover, and what must not change them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bxtext.errors import TableError
from bxtext.evaluation import evaluate_drivers

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
