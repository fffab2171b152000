"""The last look: does a finished file hold anything that should have stayed? Every layer of every file is opened.

What is looked for are canaries: real private values of the run, so that a hit is a leak and nothing else.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np

from bxtext.errors import PrivacyError, fault_list
from bxtext.ids import are_among
from bxtext.language import fold_letters
from bxtext.publish.unpack import Layer, unpack
from bxtext.run.publishing import DRAFT
from bxtext.tables import group_columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from bxtext.run import Run

GRAM = 8  # words in a row that nobody else writes
DECIMALS = 6  # digits after the point that make a number somebody's own, where no more are shown
EXACT = 12  # digits compared where so many are shown: among a million figures, nine agree by chance
SINGLE = "f4/"  # layers of numbers of seven digits: nearly any bytes can be read as such
BY_CHANCE = 1  # of them that agree by chance
SMALLEST = 0.01  # smaller numbers have too few digits to be anybody's
SIMPLE = 3_000  # a number that is a fraction with a smaller denominator may be anybody's
CLOSE = 1e-9  # to such a fraction
MOST_TOLD = 20  # findings listed
COMMON = 5  # comments that write a word without a capital: no name, though it was masked as one somewhere
SHORTEST = 6  # letters of a name or id that is looked for
REFUSED = "refused"  # where files that leak are put: not where a report is looked for
PRIVATE = {"tables", "notebooks", "model", "published", REFUSED}  # of a run's folder: never part of what leaves
PRIVATE_FILES = {"manifest.json", "themes.json", DRAFT}  # the run's own record, its themes, what it adds to the ledger
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
NUMBER = re.compile(rf"\d{{1,9}}[.,]\d{{{DECIMALS},20}}")
WORD = re.compile(r"[^\W_]+")
APART = {code: " " for code in range(128) if not chr(code).isalnum()}
TOKEN = re.compile(r"[^\s\"'<>,;:=()\[\]{}|/\\]{6,}")
EDGES = " .,;:!?«»\"'()"  # of what was masked: no part of it
TAG = re.compile(r"<[^<>]{0,2000}>")
PLACEHOLDER = re.compile(r"\[[a-z_]+\]")  # of what was masked, in a folded text


@dataclass(frozen=True)
class Canaries:
    """Private values of a run.

    Attributes
    ----------
    ids : frozenset of str
        Ids of respondents and of employees' comments, folded.
    names : frozenset of str
        E-mail addresses, names and other personal data that were masked, folded.
    grams : frozenset of int
        Hashes of eight words in a row of employees' comments that no customer writes.
    vocabulary : frozenset of str, optional
        Words of employees' comments: a row of words with another among them needn't be hashed.
    numbers : frozenset of str
        Figures of single employees, to six decimals and to twelve.
    paths : frozenset of str
        Where the files are.
    """

    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    grams: frozenset[int] = frozenset()
    vocabulary: frozenset[str] | None = None
    numbers: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def find_in(self, layer: Layer) -> set[str]:
        """Return the kinds of canary in a layer."""
        found = set()
        for text in readings(layer.text):
            folded = fold_letters(text)
            words = split_folded(folded)
            if self._has_id(folded, words):
                found.add("id")
            if self._has_name(folded, words):
                found.add("personal data")
            if not self.grams.isdisjoint(_hash_words(words, self.vocabulary)):
                found.add("words of a comment")
            if any(path in text for path in self.paths):
                found.add("path of a file")
        shown = NUMBER.findall(unquote(layer.text))
        if self._has_numbers(layer) or any(_as_shown(one) in self.numbers and not _is_simple(one) for one in shown):
            found.add("figure of one person")
        return found

    @cached_property
    def _names_by_word(self) -> dict[str, list[str]]:
        """Names by their longest word: a text without it holds none of them."""
        by_word: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            by_word[max(WORD.findall(name), key=len, default="")].append(name)
        return dict(by_word)

    def _has_name(self, folded: str, words: list[str]) -> bool:
        said = self._names_by_word.keys() & {*words, ""}
        return any(name in folded for word in said for name in self._names_by_word[word])

    def _has_numbers(self, layer: Layer) -> bool:
        single = layer.place.endswith(SINGLE)
        decimals = DECIMALS if single else EXACT
        shown = {_round(number, decimals) for number in layer.numbers[_is_own(layer.numbers)]}
        return len(self.numbers & shown) > (BY_CHANCE if single else 0)

    @cached_property
    def _first_words(self) -> set[str]:
        """What ids of several words begin with."""
        parts = (WORD.findall(name) for name in self.ids)
        return {found[0] for found in parts if len(found) > 1}

    def _has_id(self, folded: str, words: list[str]) -> bool:
        if not self.ids.isdisjoint(words):
            return True
        return not self._first_words.isdisjoint(words) and not self.ids.isdisjoint(TOKEN.findall(folded))


@dataclass(frozen=True, order=True)
class Finding:
    """A leak: the file, the layer in it, and what kind of value; never the value."""

    file: str
    layer: str = field(default="")
    kind: str = ""

    def __str__(self) -> str:
        """Say where it is."""
        return f"{self.file}{' > ' + self.layer if self.layer else ''}: {self.kind}"


def scan_bundle(folder: Path, canaries: Canaries) -> list[Finding]:
    """Return every leak in the files of a folder that may leave.

    Parameters
    ----------
    folder : Path
        A run's folder; its tables, notebooks and manifest stay and aren't looked at.
    canaries : Canaries

    Returns
    -------
    list of Finding
        Sorted; a layer that can't be opened is one too, for nobody knows what is in it.
    """
    findings = set()
    for path in bundle_files(folder):
        name = path.relative_to(folder).as_posix()
        for layer in unpack(path.name, path.read_bytes()):
            kinds = {"can't be opened"} if layer.closed else canaries.find_in(layer)
            findings |= {Finding(name, layer.place, kind) for kind in kinds}
    return sorted(findings)


def check_bundle(run: Run) -> None:
    """Refuse a run whose files hold anything private: all that would leave is put among what stays.

    Raises
    ------
    PrivacyError
        Something would leave that must not; the message says where and what kind it is.
    """
    findings = scan_bundle(run.folder, gather_canaries(run))
    if findings:
        for path in bundle_files(run.folder):
            kept = run.folder / REFUSED / path.relative_to(run.folder)
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(kept)
        told = [str(finding) for finding in findings[:MOST_TOLD]]
        raise PrivacyError(fault_list(f"run {run.run_id!r}: private data in what would leave ({len(findings)})", told))


def bundle_files(folder: Path) -> list[Path]:
    """Return the files of a run that may leave: all but its private ones."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path
        for path in paths
        if path.relative_to(folder).parts[0] not in PRIVATE
        and not (path.parent == folder and (path.name in PRIVATE_FILES or path.name.startswith(".")))
    )


