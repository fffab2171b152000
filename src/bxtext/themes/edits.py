"""What people changed in the themes, replayed in every run, and what could not be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.embed import content_words, word_ngrams
from bxtext.tables import LANGUAGES, TABLES
from bxtext.themes.clusters import STABLE
from bxtext.themes.registry import Event, Hide, KnownTheme, Map, Merge, Rename, Split, voice_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bxtext.themes import FoundThemes
    from bxtext.themes.registry import Edit, Registry
    from bxtext.wording import Wording

HIDDEN = "hidden"
MEASURED = ("coherence", "stability")  # of a merged theme: the mean of its parts'


@dataclass(frozen=True)
class Plan:
    """What the edits that don't contradict each other come to."""

    names: dict[str, tuple[str, str]] = field(default_factory=dict)  # theme -> French, English
    merged: dict[str, str] = field(default_factory=dict)  # theme -> the one that it ends in
    splits: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # new theme -> its origin, keywords
    drivers: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class EditedThemes:
    """Themes as people want them, the table `theme_edits`, the registry with the themes they split off."""

    found: FoundThemes
    theme_edits: pd.DataFrame
    registry: Registry
    plan: Plan


def replay_edits(
    found: FoundThemes,
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    registry: Registry,
    driver_ids: Collection[str],
) -> EditedThemes:
    """Replay the edits of the registry on themes that have their permanent ids.

    Splits come first, then merges, then names, drivers and what is hidden, whatever their order in the file. Edits
    that contradict each other, or the registry, are all left out and reported; nothing stops.

    Parameters
    ----------
    found : FoundThemes
        Themes under their permanent ids.
    segments, documents : DataFrame
        The tables of these names.
    registry : Registry
        Brought up to date by `register_themes`.
    driver_ids : collection of str
        Drivers that a theme may be mapped to.

    Returns
    -------
    EditedThemes
        A theme that a person split off has its keywords as its words, and neither coherence nor stability; those of
        a merged theme are the mean of its parts'. Replaying twice changes nothing more.
    """
    faults = find_conflicts(registry, driver_ids)
    sound = [edit for number, edit in enumerate(registry.edits, start=1) if number not in faults]
    registry, plan = _make_plan(sound, registry)
    after_splits = _split_segments(found.segment_themes, segments, plan).value_counts()
    rows = []
    for number, edit in enumerate(registry.edits, start=1):
        reason, other = faults[number] if number in faults else (None, _target(edit, plan))
        moved = {"merge": edit.theme, "hide": edit.theme, "split": other}.get(edit.verb)
        rows.append(
            {
                "edit": number,
                "verb": edit.verb,
                "theme_id": edit.theme,
                "other_id": other,
                "n_segments": 0 if reason else after_splits.get(moved, 0),
                "status": "conflict" if reason else "done",
                "reason": reason,
            }
        )
    placed = edit_segments(found.segment_themes, segments, plan)
    spoken = placed.merge(segments[["segment_id", "document_id", "text"]], on="segment_id")
    spoken = spoken.merge(documents[["document_id", "voice", "language"]], on="document_id")
    edited = replace(
        found,
        themes=_edit_themes(found.themes, spoken, plan),
        theme_terms=_edit_terms(found, spoken, plan),
        segment_themes=placed,
    )
    columns = [column.name for column in TABLES["theme_edits"].columns]
    return EditedThemes(edited, pd.DataFrame(rows, columns=columns), registry, plan)


