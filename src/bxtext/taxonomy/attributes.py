"""Words that say who a remark is about and where on the journey it stands: `attributes.yaml`, and a client's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bxtext.errors import did_you_mean
from bxtext.tables import ACTORS, JOURNEY_STAGES, LANGUAGES, VOICES
from bxtext.yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE = "none"  # phrases that look like an actor or a stage and are neither
ALLOWED = {"actor": (*ACTORS, NONE), "stage": (*JOURNEY_STAGES, NONE)}

# attribute -> voice -> value -> language -> phrases; of two values in one text the first listed counts
Attributes = dict[str, dict[str, dict[str, dict[str, tuple[str, ...]]]]]


@cache
def core_attributes() -> Attributes:
    """Return the words of the package.

    Examples
    --------
    >>> "livreur" in core_attributes()["actor"]["customer"]["provider"]["fr"]
    True
    """
    empty: Attributes = {attribute: {voice: {} for voice in VOICES} for attribute in ALLOWED}
    return add_words(empty, read_yaml(Path(__file__).parent / "attributes.yaml"))


def add_words(known: Attributes, heard: Mapping[str, Any]) -> Attributes:
    """Return the words of both, those of `known` first."""
    return {
        attribute: {
            voice: {
                value: {
                    language: tuple(
                        dict.fromkeys(
                            phrase
                            for words in (of_voice, _branch(heard, attribute, voice))
                            for phrase in words.get(value, {}).get(language, ())
                        )
                    )
                    for language in LANGUAGES
                }
                for value in dict.fromkeys([*of_voice, *_branch(heard, attribute, voice)])
            }
            for voice, of_voice in known[attribute].items()
        }
        for attribute in known
    }


def _branch(heard: Mapping[str, Any], attribute: str, voice: str) -> Mapping[str, Any]:
    branch: Mapping[str, Any] = heard.get(attribute, {}).get(voice, {})
    return branch


def word_faults(heard: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a client's words: a name that no attribute, voice, value or language has."""
    return _faults(heard, "taxonomy.hear", (list(ALLOWED), VOICES, None, LANGUAGES))


def _faults(branch: Mapping[str, Any], where: str, levels: Sequence[Sequence[str] | None]) -> list[str]:
    allowed = ALLOWED[where.split(".")[2]] if levels[0] is None else levels[0]
    faults = []
    for name, inside in branch.items():
        if name not in allowed:
            faults.append(f"{where}: unknown {name!r}; {did_you_mean(name, allowed)}")
        elif len(levels) > 1:
            faults += _faults(inside, f"{where}.{name}", levels[1:])
    return faults
