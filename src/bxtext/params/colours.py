"""Whether a colour can be read on the paper it is printed on."""

from __future__ import annotations

import re

LIGHT, DARK = "#ffffff", "#14181c"  # the paper of a page by day and by night
NEEDED = 4.5  # contrast of text, WCAG 2.2, level AA


def check_contrast(colour: str, paper: str) -> str:
    """Return a colour, in lower case, that can be read on a paper.

    Raises
    ------
    ValueError
        It is no colour, or too near the paper's.

    Examples
    --------
    >>> check_contrast("#00664A", LIGHT)
    '#00664a'
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError("not a colour; write it as #rrggbb, such as #00664a")
    found = measure_contrast(colour, paper)
    if found < NEEDED:
        way = "darker" if paper == LIGHT else "lighter"
        raise ValueError(
            f"{colour} on {paper} has a contrast of {found:.1f}; at least {NEEDED} is needed to be read "
            f"(WCAG AA); take a {way} shade"
        )
    return colour.lower()


def measure_contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it.

    Examples
    --------
    >>> measure_contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
