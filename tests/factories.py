"""Made-up tables of a run, in the shape of `bxtext.tables`, and the run that holds them."""

from itertools import pairwise

import numpy as np
import pandas as pd

from bxtext.params import Params
from bxtext.privacy.traces import trace
from bxtext.run import Run
from bxtext.tables import ALL, TABLES, write_table
from bxtext.taxonomy import load_taxonomy

CITIES = (
    "Amiens", "Arras", "Bruxelles", "Charleroi", "Dunkerque", "Lille", "Liège", "Metz", "Mons", "Namur", "Nancy",
    "Reims", "Roubaix", "Rouen", "Tournai", "En ligne",
)  # fmt: skip
MONTHS = tuple(str(month) for month in pd.period_range("2025-11", "2026-10", freq="M"))
THEME_WORDS = (
    ("colis retard livreur", "parcel late courier"), ("accueil sourire vendeuse", "welcome smile staff"),
    ("remboursement attente", "refund waiting"), ("prix promotion étiquette", "price offer label"),
    ("caisse file attente", "till queue waiting"), ("qualité tissu couture", "quality fabric seam"),
    ("planning horaires weekend", "rota hours weekend"), ("prime salaire heures", "bonus pay hours"),
    ("responsable écoute réunion", "manager listening meeting"), ("caisse logiciel panne", "till software breakdown"),
)  # fmt: skip


def interval(score, n, rng):
    """A plausible 95 % interval of a score from `n` people."""
    half = 1.96 * 50 * np.sqrt(1 / np.maximum(n, 1)) * rng.uniform(0.7, 0.95, len(score))
    return np.clip(score - half, 0, 100), np.clip(score + half, 0, 100)


def make_scores(drivers, units, *, months=MONTHS, seed=0, falls=()):
    """The table `driver_scores`; `falls` are (driver_id, unit) whose score drops by 45 in the last four months."""
    rng = np.random.default_rng(seed)
    rows = []
    for voice, sides, size in (
        ("customer", ("cx.", "out.cx", "bx."), 4800),
        ("employee", ("ex.", "out.ex", "bx."), 1900),
    ):
        own = drivers[drivers["driver_id"].str.startswith(sides)]
        for driver_id in own["driver_id"]:
            level, share = rng.uniform(22, 82), rng.uniform(0.004, 0.11)
            share = 0.08 if driver_id in dict(falls) else share
            cuts = [(ALL, ALL, 0.0, 1.0)]
            cuts += [("unit", unit, rng.normal(0, 7), 1 / len(units)) for unit in units]
            cuts += [("region", region, rng.normal(0, 5), 0.5) for region in ("Nord", "Belgique")]
            for cut, group, shift, part in cuts:
                for place, period in enumerate((ALL, *months)):
                    n_documents = int(size * part / (1 if period == ALL else len(months)))
                    drop = 45 if (driver_id, group) in falls and period != ALL and place > len(months) - 4 else 0
                    n = rng.poisson(n_documents * share) + (12 if (driver_id, group) in falls else 0)
                    noise = rng.normal(0, 22 / np.sqrt(max(n, 1)))
                    rows.append(
                        (voice, driver_id, period, cut, group, n_documents + n, n, level + shift - drop + noise)
                    )
    columns = ["voice", "driver_id", "period", "cut", "group", "n_documents", "n_mentions", "score"]
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame[frame["n_mentions"] > 0].reset_index(drop=True)
    frame["n_respondents"] = frame["n_mentions"]
    frame["share"] = frame["n_mentions"] / frame["n_documents"]
    frame["suppressed"] = frame["n_respondents"] < 5
    frame["score"] = frame["score"].clip(1, 99)
    frame["ci_low"], frame["ci_high"] = interval(frame["score"], frame["n_respondents"], rng)
    frame["net_sentiment"] = frame["score"] / 50 - 1
    frame["score_shrunk"] = frame["score"]
    hidden = ["score", "ci_low", "ci_high", "net_sentiment", "score_shrunk"]
    frame[hidden] = frame[hidden].mask(frame["suppressed"])
    return frame


