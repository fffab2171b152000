"""CSV and its kin: separator, quotes, ragged rows, footers; every line of the file ends up somewhere."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, cast

from bxtext.errors import InputError
from bxtext.language import fold_text
from bxtext.read.columns import match_columns
from bxtext.read.encodings import MARK_BYTES, Encoding, choose_encoding, find_stray, mend_cell, open_text
from bxtext.read.records import Aside, Records, in_batches, name_columns, skip_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bxtext.params import Source

MAX_FIELD = 10_000_000  # characters of one cell
csv.field_size_limit(MAX_FIELD)
SEPARATORS = (",", ";", "\t", "|")
SAMPLE = 100_000  # characters that tell the separator
MAX_PREAMBLE = 30  # lines above the header that are looked through
MAX_LINES = 200  # a row of more lines, of the wrong width, is a quotation mark left open
_DECLARED = re.compile(r'^"?sep=(.)"?\s*$')
_ESCAPED_QUOTE = re.compile(r'\\"(?!\s*(?:[,;\t|\r\n]|$))')
_ANSWERS = r"(?:reponses?|responses?|answers?|commentaires?|comments?|avis|reviews?|lignes?|rows?|records?)"
_FOOTER = re.compile(
    rf"(?:(?:grand|sous|sub) )?total(?: general)?(?: (?:des |de |of )?{_ANSWERS})?(?: \d+)?|\d+ {_ANSWERS}|"
    r"(?:moyenne|mediane|somme|average|mean|median|sum|nps|e nps)(?: generale?| globale?| overall)?(?: \d+)*|"
    r"(?:exporte|exported|genere|generated|extrait|extracted|export|created|cree) (?:le|par|by|on|at|from|avec|with|du)"
    rf" .*|(?:nombre|number) (?:total )?(?:de|of) {_ANSWERS}(?: \d+)?|(?:fin|end) (?:du|de l|of)(?: the)? \w+|"
    r"source (?:https? )?\w+|page \d+(?: (?:of|sur|de) \d+)?"
)
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # ="00123": how exports keep a spreadsheet from reading a number
_FIGURE = re.compile(r"[\d.,/%€\s]+")
MAX_FOOTER = 10  # rows in a row that may be a footer, if nothing but the end of the file follows


class _Lines:
    """The physical lines of a text, counted; those of the row being read are kept, to judge its quotes."""

    def __init__(self, stream: Iterable[str], encoding: Encoding) -> None:
        self._stream, self._encoding = stream, encoding
        self._n_read = 0
        self._n_bytes = MARK_BYTES.get(encoding.name, 0)  # before the row being read; counted in files with strays only
        self._row: list[str] = []
        self.ended = False  # the end was reached inside a row: a quotation mark is open

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self._n_read += 1
            self._row.append(line)
            yield line
        self.ended = True

    def take_row(self) -> tuple[int, list[str]]:
        """Return the first line number and the lines of the row that has been read, and start the next one."""
        lines, self._row = self._row, []
        if self._encoding.has_strays:
            self._n_bytes += sum(map(self._encoding.count_bytes, lines))
        return self._n_read - len(lines) + 1, lines

    def stray_byte(self) -> int | None:
        """Return the offset in the file of the first byte of the row being read that isn't in the file's encoding."""
        text = "".join(self._row) if self._encoding.has_strays else ""
        place = find_stray(text)
        return None if place is None else self._n_bytes + self._encoding.count_bytes(text[:place])


def read_delimited(source: Source, path: Path) -> Records:
    """Open a delimited text file.

    Raises
    ------
    InputError
        E_EMPTY_FILE, E_ENCODING, E_ENCODING_AMBIGUOUS, E_CORRUPT_FILE; while rows are read, E_QUOTE or
        E_FIELD_LENGTH.
    """
    encoding = choose_encoding(path, source.encoding, shown=source.path)
    with open_text(path, encoding, shown=source.path) as text:
        for _ in range(source.skip_rows):
            text.readline()
        sample = text.read(SAMPLE)
    aside = Aside()
    if encoding.name not in {"utf-8", "utf-8-sig"}:
        aside.notes[f"W_ENCODING:{encoding.name}"] = 1
    declared = _DECLARED.match(sample.partition("\n")[0].strip("\r"))
    dialect = {
        "delimiter": source.separator or (declared.group(1) if declared else find_separator(sample)),
        "escapechar": "\\" if _ESCAPED_QUOTE.search(sample) and '""' not in sample else None,
    }
    rows = _rejoin(_iterate_rows(source, path, encoding, dialect, aside), aside)
    header = next(rows, None)
    if header is None:
        raise InputError(f"E_EMPTY_FILE {source.path}: no header row; export it again")
    aside.structural["header"] += 1
    names, width = name_columns(_mended(header[1]) or header[1]), len(header[1])
    fitted = _fit_width(rows, header[1], dialect)
    kept = _without_footer(skip_headers(header[1], fitted, aside), header[1], aside)
    if source.join_extra:
        kept = _join_extra(kept, match_columns(source, names)["text"], width, dialect["delimiter"] or ",", aside)
    return Records(names, in_batches(_checked(kept, width, aside)), aside)


def find_separator(text: str) -> str:
    r"""Return the separator that cuts the first rows most, and into as many fields as the header.

    Examples
    --------
    >>> find_separator("id;note\\n1;4,5\\n2;3,5\\n")
    ';'
    """
    first = text.partition("\n")[0]
    if not any(separator in first for separator in SEPARATORS):
        return "\x1f"  # one column: whatever its comments hold, nothing separates them

    def agreement(separator: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows = [row for row, _ in zip((row for row in reader if row), range(50), strict=False)]
        width = len(rows[0]) if rows else 1
        return (0, 0) if width == 1 else (sum(len(row) == width for row in rows), width)

    return max(SEPARATORS, key=agreement)


def _iterate_rows(
    source: Source, path: Path, encoding: Encoding, dialect: dict[str, str | None], aside: Aside
) -> Iterator[tuple[int, list[str], bool]]:
    """Rows that aren't blank, the header first, each with the line it starts on; and whether a lone CR ends it."""
    with open_text(path, encoding, shown=source.path) as text:
        lines = _Lines(text, encoding)
        stream = iter(lines)
        for _ in range(source.skip_rows):
            next(stream, None)
        aside.structural["skipped"] += len(lines.take_row()[1])
        width = 0
        for row in _parse(stream, dialect, source.path, lines):
            stray = lines.stray_byte()
            first, raw = lines.take_row()
            if stray is not None:
                aside.stray_bytes[first] = stray
            if len(raw) > 1 and (lines.ended or (len(raw) > MAX_LINES and len(row) != width)):
                raise InputError(
                    f"E_QUOTE {source.path}, line {first}: a quotation mark is opened there and never closed, so that"
                    f" {len(raw)} lines would be one row; close or double it"
                )
            if lines.ended or (width and len(raw) > 1 and not _is_sound(raw, dialect, width)):
                aside.broken.extend((first + offset, "stray_quote") for offset in range(len(raw)))
            elif not any(cell.strip() and cell.strip("\0") for cell in row):
                aside.structural["blank"] += len(raw)
            elif not width and _DECLARED.match(",".join(row)):
                aside.structural["separator"] += 1
            else:
                width = width or len(row)
                yield first, row, raw[-1].endswith("\r")


