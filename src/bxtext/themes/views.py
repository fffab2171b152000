"""Views of the themes for a reader: over time, over drivers, and on a map."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from bxtext.groups import group_rows
from bxtext.ids import are_among
from bxtext.parallel import map_partitions
from bxtext.votes import join_themes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bxtext.themes.model import ThemeModel

MAX_POINTS = 800
SPARE = 10  # times as many are drawn: what says the same is shown once
FEWEST_POINTS = 10
N_STEPS = 500  # of the layout, after which the points hardly move


def profile_themes(models: Mapping[str, ThemeModel]) -> pd.DataFrame:
    """Return how much each theme speaks of each driver.

    Parameters
    ----------
    models : mapping of str to ThemeModel
        Voice to its fitted themes.

    Returns
    -------
    DataFrame
        `theme_id`, `driver_id`, `similarity`: -1 to 1, near 1 where all segments speak of that driver.
    """
    profiles = [
        (f"{voice}-{theme + 1:02d}", driver_id, float(similarity))
        for voice, model in models.items()
        if model.n_themes_ and model.drivers_ is not None
        for theme, profile in enumerate(model.profiles_)
        for driver_id, similarity in zip(model.drivers_.driver_ids_, profile, strict=True)
    ]
    return pd.DataFrame(profiles, columns=["theme_id", "driver_id", "similarity"])


def trace_themes(segment_themes: pd.DataFrame, segments: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Return the share of the documents of each period that speak of each theme.

    Parameters
    ----------
    segment_themes, segments, documents : DataFrame
        The tables of these names; documents without a period are left out.

    Returns
    -------
    DataFrame
        `theme_id`, `period`, `n_documents` (of the voice, in the period), `n_mentions`, `share`, and the ends of its
        95 % interval `ci_low`, `ci_high` (Wilson 1927, doi 10.1080/01621459.1927.10502953).

    Examples
    --------
    >>> segments = pd.DataFrame({"segment_id": ["a", "b"], "document_id": ["d1", "d2"]})
    >>> documents = pd.DataFrame({"document_id": ["d1", "d2"], "voice": "customer", "period": "2026-01"})
    >>> given = pd.DataFrame({"segment_id": ["a", "b"], "theme_id": ["customer-01", None]})
    >>> trace_themes(given, segments, documents)[["theme_id", "n_documents", "share"]].values.tolist()
    [['customer-01', 2, 0.5]]
    """
    dated = documents.reindex(columns=["document_id", "voice", "period"]).dropna(subset=["period"])
    dated["document"] = range(len(dated))
    said = join_themes(segment_themes, segments, dated, ["voice", "period", "document"])
    columns = ["theme_id", "period", "n_documents", "n_mentions", "share", "ci_low", "ci_high"]
    if said.empty:
        return pd.DataFrame(columns=columns)
    heard = dated.groupby(["voice", "period"]).size()
    mentions = group_rows(said, ["theme_id", "voice", "period", "document"]).names
    spoken = mentions.groupby(["theme_id", "voice", "period"]).size()
    rows = []
    themes = said[["theme_id", "voice"]].drop_duplicates().sort_values("theme_id")
    for theme_id, voice in themes.itertuples(index=False, name=None):
        for period, n_documents in heard.loc[voice].items():
            n_mentions = int(spoken.get((theme_id, voice, period), 0))
            interval = binomtest(n_mentions, int(n_documents)).proportion_ci(method="wilson")
            rows.append(
                (theme_id, period, n_documents, n_mentions, n_mentions / n_documents, interval.low, interval.high)
            )
    return pd.DataFrame(rows, columns=columns)


def map_segments(
    segment_themes: pd.DataFrame, segments: pd.DataFrame, models: Mapping[str, ThemeModel], *, seed: int = 7
) -> dict[str, pd.DataFrame]:
    """Lay a sample of the segments that have a theme on a plane, near where their neighbours are: a plane a voice.

    Parameters
    ----------
    segment_themes, segments : DataFrame
        The tables of these names.
    models : mapping of str to ThemeModel
        Voice to its fitted themes.
    seed : int
        Seed of the layout: t-SNE (van der Maaten and Hinton 2008, Journal of Machine Learning Research 9).

    Returns
    -------
    dict of str to DataFrame
        Voice to `segment_id`, `theme_id`, `x`, `y` of at most 800 segments, drawn by a digest of their ids; none when
        there are too few to lay out.
    """
    drawn = [_draw_segments(segment_themes, segments, voice) for voice in models]
    vectors = [
        np.asarray(model.encoder_.encode(own["text"].tolist()), dtype=np.float64)
        if len(own) >= FEWEST_POINTS else np.empty((0, 2))
        for own, model in zip(drawn, models.values(), strict=True)
    ]  # fmt: skip
    places = map_partitions(partial(_lay_out, seed=seed), vectors)
    return {
        voice: own.loc[: len(place) - 1, ["segment_id", "theme_id"]].assign(x=place[:, 0], y=place[:, 1])
        for voice, own, place in zip(models, drawn, places, strict=True)
    }


def _draw_segments(segment_themes: pd.DataFrame, segments: pd.DataFrame, voice: str) -> pd.DataFrame:
    """Return segments of the themes of a voice with their texts, none twice; few need be read for that."""
    own = segment_themes[segment_themes["theme_id"].str.startswith(f"{voice}-").fillna(value=False)]
    digest = pd.util.hash_pandas_object(own["segment_id"], index=False, categorize=False).to_numpy()
    first = own.iloc[digest.argsort(kind="stable")[: SPARE * MAX_POINTS]]
    texts = segments.loc[are_among(segments["segment_id"], first["segment_id"]), ["segment_id", "text"]]
    drawn = first.merge(texts, on="segment_id").drop_duplicates("text").head(MAX_POINTS)
    return drawn.sort_values("segment_id", ignore_index=True)


def _lay_out(vectors: NDArray[np.float64], *, seed: int) -> NDArray[np.float64]:
    if not len(vectors):
        return vectors
    reach = min(30, len(vectors) // 4)
    layout = TSNE(init="pca", metric="cosine", perplexity=reach, max_iter=N_STEPS, random_state=seed, n_jobs=1)
    with threadpool_limits(1):
        places: NDArray[np.float64] = layout.fit_transform(vectors)
    return places
