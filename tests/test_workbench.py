"""The workbench as a person meets it: a real JupyterLab and a real Voilà in Chromium, on the sample's own kind of run.

One run of a small client is made once, hostile texts among its comments; every notebook is opened and run whole, and a
person's path is walked with mouse and keyboard. What counts in the end is what stands in the files.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from pages import read_payloads
from test_workbench_desks import FEW, make_tables, publish_tables

from bxtext.params import labels_path, load_params
from bxtext.publish import TOLD
from bxtext.run import Run, point_latest
from bxtext.tables import write_table
from bxtext.taxonomy import load_taxonomy
from bxtext.themes.registry import KnownTheme, Merge, Registry, Rename, load_registry, write_registry
from bxtext.workbench.labels import LabelFile
from bxtext.workbench.serve import explore_command, lab_command, prepare_notebooks, server_environment

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")]

ROOT = Path(__file__).parent.parent
TOKEN = "for-this-test-alone"  # noqa: S105  of a server that lives for a minute, on this machine only
HOSTILE = read_payloads()  # those of the folder of faults too, where there is one
STRIKING = "<img src=x onerror=alert(1)>"
PARAMS = """client: {{name: Acme, language: {language}}}
sources:
  - {{name: r, voice: customer, path: data/r.csv, columns: {{text: t}}}}
taxonomy:
  drop: [{drop}]
"""
HARMLESS = (
    "favicon",
    "ResizeObserver",
    "service-worker",
    "Failed to load resource: the server responded with a status of 404",
)
AWAY = re.compile(r"(?!http://127\.0\.0\.1|ws://127\.0\.0\.1)(http|ws|ftp)")
PATIENCE = 180_000  # milliseconds, on a loaded machine


def make_project(root, language):
    """A project with one good run, whose texts and units are hostile in parts."""
    (root / "params").mkdir(parents=True)
    others = sorted(set(load_taxonomy().drivers) - set(FEW))  # few drivers: a model is taught in a second
    (root / "params" / "acme.yaml").write_text(
        PARAMS.format(language=language, drop=", ".join(others)), encoding="utf-8"
    )
    (root / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    run = Run("acme", "r1", root, load_params("acme", root))
    tables = make_tables()
    documents, segments = tables["documents"], tables["segments"]
    mine = documents.index[documents["voice"] == "customer"][: len(HOSTILE)]
    struck = [f"{payload} {text}" for payload, text in zip(HOSTILE, documents.loc[mine, "text"], strict=False)]
    documents.loc[mine, "text"] = struck
    segments.loc[mine, "text"] = struck
    documents.loc[mine, "unit"] = STRIKING
    tables["themes"].loc[tables["themes"]["theme_id"] == "customer-02", "label_en"] = STRIKING
    for name, frame in tables.items():
        write_table(frame, name, run.tables)
    for name, frame in publish_tables(tables).items():
        write_table(frame, name, run.folder / TOLD)
    names = tables["themes"].to_dict("records")
    known = {
        row["theme_id"]: KnownTheme(since="r1", label_fr=row["label_fr"], label_en=row["label_en"]) for row in names
    }
    write_registry(Registry(revision=1, run="r1", themes=known), run.folder / "themes.json")
    point_latest(run)
    return run


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(command, root, url):
    own = {"PYTHONPATH": str(ROOT / "src"), "JUPYTER_TOKEN": TOKEN, "HOME": str(root / "home"), "OMP_NUM_THREADS": "1"}
    with (root / "server.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(command, cwd=root, env=server_environment() | own, stdout=log, stderr=log)
        try:
            wait_for(url, server)
            yield
        finally:
            server.terminate()
            server.wait(20)


def wait_for(url, server):
    for _ in range(240):
        assert server.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  of this machine
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail("the server did not come up")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is a browser

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield chromium.new_context(viewport={"width": 1400, "height": 1600})  # one: it keeps what it was served
        chromium.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on a French client's notebooks."""
    root = tmp_path_factory.mktemp("lab")
    run = make_project(root, "fr")
    folder = prepare_notebooks("acme", root)
    port = free_port()
    command = [*lab_command("acme", root, port=port, browser=False), "--allow-root"]
    with serving(command, root, f"http://127.0.0.1:{port}/api"):
        yield run, f"http://127.0.0.1:{port}", folder.relative_to(root).as_posix()


def listen(page, complaints):
    """Note down what a page complains of, what it asks of other machines, and whether a hostile text ever ran."""

    def refuse(dialog):
        complaints.append(f"a text ran: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", refuse)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: complaints.append(asked.url) if AWAY.match(asked.url) else None)


