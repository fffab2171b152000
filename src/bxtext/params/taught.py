"""What people labelled in the workbench, as lessons of the next run.

`params/<client>.labels.csv` holds one row a decision. Those whose `use` is `teach` are lessons; `check` are kept for
measuring and never taught; `skip` say nothing. A file without that column was written to measure, and teaches nothing.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from bxtext.errors import ParamsError
from bxtext.params.sections import Lesson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

TEACH = "teach"
ANSWER = ("drivers", "polarity")  # what two coders of one sentence must agree on for it to teach


def labels_path(client: str, root: Path) -> Path:
    """Return where what people labelled is kept."""
    return root / "params" / f"{client}.labels.csv"


def taught_lessons(path: Path) -> list[dict[str, Any]]:
    """Return the lessons of a file of labels; none where there is no file.

    A sentence on which two people disagree teaches nothing, see `disagreed`.

    Raises
    ------
    ParamsError
        The file isn't UTF-8.
    """
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if row.get("use") == TEACH]
    except UnicodeDecodeError as error:
        raise ParamsError(f"{path.name}: byte {error.start} isn't UTF-8; save it as CSV UTF-8") from error
    rivals = disagreed(rows)
    distinct = {row["text"]: row for row in rows if row["text"] not in rivals}
    lessons = [{name: row[name] for name in Lesson.model_fields if row.get(name)} for row in distinct.values()]
    return [{**lesson, "drivers": lesson.get("drivers", "").split()} for lesson in lessons]


def disagreed(rows: Iterable[Mapping[Any, Any]]) -> set[str]:
    """Return the sentences that have more than one answer.

    Examples
    --------
    >>> said = {"text": "Too dear", "drivers": "cx.price_value", "polarity": "negative"}
    >>> disagreed([said, said | {"polarity": "neutral"}, said | {"text": "Dear"}])
    {'Too dear'}
    """
    answers: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        answer = tuple(" ".join(sorted(str(row[name]).split())) for name in ANSWER)
        answers.setdefault(row["text"], set()).add(answer)
    return {text for text, given in answers.items() if len(given) > 1}
