"""Which themes of a run are those of earlier ones: their permanent ids, and the registry brought up to date."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.tables import VOICES, put_in_order
from bxtext.themes.registry import Event, KnownTheme, theme_order
from bxtext.themes.signatures import compare_signatures, mix_signatures, pair_signatures, sign_themes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bxtext.themes import FoundThemes
    from bxtext.themes.registry import Registry
    from bxtext.themes.signatures import Signature


@dataclass(frozen=True)
class RegisteredThemes:
    """Themes under their permanent ids, the table `theme_changes`, and the registry brought up to date."""

    found: FoundThemes
    theme_changes: pd.DataFrame
    registry: Registry
    permanent_ids: Mapping[str, str]


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
    if found.permanent_ids:
        new = not set(found.permanent_ids.values()) <= set(registry.themes)
        known = sign_themes(found.segment_themes, segments, documents) if new else {}
        return _keep_ids(found, known, registry, run_id)
    signatures = sign_themes(found.segment_themes, segments, documents)
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
        for row in sorted(rows, key=lambda row: theme_order(row["theme_id"]))
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
            said = {str(side): theme_id if label == name else label for side, label in row.items()}
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
            changed[field.name] = put_in_order(renamed, by)
    return replace(found, **changed)
