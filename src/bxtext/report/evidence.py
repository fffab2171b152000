"""The tables a report rests on, and what is found in them: extremes, moves, whether the account adds up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from bxtext.errors import TableError
from bxtext.figures import FOUND, months_of
from bxtext.ids import are_among, find_rows
from bxtext.privacy.traces import Traces
from bxtext.tables import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from bxtext.params import Params
    from bxtext.report.since import Earlier
    from bxtext.wording import Wording

CUSTOMER = "customer"
FEWEST_MONTHS = 3  # in each half of the period, for a move to be looked for
Z = float(norm.ppf(0.975))
FEWEST_WORDS, MOST_WORDS = 5, 45  # of a comment that can be read at a glance
_OF_COMMENT = ["language", "period", "unit", "respondent_id"]


@dataclass(frozen=True)
class Evidence:
    """The published tables of a run, in the words of its language."""

    tables: Mapping[str, pd.DataFrame]
    params: Params
    wording: Wording
    today: date
    run_id: str
    stale_days: int
    max_units: int
    min_quoted: int = 10
    max_quotes: int = 240
    earlier: Earlier | None = None
    traces: Traces = field(default_factory=Traces, repr=False)  # of what was masked: no quote may hold it

    @cached_property
    def client(self) -> str:
        """The client's name as printed."""
        return tidy_name(self.params.client.name)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Driver id -> label."""
        return self.wording.labels(self.tables["drivers"])

    @cached_property
    def span(self) -> str:
        """The time covered, in words."""
        return self.wording.span(months_of(self.tables["driver_scores"]))

    @cached_property
    def split(self) -> str:
        """The month that parts the two halves of the time, in words."""
        months = months_of(self.tables["driver_scores"])
        return self.wording.month(months[len(months) // 2]) if months else self.wording.text("form.undated")

    @cached_property
    def counts(self) -> Counts:
        """The account of the comments."""
        return count_comments(self.tables)

    @cached_property
    def quotable(self) -> pd.DataFrame:
        """What customers say of drivers that may be quoted."""
        return list_quotable(self.tables)

    def driver(self, driver_id: str) -> str:
        """Return a driver's label between quotation marks."""
        return self.wording.quote(self.labels.get(driver_id, driver_id))


@dataclass(frozen=True)
class Counts:
    """Received = analysed + set aside + unreadable."""

    received: int
    analysed: int
    set_aside: int
    unreadable: int


def count_comments(tables: Mapping[str, pd.DataFrame]) -> Counts:
    """Return the account of the comments.

    Raises
    ------
    TableError
        It doesn't add up: tables of different runs stand together.
    """
    counts = Counts(
        int(tables["sources"]["n_received"].sum()),
        len(tables["documents"]),
        len(tables["dropped"]),
        len(tables["quarantined"]),
    )
    if counts.received != counts.analysed + counts.set_aside + counts.unreadable:
        raise TableError(
            f"table 'sources': {counts.received} rows received, but documents ({counts.analysed}), dropped "
            f"({counts.set_aside}) and quarantined ({counts.unreadable}) make another number; run the line again"
        )
    return counts


def list_quotable(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what customers say of drivers that may be quoted: a row a mention, with what is known of its comment."""
    documents, drivers, mentions = tables["documents"], tables["drivers"], tables["mentions"]
    silent = drivers.loc[drivers["sensitive"].astype(bool) | (drivers["tier"] == "outcome"), "driver_id"]
    own = documents[(documents["voice"] == CUSTOMER) & documents["n_words"].between(FEWEST_WORDS, MOST_WORDS)]
    private = drivers.loc[drivers["sensitive"].astype(bool), "driver_id"]
    withheld = mentions.loc[are_among(mentions["driver_id"], private), "document_id"]  # a comment is shown whole or not
    told = mentions[~are_among(mentions["driver_id"], silent) & ~are_among(mentions["document_id"], withheld)]
    place = find_rows(told["document_id"], own["document_id"])
    comments = own.reindex(columns=_OF_COMMENT).iloc[place[place >= 0]].reset_index(drop=True)
    told = pd.concat([told[place >= 0].reset_index(drop=True), comments], axis=1)
    told["speaker"] = told["respondent_id"].fillna(told["document_id"])
    told["strength"] = told["polarity"].abs() * told["confidence"]
    mixed = (told["n_positive"] > 0) & (told["n_negative"] > 0)
    told["tone"] = "good"
    told["tone"] = told["tone"].mask(told["polarity"] < 0, "bad").mask(mixed | (told["polarity"] == 0), "")
    return told


def tidy_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts hold no control characters: none can break a line or turn the reading direction."""
    texts = [name for name in frame.columns if isinstance(frame[name].dtype, pd.StringDtype)]
    odd = {name: frame[name].str.contains(_ODD, na=False) for name in texts}
    return frame.assign(
        **{
            name: frame[name].where(~rows, frame.loc[rows, name].map(tidy_name).reindex(frame.index))
            for name, rows in odd.items()
            if rows.any()
        }
    )


def tidy_name(text: str) -> str:
    r"""Return a name without line breaks, control characters and turns of the reading direction.

    Half a character, which no file can hold, becomes the replacement character.

    Examples
    --------
    >>> tidy_name("Lille\u202e\x00 Nord")
    'Lille  Nord'
    """
    return _TURNS.sub("", _HALVES.sub("\ufffd", _BREAKS.sub(" ", text)))


_ODD = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]"  # of all three, in a column of texts
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # control characters, ends of lines
_HALVES = re.compile("[\ud800-\udfff\ufffe\uffff]")  # half characters: no file can hold them
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # of the reading direction


