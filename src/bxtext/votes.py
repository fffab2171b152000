"""From mentions to votes, one a respondent: what the stages that score share.

Who spoke (`join_mentions`), one vote a respondent in each cell (`cast_votes`), and what a cell's votes come to
(`measure_cells`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.groups import group_rows
from bxtext.ids import find_rows
from bxtext.tables import ALL, group_columns, is_ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def number_respondents(documents: pd.DataFrame) -> pd.Series[int]:
    """Return who wrote each document, as an integer from 0, by document id: in the order of their first documents.

    A document without respondent id is a respondent of its own; one id in both voices is two respondents.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": ["a", "b", "c"], "voice": "customer",
    ...                           "respondent_id": ["x", None, "x"]})
    >>> number_respondents(documents).tolist()
    [0, 1, 0]
    """
    columns = documents.reindex(columns=["document_id", "voice", "respondent_id"])
    order = np.argsort(_rank_ids(columns["document_id"]))
    person, people = pd.factorize(columns["respondent_id"].astype("str").iloc[order])
    voice, voices = pd.factorize(columns["voice"].astype("str").iloc[order])
    person = np.where(person >= 0, person * len(voices) + voice, len(people) * len(voices) + np.arange(len(columns)))
    numbers = np.empty(len(columns), dtype=np.int64)
    numbers[order] = pd.factorize(person)[0]
    return pd.Series(numbers, index=documents["document_id"].to_numpy(), name="respondent")


def _rank_ids(ids: pd.Series[str]) -> NDArray[np.int64]:
    """Return the place of each id in their order: a table is mostly in it already."""
    place = np.arange(len(ids))
    if not is_ordered(ids.to_frame(), [str(ids.name)]):
        place[ids.argsort(kind="stable").to_numpy()] = np.arange(len(ids))
    return place


def join_mentions(mentions: pd.DataFrame, documents: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the mentions of known drivers with the respondent and the cuts of their document.

    Every function that scores mentions does so first; those that this has returned already are returned as they are,
    so that several of them can share one join.

    Returns
    -------
    DataFrame
        `document_id`, `driver_id`, `polarity`, `n_positive`, `n_negative`, `actor`, `intent` where it is known, `tier`,
        `voice`, `period`, `unit`, the groups and `respondent`; names are categories (`code_columns`), missing ones NaN.
        One respondent after the other, their documents and drivers in the order of ids.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": ["a", "b"], "voice": "customer", "unit": "Metz"})
    >>> mentions = pd.DataFrame({"document_id": ["b", "a"], "driver_id": "cx.ease", "polarity": [1.0, -1.0],
    ...                          "n_positive": [1, 0], "n_negative": [0, 1], "actor": "process"})
    >>> said = join_mentions(mentions, documents, pd.DataFrame({"driver_id": ["cx.ease"], "tier": "core"}))
    >>> said[["respondent", "unit", "polarity"]].values.tolist()
    [[0, 'Metz', -1.0], [1, 'Metz', 1.0]]
    """
    if "respondent" in mentions:
        return mentions
    cuts = ["voice", "period", "unit", *group_columns(documents)]
    heard = code_columns(documents.reindex(columns=cuts), cuts)
    heard["respondent"] = number_respondents(documents).to_numpy()
    names = ["driver_id", "actor", *({"intent"} & set(mentions))]
    said = code_columns(mentions[["document_id", "polarity", "n_positive", "n_negative", *names]], names)
    driver = said["driver_id"].cat
    tiers = drivers.drop_duplicates("driver_id").set_index("driver_id")["tier"].reindex(driver.categories).astype("str")
    tier = code_columns(tiers.to_frame(), ["tier"])["tier"].array[driver.codes]
    place = find_rows(said["document_id"], documents["document_id"])
    rows = np.flatnonzero((place >= 0) & (driver.codes >= 0) & tier.notna())
    who, rank = heard["respondent"].to_numpy()[place[rows]], _rank_ids(documents["document_id"])[place[rows]]
    rows = rows[np.lexsort((driver.codes.to_numpy()[rows], rank, who))]
    told = said.assign(tier=tier).iloc[rows].reset_index(drop=True)
    return pd.concat([told, heard.iloc[place[rows]].reset_index(drop=True)], axis=1)