def make_importance(drivers, *, seed=1):
    """The table `importance`, with an outcome for the customers only."""
    rng = np.random.default_rng(seed)
    parts = []
    for voice, sides in (("customer", ("cx.", "bx.")), ("employee", ("ex.", "bx."))):
        own = drivers.loc[drivers["driver_id"].str.startswith(sides), ["driver_id"]]
        derived = rng.dirichlet(np.full(len(own), 0.7))
        stated = rng.uniform(0.004, 0.12, len(own))
        part = own.assign(
            voice=voice, stated=stated, derived=derived, ci_low=derived * 0.5, ci_high=np.minimum(1, derived * 1.7),
            stated_low=stated * 0.8, stated_high=np.minimum(1, stated * 1.2), explained=0.42,
            place=rng.choice(["decisive", "latent", "familiar", "minor", "undetermined"], len(own)),
            reward=rng.normal(0.05, 0.05, len(own)), penalty=rng.normal(-0.1, 0.05, len(own)),
            kano=rng.choice(["must_be", "delighter", "performance", "undetermined"], len(own)),
            impact=rng.normal(0, 0.02, len(own)), weight=derived,
        )  # fmt: skip
        if voice == "employee":
            part[["derived", "ci_low", "ci_high", "explained", "place", "reward", "penalty", "kano", "impact"]] = None
            part["reason"] = "12 respondents with a rating; at least 100 are needed"
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def make_linkage(drivers, *, linked=("ex.manager_relationship", "cx.staff_attitude", 2), seed=2):
    """The table `linkage`: noise, but for one pair that is linked within units; without `linked`, too few units."""
    rng = np.random.default_rng(seed)
    ex_ids = drivers.loc[(drivers["side"] == "ex"), "driver_id"]
    cx_ids = drivers.loc[(drivers["side"] == "cx"), "driver_id"]
    frame = pd.MultiIndex.from_product(
        [ex_ids, cx_ids, range(-3, 4)], names=["ex_driver_id", "cx_driver_id", "lag"]
    ).to_frame(index=False)
    if linked is None:
        return frame.assign(n_units=3, n_cells=20, reason="3 units; at least 10 are needed")
    frame["n_units"], frame["n_cells"] = 16, 150
    frame["rho"] = rng.normal(0, 0.09, len(frame)).clip(-1, 1)
    frame["within_rho"] = rng.normal(0, 0.09, len(frame)).clip(-1, 1)
    for name in ("q_value", "within_p", "within_q"):
        frame[name] = rng.uniform(0.3, 1, len(frame))
    ex_id, cx_id, lag = linked
    near = (frame["ex_driver_id"] == ex_id) & (frame["cx_driver_id"] == cx_id) & ((frame["lag"] - lag).abs() <= 1)
    frame.loc[near, ["rho", "within_rho", "q_value", "within_q"]] = [0.31, 0.38, 0.03, 0.02]
    frame.loc[near & (frame["lag"] == lag), ["rho", "within_rho", "q_value", "within_q"]] = [0.42, 0.55, 0.004, 0.001]
    frame["ci_low"], frame["ci_high"] = (frame["rho"] - 0.2).clip(lower=-1), (frame["rho"] + 0.2).clip(upper=1)
    frame["p_value"], frame["detectable"] = frame["q_value"] / 40, 0.62
    return frame


