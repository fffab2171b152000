"""Stage 3, segment: documents to clauses, cut at sentence ends and at contrast, with their offsets."""

from __future__ import annotations

import re
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from bxtext.errors import ParamsError
from bxtext.language import WORD
from bxtext.memory import recall
from bxtext.parallel import map_partitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spacy.language import Language

MIN_WORDS = 2  # a clause of contrast shorter than this stays with its sentence
LONGEST_DOCUMENT = 1_000_000

# Where a clause turns against the one before. « mais aussi », "but also" add, they don't turn.
_CONTRAST = {
    "fr": r"mais(?! (?:aussi|également|egalement|surtout)\b)|par contre|en revanche|cependant|toutefois|n[ée]anmoins|"
    r"pourtant|sauf (?:que|qu['’])|malgr[ée]|bien qu(?:e|['’])|alors qu(?:e|['’])|tandis qu(?:e|['’])|"
    r"m[êe]me s(?:i|['’])|hormis|mis [àa] part|[àa] part|seul (?:petit )?b[ée]mol|petit b[ée]mol|en dépit|"
    r"dommage|malheureusement",
    "en": r"but(?! also\b)|although|though|however|nevertheless|nonetheless|except|despite|in spite of|whereas|"
    r"even (?:if|though)|apart from|on the other hand|yet(?= (?:the|they|it|i|we|he|she|no)\b)|shame|unfortunately",
}
_TURN = {
    language: re.compile(rf"(?<![\w'’-])(?:{pattern})(?:(?<=['’])|(?!\w))", re.IGNORECASE)
    for language, pattern in _CONTRAST.items()
}
# What a sentence opens with when it concedes first: « Malgré l'attente, un accueil parfait » turns at its comma.
_CONCEDES = {
    "fr": r"malgr[ée]|bien qu(?:e|['’])|m[êe]me s(?:i|['’])|hormis|mis [àa] part|[àa] part|en d[ée]pit",
    "en": r"although|though|even (?:if|though)|despite|in spite of|apart from",
}
_CONCESSION = {
    language: re.compile(rf"\W*(?:{pattern})(?:(?<=['’])|(?!\w))[^,;]*[,;]\s+", re.IGNORECASE)
    for language, pattern in _CONCEDES.items()
}
# « L'accueil est agréable et l'attente est interminable »: a joint after which another subject has a verb of its own. A
# pronoun mostly goes on with the same one.
_VERB = {
    "fr": r"est|sont|[ée]tait|[ée]taient|sera|seront|serait|a|ont|avait|avaient|n['’](?:est|a|ont|[ée]tait|[ée]taient)|"
    r"fut|ne|fait|font|va|vont|reste|restent|manque|manquent|peut|peuvent|doit|doivent|met|mettent|prend|prennent",
    "en": r"is|are|was|were|has|have|had|(?:is|are|was|were|has|have|had|does|do|did|ca|could|wo|would)n['’]t|does|did|"
    r"can|could|will|would|should|must|needs?|seems?|seemed|feels?|felt|gets?|got|takes?|took|came|comes|went|goes|"
    r"makes?|made|tastes?|tasted|looks?|looked|lacks?|lacked|never",
}
_SUBJECT = {
    "fr": r"(?:(?:le|la|les|un|une|des|mon|ma|mes|son|sa|ses|notre|nos|votre|vos|leur|leurs|ce|cet|cette|ces|tout|"
    r"tous)\s+|l['’])(?:[\w'’-]+\s+){1,4}?(?:{verb})|personne ne|rien ne",
    "en": r"(?:the|a|an|our|my|their|his|her|its|this|that|these|those|your|some|all|no)\s+"
    r"(?:[\w'’-]+\s+){1,3}?(?:{verb})|(?:everyone|everything|nobody|nothing)\s+\w+",
}
_JOINT = {
    language: re.compile(
        rf"(?:(?<=[\w)])\s*,\s*(?:(?:{joints})\s+)?|(?<=\w)\s+(?={joints}\s))(?=(?:(?:{joints})\s+)?"
        rf"(?:{_SUBJECT[language].replace('{verb}', _VERB[language])})\b)",
        re.IGNORECASE,
    )
    for language, joints in (("fr", "et|puis"), ("en", "and|then"))
}
_SPOKEN = {
    language: re.compile(rf"(?<![\w'’])(?:[jc]['’]\w+|{verbs})\b", re.IGNORECASE) for language, verbs in _VERB.items()
}
_LINE = re.compile(r"\n+|(?<=\S)[.!?…]+(?=[A-ZÀ-Ý][a-zà-ÿ])")  # new lines, and « bien.Mais » without its space
_SENTENCE_END = re.compile(r"[.!?…]+(?:\s?»)?[\"'”’)\]]*(?:\s*[,;])?(?=\s)")
# After these, and after the initial of a name, a full stop ends no sentence; « etc. », "Dec." and "p.m." may.
_ABBREVIATED = re.compile(
    r"(?<![\w.'’])(?:mr?|mm|mrs|ms|drs?|prs?|prof|st|ste|av|bd|pp?|ex|env|cf|art|vol|fig|tél|tel|réf|ref|vs|approx|"
    r"dept|ext|e\.g|i\.e|eg|ie|c\.-à-d|n°|(?-i:[A-ZÀ-Ý]))\.$",
    re.IGNORECASE,
)
_MAY_END = re.compile(
    r"(?<![\w.'’])(?:etc|inc|ltd|co|jr|sr|max|min|no|nb|jan|janv|feb|févr|fév|mar|apr|avr|jun|jul|juil|aug|sept?|oct|"
    r"nov|dec|déc|[a-z]\.[a-z])\.$",
    re.IGNORECASE,
)
LONGEST_ABBREVIATION = 8  # characters, its full stop included
_PAUSE = re.compile(r"[,;:()]\s+|\s+[-–—]\s+")


