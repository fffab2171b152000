"""The sample is what TRUTH.md says: asserted on the drawn remarks, and on the files as they are read."""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from pydantic import BaseModel

from bxtext.params import Params, Source, load_params
from bxtext.read import read_comments
from bxtext.taxonomy import FOLDER as TAXONOMY
from bxtext.yaml_file import read_yaml

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"
sys.path.insert(0, str(SAMPLE))

import generate  # noqa: E402 - a script beside its data, not a package
from truth import lag_correlations, net, unit_table  # noqa: E402
from writing import fold, read_bank  # noqa: E402

BROKEN = ("too_few_fields", "too_many_fields", "bad_date", "bad_rating")


@pytest.fixture(scope="module")
def frame():
    return generate.planted_frame()


@pytest.fixture(scope="module")
def kinds():
    return generate.row_kinds()


@pytest.fixture(scope="module")
def units(frame):
    return unit_table(frame).drop(index="En ligne")


@pytest.fixture(scope="module")
def read():
    return read_comments(load_params("sample", ROOT).sources, ROOT)


# --- the bank


def test_bank_is_large_and_without_repeats():
    remarks = [(key[0], fold(text)) for key, texts in read_bank().items() for text in texts]
    assert len({text for _, text in remarks}) >= 2000
    assert [remark for remark, uses in Counter(remarks).items() if uses > 1] == []


def test_no_remark_is_an_exemplar():
    exemplars = set()
    for path in (TAXONOMY / "exemplars").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            exemplars |= {fold(row["text"]) for row in csv.DictReader(lines)}
    assert exemplars
    shared = [text for texts in read_bank().values() for text in texts if fold(text) in exemplars]
    assert shared == []


def test_remarks_have_known_drivers_and_slots():
    known = {path.stem for path in (TAXONOMY / "exemplars").glob("*.csv")} | {"none"}
    world = generate.read_world()
    slots = set()
    for (voice, _, driver, polarity), texts in read_bank().items():
        assert driver in world[voice] or driver == "none"
        assert polarity in ("positive", "negative", "wish") or (driver, polarity) == ("none", "neutral")
        slots |= {slot for text in texts for slot in re.findall(r"\{(.*?)\}", text)}
        if (TAXONOMY / "drivers").is_dir() and any((TAXONOMY / "drivers").iterdir()):
            assert driver in known
    assert slots == {"product", "store", "days", "amount", "first_name", "phone", "email", "order"}


# --- the files


def test_generation_is_byte_identical(tmp_path):
    generate.read_world.cache_clear()
    generate.draw_comments.cache_clear()
    generate.write_sample(tmp_path)
    for name in (*generate.FILES.values(), "TRUTH.md"):
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), f"{name}: run generate.py"


def test_sizes_and_languages(frame, kinds):
    rows = kinds["voice"].value_counts()
    assert 4700 <= rows["customer"] <= 5300
    assert 1900 <= rows["employee"] <= 2100
    french = frame.drop_duplicates("comment_id")["language"].eq("fr").mean()
    assert 0.63 <= french <= 0.70
    assert frame.groupby("comment_id").size().between(1, 6).all()
    assert kinds["kind"].isin(BROKEN).sum() == 25


def test_files_are_read_as_truth_says(read, kinds):
    kinds = kinds.assign(source=kinds["voice"].map({"customer": "reviews", "employee": "staff"}))
    broken = kinds[kinds["kind"].isin(BROKEN)]
    received = read.sources.set_index("source")["n_received"]
    assert received.to_dict() == kinds.groupby("source").size().to_dict()
    set_aside = pd.concat([read.quarantined, read.bad_cells]).groupby(["source", "reason"]).size()
    assert set_aside.to_dict() == broken.groupby(["source", "kind"]).size().to_dict()
    assert set(read.quarantined["reason"]) == {"too_few_fields", "too_many_fields"}, "a bad cell costs no comment"
    good = kinds[~kinds["kind"].isin(read.quarantined["reason"])]
    assert set(read.comments["comment_id"]) == set(good["source"] + ":" + good["comment_id"])


def test_truth_page_gives_the_counts(kinds):
    page = (SAMPLE / "TRUTH.md").read_text(encoding="utf-8")
    for kind, part in kinds.groupby("kind"):
        voices = part["voice"].value_counts()
        assert f"| {kind} | {voices['customer']} | {voices['employee']} |" in page