def _rejoin(rows: Iterator[tuple[int, list[str], bool]], aside: Aside) -> Iterator[tuple[int, list[str]]]:
    """Put rows together again that a CR inside a cell without quotes has cut, in a file whose lines end otherwise."""
    header = next(rows, None)
    if header is None:
        return
    place, kept, cut = header
    width, lines_end_in_cr = len(kept), cut
    yield place, kept
    waiting: tuple[int, list[str]] | None = None  # a row that a lone CR ends: the next one may belong to it
    for place, row, cut in rows:
        current = (place, row)
        if waiting and len(row) != width and len(waiting[1]) + len(row) - 1 == width:
            current = (waiting[0], [*waiting[1][:-1], f"{waiting[1][-1]}\n{row[0]}", *row[1:]])
            aside.notes["W_LINE_END"] += 1
        elif waiting:
            yield waiting
        waiting = current if cut and not lines_end_in_cr else None
        if waiting is None:
            yield current
    if waiting:
        yield waiting


def _parse(stream: Iterable[str], dialect: dict[str, str | None], shown: str, lines: _Lines) -> Iterator[list[str]]:
    reader = csv.reader(stream, delimiter=dialect["delimiter"] or ",", escapechar=dialect["escapechar"])
    try:
        yield from reader
    except csv.Error:
        raise InputError(
            f"E_FIELD_LENGTH {shown}, line {lines.take_row()[0]}: a cell of over {MAX_FIELD:,} characters; a quotation"
            " mark may be open"
        ) from None


def _is_sound(raw: list[str], dialect: dict[str, str | None], width: int) -> bool:
    """Whether the quotes of a row of several lines open and close where cells do; else it may be several rows."""
    try:
        rows = list(
            csv.reader(raw, delimiter=dialect["delimiter"] or ",", escapechar=dialect["escapechar"], strict=True)
        )
    except csv.Error:
        return False
    return len(rows) == 1 and len(rows[0]) == width


