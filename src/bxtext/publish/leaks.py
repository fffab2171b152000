"""The last look: does a finished file hold anything that should have stayed? Every layer of every file is opened.

What is looked for are canaries: real private values of the run, so that a hit is a leak and nothing else. Whether a
name is an ordinary word too, and whether customers wrote an employee's words, is asked of hits alone: it takes every
text there is.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np

from bxtext.errors import PrivacyError, fault_list
from bxtext.ids import are_among
from bxtext.language import fold_letters
from bxtext.privacy.traces import SHORTEST, WORD, split_folded
from bxtext.publish.masked import Names, find_masked, leave_ordinary
from bxtext.publish.unpack import Layer, unpack
from bxtext.run.publishing import DRAFT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

    from bxtext.run import Run

GRAM = 8  # words in a row that nobody else writes
DECIMALS = 6  # digits after the point from which a number may be somebody's own; as many as are shown are compared,
EXACT = 12  # up to so many: among a million figures, six agree by chance
SINGLE = "f4/"  # layers of numbers of seven digits: nearly any bytes can be read as such
BY_CHANCE = 1  # of them that agree by chance
SMALLEST = 0.01  # smaller numbers have too few digits to be anybody's
SIMPLE = 3_000  # a number that is a fraction with a smaller denominator may be anybody's
CLOSE = 1e-9  # to such a fraction
FIGURES = ("net_sentiment", "score", "score_shrunk")
MOST_TOLD = 20  # findings listed
REFUSED = "refused"  # where files that leak are put: not where a report is looked for
PRIVATE = {"tables", "notebooks", "model", "published", REFUSED}  # of a run's folder: never part of what leaves
PRIVATE_FILES = {"manifest.json", "themes.json", DRAFT}  # the run's own record, its themes, what it adds to the ledger
NUMBER = re.compile(rf"\d{{1,9}}[.,]\d{{{DECIMALS},20}}")
TOKEN = re.compile(r"[^\s\"'<>,;:=()\[\]{}|/\\]{6,}")
TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass
class Hits:
    """What a layer holds: kinds of finding, and the names and hashes of words that have still to be asked about."""

    kinds: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    grams: set[int] = field(default_factory=set)

    def confirm(self, names: AbstractSet[str], grams: AbstractSet[int]) -> set[str]:
        """Return the kinds of finding, given the names and hashes that are really private."""
        asked = {
            "personal data": not names.isdisjoint(self.names),
            "words of a comment": not grams.isdisjoint(self.grams),
        }
        return self.kinds | {kind for kind, private in asked.items() if private}


@dataclass(frozen=True)
class Canaries:
    """Private values of a run.

    Attributes
    ----------
    ids : frozenset of str
        Ids of respondents and of employees' comments, folded.
    names : Names
        E-mail addresses, names and other personal data that were masked.
    grams : frozenset of int
        Hashes of eight words in a row of employees' comments.
    vocabulary : frozenset of str, optional
        Words of employees' comments: a row of words with another among them needn't be hashed.
    numbers : ndarray
        Figures of employees, one or several, that no customers have, see `own_numbers`.
    paths : frozenset of str
        Where the files are.
    keep_names, keep_grams : callable
        Those among names and hashes found that are really private: no common word, not written by customers too.
    """

    ids: frozenset[str] = frozenset()
    names: Names = field(default_factory=Names)
    grams: frozenset[int] = frozenset()
    vocabulary: frozenset[str] | None = None
    numbers: Floats = field(default_factory=lambda: np.empty(0))
    paths: frozenset[str] = frozenset()
    keep_names: Callable[[AbstractSet[str]], AbstractSet[str]] = set
    keep_grams: Callable[[AbstractSet[int]], AbstractSet[int]] = set

    def find_in(self, layer: Layer) -> Hits:
        """Return what a layer holds of the canaries."""
        if layer.closed:
            return Hits({"can't be opened"})
        hits = Hits()
        for text in readings(layer.text):
            folded = fold_letters(text)
            words = split_folded(folded)
            if self._has_id(folded, words):
                hits.kinds.add("id")
            hits.names |= self.names.find_in(folded, words)
            hits.grams |= self.grams & _hash_words(words, self.vocabulary)
            if any(path in text for path in self.paths):
                hits.kinds.add("path of a file")
        if self._has_figure(layer):
            hits.kinds.add("figure of one person")
        return hits

    def _has_figure(self, layer: Layer) -> bool:
        single = layer.place.endswith(SINGLE)
        numbers = np.unique(np.abs(layer.numbers[_is_own(layer.numbers)]))
        if _are_near(numbers, self.numbers, DECIMALS if single else EXACT).sum() > (BY_CHANCE if single else 0):
            return True
        shown = defaultdict(list)
        for match in NUMBER.findall(unquote(layer.text)):
            number = match.replace(",", ".")
            shown[min(len(number.partition(".")[2]), EXACT)].append(number)
        return any(
            not _is_simple(numbers[place])
            for decimals, numbers in shown.items()
            for place in np.flatnonzero(_are_near(np.array(numbers, float), self.numbers, decimals))
        )

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
    hits = [
        (path.relative_to(folder).as_posix(), layer.place, canaries.find_in(layer))
        for path in bundle_files(folder)
        for layer in unpack(path.name, path.read_bytes())
    ]
    names = canaries.keep_names({name for _, _, hit in hits for name in hit.names})
    grams = canaries.keep_grams({gram for _, _, hit in hits for gram in hit.grams})
    return sorted(Finding(file, layer, kind) for file, layer, hit in hits for kind in hit.confirm(names, grams))


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


def _are_near(numbers: Floats, known: Floats, decimals: int) -> NDArray[np.bool_]:
    """Return which numbers, shown to so many digits after the point, are among others, which are sorted."""
    found = np.zeros(len(numbers), dtype=bool)
    if len(known):
        after = np.searchsorted(known, numbers)
        for place in (after - 1, after):
            nearest = known[np.clip(place, 0, len(known) - 1)]
            found |= np.abs(nearest - numbers) <= (0.5 + CLOSE) * 10.0**-decimals
    return found


def _is_simple(match: str) -> bool:
    """Whether a number as shown is exactly a simple fraction, as shares are: 0.1171875 is 15 of 128."""
    shown = Fraction(match.replace(",", "."))
    return shown.limit_denominator(SIMPLE) == shown


def own_numbers(values: Iterable[float], others: Iterable[float] = ()) -> Floats:
    """Return the numbers that are nobody else's, neither simple fractions nor among others: sorted, without a sign.

    Five customers who give the same short answer have a mean that is the polarity of any employee who gives it too.

    Examples
    --------
    >>> own_numbers([0.5, 2 / 3, -41.37482915, 7.13253], [-7.13253]).tolist()
    [41.37482915]
    """
    known, shared = (np.unique(np.abs(np.fromiter(each, float))) for each in (values, others))
    known = known[known > SMALLEST]
    known = known[~_are_near(known, shared, EXACT)]
    own: Floats = known[~_are_fractions(known)]
    return own


def _are_fractions(numbers: Floats) -> NDArray[np.bool_]:
    """Return which numbers are close to a fraction with a denominator up to `SIMPLE`.

    Such a fraction is one of those that the number's continued fraction gives when cut off, as it lies nearer than
    1 / (2 denominator^2) to it (Legendre; Hardy and Wright, An Introduction to the Theory of Numbers, theorem 184).
    """
    close = np.zeros(len(numbers), dtype=bool)
    rest, before, denominator = numbers, np.zeros(len(numbers)), np.ones(len(numbers))
    while (denominator <= SIMPLE).any():
        distance = np.abs(np.rint(numbers * denominator) / denominator - numbers)
        close |= (denominator <= SIMPLE) & (distance <= CLOSE)
        rest = 1 / np.maximum(rest - np.floor(rest), CLOSE**2)
        before, denominator = denominator, np.floor(rest) * denominator + before
    return close


def gather_canaries(run: Run) -> Canaries:
    """Return the private values of a run: ids, masked data, words and figures of employees, paths."""
    comments, documents, mentions = run.read("comments"), run.read("documents"), run.read("mentions")
    own = comments[comments["voice"] == "employee"]
    ids = _known_values([comments["respondent_id"], own["comment_id"]])
    is_own = are_among(mentions["document_id"], own["comment_id"])
    scores = run.read("driver_scores")
    is_scored = scores["voice"] == "employee"
    words = [split_folded(fold_letters(text)) for text in own["text"].dropna()]
    customers = comments.loc[comments["voice"] != "employee", "text"].dropna()
    return Canaries(
        ids=frozenset(fold_letters(name) for name in ids if len(name) >= SHORTEST and not name.isdigit()),
        names=Names(frozenset(find_masked(comments, documents))),
        grams=frozenset(gram for each in words for gram in _hash_words(each)),
        vocabulary=frozenset(word for each in words for word in each),
        numbers=own_numbers(
            _gather_figures(mentions[is_own], scores[is_scored]), _gather_figures(mentions[~is_own], scores[~is_scored])
        ),
        paths=frozenset({str(run.root), *(source.path for source in run.params.sources if source.path)}),
        keep_names=lambda names: leave_ordinary(names, documents),
        keep_grams=lambda grams: _leave_written(grams, customers),
    )


def _gather_figures(mentions: pd.DataFrame, scores: pd.DataFrame) -> Floats:
    """Return the polarities of single mentions, as they are and as scores, and the figures of all cells."""
    polarity = mentions["polarity"].to_numpy(float)
    return np.concatenate([polarity, 50 + 50 * polarity, scores[list(FIGURES)].to_numpy(float).ravel()])


def _leave_written(grams: AbstractSet[int], others: pd.Series[str]) -> set[int]:
    """Leave out the hashes of words that others write too."""
    own = set(grams)
    for text in others:
        if not own:
            break
        own -= hash_grams(fold_letters(text))
    return own


def _known_values(parts: list[pd.Series[str]]) -> list[str]:
    """Return the known values of several columns."""
    return [str(value) for part in parts for value in part.dropna().unique()]
