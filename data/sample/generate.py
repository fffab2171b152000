"""Write the sample: what customers and employees of a fictitious retailer say, with known truths.

`python data/sample/generate.py` rewrites customer_reviews.csv, employee_comments.csv and TRUTH.md, always
the same. The retailer is in world.yaml, the hand-written remarks in remarks/; writing.py puts remarks
together, truth.py measures what is true of them.
"""

from __future__ import annotations

import csv
import math
import random
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from truth import describe
from writing import Comment, Drawing, Remark, draw_digits, read_bank, write_comment

from bxtext.yaml_file import read_yaml

HERE = Path(__file__).parent
FILES = {"customer": "customer_reviews.csv", "employee": "employee_comments.csv"}
HEADERS = {
    "customer": ("id_avis", "date_avis", "note", "magasin", "region", "canal", "client", "commentaire"),
    "employee": (
        "comment_id",
        "date",
        "enps",
        "site",
        "region",
        "tenure",
        "employment",
        "respondent",
        "comment",
    ),
}


@cache
def draw_comments() -> tuple[Comment, ...]:
    """Return every row of both files, in the order of the files."""
    world = read_world()
    rng = random.Random(world["seed"])
    drawing = Drawing(world, rng, random.Random(world["seed"] + 1), read_bank(), _manager_paths(world, rng))
    rows: list[Comment] = []
    for voice in HEADERS:
        comments = [
            comment
            for unit in world["units"]
            for comment in (_customers if voice == "customer" else _employees)(drawing, unit)
        ]
        rng.shuffle(comments)
        _set_kinds(drawing, voice, comments)
        for comment in comments:
            _speak(drawing, comment)
        _say_ibans(drawing, voice, comments)
        comments += _send_twice(drawing, voice, comments)
        comments.sort(key=lambda comment: (comment.month, comment.day))
        for number, comment in enumerate(comments, start=1):
            comment.comment_id = f"{'A' if voice == 'customer' else 'C'}{number:05d}"
        rows += comments
    return tuple(rows)


def _manager_paths(world: dict[str, Any], rng: random.Random) -> dict[str, list[float]]:
    """Return manager quality by unit, a stationary autoregression, from `lag` months before the first."""
    coupling = world["coupling"]
    memory, deviation = coupling["memory"], coupling["deviation"]
    shock = deviation * math.sqrt(1 - memory**2)
    paths = {}
    for unit in world["units"]:
        path = [rng.gauss(0, deviation)]
        for _ in range(len(world["months"]) + coupling["lag"] - 1):
            path.append(memory * path[-1] + rng.gauss(0, shock))
        middle = sum(path) / len(path)  # a store's level is its own, the path only moves about it
        paths[unit] = [quality - middle for quality in path]
    return paths


def _customers(drawing: Drawing, unit: str) -> list[Comment]:
    world, rng = drawing.world, drawing.rng
    place = world["units"][unit]
    channels = world["online_channels" if unit == "En ligne" else "channels"]
    first = 1000 * (1 + list(world["units"]).index(unit))
    return [
        Comment("customer", unit, place["region"], month, rng.randint(1, 28),
                f"CL-{first + rng.randrange(999)}", drawing.pick(channels))
        for month in world["months"]
        for _ in range(place["customers"] + rng.randint(-world["spread"], world["spread"]))
    ]  # fmt: skip


def _employees(drawing: Drawing, unit: str) -> list[Comment]:
    """Draw from a site's people, five times its monthly comments: most speak two or three times a year."""
    world, rng = drawing.world, drawing.rng
    place = world["units"][unit]
    first = 100 * (1 + list(world["units"]).index(unit))
    people = [
        (
            f"E{first + number}",
            "contractor" if rng.random() < world["contractors"] else "own",
            drawing.pick(world["tenure"]),
        )
        for number in range(5 * place["employees"])
    ]
    comments = []
    for month in world["months"] if people else ():
        for person, employment, tenure in rng.sample(
            people, place["employees"] + rng.randint(-world["spread"], world["spread"])
        ):
            day = rng.randint(1, 28)
            comments.append(Comment("employee", unit, place["region"], month, day, person, employment, tenure))
    return comments


