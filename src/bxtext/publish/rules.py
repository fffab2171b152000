"""What each table becomes on its way out: rows of employees that stay, figures in steps, ids and texts left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bxtext.ids import find_rows
from bxtext.publish.said import COMPLAINT, EMPLOYEE, INDEX, name_subject
from bxtext.tables import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bxtext.publish.gate import Gate

    Tables = Mapping[str, pd.DataFrame]
    Rule = Callable[[pd.DataFrame, Gate, Tables], pd.DataFrame]

SCORES = ["score", "score_shrunk", "ci_low", "ci_high"]
SHARES = ["share", "share_low", "share_high"]
EX = ["ex", "ex_low", "ex_high"]
BX = [
    "bx", "ci_low", "ci_high", "bx_geometric", "bx_weakest", "geometric_low", "geometric_high", "weakest_low",
    "weakest_high",
]  # fmt: skip
GAP = ["gap", "ci_low", "ci_high"]
LIGHTS = ["people", "product", "process"]
CUSTOMER = "customer"
ACCOUNT = ["source", "voice", "language", "n_masked", "date"]


def publish_driver_scores(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the cells shown, their scores in steps."""
    own = frame["voice"] == EMPLOYEE
    n = gate.count(frame, name_subject("driver", "") + frame["driver_id"])
    kept = frame[~own | (n.notna() & ~frame["suppressed"])].copy()
    at = kept.index[kept["voice"] == EMPLOYEE]
    _code_scores(kept, at, SCORES, n, gate)
    _code_shares(kept, at, SHARES, gate)
    kept.loc[at, "net_sentiment"] = kept.loc[at, "score"] / 50 - 1
    return kept


