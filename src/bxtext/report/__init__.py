"""Stage 10, report: the one door out. One content model, in the client's language, as page, workbook, slides and PDF.

Nothing from a comment, a unit, a client or a theme is ever markup: the template escapes every value, and the page
forbids scripts, requests and any style but its own by its content security policy.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bxtext.params.sections import Theme
from bxtext.publish import publish_run
from bxtext.report.about import data_section, method_section, run_section
from bxtext.report.concessions import concessions_section
from bxtext.report.content import Page, Quotes
from bxtext.report.evidence import Evidence, established, find_moves, tidy_names
from bxtext.report.experience import importance_section, journey_section, voice_section
from bxtext.report.look import Look, load_look
from bxtext.report.meeting import claims_section, links_section, mirror_section
from bxtext.report.pdf import check_pdf, set_on_paper, write_pdf
from bxtext.report.places import brand_section, lights_section, moves_section, quadrant_section
from bxtext.report.priorities import priorities_section
from bxtext.report.quotes import praise_section, verbatims_section
from bxtext.report.since import find_earlier
from bxtext.report.stakes import blame_section, promises_section, what_if_section
from bxtext.report.subjects import themes_section
from bxtext.report.summary import gauge, summarise
from bxtext.tables import REPORT_TABLES
from bxtext.wording import NONE, load_wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bxtext.params import Format
    from bxtext.run import Run

__all__ = ["check_formats", "established", "find_moves", "write_report"]

HOUSE = Theme()


def write_report(  # noqa: PLR0913  the parameters of a section are its function's arguments
    run: Run,
    *,
    stale_days: int = 45,
    max_units: int = 20,
    min_quoted: int = 10,
    max_quotes: int = 240,
    theme: Theme = HOUSE,
    formats: Sequence[Format] = ("html", "xlsx", "pptx"),
    master: str | None = None,
) -> Path:
    """Write the report in the folder of a run, in the client's language: `report.html`, `report.xlsx` and so on.

    Its day is the run's own, so that it can be made again, to the byte, on any other.

    Parameters
    ----------
    run : Run
        A run whose stages 1 to 9 have written their tables.
    stale_days : int
        A newest comment older than this many days raises the stale banner.
    max_units : int
        Units shown in charts, those with most people heard; the rest stay in the tables.
    min_quoted : int
        Customers who speak of a driver, or thank a unit, before any of them is quoted; employees never are.
    max_quotes : int
        Comments of customers quoted at most.
    theme : Theme
        The client's logo and colours.
    formats : sequence of str
        Among `html`, `xlsx`, `pptx` and `pdf`; all are made before any is written.
    master : str, optional
        A PPTX file, from the project's root, whose master and layouts replace the house's own.

    Returns
    -------
    Path
        The first file.

    Raises
    ------
    TableError
        A table is missing, or the account of comments doesn't add up.
    ParamsError
        A format needs what isn't installed, or the logo or the master can't be used.
    PrivacyError
        Too few people would stand behind a figure, and it can't be hidden.
    """
    look = load_look(theme, run.root)
    door = publish_run(run, REPORT_TABLES)
    traces, published = door.traces, dict(door)
    del door  # a million comments are held once
    earlier = find_earlier(run, published)
    evidence = Evidence(
        tables={name: tidy_names(published.pop(name)) for name in list(published)},  # a million comments are held once
        params=run.params,
        wording=load_wording(run.params.client.language),
        today=run.params.run.today or datetime.now(UTC).date(),  # a run by hand has no day yet
        run_id=run.run_id,
        stale_days=stale_days,
        max_units=max_units,
        min_quoted=min_quoted,
        max_quotes=max_quotes,
        earlier=earlier,
        traces=traces,
    )
    page = compose_page(evidence)
    made = {name: _make(name, page, evidence, look, run.root / master if master else None) for name in formats}
    for name, content in made.items():
        partial = run.folder / f".report.{name}"
        partial.write_bytes(content)
        partial.replace(run.folder / f"report.{name}")
    return run.folder / f"report.{formats[0]}"


def check_formats(formats: Sequence[Format], master: str | None, root: Path) -> None:
    """Check, before anything is computed, that every format can be made here.

    Raises
    ------
    ParamsError
        As `write_report`.
    """
    if "pdf" in formats:
        check_pdf()
    if "pptx" in formats and master is not None:
        from bxtext.report.slides.master import open_master  # noqa: PLC0415

        open_master(root / master)


def _make(name: Format, page: Page, evidence: Evidence, look: Look, master: Path | None) -> bytes:
    """Return the report in one format; what a format needs is imported for it alone."""
    if name == "xlsx":
        from bxtext.report.workbook import write_workbook  # noqa: PLC0415

        return write_workbook(page, evidence)
    if name == "pptx":
        from bxtext.report.slides import write_slides  # noqa: PLC0415

        return write_slides(page, today=evidence.today, run_id=evidence.run_id, master=master)
    if name == "pdf":
        return write_pdf(render_page(set_on_paper(page), look, filters=False))
    return render_page(page, look).encode("utf-8")


def compose_page(evidence: Evidence) -> Page:
    """Return all that the report says."""
    wording, client = evidence.wording, evidence.client
    facts, warnings = _freshness(evidence)
    sections = (
        priorities_section(evidence),
        data_section(evidence),
        voice_section(evidence, "customer"),
        voice_section(evidence, "employee"),
        importance_section(evidence),
        journey_section(evidence),
        mirror_section(evidence),
        links_section(evidence),
        what_if_section(evidence),
        claims_section(evidence),
        brand_section(evidence),
        lights_section(evidence),
        quadrant_section(evidence),
        moves_section(evidence),
        blame_section(evidence),
        promises_section(evidence),
        themes_section(evidence),
        concessions_section(evidence),
        praise_section(evidence),
        verbatims_section(evidence),
        method_section(evidence),
        run_section(evidence),
    )
    return Page(
        language=wording.language,
        title=wording.text("page.title", client=client),
        client=client,
        made=wording.text("page.made", day=evidence.today),
        facts=facts,
        warnings=warnings,
        summary=summarise(evidence),
        sections=sections,
        gauges=gauge(evidence),
    )


def _freshness(evidence: Evidence) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The facts at the top of the page, and what to be warned of."""
    wording, counts = evidence.wording, evidence.counts
    newest = evidence.tables["documents"]["date"].max()
    warnings = []
    if newest != newest:  # noqa: PLR0124  NaT: no comment is dated
        fresh = NONE
        warnings.append(wording.text("page.undated"))
    else:
        age = (evidence.today - newest.date()).days
        fresh = wording.text("fact.newest", n=age, day=newest)
        if age > evidence.stale_days:
            warnings.append(wording.text("page.stale", n=age, day=newest, limit=evidence.stale_days))
    share = counts.analysed / counts.received if counts.received else 0.0
    facts = (
        (wording.text("fact.period"), evidence.span),
        (wording.text("fact.freshness"), fresh),
        (wording.text("fact.received"), wording.number(counts.received)),
        (wording.text("fact.analysed"), wording.text("fact.analysed_value", n=counts.analysed, share=share)),
    )
    return facts, tuple(warnings)


def render_page(page: Page, look: Look, *, filters: bool = True) -> str:
    """Return the page as HTML, every value escaped; its only style is the one whose digest it names.

    Paper can't choose among comments: without `filters` there is no rule for each choice, which take time to match.
    """
    environment = Environment(
        loader=PackageLoader("bxtext.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    quotes = [block for section in page.sections for block in section.blocks if isinstance(block, Quotes)]
    keys = sorted({key for block in quotes if filters for choice in block.filters for key, _ in choice.choices})
    known = {"look": look, "keys": keys}
    style = environment.get_template("page.css").render(known)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    titles = {section.anchor: section.title for section in page.sections}
    say = load_wording(page.language).text
    template = environment.get_template("page.html.j2")
    return template.render(known, page=page, titles=titles, say=say, style_digest=digest)
