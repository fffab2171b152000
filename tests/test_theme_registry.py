"""Themes keep their ids from run to run, what people change is done again, and what can't be is told."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxtext.errors import ParamsError
from bxtext.params import load_params, registry_path
from bxtext.pipeline import check_client
from bxtext.run import Run
from bxtext.run.manifest import write_manifest
from bxtext.tables import check_table
from bxtext.themes import (
    FoundThemes,
    describe_conflicts,
    find_emerging,
    find_themes,
    follow_themes,
    load_registry,
    register_themes,
    replay_edits,
    save_registry,
)
from bxtext.themes.matching import match_themes
from bxtext.themes.registry import FILE_NAME, Registry, publish_registry, write_registry
from bxtext.themes.signatures import pair_signatures, sign_themes
from bxtext.wording import load_wording

# Invented remarks: the words of each subject.
SUBJECTS = {
    "delivery": "livraison colis livreur retard transporteur carton étage tournée",
    "staff": "vendeuse conseils sourire accueil écoute patience gentillesse politesse",
    "price": "prix tarif promotion remise ticket facture euros réduction",
    "website": "website page click search basket login password mobile",
    "parking": "parking garage spaces entrance lift trolley wheelchair ramp",
    "smell": "odeur peinture humidité aération fenêtre moisissure ventilation plafond",
}
ENGLISH = {"website", "parking"}
USUAL = ("delivery", "staff", "price", "website", "parking")
DRIVERS = ("cx.delivery_reliability", "cx.staff_attitude")
WORDS = st.sampled_from("colis retard prix accueil tarif page lift odeur remise sourire".split())
SIGNATURES = st.lists(
    st.dictionaries(WORDS, st.floats(0.1, 1).map(lambda weight: round(weight, 3)), min_size=1, max_size=4), max_size=6
)


IDS = st.sampled_from([f"customer-{place:02d}" for place in range(1, 7)])
EDITS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"verb": st.just("rename"), "theme": IDS, "fr": st.just("Un"), "en": st.just("One")}),
        st.fixed_dictionaries({"verb": st.just("merge"), "theme": IDS, "into": IDS}),
        st.fixed_dictionaries(
            {
                "verb": st.just("split"), "theme": IDS, "keywords": st.lists(WORDS, min_size=1, max_size=2),
                "fr": st.just("Deux"), "en": st.just("Two"),
            }
        ),
        st.fixed_dictionaries({"verb": st.just("map"), "theme": IDS, "driver": st.sampled_from([*DRIVERS, "cx.none"])}),
        st.fixed_dictionaries({"verb": st.just("hide"), "theme": IDS}),
    ),
    max_size=5,
)  # fmt: skip


def say(subjects, *, month, n=40, seed=0):
    """Segments and documents: `n` people a subject, one remark each."""
    rng = np.random.default_rng(seed)
    rows = [
        (
            subject,
            "en" if subject in ENGLISH else "fr",
            " ".join(rng.choice(SUBJECTS[subject].split(), 4, replace=False)),
        )
        for subject in subjects
        for _ in range(n)
    ]
    documents = pd.DataFrame(rows, columns=["subject", "language", "text"])
    documents["document_id"] = [f"{month}-{place:04d}" for place in range(len(rows))]
    documents = documents.assign(voice="customer", period=month)
    segments = documents[["document_id", "text"]].assign(segment_id=documents["document_id"] + ":000")
    return segments, documents


def place(subjects_of, segments, documents):
    """Themes as a model might have found them: `subjects_of` says what the subjects of each theme are."""
    named = {subject: theme for theme, subjects in subjects_of.items() for subject in subjects}
    theme = documents["subject"].map(named).astype("str")
    placed = pd.DataFrame({"segment_id": segments["segment_id"], "theme_id": theme, "similarity": 0.9, "reason": None})
    sizes = theme.value_counts().sort_index()
    themes = pd.DataFrame(
        {"theme_id": sizes.index, "n_segments": sizes.to_numpy(), "share": sizes.to_numpy() / len(theme)}
    )
    themes = themes.assign(
        label_fr=themes["theme_id"], label_en=themes["theme_id"], label_source="id", coherence=0.2, stability=0.9
    )
    words = sign_themes(placed, segments, documents)
    terms = [
        (key, language, rank, term, weight)
        for key in themes["theme_id"]
        for language in ("fr", "en")
        for rank, (term, weight) in enumerate(list(words[key].items())[:5], start=1)
    ]
    return FoundThemes(themes, pd.DataFrame(terms, columns=["theme_id", "language", "rank", "term", "weight"]), placed)


def run_month(registry, subjects_of, *, month="2026-01", seed=0, n=40):
    """One run: the registered themes, and the tables they came from."""
    subjects = [subject for own in subjects_of.values() for subject in own]
    segments, documents = say(subjects, month=month, seed=seed, n=n)
    found = place(subjects_of, segments, documents)
    return register_themes(found, segments, documents, registry, month), segments, documents


def alone(*subjects):
    """One theme a subject, numbered in this order."""
    return {f"customer-{place:02d}": (subject,) for place, subject in enumerate(subjects, start=1)}


def with_edits(registry, *edits):
    return Registry.model_validate(registry.model_dump() | {"edits": edits})


def changes_of(registered):
    table = check_table(registered.theme_changes, "theme_changes")
    return {row.theme_id: (row.change, row.other_id) for row in table.replace({np.nan: None}).itertuples()}


@pytest.fixture(scope="module")
def first():
    return run_month(Registry(), alone(*USUAL))


def test_a_theme_keeps_its_id_whatever_its_place(first):
    before = first[0].registry
    again, _, _ = run_month(before, alone(*reversed(USUAL)), month="2026-02", seed=1)
    assert again.permanent_ids == {f"customer-{6 - place:02d}": f"customer-{place:02d}" for place in range(1, 6)}
    assert set(changes_of(again).values()) == {("kept", None)}
    assert (again.found.themes["label_fr"] == again.found.themes["theme_id"]).all()
    for name in ("themes", "theme_terms", "segment_themes"):
        check_table(getattr(again.found, name), name)


def test_born_retired_and_back_again(first):
    gone, _, _ = run_month(first[0].registry, alone("smell", *USUAL[1:]), month="2026-02", seed=1)
    assert changes_of(gone)["customer-06"] == ("born", None)
    assert changes_of(gone)["customer-01"] == ("retired", None)
    assert gone.registry.themes["customer-01"].status == "retired"
    back, _, _ = run_month(gone.registry, alone(*USUAL), month="2026-03", seed=2)
    assert changes_of(back)["customer-01"] == ("returned", None)
    assert changes_of(back)["customer-06"] == ("retired", None)
    assert [(event.run, event.theme, event.change) for event in back.registry.lineage] == [
        ("2026-02", "customer-01", "retired"),
        ("2026-03", "customer-01", "returned"),
        ("2026-03", "customer-06", "retired"),
    ]


def test_merged_by_the_model_and_split_again(first):
    both = {"customer-01": ("delivery", "staff"), **{f"customer-0{n}": (USUAL[n],) for n in (2, 3, 4)}}
    merged, _, _ = run_month(first[0].registry, both, month="2026-02", seed=1)
    heir = merged.permanent_ids["customer-01"]
    lost = ({"customer-01", "customer-02"} - {heir}).pop()
    assert changes_of(merged)[lost] == ("merged", heir)
    assert changes_of(merged)[heir] == ("kept", None)
    assert merged.registry.heir(lost) == heir
    apart, _, _ = run_month(merged.registry, alone(*USUAL), month="2026-03", seed=2)
    assert {changes_of(apart)[heir][0], changes_of(apart)[lost][0]} == {"kept", "returned"}


def test_a_part_of_a_known_theme_has_split_from_it():
    one, _, _ = run_month(Registry(), {"customer-01": ("delivery", "staff"), "customer-02": ("price",)})
    two, _, _ = run_month(one.registry, alone("delivery", "staff", "price"), month="2026-02", seed=1)
    assert sorted(changes_of(two).values(), key=str) == [("kept", None), ("kept", None), ("split", "customer-01")]
    assert changes_of(two)["customer-03"] == ("split", "customer-01")


@given(SIGNATURES, SIGNATURES, st.randoms())
def test_matching_does_not_depend_on_the_order_of_the_themes(before, now, random):
    known = {f"customer-{place:02d}": words for place, words in enumerate(before, start=1)}
    found = {f"customer-{place:02d}": words for place, words in enumerate(now, start=1)}
    themes = {name: {"since": "r0", "label_fr": "a", "label_en": "a", "words": words} for name, words in known.items()}
    shuffled, again = (random.sample(list(mapping.items()), len(mapping)) for mapping in (themes, found))
    straight = match_themes(found, Registry(themes=themes), "customer", 0.4)
    assert match_themes(dict(again), Registry(themes=dict(shuffled)), "customer", 0.4) == straight
    ids = [row["theme_id"] for row in straight]
    assert len(set(ids)) == len(ids)
    assert {row["found"] for row in straight} - {None} == set(found)
    assert set(known) <= set(ids)


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=4), st.permutations(range(4)))
def test_pairing_rows_or_columns_is_the_same(rows, order):
    similarity = np.array(rows).round(3)
    total = sum(similarity[pair] for pair in pair_signatures(similarity, 0.4))
    assert total == pytest.approx(sum(similarity.T[pair] for pair in pair_signatures(similarity.T, 0.4)))
    assert total == pytest.approx(
        sum(similarity[:, order][pair] for pair in pair_signatures(similarity[:, order], 0.4))
    )


@given(st.lists(SIGNATURES, min_size=1, max_size=6))
def test_an_id_is_never_given_twice(runs):
    registry, owners = Registry(), {}
    for number, signatures in enumerate(runs):
        found = {f"customer-{place:02d}": words for place, words in enumerate(signatures, start=1)}
        rows = match_themes(found, registry, "customer", 0.4)
        born = [row["theme_id"] for row in rows if row["change"] in {"born", "split"}]
        assert not set(born) & set(owners)
        owners |= dict.fromkeys(born, number)
        present = {row["theme_id"]: row["found"] for row in rows if row["found"]}
        assert len(present) == len(found)
        themes = {
            name: {
                "since": f"r{owner}", "label_fr": name, "label_en": name,
                "words": found.get(present.get(name), {"x": 1}),
                "status": "active" if name in present else "retired",
            }
            for name, owner in owners.items()
        }  # fmt: skip
        registry = Registry.model_validate({"themes": themes})


def test_edits_survive_the_next_month(first):
    edits = (
        {"verb": "rename", "theme": "customer-01", "fr": "Délais", "en": "Delays"},
        {"verb": "merge", "theme": "customer-03", "into": "customer-02"},
        {"verb": "hide", "theme": "customer-05"},
        {"verb": "map", "theme": "customer-01", "driver": DRIVERS[0]},
    )
    registered, segments, documents = run_month(
        with_edits(first[0].registry, *edits), alone(*reversed(USUAL)), month="2026-02", seed=1
    )
    edited = replay_edits(registered.found, segments, documents, registered.registry, DRIVERS)
    table = check_table(edited.theme_edits, "theme_edits")
    assert set(table["status"]) == {"done"}
    assert table["n_segments"].tolist() == [0, 40, 40, 0]
    themes = check_table(edited.found.themes, "themes").set_index("theme_id")
    assert list(themes.index) == ["customer-01", "customer-02", "customer-04"]
    assert themes.loc["customer-01", ["label_fr", "label_en", "label_source", "mapped_to"]].tolist() == [
        "Délais", "Delays", "person", DRIVERS[0],
    ]  # fmt: skip
    assert themes["n_segments"].tolist() == [40, 80, 40]
    assert themes["share"].sum() == pytest.approx(160 / 200)
    placed = check_table(edited.found.segment_themes, "segment_themes")
    assert (placed["reason"] == "hidden").sum() == 40
    terms = check_table(edited.found.theme_terms, "theme_terms")
    assert set(terms["theme_id"]) == set(themes.index)
    joined = set(terms.loc[terms["theme_id"] == "customer-02", "term"])
    assert joined & set(SUBJECTS["staff"].split())
    assert joined & set(SUBJECTS["price"].split())


def test_a_theme_split_off_keeps_its_own_id(first):
    split = {
        "verb": "split",
        "theme": "customer-01",
        "keywords": ["colis", "transporteur"],
        "fr": "Colis",
        "en": "Parcels",
    }
    registry = with_edits(first[0].registry, split)
    for month in ("2026-02", "2026-03"):
        registered, segments, documents = run_month(registry, alone(*USUAL), month=month, seed=int(month[-1]))
        edited = replay_edits(registered.found, segments, documents, registered.registry, DRIVERS)
        registry = edited.registry
        assert edited.theme_edits["other_id"].tolist() == ["customer-06"]
        placed = edited.found.segment_themes.set_index("segment_id")["theme_id"]
        says = segments["text"].str.contains("colis|transporteur").to_numpy()
        assert set(placed[says & (documents["subject"] == "delivery").to_numpy()]) == {"customer-06"}
        assert not segments.loc[(placed == "customer-01").to_numpy(), "text"].str.contains("colis|transporteur").any()
        themes = check_table(edited.found.themes, "themes").set_index("theme_id")
        assert themes.loc["customer-06", "label_en"] == "Parcels"
        assert themes["n_segments"].sum() == len(segments)
        words = edited.found.theme_terms.query("theme_id == 'customer-06' and language == 'fr'")["term"]
        assert set(words) == {"colis", "transporteur"}
    undone = replay_edits(registered.found, segments, documents, with_edits(registry), DRIVERS)
    assert undone.registry.themes["customer-06"].status == "retired"
    assert undone.registry.next_ids("customer", 1) == ["customer-07"]


@settings(max_examples=15)
@given(EDITS)
def test_replaying_twice_is_replaying_once(first, edits):
    registered, segments, documents = first
    registry = with_edits(registered.registry, *edits)
    once = replay_edits(registered.found, segments, documents, registry, DRIVERS)
    twice = replay_edits(once.found, segments, documents, once.registry, DRIVERS)
    assert twice.registry == once.registry
    for name in ("themes", "theme_terms", "segment_themes"):
        pd.testing.assert_frame_equal(
            check_table(getattr(twice.found, name), name), check_table(getattr(once.found, name), name)
        )
    assert once.found.themes["n_segments"].sum() == once.found.segment_themes["theme_id"].notna().sum()
    check_table(once.theme_edits, "theme_edits")


@settings(max_examples=15)
@given(EDITS, st.randoms())
def test_the_order_of_the_edits_changes_nothing(first, edits, random):
    registered, segments, documents = first
    shuffled = random.sample(edits, len(edits))
    one, other = (
        replay_edits(registered.found, segments, documents, with_edits(registered.registry, *order), DRIVERS)
        for order in (edits, shuffled)
    )
    pd.testing.assert_frame_equal(one.found.themes, other.found.themes)
    pd.testing.assert_frame_equal(one.found.segment_themes, other.found.segment_themes)


def test_conflicts_are_all_told_with_what_to_do(first):
    registered, segments, documents = run_month(first[0].registry, alone(*USUAL[:4]), month="2026-02", seed=1)
    registry = with_edits(
        registered.registry,
        {"verb": "rename", "theme": "customer-05", "fr": "Parking", "en": "Car park"},  # retired
        {"verb": "hide", "theme": "customer-77"},  # unknown
        {"verb": "merge", "theme": "customer-01", "into": "customer-02"},  # cycle
        {"verb": "merge", "theme": "customer-02", "into": "customer-01"},  # cycle
        {"verb": "rename", "theme": "customer-03", "fr": "Prix", "en": "Price"},  # twice
        {"verb": "rename", "theme": "customer-03", "fr": "Tarifs", "en": "Price"},  # twice
        {"verb": "map", "theme": "customer-03", "driver": "cx.nowhere"},
        {"verb": "split", "theme": "customer-03", "keywords": ["de la"], "fr": "A", "en": "B"},
        {"verb": "rename", "theme": "customer-04", "fr": "Site", "en": "Site"},  # fine
    )
    edited = replay_edits(registered.found, segments, documents, registry, DRIVERS)
    assert edited.theme_edits["reason"].tolist()[:-1] == [
        "retired", "unknown", "cycle", "cycle", "twice", "twice", "no_driver", "no_keyword",
    ]  # fmt: skip
    assert edited.theme_edits["status"].tolist() == ["conflict"] * 8 + ["done"]
    assert set(edited.found.themes["theme_id"]) == {f"customer-0{place}" for place in (1, 2, 3, 4)}
    assert edited.found.themes.set_index("theme_id").loc["customer-04", "label_en"] == "Site"
    for language in ("fr", "en"):
        told = describe_conflicts(edited.theme_edits, load_wording(language))["conflict"]
        assert len(set(told)) == 7  # the two renames are in each other's way
        assert told.str.contains("customer-").all()


def test_an_edit_on_a_theme_that_is_part_of_another_names_the_other(first):
    both = {"customer-01": ("delivery", "staff"), **{f"customer-0{n}": (USUAL[n],) for n in (2, 3, 4)}}
    merged, segments, documents = run_month(first[0].registry, both, month="2026-02", seed=1)
    heir = merged.permanent_ids["customer-01"]
    lost = ({"customer-01", "customer-02"} - {heir}).pop()
    registry = with_edits(merged.registry, {"verb": "rename", "theme": lost, "fr": "A", "en": "B"})
    edits = replay_edits(merged.found, segments, documents, registry, DRIVERS).theme_edits
    assert edits[["reason", "other_id"]].to_numpy().tolist() == [["merged", heir]]


def test_a_registry_goes_through_its_file_unchanged(first, tmp_path):
    registry = with_edits(
        first[0].registry,
        {"verb": "split", "theme": "customer-01", "keywords": ["étage"], "fr": "Étage", "en": "Floor"},
    )
    save_registry(registry, tmp_path)
    text = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    (tmp_path / "params").mkdir()
    registry_path("acme", tmp_path).write_text(text, encoding="utf-8")
    assert load_registry("acme", tmp_path) == registry
    assert "étage" in text
    assert list(json.loads(text)["themes"]) == sorted(registry.themes)
    write_registry(load_registry("acme", tmp_path), registry_path("acme", tmp_path))
    assert registry_path("acme", tmp_path).read_text(encoding="utf-8") == text


@given(SIGNATURES)
def test_any_registry_goes_through_json(signatures):
    themes = {
        f"employee-{place:02d}": {"since": "r1", "label_fr": "é", "label_en": "e", "words": words}
        for place, words in enumerate(signatures, start=1)
    }
    registry = Registry.model_validate({"themes": themes})
    assert Registry.model_validate_json(registry.model_dump_json(exclude_defaults=True)) == registry


def test_words_of_few_people_stay_out_of_the_registry(first):
    registered, segments, documents = first
    segments = segments.copy()
    segments.loc[:3, "text"] += " zorglub"
    signatures = sign_themes(registered.found.segment_themes, segments, documents)
    assert not any("zorglub" in words for words in signatures.values())
    segments.loc[:4, "text"] += " zorglub"
    assert "zorglub" in sign_themes(registered.found.segment_themes, segments, documents)["customer-01"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not JSON"),
        ("[]", "holds a list"),
        ('{"revision": 1, "revision": 2}', "'revision' stands twice"),
        ('{"schema_version": 2}', "schema_version: found 2"),
        ('{"edit": []}', "edit: unknown; did you mean 'edits'?"),
        ('{"edits": [{"verb": "rename", "theme": "customer-01", "fr": "A"}]}', r"edits\.0\.rename\.en: missing"),
        ('{"edits": [{"verb": "renam", "theme": "customer-01"}]}', "'rename'"),
        ('{"edits": [{"verb": "hide", "theme": "1"}]}', r"edits\.0\.hide\.theme: found '1'"),
    ],
)
def test_a_faulty_file_is_told_before_any_kernel_starts(acme, text, told):
    registry_path("acme", acme).write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=told) as caught:
        check_client("acme", acme)
    assert str(caught.value).startswith("acme.themes.json")


def test_a_run_publishes_its_themes_and_keeps_what_people_wrote_meanwhile(first, acme, tmp_path):
    path, run = registry_path("acme", acme), tmp_path / "r1"
    path.write_text("{}", encoding="utf-8")
    save_registry(first[0].registry, run)
    path.write_text('{"edits": [{"verb": "hide", "theme": "customer-02"}]}', encoding="utf-8")
    publish_registry("acme", acme, run)
    kept = load_registry("acme", acme)
    assert kept.themes == first[0].registry.themes
    assert [edit.theme for edit in kept.edits] == ["customer-02"]
    with pytest.raises(ParamsError, match="another run was faster"):
        publish_registry("acme", acme, run)


def test_months_of_earlier_runs_are_read_from_the_newest_that_holds_them(acme):
    params = load_params("acme", acme)
    for run_id, month in (("r1", "2026-01"), ("r2", "2026-02"), ("r3", "2026-02"), ("r4", "2026-03")):
        segments, documents = say(("delivery",), month=month, n=3)
        documents = documents.drop(columns="subject").assign(
            source="s", n_words=4, n_masked=0, repaired=0, trimmed=None
        )
        documents["document_id"], segments["document_id"] = (
            run_id + table["document_id"] if run_id == "r3" else table["document_id"] for table in (documents, segments)
        )
        run = Run("acme", run_id, acme, params)
        run.write("documents", documents)
        run.write("segments", segments.assign(position=0, start=0, end=4))
        if run_id != "r4":
            write_manifest(run, "done" if run_id != "r2" else "failed", [])
    segments, documents = run.read_earlier()
    assert documents["document_id"].tolist() == [f"r32026-02-000{n}" for n in range(3)] + [
        f"2026-01-000{n}" for n in range(3)
    ]
    assert set(segments["document_id"]) == set(documents["document_id"])


def test_a_second_month_from_texts():
    """Found by the real model: ids are kept, edits survive, a planted theme is new and on the rise."""
    one = say(USUAL, month="2026-01", seed=1)
    registered = register_themes(find_themes(*one, n_themes=5, min_segments=10), *one, Registry(), "r1")
    names = registered.found.themes["theme_id"].tolist()
    assert len(names) == 5
    registry = with_edits(
        registered.registry,
        {"verb": "rename", "theme": names[0], "fr": "Un", "en": "One"},
        {"verb": "merge", "theme": names[1], "into": names[2]},
        {"verb": "hide", "theme": names[3]},
    )
    two = say([*USUAL[::-1], "smell"], month="2026-02", seed=2)
    again = register_themes(find_themes(*two, n_themes=6, min_segments=10), *two, registry, "r2")
    changed = changes_of(again)
    assert {name: changed.pop(name) for name in names} == dict.fromkeys(names, ("kept", None))
    assert changed == {"customer-06": ("born", None)}
    edited = replay_edits(again.found, *two, again.registry, DRIVERS)
    themes = edited.found.themes.set_index("theme_id")
    assert set(themes.index) == {names[0], names[2], names[4], "customer-06"}
    assert themes.loc[names[0], "label_fr"] == "Un"
    periods = check_table(follow_themes(again, edited, *two, one), "theme_periods")
    assert set(periods["period"]) == {"2026-01", "2026-02"}
    emerging = check_table(find_emerging(periods, again.theme_changes), "emerging_themes").set_index("theme_id")
    assert emerging.loc["customer-06", "verdict"] == "emerging"
    assert set(emerging.drop("customer-06")["verdict"]) == {"not_enough_data"}
    alone_ = follow_themes(again, edited, *two, tuple(table.head(0) for table in one))
    assert set(find_emerging(alone_, again.theme_changes)["verdict"]) == {"not_enough_data"}


def test_no_theme_at_all():
    segments, documents = say(("delivery",), month="2026-01", n=2)
    found = find_themes(segments, documents)
    registered = register_themes(found, segments, documents, Registry(), "r1")
    edited = replay_edits(registered.found, segments, documents, registered.registry, DRIVERS)
    periods = follow_themes(registered, edited, segments, documents, (segments.head(0), documents.head(0)))
    for name, table in (
        ("themes", edited.found.themes), ("theme_terms", edited.found.theme_terms),
        ("segment_themes", edited.found.segment_themes), ("theme_changes", registered.theme_changes),
        ("theme_edits", edited.theme_edits), ("theme_periods", periods),
        ("emerging_themes", find_emerging(periods, registered.theme_changes)),
    ):  # fmt: skip
        check_table(table, name)
    assert registered.registry == Registry(revision=1, run="r1")
