"""Who speaks of a theme: the themes of segments, brought to their documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bxtext.ids import find_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def find_spoken(
    segment_themes: pd.DataFrame, segments: pd.DataFrame, documents: pd.DataFrame, columns: Sequence[str]
) -> pd.DataFrame:
    """Return the theme of each segment that has one, and some columns of its document.

    Parameters
    ----------
    segment_themes, segments, documents : DataFrame
        The tables of these names; what is of no segment or document among them is left out.
    columns : sequence of str
        Of `documents`.

    Examples
    --------
    >>> import pandas as pd
    >>> placed = pd.DataFrame({"segment_id": ["a", "b"], "theme_id": ["customer-01", None]})
    >>> segments = pd.DataFrame({"segment_id": ["a", "b"], "document_id": "d"})
    >>> find_spoken(placed, segments, pd.DataFrame({"document_id": ["d"], "period": "2026-01"}), ["period"]).to_numpy()
    array([['customer-01', '2026-01']], dtype=object)
    """
    segment = find_rows(segment_themes["segment_id"], segments["segment_id"])
    document = np.append(find_rows(segments["document_id"], documents["document_id"]), -1)[segment]
    spoken = segment_themes["theme_id"].notna().to_numpy() & (document >= 0)
    told = documents[list(columns)].iloc[document[spoken]].reset_index(drop=True)
    told.insert(0, "theme_id", segment_themes["theme_id"].array[spoken])
    return told