def join_themes(
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
    >>> placed = pd.DataFrame({"segment_id": ["a", "b"], "theme_id": ["customer-01", None]})
    >>> segments = pd.DataFrame({"segment_id": ["a", "b"], "document_id": "d"})
    >>> join_themes(placed, segments, pd.DataFrame({"document_id": ["d"], "unit": "Metz"}), ["unit"]).values.tolist()
    [['customer-01', 'Metz']]
    """
    segment = find_rows(segment_themes["segment_id"], segments["segment_id"])
    document = np.append(find_rows(segments["document_id"], documents["document_id"]), -1)[segment]
    spoken = segment_themes["theme_id"].notna().to_numpy() & (document >= 0)
    told = documents[list(columns)].iloc[document[spoken]].reset_index(drop=True)
    told.insert(0, "theme_id", segment_themes["theme_id"].array[spoken])
    return told


def code_columns(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the rows with some columns as sorted categories, `all` among them, unless they are categories already.

    Examples
    --------
    >>> coded = code_columns(pd.DataFrame({"unit": ["b", None]}), ["unit"])
    >>> coded["unit"].cat.categories.tolist(), coded["unit"].cat.codes.tolist()
    (['all', 'b'], [1, -1])
    """
    return frame.assign(**{name: _code_column(frame[name]) for name in names})


def _code_column(texts: pd.Series[str]) -> pd.Series[str] | pd.Categorical:
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts
    codes, known = pd.factorize(texts)
    names = pd.Index(sorted({*known, ALL}), dtype="str")
    places = np.append(names.get_indexer(pd.Index(known, dtype="str")), -1)  # the last is that of a missing text
    return pd.Categorical.from_codes(places[codes], names)


def spell_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with texts where `code_columns` put categories."""
    return frame.astype(dict.fromkeys(frame.columns[frame.dtypes == "category"], "str"))


def spread_over_periods(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every row twice: in its month, when it has one, and in the period `all`."""
    return _spread_over(frame, "period")


def spread_over_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every row twice: in its unit, when it has one, and in the unit `all`."""
    return _spread_over(frame, "unit")


def _spread_over(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    kind = frame[name].dtype if isinstance(frame[name].dtype, pd.CategoricalDtype) else "str"
    everywhere = frame.assign(**{name: pd.Series(ALL, index=frame.index, dtype=kind)})
    return pd.concat([everywhere, frame[frame[name].notna()]], ignore_index=True)


def cast_votes(mentions: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    """Return one vote a respondent and cell: the mean polarity of what they said there.

    Parameters
    ----------
    mentions : DataFrame
        `respondent`, `polarity` and the columns of `cell`.
    cell : sequence of str
        Columns that make a cell, such as driver, unit and month; rows that lack one are left out.

    Returns
    -------
    DataFrame
        The columns of `cell`, `respondent`, `vote` in [-1, 1] and `n_mentions`, one respondent after the other.

    Examples
    --------
    >>> said = pd.DataFrame({"driver_id": "d", "respondent": [0, 0, 1], "polarity": [1.0, 0.0, -1.0]})
    >>> cast_votes(said, ["driver_id"])["vote"].tolist()
    [0.5, -1.0]
    """
    groups = group_rows(mentions, ["respondent", *cell])  # as they stand: that spares a sort
    votes = groups.names[[*cell, "respondent"]]
    return votes.assign(vote=groups.add_up(mentions["polarity"]) / groups.sizes, n_mentions=groups.sizes)


def measure_cells(votes: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    """Return one row a cell: its `n_respondents` and `n_mentions`, the `mean` and `spread` of its votes.

    `spread` is the unbiased variance; NaN for a single vote.
    """
    groups = group_rows(votes, cell)
    n, vote = groups.sizes, votes["vote"].to_numpy(float)
    mean = groups.add_up(vote) / n
    spread = np.where(n > 1, groups.add_up((vote - mean[groups.of_row]) ** 2) / np.maximum(n - 1, 1), np.nan)
    said = groups.add_up(votes["n_mentions"]).astype(np.int64)
    return groups.names.assign(n_respondents=n, n_mentions=said, mean=mean, spread=spread)
