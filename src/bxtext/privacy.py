"""Masking of personal data, before anything but the private comments is written.

First rules: e-mail addresses, web addresses, IBAN, phone numbers, long numbers, and names behind a title.
"""

from __future__ import annotations

import re

# Order matters: an IBAN or a phone number is also a long number. Every quantifier is bounded, so that a
# hostile text costs no more than a plain one.
_RULES = (
    ("[email]", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    ("[url]", re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}", re.IGNORECASE)),
    ("[iban]", re.compile(r"\b[A-Z]{2}\d{2}(?:[ .-]?[A-Z0-9]{4}){2,7}(?:[ .-]?[A-Z0-9]{1,3})?\b")),
    ("[phone]", re.compile(
        r"(?<![\w+])(?:(?:\+|00)\d{1,3}[ .-]?(?:\(0\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}"
        r"|0\d(?:[ ./-]?\d{2}){4}|0\d{1,3}[ /.-]\d{2,3}(?:[ .-]?\d{2}){2}|0\d{4} \d{6}|0\d{3} \d{3} \d{4})(?!\w)"
    )),
    ("[number]", re.compile(r"(?<!\w)[A-Z]{0,4}[-#]?\d(?:[ -]?\d){6,24}(?!\w)")),
    (r"\g<title>[name]", re.compile(
        r"(?<!\w)(?P<title>(?:(?i:mme|mlle|mr|mrs|ms|dr|prof|monsieur|madame|mademoiselle|miss)\.?|M\.)\s{1,3})"
        r"[A-ZÀ-Ý][\w'’-]{1,30}(?:\s{1,2}[A-ZÀ-Ý][\w'’-]{1,30}){0,2}"
    )),
)  # fmt: skip
PLACEHOLDER = re.compile(r"\[(?:email|url|iban|phone|number|name)\]")


def mask_text(text: str) -> tuple[str, int]:
    """Return the text with personal data replaced by what they are, and how many were.

    Examples
    --------
    >>> mask_text("Call me on 06 12 34 56 78 or write to jo@example.org")
    ('Call me on [phone] or write to [email]', 2)
    """
    masked = 0
    for replacement, pattern in _RULES:
        text, count = pattern.subn(replacement, text)
        masked += count
    return text, masked
