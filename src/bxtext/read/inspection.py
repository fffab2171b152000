"""Looking at a file that nobody has described: a known export by its headers, or a guess by what its columns hold."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from bxtext.language import detect_languages, fold_text
from bxtext.read.columns import as_text
from bxtext.read.dates import parse_dates
from bxtext.read.ratings import parse_ratings
from bxtext.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.read.records import Records

LOOKED_AT = 5_000  # rows that a guess is made from
CLEARLY = 0.99  # share of the ratings that must be on a scale
MOSTLY = 0.9  # share of the written cells of a column that must fit
MANY_CELLS = 50  # cells that tell how a column is written
MAX_LABEL = 40  # characters of an answer that is one of a few
MAX_NAME = 120  # characters of a column's name: surveys ask their question there
MANY_WORDS = 6  # mean words from which a column holds comments even if they repeat
MIN_WORDS = 3  # mean words of a column of comments
# Dates as written in the United States: guessed only where some of them can't be read with the day first.
_MONTH_FIRST = (
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y",
)
_UNNAMED = re.compile(r"column_\d+")
_HALF_DAY = re.compile(r"\d ?[AaPp]\.?[Mm]\.?$")
_OUT_OF = re.compile(r"\d ?/|[★⭐☆]|\d (?:sur|out of|of) \d")
_SCALES = ((1, 5), (0, 5), (0, 10), (1, 10), (0, 20), (0, 100))
_NAMES = {  # what a column may be called, folded; the first words of a list weigh as much as the last
    "text": "commentaire comment commentaires comments verbatim avis review texte text message reponse answer "
    "feedback remarque",
    "id": "id identifiant id avis comment id review id numero reference ref uuid",
    "date": "date date avis date de l avis created created at submitted jour day timestamp horodatage",
    "rating": "note rating stars etoiles score satisfaction nps enps evaluation note globale satisfied satisfait "
    "satisfaite recommend recommander recommandez recommanderiez",
    "respondent_id": "client customer client id customer id respondent repondant matricule employee id user "
    "user id auteur author",
    "unit": "magasin site store agence unite unit branch etablissement boutique location hopital "
    "restaurant equipe team",
}  # fmt: skip
_MAY_BE_DATE = re.compile(r"\d.{2,}\d")
_EMPLOYEE = re.compile(
    r"manager|salaire|collegue|equipe|direction|colleague|salary|management|shift|promotion|enps|matricule|"
    r"anciennete|tenure"
)


class Known(NamedTuple):
    """A known export that fits a file, and which of its columns holds what."""

    export: dict[str, Any]
    columns: dict[str, str]


@dataclass
class Proposal:
    """What a file seems to hold, as values of a `Source`, and what is left to confirm.

    Attributes
    ----------
    fields : dict
        Fields of the source.
    confirm : list of str
        Fields that were guessed from content.
    origin : str or None
        The known export, if it is one.
    language : str
        The commoner language of the comments, `fr` or `en`.
    """

    fields: dict[str, Any]
    confirm: list[str] = field(default_factory=list)
    origin: str | None = None
    language: str = "fr"


@cache
def known_exports() -> list[dict[str, Any]]:
    """Return the exports known by their headers."""
    return list(read_yaml(Path(__file__).with_name("exports.yaml"))["exports"])


@cache
def _wordings() -> list[dict[str, Any]]:
    """Answers in words that make a scale."""
    return list(read_yaml(Path(__file__).with_name("exports.yaml"))["wordings"])


def find_export(header: Sequence[str]) -> Known | None:
    """Return the first known export whose headers the file has.

    Examples
    --------
    >>> find_export(["Review Id", "Review Content", "Review Stars"]).columns
    {'text': 'Review Content', 'id': 'Review Id', 'rating': 'Review Stars'}
    """
    by_name = {fold_text(name): name for name in header}
    for export in known_exports():
        if all(fold_text(name) in by_name for name in export["known_by"]):
            wanted = {meaning: names for meaning, names in export["columns"].items() if names != "?"}
            found = {
                meaning: next((by_name[fold_text(name)] for name in names if fold_text(name) in by_name), None)
                for meaning, names in wanted.items()
            }
            return Known(export, {meaning: name for meaning, name in found.items() if name is not None})
    return None


def inspect_records(records: Records) -> Proposal:
    """Propose how to read a file, from its headers and its first rows.

    Parameters
    ----------
    records : Records
        The file, opened.

    Returns
    -------
    Proposal
        Values for a `Source`, its name and path apart.
    """
    cells = _first_cells(records)
    kinds = {name: _look(column) for name, column in cells.items()}
    known = find_export(records.header)
    columns = dict(known.columns) if known else {}
    guessed = []
    for meaning in ("text", "date", "rating", "id", "respondent_id", "unit"):
        if meaning in columns or (meaning == "text" and "pros" in columns) or (known and meaning == "id"):
            continue
        asked = records.aside.questions if meaning == "rating" else {}
        name = _best_column(meaning, kinds, taken=set(columns.values()), questions=asked)
        if name is not None:
            columns[meaning] = name
            guessed.append(f"columns.{meaning}")
    values: dict[str, Any] = {"columns": columns}
    for key in ("type", "rating_scale", "rating_labels"):
        if known and key in known.export:
            values[key] = known.export[key]
    if "rating" in columns and "rating_scale" not in values:
        rating = _rating_format(cells[columns["rating"]])
        values |= rating
        guessed += rating
    if "date" in columns and (date_format := _month_first(cells[columns["date"]])):
        values["date_format"] = date_format
        guessed.append("date_format")
    if known and "groups" in known.export:
        values["groups"] = {key: name for key, name in known.export["groups"].items() if name in cells}
    spoken = [columns[meaning] for meaning in ("text", "pros", "cons") if meaning in columns]
    texts = [text for name in spoken for text in cells[name] if text]
    values["voice"] = (
        known.export["voice"] if known and "voice" in known.export else _guess_voice(records.header, texts)
    )
    if not (known and "voice" in known.export):
        guessed.append("voice")
    return Proposal(values, guessed, known.export["name"] if known else None, language_of(texts))


def is_header(header: Sequence[str]) -> bool:
    """Return whether a row names columns: each cell short, no number and no day, none empty.

    Examples
    --------
    >>> is_header(["id", "date", "note"]), is_header(["Report of March", "column_2"]), is_header(["1", "Very good"])
    (True, False, False)
    """
    named = [name for name in header if not _UNNAMED.fullmatch(name)]
    figures = parse_dates(named, None, "UTC").days.notna() | parse_ratings(named, (0, 100))[0].notna()
    return len(named) == len(header) > 1 and not figures.any() and max(map(len, named)) < MAX_NAME


def summarise_columns(records: Records) -> pd.DataFrame:
    """Say what the first rows of each column hold, in numbers; no cell is quoted.

    Returns
    -------
    DataFrame
        One row a column: `column`, `filled` (share), `distinct`, `words` (mean), `dates` and `numbers` (shares of the
        written cells).
    """
    looks = [{"column": name, **_look(cells)} for name, cells in _first_cells(records).items()]
    shown = ["column", "filled", "n_distinct", "words", "dates", "numbers"]
    return pd.DataFrame(looks, columns=shown).rename(columns={"n_distinct": "distinct"})


def _first_cells(records: Records) -> dict[str, list[str | None]]:
    rows = [row for batch in [next(records.batches, None)] if batch for row in batch.rows[:LOOKED_AT]]
    return {name: [as_text(row[place]) for row in rows] for place, name in enumerate(records.header)}


def _look(column: Sequence[str | None]) -> dict[str, Any]:
    """What a column looks like, in numbers."""
    written = [cell for cell in column if cell is not None]
    n_words = np.mean([len(cell.split()) for cell in written]) if written else 0.0
    dateable = [
        cell for cell in written if _MAY_BE_DATE.search(cell)
    ]  # asked first: a file may have thousands of columns
    dates = parse_dates(dateable, _month_first(dateable), "UTC").days.notna().sum() if dateable else 0
    numbers = max(_rating_shares(written).values()) if written and n_words <= MANY_WORDS else 0.0
    return {
        "filled": round(len(written) / max(len(column), 1), 2),
        "n_distinct": len(set(written)),
        "n_written": len(written),
        "words": round(float(n_words), 1),
        "dates": round(float(dates) / max(len(written), 1), 2),
        "numbers": round(float(max(numbers, _worded(written)[1])), 2),
    }


def _month_first(cells: Sequence[str | None]) -> str | None:
    """Return the format of dates whose month comes first, when they can't be read otherwise or tell am from pm."""
    written = [cell for cell in cells if cell is not None]
    if not parse_dates(written, None, "UTC").bad.any() and not any(map(_HALF_DAY.search, written)):
        return None
    return next((form for form in _MONTH_FIRST if not parse_dates(written, form, "UTC").bad.any()), None)