def test_only_repeats_sent_twice_are_alike(read, kinds):
    spoken = kinds.set_index("comment_id")["kind"]
    comments = read.comments.assign(kind=read.comments["comment_id"].str.split(":").str[1].map(spoken))
    texts = comments[comments["kind"].isin(["spoken", "duplicate"])]["text"]
    assert texts.duplicated().sum() == (comments["kind"] == "duplicate").sum() > 0


def test_people_speak_several_times(read):
    for _, part in read.comments.groupby("voice"):
        assert part["respondent_id"].value_counts().gt(1).mean() > 0.1
        assert part.groupby("respondent_id")["unit"].nunique().max() == 1


def test_personal_data_are_fictitious(read):
    texts = " ".join(read.comments["text"].dropna())
    assert re.findall(r"@(?!example\.(?:com|org|net))", texts, flags=re.IGNORECASE) == []
    ibans = {re.sub(" ", "", iban) for iban in re.findall(r"\bFR\d{2}[\d ]{23,29}", texts)}
    assert len(ibans) == sum(generate.read_world()["ibans"].values())
    for iban in ibans:
        assert iban[4:9] == "99999"
        assert int(iban[4:] + "1527" + iban[2:4]) % 97 == 1
    texts = re.sub(r"\bFR\d{2}[\d ]{23,29}", "", texts)
    phones = re.findall(r"(?<!\d)(?:\+33 ?|0)[1-7](?:[ .]?\d\d){4}(?!\d)", texts)
    assert phones
    for phone in phones:
        assert re.sub(r"\D", "", phone.replace("+33", "0"))[:6] in ("063998", "035301")


# --- the planted truths


def test_rouen_has_enough_comments_every_month(frame):
    rouen = frame[frame["unit"] == "Rouen"]
    cells = rouen.pivot_table("comment_id", "month", "voice", aggfunc="nunique")
    assert len(cells) == 12
    assert cells["employee"].min() >= 12
    assert cells["customer"].min() >= 20


def test_rouen_managers_sour_two_months_before_the_staff(frame):
    manager, staff = "ex.manager_relationship", "cx.staff_attitude"
    assert net(frame, manager, unit="Rouen", until="2026-03") > 0.3
    assert net(frame, manager, unit="Rouen", since="2026-04") < -0.7
    assert net(frame, staff, unit="Rouen", until="2026-05") > 0.3
    assert net(frame, staff, unit="Rouen", since="2026-04", until="2026-05") > 0.3
    assert net(frame, staff, unit="Rouen", since="2026-06") < -0.5


@pytest.mark.parametrize("without", ["nobody", "Rouen"])
def test_managers_lead_staff_attitude_by_two_months(frame, without):
    rho = lag_correlations(frame[frame["unit"] != without], "ex.manager_relationship", "cx.staff_attitude")
    assert rho.idxmax() == 2
    assert rho[2] > 0.5
    assert rho[2] - rho.drop(2).max() > 0.2


def test_an_unplanted_pair_has_no_link(frame):
    assert lag_correlations(frame, "ex.manager_relationship", "cx.price_value").abs().max() < 0.3


def test_driver_mix(frame):
    comments = frame.groupby("voice")["comment_id"].nunique()
    share = frame.groupby(["voice", "driver"])["comment_id"].nunique() / comments
    assert 0.33 <= share["employee", "ex.manager_relationship"] <= 0.47
    assert 0.25 <= share["customer", "cx.staff_attitude"] <= 0.40
    drivers = share.drop("none", level="driver").sort_values(ascending=False)
    assert set(drivers["customer"].index[:8]) >= {"cx.staff_attitude", "cx.product_quality", "cx.price_value"}
    assert set(drivers["employee"].index[:4]) >= {"ex.manager_relationship", "ex.workload_wellbeing"}


def test_belgian_contractors_and_deliveries(frame):
    elsewhere = frame[frame["region"] != "Belgique"]
    assert set(frame[frame["driver"] == "ex.provider_conditions"]["employment"]) == {"contractor"}
    for since, until in (("2025-11", "2026-04"), ("2026-05", "2026-10")):
        assert net(frame, "ex.provider_conditions", region="Belgique", since=since, until=until) < -0.6
    assert net(elsewhere, "ex.provider_conditions") > 0
    assert net(frame, "cx.delivery_attitude", region="Belgique", until="2026-01") > 0.4
    assert net(frame, "cx.delivery_attitude", region="Belgique", since="2026-08") < -0.5
    start = net(elsewhere, "cx.delivery_attitude", until="2026-02")
    end = net(elsewhere, "cx.delivery_attitude", since="2026-07")
    assert start > 0.3
    assert abs(start - end) < 0.15


