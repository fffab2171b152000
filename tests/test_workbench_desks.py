"""The functions under the workbench's panels: what is decided is kept, used, and shows nobody."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxtext.drivers import map_drivers
from bxtext.drivers.concessions import count_concessions
from bxtext.errors import InputError, ParamsError, TableError, TaxonomyError
from bxtext.evaluation import find_labels
from bxtext.params import labels_path, load_params
from bxtext.publish import EXPLORED, Policy, publish
from bxtext.run import Run
from bxtext.scores import score_drivers
from bxtext.tables import VOICES, check_table, write_table
from bxtext.taxonomy import load_taxonomy
from bxtext.themes.registry import Hide, KnownTheme, Map, Merge, Registry, Rename, Split, load_registry, write_registry
from bxtext.wording import load_wording
from bxtext.workbench.corpus import Choice, make_corpus, open_corpus
from bxtext.workbench.driver_desk import Additions, DriverDesk
from bxtext.workbench.evidence import mark_evidence
from bxtext.workbench.grid import draw_grid
from bxtext.workbench.keys import read_keys
from bxtext.workbench.labels import COLUMNS, Card, LabelFile, compare_coders, merge_labels
from bxtext.workbench.stack import choose_stack, measure_labels
from bxtext.workbench.teach_desk import TeachDesk
from bxtext.workbench.theme_desk import ThemeDesk
from bxtext.workbench.views import Explorer

FEW = ("cx.staff_attitude", "cx.price_value", "cx.delivery_reliability", "ex.pay_benefits", "ex.manager_relationship")
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
PARAMS = """client: {{name: Acme, language: en}}
# a comment that must survive
sources:
  - {{name: r, voice: customer, path: data/r.csv, columns: {{text: t}}}}
taxonomy:
  drop: [{drop}]
