"""How the report of a client looks: its logo and its colours."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bxtext.errors import ParamsError

if TYPE_CHECKING:
    from pathlib import Path

    from bxtext.params.sections import Theme

KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
LARGEST = 200_000  # bytes of a logo: the page travels by mail


@dataclass(frozen=True)
class Look:
    """Colours, and the logo as it travels inside the page; empty when there is none."""

    accent: str
    accent_dark: str
    logo: str = ""


def load_look(theme: Theme, root: Path) -> Look:
    """Return the look of a client's report.

    Raises
    ------
    ParamsError
        The logo is missing, of an unknown kind, or too large.
    """
    if theme.logo is None:
        return Look(theme.accent, theme.accent_dark)
    path = root / theme.logo
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise ParamsError(f"report.theme.logo: {theme.logo} isn't one of {', '.join(KINDS)}; save it as one of these")
    if not path.is_file():
        raise ParamsError(f"report.theme.logo: there is no file {theme.logo} in the project; give its path from there")
    image = path.read_bytes()
    if len(image) > LARGEST:
        raise ParamsError(
            f"report.theme.logo: {theme.logo} has {len(image):,} bytes, at most {LARGEST:,} may be; make it smaller"
        )
    return Look(theme.accent, theme.accent_dark, f"data:{kind};base64,{base64.b64encode(image).decode('ascii')}")