@pytest.mark.parametrize("driver", ["cx.process_failure", "ex.internal_process"])
def test_processes_fail_everywhere(frame, driver):
    places = sorted(set(frame[frame["driver"] == driver]["unit"]))
    assert len(places) >= 16
    assert max(net(frame, driver, unit=unit) for unit in places) < -0.2
    assert net(frame, driver) < -0.6


def test_metz_is_warm_and_broken(frame, units):
    for driver in ("cx.staff_attitude", "ex.team_climate"):
        assert net(frame, driver, unit="Metz") > 0.7
    for driver in ("cx.process_failure", "cx.order_accuracy", "cx.delivery_reliability"):
        assert net(frame, driver, unit="Metz") < -0.7
    assert units["cx"].rank()["Metz"] <= 3
    assert units["ex"]["Metz"] > units["ex"].median()


def test_lille_is_liked_and_exhausted(frame, units):
    for driver in ("ex.workload_wellbeing", "ex.recognition", "ex.manager_support"):
        assert net(frame, driver, unit="Lille") < -0.6
    assert units["cx"].rank(ascending=False)["Lille"] <= 3
    assert units["ex"].rank()["Lille"] <= 3


def test_namur_is_best_and_charleroi_worst_in_both_voices(units):
    for figure in ("cx", "ex", "stars"):
        assert units[figure].idxmax() == "Namur"
        assert units[figure].idxmin() == "Charleroi"


def test_ratings_follow_the_weights_of_the_drivers(frame):
    reviews = frame[frame["voice"] == "customer"]
    signs = reviews["driver"] + reviews["polarity"].map({"positive": " +", "negative": " -"})
    rating = reviews.drop_duplicates("comment_id").set_index("comment_id")["rating"]
    said = pd.crosstab(reviews["comment_id"], signs).reindex(rating.index, fill_value=0)
    effect = {sign: rating[said[sign] > 0].mean() - rating[said[sign] == 0].mean() for sign in said}
    assert effect["cx.process_failure -"] < -0.8
    assert abs(effect["cx.process_failure +"]) < 0.4
    assert effect["cx.emotional_value +"] > 0.6 > abs(effect["cx.emotional_value -"])
    for driver in ("cx.product_quality", "cx.staff_attitude"):
        assert effect[f"{driver} +"] > 0.6
        assert effect[f"{driver} -"] < -0.6
        assert effect[f"{driver} +"] > effect["cx.price_value +"]


# --- the parameter files


def test_sample_parameters():
    params = load_params("sample", ROOT)
    assert params.client.language == "fr"
    assert [source.voice for source in params.sources] == ["customer", "employee"]


def test_example_loads_as_it_is():
    assert load_params("example", ROOT).sources[0].columns.id is None


@pytest.fixture(scope="module")
def whole_example(tmp_path_factory):
    """Return the parameters of the example with every key that is set aside put back."""
    text = (ROOT / "params" / "example.yaml").read_text(encoding="utf-8")
    # a key set aside is "#key:", a deeper one has an even number of spaces after its #, prose has one
    path = tmp_path_factory.mktemp("params") / "whole.yaml"
    path.write_text(re.sub(r"^#((?:  )*(?:- )?[\w.]+:)", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    return Params.model_validate(read_yaml(path))


def test_example_names_every_parameter(whole_example):
    assert _fields_left_out(whole_example) == []


def test_example_gives_the_defaults(whole_example):
    for name, field in Params.model_fields.items():
        if not field.is_required() and name != "taxonomy":
            assert getattr(whole_example, name) == field.default, name
    for name in set(Source.model_fields) - {"name", "voice", "path", "columns"}:
        field = Source.model_fields[name]
        assert getattr(whole_example.sources[0], name) == field.get_default(call_default_factory=True), name


def _fields_left_out(part, place="params"):
    """Return the fields a model was not given, and those of the models within it."""
    if isinstance(part, BaseModel):
        left_out = [f"{place}.{name}" for name in sorted(type(part).model_fields.keys() - part.model_fields_set)]
        within = {name: getattr(part, name) for name in part.model_fields_set}
    else:
        left_out, within = [], part if isinstance(part, dict) else {}
        within = dict(enumerate(part)) if isinstance(part, tuple) else within
    return left_out + [fault for name, value in within.items() for fault in _fields_left_out(value, f"{place}.{name}")]
