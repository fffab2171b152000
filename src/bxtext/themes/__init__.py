"""Stage 4, themes: what people speak of, found bottom-up, with words and names in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.embed import draw_texts
from bxtext.ids import find_rows
from bxtext.memory import recall
from bxtext.parallel import map_partitions
from bxtext.tables import LANGUAGES, TABLES, VOICES, put_in_order
from bxtext.taxonomy import load_taxonomy
from bxtext.themes.assignment import NearestTheme
from bxtext.themes.edits import EditedThemes, describe_conflicts, list_mapped, replay_edits
from bxtext.themes.emerging import count_speakers, find_emerging
from bxtext.themes.follow import follow_themes
from bxtext.themes.kept import load_themes, save_themes
from bxtext.themes.matching import RegisteredThemes, register_themes
from bxtext.themes.model import ThemeModel
from bxtext.themes.names import Named, Term, make_labels, name_themes
from bxtext.themes.portraits import find_closest_drivers, rank_representatives
from bxtext.themes.registry import load_registry, save_registry
from bxtext.themes.signatures import theme_voice
from bxtext.themes.storage import gather_state
from bxtext.themes.views import map_segments, profile_themes, trace_themes
from bxtext.votes import number_respondents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bxtext.taxonomy import Taxonomy
    from bxtext.themes.kept import KeptThemes

MOST_HEARD = 20_000  # segments of a voice that its themes are fitted to and named by; the others are assigned

__all__ = [
    "EditedThemes",
    "FoundThemes",
    "NearestTheme",
    "RegisteredThemes",
    "ThemeModel",
    "count_speakers",
    "describe_conflicts",
    "find_emerging",
    "find_themes",
    "follow_themes",
    "list_mapped",
    "load_registry",
    "map_segments",
    "profile_themes",
    "register_themes",
    "replay_edits",
    "save_registry",
    "save_themes",
    "trace_themes",
]


@dataclass(frozen=True)
class FoundThemes:
    """The tables `themes`, `theme_terms` and `segment_themes`, and the model of each voice, to keep and assign with.

    Themes kept from an earlier run have their permanent ids already.
    """

    themes: pd.DataFrame
    theme_terms: pd.DataFrame
    segment_themes: pd.DataFrame
    models: dict[str, ThemeModel] = field(default_factory=dict)
    permanent_ids: Mapping[str, str] = field(default_factory=dict)


def find_themes(  # noqa: PLR0913  the parameters of the stage
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    taxonomy: Taxonomy | None = None,
    runs: Path | None = None,
    *,
    model: str | None = None,
    n_themes: int | None = None,
    min_segments: int = 20,
    min_similarity: float = 0.25,
    max_fit: int = 6_000,
    brand_words: Sequence[str] = (),
    seed: int = 7,
) -> FoundThemes:
    """Find the themes of each voice and name them in French and English.

    Customers and employees speak of different things and have their own themes; within a voice, both languages are
    taken together. The order of the rows changes nothing. Themes stand under the drivers of the taxonomy: a theme
    whose texts speak of a driver refines it, one that is close to none is news.

    Parameters
    ----------
    segments : DataFrame
        The table `segments`.
    documents : DataFrame
        The table `documents`.
    taxonomy : Taxonomy, optional
        The drivers and their exemplars; those of the package by default.
    runs : Path, optional
        The folder of the client's runs, where `model` is looked for.
    model : str, optional
        Run whose themes are kept: segments are assigned to them by its models, and nothing is fitted; only the sizes
        are new, and may be 0. The parameters below are those of that run.
    n_themes : int, optional
        Number of themes of a voice at most; half the square root of the distinct texts by default.
    min_segments : int
        Smaller themes are dissolved into their neighbours.
    min_similarity : float
        Least cosine of a segment to the centre of its theme; below it stays unassigned.
    max_fit : int
        Distinct segments of a voice that its themes are learned from; the others are only assigned. Beyond 20,000
        segments of a voice, as many, chosen by their words alone, also say how large and how named a theme is.
    brand_words : sequence of str
        Words that name the brand: no theme is named by them.
    seed : int
        Seed of everything drawn at random.

    Returns
    -------
    FoundThemes
        Three tables and the models. A theme's id is its voice and its rank by size. Its label is made of its first
        noun phrases and nouns, each said by five people at least; in a language that it hardly speaks, of the labels
        of the closest drivers.

    Examples
    --------
    >>> words = [f"{noun} {word}" for noun in ("livraison", "vendeur") for word in "lente rapide chère utile".split()]
    >>> documents = pd.DataFrame({"document_id": [f"d{n:02d}" for n in range(80)], "voice": "customer"})
    >>> documents["language"] = "fr"
    >>> segments = documents[["document_id"]].assign(segment_id=documents["document_id"] + ":000", text=words * 10)
    >>> found = find_themes(segments, documents, n_themes=2)
    >>> found.themes[["theme_id", "n_segments", "label_fr"]].values.tolist()
    [['customer-01', 40, 'livraison'], ['customer-02', 40, 'vendeur']]
    """
    taxonomy = load_taxonomy() if taxonomy is None else taxonomy
    spoken = _join_speakers(segments, documents)
    if model is not None:
        return _assign_kept(spoken, load_themes(runs or Path(), model))
    voices = {voice: spoken.loc[spoken["voice"] == voice].reset_index(drop=True) for voice in VOICES}
    hearing = [
        (
            voice,
            own[draw_texts(own["text"], MOST_HEARD)].reset_index(drop=True),
            ThemeModel(
                exemplars=[exemplar for exemplar in taxonomy.exemplars if exemplar.voice == voice],
                n_themes=n_themes, min_segments=min_segments, min_similarity=min_similarity, max_fit=max_fit, seed=seed,
            ),
        )
        for voice, own in voices.items()
    ]  # fmt: skip
    heard = map_partitions(partial(_hear_voice, brand_words=brand_words), hearing)
    themes: list[dict[str, Any]] = []
    terms: dict[str, list[list[Term]]] = {language: [] for language in LANGUAGES}
    phrases: dict[str, list[list[Term]]] = {language: [] for language in LANGUAGES}
    placed, models = [], {}
    for (voice, own), of_voice in zip(voices.items(), heard, strict=True):
        models[voice] = fitted = of_voice.model
        if len(of_voice.segments) < len(own):
            own = _place(own, _assign_segments(fitted, own, voice), voice)  # noqa: PLW2901  the same, with their themes
        else:
            own = of_voice.segments  # noqa: PLW2901
        placed.append(own)
        if of_voice.named is None:
            continue
        for language in LANGUAGES:
            terms[language] += of_voice.named.terms[language]
            phrases[language] += of_voice.named.phrases[language]
        ids = [_theme_id(voice, number) for number in range(fitted.n_themes_)]
        sizes = own["theme_id"].value_counts().reindex(ids, fill_value=0)
        themes += [
            {
                "theme_id": key,
                "n_segments": sizes[key],
                "share": sizes[key] / len(own),
                "coherence": npmi,
                "stability": comes_back,
                "stable": stable,
                **driver,
            }
            for key, npmi, comes_back, stable, driver in zip(
                ids,
                of_voice.named.coherence,
                fitted.stability_,
                fitted.stable_,
                find_closest_drivers(fitted),
                strict=True,
            )
        ]
    labels = make_labels(phrases, [_driver_labels(theme.pop("drivers"), taxonomy) for theme in themes])
    for theme, label in zip(themes, labels, strict=True):
        theme |= {f"label_{language}": name or theme["theme_id"] for language, name in label.names.items()}
        theme["label_source"] = label.source
    return FoundThemes(
        _as_table("themes", themes),
        _as_table(
            "theme_terms",
            [
                {
                    "theme_id": theme["theme_id"],
                    "language": language,
                    "rank": rank,
                    "term": term.form,
                    "weight": term.weight,
                }
                for language, of_themes in terms.items()
                for theme, of_theme in zip(themes, of_themes, strict=True)
                for rank, term in enumerate(of_theme, start=1)
            ],
        ),
        _as_table("segment_themes", pd.concat(placed)),
        models,
    )


@dataclass(frozen=True)
class _Heard:
    """The segments that a voice was heard by, with their themes; what the themes are called, if there are any."""

    model: ThemeModel
    segments: pd.DataFrame
    named: Named | None


def _hear_voice(voice_drawn_model: tuple[str, pd.DataFrame, ThemeModel], *, brand_words: Sequence[str]) -> _Heard:
    """Fit the model of a voice to what is drawn of it, and name what it finds."""
    voice, drawn, model = voice_drawn_model
    segments = _place(drawn, model.fit_assign(drawn["text"].tolist(), drawn["language"].tolist()), voice)
    if model.topic_model_ is None:
        return _Heard(model, segments, None)
    named = name_themes(segments, model.topic_model_, model.n_themes_, brand_words)
    model.topic_model_ = None  # it holds every text of the fit, and assigns none
    return _Heard(model, segments, named)


def _assign_segments(model: ThemeModel, segments: pd.DataFrame, voice: str) -> pd.DataFrame:
    """Give the segments of a voice their themes, in partitions."""
    texts = segments[["segment_id", "text"]].rename(columns={"segment_id": "document_id"})
    rule = (gather_state(model).digest(), model.min_similarity, model.margin_)
    recalled = recall(f"themes-{voice}", rule, texts)
    made = map_partitions(partial(_assign_part, model), recalled.parts)
    (assigned,) = recalled.complete(made)
    return assigned.drop(columns="document_id")


def _assign_part(model: ThemeModel, part: tuple[pd.DataFrame, ...]) -> tuple[pd.DataFrame]:
    (texts,) = part
    assigned = model.assign(texts["text"].tolist())
    return (assigned.assign(document_id=texts["document_id"].to_numpy()),)


def _assign_kept(spoken: pd.DataFrame, kept: KeptThemes) -> FoundThemes:
    """Give segments the themes of an earlier run; nothing is fitted."""
    placed = []
    for voice, model in kept.models.items():
        own = spoken.loc[spoken["voice"] == voice].reset_index(drop=True)
        placed.append(_place(own, _assign_segments(model, own, voice), voice))
    every = pd.concat(placed)
    voice_sizes = every["voice"].value_counts()
    sizes = kept.themes["theme_id"].map(every["theme_id"].value_counts()).fillna(0)
    heard = theme_voice(kept.themes["theme_id"]).map(voice_sizes).fillna(1)
    themes = kept.themes.assign(n_segments=sizes.astype("int64"), share=sizes / heard)
    return FoundThemes(
        _as_table("themes", themes), kept.theme_terms, _as_table("segment_themes", every), kept.models,
        kept.permanent_ids,
    )  # fmt: skip


def _join_speakers(segments: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Return the segments with the voice, language and respondent of each, in the order of their ids."""
    known = documents[["voice", "language"]].assign(respondent=number_respondents(documents).to_numpy())
    place = find_rows(segments["document_id"], documents["document_id"])
    spoken = segments[place >= 0].reset_index(drop=True)
    return put_in_order(spoken.join(known.iloc[place[place >= 0]].reset_index(drop=True)), ["segment_id"])


def _place(own: pd.DataFrame, assigned: pd.DataFrame, voice: str) -> pd.DataFrame:
    """Return the segments of a voice with their theme, and the rank of those that stand best for it."""
    own = own.join(assigned)
    ids = {number: _theme_id(voice, number) for number in assigned["theme"].unique() if number >= 0}
    own["theme_id"] = own["theme"].map(ids).astype("str")
    own["representative"] = rank_representatives(own)
    return own


def _theme_id(voice: str, number: int) -> str:
    return f"{voice}-{number + 1:02d}"


def _driver_labels(driver_ids: Sequence[str], taxonomy: Taxonomy) -> dict[str, list[str]]:
    return {
        language: [taxonomy[driver_id].label[language] for driver_id in driver_ids if driver_id in taxonomy.drivers]
        for language in LANGUAGES
    }


def _as_table(name: str, rows: pd.DataFrame | list[dict[str, Any]]) -> pd.DataFrame:
    """Columns of the contract, sorted by the key; there may be no row at all."""
    columns = [column.name for column in TABLES[name].columns]
    frame = pd.DataFrame(rows).reindex(columns=columns)
    return frame.sort_values(list(TABLES[name].key), kind="stable").reset_index(drop=True)
