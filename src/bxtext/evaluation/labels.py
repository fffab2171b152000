"""Labels that people wrote in a CSV: checked as a whole, then matched with the documents of a run.

One row a document and coder: `document_id` or `text`, `drivers` (ids separated by spaces; empty says that it speaks
of none), and if wanted `polarity` and `coder`. In a file of the workbench, which has a column `use`, only the rows that
say `check` are labels to measure by: the others taught the run. No message ever quotes a text.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pandas as pd

from bxtext.errors import InputError, did_you_mean, fault_list
from bxtext.evaluation.agreement import CODERS
from bxtext.language import fold_text
from bxtext.privacy import mask_text
from bxtext.taxonomy import POLARITIES

if TYPE_CHECKING:
    from pathlib import Path

    from bxtext.taxonomy import Taxonomy

COLUMNS = ("document_id", "text", "drivers", "polarity", "coder", "use")
CHECK = "check"
SEPARATORS = ",;\t"
SHOWN_FAULTS = 20
_ID = re.compile(
    r"(?:cx|ex|bx|out)\.[a-z0-9_]+"
)  # what is safe to quote: anything else may be a comment in the wrong column


def read_labels(path: Path, taxonomy: Taxonomy) -> pd.DataFrame:
    """Read and check a file of labels.

    Parameters
    ----------
    path : Path
        A CSV in UTF-8, separated by commas, semicolons or tabs.
    taxonomy : Taxonomy
        The client's drivers.

    Returns
    -------
    DataFrame
        One row a row of the file: `row` (its place, the header being 1), and those of `document_id`, `text`,
        `drivers`, `polarity`, `coder` that the file has, as text.

    Raises
    ------
    InputError
        The file or a column is missing, or rows hold what isn't allowed: all faults at once.
    """
    if not path.is_file():
        beside = [entry.name for entry in path.parent.glob("*.csv")] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, beside) if beside else "no CSV is in its folder"
        raise InputError(f"labels: {path.name}: no such file; {hint}")
    labels = _to_measure_by(_read_cells(path))
    if "coder" in labels and not labels["coder"].any():
        labels = labels.drop(columns="coder")
    faults = _faults(labels, taxonomy)
    if faults:
        more = [f"and {len(faults) - SHOWN_FAULTS} more"] if len(faults) > SHOWN_FAULTS else []
        raise InputError(fault_list(f"labels: {path.name}", faults[:SHOWN_FAULTS] + more))
    return labels


def match_labels(labels: pd.DataFrame, documents: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Find the document of each label, by `document_id`, else by the letters of its text.

    A text that several people wrote is one of their documents: the first, by id, whose voice can speak of the
    drivers labelled.

    Parameters
    ----------
    labels : DataFrame
        As from `read_labels`.
    documents : DataFrame
        The table of this name.
    taxonomy : Taxonomy
        The client's drivers.

    Returns
    -------
    DataFrame
        `row`, `document_id`, `driver_id` (missing where there is none), and `polarity` and `coder` where given: what
        `evaluate_drivers` reads. Labels of other documents are left out.

    Raises
    ------
    InputError
        No label belongs to a document, or a driver isn't heard from the voice of its document.

    Examples
    --------
    >>> from bxtext.taxonomy import load_taxonomy
    >>> documents = pd.DataFrame({"document_id": ["a"], "text": ["Très bon accueil !"], "voice": "customer"})
    >>> labels = pd.DataFrame({"row": [2], "text": ["tres bon accueil"], "drivers": ["cx.staff_attitude"]})
    >>> match_labels(labels, documents, load_taxonomy())[["document_id", "driver_id"]].to_numpy().tolist()
    [['a', 'cx.staff_attitude']]
    """
    voices = documents.set_index("document_id")["voice"]
    if "document_id" in labels:
        found = labels[labels["document_id"].isin(voices.index)]
    else:
        found = _match_texts(labels, documents, taxonomy)
    if found.empty:
        raise InputError(
            f"labels: none of {len(labels)} rows is a document of this run; take ids or texts from its `documents`"
        )
    matched = found.assign(driver_id=found["drivers"].str.split()).explode("driver_id")
    faults = [
        f"row {row}: {driver_id!r} is not heard from {voice}s; label a driver of theirs"
        for row, driver_id, voice in zip(
            matched["row"], matched["driver_id"], matched["document_id"].map(voices), strict=True
        )
        if isinstance(driver_id, str) and not taxonomy[driver_id].heard_from(voice)
    ]
    if faults:
        raise InputError(fault_list("labels", faults[:SHOWN_FAULTS]))
    kept = ["row", "document_id", "driver_id", "polarity", "coder"]
    return matched.reindex(columns=[name for name in kept if name in matched]).reset_index(drop=True)


