"""Simulated tables whose truth is known, for the tests of the stages that score."""

import numpy as np
import pandas as pd

ACTORS = {"cx": "process", "ex": "manager", "bx": "brand", "out": "brand"}


def make_drivers(ids, *, mirror=(), actor=None):
    """Return the `drivers` table; `mirror` lists pairs, `actor` what isn't the side's usual one."""
    faces = {one: other for pair in mirror for one, other in (pair, pair[::-1])}
    sides = [name.split(".")[0] for name in ids]
    return pd.DataFrame(
        {
            "driver_id": ids,
            "side": sides,
            "tier": ["outcome" if side == "out" else "core" for side in sides],
            "actor": [(actor or {}).get(name, ACTORS[side]) for name, side in zip(ids, sides, strict=True)],
            "mirror": [faces.get(name) for name in ids],
        }
    )


def speak(voice, driver_id, polarity, **cuts):
    """Return mentions and documents: one document, by one person, for each polarity; all arguments may be arrays."""
    frame = pd.DataFrame({"voice": voice, "driver_id": driver_id, "polarity": np.ravel(polarity), **cuts})
    frame["document_id"] = [f"{name}-{i:06d}" for i, name in enumerate(frame["voice"] + frame["driver_id"])]
    return frame


def gather(*parts):
    """Return the tables `mentions` and `documents` of what was spoken."""
    said = pd.concat(parts, ignore_index=True)
    said["n_positive"] = (said["polarity"] > 0).astype(int)
    said["n_negative"] = (said["polarity"] < 0).astype(int)
    side = said["driver_id"].str.split(".").str[0]
    said["actor"] = said["actor"] if "actor" in said else side.map(ACTORS)
    signs = np.sign(said["polarity"]).map({1: "praise", 0: "statement", -1: "complaint"})
    said["intent"] = said["intent"].fillna(signs) if "intent" in said else signs
    columns = ["driver_id", "polarity", "n_positive", "n_negative", "actor", "intent"]
    mentions = said[["document_id", *columns]]
    documents = said.drop(columns=columns)
    return mentions, documents.drop_duplicates("document_id", ignore_index=True)


def shuffle(*tables, seed=3):
    """Return the tables with their rows in another order."""
    return [table.sample(frac=1, random_state=seed) for table in tables]


def months(n):
    """Return `n` months from January 2024."""
    return pd.period_range("2024-01", periods=n, freq="M").astype("str").to_numpy()
