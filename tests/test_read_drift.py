"""An export that has changed since the last run is told; a wanted column that is gone is refused."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from bxtext.cli import app
from bxtext.errors import InputError
from bxtext.params import load_params
from bxtext.pipeline import run_line
from bxtext.read import read_comments
from bxtext.read.drift import compare_columns, note_drift
from bxtext.run import point_latest, read_last
from bxtext.tables import read_table


def rewrite(folder, old, new):
    path = folder / "reviews.csv"
    path.write_text(path.read_text().replace(old, new, 1))


def read(folder):
    return read_comments(load_params("acme", folder).sources, folder)


def test_columns_that_came_and_went(acme):
    earlier = read(acme).source_columns
    (acme / "reviews.csv").write_text("day,stars,who,store,comment,channel\n2026-02-01,5,a,North,Fine,web\n")
    found = read(acme)
    assert compare_columns(found.source_columns, earlier).to_numpy().tolist() == [["reviews", "channel", "new"]]
    assert compare_columns(earlier, found.source_columns).to_numpy().tolist() == [["reviews", "channel", "gone"]]
    noted = note_drift(found, earlier).read_notes.set_index("code")["n"]
    assert noted["W_SCHEMA_DRIFT"] == 1


def test_the_order_of_columns_a_first_run_and_a_new_source_are_no_drift(acme):
    found = read(acme)
    assert compare_columns(found.source_columns, None).empty
    assert compare_columns(found.source_columns, found.source_columns.iloc[::-1]).empty
    assert compare_columns(found.source_columns, found.source_columns.assign(source="other")).empty
    assert "W_SCHEMA_DRIFT" not in set(note_drift(found, found.source_columns).read_notes["code"])


def test_a_wanted_column_that_is_gone_is_refused(acme):
    rewrite(acme, "store", "shop")
    with pytest.raises(InputError, match=r"E_COLUMN_MISSING .* no column 'store'"):
        read(acme)


def test_the_line_compares_with_the_latest_good_run(acme, monkeypatch):
    first = run_line("acme", acme, run_id="one", last="read")
    assert read_last(acme, "acme", "source_columns") is None, "a run that ended early is no good run"
    point_latest(first.run)
    rewrite(acme, "day,stars,who,store,comment", "day,stars,who,store,comment,channel")
    (acme / "reviews.csv").write_text((acme / "reviews.csv").read_text().replace("n/a", "n/a,web"))
    second = run_line("acme", acme, run_id="two", last="read", overrides={"read.max_quarantined": 0.9})
    noted = read_table("read_notes", second.run.tables).set_index("code")["n"]
    assert noted["W_SCHEMA_DRIFT"] == 1
    monkeypatch.chdir(acme)
    told = CliRunner().invoke(app, ["check", "acme", "--set", "read.max_quarantined=0.9"]).output
    assert "channel    new" in told
