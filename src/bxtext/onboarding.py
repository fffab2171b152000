"""A new client from its files: look at each, propose how to read it, write `params/<client>.yaml` to be confirmed.

And a client's sources looked at before a run: what each would give, in numbers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.errors import InputError, ParamsError
from bxtext.language import fold_text
from bxtext.params import Columns, Source
from bxtext.read import READERS, open_records, read_comments
from bxtext.read.drift import compare_columns, note_drift
from bxtext.read.files import check_content, file_ending, find_file
from bxtext.read.inspection import Proposal, inspect_records, is_header, summarise_columns
from bxtext.read.workbook import visible_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HEAD = """# Proposed from the files' headers and first rows; no comment is quoted. Lines that end in `# guessed`
# are to be confirmed. Every other parameter, with its default, is in example.yaml. Then: bxtext check {client}

client:
  name: {name}
  language: {language}   # of the report: fr or en

sources:
"""


@dataclass(frozen=True)
class Preview:
    """What a source would give, in numbers.

    Attributes
    ----------
    counts : Series
        Its row of the table `sources`.
    set_aside : Series
        Rows quarantined, by reason, and cells, by column and reason.
    notes : Series
        Structural lines and warnings, by code.
    columns : DataFrame
        What its first rows hold, column by column; `means` says what a column is read as.
    drift : DataFrame
        Columns that came or went since an earlier run.
    """

    counts: pd.Series
    set_aside: pd.Series
    notes: pd.Series
    columns: pd.DataFrame
    drift: pd.DataFrame


SKIPPING = (".csv", ".tsv", ".txt", ".xlsx")  # may have titles above their header
MAX_TITLES = 15  # rows looked through for the header
_ORDER = ("type", "sheet", "skip_rows", "rating_scale", "rating_labels", "date_format")


def write_client(client: str, root: Path, files: Sequence[Path]) -> Path:
    """Write `params/<client>.yaml` for some files.

    Parameters
    ----------
    client : str
        Name of the client, a slug.
    root : Path
        The project's folder.
    files : sequence of Path
        The client's files; every workbook's largest visible sheet is taken.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ParamsError
        The client has a file already.
    InputError
        A file can't be read, or no column of it holds comments.
    """
    path = root / "params" / f"{client}.yaml"
    if path.exists():
        raise ParamsError(f"params/{path.name} exists; edit it, or choose another name")
    names: set[str] = set()
    entries, languages = [], []
    for file in files:
        place = _place(file, root)
        proposal = propose_source(place, root)
        name = _source_name(file, names)
        names.add(name)
        entries.append(_entry(name, place, proposal))
        languages.append(proposal.language)
    language = "en" if languages.count("en") > languages.count("fr") else "fr"
    head = _HEAD.format(client=client, name=json.dumps(client.replace("-", " ").title()), language=language)
    path.write_text(head + "\n".join(entries), encoding="utf-8")
    return path


def preview_source(
    source: Source, root: Path, *, max_quarantined: float, earlier: pd.DataFrame | None = None
) -> Preview:
    """Read a source as a run would, and tell what it gives; no text of a comment.

    Parameters
    ----------
    source : Source
        The source.
    root : Path
        Folder that its path starts from.
    max_quarantined : float
        As in `read_comments`.
    earlier : DataFrame, optional
        The table `source_columns` of an earlier run.

    Raises
    ------
    InputError
        As `read_comments`.
    """
    found = note_drift(read_comments([source], root, max_quarantined=max_quarantined), earlier)
    cells = found.bad_cells.assign(reason=found.bad_cells["column"] + ": " + found.bad_cells["reason"])
    return Preview(
        found.sources.iloc[0],
        pd.concat([found.quarantined["reason"], cells["reason"]]).value_counts(),
        found.read_notes.set_index("code")["n"],
        summarise_columns(open_records(source, root)).assign(means=found.source_columns["means"].fillna("")),
        compare_columns(found.source_columns, earlier),
    )


def propose_source(place: str, root: Path) -> Proposal:
    """Look at one file.

    Raises
    ------
    InputError
        It can't be read, or no column of it holds comments.
    """
    path = find_file(place, root, tuple(READERS))
    check_content(path, shown=place)
    looked_at = Source(name="file", voice="customer", path=place, columns=Columns(text="?"))
    n_rows = visible_sheets(looked_at, path) if file_ending(path) == ".xlsx" else {}
    sheet = max(n_rows, key=lambda title: n_rows[title]) if len(n_rows) > 1 else None
    proposal = _propose(looked_at.model_copy(update={"sheet": sheet}), root)
    if not _has_text(proposal):
        records = open_records(looked_at.model_copy(update={"sheet": sheet}), root)
        raise InputError(
            f"E_NO_TEXT {place}: none of its {len(records.header)} columns holds comments of several words; check the"
            " header row and the separator, or write the source by hand"
        )
    if sheet is not None:
        proposal.fields["sheet"] = sheet
        proposal.confirm.append("sheet")
    return proposal


def _propose(looked_at: Source, root: Path) -> Proposal:
    """Look at a file as it is or, when its first row doesn't name most of the columns, from the row that does."""
    records = open_records(looked_at, root)
    proposal = inspect_records(records)
    n_named = sum(not name.startswith("column_") for name in records.header)
    may_have_titles = file_ending(root / looked_at.path) in SKIPPING
    if not may_have_titles or (_has_text(proposal) and n_named > len(records.header) / 2):
        return proposal
    for skip_rows in range(1, MAX_TITLES):
        try:
            below = open_records(looked_at.model_copy(update={"skip_rows": skip_rows}), root)
        except InputError:  # nothing is left below
            break
        if is_header(below.header) and _has_text(found := inspect_records(below)):
            found.fields["skip_rows"] = skip_rows
            found.confirm.append("skip_rows")
            return found
    return proposal


def _has_text(proposal: Proposal) -> bool:
    return bool({"text", "pros", "cons"} & set(proposal.fields["columns"]))


def _place(file: Path, root: Path) -> str:
    """Path of a file as the parameters name it: from the project's folder when it lies inside."""
    full = file.absolute() if file.exists() else root / file
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(full)


def _source_name(file: Path, taken: set[str]) -> str:
    stem = "-".join(fold_text(file.name.partition(".")[0]).split())[:40].strip("-") or "source"
    return next(name for name in (stem, *(f"{stem}-{number}" for number in range(2, 1000))) if name not in taken)


def _entry(name: str, place: str, proposal: Proposal) -> str:
    """Return one source as YAML; what was guessed says so."""
    values, lines = proposal.fields, []

    def say(indent: int, key: str, value: Any, *, where: str | None = None) -> None:
        mark = "   # guessed" if (where or key) in proposal.confirm else ""
        lines.append(f"{' ' * indent}{key}: {json.dumps(value, ensure_ascii=False)}{mark}")

    if proposal.origin:
        lines.append(f"  # Known by its headers: {proposal.origin}.")
    lines.append(f"  - name: {name}")
    say(4, "voice", values["voice"])
    say(4, "path", place)
    for key in _ORDER:
        if key in values:
            say(4, key, values[key])
    lines.append("    columns:")
    for meaning, column in values["columns"].items():
        say(6, meaning, column, where=f"columns.{meaning}")
    if values.get("groups"):
        lines.append("    groups:")
        for group, column in values["groups"].items():
            say(6, group, column)
    return "\n".join(lines) + "\n"
