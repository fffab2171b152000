import base64
import csv
import hashlib
import io
import json
import os
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from factories import CITIES, MONTHS, few_drivers, make_linkage, make_run, make_scores, make_tables
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from bxtext.errors import ParamsError, TableError
from bxtext.figures import rank_drivers, rank_units, surest_links, widest_gaps
from bxtext.params.sections import Theme
from bxtext.privacy.traces import Traces, trace
from bxtext.publish import TOLD, publish_run
from bxtext.report import established, find_moves, render_page, write_report
from bxtext.report.content import Page, list_words
from bxtext.report.evidence import Evidence, count_comments, name_members, tidy_names
from bxtext.report.look import load_look
from bxtext.report.meeting import count_followers
from bxtext.report.priorities import priorities_section
from bxtext.report.quotes import praise_section, verbatims_section
from bxtext.report.since import find_earlier
from bxtext.report.summary import summarise
from bxtext.run.manifest import write_manifest
from bxtext.scores import score_drivers
from bxtext.tables import ALL, REPORT_TABLES, write_table
from bxtext.wording import THIN, load_wording

TODAY = date(2026, 11, 22)
FALLS = (("ex.manager_relationship", "Rouen"), ("cx.delivery_attitude", "Belgique"))
PAYLOADS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "'onmouseover='alert(1)",
    "</title><script>alert(1)</script>", "</style><b>x</b>", "<!-- x", "--><i>x</i>", "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)", "[a](javascript:alert(1))", "&lt;script&gt;", "<a href='//x.example'>x</a>",
    "\u202eevil\x00\x1b[31m", "$\\frac{1}{0}$ %s {0}",
)  # fmt: skip
FAULTS = Path(os.environ.get("BXTEXT_DATA", "")).resolve().parent / "faults" / "inj_html.csv"


def read_payloads():
    """The payloads of this file, and of the file of faults where there is one."""
    if not (os.environ.get("BXTEXT_DATA") and FAULTS.is_file()):
        return PAYLOADS
    with FAULTS.open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys((*PAYLOADS, *(row["commentaire"] for row in csv.DictReader(file)))))