def _best_column(
    meaning: str, kinds: dict[str, dict[str, Any]], taken: set[str], questions: dict[str, str]
) -> str | None:
    """Return the column that fits a meaning by content, its name or its question deciding between several."""
    fitting = [name for name, kind in kinds.items() if name not in taken and kind["n_written"] and _fits(meaning, kind)]
    named = {name: _name_fit(meaning, name) or _name_fit(meaning, questions.get(name, "")) / 2 for name in fitting}
    if meaning == "text":
        return max(fitting, key=lambda name: (kinds[name]["words"] * (1 + named[name]), name), default=None)
    best = max(fitting, key=lambda name: (named[name], kinds[name]["filled"], name), default=None)
    return best if best is not None and (named[best] or (meaning == "date" and len(fitting) == 1)) else None


def _fits(meaning: str, kind: dict[str, Any]) -> bool:
    repeated = kind["n_distinct"] < kind["n_written"]
    fits: dict[str, bool] = {
        "text": kind["words"] >= MIN_WORDS
        and (kind["n_distinct"] > kind["n_written"] / 3 or kind["words"] > MANY_WORDS),
        "date": kind["dates"] >= MOSTLY,
        "rating": kind["numbers"] >= MOSTLY and kind["n_distinct"] <= 101,
        "unit": kind["words"] <= MIN_WORDS and 1 < kind["n_distinct"] <= max(200, kind["n_written"] / 5) and repeated,
        "respondent_id": kind["words"] <= 2 and kind["n_distinct"] > kind["n_written"] / 50,
        "id": kind["words"] <= 2 and kind["n_distinct"] >= MOSTLY * kind["n_written"],
    }
    return fits[meaning]


