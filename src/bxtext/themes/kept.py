"""The themes of a run, kept beside its tables as arrays and JSON, for later runs to assign with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bxtext.errors import ParamsError, did_you_mean
from bxtext.params import check_slug
from bxtext.tables import VOICES, check_table
from bxtext.themes.model import ThemeModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bxtext.themes import FoundThemes

FOLDER, NAMES = "model", "themes.json"  # in the folder of a run; a folder a voice beside the names


@dataclass(frozen=True)
class KeptThemes:
    """The model of each voice; the tables `themes` and `theme_terms` of the run, and the permanent id of each theme."""

    models: dict[str, ThemeModel]
    themes: pd.DataFrame
    theme_terms: pd.DataFrame
    permanent_ids: dict[str, str]


def save_themes(found: FoundThemes, permanent_ids: Mapping[str, str], run: Path) -> None:
    """Write the models of a run, and what their themes are called, into its folder.

    Parameters
    ----------
    found : FoundThemes
        As `find_themes` gives them.
    permanent_ids : mapping of str to str
        The ids that `register_themes` gave them.
    run : Path
        The folder of the run.
    """
    for voice, model in found.models.items():
        model.save(run / FOLDER / voice)
    names = {
        "permanent_ids": dict(permanent_ids),
        "themes": _as_plain(found.themes),
        "theme_terms": _as_plain(found.theme_terms),
    }
    (run / FOLDER / NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")


def _as_plain(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a table as JSON can hold it, to the last digit."""
    return frame.astype("object").where(frame.notna(), None).to_dict("split", index=False)


def load_themes(runs: Path, run_id: str) -> KeptThemes:
    """Read what `save_themes` wrote.

    Parameters
    ----------
    runs : Path
        The folder of a client's runs.
    run_id : str
        One of them, or `latest`.

    Raises
    ------
    ParamsError
        There is no such run, or it has kept no themes.
    BxtextError
        The models are of another version of bxtext.
    """
    folder = find_kept(runs, run_id)
    names = json.loads((folder / NAMES).read_text(encoding="utf-8"))
    themes, terms = (check_table(pd.DataFrame(**names[name]), name) for name in ("themes", "theme_terms"))
    return KeptThemes(
        {voice: ThemeModel.load(folder / voice) for voice in VOICES}, themes, terms, names["permanent_ids"]
    )


def find_kept(runs: Path, run_id: str) -> Path:
    """Return the folder that the themes of a run are kept in.

    Raises
    ------
    ParamsError
        There is no such run, or it has kept no themes.
    """
    folder = runs / check_slug(run_id, "run") / FOLDER
    if not (folder / NAMES).is_file():
        known = sorted(path.parts[-3] for path in runs.glob(f"*/{FOLDER}/{NAMES}"))
        hint = did_you_mean(run_id, known) if known else "no run has yet; leave `model` out"
        raise ParamsError(f"themes.model: run {run_id!r} has kept no themes; {hint}")
    return folder