def serious(complaints):
    """Those that the servers themselves aren't known for."""
    return [said for said in complaints if not any(word in said for word in HARMLESS)]


class Notebook:
    """One notebook in JupyterLab, run whole, and what its page complained of."""

    def __init__(self, browser, lab, name):
        self.run, server, folder = lab
        self.page, self.complaints = browser.new_page(), []
        listen(self.page, self.complaints)
        self.page.goto(f"{server}/doc/tree/{folder}/{name}.ipynb?token={TOKEN}&reset")
        self.page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=PATIENCE)
        self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=PATIENCE)
        self.page.locator(".jp-Notebook .jp-CodeCell").first.click()
        self.page.keyboard.press("Escape")
        begun = self.page.locator(".jp-InputPrompt", has_text=re.compile(r"\[[*1]\]"))
        for _ in range(PATIENCE // 3_000):  # a page that just came up may not listen to its menu yet
            if (asks := self.page.locator(".jp-Dialog .jp-mod-accept")).count():  # which kernel: the one proposed
                asks.first.click()
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            self.page.wait_for_timeout(3_000)
            if begun.count():
                return
        pytest.fail("the notebook never began to run")

    def wait(self, text):
        self.page.get_by_text(text).first.wait_for(timeout=PATIENCE)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def read_grid(self):
        """All rows of the grid on show, as they are read."""
        self.page.locator(".dt-length select").last.select_option("100")
        if (first := self.page.locator(".dt-paging button.first:not(.disabled)")).count():
            first.last.click()
        rows = []
        while True:
            rows += [" ".join(cell.split()) for cell in self.page.locator(".dataTable td").all_text_contents()]
            following = self.page.locator(".dt-paging button.next:not(.disabled)")
            if not following.count():
                return rows
            following.last.click()

    def settle(self, condition):
        """Wait until what the page was told stands where it should, in the files or on the page itself."""
        for _ in range(200):
            if condition():
                return
            self.page.wait_for_timeout(100)
        pytest.fail("what was decided never came to stand there")

    def close(self, picture):
        failed = self.page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').count()
        shots = os.environ.get("BXTEXT_SHOTS")
        if shots:
            self.page.screenshot(path=f"{shots}/{picture}.png", full_page=True)
        typeset = self.page.locator(".jp-OutputArea mjx-container, .jp-OutputArea iframe, .jp-OutputArea base").count()
        self.page.close()
        assert typeset == 0, "a text was read as mathematics or markup"
        assert failed == 0
        assert serious(self.complaints) == []


def test_labels_typed_and_clicked_are_in_the_file_and_undo_takes_one_back(browser, lab):
    notebook = Notebook(browser, lab, "teach")
    labels = LabelFile(labels_path("acme", lab[0].root))
    notebook.wait("Pour apprendre")
    typed = notebook.page.locator('input[placeholder^="1 3 -"]')
    for number in range(8):
        typed.fill("1 -" if number % 2 else "0 =")
        typed.press("Enter")
        notebook.settle(lambda done=number + 1: len(labels.read()) == done)
        notebook.wait(f"{119 - number} à venir")
    for number in (8, 9):
        notebook.page.locator("button.widget-toggle-button").filter(has_text="2 ").first.click()
        notebook.button("négatif (-)").click()
        notebook.button("Enregistrer").click()
        notebook.settle(lambda done=number + 1: len(labels.read()) == done)
        notebook.wait(f"{119 - number} à venir")
    notebook.button("Annuler").click()
    notebook.settle(lambda: len(labels.read()) == 9)
    told = labels.read()
    notebook.wait("F1 ")
    notebook.close("teach_fr")
    assert told["use"].tolist() == ["teach", "teach", "check"] * 3
    assert told["polarity"].tolist() == ["neutral", "negative"] * 4 + ["negative"]
    assert (told["drivers"] == "").tolist() == [True, False] * 4 + [False]
    lessons = load_params("acme", lab[0].root).taxonomy.teach
    assert sorted(lesson.text for lesson in lessons) == sorted(told.loc[told["use"] == "teach", "text"])


def test_themes_renamed_and_merged_stand_in_the_registry(browser, lab):
    notebook = Notebook(browser, lab, "themes")
    root = lab[0].root
    french = notebook.page.get_by_label("En français")
    french.wait_for(timeout=PATIENCE)
    notebook.page.get_by_label("Thème", exact=True).select_option(label="employee-01 · paie")
    french.fill("salaires")
    notebook.page.get_by_label("En anglais").fill("wages")
    notebook.button("Aperçu").click()
    notebook.wait("rien n’est encore écrit")
    assert load_registry("acme", root).edits == ()
    notebook.button("Valider").click()
    notebook.settle(lambda: len(load_registry("acme", root).edits) == 1)
    notebook.button("Fusionner").click()
    notebook.page.get_by_label("Thème", exact=True).select_option(label="customer-02 · colis")
    notebook.page.get_by_label("Dans", exact=True).select_option(label="customer-01 · prix")
    notebook.button("Valider").click()
    notebook.settle(lambda: len(load_registry("acme", root).edits) == 2)
    renamed, merged = load_registry("acme", root).edits
    notebook.button("Masquer").click()
    notebook.button("Valider").click()
    notebook.settle(lambda: len(load_registry("acme", root).edits) == 3)
    notebook.button("Annuler le dernier").click()
    notebook.settle(lambda: len(load_registry("acme", root).edits) == 2)
    notebook.close("themes_fr")
    assert renamed == Rename(verb="rename", theme="employee-01", fr="salaires", en="wages")
    assert merged == Merge(verb="merge", theme="customer-02", into="customer-01")


def test_the_explorer_filters_to_a_store_and_shows_the_evidence(browser, lab):
    notebook = Notebook(browser, lab, "explore")
    unit = notebook.page.get_by_label("Unité", exact=True)
    unit.wait_for(timeout=PATIENCE)
    unit.select_option(label="unit 1")
    notebook.page.get_by_label("Facteur", exact=True).select_option(index=1)
    notebook.button("Propos").click()
    notebook.page.locator(".jp-OutputArea mark").first.wait_for(timeout=PATIENCE)
    notebook.page.get_by_label("Facteur", exact=True).select_option(index=0)
    unit.select_option(label=STRIKING)
    notebook.page.locator("td", has_text=STRIKING).first.wait_for(timeout=PATIENCE)
    written = [" ".join(text.split()) for text in HOSTILE]

    def shown_as_written():
        cells = notebook.read_grid()
        return all(any(text in cell for cell in cells) for text in written)

    notebook.settle(shown_as_written)
    for view in ("Thèmes", "Unités", "Concessions", "Texte contre note", "Évolution"):
        notebook.button(view).click()
        notebook.page.wait_for_timeout(500)
    notebook.page.get_by_role("img", name="mois par mois").wait_for(timeout=PATIENCE)
    notebook.close("explore_fr")


def test_a_sentence_is_tried_and_a_phrase_saved(browser, lab):
    notebook = Notebook(browser, lab, "taxonomy")
    root = lab[0].root
    notebook.page.get_by_label("Phrase", exact=True).fill(
        "Accueil charmant <b>mais</b> la livraison a un mois de retard"
    )
    notebook.button("Essayer").click()
    notebook.wait("facteurs trouvés")
    notebook.page.get_by_label("Expression").fill("le zorglub gris")
    notebook.button("Ajouter l’expression").click()
    notebook.wait("expressions 1")
    notebook.button("Enregistrer").click()
    notebook.settle(lambda: load_params("acme", root).taxonomy.cue != {})
    notebook.close("taxonomy_fr")
    assert [phrases["fr"] for phrases in load_params("acme", root).taxonomy.cue.values()] == [("le zorglub gris",)]


def test_voila_serves_the_explorer_behind_its_token_and_never_quotes_an_employee(browser, tmp_path):
    run = make_project(tmp_path, "en")
    port = free_port()
    command = [part for part in explore_command("acme", run.root, port=port, browser=False) if "auto_token" not in part]
    url = f"http://127.0.0.1:{port}/"
    with serving([*command, f"--token={TOKEN}"], run.root, f"{url}voila/static/voila.js"):
        page, complaints = browser.new_page(), []
        listen(page, complaints)
        page.goto(url)
        assert page.locator("input[type=password]").count(), "nothing without the token"
        assert page.get_by_label("Unit", exact=True).count() == 0
        page.goto(f"{url}?token={TOKEN}")
        page.get_by_label("Unit", exact=True).wait_for(timeout=PATIENCE)
        page.locator("button", has_text="Employees").click()
        page.get_by_text("never their words").wait_for(timeout=PATIENCE)
        page.locator("button", has_text="Remarks").click()
        page.get_by_text("Nothing to show").first.wait_for(timeout=PATIENCE)
        assert page.get_by_text("my manager listens").count() == 0
        if shots := os.environ.get("BXTEXT_SHOTS"):
            page.screenshot(path=f"{shots}/voila_en.png", full_page=True)
        page.close()
        assert serious(complaints) == []
    before = pd.Series([path.name for path in sorted((run.root / "params").iterdir())])
    assert before.tolist() == ["acme.yaml"], "reading writes nothing"