def _fit_width(
    rows: Iterable[tuple[int, list[str]]], header: list[str], dialect: dict[str, str | None]
) -> Iterator[tuple[int, list[str]]]:
    """Rows as wide as the header where nothing is lost by it.

    Separators at the end of the rows only, or of the header only, part nothing; and a row that was quoted as a whole,
    as spreadsheets do to a file opened without its separator, is one cell that holds the others.
    """
    width = len(header)
    named = max((place for place, name in enumerate(header, start=1) if name.strip()), default=width)
    for place, row in rows:
        fitted = row
        if len(row) == 1 < width:
            inner = next(csv.reader(row, delimiter=dialect["delimiter"] or ","), row)
            fitted = inner if len(inner) == width else row
        if len(fitted) > width and not any(cell.strip() for cell in fitted[width:]):
            fitted = fitted[:width]
        elif named <= len(fitted) < width:
            fitted = [*fitted, *[""] * (width - len(fitted))]
        yield place, fitted


def _without_footer(
    rows: Iterable[tuple[int, list[str]]], header: list[str], aside: Aside
) -> Iterator[tuple[int, list[str]]]:
    """Rows but for the header again and a footer, which go to their place in `aside`."""
    waiting: list[tuple[int, list[str]]] = []  # the last rows, if they look like a footer
    for place, row in rows:
        if row == header or _is_header(row, header):
            aside.structural["repeated_header"] += 1
        elif _is_footer(row, len(header)) and len(waiting) < MAX_FOOTER:
            waiting.append((place, row))
        else:
            yield from [*waiting, (place, row)]
            waiting = []
    aside.broken.extend((place, "footer_like") for place, _ in waiting)


def _is_header(row: list[str], header: list[str]) -> bool:
    """Whether a row is the header again, in capitals or after a byte order mark, as in files put together."""
    first = row[0].removeprefix("\ufeff")
    return first.casefold() == header[0].casefold() and fold_text("\n".join(row)) == fold_text("\n".join(header))


def _join_extra(
    rows: Iterable[tuple[int, list[str]]], text: int, width: int, separator: str, aside: Aside
) -> Iterator[tuple[int, list[str]]]:
    """Put the text together again that separators without quotes have cut; what stands before and after it is known."""
    for place, row in rows:
        n_extra = len(row) - width
        if n_extra > 0:
            aside.notes["W_JOINED"] += 1
            joined = separator.join(row[text : text + n_extra + 1])
            yield place, [*row[:text], joined, *row[text + n_extra + 1 :]]
        else:
            yield place, row


def _checked(rows: Iterable[tuple[int, list[str]]], width: int, aside: Aside) -> Iterator[tuple[int, list[str]]]:
    """Rows as wide as the header and readable; the others go to their place in `aside`."""
    for place, row in rows:
        if len(row) != width:
            aside.broken.append((place, "too_many_fields" if len(row) > width else "too_few_fields"))
        elif (mended := _mended(row)) is None:
            aside.broken.append((place, "bad_bytes"))
        else:
            if mended is not row:
                aside.notes["W_MIXED_ENCODING"] += 1
            yield place, [_told_as_text(cell) for cell in mended] if '="' in "".join(mended) else mended


def _told_as_text(cell: str) -> str:
    told = _AS_TEXT.fullmatch(cell)
    return told.group(1) if told else cell


def _is_footer(row: list[str], width: int) -> bool:
    """Whether a row may be what an export adds below its data: a total, or who made it and when."""
    others = [cell for cell in row[1:] if cell.strip()]
    crowded = len(others) >= max(1, width // 2) and not all(map(_FIGURE.fullmatch, others))
    if width == 1 or not row[0].strip() or crowded or len(others) == width - 1:
        return False
    return _FOOTER.fullmatch(fold_text(row[0])) is not None


def _mended(row: list[str]) -> list[str] | None:
    """Return the row with cells in another encoding decoded too; None when one of them can't be."""
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        cells = [cell if cell.isascii() else mend_cell(cell) for cell in row]
        return None if None in cells else cast("list[str]", cells)
    return row


def suggest_skip_rows(source: Source, path: Path, wanted: Iterable[str]) -> int | None:
    """Return how many lines stand above the row that names the wanted columns, when one of the first lines does."""
    names = {fold_text(name) for name in wanted}
    encoding = choose_encoding(path, source.encoding, shown=source.path)
    with open_text(path, encoding, shown=source.path) as text:
        for place, line in zip(range(MAX_PREAMBLE), text, strict=False):
            for separator in SEPARATORS:
                if names <= {fold_text(cell) for cell in next(csv.reader([line], delimiter=separator), [])}:
                    return place
    return None
