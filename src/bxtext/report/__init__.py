"""Stage 10, report: the one door out. One self-contained page from the tables of a run, in the client's language.

Nothing from a comment, a unit, a client or a theme is ever markup: the template escapes every value, and the page
forbids scripts and requests by its content security policy.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from bxtext.publish import publish_run
from bxtext.report.about import data_section, method_section, run_section
from bxtext.report.concessions import concessions_section
from bxtext.report.content import Page
from bxtext.report.evidence import Evidence, established, find_moves, tidy_names
from bxtext.report.experience import importance_section, themes_section, voice_section
from bxtext.report.meeting import links_section, mirror_section
from bxtext.report.places import brand_section, moves_section
from bxtext.report.summary import summarise
from bxtext.tables import REPORT_TABLES
from bxtext.wording import NONE, load_wording

if TYPE_CHECKING:
    from pathlib import Path

    from bxtext.run import Run

__all__ = ["established", "find_moves", "write_report"]

FILE = "report.html"


def write_report(run: Run, *, stale_days: int = 45, max_units: int = 20, today: date | None = None) -> Path:
    """Write `report.html` in the folder of a run, in the client's language, and return its path.

    Parameters
    ----------
    run : Run
        A run whose stages 1 to 9 have written their tables.
    stale_days : int
        A newest comment older than this many days raises the stale banner.
    max_units : int
        Units shown in charts, those with most people heard; the rest stay in the tables.
    today : date, optional
        The day of the report; by default the current one, in UTC.

    Raises
    ------
    TableError
        A table is missing, or the account of comments doesn't add up.
    PrivacyError
        Too few people would stand behind a figure, and it can't be hidden.
    """
    published = publish_run(run, REPORT_TABLES)
    evidence = Evidence(
        tables={name: tidy_names(frame) for name, frame in published.items()},
        params=run.params,
        wording=load_wording(run.params.client.language),
        today=today or datetime.now(UTC).date(),
        run_id=run.run_id,
        stale_days=stale_days,
        max_units=max_units,
    )
    path = run.folder / FILE
    partial = path.with_suffix(".tmp")
    partial.write_text(render_page(compose_page(evidence)), encoding="utf-8")
    partial.replace(path)
    return path


def compose_page(evidence: Evidence) -> Page:
    """Return all that the report says."""
    wording, client = evidence.wording, evidence.client
    facts, warnings = _freshness(evidence)
    sections = (
        data_section(evidence),
        voice_section(evidence, "customer"),
        voice_section(evidence, "employee"),
        importance_section(evidence),
        concessions_section(evidence),
        mirror_section(evidence),
        links_section(evidence),
        brand_section(evidence),
        themes_section(evidence),
        moves_section(evidence),
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


def render_page(page: Page) -> str:
    """Return the page as HTML, every value escaped."""
    environment = Environment(
        loader=PackageLoader("bxtext.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.j2")
    titles = {section.anchor: section.title for section in page.sections}
    return template.render(page=page, titles=titles, say=load_wording(page.language).text)
