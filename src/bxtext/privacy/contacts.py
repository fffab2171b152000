"""E-mail and web addresses, handles and phone numbers, as they are written, spelt out, spoken and disguised."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import phonenumbers

from bxtext.privacy.letters import holds_any
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bxtext.privacy.letters import Plain

# Every quantifier is bounded: a hostile text costs no more than a plain one.
_AT = r"(?:@|\(at\)|\[at\]|\{at\}|\(arobase\)|\[arobase\]|\(a\)|\[@\]|\(@\))"
_DOT = r"(?:\.|\(dot\)|\[dot\]|\{dot\}|\(point\)|\[point\]|\(\.\)|\[\.\])"
_EMAIL = re.compile(rf"[\w.+-]{{1,64}} {{0,2}}{_AT} {{0,2}}[\w-]{{1,40}}(?: ?{_DOT} ?[\w-]{{1,20}}){{1,4}}")
_LOOSE_EMAIL = re.compile(
    r"[\w+-]{1,30}(?: ?\. ?[\w+-]{1,30}){0,3} ?@ ?[\w-]{1,40}(?: ?\. ?[\w-]{1,20}| (?:dot|point) [\w-]{1,20}){1,3}"
)
_LINK = r"(?: (?:dot|point|underscore|tiret|dash|tiret du 8) |[._-])"
_SPELT_DOMAIN = (
    r"(?:(?: (?:dot|point) |\.)(?:com|fr|org|net|uk|eu|be|ch|de|co|io|gouv|info|ca|it|es|pt|edu|gov|lu|ma|tn|dz))"
)
_SPELT_END = re.compile(_SPELT_DOMAIN)
_SPELT_EMAIL = re.compile(
    rf"(?<![\w.])\w{{1,30}}(?:{_LINK}\w{{1,30}}){{0,4}} (?:at|arobase|arrobase|chez) \w{{1,30}}"
    rf"{_SPELT_DOMAIN}{{1,3}}(?! ?(?:at|arr?obase|@|dot|point)\b)(?!\w)"
)
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}|(?<![\w@.-])[\w-]{1,40}(?:\.[a-z]{2,12}){1,2}/[^\s<>\"]{1,300}")
_PATH = re.compile(r"\.[a-z]{2,12}/")
_SITES = (
    "insta", "snap", "twitter", "tiktok", "discord", "telegram", "facebook", "pseudo", "linkedin",
)  # fmt: skip
_URL_END = re.compile(r"[.,;:!?)\]'\"]+$")
_HANDLE = re.compile(r"(?<![\w@])(?<!\w\.)@\w[\w.-]{0,30}\w")
_NAMED_HANDLE = re.compile(
    r"\b(?:insta|instagram|snap|snapchat|twitter|tiktok|discord|telegram|facebook|pseudo|linkedin)\b"
    r"(?: (?:is|est|c'est|name|handle|:)){0,2} ?:? ?(?P<handle>@?[a-z][\w]{0,20}(?:[._#-]\w{1,20}){1,3}|@\w{2,30})"
)
_NUMBER_WORDS = {
    word: digits
    for digits, words in {
        "0": "zero oh o", "1": "un one", "2": "deux two", "3": "trois three", "4": "quatre four", "5": "cinq five",
        "6": "six", "7": "sept seven", "8": "huit eight", "9": "neuf nine", "10": "dix ten", "11": "onze eleven",
        "12": "douze twelve", "13": "treize thirteen", "14": "quatorze fourteen", "15": "quinze fifteen",
        "16": "seize sixteen", "17": "seventeen", "18": "eighteen", "19": "nineteen", "20": "vingt vingts twenty",
        "30": "trente thirty", "40": "quarante forty", "50": "cinquante fifty", "60": "soixante sixty",
        "70": "septante seventy", "80": "huitante octante eighty", "90": "nonante ninety", "00": "hundred",
        "+": "plus", "": "et double triple",
    }.items()
    for word in words.split()
}  # fmt: skip
_SAID = rf"(?:{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))}|\d{{1,4}})"
_SPOKEN = re.compile(rf"(?<!\w){_SAID}(?:[ ,.-]{{1,2}}{_SAID}){{4,20}}(?!\w)")
_SAID_PART = re.compile(r"[a-z]+|\d+")
_GAP = r"[ ./*_,()-]{0,3}"
_PHONE = re.compile(
    rf"(?<![\w.,/-])(?:\+|\(?00|\(?0|\(?o(?=\d)){_GAP}(?:[\dlo]{_GAP}){{6,13}}[\dl](?!\w)"
    r"|(?<![\w.,/-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
    r"|(?<![\w.,/+-])\d{5}[ .]\d{3}[ .]\d{3}(?!\w)"
)
_MAY_BE_PHONE = re.compile(rf"[\dlo](?:{_GAP}[\dlo]){{6}}")
_NOT_DIGIT = re.compile(r"\D+")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d\d(?!\d)")


def find_contacts(plain: Plain) -> Iterator[Span]:
    """Yield the e-mail and web addresses and the handles of a text."""
    key = plain.key
    if "@" in key or "(a" in key or "[a" in key or "{at" in key:
        for pattern in (_EMAIL, _LOOSE_EMAIL) if "@" in key else (_EMAIL,):
            yield from (Span(*match.span(), "email") for match in pattern.finditer(key))
        if "@" in key:
            yield from (Span(*match.span(), "handle") for match in _HANDLE.finditer(key))
    if holds_any(key, (" at ", "arobase", "arrobase", " chez ")) and _SPELT_END.search(key):
        yield from (Span(*match.span(), "email") for match in _SPELT_EMAIL.finditer(key))
    if holds_any(key, ("://", "www.")) or _PATH.search(key):
        for match in _URL.finditer(key):
            end = match.end() - len(tail.group() if (tail := _URL_END.search(match.group())) else "")
            yield Span(match.start(), end, "url")
    if holds_any(key, _SITES):
        yield from (Span(*match.span("handle"), "handle") for match in _NAMED_HANDLE.finditer(key))


def find_phones(plain: Plain) -> Iterator[Span]:
    """Yield the phone numbers of a text that has digits."""
    if not _MAY_BE_PHONE.search(plain.key):
        return
    for match in _PHONE.finditer(plain.key):
        written = match.group()
        end = match.end()
        digits = _NOT_DIGIT.sub("", written.replace("l", "1").replace("o", "0"))
        if not _DATE.match(written) and _can_be_called(digits, written):
            yield Span(match.start(), end, "phone")


def find_spoken_numbers(plain: Plain) -> Iterator[Span]:
    """Yield the numbers of eight digits and more that are said in words, all or in part."""
    for match in _SPOKEN.finditer(plain.key):
        parts = _SAID_PART.findall(match.group())
        if sum(part.isalpha() for part in parts) and len(_digits_said(parts)) >= 8:
            yield Span(*match.span(), "phone")


def _can_be_called(digits: str, written: str) -> bool:
    """Whether digits make a phone number: an international one that is possible, or a national one of usual length."""
    if written.lstrip("(")[0] == "+" or digits.startswith("00"):
        try:
            number = phonenumbers.parse(f"+{digits.removeprefix('00').replace('+', '')}")
        except phonenumbers.NumberParseException:
            return False
        return 8 <= len(digits) <= 16 and (phonenumbers.is_possible_number(number) or "(0)" in written)
    if digits.startswith("0"):
        return 9 <= len(digits) <= 11 and digits[1] != "0"
    return len(digits) in {10, 11}


def _digits_said(parts: list[str]) -> str:
    """Digits that number words say: « soixante-dix-huit » is 78, "double four" 44."""
    digits, tens, times = "", 0, 1
    for part in parts:
        said = part if part.isdigit() else _NUMBER_WORDS.get(part, "")
        if part in {"double", "triple"}:
            times = 2 if part == "double" else 3
        elif part in {"vingt", "vingts"} and digits.endswith("4") and tens == 4:
            digits, tens = digits[:-1] + "80", 80  # quatre-vingts
        elif tens >= 20 and said.isdigit() and 0 < int(said) < (20 if tens in {60, 80} else 10) and not part.isdigit():
            digits, tens = digits[:-2] + str(tens + int(said)), 0
        else:
            digits += said.strip("+") * times
            tens, times = (int(said) if said.isdigit() and (said == "4" or int(said) % 10 == 0) else 0), 1
    return digits
