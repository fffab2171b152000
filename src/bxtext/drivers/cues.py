"""Phrases found in texts however they are inflected, accented or misspelt.

A word is read as its key, what its forms have in common (« livré », « livrées »), by rule and by language. A long word
that nobody taught is read as the one known word that is a letter away (« livraizon »), or as two where an apostrophe
is missing (« lequipe »). Everything is looked up, each distinct word once: nothing is compared with every phrase.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from bxtext.embed import STOP_WORDS
from bxtext.language import fold_text
from bxtext.tables import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bxtext.taxonomy import Taxonomy

LONG = 6  # letters from which a word may hold a typo
SURE = 2  # sentences in which a word stands, from which it is no slip
STEM = 4  # letters that an ending leaves
STEM_BEFORE_VERB = 5  # « elles répondent », but not « client », « content »

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
    stem = _without_gender(word[:-1] if word[-1] in "sx" else word)
    # « ils répondent » as « il répond »; so « compétent » loses its end too, as « compétente »
    if stem.endswith("ent") and not stem.endswith("ment") and len(stem) - 3 >= STEM_BEFORE_VERB:
        return stem[:-3]
    return stem


def _without_gender(word: str) -> str:
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
    """A phrase in a text.

    The row of the text, the phrase's target, where it is (words from `start` to before `end`), and whether the text has
    it as it was listed, `verbatim`.
    """

    row: int
    target: int
    start: int
    end: int
    verbatim: bool


class Word(NamedTuple):
    """A known word, and its key in each language."""

    text: str
    keys: Mapping[str, str]


class Vocabulary:
    """The words that are known, and what others are read as.

    Parameters
    ----------
    sentences, phrases : iterable of (str, str)
        Texts and their languages. A word of a phrase is surely meant; one of a single sentence may be a slip itself.

    Examples
    --------
    >>> vocabulary = Vocabulary([("retard de livraison", "fr"), ("un regard", "fr")], [("mon équipe", "fr")])
    >>> [word.text for written in ("livraizon", "regard", "lequipe") for word in vocabulary.read(written)]
    ['livraison', 'regard', 'l', 'equipe']
    """

    def __init__(self, sentences: Iterable[tuple[str, str]], phrases: Iterable[tuple[str, str]]) -> None:
        counts: dict[str, Counter[str]] = {language: Counter() for language in LANGUAGES}
        for texts, weight in ((sentences, 1), (phrases, SURE)):
            for text, language in texts:
                for word in set(fold_text(text).split()):
                    counts[language][word] += weight
        self._known = (STOP_WORDS | _REAL).union(*counts.values())
        total = sum(counts.values(), Counter[str]())
        self._slips = {word for word, count in total.items() if count < SURE} - STOP_WORDS - _REAL
        self._after_elision = {
            word for word, count in counts["fr"].items() if count >= SURE and len(word) >= STEM and word[0] in _VOWELS
        }
        self._known_keys = {language: {word_key(word, language) for word in self._known} for language in LANGUAGES}
        self._neighbours: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            if len(word) >= LONG:
                for shorter in _without_a_letter(word):
                    self._neighbours[shorter].append(word)
        self._readings: dict[str, tuple[Word, ...]] = {}

    def read(self, word: str) -> tuple[Word, ...]:
        """Return the word or words that a folded one stands for."""
        if (reading := self._readings.get(word)) is None:
            sure = word in self._known and word not in self._slips
            meant = (word,) if sure else self._mended(word)
            reading = tuple(
                Word(part, {language: word_key(part, language) for language in LANGUAGES}) for part in meant
            )
            self._readings[word] = reading
        return reading

    def _mended(self, word: str) -> tuple[str, ...]:
        for elided in _ELIDED:
            rest = word.removeprefix(elided)
            if rest != word and rest in self._after_elision:
                return elided, rest
        slip = word in self._slips
        if len(word) >= LONG and word.isalpha() and (slip or not self._is_form(word)):
            near = self._one_letter_away(word)
            if slip:  # someone wrote it so: only a letter doubled or not is surely wrong
                near = {other for other in near if _undoubled(other) == _undoubled(word)}
            for language in LANGUAGES:
                if len({word_key(other, language) for other in near}) == 1:
                    return (min(near),)
        return (word,)

    def _is_form(self, word: str) -> bool:
        return word in self._known or any(word_key(word, each) in self._known_keys[each] for each in LANGUAGES)

    def _one_letter_away(self, word: str) -> set[str]:
        """Known long words that a slip inside of this one may have meant; its ends are another form's, or word's."""
        shorter = _without_a_letter(word)
        near = {other for other in shorter if other in self._known and len(other) >= LONG}
        near.update(self._neighbours.get(word, ()))
        near.update(other for each in shorter for other in self._neighbours.get(each, ()) if _is_slip(word, other))
        return {other for other in near if other[0] == word[0] and other[-1] == word[-1]}


class PhraseFinder:
    """Finds phrases in folded texts.

    Parameters
    ----------
    phrases : iterable of (str, str, int)
        A phrase, its language, and the target it stands for. Phrases of one language that differ by their inflection
        alone and have different targets are found as they are written only.
    vocabulary : Vocabulary
        How words are read.

    Examples
    --------
    >>> phrases = [("retard de livraison", "fr", 0), ("rude driver", "en", 1)]
    >>> finder = PhraseFinder(phrases, Vocabulary([], [phrase[:2] for phrase in phrases]))
    >>> list(finder.find(["encore des retards de livraizon", "rude drivers", "un regard de livreur"]))
    [Found(row=0, target=0, start=2, end=5, verbatim=False), Found(row=1, target=1, start=0, end=2, verbatim=False)]
    """

    def __init__(self, phrases: Iterable[tuple[str, str, int]], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._phrases: dict[str, dict[str, list[tuple[str, int]]]] = {language: {} for language in LANGUAGES}
        self._starts: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        for phrase, language, target in phrases:
            folded = fold_text(phrase)
            keys = [word_key(word, language) for word in folded.split()]
            self._starts[language].update(" ".join(keys[:end]) for end in range(1, len(keys) + 1))
            self._phrases[language].setdefault(" ".join(keys), []).append((folded, target))

    def find(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Iterator[Found]:
        """Yield the phrases in each text, those within others too; phrases of its own language, where that is given."""
        for row, text in enumerate(texts):
            words = text.split()
            read = [(part, place) for place, word in enumerate(words) for part in self.vocabulary.read(word)]
            spoken = LANGUAGES if languages is None or languages[row] not in LANGUAGES else (languages[row],)
            for language in spoken:
                for start, end, phrases in self._match([part.keys[language] for part, _ in read], language):
                    first, last = read[start][1], read[end - 1][1] + 1
                    for target, verbatim in _targets(phrases, " ".join(words[first:last])):
                        yield Found(row, target, first, last, verbatim)

    def _match(self, keys: Sequence[str], language: str) -> Iterator[tuple[int, int, list[tuple[str, int]]]]:
        """Yield where runs of keys are those of phrases, and these."""
        starts, phrases = self._starts[language], self._phrases[language]
        for start, first in enumerate(keys):
            key, end = first, start + 1
            while key in starts:
                if key in phrases:
                    yield start, end, phrases[key]
                if end == len(keys):
                    break
                key, end = f"{key} {keys[end]}", end + 1


def _undoubled(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))


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


def _targets(phrases: Sequence[tuple[str, int]], said: str) -> list[tuple[int, bool]]:
    """What phrases of one key stand for, and whether verbatim; where that is two things, only a verbatim one."""
    verbatim = {target for phrase, target in phrases if phrase == said}
    others = {target for _, target in phrases} - verbatim
    loose = others if len(others) == 1 and not verbatim else set()
    return [*((target, True) for target in sorted(verbatim)), *((target, False) for target in loose)]


def known_words(taxonomy: Taxonomy) -> Vocabulary:
    """Return the words of the exemplars, of the cues, and of the phrases that name actors and stages."""
    cues = [driver.cues for driver in taxonomy.drivers.values()]
    named = [
        words for voices in taxonomy.attributes.values() for values in voices.values() for words in values.values()
    ]
    return Vocabulary(
        ((exemplar.text, exemplar.language) for exemplar in taxonomy.exemplars),
        ((phrase, language) for words in [*cues, *named] for language, said in words.items() for phrase in said),
    )