def segment_documents(
    documents: pd.DataFrame, *, max_words: int = 40, pipelines: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Cut documents into clauses.

    Parameters
    ----------
    documents : DataFrame
        The table `documents`.
    max_words : int
        Longer clauses are cut at the pause nearest their middle, or at the word there.
    pipelines : mapping of str to str, optional
        An installed spaCy pipeline by language, whose sentence ends are used instead of marks and new lines.

    Returns
    -------
    DataFrame
        The table `segments`; ``document.text[start:end] == segment.text``.

    Examples
    --------
    >>> documents = pd.DataFrame({"document_id": ["1"], "language": ["fr"],
    ...     "text": ["Personnel sympa mais colis perdu. À revoir !"]})
    >>> segment_documents(documents)["text"].tolist()
    ['Personnel sympa', 'mais colis perdu.', 'À revoir !']
    """
    ordered = documents[["document_id", "language", "text"]].sort_values("document_id", kind="stable")
    recalled = recall("segments", (max_words, pipelines), ordered)
    cut = partial(_segment_part, max_words=max_words, pipelines=dict(pipelines or {}))
    (segments,) = recalled.complete(map_partitions(cut, recalled.parts))
    return segments


def _segment_part(
    part: tuple[pd.DataFrame, ...], *, max_words: int, pipelines: Mapping[str, str]
) -> tuple[pd.DataFrame]:
    """The clauses of some documents, by language."""
    (documents,) = part
    rows = []
    for language, group in documents.groupby("language"):
        spoken = "en" if language == "en" else "fr"
        sentences = _sentence_starts(group["text"].tolist(), spoken, pipelines.get(spoken))
        for document_id, text, starts in zip(group["document_id"], group["text"], sentences, strict=True):
            spans = _clauses(text, starts, spoken, max_words)
            rows += [
                (f"{document_id}:{position:03d}", document_id, position, text[start:end], start, end)
                for position, (start, end) in enumerate(spans)
            ]
    segments = pd.DataFrame(rows, columns=["segment_id", "document_id", "position", "text", "start", "end"])
    return (segments.sort_values(["document_id", "position"], kind="stable", ignore_index=True),)


def _sentence_starts(texts: Sequence[str], language: str, pipeline: str | None) -> Iterator[list[int]]:
    """Offsets at which the sentences of each text start."""
    if pipeline is None:
        yield from map(_plain_starts, texts)
        return
    nlp = _load_pipeline(language, pipeline)
    for document in nlp.pipe((text[:LONGEST_DOCUMENT] for text in texts), batch_size=500):
        yield [sentence.start_char for sentence in document.sents]


def _plain_starts(text: str) -> list[int]:
    """Offsets after the marks that end a sentence; a full stop may belong to an abbreviation."""
    starts = []
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        if match[0] == ".":
            before = text[max(0, end - LONGEST_ABBREVIATION) : end]
            if _ABBREVIATED.search(before) or (_MAY_END.search(before) and not text[end:].lstrip()[:1].isupper()):
                continue
        starts.append(end)
    return starts


@cache
def _load_pipeline(language: str, name: str) -> Language:
    """Return an installed spaCy pipeline that marks sentences; spaCy is slow to import, and few need it."""
    import spacy  # noqa: PLC0415

    if not spacy.util.is_package(name):
        raise ParamsError(
            f"segment.pipelines.{language}: spaCy pipeline {name!r} is not installed; install it, or leave it out"
        )
    nlp = spacy.load(name, exclude=["ner", "lemmatizer", "tagger", "attribute_ruler", "morphologizer"])
    nlp.max_length = LONGEST_DOCUMENT + 1
    return nlp


def _clauses(text: str, sentence_starts: Sequence[int], language: str, max_words: int) -> list[tuple[int, int]]:
    ends = {match.end() for match in _LINE.finditer(text)}
    cuts = sorted({0, len(text), *sentence_starts, *ends})
    spans: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        for turn in _turns(text, start, end, language):
            for piece in _joints(text, *turn, language):
                spans += _shortened(text, *piece, max_words)
    return _joined(text, spans)


def _turns(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """One sentence cut where it turns, when there is something on both sides."""
    cuts = [start]
    conceded = _CONCESSION[language].match(text, start, end)
    if conceded and all(len(WORD.findall(part)) >= MIN_WORDS for part in (conceded[0], text[conceded.end() : end])):
        cuts.append(conceded.end())
    for match in _TURN[language].finditer(text, cuts[-1], end):
        before, after = text[cuts[-1] : match.start()], text[match.end() : end]
        if len(WORD.findall(before)) >= MIN_WORDS and WORD.search(after):
            cuts.append(match.start())
    return list(pairwise([*cuts, end]))


def _joints(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """One clause cut where another subject begins with a verb of its own, when it has had one."""
    cuts, heard = [start], start
    for match in _JOINT[language].finditer(text, start, end):
        spoken = _SPOKEN[language].search(text, heard, match.start())
        heard = match.start() + match.group().find(",") + 1
        if spoken:
            cuts.append(heard)
    return list(pairwise([*cuts, end]))


def _shortened(text: str, start: int, end: int, max_words: int) -> list[tuple[int, int]]:
    """A clause of more than `max_words`, halved until each part is short enough."""
    words = [match.start() for match in re.finditer(r"\S+", text[start:end])]
    if len(words) <= max_words:
        return [(start, end)]
    middle = words[len(words) // 2]
    pauses = [match.end() for match in _PAUSE.finditer(text, start + words[2], start + words[-2])]
    cut = min(pauses, key=lambda pause: abs(pause - start - middle)) if pauses else start + middle
    return [*_shortened(text, start, cut, max_words), *_shortened(text, cut, end, max_words)]


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans without outer space; one that holds no word (« 😡 », « !!! ») joins the one before."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        piece = text[start:end]
        if not piece.strip():
            continue
        left, right = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        if joined and not WORD.search(piece):
            joined[-1] = (joined[-1][0], right)
        else:
            joined.append((left, right))
    return joined
