"""Stage 4, themes: what people speak of, found bottom-up, with words and names in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.tables import LANGUAGES, TABLES, VOICES
from bxtext.taxonomy import load_taxonomy
from bxtext.themes.assignment import NearestTheme
from bxtext.themes.edits import EditedThemes, describe_conflicts, replay_edits
from bxtext.themes.emerging import count_speakers, describe_emerging, find_emerging
from bxtext.themes.follow import follow_themes
from bxtext.themes.model import ThemeModel
from bxtext.themes.names import Term, make_labels, name_themes
from bxtext.themes.portraits import find_closest_drivers, rank_representatives
from bxtext.themes.registry import RegisteredThemes, load_registry, register_themes, save_registry
from bxtext.themes.views import map_segments, profile_themes, trace_themes
from bxtext.votes import number_respondents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bxtext.taxonomy import Taxonomy

__all__ = [
    "EditedThemes",
    "FoundThemes",
    "NearestTheme",
    "RegisteredThemes",
    "ThemeModel",
    "count_speakers",
    "describe_conflicts",
    "describe_emerging",
    "find_emerging",
    "find_themes",
    "follow_themes",
    "load_registry",
    "map_segments",
    "profile_themes",
    "register_themes",
    "replay_edits",
    "save_registry",
    "trace_themes",
]


@dataclass(frozen=True)
class FoundThemes:
    """The tables `themes`, `theme_terms` and `segment_themes`, and the model of each voice, to keep and assign with."""

    themes: pd.DataFrame
    theme_terms: pd.DataFrame
    segment_themes: pd.DataFrame
    models: dict[str, ThemeModel] = field(default_factory=dict)


def find_themes(  # noqa: PLR0913  the parameters of the stage
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    taxonomy: Taxonomy | None = None,
    *,
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
    n_themes : int, optional
        Number of themes of a voice at most; half the square root of the distinct texts by default.
    min_segments : int
        Smaller themes are dissolved into their neighbours.
    min_similarity : float
        Least cosine of a segment to the centre of its theme; below it stays unassigned.
    max_fit : int
        Distinct segments of a voice that its themes are learned from; the others are only assigned.
    brand_words : sequence of str
        Words that name the brand: no theme is named by them.
    seed : int
        Seed of everything drawn at random.

    Returns
    -------
    FoundThemes
        Three tables and the models. A theme's id is its voice and its rank by size. Its label is made of its first
        terms, each in five people at least; in a language that it hardly speaks, of the labels of the closest drivers.
        Every segment has a theme or the reason why it has none.

    Examples
    --------
    >>> words = [f"{noun} {word}" for noun in ("livraison", "vendeur") for word in "lente rapide chère utile".split()]
    >>> documents = pd.DataFrame({"document_id": [f"d{n:02d}" for n in range(80)], "voice": "customer"})
    >>> documents["language"] = "fr"
    >>> segments = documents[["document_id"]].assign(segment_id=documents["document_id"] + ":000", text=words * 10)
    >>> found = find_themes(segments, documents, n_themes=2)
    >>> found.themes[["theme_id", "n_segments", "label_fr"]].values.tolist()
    [['customer-01', 40, 'livraison, chère, lente'], ['customer-02', 40, 'vendeur, chère, lente']]
    """
    taxonomy = load_taxonomy() if taxonomy is None else taxonomy
    known = documents[["document_id", "voice", "language"]].assign(
        respondent=number_respondents(documents).reindex(documents["document_id"]).to_numpy()
    )
    spoken = segments.merge(known, on="document_id", validate="many_to_one")
    spoken = spoken.sort_values("segment_id", kind="stable")
    themes: list[dict[str, Any]] = []
    terms: dict[str, list[list[Term]]] = {language: [] for language in LANGUAGES}
    assigned, models = [], {}
    for voice in VOICES:
        own = spoken.loc[spoken["voice"] == voice].reset_index(drop=True)
        model = ThemeModel(
            exemplars=[exemplar for exemplar in taxonomy.exemplars if exemplar.voice == voice],
            n_themes=n_themes, min_segments=min_segments, min_similarity=min_similarity, max_fit=max_fit, seed=seed,
        )  # fmt: skip
        own = own.join(model.fit_assign(own["text"].tolist(), own["language"].tolist()))
        ids = [f"{voice}-{number + 1:02d}" for number in range(model.n_themes_)]
        own["theme_id"] = own["theme"].map(dict(enumerate(ids))).astype("str")
        own["representative"] = rank_representatives(own)
        assigned.append(own)
        models[voice] = model
        if model.topic_model_ is None:
            continue
        named = name_themes(own, model.topic_model_, len(ids), brand_words)
        for language in LANGUAGES:
            terms[language] += named.terms[language]
        sizes = own["theme_id"].value_counts()
        themes += [
            {
                "theme_id": key,
                "n_segments": sizes[key],
                "share": sizes[key] / len(own),
                "coherence": npmi,
                "stability": jaccard,
                "stable": stable,
                **driver,
            }
            for key, npmi, jaccard, stable, driver in zip(
                ids, named.coherence, model.stability_, model.stable_, find_closest_drivers(model), strict=True
            )
        ]
    labels = make_labels(terms, [_driver_labels(theme.pop("drivers"), taxonomy) for theme in themes])
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
        _as_table("segment_themes", pd.concat(assigned)),
        models,
    )


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
