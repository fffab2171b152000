"""The themes a client has ever had: permanent ids, what became of each, and what people changed.

`params/<client>.themes.json` is kept where it exists: `bxtext new` makes an empty one, and a whole run that ends well
brings it up to date. Without it, the ids of a run hold for that run only. It is made to be read and kept in version
control: words of five people or more with their weights, never a comment. `themes` and `lineage` are written by the
runs, `edits` by people.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bxtext.errors import ParamsError
from bxtext.params import check_model, registry_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE_NAME = "themes.json"  # in the folder of a run; the client's is params/<client>.themes.json
ThemeId = Annotated[str, Field(pattern=r"^(customer|employee)-\d{2,}$")]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Record(BaseModel):
    """A part of the registry: frozen, no unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KnownTheme(Record):
    """A theme that was ever found, or split off by a person."""

    status: Literal["active", "retired", "merged"] = "active"
    since: str = Field(description="the run that found it first")
    label_fr: str
    label_en: str
    words: dict[str, float] = Field(default_factory=dict, description="its telling words and their weights")
    split_from: ThemeId | None = Field(None, description="the theme a person split it from")
    keywords: tuple[str, ...] = Field((), description="the words by which a person split it off")


class Event(Record):
    """What became of a theme in a run."""

    run: str
    theme: ThemeId
    change: Literal["returned", "split", "merged", "retired"]
    other: ThemeId | None = Field(None, description="the theme it split from, or is now part of")


class Rename(Record):
    """Call a theme by other names."""

    verb: Literal["rename"]
    theme: ThemeId
    fr: Name
    en: Name


class Merge(Record):
    """Make a theme part of another."""

    verb: Literal["merge"]
    theme: ThemeId
    into: ThemeId


class Split(Record):
    """Make what holds one of the words a theme of its own."""

    verb: Literal["split"]
    theme: ThemeId
    keywords: Annotated[tuple[Name, ...], Field(min_length=1)]
    fr: Name
    en: Name


class Map(Record):
    """Say which driver a theme is about."""

    verb: Literal["map"]
    theme: ThemeId
    driver: str


class Hide(Record):
    """Leave a theme out."""

    verb: Literal["hide"]
    theme: ThemeId


Edit = Annotated[Rename | Merge | Split | Map | Hide, Field(discriminator="verb")]


class Registry(Record):
    """All themes of a client, by permanent id."""

    schema_version: Literal[1] = 1
    revision: int = Field(0, ge=0, description="runs that have brought it up to date")
    run: str = Field("", description="the run that did so last")
    edits: tuple[Edit, ...] = ()
    themes: dict[ThemeId, KnownTheme] = Field(default_factory=dict)
    lineage: tuple[Event, ...] = ()

    def heir(self, theme_id: str) -> str | None:
        """Return the theme that a merged one is now part of."""
        heirs = [event.other for event in self.lineage if event.theme == theme_id and event.change == "merged"]
        return heirs[-1] if heirs else None

    def next_ids(self, voice: str, n: int) -> list[str]:
        """Return ids that no theme of the voice has ever had: those of the past are never forgotten."""
        mentioned = {*self.themes, *(event.theme for event in self.lineage), *(edit.theme for edit in self.edits)}
        mentioned |= {edit.into for edit in self.edits if isinstance(edit, Merge)}
        last = max((int(name.rsplit("-", 1)[1]) for name in mentioned if name.startswith(f"{voice}-")), default=0)
        return [f"{voice}-{number:02d}" for number in range(last + 1, last + n + 1)]


def load_registry(client: str, root: Path) -> Registry:
    """Read a client's registry; an empty one where none is kept.

    Raises
    ------
    ParamsError
        The file isn't JSON, repeats a name, or breaks the schema: all faults at once.
    """
    path = registry_path(client, root)
    return read_registry(path) if path.is_file() else Registry()


def read_registry(path: Path) -> Registry:
    """Read a registry from a file; `{}` is an empty one.

    Raises
    ------
    ParamsError
        As for `load_registry`.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_refuse_repeats)
    except UnicodeDecodeError as error:
        raise ParamsError(f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except json.JSONDecodeError as error:
        raise ParamsError(f"{path.name} line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    except _RepeatedNameError as error:
        raise ParamsError(f"{path.name}: the name {error} stands twice in one place; keep one") from error
    if not isinstance(values, dict):
        raise ParamsError(f"{path.name}: holds a {type(values).__name__}; an empty registry is {{}}")
    return check_model(Registry, values, path.name)


def write_registry(registry: Registry, path: Path) -> None:
    """Write a registry in one step: sorted ids, one fact a line, so that versions can be compared."""
    values = registry.model_dump(mode="json", exclude_defaults=True) | {
        "schema_version": registry.schema_version,
        "revision": registry.revision,
        "run": registry.run,
        "edits": [edit.model_dump(mode="json") for edit in registry.edits],
    }
    order = ["schema_version", "revision", "run", "edits", "themes", "lineage"]
    values = {name: values[name] for name in order if name in values}
    if "themes" in values:
        values["themes"] = {
            theme_id: values["themes"][theme_id] for theme_id in sorted(values["themes"], key=theme_order)
        }
    partial = path.with_name(f".{path.name}")
    partial.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def save_registry(registry: Registry, folder: Path) -> None:
    """Write a registry into the folder of a run; `publish_registry` makes it the client's when the run ends well."""
    folder.mkdir(parents=True, exist_ok=True)
    write_registry(registry, folder / FILE_NAME)


def publish_registry(client: str, root: Path, folder: Path) -> None:
    """Bring a client's registry up to date with that of a run.

    The edits are those of the client's file as it is now: a person may have changed them while the run went on.

    Parameters
    ----------
    client : str
        Name of the client.
    root : Path
        The project's folder.
    folder : Path
        Folder of the run.

    Raises
    ------
    ParamsError
        Another run brought it up to date in the meantime: the ids of this one would not be unique.
    """
    path = registry_path(client, root)
    of_run, kept = read_registry(folder / FILE_NAME), read_registry(path)
    if of_run.revision != kept.revision + 1:
        raise ParamsError(
            f"{path.name}: at revision {kept.revision}, but run {folder.name!r} began at {of_run.revision - 1}: "
            f"another run was faster; run `bxtext run {client} --run-id {folder.name} --from themes` again"
        )
    write_registry(of_run.model_copy(update={"edits": kept.edits}), path)


def voice_of(theme_id: str) -> str:
    """Return the voice of a theme: its id is the voice and a number."""
    return theme_id.rsplit("-", 1)[0]


def theme_order(theme_id: str) -> tuple[str, int]:
    """Return what themes are sorted by: their voice, then their number."""
    return voice_of(theme_id), int(theme_id.rsplit("-", 1)[1])


class _RepeatedNameError(ValueError):
    """A name stands twice in one JSON object."""


def _refuse_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise _RepeatedNameError(repr(name))
        values[name] = value
    return values
