"""One way to read YAML: version 1.2 (`no` stays the word no), duplicate keys refused, faults located."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bxtext.errors import ParamsError

MAX_BYTES = 1_000_000
PACKAGE = Path(__file__).parent


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping a YAML file holds; an empty file is an empty mapping.

    Raises
    ------
    ParamsError
        The file is missing, too large, not UTF-8, not YAML, or not a mapping.
    """
    if not path.is_file():
        raise ParamsError(f"{path.name}: no such file in {path.parent.name}/")
    if path.stat().st_size > MAX_BYTES:
        raise ParamsError(f"{path.name}: {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read")
    # libyaml reads our own cards nine times as fast; a client's file, nested deep enough, would crash it
    pure = not path.is_relative_to(PACKAGE)
    try:
        loaded = YAML(typ="safe", pure=pure).load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ParamsError(f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ParamsError(f"{path.name}{where}: not valid YAML: {error.problem}") from error
    except YAMLError as error:
        raise ParamsError(f"{path.name}: not valid YAML") from error
    except RecursionError:
        raise ParamsError(f"{path.name}: nested too deep; four levels are enough for any parameter") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ParamsError(f"{path.name}: holds a {type(loaded).__name__}; expected `section: values` at the top")
    return loaded


def parse_scalar(text: str) -> Any:
    """Return what `text` means as one YAML value, as in `--set scores.min_respondents=8`.

    Examples
    --------
    >>> parse_scalar("8"), parse_scalar("no"), parse_scalar("[fr, en]")
    (8, 'no', ['fr', 'en'])
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError) as error:
        raise ParamsError(f"{text[:80]!r} is not a YAML value") from error
