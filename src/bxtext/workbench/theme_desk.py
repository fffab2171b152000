"""Themes renamed, merged, split, mapped and hidden: tried on the run first, then written to the client's registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bxtext.errors import ParamsError
from bxtext.params import registry_path
from bxtext.themes import FoundThemes, replay_edits
from bxtext.themes.edits import describe_conflicts
from bxtext.themes.registry import FILE_NAME, Registry, load_registry, read_registry, write_registry

if TYPE_CHECKING:
    from bxtext.run import Run
    from bxtext.themes.registry import Edit
    from bxtext.wording import Wording

SHOWN = ["theme_id", "label_fr", "label_en", "n_segments", "mapped_to"]


class ThemeDesk:
    """The themes of a run, and the edits of its client.

    Parameters
    ----------
    run : Run
        A finished run.
    wording : Wording
        In which conflicts are told.

    Raises
    ------
    ParamsError
        The registry of the client, or of the run, can't be read.
    """

    def __init__(self, run: Run, wording: Wording) -> None:
        self.run = run
        self.wording = wording
        self.path = registry_path(run.client, run.root)
        self._found = FoundThemes(run.read("themes"), run.read("theme_terms"), run.read("segment_themes"))
        self._segments, self._documents = run.read("segments"), run.read("documents")
        self._driver_ids = frozenset(run.read("drivers")["driver_id"])

    @property
    def registry(self) -> Registry:
        """The client's registry as it is on the disk now; where none is kept, that of the run."""
        if self.path.is_file() and (kept := load_registry(self.run.client, self.run.root)).themes:
            return kept
        of_run = self.run.folder / FILE_NAME
        return read_registry(of_run) if of_run.is_file() else Registry()

    def edits(self) -> pd.DataFrame:
        """Return the edits on the disk, and what each comes to: the table `theme_edits`."""
        return replay_edits(self._found, self._segments, self._documents, self.registry, self._driver_ids).theme_edits

    def themes(self) -> pd.DataFrame:
        """Return the themes as the edits on the disk leave them, the largest first."""
        return self._replay(self.registry)

    def preview(self, edit: Edit) -> pd.DataFrame:
        """Return the themes that an edit would change: each before and after, nothing written.

        Raises
        ------
        ParamsError
            The edit contradicts the registry; the message says how, and what to do.
        """
        now = self.registry
        self._refuse_conflict(now, edit)
        before, after = self._replay(now), self._replay(_with(now, edit))
        both = before.merge(after, on="theme_id", how="outer", suffixes=("_before", "_after"), indicator=True)
        same = pd.Series(both["_merge"] == "both")
        for name in SHOWN[1:]:
            first, second = both[f"{name}_before"], both[f"{name}_after"]
            same &= (first == second) | (first.isna() & second.isna())
        return both[~same].drop(columns="_merge").reset_index(drop=True)

    def commit(self, edit: Edit) -> None:
        """Write an edit to the client's registry, in one step; every later run replays it.

        Raises
        ------
        ParamsError
            As for `preview`.
        """
        now = self.registry
        self._refuse_conflict(now, edit)
        write_registry(_with(now, edit), self.path)

    def undo(self) -> Edit | None:
        """Take back the last edit of the registry; return it."""
        now = self.registry
        if not now.edits:
            return None
        write_registry(now.model_copy(update={"edits": now.edits[:-1]}), self.path)
        return now.edits[-1]

    def _replay(self, registry: Registry) -> pd.DataFrame:
        edited = replay_edits(self._found, self._segments, self._documents, registry, self._driver_ids).found.themes
        return edited.sort_values(["n_segments", "theme_id"], ascending=[False, True], ignore_index=True)[SHOWN]

    def _refuse_conflict(self, registry: Registry, edit: Edit) -> None:
        tried = _with(registry, edit)
        told = replay_edits(self._found, self._segments, self._documents, tried, self._driver_ids).theme_edits
        faults = describe_conflicts(told, self.wording)
        standing = describe_conflicts(told.iloc[:-1], self.wording)
        if len(faults) > 0 and faults["edit"].max() == len(tried.edits):
            raise ParamsError(str(faults["conflict"].iloc[-1]))
        if len(standing) > len(describe_conflicts(self.edits(), self.wording)):
            raise ParamsError(str(standing["conflict"].iloc[-1]))


def _with(registry: Registry, edit: Edit) -> Registry:
    return registry.model_copy(update={"edits": (*registry.edits, edit)})
