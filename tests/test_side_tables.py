"""The client's own figures and promises, read as sources are; and joined to the voices by unit and month."""

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from bxtext.claims.outcomes import compare_figures, gather_outcomes, mean_by_unit
from bxtext.errors import InputError
from bxtext.params import Params
from bxtext.read.side_tables import read_outcomes, read_promises, side_faults

KPI = """Magasin;Mois;Taux de rétention;Productivité
Lille;2026-01;91,5 %;1 204
Lille;02/2026;92 %;
Metz;janvier 2026;n/a;990
"""


def write(folder, text, name="kpi.csv", encoding="utf-8"):
    path = folder / "data" / "raw" / "acme" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)
    return f"data/raw/acme/{name}"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig"])
def test_figures_are_read_as_people_write_them(tmp_path, encoding):
    file = write(tmp_path, KPI, encoding=encoding)
    figures = {"retention": "Taux de retention", "productivity": "Productivité"}
    read = read_outcomes(tmp_path, file=file, unit="magasin", period="mois", figures=figures)
    assert read.to_numpy().tolist() == [
        ["productivity", "Lille", "2026-01", 1204.0],
        ["productivity", "Metz", "2026-01", 990.0],
        ["retention", "Lille", "2026-01", 91.5],
        ["retention", "Lille", "2026-02", 92.0],
    ]


def test_by_default_every_other_column_is_a_figure(tmp_path):
    workbook = Workbook()
    workbook.active.append(["unit", "retention", "reputation"])
    workbook.active.append(["Lille", 0.9, 4])
    (tmp_path / "data").mkdir()
    workbook.save(tmp_path / "kpi.xlsx")
    read = read_outcomes(tmp_path, file="kpi.xlsx")
    assert read["name"].tolist() == ["reputation", "retention"]
    assert read["period"].isna().all()
    assert read["value"].tolist() == [4.0, 0.9]


def test_without_a_file_there_are_no_figures(tmp_path):
    chosen = Params.model_fields["outcomes"].default
    options = {name: getattr(chosen, name) for name in type(chosen).model_fields}
    assert read_outcomes(tmp_path, **options).empty


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("unit;retention\nLille;often\n", {}, r"column 'retention': no number in 1 rows; row 2 holds 'aaaaa'"),
        ("unit;month;x\nLille;spring;1\n", {"period": "month"}, r"column 'month': no month in 1 rows; row 2"),
        ("unit;x\nLille;1\nLille;2\n", {}, r"column 'unit': a second row of a unit and month in 1 rows; row 3"),
        ("unit;x\n;1\n", {}, r"column 'unit': no unit in 1 rows; row 2 is empty"),
        ("store;x\nLille;1\n", {}, r"E_COLUMN_MISSING data/raw/acme/kpi.csv: no column 'unit'"),
        ("unit;x\nLille;1\n", {"figures": {"y": "xx"}}, r"no column 'xx'; did you mean 'x'"),
        ("unit;x\nLille;1;7\n", {}, r"E_UNREAD data/raw/acme/kpi.csv: 1 rows can't be read, such as row 2"),
    ],
)
def test_faults_are_named(tmp_path, text, options, said):
    with pytest.raises(InputError, match=said):
        read_outcomes(tmp_path, file=write(tmp_path, text), **options)


def test_a_path_that_leads_nowhere_or_out_is_refused(tmp_path):
    for file in ("absent.csv", "../outside.csv"):
        with pytest.raises(InputError, match="E_PATH"):
            read_outcomes(tmp_path, file=file)


def test_faults_are_told_before_a_run_starts(tmp_path):
    params = Params.model_validate(
        {
            "client": {"name": "Acme"},
            "sources": [{"name": "avis", "voice": "customer", "path": "avis.csv", "columns": {"text": "texte"}}],
            "outcomes": {"file": write(tmp_path, "unit;x\nLille;often\n")},
            "promises": {"file": "absent.csv"},
        }
    )
    outcomes, promises = side_faults(params, tmp_path)
    assert outcomes.startswith("outcomes: ")
    assert "column 'x': no number" in outcomes
    assert promises.startswith("promises: E_PATH absent.csv")