def find_moves(driver_scores: pd.DataFrame) -> pd.DataFrame:
    """Compare the second half of the period with the first, for every driver in every cut.

    Monthly scores are averaged by their respondents, and the error of a month is read off its interval; a month whose
    interval has no width tells nothing and is left out. `q` is Benjamini and Hochberg's over all series.

    Parameters
    ----------
    driver_scores : DataFrame
        The table of this name.

    Returns
    -------
    DataFrame
        One row a series with enough months: `voice`, `driver_id`, `cut`, `group`, `before`, `now`, `change`, `q`,
        the strongest evidence first.

    Examples
    --------
    >>> months = [f"2026-{month:02d}" for month in range(1, 9)]
    >>> scores = pd.DataFrame({"voice": "customer", "driver_id": "cx.a", "period": months, "cut": "unit",
    ...     "group": "Metz", "score": [80.0] * 4 + [30.0] * 4,
    ...     "ci_low": [70.0] * 4 + [20.0] * 4, "ci_high": [90.0] * 4 + [40.0] * 4,
    ...     "n_respondents": 60})
    >>> find_moves(scores)[["before", "now", "change"]].values.tolist()
    [[80.0, 30.0, -50.0]]
    """
    series = ["voice", "driver_id", "cut", "group"]
    columns = [*series, "before", "now", "change", "q"]
    months = months_of(driver_scores)
    half = len(months) // 2
    if half < FEWEST_MONTHS:
        return pd.DataFrame(columns=columns)
    told = (driver_scores["period"] != ALL) & (driver_scores["ci_high"] > driver_scores["ci_low"])
    monthly = driver_scores[told].copy()
    n = monthly["n_respondents"].astype(float)
    error = (monthly["ci_high"] - monthly["ci_low"]) / (2 * Z)
    monthly["weighted"], monthly["variance"], monthly["n"] = n * monthly["score"], (n * error) ** 2, n
    monthly["when"] = np.where(monthly["period"].isin(months[half:]), "now", "before")
    monthly["months"] = 1
    parts = monthly.groupby([*series, "when"])[["weighted", "variance", "n", "months"]].sum().reset_index("when")
    before, now = (parts[parts["when"] == when] for when in ("before", "now"))
    before, now = (part[part["months"] >= FEWEST_MONTHS] for part in (before, now))
    moves = (before["weighted"] / before["n"]).rename("before").to_frame()
    moves["now"] = now["weighted"] / now["n"]
    moves["variance"] = before["variance"] / before["n"] ** 2 + now["variance"] / now["n"] ** 2
    moves = moves.dropna()
    if moves.empty:
        return pd.DataFrame(columns=columns)
    moves["change"] = moves["now"] - moves["before"]
    z = moves["change"].abs() / np.sqrt(moves["variance"])
    moves["q"] = false_discovery_control(2 * norm.sf(z))
    return moves.reset_index().sort_values(["q", *series], ignore_index=True)[columns]


def established(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the moves with q < 0.05, the largest first."""
    found = moves[moves["q"] < FOUND]
    return found.loc[found["change"].abs().sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def name_place(evidence: Evidence, cut: str, group: str) -> str:
    """Return where a figure is from: everywhere, a unit, or a group and what it is a group of."""
    wording, key = evidence.wording, f"cut.{cut}"
    named = wording.text(key) if key in wording else cut.replace("_", " ")
    place = {ALL: "all", "unit": "unit"}.get(cut, "group")
    return wording.text(f"moves.where_{place}", group=group, cut=named)


def name_members(evidence: Evidence, cut: str, group: str) -> str:
    """Return where a figure is from, a region with the units heard in it; other groups aren't made of units."""
    documents, units = evidence.tables["documents"], evidence.tables["driver_scores"]
    if cut != "region" or not {"unit", "group_region"} <= set(documents.columns):
        return name_place(evidence, cut, group)
    shown = units.loc[units["cut"] == "unit", "group"]
    own = documents.loc[documents["group_region"] == group, "unit"].dropna()
    members = sorted(own[own.isin(shown)].unique())
    wording = evidence.wording
    if not members:
        return name_place(evidence, cut, group)
    return wording.text("moves.where_members", group=group, cut=wording.text("cut.region"), list=wording.join(members))


def each_row(frame: pd.DataFrame) -> Iterator[Any]:
    """Return the rows one by one, columns as attributes; the contract of the tables says what they hold."""
    return frame.itertuples(index=False)


def highest(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Return the row with the highest value of a column, the first one of equals."""
    return frame.nlargest(1, column).iloc[0]


def first_reason(frame: pd.DataFrame, wording: Wording) -> str:
    """Return the commonest reason of a table, as a sentence; empty when it has none."""
    reasons = frame["reason"].dropna()
    if reasons.empty:
        return ""
    said = wording.reason(str(reasons.mode().iloc[0]))
    return f"{said[:1].upper()}{said[1:]}."
