"""The workbook: what it is, one sheet a published table, those most asked for first, and last a data dictionary.

Every text is written as a text, never as what a spreadsheet might make of it: no formula and no link comes from data.
A row that stands for one comment is no published figure, and has no sheet.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import pandas as pd
from xlsxwriter import Workbook

from bxtext.report.content import list_words
from bxtext.report.evidence import tidy_name
from bxtext.tables import ALL, GROUP_PREFIX, TABLES
from bxtext.tables import Column as Contract
from bxtext.wording import load_dictionary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from bxtext.report.content import Page
    from bxtext.report.evidence import Evidence
    from bxtext.wording import Wording

PERSONAL = {"comment_id", "document_id", "segment_id", "row"}  # keys of rows that stand for one comment
FIRST = ("brand", "driver_scores", "lights", "movements", "importance", "mirror", "linkage", "claims", "themes")
MAX_CELL = 32_767  # UTF-16 units in a cell
MAX_ROWS = 1_048_575  # under a header
CUT = " […]"
NARROWEST, WIDEST, PROSE = 9, 46, 100  # widths of columns, in characters
PROSE_LINE = 96  # characters that surely fit on a line of the wide column
LINE = 14  # points
WIDTH_ROWS = 200  # rows looked at for a width
ACCENT, RULE, INK, QUIET = "#00664A", "#D5DAE0", "#1F2933", "#5F6B76"
SHARES = {"share", "stated", "derived", "explained", "rate", "rate_before"}
# columns whose codes have words in the catalogue, and under which of its entries
CODES = {
    "voice": ("voice",), "heard": ("voice",), "small_voice": ("voice",), "stale_voice": ("voice",),
    "language": ("language",), "stage": ("stage",), "kano": ("kano",), "quadrant": ("quadrant",),
    "quadrant_before": ("quadrant",), "quadrant_now": ("quadrant",), "people": ("light",), "product": ("light",),
    "process": ("light",), "colour": ("light",), "verdict": ("verdict", "light"), "change": ("theme_change",),
    "claim": ("claim",),
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A published table as it is written: its columns with their contracts, values in words."""

    table: str
    name: str
    doc: str
    frame: pd.DataFrame
    columns: tuple[Contract, ...]
    n_rows: int