def make_mirror(drivers, units, *, seed=3):
    """The table `mirror`: each pair over everybody and by unit; one pair lacks a side."""
    rng = np.random.default_rng(seed)
    pairs = drivers[drivers["mirror"].notna() & ~drivers["driver_id"].str.startswith(("ex.", "out.ex"))]
    rows = []
    for place, (cx_id, ex_id) in enumerate(zip(pairs["driver_id"], pairs["mirror"], strict=True)):
        for unit in (ALL, *units):
            cx, ex = rng.uniform(20, 85, 2)
            half = 4.0 if unit == ALL else 14.0
            gap = cx - ex
            row = [f"{cx_id} | {ex_id}", cx_id, ex_id, unit, ALL, cx, ex, gap, gap - half, gap + half, None]
            if place == 0:
                row[5:] = [cx, None, None, None, None, "3 respondents; at least 5 are needed"]
            rows.append(row)
    frame = pd.DataFrame(rows, columns=[column.name for column in TABLES["mirror"].columns])
    frame[["ci_low", "ci_high"]] = frame[["ci_low", "ci_high"]].clip(-100, 100)
    return frame


def make_symmetry(units):
    """The table `symmetry`: every unit as far apart as the next."""
    frame = pd.DataFrame({"unit": [ALL, *units], "period": ALL, "n_pairs": 17})
    return frame.assign(symmetry=88.0, ci_low=84.0, ci_high=92.0, reason=None)


def make_lights(units, *, seed=9):
    """The table `lights` over the whole time; employees say nothing of products."""
    rng = np.random.default_rng(seed)
    frame = pd.MultiIndex.from_product(
        [[ALL, *units], [ALL], ("people", "process", "product"), ("both", "customer", "employee")],
        names=["unit", "period", "light", "voice"],
    ).to_frame(index=False)
    frame = frame[(frame["light"] != "product") | (frame["voice"] != "employee")].reset_index(drop=True)
    frame["heard"] = frame["voice"].mask((frame["light"] == "product"), "customer")
    frame["n_respondents"], frame["score"] = rng.integers(20, 300, len(frame)), rng.uniform(30, 70, len(frame))
    frame["ci_low"], frame["ci_high"] = frame["score"] - 6, frame["score"] + 6
    above, below = frame["ci_low"] > 50, frame["ci_high"] < 50
    return frame.assign(colour=np.select([above, below], ["green", "red"], "amber"))


