"""One theme for what French and English speakers say alike, by the drivers they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bxtext.tables import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bxtext.themes.assignment import Labels

ONE_LANGUAGE = 0.8  # share of its texts from which a cluster is of one language
SAME_DRIVERS = 0.8  # cosine of two profiles from which they speak of the same
CLEAR = 0.4  # length of a mean profile: 1 when all texts speak of the same drivers, near 0 when of none


def join_languages(cluster: Labels, profiles: NDArray[Any], languages: Sequence[str], n_clusters: int) -> Labels:
    """Number clusters so that a French one and its English counterpart are one theme.

    Two clusters are counterparts when each is the other's nearest in the other language, by the drivers that their
    texts speak of, near enough and clearly so. What has no counterpart stays by itself.

    Parameters
    ----------
    cluster : ndarray of shape (n,)
        Cluster of each text, -1 for none.
    profiles : ndarray of shape (n, n_drivers)
        Drivers that each text speaks of, rows of length 1 or 0.
    languages : sequence of str
        Language of each text; what is neither French nor English counts for neither.
    n_clusters : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (n_clusters,)
        The theme of each cluster, from 0, in the order of the clusters.

    Examples
    --------
    >>> profiles = np.repeat(np.array([[1, 0], [0, 1], [1, 0.1]]), 3, axis=0)
    >>> cluster = np.repeat([0, 1, 2], 3)
    >>> join_languages(cluster, profiles, ["fr"] * 6 + ["en"] * 3, 3).tolist()
    [0, 1, 0]
    """
    counts = np.array(
        [
            np.bincount(cluster[(cluster >= 0) & (np.array(languages) == language)], minlength=n_clusters)
            for language in LANGUAGES
        ]
    )
    share = counts / np.maximum(counts.sum(axis=0), 1)
    means = np.array([profiles[cluster == number].mean(axis=0) for number in range(n_clusters)])
    lengths = np.linalg.norm(means, axis=1)
    directions = means / np.maximum(lengths, 1e-9)[:, None]
    french, english = (np.flatnonzero((of_language >= ONE_LANGUAGE) & (lengths >= CLEAR)) for of_language in share)
    themes = np.arange(n_clusters)
    if len(french) and len(english):
        alike = directions[french] @ directions[english].T
        for row, column in enumerate(alike.argmax(axis=1)):
            if alike[:, column].argmax() == row and alike[row, column] >= SAME_DRIVERS:
                pair = french[row], english[column]
                themes[max(pair)] = min(pair)
    numbered: Labels = np.unique(themes, return_inverse=True)[1]
    return numbered
