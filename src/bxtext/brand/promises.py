"""The promise gap: what the brand promises, held against what customers and employees say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bxtext.errors import InputError, did_you_mean
from bxtext.intervals import bound_means, combine_intervals
from bxtext.tables import TABLES
from bxtext.votes import cast_votes, join_mentions, measure_cells, spell_columns

CELL = ["voice", "driver_id"]


def hold_promises(  # noqa: PLR0913  four tables, then what the stage's section says
    mentions: pd.DataFrame,
    documents: pd.DataFrame,
    drivers: pd.DataFrame,
    promises: pd.DataFrame,
    *,
    min_respondents: int = 10,
    high_score: float = 50.0,
) -> pd.DataFrame:
    """Return the table `promises`: each promise held against CX and EX on its driver, over the whole time.

    A voice that doesn't speak of the driver is heard on its mirror. A promise is kept for a voice when the interval of
    the score lies above `high_score`, broken when below; the gap is what customers live less what employees live.

    Parameters
    ----------
    mentions, documents, drivers : DataFrame
        The tables of these names.
    promises : DataFrame
        `text` and `driver`, see `bxtext.read.side_tables`.
    min_respondents : int
        People that a voice needs on the driver.
    high_score : float
        A score above this is high.

    Raises
    ------
    InputError
        A promise names an unknown driver.
    """
    known = drivers.set_index("driver_id")["mirror"]
    for name in promises["driver"]:
        if name not in known.index:
            raise InputError(f"promises: driver {name!r} is unknown; {did_you_mean(name, known.index)}")
    votes = cast_votes(join_mentions(mentions, documents, drivers), CELL)
    cells = spell_columns(measure_cells(votes, CELL))
    scored = cells[cells["n_respondents"] >= max(min_respondents, 2)].reset_index(drop=True)
    scored = bound_means(scored).set_index(CELL)
    held = pd.DataFrame(
        {"promise": range(1, len(promises) + 1), "text": promises["text"], "driver_id": promises["driver"]}
    )
    for voice, side in (("customer", "cx"), ("employee", "ex")):
        spoken = set(cells.loc[cells["voice"] == voice, "driver_id"])
        heard = [
            name if name in spoken or pd.isna(known[name]) or known[name] not in spoken else known[name]
            for name in held["driver_id"]
        ]
        own = scored.reindex(pd.MultiIndex.from_product([[voice], heard]))
        count = cells.set_index(CELL)["n_respondents"].reindex(own.index).fillna(0).astype(int)
        held[f"{side}_driver_id"], held[f"n_{voice}s"] = heard, count.to_numpy()
        for name, value in (("", "mean"), ("_low", "low"), ("_high", "high")):
            held[f"{side}{name}"] = 50 + 50 * own[value].to_numpy(dtype=float)
        low, high = held[f"{side}_low"], held[f"{side}_high"]
        verdict = np.select(
            [low > high_score, high < high_score, low.notna()], ["kept", "broken", "undecided"], "not_enough_data"
        )
        held[f"{side}_verdict"] = verdict
    held["gap"] = held["cx"] - held["ex"]
    held["ci_low"], held["ci_high"] = combine_intervals(
        *((held[side], held[f"{side}_low"], held[f"{side}_high"]) for side in ("cx", "ex")), weights=(1, -1)
    )
    few = held["gap"].isna()
    held["reason"] = (
        held["n_customers"].astype("str") + " customers and " + held["n_employees"].astype("str")
        + f" employees; at least {min_respondents} of each are needed"
    ).where(few)  # fmt: skip
    return held[[column.name for column in TABLES["promises"].columns]]
