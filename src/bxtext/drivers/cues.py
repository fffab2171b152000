"""Phrases found in texts however they are inflected, accented or misspelt.

A word is read as its key, what its forms have in common (« livré », « livrées »), by rule and by language. A long word
that nobody taught is read as the one known word that is a letter away (« livraizon »), or as two where an apostrophe
is missing (« lequipe »). Everything is looked up, each distinct word once: nothing is compared with every phrase.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH_STOP_WORDS
from spacy.lang.fr.stop_words import STOP_WORDS as FRENCH_STOP_WORDS

from bxtext.language import fold_text
from bxtext.tables import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LONG = 6  # letters from which a word may hold a typo
SURE = 2  # sentences in which a word stands, from which it is no slip
STEM = 4  # letters that an ending leaves
STEM_BEFORE_VERB = 5  # « elles répondent », but not « client », « content »
_STOP_WORDS = {fold_text(word) for word in FRENCH_STOP_WORDS | ENGLISH_STOP_WORDS}

# Words, and their plurals, that look like forms of another word and aren't.
_WHOLE = {
    "fr": frozenset(
        "colis cours fonds mois fois temps corps poids avis repas sens gros prix bras pas plus dans sans vers puis "
        "suis cas bas pays tapis jamais mauvais relais proces succes acces exces progres delais apres tres pres "
        "concours parcours secours recours discours retraite vente porte coup salee train suite fuite tante fin".split()
    ),
    "en": frozenset(
        "training building meeting parking shipping packing housing heating lighting seating news always less "
        "business process access across boss address class pass press stress mess loss guess need feed speed bed red "
        "hundred indeed bring thing string spring king ring during morning evening nothing something anything "
        "everything bus gas plus this his its was has us yes series means used quite suite canned conned manned "
        "willing interest interesting please pleased lasting fasting kinds goods values valued scared".split()
    ),
}
_FRENCH_ENDINGS = "eraient issaient eront erait erai issait aient ait ai ee er ez".split()
_FRENCH_FEMININES = (("trice", "teur"), ("euse", "eur"), ("ive", "if"), ("elle", "el"), ("ienne", "ien"), ("ere", "er"))
# Real words a letter away from words of the drivers, which no sentence happens to hold.
_REAL = frozenset(
    "organisme organismes repose reposer propriete proprietes constate constater regard regards aptitude aptitudes "
    "atteindre postal postale processus consul consulat ecoule ecouler ecoulement commander command commandant "
    "compote compost contrat contraste contrasts devise deviser disparu emission emissions estime facteur faction "
    "fraction fractures refuge refugie remord remords retrace retracer relais reliure relier rendement serein serrure "
    "service sevice sevices vacation vacations vacataire virement virulent journey journeys numerous extensive "
    "expansive intensive refuge warming quantity quality qualm resource recourse revise reverse advise adverse "
    "device devices personal personnel principal principle complement compliment stationary stationery affect effect "
    "addiction addictions patents gardens "
    "conscious conscience moral morale moraine desert dessert lightning lighting thorough through trough county "
    "country counter encounter statue status statute brand brandy father farther quiet quieter prize prizes casual "
    "causal martial marital costumer costume customs costumes massage massages passenger messenger poisson poison "
    "coussin cousin dessert desserts casse cassis caisson baisser baiser laisser vaisselle vaisseau caution cautions "
    "mention mentions monture montre montrer porter porteur pointer pointure prestige vestige".split()
)
_SOUNDS = ("szc", "ckq", "iy", "ea", "mn", "ou")  # letters taken one for the other: what else differs is another word
_ELIDED = ("qu", "l", "d", "j", "n")
_VOWELS = frozenset("aeiouyh")


def word_key(word: str, language: str) -> str:
    """Return what the forms of a folded word have in common.

    Examples
    --------
    >>> word_key("livree", "fr") == word_key("livrer", "fr"), word_key("colis", "fr"), word_key("coli", "fr")
    (True, 'colis=', 'coli')
    >>> word_key("delivered", "en") == word_key("delivering", "en"), word_key("companies", "en")
    (True, 'compani')
    """
    for whole in (word, word.removesuffix("s")):
        if whole in _WHOLE[language]:
            return f"{whole}="
    if len(word) < STEM:
        return word
    return _french_key(word) if language == "fr" else _english_key(word)


def _french_key(word: str) -> str:
    if word.endswith("ent") and not word.endswith("ment") and len(word) - 3 >= STEM_BEFORE_VERB:
        return word[:-3]
    if word[-1] in "sx":
        word = word[:-1]
    for feminine, masculine in _FRENCH_FEMININES:
        if word.endswith(feminine):
            word = word.removesuffix(feminine) + masculine
    for ending in _FRENCH_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= STEM:
            return word.removesuffix(ending)
    if word.endswith("a") and len(word) > STEM_BEFORE_VERB:
        return word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > STEM - 1 else word


def _english_key(word: str) -> str:
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word.removesuffix("es") if word.endswith(("ses", "xes", "zes", "ches", "shes")) else word[:-1]
        word = word.removesuffix("ie") + "y" if word.endswith("ie") else word
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= STEM:
            doubled = stem[-1] == stem[-2] and stem[-1] not in "lsz"
            word = stem[:-1] if doubled else stem
    if word.endswith(("y", "i")) and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word.removesuffix("e") if len(word) > STEM else word


class Found(NamedTuple):
    """A phrase in a text: the row of the text, the phrase's target, and where: words from `start` to before `end`."""

    row: int
    target: int
    start: int
    end: int


class _Word(NamedTuple):
    """A known word, and its key in each language."""

    text: str
    keys: Mapping[str, str]