"""


def make_tables(n=240, *, seed=0):
    """A run of two voices: customers of prices and parcels, employees of pay and managers, in units of many sizes."""
    rng = np.random.default_rng(seed)
    said = {
        "customer": [("cx.price_value", "far too dear"), ("cx.delivery_reliability", "the parcel came late"),
                     ("cx.staff_attitude", "a warm welcome")],
        "employee": [("ex.pay_benefits", "the pay is low"), ("ex.manager_relationship", "my manager listens")],
    }  # fmt: skip
    rows, mentions = [], []
    for number in range(n):
        voice = VOICES[number % 2]
        driver_id, text = said[voice][rng.integers(len(said[voice]))]
        key = f"d{number:04d}"
        unit = f"unit {min(int(rng.geometric(0.3)), 7)}"
        month = f"2026-0{rng.integers(1, 4)}"
        rows.append({
            "document_id": key, "source": "r", "voice": voice, "language": "en", "n_words": 6, "n_masked": 0,
            "repaired": 0,
            "text": f"Number {number}: {text}.", "date": pd.Timestamp(f"{month}-15"), "period": month, "unit": unit,
            "outcome": rng.random(), "respondent_id": f"p{rng.integers(n // 3)}",
        })  # fmt: skip
        mentions.append({
            "document_id": key, "driver_id": driver_id, "polarity": rng.choice([-0.8, 0.1, 0.7]), "n_positive": 0,
            "n_negative": 0, "confidence": rng.uniform(0.4, 1), "actor": "process", "stage": "cross", "method": "cue",
            "intent": "statement", "evidence": f"« {text} »",
        })  # fmt: skip
    documents = pd.DataFrame(rows)
    segments = documents[["document_id", "text"]].assign(position=0, start=0, end=documents["text"].str.len())
    segments["segment_id"] = segments["document_id"] + ":000"
    themes = [("customer-01", "prix", "prices"), ("customer-02", "colis", "parcels"), ("employee-01", "paie", "pay")]
    theme_of = {"cx.price_value": "customer-01", "cx.delivery_reliability": "customer-02",
                "cx.staff_attitude": "customer-02"}  # fmt: skip
    mentions = pd.DataFrame(mentions)
    placed = mentions["driver_id"].map(theme_of).fillna("employee-01").to_numpy()
    return {
        "documents": documents, "segments": segments, "mentions": mentions,
        "segment_themes": pd.DataFrame({"segment_id": segments["segment_id"], "theme_id": placed, "similarity": 0.5}),
        "sentiment": segments[["segment_id"]].assign(
            polarity=mentions["polarity"].to_numpy(), label="neutral", confidence=0.5, intent="statement",
            method="model",
        ),
        "drivers": load_taxonomy().as_table(),
        "themes": pd.DataFrame([
            {"theme_id": key, "label_fr": fr, "label_en": en, "label_source": "terms",
             "n_segments": int((placed == key).sum()), "share": 0.3, "stable": True}
            for key, fr, en in themes
        ]),
        "theme_terms": pd.DataFrame([
            {"theme_id": key, "language": "en", "rank": 1, "term": en, "weight": 1.0} for key, _, en in themes
        ]),
        "concessions": pd.DataFrame({
            "document_id": ["d0000"], "positive_driver_id": "cx.staff_attitude", "negative_driver_id": "cx.price_value",
            "direction": "spoils", "connective": "but",
        }),
        "disagreements": pd.DataFrame({
            "document_id": ["d0000"], "voice": "customer", "outcome": 1.0, "polarity": -0.8, "kind": "irony",
        }),
    }  # fmt: skip


@pytest.fixture(scope="module")
def tables():
    return make_tables()


def publish_tables(tables):
    """What a run may show of employees."""
    drivers, documents = tables["drivers"], tables["documents"]
    names = ("documents", "mentions", "drivers", "segments", "segment_themes", "concessions", "themes")
    asked = {name: check_table(tables[name], name) for name in names}
    weighed = drivers[["driver_id"]].assign(voice="employee", weight=1 / len(drivers), stated=0.1)
    asked["importance"] = check_table(weighed, "importance")
    asked["concession_counts"] = count_concessions(tables["concessions"], documents)
    asked["driver_scores"] = score_drivers(tables["mentions"], documents, drivers)
    published = publish(asked, Policy())
    return {name: published[name] for name in EXPLORED if name in published}


def make_explorer(tables):
    return Explorer(make_corpus(tables.__getitem__, publish_tables(tables).__getitem__))


@pytest.fixture(scope="module")
def explorer(tables):
    return make_explorer(tables)


@pytest.fixture
def run(tmp_path, tables):
    others = sorted(set(load_taxonomy().drivers) - set(FEW))
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "acme.yaml").write_text(PARAMS.format(drop=", ".join(others)), encoding="utf-8")
    made = Run("acme", "r1", tmp_path, load_params("acme", tmp_path))
    for name, frame in tables.items():
        write_table(frame, name, made.tables)
    registry = Registry(
        revision=1, run="r1",
        themes={
            row["theme_id"]: KnownTheme(since="r1", label_fr=row["label_fr"], label_en=row["label_en"])
            for row in tables["themes"].to_dict("records")
        },
    )  # fmt: skip
    write_registry(registry, made.folder / "themes.json")
    return made


def teach_card(text="Le zorglub est cassé", key="d0001"):
    return Card("teach", key, f"{key}:000", "customer", "fr", text, text, ())


# Labels


def test_a_decision_is_a_row_and_undo_takes_back_ones_own(tmp_path):
    labels = LabelFile(tmp_path / "acme.labels.csv")
    labels.add(teach_card(key="d1"), "ana", ["cx.price_value"], "negative")
    labels.add(teach_card(HOSTILE + "\nline, two", key="d2"), "bob", [], "neutral")
    labels.add(teach_card(key="d3"), "ana", [], "neutral")
    assert labels.undo("ana") == "d3:000"
    told = labels.read()
    assert told[["coder", "document_id", "drivers"]].to_numpy().tolist() == [
        ["ana", "d1", "cx.price_value"], ["bob", "d2", ""],
    ]  # fmt: skip
    assert told["text"].iloc[1] == HOSTILE + " line, two"
    assert labels.undo("zoe") is None
    assert len(labels.path.read_text(encoding="utf-8").splitlines()) == 3


def test_a_row_half_written_is_no_decision_and_the_next_one_is_whole(tmp_path):
    labels = LabelFile(tmp_path / "acme.labels.csv")
    labels.add(teach_card(key="d1"), "ana", [], "neutral")
    with labels.path.open("ab") as file:
        file.write(b"2026-11-22T10:00:00+00:00,ana,teach,d2:0")
    labels.add(teach_card(key="d3"), "ana", [], "neutral")
    assert labels.read()["document_id"].tolist() == ["d1", "d3"]


def test_a_killed_kernel_has_lost_no_decision(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from bxtext.workbench.labels import Card, LabelFile\n"
        "labels = LabelFile(Path(sys.argv[1]))\n"
        "for number in range(10_000):\n"
        "    card = Card('teach', f'd{number}', f'd{number}:0', 'customer', 'fr', 'un texte', '', ())\n"
        "    labels.add(card, 'ana', [], 'neutral'); print(number, flush=True)\n"
    )
    path = tmp_path / "acme.labels.csv"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as labelling:
        said = [labelling.stdout.readline() for _ in range(40)]
        labelling.kill()
        said += labelling.stdout.read().splitlines()
    last = int(said[-1])
    kept = LabelFile(path).read()["document_id"].tolist()
    assert kept[: last + 1] == [f"d{number}" for number in range(last + 1)]
    assert len(kept) <= last + 2


def test_files_of_two_people_merge_and_what_contradicts_itself_is_reported(tmp_path):
    ana, bob = LabelFile(tmp_path / "a.csv"), LabelFile(tmp_path / "b.csv")
    for labels, coder, first in ((ana, "ana", "cx.price_value"), (bob, "bob", "cx.staff_attitude")):
        labels.add(teach_card("Trop cher", key="d1"), coder, [first], "negative")
    ana.add(teach_card("Bien", key="d2"), "ana", [], "positive")
    bob.add(teach_card("Bien", key="d2"), "ana", [], "negative")
    merged = merge_labels(ana.read(), bob.read())
    assert merged.labels[["coder", "document_id"]].to_numpy().tolist() == [["ana", "d1"], ["bob", "d1"]]
    assert merged.conflicts["document_id"].tolist() == ["d2", "d2"]
    ana.write(merged.labels)
    assert compare_coders(ana.read())["coder"].tolist() == ["ana", "bob"]


def test_the_next_run_hears_what_was_taught_and_not_what_coders_disagree_on(run):
    labels = LabelFile(labels_path("acme", run.root))
    for number in range(8):
        labels.add(teach_card(f"zorglub gris {number}", f"d{number}"), "ana", ["cx.price_value"], "negative")
    labels.add(teach_card("trop de bruit", "d90"), "ana", ["cx.price_value"], "negative")
    labels.add(teach_card("trop de bruit", "d90"), "bob", [], "neutral")
    labels.add(teach_card("autre chose", "d91")._replace(use="check"), "ana", [], "neutral")
    labels.add(teach_card("encore autre", "d92")._replace(use="skip"), "ana", [], "")
    lessons = load_params("acme", run.root).taxonomy.teach
    assert sorted(lesson.text for lesson in lessons) == [f"zorglub gris {number}" for number in range(8)]

    texts = ["zorglub gris", "Personnel charmant"]
    documents = pd.DataFrame({"document_id": ["a", "b"], "voice": "customer", "language": "fr", "text": texts})
    segments = documents[["document_id", "text"]].assign(segment_id=documents["document_id"] + ":000", position=0)
    sentiment = segments[["segment_id"]].assign(
        polarity=-0.5, label="negative", intent="statement", intent_evidence=None
    )
    found = {}
    for name, params in (("before", run.params), ("after", load_params("acme", run.root))):
        taxonomy = load_taxonomy(**params.taxonomy.model_dump())
        mentions = map_drivers(segments, documents, sentiment, taxonomy).mentions
        found[name] = mentions.loc[mentions["document_id"] == "a", "driver_id"].tolist()
    assert found == {"before": [], "after": ["cx.price_value"]}


def test_only_whole_comments_drawn_at_random_measure(run, tables):
    labels = LabelFile(labels_path("acme", run.root))
    truth = tables["mentions"].set_index("document_id")["driver_id"]
    labels.add(Card("teach", "d0000", "d0000:000", "customer", "en", "x y z", "", ()), "ana", [], "neutral")
    for key in ("d0002", "d0004"):
        labels.add(Card("check", key, "", "customer", "en", key, "", ()), "ana", [truth[key]], "neutral")
    taxonomy = load_taxonomy()
    assert set(find_labels(labels.path, tables["documents"], taxonomy)["document_id"]) == {"d0002", "d0004"}
    found = measure_labels(tables["documents"], tables["mentions"], labels.read(), taxonomy, coder="ana")
    assert found.overall.loc[0, ["n_documents", "micro_f1"]].tolist() == [2, 1.0]


def test_every_stage_takes_what_a_client_taught():
    for path in sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9]*.ipynb")):
        assert 'options(\\"taxonomy\\")' not in path.read_text(encoding="utf-8"), "lessons would be objects, not rows"


# The stack


def test_the_stack_goes_round_the_drivers_and_every_third_card_is_a_comment_to_check_by(tables):
    cards = choose_stack(
        tables["documents"], tables["segments"], tables["mentions"], pd.DataFrame(columns=COLUMNS), coder="ana", n=30
    )
    assert [card.use for card in cards[:6]] == ["teach", "teach", "check"] * 2
    assert len({card.document_id for card in cards}) == len({card.text for card in cards}) == 30
    first = [card.proposed[0] for card in cards if card.use == "teach"][:5]
    assert len(set(first)) == 5, "one of each driver before a second of any"
    confidence = tables["mentions"].set_index("document_id")["confidence"]
    unsure = [confidence[card.document_id] for card in cards if card.use == "teach"]
    assert np.mean(np.abs(np.array(unsure) - 0.5)) < np.abs(confidence - 0.5).mean() / 2


def test_the_stack_is_the_same_whatever_the_order_of_the_rows(tables):
    none = pd.DataFrame(columns=COLUMNS)
    shuffled = {name: tables[name].sample(frac=1, random_state=3) for name in ("documents", "segments", "mentions")}
    names = ("documents", "segments", "mentions")
    first, second = (
        choose_stack(*(given[name] for name in names), none, coder="a", n=40) for given in (tables, shuffled)
    )
    assert [card.document_id for card in first] == [card.document_id for card in second]


def test_a_desk_never_shows_a_card_twice_and_undo_brings_it_back(run):
    desk = TeachDesk(run, load_taxonomy(**run.params.taxonomy.model_dump()), "ana")
    seen = []
    for _ in range(5):
        seen.append(desk.card.document_id)
        desk.decide(desk.card.proposed[:1], polarity="negative")
    assert desk.undo()
    assert desk.card.document_id == seen[-1]
    desk.skip()
    assert desk.tally().sum() == 5
    desk.sit("bob")
    assert [desk._stack[place].document_id for place in range(4)] == seen[:4], "the second coder gets the same cards"
    assert desk._stack[0].proposed == (), "and isn't told what to answer"
    desk.sit("ana")
    assert not set(seen) & {card.document_id for card in desk._stack}


@given(st.lists(st.sampled_from(["1", "2", "0", "-", "+", "u", "s", "x", "99"]), max_size=4))
def test_keys_are_read_or_refused_whole(words):
    try:
        answer = read_keys(" ".join(words), ["a", "b"])
    except InputError:
        return
    assert answer.command in {"label", "undo", "skip"}
    assert (answer.command == "label") == (words not in (["u"], ["s"]))
    assert set(answer.drivers) == {["a", "b"][int(word) - 1] for word in words if word in {"1", "2"}}


# What is shown


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.said = set(), []

    def handle_starttag(self, tag, _attrs):
        self.found.add(tag)

    def handle_data(self, data):
        self.said.append(data)


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=8), max_size=3))
def test_evidence_is_marked_and_nothing_else_is_added(text, words):
    reader = Tags()
    reader.feed(mark_evidence(text, [*words, *(f"« {word} »" for word in words)]))
    reader.close()
    assert reader.found <= {"mark"}
    assert "".join(reader.said) == text


def test_hostile_text_is_text_in_a_grid():
    table = pd.DataFrame({"unit": [HOSTILE + "\n'"], "marked": [mark_evidence(HOSTILE, ["alert"])]})
    html = draw_grid(table, load_wording("fr"), names={"unit": HOSTILE, "marked": "said"}, made_here=["marked"])
    assert "<img src=x" not in html
    assert "<script>alert" not in html
    assert "&lt;/script&gt; &#x27;" in html, "escaped once, on one line"


def test_scores_of_a_choice_are_those_of_the_line(tables, explorer):
    line = score_drivers(tables["mentions"], tables["documents"], tables["drivers"])
    line = line[(line["cut"] == "unit") & (line["group"] == "unit 1") & (line["period"] == "all") & ~line["suppressed"]]
    shown = explorer.score(Choice("customer").but(unit="unit 1")).set_index("driver_id")
    own = line[line["voice"] == "customer"].set_index("driver_id").loc[shown.index]
    assert len(shown) == 3
    np.testing.assert_allclose(shown["score"], own["score"])
    np.testing.assert_allclose(shown[["ci_low", "ci_high"]], own[["ci_low", "ci_high"]], atol=3)


def test_remarks_carry_what_was_chosen(explorer, tables):
    choice = Choice("customer").but(unit="unit 2", driver="cx.price_value")
    said = explorer.remarks(choice)
    sure = tables["mentions"].set_index("document_id")["confidence"]
    assert sure[said["document_id"]].is_monotonic_decreasing
    assert set(said["unit"]) == {"unit 2"}
    assert said["marked"].str.contains("<mark>far too dear</mark>").all()
    assert explorer.count(choice).loc[0, "n_documents"] == len(said)
    assert len(explorer.remarks(choice.but(words="number 1")))
    with pytest.raises(ParamsError, match=r"allowed|did you mean"):
        explorer.count(Choice("customer").but(unti="x"))


def test_employees_are_never_quoted_nor_mapped(explorer):
    choice = Choice("employee")
    assert explorer.remarks(choice).empty
    assert explorer.disagreements(choice).empty
    assert explorer.places(choice).empty
    assert explorer.count(choice.but(words="manager")).empty
    assert set(explorer.corpus.documents["voice"]) == {"customer"}, "their comments aren't even at hand"


def walk(everything, rng, steps=4):
    """Filter at random among everything there is, published or not."""
    choice = Choice("employee")
    for _ in range(steps):
        name = str(rng.choice(sorted(everything)))
        choice = choice.but(**{name: rng.choice([*everything[name], None])})
        yield choice


def look(explorer, choice):
    """Return the people behind every figure that the views of a choice show, by driver, cut and month."""
    cuts = dict(choice.cuts)
    month = cuts.pop("period", "all")
    place = next(iter(cuts.items()), ("all", "all"))
    seen = {(row.driver_id, place, month): row.n_respondents for row in explorer.score(choice).itertuples()}
    return seen | {(choice.driver, place, row.period): row.n_respondents for row in explorer.trace(choice).itertuples()}


def test_500_random_paths_show_nobody_nor_what_is_left_over():
    tables = make_tables(600, seed=4)
    explorer, k = make_explorer(tables), 5
    own = tables["documents"][tables["documents"]["voice"] == "employee"].merge(tables["mentions"], on="document_id")
    everything = {"unit": sorted(own["unit"].unique()), "period": sorted(own["period"].unique()),
                  "driver": sorted(own["driver_id"].unique()), "theme": ["employee-01"]}  # fmt: skip
    rng, found = np.random.default_rng(11), {}
    for choice in (choice for _ in range(500) for choice in walk(everything, rng)):
        if choice not in found:
            found[choice] = look(explorer, choice)
            assert explorer.count(choice).empty == explorer.score(choice).empty
            assert len(explorer.themes(choice)) == (not choice.filters)
    for choice in found:
        for name in ("unit", "period", "driver"):
            for value in explorer.values(choice, name):
                assert found.get(choice.but(**{name: value}), True), "what is offered is shown"
    seen = {cell: n for cells in found.values() for cell, n in cells.items()}
    hidden = sum(not cells for cells in found.values())
    assert hidden > 50
    assert len(seen) > 30

    def people(cell):
        driver, (cut, group), month = cell
        kept = (own["driver_id"] == driver) & (True if cut == "all" else own["unit"] == group)
        return set(own.loc[kept & (True if month == "all" else own["period"] == month), "document_id"])

    who = own.drop_duplicates("document_id").set_index("document_id")["respondent_id"]
    behind = {cell: people(cell) for cell in seen}
    for cell, n in seen.items():
        assert n == who[list(behind[cell])].nunique() >= k
    for large, small in permutations(seen, 2):
        if large[0] == small[0] and behind[small] < behind[large]:
            assert who[list(behind[large] - behind[small])].nunique() >= k, "one figure less another"


def test_the_total_less_the_units_shown_gives_nobody_away():
    tables = make_tables(20)
    one = tables["documents"].iloc[1].to_dict()
    units = ["a"] * 20 + ["b"] * 9 + ["c"] * 3
    documents = pd.DataFrame(
        [one | {"document_id": f"e{place:02d}", "respondent_id": f"q{place}", "unit": unit}
         for place, unit in enumerate(units)]
    )  # fmt: skip
    said = tables["mentions"].iloc[[1]].drop(columns="document_id").merge(documents[["document_id"]], how="cross")
    explorer = make_explorer(tables | {"documents": documents, "mentions": said})
    assert explorer.values(Choice("employee"), "unit") == ["a"], "c is hidden, and b with it: a + b would give c"


def test_a_run_that_published_nothing_says_how(run):
    explorer = Explorer(open_corpus(run))
    assert not explorer.count(Choice("customer")).empty
    with pytest.raises(TableError, match=r"employees .* isn't published yet; `bxtext report acme --run r1`"):
        explorer.count(Choice("employee"))


def test_the_trend_drawn_is_the_table(explorer):
    wording = load_wording("fr")
    chosen = Choice("customer").but(unit="unit 1")
    here, everybody = explorer.draw_trace(chosen, wording).series.measures
    np.testing.assert_array_equal(here.values, explorer.trace(chosen)["score"].round())
    np.testing.assert_array_equal(everybody.values, explorer.trace(Choice("customer"))["score"].round())
    assert len(explorer.draw_trace(Choice("customer"), wording).series.measures) == 1
    assert explorer.draw_trace(Choice("employee"), wording).empty, "of all drivers together nothing is published"
    units = explorer.units(Choice("customer", driver="cx.price_value")).set_index("unit")
    one = explorer.score(Choice("customer", driver="cx.price_value").but(unit="unit 1")).iloc[0]
    assert units.loc["unit 1", "score"] == pytest.approx(one["score"])


# Themes and drivers


def test_an_edit_is_tried_then_kept_then_taken_back(run):
    desk = ThemeDesk(run, load_wording("en"))
    merge = Merge(verb="merge", theme="customer-02", into="customer-01")
    changed = desk.preview(merge).set_index("theme_id")
    assert not desk.path.exists()
    sizes = run.read("themes").set_index("theme_id")["n_segments"]
    assert changed.loc["customer-01", "n_segments_after"] == sizes["customer-01"] + sizes["customer-02"]
    desk.commit(Rename(verb="rename", theme="customer-01", fr="cher", en="dear"))
    desk.commit(merge)
    assert [edit.verb for edit in load_registry("acme", run.root).edits] == ["rename", "merge"]
    assert desk.themes()["label_en"].tolist() == ["dear", "pay"]
    assert desk.undo() == merge
    desk.commit(Map(verb="map", theme="customer-02", driver="cx.delivery_reliability"))
    desk.commit(Hide(verb="hide", theme="employee-01"))
    desk.commit(Split(verb="split", theme="customer-02", keywords=("welcome",), fr="accueil", en="welcome"))
    assert "welcome" in desk.themes()["label_en"].tolist()
    assert desk.edits()["status"].tolist() == ["done"] * 4


def test_an_edit_that_contradicts_the_registry_is_refused_and_not_written(run):
    desk = ThemeDesk(run, load_wording("en"))
    desk.commit(Merge(verb="merge", theme="customer-02", into="customer-01"))
    for edit in (
        Merge(verb="merge", theme="customer-01", into="customer-02"),
        Merge(verb="merge", theme="employee-01", into="customer-01"),
        Map(verb="map", theme="customer-01", driver="cx.none"),
        Rename(verb="rename", theme="customer-77", fr="x", en="y"),
    ):
        with pytest.raises(ParamsError):
            desk.commit(edit)
    assert len(load_registry("acme", run.root).edits) == 1


def test_a_cue_is_tried_previewed_saved_and_heard(run):
    desk = DriverDesk(run)
    read = desk.try_sentence("The staff were friendly, but it took a glimwob", voice="customer", language="en")
    assert "cx.staff_attitude" in read["driver_id"].tolist()
    assert desk.try_sentence("  ", voice="customer", language="en").empty
    added = Additions(
        cues={"cx.delivery_reliability": {"en": ["took a glimwob"]}},
        lessons=[
            {"text": "It glimwobbed", "language": "en", "voice": "customer", "drivers": ["cx.delivery_reliability"]}
        ],
    )
    desk.save(added)
    written = (run.root / "params" / "acme.yaml").read_text(encoding="utf-8")
    assert "# a comment that must survive" in written
    after = desk.try_sentence("it took a glimwob", voice="customer", language="en")
    assert after["driver_id"].tolist()[0] == "cx.delivery_reliability"
    assert after["evidence"].iloc[0] == "« took a glimwob »"
    with pytest.raises(ParamsError):
        desk.save(Additions(lessons=[{"text": "x", "drivers": ["cx.price_value"]}]))
    assert (run.root / "params" / "acme.yaml").read_text(encoding="utf-8") == written


def test_the_preview_counts_what_a_cue_would_change(run):
    desk = DriverDesk(run)
    moved = desk.preview(Additions(cues={"cx.staff_attitude": {"en": ["the parcel came"]}}), voice="customer")
    gained = moved.set_index("driver_id")["n_gained"]
    assert gained["cx.staff_attitude"] > 10
    assert (run.root / "params" / "acme.yaml").read_text(encoding="utf-8").count("parcel") == 0


def test_a_cue_joins_those_of_its_card_and_one_of_no_driver_is_refused():
    core = load_taxonomy()["cx.price_value"].cues
    heard = load_taxonomy(cue={"cx.price_value": {"en": ["glimwob"]}})["cx.price_value"].cues
    assert heard == {"fr": core["fr"], "en": (*core["en"], "glimwob")}
    with pytest.raises(TaxonomyError, match=r"cx.price_valu'.*did you mean"):
        load_taxonomy(cue={"cx.price_valu": {"en": ["glimwob"]}})