def make_brand(units, *, seed=4):
    """The table `brand` over the whole time; the last unit has no employees."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"unit": [ALL, *units], "period": ALL})
    size = len(frame)
    frame["cx"], frame["ex"] = rng.normal(54, 10, size), rng.normal(50, 10, size)
    frame["cx_low"], frame["cx_high"] = frame["cx"] - 5, frame["cx"] + 5
    frame["ex_low"], frame["ex_high"] = frame["ex"] - 7, frame["ex"] + 7
    frame["bx"] = (frame["cx"] + frame["ex"]) / 2
    frame["ci_low"], frame["ci_high"] = frame["bx"] - 4.5, frame["bx"] + 4.5
    frame["bx_geometric"] = np.sqrt(frame["cx"] * frame["ex"])
    frame["bx_weakest"] = frame[["cx", "ex"]].min(axis=1)
    frame["n_customers"], frame["n_employees"] = rng.integers(200, 320, size), rng.integers(80, 130, size)
    for light in ("people", "product", "process"):
        frame[light] = rng.choice(["green", "amber", "red"], size)
    high = (frame["cx"] > 50).astype(int) * 2 + (frame["ex"] > 50).astype(int)
    frame["quadrant"] = np.array(["vicious", "unfulfilled", "hidden_cost", "virtuous"])[high]
    straddles = (frame["cx_low"] <= 50) & (frame["cx_high"] >= 50) | (frame["ex_low"] <= 50) & (frame["ex_high"] >= 50)
    frame["quadrant"] = frame["quadrant"].mask(straddles, "undecided")
    lost = ["ex", "ex_low", "ex_high", "bx", "ci_low", "ci_high", "bx_geometric", "bx_weakest", "quadrant", "people"]
    frame["reason"] = None
    frame.loc[size - 1, lost] = None
    frame.loc[size - 1, "n_employees"] = 0
    frame.loc[size - 1, "reason"] = "0 employees; at least 10 are needed"
    return frame


def make_concession_counts(drivers, *, seed=9):
    """The table `concession_counts`: pairs of scored drivers of each voice, the last one suppressed."""
    rng = np.random.default_rng(seed)
    rows = []
    for voice, side in (("customer", "cx"), ("employee", "ex")):
        names = drivers.loc[drivers["side"] == side, "driver_id"].tolist()[:8]
        for place, (praised, blamed) in enumerate(pairwise(names)):
            n = int(rng.integers(6, 60))
            rows.append((voice, ALL, praised, blamed, n, int(rng.integers(0, n)), n, place == len(names) - 2))
    frame = pd.DataFrame(rows, columns=[column.name for column in TABLES["concession_counts"].columns])
    counts = ["n_documents", "n_spoilt", "n_respondents"]
    frame[counts] = frame[counts].mask(frame["suppressed"])
    return frame


def make_claims():
    """The table `claims`: one of each verdict."""
    return pd.DataFrame(
        [
            ("no_cx_without_ex", 0.21, 0.08, 0.31, 0.01, 15, "units", "supported", "Namur", None),
            ("climate_not_enough", 1.0, None, None, None, 15, "units", "not_supported", "Metz", None),
            ("employees_first_customers_follow", 0.42, 0.2, 0.6, 0.001, 16, "units", "supported",
             "ex.manager_relationship | cx.staff_attitude | lag 2", None),
            ("one_brand_ranking", None, None, None, None, 3, "units", "not_enough_data", None,
             "3 units with a BX; at least 4 are needed"),
        ],
        columns=[column.name for column in TABLES["claims"].columns],
    )  # fmt: skip


def make_themes(labels, *, seed=5):
    """The tables `themes` and `theme_terms` from (French, English) labels."""
    rng = np.random.default_rng(seed)
    sizes = np.sort(rng.integers(60, 900, len(labels)))[::-1]
    half = (len(labels) + 1) // 2
    ids = [f"{voice}-{place:02d}" for voice in ("customer", "employee") for place in range(1, half + 1)]
    themes = pd.DataFrame({"theme_id": ids[: len(labels)]})
    themes["label_fr"], themes["label_en"] = zip(*labels, strict=True)
    themes["label_source"], themes["n_segments"] = "terms", sizes
    themes["share"] = sizes / (sizes.sum() * 1.2)
    themes["coherence"], themes["stability"] = rng.uniform(0, 0.4, len(labels)), rng.uniform(0.4, 1, len(labels))
    themes["stable"] = themes["stability"] >= 0.75
    themes["driver_id"] = np.where(rng.random(len(labels)) < 0.5, "cx.price_value", None)
    terms = [
        (theme_id, language, rank, term, 1 / rank)
        for theme_id, *both in zip(themes["theme_id"], *zip(*labels, strict=True), strict=True)
        for language, label in zip(("fr", "en"), both, strict=True)
        for rank, term in enumerate(label.split(), start=1)
    ]
    columns = [column.name for column in TABLES["theme_terms"].columns]
    return themes, pd.DataFrame(terms, columns=columns)


def make_emerging(themes, *, n_risen=1):
    """The table `emerging_themes`: the first themes rise, the others don't, the last has too few months."""
    frame = themes[["theme_id"]].assign(
        period=MONTHS[-1], change="kept", n_respondents=40, n_heard=200, n_periods=11, rate_before=0.1, rate=0.2,
        ratio=2.0, ci_low=1.4, ci_high=2.9, p_value=0.5, q_value=0.5, verdict="stable", reason=None,
    )  # fmt: skip
    frame.loc[frame.index[:n_risen], ["p_value", "q_value", "verdict"]] = [0.001, 0.01, "emerging"]
    last = frame.index[-1:]
    frame.loc[last, ["rate_before", "rate", "ratio", "ci_low", "ci_high", "p_value", "q_value"]] = None
    frame.loc[last, ["verdict", "reason"]] = ["not_enough_data", "2 earlier months; at least 3 are needed"]
    return frame


