"""The one door: tables on their way to whoever reads the report. Nothing else is given to `report`.

Employees' figures stand for at least k people, and so does whatever a reader can work out by subtraction: `cells` hides
small groups and those beside them, `audit` proves by linear programming that none can be recovered, `rules` says what
each table becomes, `ledger` remembers what was published before, `since` and `joint` ask what two reports tell
together, and `leaks` scans the finished files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bxtext.errors import PrivacyError
from bxtext.privacy.traces import Traces
from bxtext.publish.gate import Verdict, open_gate
from bxtext.publish.ledger import Ledger, open_ledger
from bxtext.publish.policy import Policy, set_policy
from bxtext.publish.rules import (
    publish_as_is,
    publish_bad_cells,
    publish_blame,
    publish_brand,
    publish_claims,
    publish_concession_counts,
    publish_documents,
    publish_driver_scores,
    publish_dropped,
    publish_importance,
    publish_lights,
    publish_links,
    publish_mentions,
    publish_mirror,
    publish_movements,
    publish_promises,
    publish_segment_themes,
    publish_sentiment,
    publish_sources,
    publish_symmetry,
    publish_tensions,
    publish_themes,
)
from bxtext.run.publishing import DRAFT
from bxtext.tables import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.publish.gate import Gate
    from bxtext.publish.members import Members
    from bxtext.publish.rules import Rule
    from bxtext.run import Run

__all__ = ["WITNESSES", "Policy", "Published", "Verdict", "publish", "publish_run", "read_told", "set_policy"]

WITNESSES = ("mentions", "segments", "concessions", "masked")  # who said what, and what was masked: never passed on
TOLD, REMEMBERED = "published", ("driver_scores", "brand")  # what a later report may compare itself with
EXPLORED = (*REMEMBERED, "themes", "concession_counts")  # what may be looked through beside the report
RULES: Mapping[str, Rule] = MappingProxyType({
    "sources": publish_sources, "quarantined": publish_as_is, "bad_cells": publish_bad_cells,
    "read_notes": publish_as_is, "documents": publish_documents, "dropped": publish_dropped,
    "themes": publish_themes, "theme_terms": publish_themes, "segment_themes": publish_segment_themes,
    "theme_changes": publish_themes, "theme_periods": publish_themes, "emerging_themes": publish_themes,
    "drivers": publish_as_is, "concession_counts": publish_concession_counts,
    "driver_scores": publish_driver_scores, "importance": publish_importance, "linkage": publish_links,
    "link_effects": publish_links, "moderation": publish_links, "mirror": publish_mirror, "symmetry": publish_symmetry,
    "tensions": publish_tensions, "brand": publish_brand, "lights": publish_lights,
    "movements": publish_movements, "what_if": publish_links, "promises": publish_promises,
    "blame": publish_blame, "claims": publish_claims, "mentions": publish_mentions,
    "sentiment": publish_sentiment,
})  # fmt: skip


@dataclass(frozen=True)
class Published(Mapping[str, "pd.DataFrame"]):
    """The tables that may leave, the policy they were held to and what the audit found. Only `publish` makes one.

    Attributes
    ----------
    tables : mapping of str to DataFrame
    policy : Policy
    verdict : Verdict
    gate : Gate
        What decided: private.
    traces : Traces
        Of what was masked: a comment that holds it isn't quoted.
    """

    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    policy: Policy
    verdict: Verdict
    gate: Gate = field(repr=False)
    traces: Traces = field(repr=False)

    @property
    def shown(self) -> Members:
        """Who is behind each employee cell and whether it is shown, for the ledger: private."""
        return self.gate.members

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table."""
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the tables."""
        return iter(self.tables)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.tables)


def publish_run(run: Run, names: Sequence[str]) -> Published:
    """Return the tables of a run as they may leave, held against the client's earlier publications.

    What it adds to the ledger is drafted in the run's folder, and counts once the run is done.

    Parameters
    ----------
    run : Run
    names : sequence of str
        Tables to publish.

    Raises
    ------
    TableError
        A table is missing.
    PrivacyError
        As `publish` does.
    """
    tables = {name: run.read(name) for name in dict.fromkeys((*names, *WITNESSES))}
    ledger = open_ledger(run)
    published = publish(tables, set_policy(run.params), ledger=ledger)
    del tables  # a million comments: what is behind each cell takes their room
    ledger.draft(published.shown, published.policy, run.folder / DRAFT)
    for name in sorted(set(EXPLORED) & set(published)):
        write_table(published[name], name, run.folder / TOLD)
    return published


def read_told(run: Run, run_id: str, name: str) -> pd.DataFrame:
    """Return a table as a run published it, among `EXPLORED`.

    Raises
    ------
    TableError
        That run published no such table.
    """
    return read_table(name, run.folder.parent / run_id / TOLD)


def publish(tables: Mapping[str, pd.DataFrame], policy: Policy, *, ledger: Ledger | None = None) -> Published:
    """Return the tables of a run as they may leave.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The tables to publish, and `WITNESSES`, which aren't passed on.
    policy : Policy
    ledger : Ledger, optional
        What was published before: groups that differ from it by fewer than k people stay hidden.

    Returns
    -------
    Published
        Rows of employees that too few people stand behind are gone or blank; so are those that would give them away.

    Raises
    ------
    PrivacyError
        A table has no rule; the audit can't be passed; the policy is laxer than what was published before.
    """
    unruled = sorted(set(tables) - set(RULES) - set(WITNESSES))
    if unruled:
        raise PrivacyError(f"table {unruled[0]!r}: no rule says how it may leave; give it one in bxtext.publish")
    gate = open_gate(tables, policy, ledger)
    ruled = {name: RULES[name](frame, gate, tables) for name, frame in tables.items() if name in RULES}
    published = {name: frame.reset_index(drop=True) for name, frame in ruled.items()}
    traces = Traces(frozenset(tables["masked"]["trace"])) if "masked" in tables else Traces()
    return Published(MappingProxyType(published), policy, gate.verdict, gate, traces)