def publish_importance(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the drivers that enough employees speak of."""
    kept = frame[(frame["voice"] != EMPLOYEE) | gate.count_driver(frame["driver_id"]).notna()].copy()
    at = kept.index[kept["voice"] == EMPLOYEE]
    _code_shares(kept, at, ["stated", "stated_low", "stated_high"], gate)
    return kept


def publish_links(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the links of employee drivers that enough employees speak of; `ex.all` is all of them."""
    driver = frame["ex_driver_id"] if "ex_driver_id" in frame else frame["driver_id"]
    asked = driver.str.startswith("ex.") if "voice" not in frame else frame["voice"] == EMPLOYEE
    return frame[~asked | (driver == "ex.all") | gate.count_driver(driver).notna()].copy()


def publish_mirror(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the pairs whose employee side is shown; over all, the others with the reason why they are blank."""
    n = gate.count(frame, name_subject("driver", "") + frame["ex_driver_id"], unit="unit")
    kept = frame[n.notna() | (frame["unit"] == ALL)].copy()
    kept.loc[n.isna(), ["ex", *GAP]] = np.nan
    _code_scores(kept, kept.index, ["ex"], n, gate)
    _code_changes(kept, kept.index, GAP, n, gate)
    _say_few(kept, n.isna() & kept["cx"].notna(), gate)
    return kept


def publish_tensions(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the tensions of pairs whose employee side is shown."""
    n = gate.count(frame, name_subject("driver", "") + frame["ex_driver_id"], unit="unit")
    kept = frame[n.notna()].copy()
    at = kept.index[kept["kind"] == "apart"]
    _code_changes(kept, at, ["figure", "ci_low", "ci_high"], n, gate)
    return kept


def publish_symmetry(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the units whose index is shown."""
    n = gate.count(frame, INDEX, unit="unit")
    kept = frame[n.notna() | (frame["unit"] == ALL)].copy()
    figures = ["symmetry", "ci_low", "ci_high"]
    kept.loc[n.isna(), figures] = np.nan
    kept[figures] = kept[figures].round()
    _say_few(kept, n.isna(), gate)
    return kept


def publish_brand(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Blank what rests on employees where their index isn't shown; drop rows that rest on them alone."""
    n = gate.count(frame, INDEX, unit="unit")
    few = n.isna() & (frame["n_employees"] > 0)
    kept = frame[~few | (frame["n_customers"] > 0)].copy()
    few = few[kept.index]
    kept.loc[few, [*EX, *BX, *LIGHTS, "verdict", "quadrant", "small_voice", "stale_voice"]] = None
    kept.loc[few, "n_employees"] = 0
    for light in LIGHTS:
        heard = gate.count(kept, name_subject("light", light), unit="unit")
        kept.loc[(kept["n_employees"] > 0) & heard.isna(), [light, "verdict"]] = None
    at = kept.index[kept["n_employees"] > 0]
    _code_scores(kept, at, [*EX, *BX], n, gate)
    _say_few(kept, few, gate)
    return kept


def publish_lights(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the lights whose employees are shown, and those of customers alone."""
    n = gate.count(frame, name_subject("light", "") + frame["light"], unit="unit")
    own = frame["heard"] != "customer"
    kept = frame[~own | n.notna()].copy()
    _code_scores(kept, kept.index[own[kept.index]], ["score", "ci_low", "ci_high"], n, gate)
    return kept


def publish_movements(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Blank what rests on employees where they aren't shown, or too few are heard in one of the two halves."""
    halves = [gate.count_half(unit, split) for unit, split in zip(frame["unit"], frame["split_month"], strict=True)]
    n = pd.Series(halves, index=frame.index, dtype=float)
    n = n.where((n >= gate.policy.k) & gate.count(frame, INDEX, unit="unit").notna())
    kept = frame.copy()
    levels = [f"{side}_{half}" for side in ("ex", "bx") for half in ("before", "now")]
    changes = [f"{side}_change{end}" for side in ("ex", "bx") for end in ("", "_low", "_high")]
    kept.loc[n.isna(), [*levels, *changes, "quadrant_before", "quadrant_now"]] = None
    kept.loc[n.isna(), "moved"] = False
    _code_scores(kept, kept.index, levels, n, gate)
    _code_changes(kept, kept.index, changes, n, gate)
    _say_few(kept, n.isna(), gate)
    return kept


def publish_promises(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Blank the employees' side of a promise that too few of them speak of."""
    n = gate.count_driver(frame["ex_driver_id"])
    kept = frame.copy()
    kept.loc[n.isna(), [*EX, *GAP]] = np.nan
    kept.loc[n.isna(), "n_employees"] = 0
    kept.loc[n.isna(), "ex_verdict"] = "not_enough_data"
    _code_scores(kept, kept.index, EX, n, gate)
    _code_changes(kept, kept.index, GAP, n, gate)
    _say_few(kept, n.isna(), gate)
    return kept


def publish_blame(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep whom enough employees complain of; shares add up to 1, so that who is hidden stands with enough others."""
    own = frame["voice"] == EMPLOYEE
    n = gate.count(frame, name_subject("blame", "") + frame["actor"], unit="unit")
    n = n.where(gate.count(frame, COMPLAINT, unit="unit").notna() & frame["share"].notna())
    complaining = frame["n_respondents"] * frame["share"].fillna(0)
    for _unit, rows in frame[own].groupby("unit"):
        told = n[rows.index].dropna().sort_values()
        left = complaining[rows.index.difference(told.index)].sum()
        if 0 < left < gate.policy.k and len(told):
            n[told.index[0]] = np.nan
    kept = frame[~own | n.notna()].copy()
    at = kept.index[kept["voice"] == EMPLOYEE]
    _code_shares(kept, at, ["share", "ci_low", "ci_high"], gate)
    costs = ["cost", "cost_low", "cost_high"]
    kept.loc[at, costs] = kept.loc[at, costs].round()
    return kept


def publish_concession_counts(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep employees' pairs over all, where each direction is told by nobody or by enough."""
    own = frame["voice"] == EMPLOYEE
    pair = name_subject("concession", "") + frame["positive_driver_id"] + "|" + frame["negative_driver_id"]
    split = {"spoils": frame["n_spoilt"], "forgives": frame["n_documents"] - frame["n_spoilt"]}
    told = ~frame["suppressed"] & (frame["unit"] == ALL)
    for direction, n in split.items():
        told &= (n == 0) | gate.count(frame[["voice"]], pair + "|" + direction).notna()
    return frame[~own | told].copy()


def publish_themes(frame: pd.DataFrame, gate: Gate, tables: Tables) -> pd.DataFrame:
    """Keep employees' themes that enough speak of, in every table that names one; a name of rare words is its id."""
    own = frame["theme_id"].str.startswith(f"{EMPLOYEE}-").fillna(value=False).astype(bool)
    period = "period" if "period" in frame else ""
    n = gate.count(frame[[*({"period"} & set(frame))]], name_subject("theme", "") + frame["theme_id"], period=period)
    kept = frame[~own | n.notna()].copy()
    own = own[kept.index]
    if "term" in kept:
        return kept[~own | kept["term"].isin(gate.find_common(kept.loc[own, "term"]))].copy()
    labels = sorted({"label_fr", "label_en"} & set(kept))
    mined = own & kept["label_source"].str.startswith("terms") if labels else own
    named = {label: kept.loc[mined, label].str.split(", ") for label in labels}
    common = gate.find_common(
        {term for of_themes in named.values() for terms in of_themes for term in terms}, beside=_employee_terms(tables)
    )
    for label, of_themes in named.items():
        kept.loc[mined, label] = [
            ", ".join(term for term in terms if term in common) or theme_id
            for terms, theme_id in zip(of_themes, kept.loc[mined, "theme_id"], strict=True)
        ]
    return kept


def _employee_terms(tables: Tables) -> list[str]:
    if "theme_terms" not in tables:
        return []
    terms = tables["theme_terms"]
    return terms.loc[terms["theme_id"].str.startswith(f"{EMPLOYEE}-"), "term"].tolist()


def publish_segment_themes(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep which themes segments have, not which segments they are."""
    own = frame["theme_id"].str.startswith(f"{EMPLOYEE}-").fillna(value=False).astype(bool)
    kept = frame[["theme_id", "reason"]].copy()
    hidden = own & gate.count_theme(frame["theme_id"].fillna("")).isna()
    kept.loc[hidden, ["theme_id", "reason"]] = [None, "hidden"]
    return _renumber(kept, "segment_id")


def publish_claims(frame: pd.DataFrame, gate: Gate, tables: Tables) -> pd.DataFrame:
    """Blank what is behind a claim where it names a unit or a driver of too few employees."""
    units = set(gate.said["unit"].dropna().unique()) - set(
        gate.sizes.query("cut == 'unit' and subject == 'index'")["group"]
    )
    drivers = tables["drivers"]["driver_id"]
    spoken = (name_subject("driver", "") + drivers).isin(gate.said["subject"].unique())
    hidden = units | set(drivers[spoken & gate.count_driver(drivers).isna()])
    kept = frame.copy()
    names = kept["detail"].fillna("").str.split(r", | \| |; ", regex=True)
    kept.loc[[not hidden.isdisjoint(parts) for parts in names], "detail"] = None
    return kept


def publish_documents(frame: pd.DataFrame, gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep what customers wrote, under numbers of its own, and the account of what employees did: no text, no place.

    Employees' days are told k rows to a day, in an order that is nobody's.
    """
    customers, employees = (frame[frame["voice"] == voice] for voice in (CUSTOMER, EMPLOYEE))
    told = customers.reindex(columns=[*ACCOUNT, "text", "n_words", "unit", "period"])
    told.insert(0, "document_id", number_customers(frame)[customers["document_id"]].to_numpy())
    people = customers.reindex(columns=["respondent_id"])["respondent_id"]
    told["respondent_id"] = pd.Series(pd.factorize(people, sort=True)[0], index=people.index).where(people.notna())
    told["respondent_id"] = told["respondent_id"].astype("Int64").astype("str")
    counted = employees[ACCOUNT].copy()
    dated = counted[counted["date"].notna()].sort_values("date", kind="stable")
    blocks = np.minimum(np.arange(len(dated)) // gate.policy.k, max(len(dated) // gate.policy.k - 1, 0))
    counted.loc[dated.index, "date"] = dated["date"].groupby(blocks).transform("max")
    counted["period"] = counted["date"].dt.strftime("%Y-%m") if len(dated) else None
    counted = _renumber(counted, "document_id")
    counted["document_id"] = "e" + counted["document_id"].astype("str")
    return pd.concat([told.astype({"text": "str", "unit": "str"}), counted], ignore_index=True)


def publish_mentions(frame: pd.DataFrame, _gate: Gate, tables: Tables) -> pd.DataFrame:
    """Keep what customers speak of; not the words it was told by."""
    columns = ["driver_id", "polarity", "n_positive", "n_negative", "confidence", "actor", "intent"]
    number = _find_numbers(frame["document_id"], tables["documents"])
    return frame.reindex(columns=columns).assign(document_id=number)[number.notna()]


def publish_sentiment(frame: pd.DataFrame, _gate: Gate, tables: Tables) -> pd.DataFrame:
    """Keep the signs of what customers say."""
    number = _find_numbers(document_of(frame["segment_id"]), tables["documents"])
    kept = frame.loc[number.notna(), ["polarity", "intent", "segment_id"]]
    return kept.assign(segment_id=number + kept["segment_id"].str.replace("(?s)^.*:", ":", regex=True))


def document_of(segment_id: pd.Series[str]) -> pd.Series[str]:
    """Return the ids of the documents of segments: a segment's id is its document's and its place."""
    return segment_id.str.replace("(?s):[^:]*$", "", regex=True)


def number_customers(documents: pd.DataFrame) -> pd.Series[str]:
    """Return the number under which each comment of a customer leaves, by its id: ids may tell where it came from."""
    ids = sorted(documents.loc[documents["voice"] == CUSTOMER, "document_id"])
    return pd.Series([f"c{place:07d}" for place in range(len(ids))], index=ids, dtype="str", name="number")


def _find_numbers(document_id: pd.Series[str], documents: pd.DataFrame) -> pd.Series[str]:
    """Return the number of each of these documents, null where it is no customer's."""
    numbers = number_customers(documents)
    place = find_rows(document_id, pd.Series(numbers.index))
    return pd.Series(numbers.array.take(place, allow_fill=True), index=document_id.index)


def publish_dropped(frame: pd.DataFrame, _gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep why comments were set aside, not which."""
    return _renumber(frame[["reason"]], "comment_id")


def publish_bad_cells(frame: pd.DataFrame, _gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep which cells couldn't be read, not what they hold."""
    return frame.drop(columns="found", errors="ignore").copy()


def publish_sources(frame: pd.DataFrame, _gate: Gate, _: Tables) -> pd.DataFrame:
    """Keep the account of the sources, not where their files are."""
    return frame.drop(columns="file", errors="ignore").copy()


def publish_as_is(frame: pd.DataFrame, _gate: Gate, _: Tables) -> pd.DataFrame:
    """Pass on what is about nobody."""
    return frame.copy()


def _renumber(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Order rows by what they hold, and number them: no id of a text, no order of arrival."""
    ordered = frame.sort_values(list(frame.columns), ignore_index=True)
    ordered.insert(0, name, [f"{place:07d}" for place in range(len(ordered))])
    return ordered


def _code_scores(frame: pd.DataFrame, rows: pd.Index, names: list[str], n: pd.Series[float], gate: Gate) -> None:
    for name in names:
        frame.loc[rows, name] = gate.policy.code_score(frame.loc[rows, name].astype(float), n[rows])


def _code_changes(frame: pd.DataFrame, rows: pd.Index, names: list[str], n: pd.Series[float], gate: Gate) -> None:
    for name in names:
        frame.loc[rows, name] = gate.policy.code_change(frame.loc[rows, name].astype(float), n[rows])


def _code_shares(frame: pd.DataFrame, rows: pd.Index, names: list[str], gate: Gate) -> None:
    for name in names:
        frame.loc[rows, name] = gate.policy.code_share(frame.loc[rows, name].astype(float))


def _say_few(frame: pd.DataFrame, blanked: pd.Series[bool], gate: Gate) -> None:
    """Give the rows blanked a reason, and take small counts of employees out of the reasons that stages wrote."""
    reason = frame["reason"].astype(object)
    small = reason.str.extract(r"(\d+) employees", expand=False).astype(float)
    told = blanked.reindex(frame.index) | ((small > 0) & (small < gate.policy.k))
    frame["reason"] = reason.mask(told, f"fewer than {gate.policy.k} employees").astype("str")
