"""What the driver models of a voice listen to: the comments at hand, or those of an earlier run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxtext.drivers.model import draw_corpus
from bxtext.errors import ParamsError, did_you_mean
from bxtext.ids import are_among
from bxtext.memory import keep_state, recall_state
from bxtext.params import check_slug
from bxtext.state import State
from bxtext.tables import VOICES, read_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TABLES_HEARD = ("segments", "documents")


def hear_voices(segments: pd.DataFrame, documents: pd.DataFrame) -> dict[str, list[str]]:
    """Return the texts that the model of each voice listens to.

    Parameters
    ----------
    segments, documents : DataFrame
        The tables of these names.

    Examples
    --------
    >>> import pandas as pd
    >>> documents = pd.DataFrame({"document_id": ["1", "2"], "voice": ["customer", "employee"]})
    >>> hear_voices(pd.DataFrame({"document_id": ["1", "1"], "text": ["slow", "dear"]}), documents)
    {'customer': ['slow', 'dear'], 'employee': []}
    """
    speaks = {voice: documents.loc[documents["voice"] == voice, "document_id"] for voice in VOICES}
    return {
        voice: draw_corpus(segments.loc[are_among(segments["document_id"], own), "text"])
        for voice, own in speaks.items()
    }


def hear_run(runs: Path, run_id: str) -> dict[str, list[str]]:
    """Return the texts that the models of an earlier run listened to.

    Parameters
    ----------
    runs : Path
        The folder of a client's runs.
    run_id : str
        One of them, or `latest`.

    Raises
    ------
    ParamsError
        There is no such run, or its tables are gone.
    """
    tables = find_heard(runs, run_id)
    written = [(tables / f"{name}.parquet").stat().st_mtime_ns for name in TABLES_HEARD]
    made_of = (tables.resolve().parent.name, written)
    known = recall_state("heard", made_of)
    if known is not None:
        return known.plain
    segments, documents = (read_table(name, tables) for name in TABLES_HEARD)
    heard = hear_voices(segments, documents)
    keep_state("heard", made_of, State({}, dict(heard)))
    return heard


def find_heard(runs: Path, run_id: str) -> Path:
    """Return the folder of the tables that a run's models listened to.

    Raises
    ------
    ParamsError
        There is no such run, or its tables are gone.
    """
    folder = runs / check_slug(run_id, "run") / "tables"
    if not all((folder / f"{name}.parquet").is_file() for name in TABLES_HEARD):
        known = sorted(path.parts[-3] for path in runs.glob("*/tables/segments.parquet"))
        hint = did_you_mean(run_id, known) if known else "no run has any yet; leave `model` out"
        raise ParamsError(f"drivers.model: run {run_id!r} has no tables; {hint}")
    return folder
