"""The language of a text: French, English, another one, or too short to tell; and its plain letters. Offline."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from py3langid.langid import MODEL_FILE, LanguageIdentifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WORD = re.compile(r"[^\W\d_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})
_ACCENTS = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_ALPHANUMERIC = re.compile(r"[^\W_]+")
CERTAIN = 0.9  # probability from which the n-gram model is believed
MODEL_LETTERS = 300  # letters that the n-gram model is shown: enough, and a long text costs no more
ENOUGH_WORDS = 4  # a third language is never found in fewer words
FUNCTION_WORDS = 0.25  # share of its function words from which a text is in that language
TINY = 1e-12

# Short words that are frequent in one of the two languages and absent from the other.
_FRENCH = frozenset(
    "le la les un une des du de et est pas très trop avec pour sur dans je jai j'ai tout tous bien bon bonne bonnes "
    "mais mon ma mes nos notre vos votre ce cette ces c'est cest qui que au aux rien jamais toujours merci rapide "
    "qualité accueil livraison personnel magasin salaire équipe travail horaires manque plus moins aucun aucune super "
    "déçu déçue correct parfait parfaite il elle ils elles nous vous on ne ni où été était sont".split()
)
_ENGLISH = frozenset(
    "the an and is are was were not very too with for of to my your our this that it its i'm i've all good great bad "
    "but nothing never always thanks thank you they he she we who what there their them been have has had do does did "
    "so at by from be no staff service delivery work team pay hours manager nice poor slow fast quick or".split()
)


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect_language(text: str, words: Sequence[str] | None = None) -> str:  # noqa: PLR0911  a ladder: the first rule that is sure answers
    """Return `fr`, `en`, `other` or `und` (too short to tell).

    Function words of the two languages decide short texts; the n-gram model (Lui and Baldwin 2012, langid.py,
    ACL demo P12-3005) decides the rest. Whoever has cut the text into its `words` already gives them along.

    Examples
    --------
    >>> [detect_language(text) for text in ("Le colis est arrivé cassé", "Friendly staff", "Ok !")]
    ['fr', 'en', 'und']
    """
    words = [word.lower() for word in (WORD.findall(text) if words is None else words)]
    if not words:
        return "und"
    french = sum(map(_FRENCH.__contains__, words)) / len(words)
    english = sum(map(_ENGLISH.__contains__, words)) / len(words)
    if french > FUNCTION_WORDS > english:
        return "fr"
    if english > FUNCTION_WORDS > french:
        return "en"
    if len(words) < ENOUGH_WORDS and french != english:
        return "fr" if french > english else "en"
    ranked = _identifier().rank(text[:MODEL_LETTERS])
    probability, first = dict(ranked), ranked[0][0]
    if first not in {"fr", "en"} and len(words) >= ENOUGH_WORDS and probability[first] > CERTAIN:
        return "other"
    share = (probability["fr"] + TINY) / (probability["fr"] + probability["en"] + 2 * TINY)
    if french != english:
        return "fr" if french > english else "en"
    if share > CERTAIN or share < 1 - CERTAIN:
        return "fr" if share > CERTAIN else "en"
    return "und"


def detect_languages(texts: Iterable[str]) -> list[str]:
    """Return the language of each text."""
    return [detect_language(text) for text in texts]


def fold_letters(text: str) -> str:
    """Return the text in lower case, without accents and ligatures, one kind of apostrophe.

    Examples
    --------
    >>> fold_letters("L’Œuvre d'été")
    "l'oeuvre d'ete"
    """
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text).lower().translate(_LIGATURES))


def fold_text(text: str) -> str:
    """Return the letters and digits of a text, lower-case, without accents, one space between words.

    Examples
    --------
    >>> fold_text("Néant !")
    'neant'
    """
    return " ".join(_ALPHANUMERIC.findall(fold_letters(text)))