def find_labels(path: Path, documents: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Read a file of labels and find their documents; an empty table while there is no such file.

    Parameters
    ----------
    path : Path
        A file that `read_labels` can read.
    documents : DataFrame
        The table of this name.
    taxonomy : Taxonomy
        The client's drivers.

    Returns
    -------
    DataFrame
        As from `match_labels`.

    Raises
    ------
    InputError
        As `read_labels` and `match_labels`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from bxtext.taxonomy import load_taxonomy
    >>> documents = pd.DataFrame({"document_id": ["a"], "text": ["Too dear"], "voice": "customer"})
    >>> len(find_labels(Path("not-yet.csv"), documents, load_taxonomy()))
    0
    """
    if not path.exists() or _to_measure_by(_read_cells(path)).empty:
        return pd.DataFrame({"document_id": pd.Series(dtype="str"), "driver_id": pd.Series(dtype="str")})
    return match_labels(read_labels(path, taxonomy), documents, taxonomy)


def _to_measure_by(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that taught nothing; all of them in a file that was written to measure."""
    return labels[labels["use"] == CHECK].drop(columns="use") if "use" in labels else labels


def _read_cells(path: Path) -> pd.DataFrame:
    """Every cell as text, and `row`: the place of its record in the file, the header being 1."""
    where = f"labels: {path.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: byte {error.start} isn't UTF-8; save it as CSV UTF-8") from error
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(f"{where}: a quotation mark isn't closed; close or double it") from error
    header = [cell.strip() for cell in records[0]] if records else []
    rows = [(row, cells) for row, cells in enumerate(records[1:], start=2) if any(cells)]
    faults = _header_faults(header)
    faults = faults or [
        f"row {row}: {len(cells)} cells under {len(header)} columns; quote what holds the separator"
        for row, cells in rows
        if len(cells) != len(header)
    ]
    if faults:
        raise InputError(fault_list(where, faults[:SHOWN_FAULTS]))
    table = pd.DataFrame([[cell.strip() for cell in cells] for _, cells in rows], columns=header, dtype="str")
    return table[[name for name in COLUMNS if name in header]].assign(row=[row for row, _ in rows])


def _header_faults(header: list[str]) -> list[str]:
    """Faults of the header, of which only a near miss is quoted: without a header, it is a comment."""
    faults = [f"two columns are called {name!r}; rename one" for name in COLUMNS if header.count(name) > 1]
    wanted = {"drivers": "drivers" in header, "document_id": "document_id" in header or "text" in header}
    for name in (name for name, present in wanted.items() if not present):
        hint = did_you_mean(name, header)
        hint = hint if hint.startswith("did you mean") else f"{len(header)} columns found; is row 1 a header?"
        faults.append(f"no column {name!r}{' nor text' * (name == 'document_id')}; {hint}")
    return faults


def _faults(labels: pd.DataFrame, taxonomy: Taxonomy) -> list[str]:
    faults = [] if len(labels) else ["no row below the header; label some documents"]
    for row, ids in zip(labels["row"], labels["drivers"].str.split(), strict=True):
        for driver_id in ids:
            if not _ID.fullmatch(driver_id):
                faults.append(f"row {row}, drivers: not an id; write ids such as cx.premises, separated by spaces")
            elif driver_id not in taxonomy.drivers:
                hint = did_you_mean(driver_id, taxonomy.drivers)
                hint = hint if hint.startswith("did you mean") else "docs/drivers.md lists them"
                faults.append(f"row {row}, drivers: unknown driver {driver_id!r}; {hint}")
    if "polarity" in labels:
        odd = ~labels["polarity"].isin(["", *POLARITIES])
        faults += [f"row {row}, polarity: allowed: {', '.join(POLARITIES)}" for row in labels.loc[odd, "row"]]
    if "coder" in labels:
        faults += [f"row {row}, coder: empty; say who labelled it" for row in labels.loc[labels["coder"] == "", "row"]]
        if labels["coder"].nunique() > CODERS:
            faults.append(f"coder: {labels['coder'].nunique()} names; at most {CODERS} can be compared")
    return faults


def _match_texts(labels: pd.DataFrame, documents: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    keyed = labels.assign(key=[_comparable(text) for text in labels["text"]])
    ids = keyed.groupby("key")["drivers"].agg(" ".join).str.split().rename("ids").reset_index()
    candidates = documents.assign(key=documents["text"].map(_comparable)).merge(ids, on="key")
    heard = [
        all(taxonomy[driver_id].heard_from(voice) for driver_id in ids)
        for ids, voice in zip(candidates["ids"], candidates["voice"], strict=True)
    ]
    first = (
        candidates.assign(heard=heard)
        .sort_values(["heard", "document_id"], ascending=[False, True])
        .drop_duplicates("key")
    )
    return keyed.merge(first[["key", "document_id"]], on="key")


def _comparable(text: str) -> str:
    """Letters of a text as masked: documents are masked too. A text without letters is itself, as « 👍 »."""
    masked, _ = mask_text(text)
    return fold_text(masked) or masked
