"""A manager with every file of every wave, who knows who is in which team, looks for what a few people said.

Page, workbook, slides and PDF are opened as anybody may open them. Executed notebooks are private: nobody hands
them out.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace

import openpyxl
import pandas as pd
import pypdf
import pytest
from factories import few_drivers, make_run, make_tables
from pages import make_evidence

from bxtext.publish.unpack import unpack
from bxtext.report import compose_page, render_page, write_report
from bxtext.report.look import load_look
from bxtext.report.slides import write_slides
from bxtext.report.workbook import write_workbook
from bxtext.run.publishing import remember_publication
from bxtext.scores import score_drivers
from bxtext.tables import ALL, write_table

K = 5
CITIES = ("Arras", "Lille", "Metz")
NIGHT = "Veilleurs"  # a team of three
FORMATS = ("html", "xlsx", "pptx", "pdf")
FEW = re.compile(r"\b[1-4] employees\b")


@pytest.fixture(scope="module")
def waves():
    """The tables of two waves: three people are the night team; of Lille two have left before the second."""
    tables = make_tables(drivers=few_drivers(2), units=CITIES)
    documents = tables["documents"]
    own = documents["voice"] == "employee"
    documents.loc[documents.index[own][:3], "unit"] = NIGHT
    brand = tables["brand"]
    alone = brand[brand["unit"] == "Metz"].assign(unit=NIGHT, n_employees=3, n_customers=0)
    tables["brand"] = pd.concat([brand, alone], ignore_index=True)
    gone = documents.index[own & (documents["unit"] == "Lille")][:2]
    return [heard_by(tables, heard) for heard in (documents, documents.drop(gone))]


def heard_by(tables, documents):
    """All tables of a run that heard these, none of them hiding small groups."""
    kept = {
        name: tables[name][tables[name]["document_id"].isin(documents["document_id"])]
        for name in ("segments", "mentions", "concessions")
    }
    counted = tables["sources"].copy()
    before = tables["documents"]["source"].value_counts()
    counted["n_comments"] -= counted["source"].map(before - documents["source"].value_counts())
    counted["n_received"] = counted["n_comments"] + counted["n_quarantined"]
    scores = score_drivers(kept["mentions"], documents, tables["drivers"], min_respondents=1)
    return {**tables, **kept, "documents": documents, "driver_scores": scores, "sources": counted}


def publish_waves(waves, folder):
    """The files of each wave, made one after the other as a client's runs are."""
    client, handed_out = make_run(folder, {}, language="en"), []
    for place, tables in enumerate(waves):
        run = replace(client, run_id=f"2026111{place}T070000Z")
        for name, frame in tables.items():
            write_table(frame, name, run.tables)
        write_report(run, formats=FORMATS)
        remember_publication(run.folder.parent, run.run_id)
        handed_out.append({path.name: path.read_bytes() for path in run.folder.glob("report.*")})
    return handed_out


def print_bare(waves, folder):
    """The same files, made of tables that didn't pass the door."""
    handed_out = []
    for place, tables in enumerate(waves):
        evidence = make_evidence(folder / str(place), tables, language="en")
        page = compose_page(evidence)
        handed_out.append({
            "report.html": render_page(page, load_look(evidence.params.report.theme, folder)).encode(),
            "report.xlsx": write_workbook(page, evidence),
            "report.pptx": write_slides(page, today=evidence.today, run_id=evidence.run_id, master=None),
        })  # fmt: skip
    return handed_out


class Manager:
    """Reads all that is handed out, and adds up and takes away."""

    def __init__(self, handed_out):
        self.handed_out = handed_out

    def texts(self):
        """Every layer of every file, and the words of a PDF as a reader sees them."""
        for files in self.handed_out:
            for name, data in files.items():
                yield from ((name, layer.text) for layer in unpack(name, data))
                if name.endswith(".pdf"):
                    yield name, "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)

    def counts(self):
        """How many comments and people each wave tells of, by driver, period, cut and group."""
        for files in self.handed_out:
            sheet = openpyxl.load_workbook(io.BytesIO(files["report.xlsx"]), read_only=True)["Driver scores"]
            head, *rows = sheet.iter_rows(values_only=True)
            table = pd.DataFrame(rows, columns=head).query("voice == 'Employees'")
            yield table.set_index(["driver_id", "period", "cut", "group"])[["n_documents", "n_mentions"]]

    def find(self):
        """What gives fewer than K people away, by kind."""
        found = {name for name, text in self.texts() if NIGHT in text or FEW.search(text)}
        counts = list(self.counts())
        for table in counts:
            for (driver, period), own in table.groupby(["driver_id", "period"]):
                units = own[own.index.get_level_values("cut") == "unit"].sum()
                if (driver, period, ALL, ALL) in own.index and units["n_mentions"]:
                    left = own.loc[driver, period, ALL, ALL] - units
                    found |= {"a rest"} if left.between(1, K - 1).any() else set()
        first, second = counts
        both = first.index.intersection(second.index)
        changed = (first.loc[both] - second.loc[both]).abs()
        return found | ({"a change"} if changed.isin(range(1, K)).any(axis=None) else set())


def test_the_manager_with_every_file_of_every_wave_finds_nobody(waves, tmp_path):
    handed_out = publish_waves(waves, tmp_path)
    assert [set(files) for files in handed_out] == [{f"report.{name}" for name in FORMATS}] * 2
    manager = Manager(handed_out)
    assert len(next(manager.counts())) > 20
    assert manager.find() == set()


def test_without_the_door_the_manager_finds_the_team_and_the_leavers(waves, tmp_path):
    found = Manager(print_bare(waves, tmp_path)).find()
    assert found == {"report.html", "report.xlsx", "report.pptx", "a change"}
