"""A client's parameters: defaults here, differences in `params/<client>.yaml`, all faults reported at once."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from bxtext.errors import ParamsError, did_you_mean, fault_list
from bxtext.params.running import resolve_day
from bxtext.params.section import Section
from bxtext.params.sections import PRIVATE, Format, Lesson, Params, Sentiment
from bxtext.params.source import Columns, Source
from bxtext.params.taught import labels_path, taught_lessons
from bxtext.yaml_file import parse_scalar, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

__all__ = [
    "Columns", "Format", "Params", "Section", "Sentiment", "Source", "check_model", "check_slug", "client_names",
    "find_root", "labels_path", "load_params", "parse_overrides", "registry_path", "runs_folder",
]  # fmt: skip

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
Model = TypeVar("Model", bound=BaseModel)


def find_root(start: Path) -> Path:
    """Return the nearest folder upward from `start` that holds `params/`.

    Raises
    ------
    ParamsError
        There is none.
    """
    for folder in (start, *start.parents):
        if (folder / "params").is_dir():
            return folder
    raise ParamsError("no folder here or above holds params/; change to the project's folder")


def client_names(root: Path) -> list[str]:
    """Return the clients that have a parameter file, sorted; the commented example isn't one."""
    return sorted(path.stem for path in (root / "params").glob("*.yaml") if path.stem != "example")


def registry_path(client: str, root: Path) -> Path:
    """Return where a client's registry of themes is, if one is kept."""
    return root / "params" / f"{client}.themes.json"


def runs_folder(root: Path, client: str) -> Path:
    """Return the only folder that anything is written to for a client."""
    return root / "data" / "runs" / client


def check_slug(name: str, what: str = "client") -> str:
    """Return `name`, of a `what`, when it is safe as the name of a file and a folder.

    Raises
    ------
    ParamsError
        It holds anything but lower-case letters, digits and hyphens.

    Examples
    --------
    >>> check_slug("acme-2")
    'acme-2'
    """
    if not SLUG.fullmatch(name):
        raise ParamsError(
            f"{what} {name!r}: a name is 1 to 63 lower-case letters, digits and hyphens, such as 'acme-2'"
        )
    return name


def load_params(client: str, root: Path, overrides: Mapping[str, Any] | None = None) -> Params:
    """Read, merge and check the parameters of one client.

    Parameters
    ----------
    client : str
        Name of `params/<client>.yaml` without its ending.
    root : Path
        Folder that holds `params/`.
    overrides : mapping, optional
        Dotted names to values, such as ``{"scores.min_respondents": 8}``.

    Raises
    ------
    ParamsError
        All faults at once: unknown names with the nearest known one, wrong types, missing sections.
    """
    path = root / "params" / f"{check_slug(client)}.yaml"
    if not path.is_file():
        hint = did_you_mean(client, client_names(root))
        raise ParamsError(f"client {client!r}: params/{client}.yaml does not exist; {hint}; `bxtext new` makes one")
    values = read_yaml(path)
    for name, value in (overrides or {}).items():
        _set(values, name, value)
    changes = values.get("taxonomy")
    if isinstance(changes, dict) and isinstance(changes.get("teach"), str):
        changes["teach"] = _read_lessons(root / changes["teach"])
    if lessons := taught_lessons(labels_path(client, root)):
        changes = values["taxonomy"] = changes or {}
        changes["teach"] = [*changes.get("teach", ()), *lessons]
    return _resolve_days(check_model(Params, values, path.name))


def _resolve_days(params: Params) -> Params:
    """Turn days counted back from today into days of the calendar, so that a rerun is the same run."""
    today = params.run.today or datetime.now(UTC).date()
    days = {name: resolve_day(getattr(params.clean, name), today) for name in ("since", "until")}
    return params.model_copy(update={"clean": params.clean.model_copy(update=days)})


def check_model(model: type[Model], values: Mapping[str, Any], file_name: str) -> Model:
    """Return what a file holds as `model`.

    Raises
    ------
    ParamsError
        All faults at once, each with its place in the file and what is allowed there.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = error.errors()
        places = [detail["loc"] for detail in details]
        # pydantic also calls a list "too short" when its only entry is faulty: the entry's own fault says it all
        faults = [
            _fault(detail, model)
            for detail in details
            if not (detail["type"] == "too_short" and any(place[:1] == detail["loc"] != place for place in places))
        ]
        raise ParamsError(fault_list(file_name, faults)) from error


def parse_overrides(pairs: list[str]) -> dict[str, Any]:
    """Return what `--set name=value` options say.

    Examples
    --------
    >>> parse_overrides(["scores.min_respondents=8", "client.language=en"])
    {'scores.min_respondents': 8, 'client.language': 'en'}
    """
    overrides = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise ParamsError(f"--set {pair!r}: expected name=value, such as scores.min_respondents=8")
        overrides[name.strip()] = parse_scalar(text)
    return overrides


def _read_lessons(path: Path) -> list[dict[str, Any]]:
    """Rows of a CSV whose columns are fields of `Lesson`, ids separated by spaces; an empty cell is the default."""
    where = f"taxonomy.teach: {path.name}"
    if not path.is_file():
        raise ParamsError(f"{where}: no such file in {path.parent.name}/; paths start at the project's root")
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(lines)]
    except UnicodeDecodeError as error:
        raise ParamsError(f"{where}: byte {error.start} isn't UTF-8; save it as CSV UTF-8") from error
    if rows and not any("drivers" in row for row in rows):
        raise ParamsError(f"{where}: no driver in a column 'drivers'; the columns are {', '.join(Lesson.model_fields)}")
    fields = [{name: row[name] for name in Lesson.model_fields if name in row} for row in rows]
    return [{**lesson, "drivers": lesson.get("drivers", "").split()} for lesson in fields]


def _set(values: dict[str, Any], dotted: str, value: Any) -> None:
    *sections, name = dotted.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ParamsError(f"{dotted}: {section!r} is a value, not a section")
    values[name] = value


def _fault(detail: ErrorDetails, root: type[BaseModel]) -> str:
    """One line for one fault: where, what was found, what is allowed."""
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{place}: unknown; {did_you_mean(str(detail['loc'][-1]), _names_beside(detail['loc'], root))}"
    if detail["type"] == "missing":
        return f"{place}: missing; add it"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "value_error":
        return message
    found = detail["input"]
    plain = isinstance(found, str | int | float | bool) and not place.startswith(PRIVATE)
    shown = f"{found!r}" if plain else type(found).__name__
    return f"{place}: found {shown}; {message[0].lower()}{message[1:]}"


def _names_beside(location: tuple[int | str, ...], root: type[BaseModel]) -> list[str]:
    """Names that would have been right at the last place of `location`."""
    model: Any = root
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        if field is None:  # the key of a mapping, as in taxonomy.rename
            continue
        annotation = field.annotation
        model = next(
            (kind for kind in (annotation, *getattr(annotation, "__args__", ())) if hasattr(kind, "model_fields")),
            None,
        )
        if model is None:
            return []
    return list(model.model_fields)