def make_documents(units, *, n_customers=240, n_employees=110, months=MONTHS, seed=6):
    """The table `documents`; texts hold nothing."""
    rng = np.random.default_rng(seed)
    size = n_customers + n_employees
    days = pd.to_datetime(
        [f"{month}-{day:02d}" for month, day in zip(rng.choice(months, size), rng.integers(1, 28, size), strict=True)]
    )
    frame = pd.DataFrame({"document_id": [f"d{place:05d}" for place in range(size)]})
    frame["voice"] = np.where(np.arange(size) < n_customers, "customer", "employee")
    frame["source"] = frame["voice"].map({"customer": "avis", "employee": "barometre"})
    frame["text"], frame["n_words"], frame["n_masked"] = "x", 6, rng.poisson(0.05, size)
    frame["repaired"] = 0
    frame["language"] = rng.choice(["fr", "en", "und"], size, p=[0.66, 0.32, 0.02])
    frame["date"], frame["period"] = days, days.strftime("%Y-%m")
    frame["unit"] = rng.choice(units, size)
    # employees speak in every unit and month, each once
    cells = [(unit, month) for unit in units for month in months]
    own = frame.index[n_customers:]
    frame.loc[own, "unit"] = [cells[place % len(cells)][0] for place in range(n_employees)]
    frame.loc[own, "period"] = [cells[place % len(cells)][1] for place in range(n_employees)]
    frame.loc[own, "date"] = pd.to_datetime(frame.loc[own, "period"] + "-15")
    frame["respondent_id"] = frame["document_id"].where(frame["voice"] == "employee")
    return frame


def make_mentions(documents, drivers, *, seed=10):
    """The tables `mentions` and `sentiment`: a document speaks of a driver of its voice, four in five with praise."""
    rng = np.random.default_rng(seed)
    own = {"customer": drivers.loc[drivers["side"] == "cx", "driver_id"].to_numpy(),
           "employee": drivers.loc[drivers["side"] == "ex", "driver_id"].to_numpy()}  # fmt: skip
    frame = documents[["document_id"]].copy()
    frame["driver_id"] = [rng.choice(own[voice]) for voice in documents["voice"]]
    frame["polarity"] = np.where(rng.random(len(frame)) < 0.8, 0.7, -0.7)
    good = frame["polarity"] > 0
    frame["n_positive"], frame["n_negative"] = good.astype(int), (~good).astype(int)
    frame["confidence"], frame["actor"], frame["stage"] = rng.uniform(0.5, 1, len(frame)), "brand_staff", "service"
    frame["intent"], frame["method"], frame["evidence"] = np.where(good, "praise", "complaint"), "cue", "« x »"
    sentiment = pd.DataFrame({"segment_id": frame["document_id"] + ":000", "polarity": frame["polarity"]})
    sentiment["label"], sentiment["intent"] = np.where(good, "positive", "negative"), frame["intent"]
    return frame, sentiment.assign(confidence=0.9, method="model", intensity="plain")


