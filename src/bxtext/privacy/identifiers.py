"""Numbers that stand for one person or one order: by their check digits, by their shape, by the words before them."""

from __future__ import annotations

import re
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from stdnum import iban, luhn
from stdnum.fr import nir, siren, siret
from stdnum.gb import nhs
from stdnum.us import ssn

from bxtext.privacy.letters import holds_any
from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bxtext.privacy.letters import Plain

_SEPARATORS = re.compile(r"[ .\-/]+")
# Runs of digits in groups; a two-letter country or a Corsican department may stand among them.
_RUN = re.compile(r"\d(?<![\w.,+-]\d)(?:[ .-]?[\dab]){7,22}(?![\w,])", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w.,#/-])[A-Z]{0,3}-?\d{8,24}[A-Z]{0,2}(?![\w,/-]|\.\d)")
_COUPLED = re.compile(r"(?<![\w-])(?=(?:[A-Z]{0,4}\d){6,24})[A-Z\d]{9,24}(?!\w)")
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?:[ .-]?[a-z0-9]{4}){2,8}(?:[ .-]?[a-z0-9]{1,3})?(?!\w)")
_CUED = (
    r"(?: ?(?:n°|n ?º|nº|no\.?|numero|number|num\.?|nr|#|id|ref\.?|reference|code|de commande|de suivi|de dossier"
    r"|client|is|est|:|=)){0,3} ?"
)
_EMPLOYEE = re.compile(
    r"(?<!\w)(?:matricule|badge|(?:identifiant|id|numero|n°) (?:de |d')?(?:salarie|agent|employe|employee"
    r"|collaborateur|personnel)e?s?"
    r"|(?:employee|staff|payroll|personnel|worker|clock) (?:id|number|no\.?|num|code|#))"
    rf"{_CUED}[a-z]{{0,3}}-?\d[a-z\d-]{{2,12}}(?!\w)"
)
_OFFICIAL = re.compile(
    r"(?<!\w)(?:passeport|passport|carte d'identite|cni|titre de sejour|permis(?: de conduire)?|driving licen[cs]e"
    r"|driver'?s licen[cs]e|id card"
    r"|nino?|ni number|national insurance|social security|securite sociale|secu|nir|nhs|siren|siret|siret n°|tax"
    r"|utr|numero fiscal)"
    rf"(?: (?:number|no\.?|n°|numero))?{_CUED}(?P<id>\d?[a-z]{{0,3}} ?\d(?:[ -]?\d|[ -]?[a-z](?![a-z])"
    rf"|[a-z]{{2}}\d){{4,18}})(?!\w)"
)
_ORDER = re.compile(
    r"(?<!\w)(?:commande|cmd|order|colis|parcel|tracking|suivi|dossier|contrat|contract|sinistre|facture|invoice"
    r"|policy|claim|booking|reservation"
    r"|client|customer|compte|account|adherent|membership|carte(?: de)? fidelite|billet|pnr|bon de livraison"
    r"|livraison|shipment|consignment|abonne)s?"
    rf"{_CUED}(?P<id>[a-z\d]{{0,4}}[-#/ ]?\d(?:[ /-]?\d){{3,23}}(?:-?[a-z]{{1,3}}\d{{0,6}})?)(?!\w| ?(?:€|euros?|%"
    rf"|points?|fois|jours?|days?|h\b|times))"
)
_BOOKING = re.compile(
    r"(?<!\w)(?i:booking|reservation|pnr|dossier|confirmation)(?i: (?:ref\.?|reference|code|number"
    r"|n°))? ?:? ?(?P<id>(?=[A-Z\d]{0,5}\d)[A-Z\d]{6})(?!\w)"
)
_NO_ORDER = re.compile(
    r"(?:ticket|incident|bug|jira|version|v|ref|reference|article|modele|model|inc) ?(?:n°|#|:|\.)? ?$"
)
_SSN = re.compile(r"\d(?<![\w-]\d)\d{2}[- ]\d{2}[- ]\d{4}(?![\w-])")
_NINO = re.compile(r"(?<!\w)[A-Z]{2}(?: ?\d\d){3} ?[A-D](?!\w)")
_CAPITALS = re.compile(r"[A-Z]{2}")
_PLATES = re.compile(
    r"(?<![\w-])(?:[A-Z]{2}[- ]\d{3}[- ][A-Z]{2}|[A-Z]{2}\d{3}[A-Z]{2}|\d{2,4} (?!EUR|USD|GBP|CET|GMT|KM|KG|GO|MO"
    r"|AM|PM|CV|CH|TO|BY|OF|IN|ET|OU|AU)[A-Z]{2,3} (?:\d{2}|97\d|2[AB])"
    r"|[A-Z]{2}\d{2} ?[A-Z]{3})(?![\w-])"
)
_CUED_PLATE = re.compile(
    r"(?:plaque|immatricul\w{0,8}|number plate|licen[cs]e plate|registration|reg)(?!\w)"
    r"(?: (?:is|est|:|n°|number)){0,2} ?"
    r"(?P<id>(?=[a-z \d-]{0,8}\d)[a-z\d]{2,4}[ -]?[a-z\d]{2,3}(?:[ -]?[a-z\d]{2,3})?)(?!\w)"
)
_IP = re.compile(r"\d(?<![\w.]\d)\d{0,2}(?:\.\d{1,3}){3}(?![\w.]?\d)")
_IP6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\w:])")
_VERSION = re.compile(r"(?:version|v|ver|release|build) ?$")
_MONTH = (
    r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|january|february"
    r"|march|april|may"
    r"|june|july|august|september|october|november|december|janv|fevr?|juil|jan|feb|mar|apr|jun|jul|aug|sept?|oct"
    r"|nov|dec)\.?"
)
_DAY = (
    rf"(?:\d{{1,2}}(?:er|st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{2,4}})?|{_MONTH} \d{{1,2}}(?:st|nd|rd"
    rf"|th)?(?:,? \d{{2,4}})?|\d{{1,4}}[ ./-]\d{{1,2}}[ ./-]\d{{2,4}}|{_MONTH} (?:19|20)\d\d|(?:19|20)\d\d)"
)
_BIRTH = re.compile(
    rf"(?<!\w)(?:nee?s? (?:le |en |un |au mois de |au mois d'|en l'an )|born (?:on the |on |in |the )?"
    rf"|(?:date de naissance|date of birth|ddn|dob|d\.o\.b\.?|birth ?date)(?: (?:is|est|was))? ?:? ?(?:le |the )?"
    rf"|(?:my |mon )?(?:birthday|anniversaire)(?: (?:is|est|c'est|:)){{1,2}}(?: (?:on|le|the))? ){_DAY}(?!\w)"
)
_BIRTH_WORDS = frozenset("ne nee nes nees born naissance birth birthdate ddn dob d birthday anniversaire".split())
_DAY_WRITTEN = re.compile(r"\d{1,2}[ ./-]\d{1,2}[ ./-]\d{2,4}|(?:19|20)\d\d[ /-](?:19|20)?\d\d|\d{4}-\d\d-\d\d")
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DATE_DIGITS = ("%Y%m%d", "%d%m%Y")


