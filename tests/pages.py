"""Pages for the tests of the report's formats: from the tables of the factories, and from hostile names."""

from __future__ import annotations

import csv
import os
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

from factories import few_drivers, make_run, make_tables

from bxtext.report import compose_page
from bxtext.report.evidence import Evidence, tidy_name, tidy_names
from bxtext.wording import load_wording

TODAY = date(2026, 11, 22)
FALLS = (("ex.manager_relationship", "Rouen"), ("cx.delivery_attitude", "Belgique"))
FORMULAS = ("=1+1", "{=1+1}", "+1", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x.example")', "＝1+1", "|calc")
MARKUP = (
    "<script>alert(1)</script>",
    "<c:f>A1</c:f>",
    "]]>",
    "&lt;",
    "http://x.example",
    "file:///etc/passwd",
    "_x0041_",
)


def read_payloads():
    """The nasty names of the project, and those beside the folder that BXTEXT_DATA names."""
    found = [*FORMULAS, *MARKUP]
    folder = Path(os.environ.get("BXTEXT_DATA", "")).resolve().parent / "faults"
    for name in ("inj_formula.csv", "inj_html.csv"):
        if os.environ.get("BXTEXT_DATA") and (folder / name).is_file():
            with (folder / name).open(encoding="utf-8", newline="") as lines:
                found += [row["commentaire"] for row in csv.DictReader(lines)]
    return list(dict.fromkeys(found))


def make_evidence(folder, tables, *, language="fr", name="Maison Exemple"):
    run = make_run(folder, tables, name=name, language=language)
    return Evidence(
        tables={name: tidy_names(run.read(name)) for name in tables},
        params=run.params,
        wording=load_wording(language),
        today=TODAY,
        run_id=run.run_id,
        stale_days=45,
        max_units=20,
    )


@cache
def sample_tables():
    return make_tables(drivers=few_drivers(), falls=FALLS)


@cache
def sample_page(language):
    """A page of the factories' tables and its evidence, composed once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        evidence = make_evidence(Path(folder), sample_tables(), language=language)
    return compose_page(evidence), evidence


@cache
def hostile_page():
    with tempfile.TemporaryDirectory() as folder:
        return make_hostile(Path(folder), read_payloads())


def make_hostile(folder, names, *, language="en"):
    """A page whose client, units, themes, source, file and comments have the given names."""
    tables = make_tables(
        drivers=few_drivers(3), units=names, theme_labels=[(name, name) for name in names], source=names[0]
    )
    tables["documents"]["text"] = [names[place % len(names)] for place in range(len(tables["documents"]))]
    tables["sources"]["file"] = names[1]
    drivers = tables["drivers"]
    drivers["label_fr"] = drivers["label_en"] = [names[place % len(names)] for place in range(len(drivers))]
    evidence = make_evidence(folder, tables, language=language, name=" ".join(names))
    return compose_page(evidence), evidence


def tidied(names):
    return {tidy_name(name) for name in names}
