"""Small units: their employees count with others, or nothing is made of what they say (case P30)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxtext.clean import SmallUnits, clean_comments
from bxtext.pipeline.stages import STAGES

SIZES = {"Arras": 9, "Lille": 7, "Mons": 2, "Namur": 4, "Metz": 3, "Nancy": 8}
REGIONS = {"Arras": "Nord", "Lille": "Nord", "Mons": "Nord", "Namur": "Nord", "Metz": "Est", "Nancy": "Est"}
SMALL = SmallUnits(5)


def make_comments(sizes=SIZES, *, months=("2026-01-15",)):
    """One comment an employee of each unit, and forty customers of each."""
    rows = [
        {"voice": voice, "source": voice, "unit": unit, "respondent_id": f"{voice}{unit}{n}",
         "date": pd.Timestamp(months[n % len(months)]), "group_region": REGIONS[unit],
         "text": f"{'Le chef' if voice == 'employee' else 'Le colis'} numéro {n} de {unit} est toujours en retard"}
        for voice, places in (("employee", sizes), ("customer", dict.fromkeys(sizes, 40)))
        for unit, size in places.items() for n in range(size)
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(source_type="survey", field=None, rating=3.0)
    frame["comment_id"] = [f"k{place:04d}" for place in range(len(frame))]
    return frame


def employees(cleaned):
    return cleaned.documents[cleaned.documents["voice"] == "employee"]


def test_small_units_of_a_region_count_together_and_who_is_left_alone_is_set_aside():
    cleaned = clean_comments(make_comments(), None, SMALL)
    assert employees(cleaned)["unit"].value_counts().to_dict() == {
        "Arras": 9, "Nancy": 8, "Lille": 7, "Other units: Nord": 6,
    }  # fmt: skip
    assert cleaned.dropped["reason"].tolist() == ["small_unit"] * SIZES["Metz"]
    customers = cleaned.documents[cleaned.documents["voice"] == "customer"]
    assert set(customers["unit"]) == set(SIZES)


def test_without_groups_all_small_units_count_together():
    comments = make_comments().drop(columns="group_region")
    units = employees(clean_comments(comments, None, SmallUnits(5, "fr")))["unit"]
    assert (units == "Autres unités").sum() == SIZES["Mons"] + SIZES["Namur"] + SIZES["Metz"]


# P30
@pytest.mark.parametrize(
    "said",
    ["Tout va bien ici, merci", "", "RAS", "Appelez Sophie au 06 12 34 56 78", "Le chef 0 de Lille est là"],
)
@pytest.mark.parametrize("rating", [1.0, 5.0])
def test_what_one_of_a_small_group_says_or_scores_changes_no_byte_of_what_any_stage_reads(said, rating):
    comments = make_comments()
    before = clean_comments(comments, None, SMALL)
    theirs = comments.index[(comments["unit"] == "Metz") & (comments["voice"] == "employee")][0]
    changed = comments.copy()
    changed.loc[theirs, ["text", "rating"]] = [said, rating]
    after = clean_comments(changed, None, SMALL)
    assert after.documents.to_csv() == before.documents.to_csv()
    assert after.dropped.to_csv() == before.dropped.to_csv()


def test_no_stage_but_the_one_that_sets_them_aside_reads_comments():
    assert [stage.name for stage in STAGES if "comments" in stage.reads] == ["clean"]


@given(
    sizes=st.lists(st.integers(0, 12), min_size=3, max_size=8),
    k=st.integers(5, 8),
    months=st.integers(1, 3),
    seed=st.integers(0, 99),
)
@settings(max_examples=40)
def test_every_unit_told_is_of_k_people_and_what_was_told_of_a_month_stays(sizes, k, months, seed):
    rng = np.random.default_rng(seed)
    unit = np.repeat([f"u{place}" for place in range(len(sizes))], sizes)
    own = pd.DataFrame({"unit": unit, "respondent_id": [f"p{n}" for n in range(len(unit))], "voice": "employee"})
    own = own.assign(source="s", period=rng.integers(1, months + 1, len(own)).astype(str))
    heard = pd.Series(data=True, index=own.index)
    placed = SmallUnits(k).place(own, heard)
    people = own.groupby(placed.to_numpy())["respondent_id"].nunique()
    assert months > 1 or (people >= k).all()
    assert months > 1 or own.loc[placed.isna().to_numpy(), "respondent_id"].nunique() < k
    named = [name for name in people.index if name.startswith("u")]
    assert (own.groupby("unit")["respondent_id"].nunique()[named] >= k).all()
    first = own[own["period"] < str(months)]
    before = SmallUnits(k).place(first, heard[first.index])
    pd.testing.assert_series_equal(before.notna(), placed[first.index].notna())


def test_a_unit_that_grows_has_its_name_from_the_month_in_which_it_is_large_enough():
    comments = make_comments({"Metz": 8}, months=("2026-01-15", "2026-02-15", "2026-03-15"))
    counted = employees(clean_comments(comments, None, SMALL)).groupby("period").size().to_dict()
    assert counted == {"2026-02": 3, "2026-03": 2}


def test_rows_that_are_not_people_stay_as_they_are():
    comments = make_comments()
    comments["respondent_id"] = comments["respondent_id"].mask(comments["voice"] == "employee")
    pd.testing.assert_frame_equal(clean_comments(comments, None, SMALL).documents, clean_comments(comments).documents)
