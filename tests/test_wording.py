import math
import re
from datetime import date
from string import Formatter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext.brand import score_brand
from bxtext.claims import judge_claims
from bxtext.errors import ParamsError
from bxtext.importance import weigh_drivers
from bxtext.linkage import link_drivers
from bxtext.tables import LANGUAGES, TABLES
from bxtext.taxonomy import load_taxonomy
from bxtext.wording import NONE, THIN, load_wording

FR, EN = load_wording("fr"), load_wording("en")


def placeholders(entry):
    texts = [entry] if isinstance(entry, str) else entry.values()
    return {(name, form) for text in texts for _, name, form, _ in Formatter().parse(text) if name}


def test_both_catalogues_say_the_same_things():
    assert set(FR.entries) == set(EN.entries)
    differing = [key for key in FR.entries if placeholders(FR.entries[key]) != placeholders(EN.entries[key])]
    assert differing == []


def test_no_entry_is_empty_and_plurals_have_both_forms():
    for wording in (FR, EN):
        for key, entry in wording.entries.items():
            forms = [entry] if isinstance(entry, str) else [entry["one"], entry["other"]]
            assert all(form.strip() for form in forms), key
            if not isinstance(entry, str):
                assert "n" in {name for name, _ in placeholders(entry)}, key


def test_french_never_breaks_before_its_marks():
    for key, entry in FR.entries.items():
        for text in [entry] if isinstance(entry, str) else entry.values():
            assert not re.search(r" [:;!?»%]|« |'", text), key


def test_closed_lists_have_their_words():
    for table, column, prefix in (
        ("brand", "quadrant", "quadrant"), ("brand", "people", "light"), ("importance", "kano", "kano"),
        ("claims", "verdict", "verdict"), ("dropped", "reason", "dropped"), ("documents", "language", "language"),
        ("documents", "voice", "voice"), ("claims", "unit_of_n", "count"),
        ("theme_changes", "change", "theme_change"), ("theme_edits", "verb", "theme_verb"),
        ("theme_edits", "reason", "theme_conflict"),
    ):  # fmt: skip
        for value in TABLES[table].column(column).allowed:
            assert f"{prefix}.{value}" in FR, f"{prefix}.{value}"


@given(st.integers(-(10**9), 10**9))
def test_whole_numbers_are_grouped_by_three_and_can_be_read_back(number):
    assert int(FR.number(number).replace(THIN, "").replace("−", "-")) == number
    assert int(EN.number(number).replace(",", "").replace("−", "-")) == number


@given(st.floats(-1e6, 1e6))
def test_decimals_keep_their_value_and_zero_has_no_sign(number):
    said = FR.number(number, "+.1f")
    assert math.isclose(float(said.replace("−", "-").replace(",", ".")), number, abs_tol=0.0501)
    if not re.search("[1-9]", said):
        assert said[0] not in "+−"


def test_what_is_missing_is_a_dash():
    for wording in (FR, EN):
        assert wording.number(None) == wording.number(float("nan"), ".2f") == wording.date(pd.NaT) == NONE
        assert wording.interval(float("nan"), 3.0) == NONE


@pytest.mark.parametrize(("n", "french", "english"), [
    (0, "0 commentaire", "0 comments"), (1, "1 commentaire", "1 comment"), (2, "2 commentaires", "2 comments"),
])  # fmt: skip
def test_plural_of_zero_one_and_two(n, french, english):
    assert FR.text("count.comments", n=n) == french
    assert EN.text("count.comments", n=n) == english


def test_dates():
    assert FR.date(date(2026, 5, 1)) == "1er mai 2026"
    assert EN.date(date(2026, 5, 1)) == "1 May 2026"
    assert [FR.span([]), FR.span(["2026-01"])] == ["période inconnue", "janvier 2026"]


@given(st.text(max_size=40))
def test_a_value_is_said_as_it_is(name):
    assert FR.text("form.quote", name=name) == f"«{THIN}{name}{THIN}»"


def test_unknown_language():
    with pytest.raises(ParamsError, match="did you mean 'fr'"):
        load_wording("frr")
    assert {load_wording(language).language for language in LANGUAGES} == set(LANGUAGES)


def test_every_reason_a_stage_writes_has_its_french():
    """Stages write reasons in English; a French reader must never meet one."""
    taxonomy = load_taxonomy().as_table()
    documents = pd.DataFrame(
        {
            "document_id": [f"d{place}" for place in range(40)],
            "voice": ["customer"] * 32 + ["employee"] * 8,
            "unit": ["Lille", "Metz"] * 20,
            "period": "2026-01",
            "outcome": 0.5,
        }
    )
    mentions = pd.DataFrame(
        {
            "document_id": documents["document_id"],
            "driver_id": ["cx.staff_attitude"] * 32 + ["ex.manager_relationship"] * 8,
            "polarity": [1.0, -1.0] * 20, "n_positive": [1, 0] * 20, "n_negative": [0, 1] * 20,
            "intent": "praise", "actor": "brand_staff",
        }
    )  # fmt: skip
    importance = weigh_drivers(mentions, documents, taxonomy, resamples=200)
    links = link_drivers(mentions, documents, taxonomy, resamples=200)
    brand = score_brand(mentions, documents, taxonomy, importance)
    scores = pd.DataFrame(columns=[column.name for column in TABLES["driver_scores"].columns])
    claims = judge_claims(mentions, documents, taxonomy, scores, links.linkage, brand, resamples=200)
    written = pd.concat(
        [table["reason"].dropna() for table in (importance, links.linkage, links.mirror, brand, claims)]
    ).unique()
    assert len(written) > 5
    assert [reason for reason in written if FR.reason(reason) == reason] == []
    assert [reason for reason in written if EN.reason(reason).replace("’", "'") != reason] == []
