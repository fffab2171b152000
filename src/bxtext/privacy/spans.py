"""Where personal data stand in a text, and what stands there once they are masked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

# What is found, most telling first: where two overlap, the first names the whole.
KINDS = (
    "email", "url", "iban", "card", "nir", "siret", "phone", "address", "birth", "plate", "ip", "identifier", "order",
    "handle", "name", "manager", "colleague", "number",
)  # fmt: skip
WORD_PLACEHOLDER = "[…]"  # a word that too few people use
# What a reader of masked texts takes for no word. A role is told as what it is, `[manager]` or `[colleague]`: these
# two are words, and go on speaking of the driver they spoke of.
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(kind for kind in KINDS if kind not in {'manager', 'colleague'})}|…)\]")
_MASKED = re.compile(rf"\[(?:{'|'.join(KINDS)}|…)\]")


class Span(NamedTuple):
    """Personal data of a `kind` (one of `KINDS`), from character `start` up to `end`."""

    start: int
    end: int
    kind: str


class Detector(Protocol):
    """Finds personal data: the built-in rules are one, others can be plugged in by `masking.detectors`."""

    def detect(self, text: str, language: str) -> Iterable[Span]:
        """Return the spans of a text in `language` (`fr`, `en` or `und`); they may overlap, in any order."""
        ...


def merge_spans(text: str, spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that overlap made one, those within a placeholder left out.

    Examples
    --------
    >>> merge_spans("jo@x.org, Jo", [Span(10, 12, "name"), Span(0, 2, "name"), Span(0, 8, "email")])
    [Span(start=0, end=8, kind='email'), Span(start=10, end=12, kind='name')]
    """
    found = sorted(span for span in spans if span.start < span.end)
    if found and "[" in text:
        masked = [match.span() for match in _MASKED.finditer(text)]
        found = [span for span in found if not any(span.start < end and start < span.end for start, end in masked)]
    merged: list[Span] = []
    for span in found:
        if merged and span.start < merged[-1].end:
            kind = min(merged[-1].kind, span.kind, key=KINDS.index)
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end), kind)
        else:
            merged.append(span)
    return merged


def replace_spans(text: str, spans: Iterable[Span]) -> str:
    """Return the text with each of the spans, in order and apart, replaced by its kind.

    Examples
    --------
    >>> replace_spans("Ask Jo", [Span(4, 6, "name")])
    'Ask [name]'
    """
    parts, last = [], 0
    for span in spans:
        parts += [text[last : span.start], f"[{span.kind}]"]
        last = span.end
    return "".join([*parts, text[last:]])