def readings(text: str) -> list[str]:
    """Return a text as it stands and as what it is read as: escapes resolved, tags taken away.

    Examples
    --------
    >>> readings("a &amp; <b>b</b>")
    ['a &amp; <b>b</b>', 'a & <b>b</b>', 'a & b']
    """
    plain = html.unescape(text)
    if "\\u" in plain:
        plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)
    if "%" in plain:
        plain = unquote(plain)
    return list(dict.fromkeys([text, plain, TAG.sub("", plain)]))


def split_folded(folded: str) -> list[str]:
    """Return the words of a folded text; in plain letters, at a third of the time that a pattern takes.

    Examples
    --------
    >>> split_folded("l'equipe_1") == WORD.findall("l'equipe_1")
    True
    """
    return folded.translate(APART).split() if folded.isascii() else WORD.findall(folded)


def hash_grams(folded: str) -> set[int]:
    """Return the hashes of every eight words in a row."""
    return _hash_words(split_folded(folded))


def _hash_words(words: list[str], vocabulary: frozenset[str] | None = None) -> set[int]:
    """Return the hashes of every eight words in a row that are all in a vocabulary."""
    starts: Iterable[int] = range(len(words) - GRAM + 1)
    if vocabulary is not None and len(words) >= GRAM:
        known = np.cumsum([0, *(word in vocabulary for word in words)])
        starts = np.flatnonzero(known[GRAM:] - known[:-GRAM] == GRAM).tolist()
    return {hash(tuple(words[at : at + GRAM])) for at in starts}