def write_workbook(page: Page, evidence: Evidence) -> bytes:
    """Return the published tables as an XLSX file: the same bytes from the same tables on the same day.

    Parameters
    ----------
    page : Page
        What the report says: its title, facts, summary and method open the workbook.
    evidence : Evidence
        The published tables.

    Returns
    -------
    bytes
        The file.
    """
    target = io.BytesIO()
    workbook = Workbook(
        target,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    workbook.set_properties(
        {
            "title": cell_text(page.title),
            "author": "bxtext",
            "created": datetime.combine(evidence.today, time()),
        }
    )
    styles = _Styles(workbook)
    published = [name for name in evidence.tables if not PERSONAL & set(TABLES[name].key)]
    ordered = [*(name for name in FIRST if name in published), *(name for name in published if name not in FIRST)]
    sheets = [_make_sheet(evidence, name) for name in ordered]
    _write_cover(_add_sheet(workbook, evidence.wording.text("sheet.cover")), page, evidence, sheets, styles)
    for sheet in sheets:
        _write_sheet(_add_sheet(workbook, sheet.name), sheet, styles)
    _write_dictionary(_add_sheet(workbook, evidence.wording.text("sheet.dictionary")), evidence, sheets, styles)
    workbook.close()
    return target.getvalue()


def cell_text(text: str) -> str:
    r"""Return a text as a cell holds it: without what can't be seen, and cut, with a mark, where it is too long.

    Examples
    --------
    >>> cell_text("=1+1\x00")
    '=1+1 '
    >>> len(cell_text("a" * 40_000))
    32767
    """
    kept = tidy_name(text)
    units = kept.encode("utf-16-le")
    if len(units) // 2 <= MAX_CELL:
        return kept
    return units[: 2 * (MAX_CELL - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _add_sheet(workbook: Workbook, name: str) -> Worksheet:
    sheet = workbook.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    return sheet


class _Styles:
    """The formats of the cells, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        base = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "top"}
        self._base = base
        self._numbers: dict[str, Format] = {}
        self.plain = self._make()
        self.wrapped = self._make(text_wrap=True)
        self.title = self._make(font_size=20, bold=True, font_color=ACCENT)
        self.lead = self._make(font_size=11, font_color=QUIET, text_wrap=True)
        self.heading = self._make(font_size=13, bold=True, font_color=ACCENT)
        self.label = self._make(bold=True)
        self.warning = self._make(bold=True, text_wrap=True, font_color="#8A2A00")
        self.header = self._make(
            bold=True, font_color="#FFFFFF", bg_color=ACCENT, border=1, border_color=RULE, text_wrap=True
        )

    def _make(self, **changes: Any) -> Format:
        return self._workbook.add_format({**self._base, **changes})

    def number(self, form: str) -> Format:
        if form not in self._numbers:
            self._numbers[form] = self._make(num_format=form)
        return self._numbers[form]


def _make_sheet(evidence: Evidence, name: str) -> Sheet:
    """Return a table in the client's language: codes in words, and the name of each driver and theme beside its id."""
    wording, contract, frame = evidence.wording, TABLES[name], evidence.tables[name]
    if "suppressed" in frame:
        frame = frame[~frame["suppressed"].astype(bool)]  # held back: not even its counts
    known = load_dictionary(wording.language)
    themes = wording.labels(evidence.tables["themes"]) if "themes" in evidence.tables else {}
    shown: dict[str, pd.Series[Any]] = {}
    columns = []
    for column_name in frame.columns:
        found = contract.column(str(column_name))
        assert found is not None  # noqa: S101  the table was checked when it was read
        doc = wording.text("sheet.group") if found.name.startswith(GROUP_PREFIX) else found.doc
        doc = known.get(f"column.{found.name}", doc)
        column = Contract(found.name, found.kind, doc, low=found.low, high=found.high)
        shown[column.name] = _in_words(frame[column_name], wording)
        columns.append(column)
        if column.name.endswith(("driver_id", "theme_id")) and column.name != f"{name[:-1]}_id":
            label = column.name.removesuffix("_id")
            names = evidence.labels if column.name.endswith("driver_id") else themes
            shown[label] = frame[column_name].map(names, na_action="ignore")
            columns.append(Contract(label, "text", wording.text("sheet.label_of", name=column.name)))
    key = f"sheet.{name}"
    return Sheet(
        name,
        wording.text(key) if key in wording else name,
        known.get(f"table.{name}", contract.doc),
        pd.DataFrame(shown).head(MAX_ROWS),
        tuple(columns),
        len(frame),
    )


def _in_words(values: pd.Series[Any], wording: Wording) -> pd.Series[Any]:
    """Return a column with its codes in the client's language."""
    if not isinstance(values.dtype, pd.StringDtype):
        return values
    if values.name == "reason":
        return values.map(wording.reason, na_action="ignore")
    said = {}
    for code in values.dropna().unique():
        keys = [f"{prefix}.{code}" for prefix in CODES.get(str(values.name), ())]
        found = [wording.text(key) for key in keys if isinstance(wording.entries.get(key), str)]
        if code == ALL and values.name in {"period", "unit", "cut", "group"}:
            found = [wording.text("sheet.all")]
        said[code] = found[0] if found else code
    return values.map(said, na_action="ignore")


def _write_sheet(target: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    last = len(sheet.columns) - 1
    for place, column in enumerate(sheet.columns):
        values = sheet.frame[column.name]
        target.set_column(place, place, _width(column, values))
        target.write_string(0, place, column.name, styles.header)
        _write_column(target, place, column, values, styles)
    target.set_row(0, 2 * LINE)
    target.repeat_rows(0)
    target.freeze_panes(1, min(last, _n_text(sheet)))
    target.autofilter(0, 0, max(1, len(sheet.frame)), last)


def _n_text(sheet: Sheet) -> int:
    """Return how many columns stay in sight: the first ones that say which row it is, at most two."""
    leading = next((place for place, column in enumerate(sheet.columns) if column.kind != "text"), 1)
    return max(1, min(2, leading))


def _write_column(target: Worksheet, place: int, column: Contract, values: pd.Series[Any], styles: _Styles) -> None:
    """Write each value by what it is; nothing where there is none."""
    form = styles.number(_number_form(column))
    day = styles.number("yyyy-mm-dd")
    for row, (value, empty) in enumerate(zip(values.tolist(), values.isna().tolist(), strict=True), start=1):
        if empty:
            continue
        if isinstance(value, str):
            target.write_string(row, place, cell_text(value), styles.plain)
        elif isinstance(value, bool):
            target.write_boolean(row, place, value, styles.plain)
        elif isinstance(value, pd.Timestamp):
            target.write_datetime(row, place, value.to_pydatetime(), day)
        else:
            target.write_number(row, place, value, form)


def _number_form(column: Contract) -> str:
    name = column.name.removesuffix("_low").removesuffix("_high")
    if column.kind == "count" or column.name == "lag":
        return "#,##0"
    if name in SHARES:
        return "0.0%"
    if (column.low, column.high) in {(0, 100), (-100, 100), (-150, 150)}:
        return "0"  # as on the page: the cell holds the rest
    return "0.000"


def _width(column: Contract, values: pd.Series[Any]) -> int:
    if column.kind != "text":
        return max(NARROWEST, len(column.name) + 4)  # a name can't be broken, and a filter's button stands beside it
    longest = values.dropna().astype(str).head(WIDTH_ROWS).str.len().max()
    return int(min(WIDEST, max(NARROWEST, len(column.name) + 4, 0 if longest != longest else longest + 2)))  # noqa: PLR0124  NaN


def _write_cover(target: Worksheet, page: Page, evidence: Evidence, sheets: list[Sheet], styles: _Styles) -> None:
    """Say what this is, for whom, of what time, from which run, and how the figures are to be read."""
    wording = evidence.wording
    target.set_column(0, 0, 34)
    target.set_column(1, 1, PROSE)
    facts = [
        (wording.text("sheet.client"), page.client),
        *page.facts,
        (wording.text("sheet.made"), page.made),
        (wording.text("sheet.run"), wording.text(
            "run.identity", run_id=evidence.run_id, digest=evidence.params.digest()
        )),
    ]  # fmt: skip
    target.write_string(0, 0, cell_text(page.client), styles.title)
    target.set_row(0, 2 * LINE)
    target.write_string(1, 0, wording.text("sheet.lead"), styles.plain)
    row = _write_pairs(target, 3, facts, styles)
    for warning in page.warnings:
        _write_prose(target, row, warning, styles.warning)
        row += 1
    target.write_string(row + 1, 0, wording.text("page.summary"), styles.heading)
    summary = [(wording.text(f"summary.lead.{said.anchor}"), said.text) for said in page.summary]
    row = _write_pairs(target, row + 2, summary, styles)
    target.write_string(row + 1, 0, wording.text("sheet.sheets"), styles.heading)
    listed = [(sheet.name, f"{sheet.doc} {_say_rows(sheet, wording)}") for sheet in sheets]
    row = _write_pairs(target, row + 2, listed, styles)
    target.write_string(row + 1, 0, wording.text("section.method"), styles.heading)
    row += 2
    method = next(section for section in page.sections if section.anchor == "method")
    for said in list_words(method.blocks):
        _write_prose(target, row, said, styles.wrapped)
        row += 1


def _write_prose(target: Worksheet, row: int, said: str, style: Format) -> None:
    """Write a paragraph in the wide column, its row as high as it needs: not every program sees to that itself."""
    lines = -(-len(said) // PROSE_LINE)
    target.set_row(row, LINE * lines + 2)
    target.write_string(row, 1, cell_text(said), style)


def _say_rows(sheet: Sheet, wording: Wording) -> str:
    key = "sheet.rows" if len(sheet.frame) == sheet.n_rows else "sheet.rows_cut"
    return wording.text(key, n=len(sheet.frame), total=sheet.n_rows)


def _write_pairs(target: Worksheet, row: int, pairs: list[tuple[str, str]], styles: _Styles) -> int:
    for name, value in pairs:
        target.write_string(row, 0, cell_text(name), styles.label)
        _write_prose(target, row, value, styles.wrapped)
        row += 1
    return row


def _write_dictionary(target: Worksheet, evidence: Evidence, sheets: list[Sheet], styles: _Styles) -> None:
    """Say of every column of every sheet what it holds."""
    wording = evidence.wording
    heads: Mapping[str, int] = {"sheet": 26, "column": 24, "meaning": PROSE, "kind": 12}
    for place, (head, width) in enumerate(heads.items()):
        target.set_column(place, place, width)
        target.write_string(0, place, wording.text(f"sheet.head.{head}"), styles.header)
    row = 1
    for sheet in sheets:
        for column in sheet.columns:
            cells = (sheet.name, column.name, column.doc, wording.text(f"sheet.kind.{column.kind}"))
            for place, said in enumerate(cells):
                target.write_string(row, place, cell_text(said), styles.wrapped)
            target.set_row(row, LINE * -(-len(column.doc) // PROSE_LINE) + 2)
            row += 1
    target.repeat_rows(0)
    target.freeze_panes(1, 2)
    target.autofilter(0, 0, row - 1, len(heads) - 1)
