"""People, product, process: three lights a unit, by voice and for both voices together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bxtext.brand.index import CELL
from bxtext.intervals import bound_means, combine_intervals
from bxtext.tables import LIGHTS, TABLES
from bxtext.votes import cast_votes, code_columns, measure_cells, spell_columns

LIGHT_RESPONDENTS = 5
LIGHT_OF = {
    "brand_staff": "people", "provider": "people", "manager": "people", "leadership": "people", "product": "product",
    "process": "process",
}  # fmt: skip
BY_VOICE = [*CELL, "light", "voice"]


def light_up(said: pd.DataFrame, *, high_score: float) -> pd.DataFrame:
    """Return the table `lights` of what was said in each cell.

    A light of one voice is green when the interval of its score lies above `high_score`, red when below. The light of
    both is that of the mean of the two scores, so that the voice that writes more doesn't decide alone; where one
    voice alone is heard of it, it is that voice's, and `heard` says so.
    """
    votes = cast_votes(code_columns(said.assign(light=said["actor"].map(LIGHT_OF)), ["light"]), BY_VOICE)
    cells = measure_cells(votes, BY_VOICE)
    cells = cells[cells["n_respondents"] >= LIGHT_RESPONDENTS]
    cells = spell_columns(bound_means(cells))
    cells[["score", "ci_low", "ci_high"]] = 50 + 50 * cells[["mean", "low", "high"]]
    single = cells[[*BY_VOICE, "n_respondents", "score", "ci_low", "ci_high"]].assign(heard=cells["voice"])

    sides = [
        single[single["voice"] == voice].drop(columns=["voice", "heard"]).set_index([*CELL, "light"])
        for voice in ("customer", "employee")
    ]
    customer, employee = sides[0].align(sides[1], join="outer")
    both = pd.DataFrame({"n_respondents": customer["n_respondents"].fillna(0) + employee["n_respondents"].fillna(0)})
    low, high = combine_intervals(
        *((side["score"], side["ci_low"], side["ci_high"]) for side in (customer, employee)), weights=(0.5, 0.5)
    )
    means = {"score": (customer["score"] + employee["score"]) / 2, "ci_low": low, "ci_high": high}
    for name, mean in means.items():
        both[name] = mean.fillna(customer[name]).fillna(employee[name])
    both["heard"] = np.select([employee["score"].isna(), customer["score"].isna()], ["customer", "employee"], "both")
    lights = pd.concat([single, both.reset_index().assign(voice="both")])
    lights["n_respondents"] = lights["n_respondents"].astype(int)
    lights["colour"] = np.select(
        [lights["ci_low"] > high_score, lights["ci_high"] < high_score], ["green", "red"], default="amber"
    )
    return lights[[column.name for column in TABLES["lights"].columns]].sort_values(
        [*CELL, "light", "voice"], ignore_index=True
    )


def weakest_light(lights: pd.DataFrame) -> pd.DataFrame:
    """Return the lights of both voices as columns of each cell, and `verdict`, the weakest of them."""
    both = lights[lights["voice"] == "both"]
    shown = both.pivot_table(index=CELL, columns="light", values="colour", aggfunc="first").reset_index()
    ranks = both["colour"].map({colour: rank for rank, colour in enumerate(LIGHTS)})
    worst = ranks.groupby([both[name] for name in CELL]).max().rename("verdict").map(dict(enumerate(LIGHTS)))
    return shown.merge(worst.reset_index(), on=CELL)