class Reader(HTMLParser):
    """Collects what a browser would make of a page: its elements with the names of their attributes, links, texts."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.links, self.ids, self.sources, self.alts, self.texts = [], [], set(), [], [], []
        self.feed(page)
        self.text = " ".join(self.texts)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.elements.append((tag, tuple(sorted(values))))
        self.ids.add(values.get("id"))
        if "href" in values:
            self.links.append(values["href"])
        if tag == "img":
            self.sources.append(values["src"])
            self.alts.append(values["alt"])

    def handle_data(self, data):
        if self.lasttag != "style":
            self.texts.append(data)


def read_page(path):
    return Reader(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables():
    return make_tables(drivers=few_drivers(), falls=FALLS)


@pytest.fixture(scope="module", params=["fr", "en"])
def report(request, tables, tmp_path_factory):
    run = make_run(tmp_path_factory.mktemp(request.param), tables, language=request.param)
    return request.param, write_report(run)


def test_page_is_self_contained_and_in_the_clients_language(report):
    language, path = report
    page = path.read_text(encoding="utf-8")
    found = Reader(page)
    assert f'<html lang="{language}">' in page
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'" in page
    assert not {tag for tag, _ in found.elements} & {"script", "iframe", "link", "object", "form", "base"}
    assert not any("style" in names for _, names in found.elements)
    assert all(link.startswith("#") for link in found.links)
    assert {link[1:] for link in found.links} <= found.ids
    assert all(source.startswith(("data:image/png;base64,", "data:image/svg+xml,")) for source in found.sources)
    around = re.sub(r'src="[^"]*"', "", page)
    assert "url(" not in around
    assert "http" not in around.replace("http-equiv", "")
    assert len(page) < 3_000_000
    assert not re.search(r"\b(?:nan|NaN|None|nat|NaT)\b", found.text)


def test_every_figure_is_a_picture_with_words(report):
    _, path = report
    found = read_page(path)
    assert len(found.sources) >= 10
    for source, alt in zip(found.sources, found.alts, strict=True):
        kind, data = source.split(",", 1)
        if "png" in kind:
            assert Image.open(io.BytesIO(base64.b64decode(data))).width > 600
        else:
            drawing = ET.fromstring(unquote(data))  # noqa: S314  written a moment ago
            assert not [part for part in drawing.iter() if part.tag.endswith(("script", "image", "foreignObject"))]
            assert float(drawing.get("width").removesuffix("pt")) > 250
        assert len(alt) > 40


def test_sections_stand_in_their_order(report):
    language, path = report
    page = path.read_text(encoding="utf-8")
    order = [
        "summary", "priorities", "data", "customer", "employee", "importance", "journey", "mirror", "links", "what_if",
        "claims", "brand", "lights", "quadrant", "moves", "blame", "promises", "themes", "concessions", "praise",
        "verbatims", "method", "run",
    ]  # fmt: skip
    places = [page.index(f'<section id="{anchor}"') for anchor in order]
    assert places == sorted(places)
    for anchor in order[1:]:
        assert load_wording(language).text(f"section.{anchor}") in page


def test_priorities_follow_their_rule(report, published):
    """Weight times the points missing to 50: the first action is on the surely low driver that costs its voice most."""
    language, path = report
    text, wording = read_page(path).text, load_wording(language)
    scores, labels = published["driver_scores"], wording.labels(published["drivers"])
    whole = scores[(scores["cut"] == ALL) & (scores["period"] == ALL) & ~scores["driver_id"].str.startswith("out.")]
    weights = published["importance"].set_index(["voice", "driver_id"])["weight"]
    first = text[
        text.index(wording.text("priority.title", rank=1)) : text.index(wording.text("priority.title", rank=2))
    ]
    for voice, side in (("customer", "cx"), ("employee", "ex")):
        heard = whole[whole["voice"] == voice].set_index("driver_id")
        low = heard[heard["ci_high"] < 50]
        own = (heard if low.empty else low)["score"]
        lost = {driver_id: weights[voice, driver_id] * max(0, 50 - score) for driver_id, score in own.items()}
        costliest = wording.quote(labels[max(lost, key=lost.get)])
        assert wording.text(f"priority.side.{side}", driver=costliest) in first


def test_a_fall_in_no_action_is_named_with_the_units_of_its_region(tables):
    evidence = make_evidence(tables)
    told = " ".join(list_words(priorities_section(evidence).blocks)) + " ".join(
        fact
        for block in priorities_section(evidence).blocks
        if block.kind == "actions"
        for action in block.items
        for side in action.sides
        for fact in side.facts
    )
    falls = established(find_moves(evidence.tables["driver_scores"]))
    falls = falls[falls["change"] < 0].drop_duplicates(["voice", "driver_id"])
    assert len(falls)
    assert all(name_members(evidence, fall.cut, fall.group) in told for fall in falls.itertuples())


def test_a_fall_everywhere_is_named_in_the_summary_and_among_the_actions():
    evidence = make_evidence(make_tables(drivers=few_drivers(), falls=(("ex.manager_relationship", ALL),)))
    driver, everywhere = evidence.driver("ex.manager_relationship"), evidence.wording.text("moves.where_all")
    told = " ".join(sentence.text for sentence in summarise(evidence))
    assert re.search(rf"{re.escape(driver)}, {everywhere}, \w+ (\d+) \w+ (\d+)", told)
    assert everywhere in " ".join(list_words(priorities_section(evidence).blocks))


def test_a_claim_held_by_few_pairs_says_of_how_many(tables):
    evidence = make_evidence(tables)
    found, pairs = count_followers(evidence, "employees_first_customers_follow")
    links = surest_links(tables["linkage"])
    assert found == ((links["q"] < 0.05) & (links["lag"] > 0)).sum()
    assert pairs == len(links)
    assert count_followers(evidence, "symbiosis")[0] == 0


def make_evidence(tables, **changes):
    run = make_run(Path("nowhere"), {}, language="en")
    known = {name: tidy_names(tables[name]) for name in REPORT_TABLES}
    wording = load_wording("en")
    return Evidence(known, run.params, wording, TODAY, run.run_id, stale_days=45, max_units=20, **changes)


def quoted(section):
    return [quote.text for block in section.blocks if block.kind == "quotes" for quote in block.items]


def test_only_customers_are_quoted_and_only_where_enough_speak(tables):
    documents = tables["documents"].copy()
    documents["text"] = documents["voice"] + " said " + documents["document_id"]
    told = {**tables, "documents": documents}
    said = quoted(verbatims_section(make_evidence(told))) + quoted(praise_section(make_evidence(told)))
    assert said
    assert all(text.startswith("customer said d0") for text in said)
    assert 0 < len(quoted(verbatims_section(make_evidence(told, max_quotes=20)))) <= 20
    for changes in ({"min_quoted": 500}, {"max_quotes": 0}):
        assert quoted(verbatims_section(make_evidence(told, **changes))) == []
        assert quoted(praise_section(make_evidence(told, **changes))) == []


def test_a_quote_comes_once_and_without_letters_no_font_has(tables):
    documents = tables["documents"].copy()
    again = documents["document_id"].str[-1].isin(list("02468"))
    documents["text"] = documents["document_id"].mask(again, "Merci \ue01aà TOUS !")
    said = quoted(verbatims_section(make_evidence({**tables, "documents": documents})))
    assert said.count("Merci à TOUS !") == 1
    assert not any("\ue01a" in text for text in said)


def test_no_quote_holds_a_name_that_was_masked_in_another_comment(tables):
    documents = tables["documents"].copy()
    numbers = documents["document_id"]
    documents["text"] = (numbers + " merci Emeline").where(numbers.str[-1] == "1", numbers + " merci, parfait")
    traces = Traces(
        frozenset(map(trace, ("emeline", "parfait", "zoe brun")))
    )  # the second is a common word, and nobody's name
    told = {**tables, "documents": documents}
    for section in (verbatims_section, praise_section):
        said = quoted(section(make_evidence(told, traces=traces)))
        assert any(text.endswith("Emeline") for text in quoted(section(make_evidence(told))))
        assert said
        assert all(text.endswith("parfait") for text in said)


def test_nobody_is_quoted_on_what_is_sensitive(tables):
    drivers = tables["drivers"].assign(sensitive=tables["drivers"]["driver_id"] == "cx.staff_attitude")
    documents = tables["documents"].assign(text=tables["documents"]["document_id"])
    told = make_evidence({**tables, "drivers": drivers, "documents": documents})
    silent = tables["mentions"].loc[tables["mentions"]["driver_id"] == "cx.staff_attitude", "document_id"]
    assert len(silent) > 10
    assert not set(silent) & {*quoted(verbatims_section(told)), *quoted(praise_section(told))}


def test_thanks_hold_no_reproach(tables):
    documents = tables["documents"].assign(text=tables["documents"]["document_id"])
    sentiment = tables["sentiment"].copy()
    reproach = sentiment["segment_id"].str[:5].isin({"d0000", "d0001"})
    sentiment.loc[reproach, "polarity"] = -0.5
    said = set(quoted(praise_section(make_evidence({**tables, "documents": documents, "sentiment": sentiment}))))
    mentions = tables["mentions"].set_index("document_id")
    assert said
    assert (mentions.loc[sorted(said), "polarity"] > 0).all()
    assert not {text for text in said if text.startswith(("d0000", "d0001"))}


def test_what_changed_since_the_last_good_run_is_told(tables, tmp_path):
    earlier = make_run(tmp_path, tables, language="en")
    scores = tables["driver_scores"]
    whole = (scores["driver_id"] == "cx.staff_attitude") & (scores["cut"] == ALL) & (scores["period"] == ALL)
    columns = ["score", "ci_low", "ci_high"]
    up = 30 if scores.loc[whole, "score"].iloc[0] < 50 else -30
    before = scores.copy()
    before.loc[whole, columns] = (scores.loc[whole, columns] + up).clip(0, 100)
    write_table(before, "driver_scores", earlier.folder / TOLD)
    write_table(tables["brand"], "brand", earlier.folder / TOLD)
    write_manifest(earlier, "done", [])
    manifest = earlier.folder / "manifest.json"
    stands_for(manifest, "2026-10-01")
    now = replace(earlier, run_id="20261122T070000Z")
    found = find_earlier(now, tables)
    assert (found.day, found.causes) == (date(2026, 10, 1), ())
    assert found.changed_scores["driver_id"].tolist() == ["cx.staff_attitude"]
    said = " ".join(sentence.text for sentence in summarise(make_evidence(tables, earlier=found)))
    assert "Since the report of 1 October 2026, 1 score has changed" in said
    assert find_earlier(earlier, tables) is None
    stands_for(manifest, "2026-11-22")  # made again the same day, it is not its own past
    assert find_earlier(on_day(now, date(2026, 11, 22)), tables) is None
    assert find_earlier(on_day(now, date(2026, 11, 23)), tables).day == date(2026, 11, 22)


def stands_for(manifest, day):
    """Have a run stand for a day, whenever it ended."""
    told = json.loads(manifest.read_text())
    told["params"]["run"]["today"] = day
    manifest.write_text(json.dumps(told))


def on_day(run, today):
    """The same run of another day."""
    params = run.params.model_copy(update={"run": run.params.run.model_copy(update={"today": today})})
    return replace(run, params=params)


def test_a_colour_that_cannot_be_read_is_refused():
    with pytest.raises(ValidationError, match=r"report.theme.accent: #ffcc00 on #ffffff has a contrast of 1.5"):
        Theme(accent="#ffcc00")
    with pytest.raises(ValidationError, match="not a colour"):
        Theme(accent_dark="green")
    assert Theme(accent="#7A1F5C").accent == "#7a1f5c"


def test_a_logo_travels_inside_the_page_or_is_refused(tmp_path):
    Image.new("RGB", (40, 20), "#7a1f5c").save(tmp_path / "logo.png")
    look = load_look(Theme(logo="logo.png", accent="#7a1f5c"), tmp_path)
    page = render_page(Page("en", "A", "A", "today", (), (), (), ()), look)
    assert '<p class="logo"><img src="data:image/png;base64,' in page
    assert "--accent: #7a1f5c" in page
    (tmp_path / "large.jpg").write_bytes(bytes(200_001))
    for logo, told in (
        ("none.png", "there is no file"),
        ("logo.gif", "isn't one of"),
        ("large.jpg", "make it smaller"),
    ):
        with pytest.raises(ParamsError, match=told):
            load_look(Theme(logo=logo), tmp_path)


def test_summary_is_short_linked_and_says_what_was_planted(report, tables):
    language, path = report
    page = path.read_text(encoding="utf-8")
    summary = page[page.index('<ol class="summary">') : page.index("</ol>")]
    sentences = re.findall(r"<li>(.*?)</li>", summary, re.DOTALL)
    assert 4 <= len(sentences) <= 8
    assert all('<a href="#' in sentence for sentence in sentences)
    text = Reader(summary).text
    labels = load_wording(language).labels(tables["drivers"])
    for driver_id in ("ex.manager_relationship", "cx.staff_attitude", "cx.delivery_attitude"):
        assert labels[driver_id] in text
    assert {"fr": "2 mois plus tard", "en": "2 months later"}[language] in text
    assert {"fr": "association", "en": "association"}[language] in text


def test_figures_in_the_summary_come_from_the_tables(report, tables):
    language, path = report
    wording, text = load_wording(language), read_page(path).text
    total = tables["brand"][tables["brand"]["unit"] == ALL].iloc[0]
    for index in ("bx", "cx", "ex"):
        assert f"{index.upper()} {total[index]:.0f}" in text
    gap = widest_gaps(tables["mirror"]).iloc[0]
    assert wording.number(gap["gap"], "+.0f") in text
    link = surest_links(tables["linkage"]).iloc[0]
    assert link["level"] == "across"  # the figure that the claims tell too
    assert wording.number(link["rho"], ".2f") in text


FORMS = (",", ".0f", "+.0f", ".1f", "+.1f", ".2f", "+.2f", ".3f", "+.3f", ".0%", ".1%")
NUMBER = r"[+−]?\d+(?:[,.\u202f]\d+)*(?:\u202f?%)?"


def published_numbers(tables, wording):
    """Every number of the published tables as the page may write it, and the counts of their rows."""
    said = set()
    for written in tables.values():
        frame = written.infer_objects()
        for column in frame.columns[[kind.kind in "fiu" for kind in frame.dtypes]]:
            values = frame[column].dropna().unique()
            said |= {wording.number(value, form) for value in values for form in FORMS}
        for column in frame.columns[[kind.kind not in "fiu" for kind in frame.dtypes]]:
            said |= {wording.number(int(count)) for count in frame[column].value_counts()}
    return said


@pytest.fixture(scope="module")
def published(tables, tmp_path_factory):
    """The tables as they leave."""
    return dict(publish_run(make_run(tmp_path_factory.mktemp("published"), tables), REPORT_TABLES))


def test_every_number_on_the_page_is_in_a_published_table(report, published):
    """Numbers with a sign, decimals, a percent or three digits; smaller ones could not tell, see the rows below."""
    language, path = report
    wording, page = load_wording(language), path.read_text(encoding="utf-8")
    page = page[page.index('<section id="summary"') : page.index('<section id="method"')]
    text = re.sub(r"<nav.*?</nav>|<blockquote.*?</blockquote>", " ", page, flags=re.DOTALL)
    found = set(re.findall(rf"(?<![\w.,]){NUMBER}(?!\w)", Reader(text).text))
    telling = {number for number in found if re.search(r"[+−,.%]|\d{3}", number)}
    moves = find_moves(published["driver_scores"])
    counts = count_comments(published)
    spoken = published["sentiment"]["segment_id"].size
    effects = 10 * published["link_effects"].select_dtypes("number")  # told for a step of ten points
    allowed = published_numbers({**published, "moves": moves, "effects": effects}, wording)
    monthly = published["driver_scores"][published["driver_scores"]["period"] != ALL]
    summed = monthly.groupby(["voice", "driver_id", "cut", "group"])["n_mentions"].sum()  # the base of a trend
    units = published["brand"][published["brand"]["bx"].notna() & (published["brand"]["unit"] != ALL)]
    allowed |= {wording.number(value) for value in (
        counts.received, counts.analysed, len(moves), spoken,
        *(int(units[name].sum()) for name in ("n_customers", "n_employees")),
        *summed.astype(int),
    )}  # fmt: skip
    assert len(telling) > 200
    assert sorted(telling - allowed - {month[:4] for month in MONTHS}) == []


def test_rows_of_the_page_are_rows_of_the_tables(report, published):
    """Drivers, mirror pairs and units stand with their own figures, in this order."""
    language, path = report
    wording = load_wording(language)
    labels = wording.labels(published["drivers"])
    text = re.sub(r"\s+", " ", read_page(path).text.replace(THIN, "~")).replace("~", THIN)
    rows = []
    for voice in ("customer", "employee"):
        ranked = rank_drivers(published["driver_scores"], published["drivers"], voice=voice)
        for row in ranked.itertuples():
            between = wording.interval(row.ci_low, row.ci_high)
            share = wording.number(row.share, ".1%")
            rows.append([labels[row.driver_id], wording.number(row.score, ".0f"), between,
                         wording.number(row.n_respondents), share])  # fmt: skip
    for row in widest_gaps(published["mirror"]).itertuples():
        figures = [wording.number(row.cx, ".0f"), wording.number(row.ex, ".0f"), wording.number(row.gap, "+.0f")]
        rows.append([labels[row.cx_driver_id], labels[row.ex_driver_id], *figures])
    rows += [
        [row.unit, wording.number(row.bx, ".0f"), wording.interval(row.ci_low, row.ci_high)]
        for row in rank_units(published["brand"]).itertuples()
    ]
    assert len(rows) > 30
    assert [row for row in rows if " ".join(row) not in text] == []


def test_ledger_is_shown_and_adds_up(report, tables):
    language, path = report
    text = read_page(path).text.replace(THIN, "").replace(",", "")
    received, analysed = tables["sources"]["n_received"].sum(), len(tables["documents"])
    aside, unreadable = len(tables["dropped"]), len(tables["quarantined"])
    shown = {
        "fr": f"{received} reçus = {analysed} analysés + {aside} écartés + {unreadable} illisibles",
        "en": f"{received} received = {analysed} analysed + {aside} set aside + {unreadable} unreadable",
    }
    assert shown[language] in text


def test_lights_are_told_by_word_and_mark_as_well_as_colour(report):
    language, path = report
    text = read_page(path).text
    for mark, light in (("●", "green"), ("◆", "amber"), ("▲", "red")):
        assert f"{mark} {load_wording(language).text(f'light.{light}')}" in text


def test_reasons_and_parameters_are_in_the_language_of_the_page(report):
    language, path = report
    text = read_page(path).text
    assert load_wording(language).reason("12 respondents with a rating; at least 100 are needed")[1:] in text
    assert ("are needed" in text) == (language == "en")
    assert "scores.min_respondents" in text
    assert "20261115T070000Z" in text
    assert load_wording(language).text("page.made", day=TODAY) in text  # the run's own day, whatever the clock says


def test_no_cause_is_ever_claimed(report):
    _, path = report
    text = read_page(path).text.lower()
    claimed = re.findall(r"[^.]*\b(?:because of|leads to|due to|grâce à|entraîne|provoque)\b[^.]*", text)
    assert claimed == []


def test_same_tables_make_the_same_page(report, tables, tmp_path):
    language, path = report
    if language == "fr":
        shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in tables.items()}
        again = write_report(make_run(tmp_path, shuffled, language="fr"))
        assert again.read_bytes() == path.read_bytes()


def make_hostile(names):
    """Tables in which every unit, theme, source, column, promise and comment is one of `names`."""
    tables = make_tables(
        drivers=few_drivers(3), units=names, theme_labels=[(name, name) for name in names], source=names[0]
    )
    size = len(tables["documents"])
    tables["documents"]["text"] = (list(names) * (size // len(names) + 1))[:size]
    tables["bad_cells"]["column"] = names[:2]
    tables["promises"]["text"] = names[1]
    return tables


def test_hostile_names_change_no_element_and_no_attribute(tmp_path):
    payloads = read_payloads()
    neutral = [f"Unit {place:02d}" for place in range(len(payloads))]
    pages = []
    for folder, names in (("neutral", neutral), ("hostile", payloads)):
        run = make_run(tmp_path / folder, make_hostile(names), name=" ".join(names), language="en")
        pages.append(read_page(write_report(run, max_units=8)))
    assert Counter(pages[0].elements) == Counter(pages[1].elements)  # names are sorted: their order may differ
    assert pages[0].links == pages[1].links
    for payload in PAYLOADS[:13]:
        assert payload in pages[1].text
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}(\d*)", pages[1].text)
    assert not set(pages[1].text) & {"\x00", "\x1b", "\u202e"}


def leave_out_figures(tables):
    """The tables with too little in them for any figure."""
    few = dict(tables)
    for name in (
        "driver_scores",
        "mirror",
        "themes",
        "theme_terms",
        "claims",
        "importance",
        "brand",
        "concession_counts",
        "tensions",
        "moderation",
        "movements",
        "lights",
        "what_if",
        "promises",
        "blame",
        "sentiment",
    ):
        few[name] = tables[name].iloc[:0]
    employees = tables["documents"].loc[tables["documents"]["voice"] == "employee", "document_id"]
    few["mentions"] = tables["mentions"][tables["mentions"]["document_id"].isin(employees)]
    return {**few, "linkage": make_linkage(tables["drivers"], linked=None)}


def test_old_comments_raise_the_stale_banner(tables, tmp_path):
    run = make_run(tmp_path, leave_out_figures(tables), language="en")
    newest = tables["documents"]["date"].max().date()
    days = (TODAY - newest).days
    assert "Old data" not in read_page(write_report(run, stale_days=days)).text
    text = read_page(write_report(run, stale_days=days - 1)).text
    assert f"{days} days ago (more than {days - 1} days)" in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_too_little_data_is_said_everywhere_and_breaks_nothing(tables, tmp_path, language):
    few = leave_out_figures(tables)
    few["documents"] = tables["documents"].assign(date=None, period=None)
    found = read_page(write_report(make_run(tmp_path, few, language=language)))
    assert found.text.lower().count({"fr": "pas assez", "en": "not enough"}[language]) >= 8
    assert {"fr": "3 unités", "en": "3 units"}[language] in found.text
    assert found.sources == []


def test_an_account_that_does_not_add_up_is_refused(tables, tmp_path):
    wrong = {**tables, "dropped": tables["dropped"].iloc[1:]}
    with pytest.raises(TableError, match="rows received"):
        write_report(make_run(tmp_path, wrong))
    assert not list(tmp_path.rglob("report.html"))


def test_a_missing_table_names_its_stage(tables, tmp_path):
    run = make_run(tmp_path, {name: frame for name, frame in tables.items() if name != "brand"})
    with pytest.raises(TableError, match="stage 'brand'"):
        write_report(run)


def test_planted_fall_is_found_and_noise_is_not(tables):
    moves = established(find_moves(tables["driver_scores"]))
    found = set(zip(moves["driver_id"], moves["group"], strict=True))
    assert set(FALLS) <= found
    assert (moves.loc[moves["group"] == "Rouen", "change"] < -20).all()
    steady = make_scores(tables["drivers"], CITIES, seed=11)
    assert len(established(find_moves(steady))) <= 2


def test_intervals_without_width_are_no_evidence():
    frame = pd.DataFrame(
        {"voice": "customer", "driver_id": "cx.a", "period": list(MONTHS[:8]), "cut": "unit", "group": "Metz",
         "score": [100.0] * 4 + [0.0] * 4, "n_respondents": 5}
    )  # fmt: skip
    frame[["ci_low", "ci_high"]] = frame[["score", "score"]].to_numpy()
    assert find_moves(frame).empty


def test_false_alarms_are_rare_when_nothing_moves():
    """Through the scores of a steady world: 40 units, 3 drivers, 12 months of votes; 20 worlds."""
    rng = np.random.default_rng(5)
    drivers = few_drivers(2).query("side == 'cx'")
    alarms = []
    for _ in range(20):
        size = 5000
        documents = pd.DataFrame({"document_id": [f"{place:05d}" for place in range(size)], "voice": "customer"})
        documents["unit"], documents["period"] = rng.choice(40, size).astype(str), rng.choice(MONTHS, size)
        mentions = documents[["document_id"]].assign(driver_id=rng.choice(drivers["driver_id"], size), actor="process")
        mentions["polarity"] = np.where(rng.random(size) < 0.7, 1.0, -1.0)
        mentions["n_positive"], mentions["n_negative"] = 1, 0
        scores = score_drivers(mentions, documents, drivers)
        alarms.append(len(established(find_moves(scores))) > 0)
    assert np.mean(alarms) <= 0.2


def test_too_few_months_give_no_move():
    scores = make_scores(few_drivers(2), CITIES[:2], months=MONTHS[:5])
    assert find_moves(scores).empty


@settings(max_examples=30)
@given(st.text(st.characters(exclude_characters="\ufffe\uffff"), max_size=30))  # shown as half characters are
def test_names_lose_only_what_cannot_be_seen(name):
    tidied = tidy_names(pd.DataFrame({"unit": pd.Series([name, None], dtype="str")}))["unit"]
    assert tidied.isna().tolist() == [False, True]
    printable = "".join(character for character in name if character.isprintable())
    assert "".join(
        character for character in tidied[0] if character.isprintable() and character != " "
    ) == printable.replace(" ", "")
    assert np.all([character not in tidied[0] for character in "\x00\n\u202e\u2067"])
