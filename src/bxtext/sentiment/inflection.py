"""The forms of a lexicon's lemmas, by rule; accents and case are already folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ER = "e es ons ez ent er ant ais ait ions iez aient ai a erai era eront erez erait erais eraient"
_IR = "is it issons issez issent ir i ie ies issant issait issaient ira iront irait issant"
_RE = "s  ons ez ent re ant ait ais aient u ue us ues ra ront rait"
_FEMININE = (  # masculine ending, feminine ending
    ("eux", "euse"), ("eur", "euse"), ("if", "ive"), ("el", "elle"), ("eil", "eille"), ("ien", "ienne"), ("on", "onne"),
    ("er", "ere"), ("et", "ete"), ("c", "que"), ("oux", "ouse"), ("teur", "trice"), ("ul", "ulle"), ("as", "asse"),
    ("os", "osse"), ("ais", "aise"), ("aux", "ausse"), ("ou", "olle"), ("eau", "elle"), ("ot", "otte"), ("g", "gue"),
    ("et", "ette"), ("til", "tille"),
)  # fmt: skip


def inflect(entry: str, kind: str, language: str) -> frozenset[str]:
    """Return the forms under which a lemma is written.

    Parameters
    ----------
    entry : str
        The lemma, folded.
    kind : str
        ``adj``, ``noun`` or ``verb``; any other kind has one form.
    language : str
        ``fr`` or ``en``.

    Examples
    --------
    >>> sorted(inflect("serieux", "adj", "fr"))
    ['serieuse', 'serieuses', 'serieux']
    >>> "stopped" in inflect("stop", "verb", "en")
    True
    """
    rules: dict[tuple[str, str], Callable[[str], Iterator[str]]] = {
        ("fr", "adj"): _french_adjective,
        ("fr", "noun"): _french_noun,
        ("fr", "verb"): _french_verb,
        ("en", "noun"): _english_noun,
        ("en", "verb"): _english_verb,
    }
    rule = rules.get((language, kind))
    return frozenset({entry, *(rule(entry) if rule else ())})


def _french_adjective(lemma: str) -> Iterator[str]:
    feminines = [lemma[: -len(old)] + new for old, new in _FEMININE if lemma.endswith(old)]
    if not lemma.endswith(("e", "x")):
        feminines.append(lemma + "e")
    yield from _french_noun(lemma)
    for feminine in feminines:
        yield feminine
        yield feminine + "s"
    if lemma.endswith("al"):
        yield lemma[:-2] + "aux"


def _french_noun(lemma: str) -> Iterator[str]:
    if not lemma.endswith(("s", "x", "z")):
        yield lemma + ("x" if lemma.endswith(("au", "eu")) else "s")


def _french_verb(lemma: str) -> Iterator[str]:
    if lemma.endswith("er"):
        stem = lemma[:-2]
        yield from (stem + ending for ending in _ER.split())
        yield from (stem + ending for ending in ("e", "ee", "es", "ees"))  # é, ée, és, ées
        if stem.endswith("g"):
            yield from (stem + ending for ending in ("eons", "eait", "eais", "eaient", "eant"))
        if stem.endswith(("oy", "uy", "ay")):
            yield from (stem[:-1] + ending for ending in ("ie", "ies", "ient", "iera", "ierait"))
        if stem.endswith(("el", "et")):
            yield from (stem + stem[-1] + ending for ending in ("e", "es", "ent", "era"))
    elif lemma.endswith("ir"):
        yield from (lemma[:-2] + ending for ending in _IR.split())
    elif lemma.endswith("re"):
        yield from (lemma[:-2] + ending for ending in ("", *_RE.split()))


def _english_noun(lemma: str) -> Iterator[str]:
    if lemma.endswith("y") and lemma[-2:-1] not in "aeiou":
        yield lemma[:-1] + "ies"
    elif not lemma.endswith("s"):
        yield lemma + ("es" if lemma.endswith(("ch", "sh", "x")) else "s")


def _english_verb(lemma: str) -> Iterator[str]:
    if lemma.endswith("e"):
        yield from (lemma + "s", lemma + "d", lemma[:-1] + "ing")
    elif lemma.endswith("y") and lemma[-2:-1] not in "aeiou":
        yield from (lemma[:-1] + "ies", lemma[:-1] + "ied", lemma + "ing")
    else:
        yield lemma + ("es" if lemma.endswith(("s", "ch", "sh", "x", "z")) else "s")
        doubled = lemma + lemma[-1]
        yield from (lemma + "ed", lemma + "ing", doubled + "ed", doubled + "ing")
