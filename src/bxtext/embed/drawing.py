"""Which of many texts are listened to: a draw that the letters of each text decide, whatever stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def draw_texts(texts: pd.Series[str], most: int) -> NDArray[np.bool_]:
    """Return which texts are drawn: all, or those whose hash is among the `most` lowest, with all their copies.

    The draw of a larger corpus keeps nearly all that it shares with that of a smaller one.

    Examples
    --------
    >>> draw_texts(pd.Series(["slow", "dear", "slow", "rude"]), 4).tolist()
    [True, True, True, True]
    >>> int(draw_texts(pd.Series([str(number) for number in range(100)]), 10).sum())
    10
    """
    if len(texts) <= most:
        return np.ones(len(texts), dtype=bool)
    lots = pd.util.hash_pandas_object(texts, index=False).to_numpy()
    drawn: NDArray[np.bool_] = lots <= np.partition(lots, most - 1)[most - 1]
    return drawn