def _is_own(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    own: NDArray[np.bool_] = np.isfinite(numbers) & (np.abs(numbers) < 1e9) & (np.abs(numbers) > SMALLEST)
    return own


def _as_shown(match: str) -> str:
    """A number as a text shows it, to as many digits as are compared."""
    decimals = len(match.replace(",", ".").partition(".")[2])
    return _round(match.replace(",", "."), EXACT if decimals >= EXACT else DECIMALS)


def _is_simple(match: str) -> bool:
    """Whether a number as shown is exactly a simple fraction, as shares are: 0.1171875 is 15 of 128."""
    shown = Fraction(match.replace(",", "."))
    return shown.limit_denominator(SIMPLE) == shown


def _round(number: float | str, decimals: int) -> str:
    return f"{abs(float(number)):.{decimals}f}"


def own_numbers(values: Iterable[float]) -> set[str]:
    """Return the numbers that are nobody else's: those that aren't simple fractions.

    Examples
    --------
    >>> sorted(own_numbers([0.5, 2 / 3, 41.37482915]))
    ['41.374829', '41.374829150000']
    """
    known = np.unique(np.fromiter((abs(value) for value in values), float))
    known = known[known > SMALLEST]
    parts = np.arange(1, SIMPLE + 1)
    own = [value for value in known if np.abs(np.rint(value * parts) / parts - value).min() > CLOSE]
    return {_round(value, decimals) for decimals in (DECIMALS, EXACT) for value in own}


def gather_canaries(run: Run) -> Canaries:
    """Return the private values of a run: ids, masked data, words and figures of employees, paths."""
    comments, documents, mentions = run.read("comments"), run.read("documents"), run.read("mentions")
    own = comments[comments["voice"] == "employee"]
    ids = _known_values([comments["respondent_id"], own["comment_id"]])
    polarity = mentions.loc[are_among(mentions["document_id"], own["comment_id"]), "polarity"]
    scores = run.read("driver_scores").query("voice == 'employee'")
    numbers = own_numbers([*polarity, *scores[["net_sentiment", "score", "score_shrunk"]].to_numpy().ravel()])
    texts = own["text"].dropna().map(fold_letters)
    customers = comments.loc[comments["voice"] != "employee", "text"]
    return Canaries(
        ids=frozenset(fold_letters(name) for name in ids if len(name) >= SHORTEST and not name.isdigit()),
        names=frozenset(_leave_ordinary(find_masked(comments, documents), documents)),
        grams=frozenset(_own_grams(texts, customers.dropna().map(fold_letters))),
        vocabulary=frozenset(word for text in texts for word in split_folded(text)),
        numbers=frozenset(numbers),
        paths=frozenset({str(run.root), *(source.path for source in run.params.sources if source.path)}),
    )


def _leave_ordinary(names: set[str], documents: pd.DataFrame) -> set[str]:
    """Leave out names of one word that a place bears too, or that many write as a common word."""
    single = {name for name in names if name.isalpha()}
    cuts = documents.reindex(columns=["unit", *group_columns(documents)])
    places = {
        word for place in _known_values([cuts[name] for name in cuts]) for word in split_folded(fold_letters(place))
    }
    fold_once = cache(lambda word: fold_letters(word) if word.islower() else "")  # a word is written many times
    writers = Counter(
        folded for text in documents["text"] for folded in single.intersection(map(fold_once, WORD.findall(text)))
    )
    return names - {name for name in single if name in places or writers[name] >= COMMON}


def _own_grams(own: pd.Series[str], others: pd.Series[str]) -> set[int]:
    """Return the hashes of eight words in a row that are in texts and in none of the others."""
    grams = {gram for text in own for gram in hash_grams(text)}
    for text in others:
        grams -= hash_grams(text)
    return grams


def _known_values(parts: list[pd.Series[str]]) -> list[str]:
    """Return the known values of several columns."""
    return [str(value) for part in parts for value in part.dropna().unique()]


def find_masked(comments: pd.DataFrame, documents: pd.DataFrame) -> set[str]:
    """Return what masking took out of the comments, and every e-mail address in them, folded."""
    masked = documents.loc[documents["n_masked"] > 0, ["document_id", "text"]]
    both = masked.merge(comments[["comment_id", "text"]], left_on="document_id", right_on="comment_id")
    found = {address for text in comments["text"].dropna() if "@" in text for address in EMAIL.findall(text)}
    for clean, raw in zip(both["text_x"], both["text_y"], strict=True):
        parts = PLACEHOLDER.split(fold_letters(" ".join(clean.split())))
        lines = "\n".join([*parts, fold_letters(" ".join(raw.split()))])
        if match := _masked_pattern(len(parts)).fullmatch(lines):
            found |= set(match.groups()[len(parts) :])
    cut = {fold_letters(name).strip(EDGES) for name in found}
    return {name for name in cut if len(name) >= SHORTEST}


@cache
def _masked_pattern(n_parts: int) -> re.Pattern[str]:
    """Find what stands between the parts of a text: it reads them a line each, then the text itself."""
    lines = "".join(f"(?P<part{place}>.*)\n" for place in range(n_parts))
    return re.compile(lines + "(.{1,80}?)".join(f"(?P=part{place})" for place in range(n_parts)))
