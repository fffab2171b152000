"""The page as a tagged PDF, by WeasyPrint: an extra, since it needs libraries that Python alone doesn't bring."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bxtext.errors import ParamsError
from bxtext.report.content import Grid, Picture, Text, frame_chart
from bxtext.wording import load_wording

if TYPE_CHECKING:
    from bxtext.report.content import Block, Page, Section

STYLE = Path(__file__).with_name("pdf.css")
VARIANT = "pdf/ua-1"  # universal accessibility: tags, a language, alternative texts


def check_pdf() -> None:
    """Check that a PDF can be made here.

    Raises
    ------
    ParamsError
        WeasyPrint isn't installed.
    """
    if find_spec("weasyprint") is None:
        raise ParamsError(
            "report.formats: pdf needs WeasyPrint, which isn't installed; `pip install 'bxtext[pdf]'`, or leave pdf out"
        )


def set_on_paper(page: Page) -> Page:
    """Return a page as it is printed: letters in its figures stay letters, and folded tables are named, not shown.

    A reader of paper can't fold; the page and the workbook hold every row. Drawing each letter of a figure as a path,
    and laying out the folded tables, took two thirds of the time.
    """
    return replace(page, sections=tuple(_set_section(section, page.language) for section in page.sections))


def _set_section(section: Section, language: str) -> Section:
    wording = load_wording(language)
    folded = [block.title for block in section.blocks if isinstance(block, Grid) and block.folded]
    kept = (block for block in section.blocks if not (isinstance(block, Grid) and block.folded))
    blocks: list[Block] = [
        frame_chart(block.chart, block.takeaway, as_text=True)
        if isinstance(block, Picture) and not block.chart.dense
        else block
        for block in kept
    ]
    if folded:
        blocks.append(Text(wording.text("page.elsewhere", list=wording.join(list(map(wording.quote, folded)))), "note"))
    return replace(section, blocks=tuple(blocks))


def write_pdf(html: str) -> bytes:
    """Return the page as a PDF: tagged, numbered, the same bytes from the same page.

    Parameters
    ----------
    html : str
        The page, self-contained: nothing is fetched from elsewhere.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    ParamsError
        WeasyPrint isn't installed, or lacks a library of the system.
    """
    check_pdf()
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415  an extra, and a second to import
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except OSError as error:
        raise ParamsError(
            "report.formats: pdf needs Pango, which isn't on this machine; install it with the system's own packages, "
            "or leave pdf out"
        ) from error
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # what only a browser understands is no fault
    own = URLFetcher(allowed_protocols={"data"})  # what the page itself holds, and nothing else
    return bytes(
        HTML(string=html, url_fetcher=own).write_pdf(
            stylesheets=[CSS(string=STYLE.read_text(encoding="utf-8"), url_fetcher=own)],
            pdf_variant=VARIANT,
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        )
    )
