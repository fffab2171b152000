"""The themes a client has ever had: permanent ids, what became of each, and what people changed.

`params/<client>.themes.json` is kept where it exists: `bxtext new` makes an empty one, and a whole run that ends well
brings it up to date. Without it, the ids of a run hold for that run only. It is made to be read and kept in version
control: words of five people or more with their weights, never a comment. `themes` and `lineage` are written by the
runs, `edits` by people.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from bxtext.errors import ParamsError
from bxtext.params import check_model, registry_path
from bxtext.tables import VOICES
from bxtext.themes.signatures import compare_signatures, mix_signatures, pair_signatures, sign_themes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bxtext.themes import FoundThemes
    from bxtext.themes.signatures import Signature

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


@dataclass(frozen=True)
class RegisteredThemes:
    """Themes under their permanent ids, the table `theme_changes`, and the registry brought up to date."""

    found: FoundThemes
    theme_changes: pd.DataFrame
    registry: Registry
    permanent_ids: Mapping[str, str]


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
            theme_id: values["themes"][theme_id] for theme_id in sorted(values["themes"], key=_in_order)
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


def register_themes(  # noqa: PLR0913  the tables of the stage, and whose they are
    found: FoundThemes,
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    registry: Registry,
    run_id: str,
    *,
    min_similarity: float = 0.4,
) -> RegisteredThemes:
    """Give the themes of a run their permanent ids.

    Themes are known by their telling words (`sign_themes`), each voice by itself. Active themes of the registry are
    paired with those of the run, so that the sum of the similarities is largest. What is left of the run is paired
    with themes that were retired or merged (*returned*); failing that, it has *split* from the active theme it is
    like, or is *born*. What is left of the registry has *merged* into the theme of the run it is like, or is
    *retired*. A theme's words in the registry become the mean of what they were and of what they are.

    Themes kept from an earlier run keep their ids whatever is said now, and the registry keeps its words.

    Parameters
    ----------
    found : FoundThemes
        Themes under the ids of the run.
    segments, documents : DataFrame
        The tables of these names.
    registry : Registry
        What the client's themes were before.
    run_id : str
        The run, for the lineage.
    min_similarity : float
        Least cosine of the words of one theme in two runs. Over halves of real corpora, two themes of one run came to
        .36 at most, one theme found in both halves to .45 at least.

    Returns
    -------
    RegisteredThemes
    """
    signatures = sign_themes(found.segment_themes, segments, documents)
    if found.permanent_ids:
        return _keep_ids(found, signatures, registry, run_id)
    labels = found.themes.set_index("theme_id")[["label_fr", "label_en"]]
    rows: list[dict[str, Any]] = []
    for voice in VOICES:
        own = {name: signatures.get(name, {}) for name in sorted(labels.index) if name.startswith(f"{voice}-")}
        rows += match_themes(own, registry, voice, min_similarity)
    themes = dict(registry.themes)
    for row in rows:
        theme_id, name = row["theme_id"], row["found"]
        if name is None:
            themes[theme_id] = themes[theme_id].model_copy(update={"status": row["change"]})
            continue
        said = {side: theme_id if label == name else label for side, label in labels.loc[name].items()}
        before = themes.get(theme_id)
        words = mix_signatures(before.words, signatures.get(name, {})) if before else signatures.get(name, {})
        since = before.since if before else run_id
        themes[theme_id] = KnownTheme(since=since, words=dict(words), **said)
    events = [
        Event(run=run_id, theme=row["theme_id"], change=row["change"], other=row["other_id"])
        for row in sorted(rows, key=lambda row: _in_order(row["theme_id"]))
        if row["change"] not in {"kept", "born"}
    ]
    return _registered(found, rows, registry, themes, events, run_id)


def _registered(  # noqa: PLR0913, PLR0917  the two halves of the result, made of all of this
    found: FoundThemes,
    rows: Sequence[Mapping[str, Any]],
    registry: Registry,
    themes: Mapping[str, KnownTheme],
    events: Sequence[Event],
    run_id: str,
) -> RegisteredThemes:
    updated = registry.model_copy(
        update={
            "revision": registry.revision + 1,
            "run": run_id,
            "themes": themes,
            "lineage": (*registry.lineage, *events),
        }
    )
    names = {row["found"]: row["theme_id"] for row in rows if row["found"]}
    columns = ["theme_id", "change", "other_id", "similarity"]
    return RegisteredThemes(
        rename_themes(found, names), pd.DataFrame(rows, columns=columns).sort_values("theme_id", ignore_index=True),
        updated, names,
    )  # fmt: skip


def _keep_ids(
    found: FoundThemes, signatures: Mapping[str, Signature], registry: Registry, run_id: str
) -> RegisteredThemes:
    """Bring a registry up to date with themes whose permanent ids are known."""
    themes, rows, events = dict(registry.themes), [], []
    for row in found.themes[["theme_id", "label_fr", "label_en"]].to_dict("records"):
        name = row.pop("theme_id")
        theme_id = found.permanent_ids[name]
        before = themes.get(theme_id)
        change = "born" if before is None else "kept" if before.status == "active" else "returned"
        if change == "born":  # the registry was begun after that run
            said = {side: theme_id if label == name else label for side, label in row.items()}
            themes[theme_id] = KnownTheme(since=run_id, words=dict(signatures.get(name, {})), **said)
        elif change == "returned":
            themes[theme_id] = themes[theme_id].model_copy(update={"status": "active"})
            events.append(Event(run=run_id, theme=theme_id, change="returned"))
        rows.append(_say(theme_id, change, None, None, name))
    return _registered(found, rows, registry, themes, events, run_id)


def match_themes(
    found: Mapping[str, Signature], registry: Registry, voice: str, min_similarity: float
) -> list[dict[str, Any]]:
    """Say what became of each theme of a voice; see `register_themes`.

    Returns
    -------
    list of dict
        `theme_id` (permanent), `change`, `other_id`, `similarity`, and `found`, its id in the run if it has one.
    """
    known = {
        theme_id: theme
        for theme_id, theme in sorted(registry.themes.items())
        if theme_id.startswith(f"{voice}-") and theme.split_from is None
    }
    active = [theme_id for theme_id, theme in known.items() if theme.status == "active"]
    past = [theme_id for theme_id in known if theme_id not in active]
    left = sorted(found, key=lambda name: (sorted(found[name].items()), name))
    rows: list[dict[str, Any]] = []
    kept: dict[str, str] = {}
    for change, candidates in (("kept", active), ("returned", past)):
        similarity = compare_signatures([known[one].words for one in candidates], [found[name] for name in left])
        pairs = [(candidates[row], left[column], similarity[row, column])
                 for row, column in pair_signatures(similarity, min_similarity)]  # fmt: skip
        kept |= {theme_id: name for theme_id, name, _ in pairs}
        rows += [_say(theme_id, change, None, cosine, name) for theme_id, name, cosine in pairs]
        left = [name for name in left if name not in kept.values()]
    new = dict(zip(sorted(left), registry.next_ids(voice, len(left)), strict=True))
    for name, theme_id in new.items():
        kin, cosine = _nearest(found[name], {one: known[one].words for one in active}, min_similarity)
        rows.append(_say(theme_id, "split" if kin else "born", kin, cosine, name))
    present = {theme_id: found[name] for theme_id, name in kept.items()} | {new[name]: found[name] for name in new}
    for theme_id in active:
        if theme_id not in kept:
            kin, cosine = _nearest(known[theme_id].words, present, min_similarity)
            rows.append(_say(theme_id, "merged" if kin else "retired", kin, cosine, None))
    return rows


def _nearest(
    words: Signature, others: Mapping[str, Signature], min_similarity: float
) -> tuple[str | None, float | None]:
    """Return the theme most like a signature, and how much, if any is alike enough; the first by id of several."""
    names = sorted(others)
    cosines = compare_signatures([words], [others[name] for name in names])[0]
    if not len(cosines) or cosines.max() < min_similarity:
        return None, None
    return names[int(cosines.argmax())], float(cosines.max())


def _say(theme_id: str, change: str, other: str | None, cosine: float | None, found: str | None) -> dict[str, Any]:
    return {"theme_id": theme_id, "change": change, "other_id": other, "similarity": cosine, "found": found}


def rename_themes(found: FoundThemes, names: Mapping[str, str]) -> FoundThemes:
    """Return the tables with other theme ids, in a label that is an id too, sorted by theme."""
    changed: dict[str, Any] = {}
    for field in fields(found):
        frame = getattr(found, field.name)
        if isinstance(frame, pd.DataFrame) and "theme_id" in frame:
            renamed = frame.assign(theme_id=frame["theme_id"].map(names).astype("str"))
            for label in [name for name in ("label_fr", "label_en") if name in frame]:
                renamed[label] = frame[label].where(frame[label] != frame["theme_id"], renamed["theme_id"])
            by = [name for name in ("segment_id", "theme_id", "language", "rank") if name in frame]
            changed[field.name] = renamed.sort_values(by, ignore_index=True)
    return replace(found, **changed)


def voice_of(theme_id: str) -> str:
    """Return the voice of a theme: its id is the voice and a number."""
    return theme_id.rsplit("-", 1)[0]


def _in_order(theme_id: str) -> tuple[str, int]:
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
