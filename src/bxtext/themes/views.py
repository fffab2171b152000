"""Views of the themes for a reader: over time, over drivers, and on a map."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bxtext.themes.model import ThemeModel

MAX_POINTS = 800
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
    dated = documents.dropna(subset=["period"]) if "period" in documents else documents.iloc[:0]
    said = segment_themes.dropna(subset=["theme_id"]).merge(segments[["segment_id", "document_id"]], on="segment_id")
    said = said.merge(dated[["document_id", "voice", "period"]] if len(dated) else documents.iloc[:0], on="document_id")
    columns = ["theme_id", "period", "n_documents", "n_mentions", "share", "ci_low", "ci_high"]
    if said.empty:
        return pd.DataFrame(columns=columns)
    heard = dated.groupby(["voice", "period"])["document_id"].nunique()
    spoken = said.groupby(["theme_id", "voice", "period"])["document_id"].nunique()
    rows = []
    for theme_id, voice in sorted(set(said[["theme_id", "voice"]].itertuples(index=False, name=None))):
        for period, n_documents in heard.loc[voice].items():
            n_mentions = int(spoken.get((theme_id, voice, period), 0))
            interval = binomtest(n_mentions, int(n_documents)).proportion_ci(method="wilson")
            rows.append(
                (theme_id, period, n_documents, n_mentions, n_mentions / n_documents, interval.low, interval.high)
            )
    return pd.DataFrame(rows, columns=columns)


def map_segments(
    segment_themes: pd.DataFrame, segments: pd.DataFrame, model: ThemeModel, *, voice: str, seed: int = 7
) -> pd.DataFrame:
    """Lay a sample of the segments that have a theme on a plane, near where their neighbours are.

    Parameters
    ----------
    segment_themes, segments : DataFrame
        The tables of these names.
    model : ThemeModel
        Of the voice.
    voice : str
        `customer` or `employee`.
    seed : int
        Seed of the layout: t-SNE (van der Maaten and Hinton 2008, Journal of Machine Learning Research 9).

    Returns
    -------
    DataFrame
        `segment_id`, `theme_id`, `x`, `y` of at most 800 segments, drawn by a digest of their ids; none when there
        are too few to lay out.
    """
    own = segment_themes[segment_themes["theme_id"].str.startswith(f"{voice}-").fillna(value=False)]
    placed = own.merge(segments[["segment_id", "text"]], on="segment_id").drop_duplicates("text")
    digest = placed["segment_id"].map(lambda key: hashlib.sha256(key.encode()).hexdigest())
    drawn = placed.loc[digest.sort_values().index[:MAX_POINTS]].sort_values("segment_id", ignore_index=True)
    if len(drawn) < FEWEST_POINTS:
        return pd.DataFrame(columns=["segment_id", "theme_id", "x", "y"])
    layout = TSNE(
        init="pca", metric="cosine", perplexity=min(30, len(drawn) // 4), max_iter=N_STEPS, random_state=seed, n_jobs=1
    )
    with threadpool_limits(1):
        places = layout.fit_transform(np.asarray(model.encoder_.encode(drawn["text"].tolist()), dtype=np.float64))
    return drawn[["segment_id", "theme_id"]].assign(x=places[:, 0], y=places[:, 1])
