"""What shows a theme to a reader: the driver it refines, and the segments that stand best for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from bxtext.themes.model import ThemeModel

REFINES = 1 / 3  # coordinate of a theme's mean profile from which it speaks of the driver
N_CLOSEST = 4  # drivers kept to tell one name from another
N_REPRESENTATIVES = 5
LENGTHS = (3, 30)  # words of a segment that can stand for others
NEAREST = 100  # segments of a theme that are looked at first; more where too few of them can stand for it


def find_closest_drivers(model: ThemeModel) -> list[dict[str, Any]]:
    """Return, for each theme, `driver_id` (None when it speaks of no driver), `driver_similarity` and `drivers`.

    Parameters
    ----------
    model : ThemeModel
        Fitted; without a driver space nothing is close to anything.

    Returns
    -------
    list of dict
        `drivers` are the ids of the closest ones, the closest first, where the theme speaks of a driver at all.
    """
    if model.drivers_ is None:
        return [{"driver_id": None, "driver_similarity": np.nan, "drivers": []}] * model.n_themes_
    ids = model.drivers_.driver_ids_
    closest = []
    for profile in model.profiles_:
        order = np.argsort(-profile, kind="stable")[:N_CLOSEST]
        similarity = float(profile[order[0]])
        refines = similarity >= REFINES
        closest.append(
            {
                "driver_id": ids[order[0]] if refines else None,
                "driver_similarity": similarity,
                "drivers": [ids[column] for column in order] if refines else [],
            }
        )
    return closest


def rank_representatives(segments: pd.DataFrame) -> pd.Series:
    """Rank the segments that stand best for their theme, 1 to 5, by one rule.

    The nearest to the centre of the theme, of 3 to 30 words, one of each respondent, no text twice.

    Parameters
    ----------
    segments : DataFrame
        `segment_id`, `text`, `respondent`, `theme` (-1: none) and `similarity`.

    Returns
    -------
    Series
        One value a row, missing for all others.

    Examples
    --------
    >>> import pandas as pd
    >>> said = pd.DataFrame({"segment_id": list("abc"), "text": ["the van was late", "the van was late", "late again"]})
    >>> rank_representatives(said.assign(respondent=[1, 2, 3], theme=0, similarity=[0.8, 0.9, 1.0])).tolist()
    [nan, 1.0, nan]
    """
    near = segments[segments["theme"] >= 0]
    place = near.groupby("theme")["similarity"].rank(method="min", ascending=False)
    themes, reach = near["theme"].unique(), NEAREST
    shown = _choose(near[place <= reach])
    while (
        reach < place.max() and (shown["theme"].value_counts().reindex(themes, fill_value=0) < N_REPRESENTATIVES).any()
    ):
        reach *= 10
        shown = _choose(near[place <= reach])
    rank = shown.groupby("theme").cumcount() + 1
    return rank[rank <= N_REPRESENTATIVES].reindex(segments.index).astype(float)


def _are_full(chosen: pd.Series[int], themes: NDArray[np.int64]) -> bool:
    return bool((chosen.value_counts().reindex(themes, fill_value=0) >= N_REPRESENTATIVES).all())


def _choose(near: pd.DataFrame) -> pd.DataFrame:
    """Return the segments that may stand for their theme, the nearest to its centre first."""
    shown = near[near["text"].astype("str").str.count(r"\S+").between(*LENGTHS)]
    shown = shown.sort_values(["theme", "similarity", "segment_id"], ascending=[True, False, True], kind="stable")
    for key in ("text", "respondent"):
        shown = shown.drop_duplicates(["theme", key])
    return shown