# Which texts are worth a search: what a number has at least.
_LONG_DIGITS, _ID_DIGITS, _PLATE_DIGITS = 6, 5, 3
_EMPLOYEE_CUES = (
    "matricule", "badge", "salarie", "agent", "employe", "collaborateur", "personnel", "staff", "payroll", "worker",
    "clock",
)  # fmt: skip
_BOOKING_CUES = ("booking", "reservation", "pnr", "dossier", "confirmation")
_PLATE_CUES = ("plaque", "immatricul", "plate", "reg")


def find_identifiers(plain: Plain, digits: int) -> Iterator[Span]:
    """Yield the numbers of a text with so many digits."""
    text, key = plain.text, plain.key
    yield from _find_runs(key)
    yield from _find_cued(text, key, digits)
    if digits >= _LONG_DIGITS:
        yield from _find_long(text, key)
    if _CAPITALS.search(text):
        yield from (Span(*match.span(), "plate") for match in _PLATES.finditer(text))
    for match in (*_IP.finditer(key), *_IP6.finditer(key)) if ":" in key else _IP.finditer(key):
        if _is_address(match.group()) and not _VERSION.search(key[max(0, match.start() - 9) : match.start()]):
            yield Span(*match.span(), "ip")


def _find_long(text: str, key: str) -> Iterator[Span]:
    """Yield the numbers of many digits that their shape tells."""
    yield from _find_ibans(key)
    for match in (*_BARE.finditer(text), *_COUPLED.finditer(text)):
        if not _NO_ORDER.search(key[max(0, match.start() - 14) : match.start()]) and not _is_date(match.group()):
            yield Span(*match.span(), "number")
    yield from (Span(*match.span(), "nir") for match in _NINO.finditer(text))
    yield from (
        Span(*match.span(), "nir")
        for match in _SSN.finditer(key)
        if ssn.is_valid(match.group().replace(" ", "-")) or "social" in key
    )


def find_births(plain: Plain) -> Iterator[Span]:
    """Yield the birth dates of a text that has digits, with the words that say what they are."""
    if not _BIRTH_WORDS.isdisjoint(plain.words):
        yield from (Span(*match.span(), "birth") for match in _BIRTH.finditer(plain.key))


