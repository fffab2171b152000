"""The report in a real browser: what it looks like, asks for, and lets in."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from factories import MONTHS, few_drivers, make_run, make_tables
from test_report import FALLS, make_hostile, read_payloads

from bxtext.report import write_report
from bxtext.wording import load_wording

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
SHAPE = """() => [...document.querySelectorAll("*")].map(node => [
  node.tagName, ...node.getAttributeNames().sort(),
  ...["href", "src", "action"].filter(name => node.hasAttribute(name))
    .map(name => node.getAttribute(name).split(/[:;]/)[0]),
].join(" "))"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=["fr", "en"])
def report(request, tmp_path_factory):
    tables = make_tables(drivers=few_drivers(), falls=FALLS)
    documents = tables["documents"]
    tables["documents"] = documents.assign(text="Personnel charmant et service rapide " + documents["document_id"])
    for name in ("brand", "lights"):  # the first month and the last one say the time covered
        whole = tables[name]
        months = [whole.iloc[:1].assign(period=month) for month in (MONTHS[0], MONTHS[-1])]
        tables[name] = pd.concat([whole, *months], ignore_index=True)
    run = make_run(tmp_path_factory.mktemp(request.param), tables, language=request.param)
    return request.param, write_report(run)


@pytest.fixture
def visit(browser):
    """Open a file, and keep what it asks the network for and what it complains of."""
    contexts = []

    def opened(path: Path, *, width: int = 1280, scheme: str = "light", bypass: bool = False):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=bypass, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url[:100]))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri(), wait_until="load")
        return page, asked, complaints

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_page_asks_for_nothing_complains_of_nothing_and_fits(report, visit, width, scheme):
    _, path = report
    page, asked, complaints = visit(path, width=width, scheme=scheme)
    assert [url for url in asked if not url.startswith(("data:", path.as_uri()))] == []
    assert complaints == []
    root = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert root[0] <= root[1]
    pictures = page.evaluate("[...document.images].map(image => [image.complete, image.naturalWidth])")
    assert len(pictures) >= 12
    assert all(complete and size > 100 for complete, size in pictures)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert light == (scheme == "light")  # the style was let in, and follows the screen


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing(report, visit, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    _, path = report
    page, _, _ = visit(path, width=width, scheme=scheme, bypass=True)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found] == []


def test_links_inside_lead_somewhere_and_every_figure_has_words(report, visit):
    _, path = report
    page, _, _ = visit(path)
    links = page.evaluate("[...document.links].map(link => link.getAttribute('href'))")
    assert len(links) > 25
    assert [link for link in links if not page.query_selector(f"[id='{link[1:]}']")] == []
    assert page.evaluate("[...document.images].filter(image => image.alt.length < 40).length") == 0
    captions = page.evaluate("[...document.querySelectorAll('figcaption')].map(one => one.textContent)")
    assert all(any(mark in caption for mark in "0123456789") for caption in captions)
    assert all("2025" in caption for caption in captions)


def test_comments_are_filtered_without_a_script(report, visit):
    language, path = report
    page, _, complaints = visit(path)
    shown = "[...document.querySelectorAll('#verbatims blockquote')].filter(one => one.offsetParent).length"
    every = page.evaluate(shown)
    page.select_option("#verbatims select >> nth=1", label=load_wording(language).text("verbatims.good"))
    good = page.evaluate(shown)
    page.select_option("#verbatims select >> nth=0", index=1)
    one = page.evaluate(shown)
    assert every > good > one > 0
    assert complaints == []


def test_print_opens_what_is_folded_and_hides_the_menu(report, visit):
    _, path = report
    page, _, _ = visit(path)
    page.emulate_media(media="print")
    assert not page.is_visible("nav")
    assert page.evaluate(
        "document.querySelector('.shelf').scrollHeight <= document.querySelector('.shelf').clientHeight"
    )


def test_hostile_words_change_nothing_of_the_page(visit, tmp_path):
    payloads = read_payloads()
    shapes = []
    for folder, names in (("neutral", [f"Unit {place:02d}" for place in range(len(payloads))]), ("hostile", payloads)):
        run = make_run(tmp_path / folder, make_hostile(names), name=" ".join(names), language="en")
        page, asked, complaints = visit(write_report(run, max_units=8))
        assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
        assert complaints == []
        shapes.append(Counter(page.evaluate(SHAPE)))
    assert shapes[0] == shapes[1]
