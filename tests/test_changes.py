"""Figures of a comparison of two runs, and the intervals they draw."""

import numpy as np
import pandas as pd
import pytest

from bxtext.drift.samples import bound_gap
from bxtext.figures import plot_score_changes, plot_theme_changes
from bxtext.taxonomy import load_taxonomy
from bxtext.wording import load_wording

DRIVERS = load_taxonomy().as_table()


def make_tests(changes, *, alarms):
    drivers = DRIVERS.loc[DRIVERS["side"] == "cx", "driver_id"].head(len(changes))
    change = np.asarray(changes, float)
    return pd.DataFrame(
        {
            "kind": "score", "voice": "customer", "subject": drivers, "before": 50.0, "now": 50 + change,
            "change": change, "ci_low": change - 3, "ci_high": change + 3, "p_value": 1 / (2 + np.abs(change)),
            "alarm": alarms,
        }
    )  # fmt: skip


MOVED = pd.DataFrame(
    {
        "theme_id": ["customer-01", "employee-02", "customer-03"], "change": ["born", "retired", "split"],
        "label_fr": ["a", "b", "c"], "label_en": ["a", "b", "c"], "share": [0.1, 0.2, 0.05],
    }
)  # fmt: skip


def test_the_interval_of_a_change_covers_the_truth():
    rng = np.random.default_rng(5)
    sides = []
    for n, mean in ((12, 0.3), (200, 0.0)):
        drawn = rng.normal(mean, 0.6, (1000, n))
        sides.append(pd.DataFrame({"n": n, "mean": drawn.mean(axis=1), "spread": drawn.var(axis=1, ddof=1)}))
    low, high = bound_gap(*sides)
    covered = ((low <= 0.3) & (high >= 0.3)).mean()
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize("language", ["fr", "en"])
def test_scores_that_moved_are_drawn_with_their_intervals_and_the_sure_ones_full(language):
    wording = load_wording(language)
    tests = make_tests([9.0, -12.0, 1.0], alarms=[True, True, False])
    chart = plot_score_changes(tests, DRIVERS, voice="customer", wording=wording)
    axes = chart.axes[0]
    assert axes.collections[1].get_offsets()[:, 0].tolist() == [9.0, 1.0, -12.0], "the largest rise first"
    assert [colour[:3].tolist() == [1, 1, 1] for colour in axes.collections[1].get_facecolors()] == [False, True, False]
    assert [list(line[:, 0]) for line in axes.collections[0].get_segments()] == [[6, 12], [-2, 4], [-15, -9]]
    assert wording.labels(DRIVERS)[tests["subject"].iloc[1]] in chart.alt
    assert chart.to_png()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_themes_that_came_are_right_and_those_that_went_left(language):
    chart = plot_theme_changes(MOVED, wording=load_wording(language))
    assert [round(bar.get_width(), 2) for bar in chart.axes[0].patches] == [0.1, 0.05, -0.2]
    assert "2" in chart.caption
    assert "1" in chart.caption
    assert chart.to_png()


def test_nothing_to_compare_is_said():
    wording = load_wording("en")
    untested = make_tests([1.0], alarms=[False]).assign(p_value=np.nan)
    assert plot_score_changes(untested, DRIVERS, voice="customer", wording=wording).empty
    assert plot_theme_changes(MOVED.head(0), wording=wording).empty