def test_promises_are_read_with_the_same_reader(tmp_path):
    file = write(tmp_path, "driver;text\ncx.a;Livré en deux jours, toujours\n", encoding="cp1252")
    assert read_promises(tmp_path, file=file).to_numpy().tolist() == [["Livré en deux jours, toujours", "cx.a"]]
    with pytest.raises(InputError, match="no column 'driver'"):
        read_promises(tmp_path, file=write(tmp_path, "text;drivers of it\nAlways kind;cx.a\n"))


UNITS = [f"U{number:02d}" for number in range(40)]


def make_brand(rng):
    """BX of 40 units in two months, and over the whole time."""
    bx = rng.uniform(30, 70, (2, 40))
    months = [pd.DataFrame({"unit": UNITS, "period": f"2026-0{month + 1}", "bx": bx[month]}) for month in range(2)]
    whole = pd.DataFrame({"unit": UNITS, "period": "all", "bx": bx.mean(axis=0)})
    return pd.concat([*months, whole]), bx


def test_a_monthly_figure_meets_the_bx_of_its_own_month():
    brand, bx = make_brand(np.random.default_rng(1))
    own = pd.DataFrame({"name": "retention", "unit": UNITS, "period": "2026-02", "value": bx[1]})
    figures = gather_outcomes(own, None, brand["unit"])
    claim = compare_figures(brand, figures)
    assert (claim["verdict"], claim["detail"], claim["n"]) == ("supported", "retention", 40)
    assert claim["effect"] == pytest.approx(1)
    elsewhere = compare_figures(brand, figures.assign(period="2025-07"))  # no BX then: the whole time stands in
    assert elsewhere["effect"] == pytest.approx(pd.Series(bx[1]).corr(pd.Series(bx.mean(axis=0)), method="spearman"))


def test_figures_of_both_places_are_joined_and_faults_named():
    units = pd.Series(UNITS)
    own = pd.DataFrame({"name": "retention", "unit": UNITS[:2], "period": ["2026-01", "2026-02"], "value": [1.0, 2.0]})
    figures = gather_outcomes(own, {"reputation": {"U00": 4.0}}, units)
    assert {name: own.to_dict() for name, own in mean_by_unit(figures).items()} == {
        "reputation": {"U00": 4.0}, "retention": {"U00": 1.0, "U01": 2.0},
    }  # fmt: skip
    with pytest.raises(InputError, match=r"figure 'retention' is in outcomes.file and in claims.unit_outcomes"):
        gather_outcomes(own, {"retention": {"U00": 4.0}}, units)
    with pytest.raises(InputError, match="none of its 1 units is among the 40 of the comments"):
        gather_outcomes(None, {"retention": {"Elsewhere": 4.0}}, units)


def test_few_or_flat_figures_say_what_they_would_take():
    brand, bx = make_brand(np.random.default_rng(2))
    figures = pd.DataFrame({"name": "retention", "unit": UNITS, "period": "all", "value": bx[0]})
    assert compare_figures(brand, figures.head(0))["reason"].startswith("0 units with figures")
    assert compare_figures(brand, figures.head(4))["reason"].startswith("4 units with figures")
    assert compare_figures(brand, figures.assign(value=1.0))["reason"] == "BX or the figures do not vary between units"
    by_bx = figures.head(12).sort_values("value")
    level = compare_figures(brand, by_bx.assign(value=[0.0, 1.0] * 6))  # every other unit, whatever its BX
    assert level["reason"].startswith("12 units leave the answer open; about")
    falling = compare_figures(brand, by_bx.assign(value=-by_bx["value"]))
    assert (falling["verdict"], falling["reason"]) == ("not_supported", None)
