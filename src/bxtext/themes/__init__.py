"""Stage 4, themes: what people speak of, found bottom-up, with words and names in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from bxtext.tables import LANGUAGES, TABLES, VOICES
from bxtext.themes.clusters import NearestCentre
from bxtext.themes.edits import EditedThemes, describe_conflicts, edit_segments, replay_edits
from bxtext.themes.emerging import count_speakers, describe_emerging, find_emerging
from bxtext.themes.model import ThemeModel
from bxtext.themes.names import Term, make_labels, name_themes
from bxtext.themes.registry import RegisteredThemes, load_registry, register_themes, save_registry, voice_of
from bxtext.votes import number_respondents

__all__ = [
    "EditedThemes",
    "FoundThemes",
    "NearestCentre",
    "RegisteredThemes",
    "ThemeModel",
    "count_speakers",
    "describe_conflicts",
    "describe_emerging",
    "find_emerging",
    "find_themes",
    "follow_themes",
    "load_registry",
    "register_themes",
    "replay_edits",
    "save_registry",
]


@dataclass(frozen=True)
class FoundThemes:
    """The tables `themes`, `theme_terms` and `segment_themes`, and the model of each voice."""

    themes: pd.DataFrame
    theme_terms: pd.DataFrame
    segment_themes: pd.DataFrame
    models: dict[str, ThemeModel] = field(default_factory=dict)


def find_themes(  # noqa: PLR0913  the parameters of the stage
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    *,
    n_themes: int | None = None,
    min_segments: int = 20,
    min_similarity: float = 0.25,
    max_fit: int = 20_000,
    seed: int = 7,
) -> FoundThemes:
    """Find the themes of each voice and name them in French and English.

    Customers and employees speak of different things and have their own themes; within a voice, both languages are
    taken together. The order of the rows changes nothing.

    Parameters
    ----------
    segments : DataFrame
        The table `segments`.
    documents : DataFrame
        The table `documents`.
    n_themes : int, optional
        Number of themes of a voice at most; found by itself by default.
    min_segments : int
        Smaller themes are dissolved into their neighbours.
    min_similarity : float
        Least cosine of a segment to the centre of its theme; below it stays unassigned.
    max_fit : int
        Distinct segments of a voice that its themes are learned from; the others are only assigned.
    seed : int
        Seed of everything drawn at random.

    Returns
    -------
    FoundThemes
        Three tables. A theme's id is its voice and its rank by size. Its label is made of its first terms, each in
        five people at least, in that language or, where the theme hardly speaks it, in the other; a theme without
        any such term is called by its id. Every segment has a theme or the reason why it has none.

    Examples
    --------
    >>> words = [f"{noun} {word}" for noun in ("livraison", "vendeur") for word in "lente rapide chère utile".split()]
    >>> documents = pd.DataFrame({"document_id": [f"d{n:02d}" for n in range(80)], "voice": "customer"})
    >>> documents["language"] = "fr"
    >>> segments = documents[["document_id"]].assign(segment_id=documents["document_id"] + ":000", text=words * 10)
    >>> found = find_themes(segments, documents, n_themes=2)
    >>> found.themes[["theme_id", "n_segments", "share"]].values.tolist()
    [['customer-01', 40, 0.5], ['customer-02', 40, 0.5]]
    """
    known = documents[["document_id", "voice", "language"]].assign(
        respondent=number_respondents(documents).reindex(documents["document_id"]).to_numpy()
    )
    spoken = segments.merge(known, on="document_id", validate="many_to_one")
    spoken = spoken.sort_values("segment_id", kind="stable")
    themes: list[dict[str, Any]] = []
    terms: dict[str, list[list[Term]]] = {language: [] for language in LANGUAGES}
    assigned = []
    models = {}
    for voice in VOICES:
        own = spoken.loc[spoken["voice"] == voice].reset_index(drop=True)
        model = ThemeModel(
            n_themes=n_themes, min_segments=min_segments, min_similarity=min_similarity, max_fit=max_fit, seed=seed
        )
        own = own.join(model.fit_assign(own["text"].tolist()))
        models[voice] = model
        ids = [f"{voice}-{number + 1:02d}" for number in range(len(model.centres_))]
        own["theme_id"] = own["theme"].map(dict(enumerate(ids))).astype("str")
        assigned.append(own)
        if model.topic_model_ is None:
            continue
        named = name_themes(own, model.topic_model_, len(ids))
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
            }
            for key, npmi, jaccard in zip(ids, named.coherence, model.stability_, strict=True)
        ]
    labels = zip(make_labels(terms["fr"], terms["en"]), make_labels(terms["en"], terms["fr"]), strict=True)
    for theme, (french, english) in zip(themes, labels, strict=True):
        source = "terms" if french and english else "id"
        theme |= {
            "label_fr": french or theme["theme_id"],
            "label_en": english or theme["theme_id"],
            "label_source": source,
        }
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


def follow_themes(
    registered: RegisteredThemes,
    edited: EditedThemes,
    segments: pd.DataFrame,
    documents: pd.DataFrame,
    earlier: tuple[pd.DataFrame, pd.DataFrame],
) -> pd.DataFrame:
    """Count the people who speak of each theme, month by month, those of earlier runs by the themes of this one.

    A refitted theme may have grown at its neighbour's cost though nobody speaks otherwise: months can only be
    compared when one rule has placed all their segments.

    Parameters
    ----------
    registered : RegisteredThemes
        Holds the models, and the permanent id of each of their themes.
    edited : EditedThemes
        Holds what people changed.
    segments, documents : DataFrame
        The tables of these names.
    earlier : tuple of DataFrame
        Segments and documents of months that this run doesn't hold, see `Run.read_earlier`.

    Returns
    -------
    DataFrame
        The table `theme_periods`.
    """
    spoken = earlier[0].merge(earlier[1][["document_id", "voice"]], on="document_id", validate="many_to_one")
    placed = []
    for voice, model in registered.found.models.items():
        own = spoken[spoken["voice"] == voice].reset_index(drop=True)
        own = own.join(model.assign(own["text"].tolist())) if len(own) else own.assign(theme=-1)
        ids = {int(name.rsplit("-", 1)[1]) - 1: permanent for name, permanent in registered.permanent_ids.items()
               if voice_of(name) == voice}  # fmt: skip
        placed.append(own.assign(theme_id=own["theme"].map(ids).astype("str")))
    past = edit_segments(_as_table("segment_themes", pd.concat(placed)), earlier[0], edited.plan)
    present = edited.found.segment_themes
    return count_speakers(
        *(pd.concat(both, ignore_index=True)
          for both in zip((present, segments, documents), (past, *earlier), strict=True))
    )  # fmt: skip


def _as_table(name: str, rows: pd.DataFrame | list[dict[str, Any]]) -> pd.DataFrame:
    """Columns of the contract, sorted by the key; there may be no row at all."""
    columns = [column.name for column in TABLES[name].columns]
    frame = pd.DataFrame(rows).reindex(columns=columns)
    return frame.sort_values(list(TABLES[name].key), kind="stable").reset_index(drop=True)
