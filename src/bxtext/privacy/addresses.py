"""Postal addresses as written in France, the United Kingdom and the United States."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bxtext.privacy.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bxtext.privacy.letters import Plain

_FRENCH_WAY = (
    r"(?:rue|r\.|avenue|av\.?|ave|boulevard|boul\.?|bvd|bld?|bd|allees?|all\.|place|pl\.?|quai|impasse|imp\.?"
    r"|chemin|che?m?\.|route|rte\.?|cours|square|passage"
    r"|faubourg|fbg?|villa|cite|sentier|ruelle|esplanade|promenade|rond-point|residence|res\.|lotissement|lot\.?"
    r"|hameau|traverse|venelle|montee|parvis|galerie|voie)"
)
_WORD = r"[a-z0-9.'-]{1,25}"
_TOWN = r"(?:(?:le|la|les|saint|sainte|st|ste) )?[a-z][a-z'-]{1,30}(?: sur [a-z'-]{3,15}| en provence)?"
_POSTCODE = r"(?:f-|fr-)?\d{2} ?\d{3}"
_NUMBER_ON = r"\d{0,3}(?: ?(?:bis|ter|quater|[a-d])(?![a-z]))?"  # after its first digit
_NUMBER = rf"\d{_NUMBER_ON}"
_FRENCH_STREET = (
    rf"\d(?<![\w.,/-]\d)(?:{_NUMBER_ON}(?:[,-]? {{0,2}}| (?:de la"
    rf"|du) ))(?P<way>{_FRENCH_WAY})(?![a-z])[ ,]{{1,2}}(?P<name>{_WORD}(?: {_WORD}){{0,5}}?)"
)
_FRENCH = re.compile(
    rf"{_FRENCH_STREET}(?: ?,? ?(?:bat|batiment|appt?|apt|esc|escalier|etage|porte|hall|chez|residence"
    rf"|res)\.? ?[a-z0-9]{{1,12}}){{0,3}}"
    rf"(?:\s?,\s?|\s| - |\s?\n\s?){_POSTCODE}(?: {_TOWN})?(?: cedex(?: \d\d)?)?(?!\w)"
)
_FRENCH_SHORT = re.compile(rf"{_FRENCH_STREET}(?=$|[\s,.;:!?)\"])")
_SURE_WAYS = frozenset("rue avenue bd bld boulevard allee allees impasse chemin faubourg ruelle".split())
_CAPITALS = re.compile(r"(?:(?:de|du|des|la|le|les|l'|d')[ ]?){0,3}[A-ZÀ-Ý]")
_CITY_AFTER = re.compile(
    r"(?:,? [àa] |, )(?P<town>[A-ZÀ-Ý][\w'’-]{1,25}(?:[ -][A-ZÀ-Ý][\w'’-]{1,25}){0,2})(?: \d{1,2}(?:e|er|[eè]me))?"
)
_NAME_LINKS = re.compile(r"^(?:de|du|des|d'|de la|de l'|la|le|les|l')$")
_FRENCH_PLACE = re.compile(
    rf"(?<!\w)(?:(?:lieu-?dit|residence|bp|b\.p\.|boite postale|cs"
    rf"|poste restante) ?{_WORD}(?: {_WORD}){{0,3}}?,? ?(?:{_NUMBER},? {_FRENCH_WAY} {_WORD}(?: {_WORD}){{0,4}}?,? ?)?)"
    rf"{_POSTCODE} {_TOWN}(?: cedex(?: \d\d)?)?(?!\w)"
)
_LIVES = re.compile(
    rf"(?:j'habite|habitons|habite(?:nt)?|domicilie(?:e|s)? ?(?:a|au)?|mon adresse(?: est| :)?|mon domicile(?: est"
    rf"| :)?|je vis)(?: (?:a|au|dans|chez|la|le)){{0,2}} ?:? (?P<where>(?:(?:rue|avenue|bd|boulevard|allee|impasse"
    rf"|chemin|quai|faubourg) {_WORD}(?: {_WORD}){{0,3}}?|{_POSTCODE} {_TOWN}))(?=$|[,.;:!?)]| (?:et|a|au)\b)"
)
_ENGLISH_WAY = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Close|Court|Ct|Crescent|Cres|Place|Pl|Square|Sq|Way"
    r"|Terrace|Ter|Gardens|Gdns|Grove|Hill|Mews|Park|Row|Walk"
    r"|Boulevard|Blvd|Parkway|Pkwy|Circle|Cir|Highway|Hwy|Trail|Trl|Green|Rise|View|Parade|Mill|Yard|Wharf|Quay"
    r"|Turnpike|Loop|Vale|Broadway|Croft|Avenue)"
)
_ENGLISH_WORD = r"[A-Z0-9][\w.'-]{0,20}"
_UK_CODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_US_END = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY]),? \d{5}(?:-\d{4})?"
)
_UNIT = r"(?:(?:Flat|Apartment|Apt|Unit|Suite|Ste|House|Floor|Room)\.? ?#?[\dA-Z]{1,5},? )"
_TOWNS = r"(?:,? [A-Z][a-z'-]{1,20}(?: [A-Z][a-z'-]{1,20}){0,2}){0,3}"
_ENGLISH_STREET = (
    rf"[A-Za-z]?,? (?:(?:[NSEW]|North|South|East|West)\.? )?(?:{_ENGLISH_WORD} ){{1,4}}{_ENGLISH_WAY}(?!\w)"
)
_MAY_BE_ENGLISH = re.compile(rf"\d{_ENGLISH_STREET}")
_ENGLISH = re.compile(
    rf"(?<![\w.,/-])(?:(?i:{_UNIT})){{0,1}}\d{{1,5}}{_ENGLISH_STREET}\.?"
    rf"(?:,? (?i:apt|apartment|unit|suite|ste|flat|floor)\.? ?#?[\dA-Z]{{1,5}})?(?:{_TOWNS}(?:,? {_UK_CODE}"
    rf"|,? {_US_END})|, [A-Z][a-z'-]{{1,20}})?(?!\w)"
)
_LOW_ENGLISH = re.compile(
    r"\d(?<![\w.,/-]\d)\d{0,4}[a-z]?,? (?:[a-z']{2,15} ){1,2}(?:street|road|avenue|lane|crescent|terrace|grove|mews"
    r"|blvd|boulevard)(?!\w)"
)
_NAMED_HOUSE = re.compile(
    rf"(?<!\w)(?:[A-Z][\w'-]{{1,20}} ){{1,4}}?(?:[A-Z][\w'-]{{1,20}}, )(?:[A-Z][\w'-]{{1,20}} "
    rf"){{1,3}}{_ENGLISH_WAY}{_TOWNS},? {_UK_CODE}(?!\w)"
)
_BOX = re.compile(rf"(?<!\w)P\.?O\.? ?Box \d{{1,6}}(?:{_TOWNS},? (?:{_UK_CODE}|{_US_END}))?(?!\w)", re.IGNORECASE)
_MAY_BE_UK = re.compile(r"\d[A-Z\d]? ?\d[A-Z]{2}")
_CODE = re.compile(r"(?<![\w-])[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?![\w-])")

_CODE_DIGITS = 5


def find_addresses(plain: Plain, digits: int) -> Iterator[Span]:
    """Yield the postal addresses of a text with so many digits: a code takes five."""
    text, key = plain.text, plain.key
    if digits >= _CODE_DIGITS:
        for pattern in (_FRENCH, _FRENCH_PLACE):
            yield from (Span(*match.span(), "address") for match in pattern.finditer(key))
    for match in _FRENCH_SHORT.finditer(key):
        if match["way"] in _SURE_WAYS or _CAPITALS.match(text, match.start("name")):
            yield Span(match.start(), _end_of_street(match, text, key), "address")
    if _MAY_BE_ENGLISH.search(text):
        yield from (Span(*match.span(), "address") for match in _ENGLISH.finditer(text))
    if _MAY_BE_UK.search(text):
        yield from (Span(*match.span(), "address") for match in (*_NAMED_HOUSE.finditer(text), *_CODE.finditer(text)))
    if "box " in key:
        yield from (Span(*match.span(), "address") for match in _BOX.finditer(text))
    yield from (Span(*match.span(), "address") for match in _LOW_ENGLISH.finditer(key))


def find_homes(plain: Plain) -> Iterator[Span]:
    """Yield the streets and towns that somebody says to live in."""
    yield from (Span(*match.span("where"), "address") for match in _LIVES.finditer(plain.key))


def _end_of_street(match: re.Match[str], text: str, key: str) -> int:
    """Where a French address without a postcode ends: its street goes on with capitals and what links them."""
    start = match.start("name")
    end = start
    linked = start
    for word in re.finditer(r"[^\s,.;:!?()\"]{1,26}\.?", text[start : start + 60]):
        written, folded = word.group(), key[start + word.start() : start + word.end()]
        if text[linked : start + word.start()].strip(" "):
            break
        linked = start + word.end()
        if _NAME_LINKS.match(folded):
            continue
        if end > start and not (
            written[0].isupper()
            or ("'" in written[1:3] and written[-1:].isalpha() and written.split("'")[1][:1].isupper())
        ):
            break
        end = start + word.end()
    town = _CITY_AFTER.match(text, end)
    return town.end() if town else max(end, match.start("name") + len(match["name"].split(" ")[0]))