def _set_kinds(drawing: Drawing, voice: str, comments: list[Comment]) -> None:
    """Set aside the rows that will be broken, foreign or empty: the first ones, since the order is chance."""
    world = drawing.world
    rest = iter(comments)
    for text in world["foreign"][voice]:
        comment = next(rest)
        comment.kind, comment.text = "foreign", text
    kinds = [fault for fault, count in world["faults"][voice].items() for _ in range(count)]
    kinds += ["empty"] * round(world["empty"]["share"][voice] * len(comments))
    for kind in kinds:
        next(rest).kind = kind


def _speak(drawing: Drawing, comment: Comment) -> None:
    """Give a comment its remarks, rating and text."""
    world, rng = drawing.world, drawing.rng
    comment.language = "en" if rng.random() < world["english"] else "fr"
    _draw_remarks(drawing, comment)
    _rate(drawing, comment)
    if comment.kind == "empty":
        comment.text = drawing.pen.choice(world["empty"]["texts"])
    elif comment.kind != "foreign":
        write_comment(drawing, comment)


def _draw_remarks(drawing: Drawing, comment: Comment) -> None:
    world, rng = drawing.world, drawing.rng
    emphasis = world["emphasis"].get(comment.unit, {})
    weights = {driver: card[comment.group] * emphasis.get(driver, 1) for driver, card in world[comment.voice].items()}
    drivers: list[str] = []
    for _ in range(rng.choices((1, 2, 3, 4), world["n_remarks"])[0]):
        drivers.append(drawing.pick({driver: weight for driver, weight in weights.items() if driver not in drivers}))
    for driver in sorted(drivers, key=lambda driver: driver.startswith("out.")):
        polarity = "positive" if rng.random() < _chance(world, drawing.paths, comment, driver) else "negative"
        can_wish = (comment.voice, comment.language, driver, "wish") in drawing.bank
        if can_wish and rng.random() < world["wish"]:
            polarity = "wish"
        comment.remarks.append(Remark(driver, polarity))
    if rng.random() < world["aside"]:
        comment.remarks.append(Remark("none", "neutral"))
    rng.shuffle(comment.remarks)


def _chance(world: dict[str, Any], paths: dict[str, list[float]], comment: Comment, driver: str) -> float:
    """Return the probability that a remark on a driver is positive, here and then."""
    month = world["months"].index(comment.month)
    place, side = world["units"][comment.unit], "cx" if comment.voice == "customer" else "ex"
    if driver.startswith("out."):  # an outcome follows from what else is said
        return _logistic(place[side] + 1.5 * _effect(world, comment))
    for rule in world["planted"]:
        if (
            rule["driver"] == driver
            and rule.get("unit", comment.unit) == comment.unit
            and rule.get("region", comment.region) == comment.region
            and comment.month <= rule.get("until", comment.month)
        ):
            positive = rule["positive"]
            if isinstance(positive, list):
                return float(positive[0] + (positive[1] - positive[0]) * month / (len(world["months"]) - 1))
            return float(positive)
    usual = world[comment.voice][driver]["positive"]
    logit = math.log(usual / (1 - usual)) + place[side]
    coupling = world["coupling"]
    if driver == coupling["cause"]:
        logit += paths[comment.unit][month + coupling["lag"]]
    elif driver == coupling["effect"]:
        logit += coupling["strength"] * paths[comment.unit][month]
    return _logistic(logit)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _effect(world: dict[str, Any], comment: Comment) -> float:
    """Return how much the remarks of a comment move its rating; wishes and outcomes move nothing."""
    total = 0.0
    for remark in comment.remarks:
        if remark.polarity in ("positive", "negative") and not remark.driver.startswith("out."):
            reward, penalty = world["effects"].get(remark.driver, world["usual_effect"])
            total += reward if remark.polarity == "positive" else penalty
    return total


def _rate(drawing: Drawing, comment: Comment) -> None:
    scale = drawing.world["ratings"][comment.voice]
    rating = scale["centre"] + scale["spread"] * _effect(drawing.world, comment) + drawing.rng.gauss(0, scale["noise"])
    comment.rating = min(max(round(rating), scale["low"]), scale["high"])


