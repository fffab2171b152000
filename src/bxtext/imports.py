"""Heavy libraries are imported without what they would drag in and nobody here asks for."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# jsonschema compiles 38 grammars of it, to check links in formats that no notebook has: a second and a half
LINK_GRAMMAR = "rfc3987_syntax"
SPACY = "spacy"  # BERTopic has it for one way to name topics: most of a second


@contextmanager
def leave_out(*names: str) -> Iterator[None]:
    """Have the imports inside find no modules of these names, as if optional packages weren't installed.

    Nothing changes for those that are loaded already, or for imports afterwards.

    Examples
    --------
    >>> with leave_out("turtledemo"):
    ...     try:
    ...         import turtledemo
    ...     except ImportError:
    ...         print("not found")
    not found
    """
    spared = [name for name in names if name not in sys.modules]
    for name in spared:
        sys.modules[name] = cast("ModuleType", None)  # what Python's import system takes for: there is none
    try:
        yield
    finally:
        for name in spared:
            del sys.modules[name]
