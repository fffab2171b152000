"""Put the words of a comment together: remarks, what fills their slots, what joins them, slips in typing."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

HERE = Path(__file__).parent
CAPITALISED = (
    "Maison", "Tilleul", "Tilleul's", "January", "August", "Christmas", "Facebook", "France", "French",
    "Monday's", "Saturday", "Saturdays", "Noël",
)  # fmt: skip


@dataclass
class Remark:
    """One thing said: the truth the sample is made of."""

    driver: str
    polarity: str
    text: str = ""


@dataclass
class Comment:
    """One row of a file; `kind` is spoken, empty, foreign, duplicate, or the fault of a broken row."""

    voice: str
    unit: str
    region: str
    month: str
    day: int
    respondent: str
    group: str  # channel of a customer, employment of an employee
    tenure: str = ""
    kind: str = "spoken"
    language: str = ""
    remarks: list[Remark] = field(default_factory=list)
    rating: int = 0
    text: str = ""
    comment_id: str = ""


@dataclass
class Drawing:
    """What a drawing carries along: remarks not yet used, comments already said, and two sources of chance.

    `rng` draws what is true, `pen` the words for it: a remark mended in the bank moves no truth.
    """

    world: dict[str, Any]
    rng: random.Random
    pen: random.Random
    bank: dict[tuple[str, str, str, str], list[str]]
    paths: dict[str, list[float]]
    decks: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    def pick(self, weights: dict[str, float]) -> str:
        """Return one of the keys by its weight."""
        return self.rng.choices(list(weights), list(weights.values()))[0]


def read_bank() -> dict[tuple[str, str, str, str], list[str]]:
    """Return the remarks by voice, language, driver and polarity."""
    bank = defaultdict(list)
    for path in sorted((HERE / "remarks").glob("*.csv")):
        voice, language = path.stem.split("_")
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                bank[voice, language, row["driver"], row["polarity"]].append(row["text"])
    return dict(bank)


def write_comment(drawing: Drawing, comment: Comment) -> None:
    """Write the text of a comment; no two alike, so that equal texts are only those sent twice."""
    for _ in range(50):
        for remark in comment.remarks:
            remark.text = _fill(drawing, comment, _next_remark(drawing, comment, remark))
        said = fold(" ".join(sorted(remark.text for remark in comment.remarks)))
        if said not in drawing.said:
            break
        if len(comment.remarks) == 1:
            comment.remarks.append(Remark("none", "neutral"))
    drawing.said.add(said)
    comment.text = _join(drawing, comment)
    if drawing.pen.random() < drawing.world["noisy"]:
        comment.text = _blur(drawing, comment)


def _next_remark(drawing: Drawing, comment: Comment, remark: Remark) -> str:
    """Return a remark from a shuffled deck, shuffled anew when it is used up: all are used about as often."""
    key = (comment.voice, comment.language, remark.driver, remark.polarity)
    deck = drawing.decks.setdefault(key, [])
    if not deck:
        deck += drawing.bank[key]
        drawing.pen.shuffle(deck)
    return deck.pop()


def _fill(drawing: Drawing, comment: Comment, text: str) -> str:
    """Fill the slots of a remark with invented people, numbers and goods."""
    if "{" not in text:
        return text
    world, rng = drawing.world, drawing.pen
    shops = [unit for unit in world["units"] if unit != "En ligne"]
    first_name, family_name = rng.choice(world["first_names"]), rng.choice(world["family_names"])
    domain = rng.choice(("com", "org", "net"))
    return text.format(
        product=rng.choice(world["products"][comment.language]),
        store=comment.unit if comment.unit in shops else rng.choice(shops),
        days=rng.randint(3, 40),
        amount=rng.randint(9, 490),
        first_name=first_name,
        phone=draw_digits(rng, rng.choice(world["phones"][comment.language])),
        email=f"{without_accents(first_name).lower()}.{family_name}@example.{domain}",
        order=draw_digits(rng, "MT26-######"),
    )


def draw_digits(rng: random.Random, pattern: str) -> str:
    """Return the pattern with a digit for every #."""
    return re.sub("#", lambda _: str(rng.randrange(10)), pattern)


def _join(drawing: Drawing, comment: Comment) -> str:
    """Join remarks with punctuation, or with a "but" where the tone turns."""
    rng, links = drawing.pen, drawing.world["links"][comment.language]
    text, before = comment.remarks[0].text, comment.remarks[0].polarity
    for remark in comment.remarks[1:]:
        turns = {before, remark.polarity} == {"positive", "negative"} and rng.random() < drawing.world["contrast"]
        link = rng.choice(links["contrast" if turns else "plain"])
        within = turns or link in (", ", " et ", " and ")
        text = text.rstrip("!?. ") if link[0] in ",." else text
        text += link + (_lower_start(remark.text) if within else remark.text)
        before = remark.polarity
    return text + rng.choices(("", ".", " !" if comment.language == "fr" else "!"), (0.35, 0.5, 0.15))[0]


def _lower_start(text: str) -> str:
    word = text.split(maxsplit=1)[0].strip(",.;")
    if word in CAPITALISED or word == "I" or word.startswith("I'") or word[1:2].isupper():
        return text
    return text[0].lower() + text[1:]


def _blur(drawing: Drawing, comment: Comment) -> str:
    """Write as people type: one slip a comment, that leaves the sense."""
    rng, text = drawing.pen, comment.text
    slips: dict[str, Callable[[], str]] = {
        "typo": lambda: _mistype(rng, text),
        "accents": lambda: without_accents(text),
        "capitals": text.upper,
        "lower": text.lower,
        "curly": lambda: text.replace("'", "\u2019"),
        "doubled": lambda: text.rstrip(" !.") + rng.choice(("!!", "...", " !!!", "..")),
        "emoji": lambda: f"{text} {_emoji(drawing, comment)}",
    }
    kinds = drawing.world["slips"]
    return slips[drawing.pen.choices(list(kinds), list(kinds.values()))[0]]()


def _emoji(drawing: Drawing, comment: Comment) -> str:
    moods = {remark.polarity for remark in comment.remarks} & {"positive", "negative"}
    return str(drawing.pen.choice(drawing.world["emoji"][moods.pop() if len(moods) == 1 else "mixed"]))


def _mistype(rng: random.Random, text: str) -> str:
    """Swap, drop or double a letter in one or two long words."""
    words = text.split(" ")
    places = [place for place, word in enumerate(words) if word.isalpha() and word.islower() and len(word) > 5]
    for place in rng.sample(places, min(len(places), rng.randint(1, 2))):
        word, at = words[place], rng.randrange(1, len(words[place]) - 1)
        slip = rng.choice((word[at + 1] + word[at], word[at + 1], word[at] * 2 + word[at + 1]))
        words[place] = word[:at] + slip + word[at + 2 :]
    return " ".join(words)


def without_accents(text: str) -> str:
    """Return a text with its letters bare."""
    plain = (letter for letter in unicodedata.normalize("NFD", text) if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", "".join(plain))


def fold(text: str) -> str:
    """Return the words of a text, whatever its case, accents and punctuation: equal when two say the same."""
    return " ".join(re.findall(r"[^\W_]+", without_accents(text).casefold()))