def make_stakes(units, drivers):
    """The tables `tensions`, `moderation`, `movements`, `what_if`, `promises`, `blame`, `link_effects`."""
    pair = ("cx.staff_attitude", "ex.manager_relationship")
    tensions = pd.DataFrame(
        [("apart", units[0], " | ".join(pair), *pair, 41.0, 22.0, 55.0, None)],
        columns=[column.name for column in TABLES["tensions"].columns],
    )
    moderation = pd.DataFrame(
        [("ex.all", "cx.all", "difference", 0.0, 16, 90, 0.34, 0.1, 0.6, 0.01, 0.02, None)],
        columns=[column.name for column in TABLES["moderation"].columns],
    )
    effects = pd.DataFrame(
        [(pair[1], pair[0], 2, 16, 150, 0.46, 0.21, 0.71, 0.3, -0.2, 0.8, None)],
        columns=[column.name for column in TABLES["link_effects"].columns],
    )
    movements = pd.DataFrame({"unit": [ALL, *units], "first_month": MONTHS[0], "split_month": MONTHS[6]})
    for side in ("cx", "ex", "bx"):
        movements[f"{side}_before"], movements[f"{side}_now"] = 52.0, 44.0
        movements[f"{side}_change"] = -8.0
        movements[f"{side}_change_low"], movements[f"{side}_change_high"] = -15.0, 3.0
    movements.loc[1, "bx_change_high"] = -1.0
    movements["quadrant_before"], movements["quadrant_now"], movements["moved"] = "virtuous", "vicious", True
    what_if = drivers.loc[drivers["side"].isin({"cx", "ex"}), ["driver_id", "side"]]
    what_if["voice"] = what_if.pop("side").map({"cx": "customer", "ex": "employee"})
    what_if = what_if.assign(points=10.0, by_weight=1.2, n_units=16, n_cells=120)
    for side, low in (("cx", 0.4), ("ex", -0.3), ("bx", 0.2)):
        what_if[side], what_if[f"{side}_low"], what_if[f"{side}_high"] = 2.3, low, 4.1
    promises = pd.DataFrame(
        [(1, "Le sourire", pair[0], pair[0], 300, 64.0, 60.0, 68.0, "kept", pair[1], 90, 41.0, 36.0, 46.0, "broken",
          23.0, 14.0, 31.0, None)],
        columns=[column.name for column in TABLES["promises"].columns],
    )  # fmt: skip
    blame = pd.DataFrame(
        [(voice, ALL, actor, 300, share, share - 0.05, share + 0.05, 20 * share, 15 * share, 25 * share, None)
         for voice in ("customer", "employee") for actor, share in (("process", 0.55), ("provider", 0.3))],
        columns=[column.name for column in TABLES["blame"].columns],
    )  # fmt: skip
    return {
        "tensions": tensions, "moderation": moderation, "movements": movements, "what_if": what_if,
        "promises": promises, "blame": blame, "link_effects": effects,
    }  # fmt: skip


def make_witnesses(documents, drivers):
    """Who said what: every employee speaks of every driver and joins every pair of them."""
    own = documents.loc[documents["voice"] == "employee", "document_id"]
    ids = drivers.loc[drivers["driver_id"].str.startswith(("ex.", "out.ex", "bx.")), "driver_id"]
    mentions = pd.MultiIndex.from_product([own, ids], names=["document_id", "driver_id"]).to_frame(index=False)
    actors = np.array(["manager", "process", "product"])
    mentions["actor"] = actors[np.arange(len(mentions)) % 3]
    mentions = mentions.assign(
        polarity=-0.5, n_positive=0, n_negative=1, confidence=0.9, stage="everyday", intent="complaint", method="cue",
        evidence="x",
    )  # fmt: skip
    pairs = make_concession_counts(drivers).query("voice == 'employee'")[["positive_driver_id", "negative_driver_id"]]
    joined = pairs.merge(own.head(60).to_frame(), how="cross").assign(connective="mais")
    joined["direction"] = np.where(np.arange(len(joined)) % 2, "spoils", "forgives")
    segments = pd.DataFrame({"segment_id": documents["document_id"] + ":000", "document_id": documents["document_id"]})
    segments = segments.assign(position=0, text="x", start=0, end=1)
    masked = pd.DataFrame({"document_id": own.head(1), "trace": trace("zoe brun")})
    return {"mentions": mentions, "concessions": joined, "segments": segments, "masked": masked}


def few_drivers(n=6):
    """Some mirror pairs of the taxonomy, the outcomes and one driver of the brand."""
    drivers = load_taxonomy().as_table()
    told = ["cx.staff_attitude", "ex.manager_relationship", "cx.delivery_attitude", "ex.provider_conditions"]
    pairs = drivers.loc[(drivers["side"] == "cx") & drivers["mirror"].notna(), ["driver_id", "mirror"]].head(n)
    outcomes = drivers.loc[drivers["tier"] == "outcome", "driver_id"]
    kept = drivers["driver_id"].isin([*told, "bx.brand_image", *pairs.to_numpy().ravel(), *outcomes])
    return drivers[kept].reset_index(drop=True)


