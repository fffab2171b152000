"""Masking of personal data, before anything but the private comments is written. Offline; French and English.

Rules with check digits, names by gazetteer and context, and the client's own roster find what identifies a person;
each find is replaced by what it is, such as `[name]`. What else finds personal data can be plugged in: see `Detector`.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from bxtext.errors import PrivacyError
from bxtext.privacy.roster import KEY_VARIABLE, hash_names, read_roster, write_roster
from bxtext.privacy.rules import Rules
from bxtext.privacy.spans import KINDS, PLACEHOLDER, Detector, Span, merge_spans, replace_spans
from bxtext.privacy.vocabulary import find_rare, keep_shared_words, split_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "KINDS", "PLACEHOLDER", "Detector", "Masker", "Rules", "Span", "find_rare", "hash_names", "keep_shared_words",
    "load_masker", "mask_text", "replace_spans", "split_words", "write_roster",
]  # fmt: skip


@dataclass(frozen=True)
class Masker:
    """Detectors, and what they make of a text.

    Attributes
    ----------
    detectors : tuple of Detector
        The built-in rules by default.
    made_of : tuple
        What they were loaded from: where it is the same, so is what is masked. Of its own kind by default.
    """

    detectors: tuple[Detector, ...] = field(default_factory=lambda: (Rules(),))
    made_of: tuple[object, ...] = field(default_factory=lambda: (uuid.uuid4().hex,))

    def find(self, text: str, language: str = "und") -> list[Span]:
        """Return the personal data of a text, in order and apart."""
        return merge_spans(text, [span for detector in self.detectors for span in detector.detect(text, language)])

    def mask(self, text: str, language: str = "und") -> tuple[str, int]:
        """Return the text with personal data replaced by what they are, and how many were."""
        spans = self.find(text, language)
        return (replace_spans(text, spans), len(spans)) if spans else (text, 0)


def load_masker(
    root: Path, *, roster: str | None = None, detectors: Sequence[str] = (), keep: Sequence[str] = ()
) -> Masker:
    """Return what masks the comments of a client.

    Parameters
    ----------
    root : Path
        The project's folder.
    roster : str, optional
        File of digests, from the root, that `write_roster` made of the client's names; its key is in the environment.
    detectors : sequence of str
        Further detectors, such as ``acme.presidio:French``: a module and what in it makes a `Detector`.
    keep : sequence of str
        Words that are never masked as names: the client's brands, products and places.

    Raises
    ------
    PrivacyError
        The roster, its key or a detector is missing: the run ends rather than mask less.

    Examples
    --------
    >>> from pathlib import Path
    >>> load_masker(Path(), keep=["Sophie"]).mask("Sophie, la carte de fidélité : merci Karim")
    ('Sophie, la carte de fidélité : merci [name]', 1)
    """
    known = read_roster(root / roster, os.environ.get(KEY_VARIABLE)) if roster else None
    rules = Rules(keep=tuple(keep), roster=known)
    further = [*([known] if known else []), *map(_load_detector, detectors)]
    once = uuid.uuid4().hex if detectors else ""  # what others find isn't known before they are asked
    return Masker((rules, *further), (tuple(keep), known.digest if known else "", once))


def mask_text(text: str) -> tuple[str, int]:
    """Return the text with personal data replaced by what they are, and how many were, by the built-in rules.

    Examples
    --------
    >>> mask_text("Call me on 06 12 34 56 78 or write to jo@example.org")
    ('Call me on [phone] or write to [email]', 2)
    """
    return _built_in().mask(text)


@cache
def _built_in() -> Masker:
    return Masker()


def _load_detector(place: str) -> Detector:
    module, _, name = place.partition(":")
    try:
        detector: Detector = getattr(import_module(module), name)()
    except (ImportError, AttributeError) as error:
        raise PrivacyError(
            f"masking.detectors: {place!r} can't be loaded; write it as module:name, and install its package"
        ) from error
    return detector