def edit_segments(segment_themes: pd.DataFrame, segments: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the table `segment_themes` as people want it."""
    placed = segment_themes.reset_index(drop=True)
    theme = _split_segments(placed, segments, plan).replace(plan.merged)
    hidden = theme.isin(plan.hidden)
    placed["theme_id"] = theme.mask(hidden, None).astype("str")
    placed["reason"] = placed["reason"].astype("object").mask(hidden, HIDDEN).astype("str")
    return placed


def list_mapped(themes: pd.DataFrame, segment_themes: pd.DataFrame) -> dict[str, str]:
    """Return the segments of themes that a person mapped to a driver, with that driver.

    Examples
    --------
    >>> themes = pd.DataFrame({"theme_id": ["customer-01", "customer-02"], "mapped_to": ["cx.price_level", None]})
    >>> list_mapped(themes, pd.DataFrame({"segment_id": ["a", "b"], "theme_id": ["customer-02", "customer-01"]}))
    {'b': 'cx.price_level'}
    """
    driver = segment_themes["theme_id"].map(themes.set_index("theme_id")["mapped_to"].dropna())
    known = driver.notna()
    return dict(zip(segment_themes.loc[known, "segment_id"], driver[known], strict=True))


def describe_conflicts(theme_edits: pd.DataFrame, wording: Wording) -> pd.DataFrame:
    """Say in words which edits could not be replayed, and what to do: the columns `edit` and `conflict`."""
    faults = theme_edits[theme_edits["status"] == "conflict"]
    told = [
        wording.text(
            f"theme_conflict.{row['reason']}",
            verb=wording.text(f"theme_verb.{row['verb']}"), theme=row["theme_id"], other=row["other_id"],
        )
        for row in faults.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame({"edit": faults["edit"].to_numpy(), "conflict": told})


def find_conflicts(registry: Registry, driver_ids: Collection[str]) -> dict[int, tuple[str, str | None]]:
    """Return the edits that can't be replayed, by their place from 1: why, and the theme or driver in the way."""
    edits = dict(enumerate(registry.edits, start=1))
    faults = {number: fault for number, edit in edits.items() if (fault := _own_fault(edit, registry, driver_ids))}
    sound = {number: edit for number, edit in edits.items() if number not in faults}
    faults |= _said_twice(sound) | _same_names(sound)
    merges = {
        edit.theme: edit.into for number, edit in sound.items() if isinstance(edit, Merge) and number not in faults
    }
    for number, edit in sound.items():
        if number in faults:
            continue
        if isinstance(edit, Merge) and edit.theme in _follow(merges, edit.into):
            faults[number] = ("cycle", edit.into)
        elif isinstance(edit, Rename | Map | Hide) and edit.theme in merges:
            faults[number] = ("merged_here", merges[edit.theme])
    return faults


def _own_fault(edit: Edit, registry: Registry, driver_ids: Collection[str]) -> tuple[str, str | None] | None:
    """Return what is wrong with an edit by itself."""
    for theme_id in (edit.theme, edit.into) if isinstance(edit, Merge) else (edit.theme,):
        if theme_id not in registry.themes:
            return "unknown", theme_id
        if (status := registry.themes[theme_id].status) != "active":
            return status, registry.heir(theme_id) if status == "merged" else theme_id
    if isinstance(edit, Merge) and voice_of(edit.into) != voice_of(edit.theme):
        return "other_voice", edit.into
    if isinstance(edit, Split) and not all(_keys([keyword]) for keyword in edit.keywords):
        return "no_keyword", edit.theme
    if isinstance(edit, Map) and edit.driver not in driver_ids:
        return "no_driver", edit.driver
    return None


def _said_twice(edits: Mapping[int, Edit]) -> dict[int, tuple[str, str | None]]:
    """Return the edits of one kind that want two things of one theme; the same wanted twice is no fault."""
    wanted: defaultdict[tuple[str, str, str], dict[int, Edit]] = defaultdict(dict)
    for number, edit in edits.items():
        for what in _keys(edit.keywords) if isinstance(edit, Split) else [""]:
            wanted[edit.verb, edit.theme, what][number] = edit
    rivals = [edit for edit in wanted.values() if len(set(edit.values())) > 1]
    return {number: ("twice", edit.theme) for of_theme in rivals for number, edit in of_theme.items()}


def _same_names(edits: Mapping[int, Edit]) -> dict[int, tuple[str, str | None]]:
    """Return the renames that give two themes of a voice one name."""
    bearers: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    names = {
        number: [(voice_of(edit.theme), "fr", edit.fr.casefold()), (voice_of(edit.theme), "en", edit.en.casefold())]
        for number, edit in edits.items()
        if isinstance(edit, Rename | Split)
    }
    for number, places in names.items():
        for place in places:
            bearers[place].add(f"{edits[number].verb} {edits[number].theme}")
    return {
        number: ("same", edits[number].theme)
        for number, places in names.items()
        if any(len(bearers[place]) > 1 for place in places)
    }


def _follow(merges: Mapping[str, str], theme_id: str) -> list[str]:
    """Return the themes that a theme is merged into, one after the other, itself first."""
    path = [theme_id]
    while path[-1] in merges and merges[path[-1]] not in path:
        path.append(merges[path[-1]])
    return path


def _keys(texts: Sequence[str]) -> set[str]:
    """Return what texts say, as words and pairs of words by key."""
    runs = [tuple(word.key for word in run) for text in texts for run in content_words(text)]
    return set(word_ngrams(tuple(runs)))


def _make_plan(edits: list[Edit], registry: Registry) -> tuple[Registry, Plan]:
    """Return what the edits come to; a theme split off for the first time gets an id, for good."""
    merges = {edit.theme: edit.into for edit in edits if isinstance(edit, Merge)}
    plan = Plan(merged={theme_id: _follow(merges, theme_id)[-1] for theme_id in merges})
    themes, lineage = dict(registry.themes), registry.lineage
    splits = {(edit.theme, tuple(sorted(edit.keywords))): edit for edit in edits if isinstance(edit, Split)}
    known = {(theme.split_from, theme.keywords): name for name, theme in themes.items() if theme.split_from}
    for (origin, keywords), split in sorted(splits.items()):
        child = known.get((origin, keywords))
        if child is None:
            child = registry.model_copy(update={"themes": themes}).next_ids(voice_of(origin), 1)[0]
        themes[child] = KnownTheme(
            since=themes[child].since if child in themes else registry.run,
            label_fr=split.fr, label_en=split.en, split_from=origin, keywords=keywords,
        )  # fmt: skip
        plan.splits[child] = (origin, split.keywords)
        plan.names[child] = (split.fr, split.en)
    for edit in edits:
        if isinstance(edit, Rename):
            plan.names[edit.theme] = (edit.fr, edit.en)
        elif isinstance(edit, Map):
            plan.drivers[edit.theme] = edit.driver
        elif isinstance(edit, Hide):
            plan.hidden.add(edit.theme)
    for name in known.values():
        if name not in plan.splits and themes[name].status == "active":  # the edit that made it is gone
            themes[name] = themes[name].model_copy(update={"status": "retired"})
            lineage = (*lineage, Event(run=registry.run, theme=name, change="retired"))
    return registry.model_copy(update={"themes": themes, "lineage": lineage}), plan


def _target(edit: Edit, plan: Plan) -> str | None:
    """Return the other theme, or the driver, that an edit speaks of."""
    if isinstance(edit, Split):
        wanted = (edit.theme, sorted(edit.keywords))
        return next(child for child, (origin, words) in plan.splits.items() if (origin, sorted(words)) == wanted)
    if isinstance(edit, Merge):
        return edit.into
    return edit.driver if isinstance(edit, Map) else None


def _split_segments(segment_themes: pd.DataFrame, segments: pd.DataFrame, plan: Plan) -> pd.Series[Any]:
    """Return the theme of each segment after the splits: the new theme where one of its keywords is said."""
    theme = segment_themes["theme_id"].astype("object").reset_index(drop=True)
    texts = segments.set_index("segment_id")["text"]
    before = theme.copy()
    for child, (origin, keywords) in plan.splits.items():
        wanted = _exact_keys(keywords)
        rows = theme.index[before == origin]
        said = texts.reindex(segment_themes["segment_id"].to_numpy()[rows])
        theme[rows[[not wanted.isdisjoint(_keys([text])) for text in said]]] = child
    return theme


def _exact_keys(keywords: Sequence[str]) -> set[str]:
    """Return the longest term of each keyword: « service client » is the pair, neither of its words."""
    return {max(_keys([keyword]), key=lambda term: (term.count(" "), term)) for keyword in keywords}


def _edit_themes(themes: pd.DataFrame, spoken: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the table `themes`: merged rows are one, themes split off have theirs, hidden ones have none."""
    rows = []
    unknown = {column.name: False for column in TABLES["themes"].columns if column.kind == "flag"}
    sizes = spoken.groupby("theme_id").size()
    heard = spoken.groupby("voice").size()
    ends = themes["theme_id"].replace(plan.merged)
    for theme_id in sorted(sizes.index):
        own = themes[ends == theme_id].sort_values("n_segments", ascending=False, kind="stable")
        kept = own[own["theme_id"] == theme_id]
        row: dict[Any, Any] = (kept if len(kept) else own).iloc[0].to_dict() if len(own) else dict(unknown)
        for name in MEASURED if len(own) > 1 else ():
            known = own[own[name].notna()]
            row[name] = (known[name] * known["n_segments"]).sum() / known["n_segments"].sum() if len(known) else None
        if len(own) > 1:
            row["stable"] = bool((row["stability"] or 0.0) >= STABLE)
        row |= {"theme_id": theme_id, "n_segments": sizes[theme_id]}
        row["share"] = sizes[theme_id] / heard[voice_of(theme_id)]
        if theme_id in plan.names:
            row["label_fr"], row["label_en"] = plan.names[theme_id]
            row["label_source"] = "person"
        rows.append(row | {"mapped_to": plan.drivers.get(theme_id)})
    return pd.DataFrame(rows, columns=list(dict.fromkeys([*themes.columns, "mapped_to"])))


def _edit_terms(found: FoundThemes, spoken: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the table `theme_terms`: a merged theme has the first words of its parts, by their size."""
    terms, sizes = found.theme_terms, found.themes.set_index("theme_id")["n_segments"]
    alive = set(spoken["theme_id"].dropna().unique())
    ends = terms["theme_id"].replace(plan.merged)
    joined = ends.isin(set(plan.merged.values()) & alive)
    mixed = terms[joined].assign(theme_id=ends[joined])
    part = terms.loc[joined, "theme_id"].map(sizes).astype("float64")
    most = terms["rank"].max() if len(terms) else 0
    whole = sizes.groupby(sizes.index.to_series().replace(plan.merged)).sum()
    mixed["weight"] *= part / mixed["theme_id"].map(whole).astype("float64")
    mixed = mixed.groupby(["theme_id", "language", "term"])["weight"].sum().reset_index()
    split = [
        {"theme_id": child, "language": language, "term": keyword, "weight": float(said)}
        for child, (_, keywords) in plan.splits.items()
        if child in alive
        for language in LANGUAGES
        for keyword in dict.fromkeys(keywords)
        if (said := _share_saying(spoken, child, language, keyword))
    ]
    made = pd.concat([mixed, pd.DataFrame(split, columns=["theme_id", "language", "term", "weight"])])
    made = made.drop_duplicates(["theme_id", "language", "term"])
    made = made.sort_values(["theme_id", "language", "weight", "term"], ascending=[True, True, False, True])
    made["rank"] = made.groupby(["theme_id", "language"]).cumcount() + 1
    untouched = terms[~joined & ends.isin(alive) & ~ends.isin(set(plan.splits))]
    made = made[made["rank"] <= most].astype({"weight": "float64"})
    every = pd.concat([untouched, made]) if len(made) else untouched
    return every.sort_values(["theme_id", "language", "rank"], ignore_index=True)[list(terms.columns)]


def _share_saying(spoken: pd.DataFrame, theme_id: str, language: str, keyword: str) -> float:
    texts = spoken.loc[(spoken["theme_id"] == theme_id) & (spoken["language"] == language), "text"]
    wanted = _exact_keys([keyword])
    return sum(not wanted.isdisjoint(_keys([text])) for text in texts) / max(len(texts), 1)