def _name_fit(meaning: str, name: str) -> float:
    """How well a column's name fits: 1 for the very name, less when one of its words does."""
    folded, allowed = fold_text(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)), _NAMES[meaning]
    words = set(allowed.split())
    if folded in words or (" " in folded and folded in allowed):
        return 1.0
    return 0.5 if set(folded.split()) & (words - {"id"} if meaning != "id" else words) else 0.0


def _rating_format(cells: Sequence[str | None]) -> dict[str, Any]:
    """Return the scale of a column of ratings and, when they are words, what each stands for."""
    written = [cell for cell in cells if cell is not None]
    worded, share = _worded(written)
    if share >= MOSTLY:
        return {"rating_scale": worded["scale"], "rating_labels": worded["labels"]}
    shares = {scale: parse_ratings(written, scale)[0].notna().mean() for scale in _SCALES}
    return {"rating_scale": list(next(at for at, share in shares.items() if share >= CLEARLY * max(shares.values())))}


def _rating_shares(written: Sequence[str]) -> dict[tuple[float, float], float]:
    """Share of the cells that are ratings on a scale: the widest, or each when cells say out of how many they are."""
    scales = _SCALES if any(map(_OUT_OF.search, written[:MANY_CELLS])) else [(0, 100)]
    return {scale: float(parse_ratings(written, scale)[0].notna().mean()) for scale in scales}


def _worded(written: Sequence[str]) -> tuple[dict[str, Any], float]:
    """The wording of answers that fits most cells, with the labels that occur, and the share of cells it fits."""
    counts = (
        Counter(fold_text(cell) for cell in written) if all(len(cell) < MAX_LABEL for cell in written) else Counter()
    )
    best: tuple[dict[str, Any], float] = ({}, 0.0)
    for wording in _wordings():
        labels = {label: number for label, number in wording["labels"].items() if fold_text(label) in counts}
        share = sum(counts[fold_text(label)] for label in labels) / max(counts.total(), 1)
        if share > best[1]:
            best = ({"scale": wording["scale"], "labels": labels}, share)
    return best


def _guess_voice(header: Sequence[str], texts: Sequence[str]) -> str:
    """Employees speak of managers, colleagues and pay; to be confirmed, for the voice decides what is private."""
    sample = [*header, *texts[:500]]
    share = np.mean([_EMPLOYEE.search(fold_text(text)) is not None for text in sample]) if sample else 0.0
    return "employee" if share > 1 / 4 else "customer"


def language_of(texts: Sequence[str]) -> str:
    """Return the commoner language of some texts, French or English.

    Examples
    --------
    >>> language_of(["Le colis est arrivé cassé", "Très déçu", "Slow delivery"])
    'fr'
    """
    found = detect_languages(texts[:500])
    return "en" if found.count("en") > found.count("fr") else "fr"