def make_tables(*, drivers=None, units=CITIES, theme_labels=THEME_WORDS, source="avis", falls=()):
    """All tables the report reads, by name."""
    drivers = load_taxonomy().as_table() if drivers is None else drivers
    documents = make_documents(units, n_employees=60 * len(units))
    documents["source"] = documents["source"].replace("avis", source)
    mentions, sentiment = make_mentions(documents, drivers)
    witnesses = make_witnesses(documents, drivers)
    customers = documents.loc[documents["voice"] == "customer", "document_id"]
    mentions = mentions[mentions["document_id"].isin(customers)]
    witnesses["mentions"] = pd.concat([mentions, witnesses["mentions"]], ignore_index=True)
    themes, terms = make_themes(theme_labels)
    rng = np.random.default_rng(8)
    halves = np.array_split(themes["theme_id"].to_numpy(), 2)
    assigned = [
        rng.choice(halves[0] if voice == "customer" else halves[1]) if rng.random() < 0.8 else None
        for voice in documents["voice"]
    ]
    placed = pd.DataFrame({"segment_id": documents["document_id"] + ":000", "theme_id": assigned})
    placed["reason"] = np.where(placed["theme_id"].isna(), "between_themes", None)
    analysed = documents["source"].value_counts()
    dropped = pd.DataFrame({"comment_id": [f"c{place}" for place in range(14)]})
    dropped["reason"] = ["empty"] * 8 + ["duplicate"] * 4 + ["other_language"] * 2
    reasons = ["too_many_fields"] * 3 + ["bad_bytes"] * 2
    quarantined = pd.DataFrame({"source": source, "row": range(1, 6), "reason": reasons, "column": "*"})
    bad_cells = pd.DataFrame({"source": source, "row": [8, 9], "column": "note", "reason": "bad_rating", "found": "11"})
    sources = pd.DataFrame(
        [
            (source, "customer", "avis.csv", "0" * 64, analysed[source] + 15, analysed[source] + 10, 5, 2),
            ("barometre", "employee", "rh.csv", "1" * 64, analysed["barometre"] + 4, analysed["barometre"] + 4, 0, 0),
        ],
        columns=["source", "voice", "file", "sha256", "n_received", "n_comments", "n_quarantined", "n_bad_cells"],
    )
    sources["n_structural"], sources["n_lines"] = 1, sources["n_received"] + 1
    sources["first_date"], sources["last_date"] = documents["date"].min(), documents["date"].max()
    return {
        "sources": sources, "quarantined": quarantined, "bad_cells": bad_cells, "documents": documents,
        "dropped": dropped, "themes": themes, "theme_terms": terms, "segment_themes": placed,
        "emerging_themes": make_emerging(themes), "theme_changes": themes[["theme_id"]].assign(change="born"),
        "sentiment": sentiment, "lights": make_lights(units), **make_stakes(units, drivers),
        "drivers": drivers,
        "driver_scores": make_scores(drivers, units, falls=falls), "importance": make_importance(drivers),
        "linkage": make_linkage(drivers), "mirror": make_mirror(drivers, units),
        "symmetry": make_symmetry(units), "brand": make_brand(units),
        "claims": make_claims(), "concession_counts": make_concession_counts(drivers),
        **witnesses,
    }  # fmt: skip


def make_run(root, tables, *, name="Maison Exemple", language="fr", client="exemple"):
    """Write `tables` as a run of a client, and return the run."""
    params = Params.model_validate(
        {
            "client": {"name": name, "language": language},
            "sources": [{"name": "avis", "voice": "customer", "path": "avis.csv", "columns": {"text": "texte"}}],
            "scores": {"min_respondents": 6},
            "run": {"today": "2026-11-22"},
        }
    )
    run = Run(client, "20261115T070000Z", root, params)
    for table, frame in tables.items():
        write_table(frame, table, run.tables)
    return run
