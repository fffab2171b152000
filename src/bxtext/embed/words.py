"""What a word is about, in French and English: the words that may carry a theme."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from bxtext.language import fold_letters
from bxtext.privacy import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

Runs = tuple[tuple[str, ...], ...]  # keys of content words, in runs that nothing interrupts

# Words that carry no theme, folded: function words, auxiliaries, fillers and courtesies, and the same typed
# without their apostrophe.
_FRENCH = (
    "a absolument actuellement ai aie aient ailleurs ainsi ait allait alle aller alors apparemment "
    "apres as assez au aucun aucune aujourdhui auquel aura aurai auraient aurais aurait auront aussi "
    "autant autre autres aux auxquels av avaient avais avait avant avec avez aviez avions avoir avons "
    "ayant bah bcp beaucoup ben bonjour bonsoir bref c ca cad car cas ce ceci cela celle celles celui "
    "cependant certain certaine certaines certains ces cest cestadire cet cetaient cetait cette ceux "
    "chacun chacune chaque chez chose choses ci cinq comme comment completement concernant "
    "cordialement cote coup d da dailleurs dans davantage de debout dedans dehors deja depuis dernier "
    "derniere des desormais dessous dessus deux devait devant devez devoir devra devraient devrait "
    "dire dis disait disent dit dite divers dix dois doit doive doivent donc donne donner dont "
    "dorenavant du dun dune durant durent e egalement eh elle elles en encore enfin ensuite entre "
    "envers environ es est et etaient etais etait etant etat etc ete etes etiez etions etre eu eue "
    "eues euh eurent eus eut eux evidemment extremement facon faire fais faisait faisant fait faites "
    "fallait faudrait faut fera ferait fin finalement fois font franchement fur furent fus fut "
    "generalement genre gens grace gros gt guere hein hier honnetement hors hui huit ici il ils j jai "
    "jamais javais je jen jetais jusqua jusquau jusque juste jy k l la laisse laisser laquelle le "
    "lequel les lesquelles lesquels leur leurs lol lon lors lorsque lorsquil lui m ma madame "
    "maintenant mais malgre malheureusement maniere mdr me meme memes merci mes mesdames messieurs met "
    "mets mettent mettre mien mienne mieux mis mise mme moi moins mon monsieur mr n na nai nas navons "
    "ne neanmoins nen nest ni nimporte niveau non nont nos notamment notre notres nous nul nulle o oh "
    "on ont or ou ouais oui outre par parce parceque pareil parfois parmi part particulierement "
    "partout pas passe pendant personnellement peu peut peutetre peuvent peux plein plupart plus "
    "plusieurs plutot pour pourquoi pourrait pourtant pouvais pouvait pouvez pouvoir pq premier "
    "premiere prend prendre pres presque prevu pris pu puis puisque puisquil puisse puissent q qu "
    "quand quant quasi quatre que quel quelle quelles quelque quelquechose quelques quelquun quels qui "
    "quil quils quoi quoique quon quun quune r rend rendre rendu reste restent rester rien s sa sache "
    "sais sait sans sauf savent savoir se selon semble semblent sept sera seraient serait serez seront "
    "ses seul seule seulement si sien sil sils simplement sinon six soi soient sois soit sommes son "
    "sont sorte sous souvent stp suffit suis suite sur surtout svp t ta tandis tant tel telle "
    "tellement telles tels tenir tes the ti tient tjrs tjs toi ton tot totalement toujours tous tout "
    "toute toutefois toutes tres trois trop trouve trouver truc trucs tu type un une uniquement uns va "
    "vais vas venait venir venu vers veulent veut veux via viennent vient voici voila voir voire vois "
    "voit vont vos votre voulais voulait vouloir vous vraiment vu vue y"
)
_ENGLISH = (
    "a able about above absolutely actually after again against ago ain all almost along already also "
    "although always am among an and another any anybody anymore anyone anything anyway anyways "
    "anywhere apart are aren around as aside ask at away b back basically be became because become "
    "becomes been before behind being below besides best between beyond big bit both btw but by c came "
    "can cannot cant come comes coming completely cos could couldn couldnt cuz d dear definitely did "
    "didn didnt do does doesn doesnt doing don done dont down due dunno during e each either else "
    "enough especially etc even ever every everybody everyone everything everywhere except extremely "
    "far feel feeling feels felt few first five for four from fully further g gave get gets getting "
    "give given gives giving go goes going gone gonna got gotten had hadn hadnt has hasn hasnt have "
    "haven havent having he hello hence her here hers herself hey hi him himself his honestly how "
    "however i id if ill im imo in indeed instead into is isn isnt it its itself ive just keep kept "
    "know known knows last lately least less let lets like likely literally little ll lol look looking "
    "lot lots m made mainly make makes making many may maybe me mean might mine more moreover most "
    "mostly mr mrs ms much must mustn my myself n near nearly neither never nevertheless next no "
    "nobody non none nor not nothing now nowhere o obviously of off often oh ok okay on once one ones "
    "only onto or other others otherwise ought our ours ourselves out over overall own particularly "
    "per perhaps please plus pretty probably put quite r rather re real really regarding right s said "
    "same saw say saying says see seem seemed seems seen several shall shan she should shouldn "
    "shouldnt simply since so some somebody someone something sometimes somewhat somewhere still stuff "
    "such sure t take taken takes taking tell tells than thank thanks that thats the their theirs them "
    "themselves then there therefore theres these they theyre thing things think this tho those though "
    "thought three through throughout thru thus till to together told too took totally toward towards "
    "truly try trying two u under unfortunately unless unlike until up upon ur us use used uses using "
    "usually ve very via w wanna want wanted wants was wasn wasnt way ways we well went were weren "
    "werent weve what whatever when whenever where wherever whether which while who whoever whole whom "
    "whose why will with within without won wont would wouldn wouldnt x y yeah yes yet you youll your "
    "youre yours yourself youve"
)
# Words that say how, not what: a theme is made of them only where nothing else is said. By key, see `word_key`.
_JUDGEMENTS = (
    "agreable amazing annoying appalling awesome awful bad better bien bon bonne bravo brilliant "
    "catastrophique content contente cool correct correcte decent decevant decevante decu decue "
    "deplorable different disappointed disappointing dommage enjoy enjoyed excellent excellente "
    "excellently exceptionnel fantastic fantastique fine formidable genial geniale good grand grande "
    "great happy high highly honte honteuse honteux horrible ideal impeccable inadmissible lamentable "
    "love loved lovely low lower mauvai mauvaise mediocre meilleur meilleure new nice nickel nouveau "
    "nouvel nouvelle outstanding parfait parfaite parfaitement perfect perfectly petit petite pleasant "
    "pleased poor poorly ravi ravie satisfaisant satisfaisante satisfait satisfaite satisfied "
    "satisfying scandaleux super superb terrible top wonderful worse worst"
)
STOP_WORDS = frozenset(f"{_FRENCH} {_ENGLISH}".split())
JUDGEMENTS = frozenset(_JUDGEMENTS.split())
_ELISIONS = frozenset("l d j m t s n c qu jusqu lorsqu puisqu quoiqu presqu quelqu".split())
_CONTRACTIONS = frozenset("s t d m ll re ve".split())
_PRONOUNS = frozenset(
    "je tu il elle on nous vous ils elles ce le la les lui leur moi toi en y".split()
)  # « avez-vous »
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class Word(NamedTuple):
    """A content word: `key` says what it is (folded, singular), `form` how it was written."""

    key: str
    form: str


def content_words(text: str) -> list[list[Word]]:
    """Return the words of a text that may carry a theme, in runs that nothing interrupts.

    Stop words, numbers and placeholders of masked data are left out and end a run, as punctuation does; elisions
    and contractions are cut.

    Examples
    --------
    >>> [[word.form for word in run] for run in content_words("L'accueil du Service Client était top, merci !")]
    [['accueil'], ['Service', 'Client'], ['top']]
    >>> content_words("Les employées")[0][0].key
    'employe'
    """
    runs: list[list[Word]] = []
    end = -2
    for key, form, start in find_content(text):
        if start == end + 1 and text[end] in " -":
            runs[-1].append(Word(key, form))
        else:
            runs.append([Word(key, form)])
        end = start + len(form)
    return runs


@lru_cache(maxsize=25_000)
def content_keys(text: str) -> Runs:
    """Return the keys of the content words in their runs, without judgements unless there is nothing else.

    Remembered: several views of a text and the names of its theme are made of the same keys.

    Examples
    --------
    >>> content_keys("Très bon accueil"), content_keys("Très bien")
    ((('accueil',),), (('bien',),))
    """
    words = tuple(tuple(word.key for word in run) for run in content_words(text))
    aspects = tuple(
        tuple(keys)
        for run in words
        for is_judgement, keys in groupby(run, key=JUDGEMENTS.__contains__)
        if not is_judgement
    )
    return aspects or words


def word_ngrams(runs: Runs) -> list[str]:
    """Return the single words and the pairs of neighbours.

    Examples
    --------
    >>> word_ngrams(content_keys("Service client lent, mais livraison rapide"))
    ['service', 'client', 'lent', 'livraison', 'rapide', 'service client', 'client lent', 'livraison rapide']
    """
    words = [key for run in runs for key in run]
    return [*words, *(f"{first} {second}" for run in runs for first, second in pairwise(run))]


def has_content(text: str) -> bool:
    """Whether any word of the text may carry a theme.

    Examples
    --------
    >>> has_content("Oui, merci beaucoup !"), has_content("Très rapide")
    (False, True)
    """
    return next(find_content(text), None) is not None


@lru_cache(maxsize=200_000)
def word_key(form: str) -> str:
    """Return what a word is, whatever its accents, case and number; empty when it carries no theme.

    Examples
    --------
    >>> word_key("Remboursées"), word_key("companies"), word_key("très"), word_key("C’est")
    ('rembourse', 'company', '', '')
    """
    folded = fold_letters(form).replace("'", "").replace("-", "")
    if len(form) < 2 or not folded.isascii() or folded in STOP_WORDS:
        return ""
    if len(folded) > 3 and folded[-1] == "s" and folded[-2] != "s":
        folded = folded[:-1]
    for ending, singular in (("eaux", "eau"), ("ee", "e"), ("ie", "y")):
        if len(folded) > 4 and folded.endswith(ending):
            folded = folded.removesuffix(ending) + singular
    return "" if folded in STOP_WORDS else folded


def find_content(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the key, form and offset of each content word.

    Examples
    --------
    >>> list(find_content("Le colis"))
    [('coli', 'colis', 3)]
    """
    for match in _WORD.finditer(PLACEHOLDER.sub(_blanked, text) if "[" in text else text):
        written = match.group()
        parts = [(written, match.start())] if written.isalpha() else _cut_word(written, match.start())
        for form, start in parts:
            if key := word_key(form):
                yield key, form, start


def _blanked(match: re.Match[str]) -> str:
    return "." * len(match.group())


def _cut_word(form: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield the parts of a written word that stand for themselves: « l'après-midi » is « après-midi »."""
    parts = re.split("['’]", form)
    while len(parts) > 1 and parts[0].lower() in _ELISIONS:
        start += len(parts.pop(0)) + 1
    if len(parts) > 1 and parts[-1].lower() in _CONTRACTIONS:
        parts.pop()
    whole = "'".join(parts)
    pieces = whole.lower().split("-")
    if len(pieces) > 1 and pieces[-1] in _PRONOUNS and pieces != ["rendez", "vous"]:
        pieces.pop()
    elif len(pieces) > 1 and any(not word_key(piece) for piece in pieces) and any(word_key(piece) for piece in pieces):
        pieces = [whole]  # « après-vente », "follow-up": one word, though a part of it would be a stop word
    for piece in pieces:
        yield whole[: len(piece)], start
        start, whole = start + len(piece) + 1, whole[len(piece) + 1 :]