def _find_ibans(key: str) -> Iterator[Span]:
    """Yield the IBAN, cut to the length that their country has."""
    for match in _IBAN.finditer(key):
        country = match.group()[:2].upper()
        length = _IBAN_LENGTHS.get(country)
        if length is None:
            continue
        end, counted = match.start(), 0
        while end < len(key) and counted < length:
            counted += key[end].isalnum()
            end += 1
        written = _SEPARATORS.sub("", key[match.start() : end])
        if counted == length and (iban.is_valid(written) or sum(map(str.isdigit, written)) > length / 2):
            yield Span(match.start(), end, "iban")


_IBAN_LENGTHS = {
    part[:2]: int(part[3:])
    for part in (
        "AD=24 AT=20 BE=16 BG=22 CH=21 CY=28 CZ=24 DE=22 DK=18 EE=20 ES=24 FI=18 FR=27 GB=22 GI=23 GR=27 HR=21 "
        "HU=28 IE=22 IS=26 IT=27 LI=21 LT=20 LU=20 LV=21 MA=28 MC=27 MT=31 NL=18 NO=15 PL=28 PT=25 RO=24 RS=22 "
        "SE=24 SI=19 SK=24 SM=27 TN=24 TR=26 UA=29"
    ).split()
}
_CHECKED: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("nir", lambda digits: len(digits) in {13, 15} and digits[0] in "123478" and _is_nir(digits)),
    ("siret", lambda digits: len(digits) == 14 and siret.is_valid(digits)),
    ("card", lambda digits: 13 <= len(digits) <= 19 and digits[0] in "3456" and luhn.is_valid(digits)),
)


def _is_nir(digits: str) -> bool:
    if len(digits) == 15:
        return nir.is_valid(digits)
    month = int(digits[3:5]) if digits[3:5].isdigit() else 0
    return (1 <= month <= 12 or 20 <= month <= 42 or month >= 50) and digits[5:7] not in {"00", "96"}


def _find_runs(key: str) -> Iterator[Span]:
    """Yield the numbers that their check digits tell."""
    for match in _RUN.finditer(key):
        digits = _SEPARATORS.sub("", match.group()).upper()
        kind = next((kind for kind, check in _CHECKED if check(digits)), None)
        grouped = len(match.group()) > len(digits)
        if kind is None and grouped and len(digits) == 9 and re.fullmatch(r"\d{3}[ .]\d{3}[ .]\d{3}", match.group()):
            kind = "siret" if siren.is_valid(digits) and not _is_amount(key, match.end()) else None
        if kind is None and re.fullmatch(r"\d{3}[ -]\d{3}[ -]\d{4}", match.group()) and nhs.is_valid(digits):
            kind = "identifier"
        if kind is None and re.fullmatch(r"\d{4}([ -])\d{4}\1\d{4}\1\d{3,4}", match.group()):
            kind = "card"  # as cards are grouped, with a slip
        if kind:
            yield Span(*match.span(), kind)


def _find_cued(text: str, key: str, digits: int) -> Iterator[Span]:
    """Yield what the words before it say it is."""
    if holds_any(key, _EMPLOYEE_CUES):
        yield from (Span(*match.span(), "identifier") for match in _EMPLOYEE.finditer(key))
    if holds_any(key, _BOOKING_CUES):
        yield from (Span(*match.span("id"), "order") for match in _BOOKING.finditer(text))
    if digits >= _ID_DIGITS:
        for pattern, kind in ((_OFFICIAL, "identifier"), (_ORDER, "order")):
            yield from _find_told(pattern, key, kind, _ID_DIGITS)
    if holds_any(key, _PLATE_CUES):
        yield from _find_told(_CUED_PLATE, key, "plate", _PLATE_DIGITS)


def _find_told(pattern: re.Pattern[str], key: str, kind: str, digits: int) -> Iterator[Span]:
    """Yield the numbers after a cue that have enough digits and are no day."""
    for match in pattern.finditer(key):
        if sum(map(str.isdigit, match["id"])) >= digits and not _DAY_WRITTEN.fullmatch(match["id"].lstrip(_LOWER)):
            yield Span(*match.span("id"), kind)


def _is_amount(key: str, end: int) -> bool:
    return bool(re.match(r" ?(?:€|\$|£|e\b|euros?|usd|gbp|[.,]\d)", key[end : end + 8]))


def _is_date(written: str) -> bool:
    for form in _DATE_DIGITS:
        try:
            if len(written) == 8 and 1900 <= datetime.strptime(written, form).year <= 2100:  # noqa: DTZ007  a day has no zone
                return True
        except ValueError:
            continue
    return False


def _is_address(written: str) -> bool:
    try:
        return bool(ip_address(written)) and (":" not in written or sum(c.isdigit() for c in written) >= 2)
    except ValueError:
        return False
