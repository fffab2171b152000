"""What people forgive and what spoils: a good and a bad remark joined by « mais », « malgré », "although"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from bxtext.language import fold_letters
from bxtext.votes import number_respondents, spread_over_units

if TYPE_CHECKING:
    from bxtext.taxonomy import Taxonomy

# What follows has the last word …
_TURNS = re.compile(
    r"\W*(mais|par contre|en revanche|cependant|toutefois|neanmoins|pourtant|sauf qu(?:e|')|alors qu(?:e|')|"
    r"tandis qu(?:e|')|seul (?:petit )?bemol|petit bemol|dommage|malheureusement|"
    r"but|however|nevertheless|nonetheless|whereas|on the other hand|yet|shame|unfortunately)(?!\w)"
)
# … or is conceded.
_CONCEDES = re.compile(
    r"\W*(malgre|bien qu(?:e|')|meme s(?:i|')|en depit|hormis|mis a part|a part|"
    r"although|though|even (?:if|though)|despite|in spite of|except|apart from)(?!\w)"
)
_SENTENCE_END = re.compile(r"[.!?…]\W*$")
COLUMNS = ["document_id", "positive_driver_id", "negative_driver_id", "direction", "connective"]
COUNTED = ["voice", "unit", "positive_driver_id", "negative_driver_id"]


def find_concessions(carriers: pd.DataFrame, clauses: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Return the pairs of drivers that a concession or a contrast joins, one for and one against.

    Parameters
    ----------
    carriers : DataFrame
        `segment_id`, `driver_id`: the segments that carry each driver.
    clauses : DataFrame
        `segment_id`, `document_id`, `position`, `text`, `label` of all segments.
    taxonomy : Taxonomy
        Outcomes are no part of a concession.

    Returns
    -------
    DataFrame
        The table `concessions`.
    """
    joined = _join_clauses(clauses)
    outcomes = {driver_id for driver_id in carriers["driver_id"] if taxonomy[driver_id].tier == "outcome"}
    drivers = carriers[~carriers["driver_id"].isin(outcomes)]
    for side in ("positive", "negative"):
        said = drivers.rename(columns={"segment_id": f"{side}_segment", "driver_id": f"{side}_driver_id"})
        joined = joined.merge(said[[f"{side}_segment", f"{side}_driver_id"]], on=f"{side}_segment")
    apart = joined[joined["positive_driver_id"] != joined["negative_driver_id"]]
    ordered = apart.sort_values([*COLUMNS[:3], "place"], kind="stable")
    return ordered.drop_duplicates(COLUMNS[:3])[COLUMNS].reset_index(drop=True)


def _join_clauses(clauses: pd.DataFrame) -> pd.DataFrame:
    """Neighbouring clauses of opposite signs that a connective joins: which is good, and which has the last word."""
    ordered = clauses.sort_values(["document_id", "position"], kind="stable", ignore_index=True)
    after = ordered.shift(-1)
    signs = ordered["label"] + " " + after["label"]
    together = (ordered["document_id"] == after["document_id"]) & signs.isin(["positive negative", "negative positive"])
    first, second = ordered[together].reset_index(), after[together]
    joins = [_connect(*texts) for texts in zip(first["text"], second["text"], strict=True)]
    good_first = first["label"] == "positive"
    last_word_second = pd.Series([join is not None and join[1] for join in joins], dtype=bool)
    segments = [first["segment_id"], second["segment_id"].reset_index(drop=True)]
    joined = pd.DataFrame(
        {
            "document_id": first["document_id"],
            "place": first["index"],
            "positive_segment": segments[0].where(good_first, segments[1]),
            "negative_segment": segments[1].where(good_first, segments[0]),
            "direction": (good_first == last_word_second).map({True: "spoils", False: "forgives"}),
            "connective": pd.Series([join and join[0] for join in joins], dtype="str"),
        }
    )
    return joined[joined["connective"].notna()].reset_index(drop=True)


def _connect(first: str, second: str) -> tuple[str, bool] | None:
    """Return what joins two clauses, and whether the second has the last word.

    Examples
    --------
    >>> _connect("Personnel sympa", "mais commande perdue."), _connect("Malgré l'attente,", "un accueil parfait")
    (('mais', True), ('malgre', True))
    >>> _connect("Un accueil parfait", "malgré l'attente"), _connect("Un accueil parfait.", "Colis perdu.")
    (('malgre', False), None)
    """
    opening = fold_letters(second)
    if turn := _TURNS.match(opening):
        return turn[1], True
    if concession := _CONCEDES.match(opening):
        return concession[1], False
    if (concession := _CONCEDES.match(fold_letters(first))) and not _SENTENCE_END.search(first):
        return concession[1], True
    return None


def count_concessions(concessions: pd.DataFrame, documents: pd.DataFrame, *, min_respondents: int = 5) -> pd.DataFrame:
    """Return how many documents and people join each pair of drivers, by voice and unit, and everywhere.

    Parameters
    ----------
    concessions, documents : DataFrame
        The tables of these names.
    min_respondents : int
        A pair that fewer distinct people join is suppressed: its counts are null.

    Returns
    -------
    DataFrame
        The table `concession_counts`.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": list("abcde"), "voice": "customer", "unit": list("uuuuv")})
    >>> pair = {"positive_driver_id": "cx.a", "negative_driver_id": "cx.b", "direction": "spoils", "connective": "mais"}
    >>> counted = count_concessions(pd.DataFrame([{"document_id": name} | pair for name in "abcde"]), documents)
    >>> counted[["unit", "n_documents", "suppressed"]].values.tolist()
    [['all', 5.0, False], ['u', nan, True], ['v', nan, True]]
    """
    who = documents.reindex(columns=["document_id", "voice", "unit"])
    who["respondent"] = number_respondents(documents).to_numpy()
    said = spread_over_units(concessions.merge(who, on="document_id"))
    said["spoils"] = said["direction"] == "spoils"
    counts = said.groupby(COUNTED, as_index=False, sort=True).agg(
        n_documents=("document_id", "size"), n_spoilt=("spoils", "sum"), n_respondents=("respondent", "nunique")
    )
    counts["suppressed"] = counts["n_respondents"] < min_respondents
    shown = ["n_documents", "n_spoilt", "n_respondents"]
    counts[shown] = counts[shown].astype(float).mask(counts["suppressed"])
    return counts
