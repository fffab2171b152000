"""What a table promises: its columns, their kinds, and the closed lists of what cells may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GROUP_PREFIX = "group_"
VOICES = ("customer", "employee")
LANGUAGES = ("fr", "en")
ALL = "all"  # the value of `period`, `unit` or `group` that stands for everything together

Kind = Literal["text", "number", "count", "flag", "date"]


@dataclass(frozen=True)
class Column:
    """One column: its kind, its meaning, and what its cells may hold."""

    name: str
    kind: Kind
    doc: str
    required: bool = True
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """The contract of one table; `groups` says that free `group_<name>` text columns may follow."""

    name: str
    stage: str
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    groups: bool = False

    def column(self, name: str) -> Column | None:
        """Return the contract of a column, or None when the table doesn't have it."""
        if self.groups and name.startswith(GROUP_PREFIX):
            return Column(name, "text", "a group to compare by", required=False)
        return next((column for column in self.columns if column.name == name), None)


ACTORS = ("brand_staff", "provider", "manager", "leadership", "product", "process", "brand")
CUSTOMER_STAGES = (
    "search", "purchase", "payment", "delivery", "usage", "service", "aftersales", "loyalty",
)  # fmt: skip
EMPLOYEE_STAGES = ("everyday", "onboarding", "growth", "exit")
JOURNEY_STAGES = (*CUSTOMER_STAGES, "cross", *EMPLOYEE_STAGES)
INTENTS = ("praise", "complaint", "suggestion", "question", "leaving", "statement")
DIRECTIONS = ("forgives", "spoils")  # of a concession: the good, or the bad, has the last word
SIDES = ("cx", "ex", "bx", "out")
QUADRANTS = ("virtuous", "vicious", "hidden_cost", "unfulfilled")
TENSIONS = ("apart", "opposite")
UNDECIDED = "undecided"  # the intervals straddle the lines between quadrants
VERDICTS = ("supported", "not_supported", "not_enough_data")
LIGHTS = ("green", "amber", "red")
