"""Whose words they are: the respondent's turns of a talk, without what phones, sites and robots add."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bxtext.language import fold_text
from bxtext.privacy.letters import holds_any

if TYPE_CHECKING:
    from collections.abc import Sequence

# Who asks and who answers, as transcripts and exports of conversations call them; folded.
_ASKS = frozenset(
    "interviewer|intervieweur|intervieweuse|enqueteur|enquetrice|moderator|moderateur|moderatrice|animateur|animatrice|"
    "question|q|agent|conseiller|conseillere|advisor|adviser|representative|support|service client|customer service|"
    "customer support|bot|chatbot|assistant|assistant virtuel|virtual assistant|operateur|operatrice|operator".split(
        "|"
    )
)
_ANSWERS = frozenset(
    "repondant|repondante|respondent|interviewe|interviewee|participant|participante|reponse|answer|r|a|client|cliente|"
    "customer|utilisateur|utilisatrice|user|visiteur|visiteuse|visitor|salarie|salariee|employe|employee|collaborateur|"
    "collaboratrice".split("|")
)
# A name of at most four words before a colon, where a line starts; a time may stand before it.
_NAME = r"[^\W\d_][\w'’.-]{0,24}(?: [\w'’.-]{1,24}){0,3}"
_TIME = r"[\[(]?\d{1,2}[:h]\d{2}(?::\d{2})?[\])]?"
_TURN = re.compile(rf"^[ \t]*(?:[-–•][ \t]*)?(?:{_TIME}[ \t]*)?(?P<who>{_NAME})[ \t]?:(?!//)[ \t]*", re.MULTILINE)
# The same in a talk that was put on one line: only names that are known, after the end of a sentence or a slash.
_ON_ONE_LINE = re.compile(r"(?<=[.!?…/|])[ \t]+(?=" + _NAME + r"[ \t]?:(?!//))")
_NUMBERED = re.compile(r" ?\d{1,2}$")

_ADDED = {  # what other hands add to a text, by class; a whole line or sentence, folded
    "signature": re.compile(
        r"(?:sent|envoye|get|telechargez?|obtenir)\b.{0,20}\b(?:from|de|depuis|a partir de|outlook|mail)\b.{0,40}"
        r"(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|mobile|smartphone|telephone|phone|ios|orange|yahoo|outlook)"
        r".{0,30}"
    ),
    "navigation": re.compile(
        r"(?:article|page|avis|review|post) (?:precedente?|suivante?|previous|next)|show more|read more|see more|"
        r"(?:previous|next) (?:article|page|post|review)|lire (?:la suite|plus)|voir plus|afficher plus"
    ),
    "prompt": re.compile(
        r"(?:(?:bonjour|hello|hi) )?(?:je suis|i m|i am) (?:l |votre |your |the )?(?:\w+ )?(?:assistant|chatbot|bot)\b"
        r".{0,80}|"
        r"(?:(?:bonjour|hello|hi) )?(?:comment|en quoi) (?:puis je|pouvons nous) vous aider(?: aujourd hui)?|"
        r"(?:(?:hello|hi) )?how (?:can|may) (?:i|we) help(?: you)?(?: today)?|"
        r"(?:merci de|veuillez|please) (?:choisir|selectionner|choose|select) (?:une|an?) (?:option|reponse|answer)"
    ),
}
_TRIGGERS = (  # each pattern above needs one of these: most texts hold none, and need no further look
    "phone", "ipad", "android", "samsung", "galaxy", "huawei", "xiaomi", "mobile", "ios", "orange", "yahoo", "outlook",
    "precedent", "suivant", "previous", "next", "read more", "see more", "show more", "lire la suite", "lire plus",
    "voir plus", "afficher plus", "assistant", "bot", "vous aider", "i help", "we help", " option", " reponse",
    " answer",
)  # fmt: skip
MAX_LOOKED_AT = 100_000  # characters: a longer text is no message
MAX_ADDITION = 120  # characters of a line that may be an addition
_LINE_OR_SENTENCE = re.compile(r"\n+|(?<=[.!?…])[ \t]+")


class Spoken(NamedTuple):
    """A respondent's own words, and the classes of what was cut away, in order of the alphabet."""

    text: str
    cut: tuple[str, ...]


def keep_respondent(text: str, respondents: Sequence[str] = ()) -> str:
    r"""Return the turns of the respondent in an interview or a conversation; the text itself when it has no turns.

    Parameters
    ----------
    text : str
        Turns start with a name and a colon, at the start of a line, or after a sentence when the name is known.
    respondents : sequence of str
        Names whose turns are kept; by default the usual ones, as Répondant, Client, Customer, when both somebody who
        asks and somebody who answers are found.

    Examples
    --------
    >>> keep_respondent("Agent : Que puis-je faire ?\nClient : Mon colis est perdu.\nAgent : Je regarde.")
    'Mon colis est perdu.'
    >>> keep_respondent("Points forts : l'équipe.")
    "Points forts : l'équipe."
    """
    declared = frozenset(_who(name) for name in respondents)
    answers, known = (declared, _ASKS | declared) if declared else (_ANSWERS, _ASKS | _ANSWERS)
    lines = _ON_ONE_LINE.sub("\n", text) if _named(text, known) else text
    turns = [(_who(found["who"]), found.start(), found.end()) for found in _TURN.finditer(lines)]
    if not declared:
        turns = [turn for turn in turns if turn[0] in known]
    names = {name for name, _, _ in turns}
    if not names & answers or not names - answers:
        return text
    ends = [start for _, start, _ in turns[1:]] + [len(lines)]
    said = [
        lines[end:stop].strip(" \t\n/|") if name in answers else ""
        for (name, _, end), stop in zip(turns, ends, strict=True)
    ]
    return "\n".join(filter(None, said))


def _who(name: str) -> str:
    """A speaker's name without its number: `Répondant 2` is a `repondant`."""
    return _NUMBERED.sub("", fold_text(name))


def _named(text: str, known: frozenset[str]) -> bool:
    """Whether a text starts with the turn of a known speaker: only then is it a talk put on one line."""
    first = _TURN.match(text)
    return first is not None and _who(first["who"]) in known


def may_hold_additions(folded: str) -> bool:
    """Return whether it is worth looking for additions in a text, from its plain letters.

    Examples
    --------
    >>> may_hold_additions("envoye de mon iphone"), may_hold_additions("tres bien")
    (True, False)
    """
    return holds_any(folded, _TRIGGERS)


def cut_additions(text: str) -> Spoken:
    r"""Take out what other hands have added: signatures of phones, links of pages, questions of robots.

    Examples
    --------
    >>> cut_additions("Très déçu de la livraison.\nEnvoyé de mon iPhone")
    Spoken(text='Très déçu de la livraison.', cut=('signature',))
    """
    if len(text) > MAX_LOOKED_AT:
        return Spoken(text, ())
    parts = _LINE_OR_SENTENCE.split(text)
    classes = [_class_of(part) for part in parts]
    if not any(classes):
        return Spoken(text, ())
    gaps = [*_LINE_OR_SENTENCE.findall(text), ""]
    kept = "".join(part + gap for part, gap, found in zip(parts, gaps, classes, strict=True) if found is None)
    return Spoken(kept.strip(), tuple(sorted({found for found in classes if found})))


def _class_of(part: str) -> str | None:
    if not part or len(part) > MAX_ADDITION:
        return None
    folded = fold_text(part)
    return next((name for name, pattern in _ADDED.items() if pattern.fullmatch(folded)), None)