class PhraseFinder:
    """Finds phrases in folded texts.

    Parameters
    ----------
    phrases : iterable of (str, str, int)
        A phrase, its language, and the target it stands for. Phrases of one language that differ by their inflection
        alone and have different targets are found as they are written only.
    sentences : iterable of str
        Texts, folded, whose words are known: they are never read as a misspelt other one.

    Examples
    --------
    >>> finder = PhraseFinder([("retard de livraison", "fr", 0), ("rude driver", "en", 1)])
    >>> list(finder.find(["encore des retards de livraizon", "rude drivers", "un regard de livreur"]))
    [Found(row=0, target=0, start=2, end=5), Found(row=1, target=1, start=0, end=2)]
    """

    def __init__(self, phrases: Iterable[tuple[str, str, int]], sentences: Iterable[str] = ()) -> None:
        written = [(fold_text(phrase), language, target) for phrase, language, target in phrases]
        counts = Counter(word for sentence in sentences for word in set(sentence.split()))
        in_phrases = {
            language: {word for phrase, spoken, _ in written if spoken == language for word in phrase.split()}
            for language in LANGUAGES
        }
        self.known = (_STOP_WORDS | _REAL).union(counts, *in_phrases.values())
        self._slips = {word for word, count in counts.items() if count < SURE} - _STOP_WORDS.union(*in_phrases.values())
        self._after_elision = {word for word in in_phrases["fr"] if len(word) >= STEM and word[0] in _VOWELS}
        self._known_keys = {language: {word_key(word, language) for word in self.known} for language in LANGUAGES}
        self._neighbours: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.known):
            if len(word) >= LONG:
                for shorter in _without_a_letter(word):
                    self._neighbours[shorter].append(word)
        self._readings: dict[str, tuple[_Word, ...]] = {}
        self._phrases: dict[str, dict[str, list[tuple[str, int]]]] = {language: {} for language in LANGUAGES}
        self._starts: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        for phrase, language, target in written:
            keys = [word_key(word, language) for word in phrase.split()]
            self._starts[language].update(" ".join(keys[:end]) for end in range(1, len(keys) + 1))
            self._phrases[language].setdefault(" ".join(keys), []).append((phrase, target))

    def find(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Iterator[Found]:
        """Yield the phrases in each text, those within others too; phrases of its own language, where that is given."""
        for row, text in enumerate(texts):
            read = [(part, place) for place, word in enumerate(text.split()) for part in self._read(word)]
            spoken = LANGUAGES if languages is None or languages[row] not in LANGUAGES else (languages[row],)
            for language in spoken:
                yield from self._find_in(row, read, language)

    def _find_in(self, row: int, read: Sequence[tuple[_Word, int]], language: str) -> Iterator[Found]:
        starts, phrases = self._starts[language], self._phrases[language]
        keys = [word.keys[language] for word, _ in read]
        for start, first in enumerate(keys):
            key, end = first, start + 1
            while key in starts:
                for target in _targets(phrases.get(key, ()), read[start:end]):
                    yield Found(row, target, read[start][1], read[end - 1][1] + 1)
                if end == len(keys):
                    break
                key, end = f"{key} {keys[end]}", end + 1

    def _read(self, word: str) -> tuple[_Word, ...]:
        """The known word or words that a written one stands for."""
        if (reading := self._readings.get(word)) is None:
            sure = word in self.known and word not in self._slips
            meant = (word,) if sure else self._mended(word)
            reading = tuple(
                _Word(part, {language: word_key(part, language) for language in LANGUAGES}) for part in meant
            )
            self._readings[word] = reading
        return reading

    def _mended(self, word: str) -> tuple[str, ...]:
        for elided in _ELIDED:
            rest = word.removeprefix(elided)
            if rest != word and rest in self._after_elision:
                return elided, rest
        if len(word) >= LONG and word.isalpha() and not self._is_form(word):
            near = self._one_letter_away(word)
            for language in LANGUAGES:
                if len({word_key(other, language) for other in near}) == 1:
                    return (min(near),)
        return (word,)

    def _is_form(self, word: str) -> bool:
        return word in self.known or any(word_key(word, each) in self._known_keys[each] for each in LANGUAGES)

    def _one_letter_away(self, word: str) -> set[str]:
        """Known long words that a slip inside of this one may have meant; its ends are another form's, or word's."""
        shorter = _without_a_letter(word)
        near = {other for other in shorter if other in self.known and len(other) >= LONG}
        near.update(self._neighbours.get(word, ()))
        near.update(other for each in shorter for other in self._neighbours.get(each, ()) if _is_slip(word, other))
        return {other for other in near if other[0] == word[0] and other[-1] == word[-1]}


def _without_a_letter(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(len(word))]


def _is_slip(word: str, other: str) -> bool:
    """Whether two words of one length differ by neighbours that changed places, or by a letter that sounds alike."""
    if len(word) != len(other):
        return False
    differ = [pair for pair in zip(word, other, strict=True) if pair[0] != pair[1]]
    if len(differ) == 2:
        return differ[0] == differ[1][::-1] and any(
            word[:place] + word[place + 1] + word[place] + word[place + 2 :] == other for place in range(len(word) - 1)
        )
    return len(differ) == 1 and any(set(differ[0]) <= set(sounds) for sounds in _SOUNDS)


def _targets(phrases: Iterable[tuple[str, int]], read: Sequence[tuple[_Word, int]]) -> set[int]:
    """What phrases of one key stand for; where that isn't one thing, only a phrase written so counts."""
    targets = {target for _, target in phrases}
    if len(targets) < 2:
        return targets
    written = " ".join(word.text for word, _ in read)
    return {target for phrase, target in phrases if phrase == written}
