"""Themes month by month: texts of earlier runs placed by the themes of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.tables import TABLES
from bxtext.themes.edits import edit_segments
from bxtext.themes.emerging import count_speakers
from bxtext.themes.registry import voice_of

if TYPE_CHECKING:
    from bxtext.themes.edits import EditedThemes
    from bxtext.themes.matching import RegisteredThemes


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
    columns = [column.name for column in TABLES["segment_themes"].columns]
    past = edit_segments(pd.concat(placed).reindex(columns=columns), earlier[0], edited.plan)
    present = edited.found.segment_themes
    told = (present, segments, documents)
    if not len(past):
        return count_speakers(*told)
    return count_speakers(*(pd.concat(both, ignore_index=True) for both in zip(told, (past, *earlier), strict=True)))