def _say_ibans(drawing: Drawing, voice: str, comments: list[Comment]) -> None:
    """Have some people give a bank account: right check digits, a bank that doesn't exist."""
    world, rng = drawing.world, drawing.pen
    for comment in [comment for comment in comments if comment.kind == "spoken"][: world["ibans"][voice]]:
        account = "99999" + draw_digits(rng, "##################")
        iban = f"FR{98 - int(account + '152700') % 97:02d}{account}"
        spaced = " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
        sentence = rng.choice(world["iban_sentences"][comment.language])
        comment.text = comment.text.rstrip(" .!") + ". " + sentence.format(iban=rng.choice((iban, spaced)))


def _send_twice(drawing: Drawing, voice: str, comments: list[Comment]) -> list[Comment]:
    spoken = [comment for comment in comments if comment.kind == "spoken"]
    return [
        Comment(**{**vars(comment), "kind": "duplicate", "remarks": []})
        for comment in drawing.pen.sample(spoken, drawing.world["duplicates"][voice])
    ]


def planted_frame() -> pd.DataFrame:
    """Return one row per drawn remark of a readable comment, before noise, asides included: the truth."""
    rows = [
        (comment.comment_id, comment.voice, comment.unit, comment.region,
         comment.group if comment.voice == "employee" else None,
         comment.group if comment.voice == "customer" else None,
         comment.month, comment.language, comment.rating, remark.driver, remark.polarity, remark.text)
        for comment in draw_comments()
        if comment.kind == "spoken"
        for remark in comment.remarks
    ]  # fmt: skip
    columns = "comment_id voice unit region employment channel month language rating driver polarity remark"
    return pd.DataFrame(rows, columns=columns.split())


def row_kinds() -> pd.DataFrame:
    """Return one row per row of the files: its id, voice, and what it is (see `Comment`)."""
    return pd.DataFrame(
        [(comment.comment_id, comment.voice, comment.kind) for comment in draw_comments()],
        columns=["comment_id", "voice", "kind"],
    )


@cache
def read_world() -> dict[str, Any]:
    """Return what the sample is drawn from."""
    return read_yaml(HERE / "world.yaml")


def _cells(comment: Comment, nth: int) -> list[str]:
    """Return the cells of a row; the n-th row broken in a way takes the n-th bad value."""
    world, customer = read_world(), comment.voice == "customer"
    year, month = comment.month.split("-")
    date = f"{comment.day:02d}/{month}/{year}" if customer else f"{comment.month}-{comment.day:02d}"
    rating = str(comment.rating)
    if comment.kind == "bad_date":
        date = world["bad_dates"][comment.voice][nth]
    elif comment.kind == "bad_rating":
        rating = str(world["bad_ratings"][comment.voice])
    who = [
        comment.unit,
        comment.region,
        *([] if customer else [comment.tenure]),
        comment.group,
        comment.respondent,
    ]
    cells = [comment.comment_id, date, rating, *who, comment.text]
    if comment.kind == "too_few_fields":
        return cells[:-2]
    return [*cells, "suite"] if comment.kind == "too_many_fields" else cells


def _write_file(path: Path, voice: str) -> None:
    """Write a file as its owner's tools do: French Excel for reviews, a survey platform for comments."""
    excel = voice == "customer"
    broken: Counter[str] = Counter()
    with path.open("w", encoding="utf-8-sig" if excel else "utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";" if excel else ",", lineterminator="\r\n" if excel else "\n")
        writer.writerow(HEADERS[voice])
        for comment in draw_comments():
            if comment.voice == voice:
                writer.writerow(_cells(comment, broken[comment.kind]))
                broken[comment.kind] += 1


def write_sample(folder: Path = HERE) -> None:
    """Write both files and what is true of them."""
    for voice, name in FILES.items():
        _write_file(folder / name, voice)
    (folder / "TRUTH.md").write_text(describe(planted_frame(), row_kinds(), read_world()), encoding="utf-8")


if __name__ == "__main__":
    write_sample()
