"""Everything employees said that a published figure may rest on, by subject: what `cells.list_cells` counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.brand.index import weights_of
from bxtext.brand.lights import LIGHT_OF
from bxtext.ids import are_among
from bxtext.publish.cells import HEARD
from bxtext.tables import group_columns
from bxtext.votes import join_themes, number_respondents

if TYPE_CHECKING:
    from collections.abc import Mapping

EMPLOYEE = "employee"
INDEX = "index"  # drivers that make EX
COMPLAINT = "complaint"  # anything said against
DETAILED = (HEARD, "driver", "light", INDEX, COMPLAINT, "blame")  # subjects shown by unit; the others over all alone

UNDATED = ("concession:", "blame:", COMPLAINT)  # subjects shown over the whole time alone


def name_subject(kind: str, name: object) -> str:
    """Return the subject of a driver, light, actor, theme or concession.

    Examples
    --------
    >>> name_subject("driver", "ex.voice")
    'driver:ex.voice'
    """
    return f"{kind}:{name}"


def list_said(tables: Mapping[str, pd.DataFrame], *, unnamed: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Return one row a subject and employee document, with its respondent and cuts.

    Where a source of employees doesn't say who wrote, its rows aren't people, and no employee figure is broken down.
    Where it says so of some rows, those it doesn't say count as one person.

    Parameters
    ----------
    tables : mapping
        `documents`, `mentions`, `drivers`, `importance`, `segments`, `segment_themes` and `concessions`.
    unnamed : frozenset of str
        Sources that don't say who wrote; those without a single respondent id don't either.

    Returns
    -------
    DataFrame
        `subject`, `document_id`, `document`, `person`, `respondent`, `period`, `unit`, groups; sorted.
    """
    documents = _employees(tables["documents"], unnamed)
    own = documents[["document_id"]]  # customers say ten times as much
    mentions = tables["mentions"][["document_id", "driver_id", "polarity", "actor"]]
    mentions = mentions[are_among(mentions["document_id"], own["document_id"])]
    mentions = mentions.merge(tables["drivers"][["driver_id", "tier"]], on="driver_id")
    core = mentions[mentions["tier"] != "outcome"]
    against = core[core["polarity"] < 0]
    index = weights_of(tables["importance"], EMPLOYEE)["driver_id"]
    placed = join_themes(tables["segment_themes"], tables["segments"], own, ["document_id"])
    told = tables["concessions"]
    pairs = told["positive_driver_id"] + "|" + told["negative_driver_id"] + "|" + told["direction"]
    parts = [
        documents[["document_id"]].assign(subject=HEARD),
        _about(mentions, name_subject("driver", "") + mentions["driver_id"]),
        _about(core, name_subject("light", "") + core["actor"].map(LIGHT_OF)),
        _about(core[core["driver_id"].isin(index)], INDEX),
        _about(against, COMPLAINT),
        _about(against, name_subject("blame", "") + against["actor"]),
        _about(placed, name_subject("theme", "") + placed["theme_id"]),
        _about(told, name_subject("concession", "") + pairs),
    ]
    said = pd.concat(parts).dropna(subset=["subject"]).drop_duplicates().merge(documents, on="document_id")
    detailed = said["subject"].str.replace("(?s):.*", "", regex=True).isin(DETAILED)
    cuts = ["unit", *group_columns(documents)]
    said[cuts] = said[cuts].where(detailed)
    said["period"] = said["period"].mask(said["subject"].str.startswith(UNDATED))
    return said.sort_values(["subject", "document_id"], ignore_index=True)


def list_written(documents: pd.DataFrame) -> pd.DataFrame:
    """Return the `text` of each comment of employees, and its `respondent`."""
    return _employees(documents).merge(documents[["document_id", "text"]], on="document_id")[["text", "respondent"]]


def _about(rows: pd.DataFrame, subject: str | pd.Series[str]) -> pd.DataFrame:
    return rows[["document_id"]].assign(subject=subject)


def _employees(documents: pd.DataFrame, unnamed: frozenset[str] = frozenset()) -> pd.DataFrame:
    columns = ["document_id", "voice", "source", "respondent_id", "period", "unit", *group_columns(documents)]
    own = documents.reindex(columns=columns).sort_values("document_id", ignore_index=True)
    own = own[own["voice"] == EMPLOYEE].reset_index(drop=True)
    named = own["respondent_id"].notna().groupby(own["source"]).any()
    cuts = ["period", "unit", *group_columns(documents)]
    if named.all() and unnamed.isdisjoint(named.index):
        own["respondent_id"] = own["respondent_id"].fillna("nobody named")
    else:
        own[cuts] = None
    own["respondent"] = number_respondents(own).to_numpy()
    own["person"] = own["respondent_id"].fillna(own["document_id"])
    empty = [name for name in ("unit", *group_columns(own)) if own[name].isna().all()]  # a group of customers alone
    return own.assign(document=range(len(own)))[
        [
            "document_id",
            "document",
            "respondent",
            "person",
            *(name for name in cuts if name not in empty or name == "unit"),
        ]
    ]
