"""Stages as they are made: each as soon as what it reads is there, from the cache or by its notebook."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bxtext.errors import CellError
from bxtext.imports import LINK_GRAMMAR, leave_out
from bxtext.params import registry_path
from bxtext.pipeline.keys import digest_parts, digest_registry
from bxtext.pipeline.stages import STAGES
from bxtext.run import ENDED
from bxtext.run.cache import keep_stage, take_stage
from bxtext.run.files import digest_value, list_files
from bxtext.run.manifest import StageRecord
from bxtext.tables import count_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from bxtext.kernel import Lane
    from bxtext.pipeline.stages import Stage
    from bxtext.run import Run

REGISTRY = "themes.json"  # what a run would make of the client's registry of themes, in its folder


@dataclass(frozen=True)
class Registries:
    """Digests of the registry of themes: as it is, and as it was before the latest good run if that made it so."""

    current: str | None
    before: str | None

    @classmethod
    def of(cls, client: str, root: Path, latest: Mapping[str, Any]) -> Registries:
        """Return those of a client whose latest good run has this manifest."""
        current = digest_registry(registry_path(client, root))
        made = latest.get("registry", {})
        return cls(current, made["before"] if current is not None and made.get("after") == current else current)


@dataclass(frozen=True)
class Maker:
    """Makes the stages of one run."""

    run: Run
    settings: Mapping[str, Any]
    registries: Registries
    force: bool
    on_share: Callable[[str, float], None]

    def make_stages(self, stages: Sequence[Stage], jobs: int, on_stage: Callable[[StageRecord], None]) -> None:
        """Make stages, up to `jobs` at once: a stage waits for those before it that write what it reads.

        When one fails, or somebody interrupts, the kernels of the others are killed.
        """
        with leave_out(LINK_GRAMMAR):
            from bxtext.kernel import Lane  # noqa: PLC0415  a second to import, of no use to other commands

        waiting = list(stages)
        lanes = [Lane(self.run.root) for _ in range(jobs)]
        idle = lanes.copy()
        running: dict[Future[StageRecord], tuple[Stage, Lane]] = {}
        try:
            while waiting or running:
                starting: list[tuple[Stage, Mapping[str, str]]] = []
                at_work = [stage for stage, _ in running.values()]
                while len(starting) < len(idle) and (stage := _find_ready(waiting, at_work)):
                    waiting.remove(stage)
                    parts, taken = self._take_stage(stage)
                    if taken:
                        on_stage(taken)
                    else:
                        starting.append((stage, parts))
                        at_work.append(stage)
                for stage, parts in starting:
                    lane = idle.pop()  # the last to end: its next kernel is ready
                    made = lane.submit(self._run_stage, stage, parts, lane, next(iter(waiting), None))
                    running[made] = stage, lane
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    idle.append(running.pop(future)[1])
                    on_stage(future.result())
        finally:
            while wait(running, timeout=0.1).not_done:
                for lane in lanes:
                    lane.kill()
            for lane in lanes:
                lane.close()

    def _take_stage(self, stage: Stage) -> tuple[Mapping[str, str], StageRecord | None]:
        """Say what a stage is made from, and take it from the cache if that has it.

        In the main thread: in Python 3.11 only one may parse code (`SystemError: AST constructor recursion depth`).
        """
        parts: dict[str, str] = {}
        # a run with the data of the latest one gave its themes their ids already: it starts from where that one did
        for registry in dict.fromkeys([self.registries.before, self.registries.current] if stage.memory else [None]):
            parts = digest_parts(stage, self.run, registry=registry)
            taken = None if self.force else take_stage(self.run, stage.name, digest_value(parts))
            if taken and registry != self.registries.current and stage.memory:
                taken = taken if digest_registry(self.run.folder / REGISTRY) == self.registries.current else None
            if taken:
                return parts, taken
        return parts, None

    def _run_stage(self, stage: Stage, parts: Mapping[str, str], lane: Lane, then: Stage | None) -> StageRecord:
        """Run a stage's notebook and keep what it made."""
        start = time.monotonic()
        self.on_share(stage.name, 0.0)
        before = dict(_states(self.run.folder))
        rows, peak = self._run_notebook(stage, lane, then)
        record = StageRecord(stage.name, time.monotonic() - start, peak, rows, digest_value(parts), parts)
        changed = {name for name, state in _states(self.run.folder) if before.get(name) != state}
        tables = {f"tables/{name}.parquet" for name in stage.writes}
        keep_stage(self.run, record, sorted(tables | changed - _files_of_others(stage)))
        return record

    def _run_notebook(self, stage: Stage, lane: Lane, then: Stage | None) -> tuple[dict[str, int], float]:
        """Run one notebook. What it says of itself isn't believed: its end marker and its tables must be there."""
        run, notebooks = self.run, self.run.root / "notebooks"
        for name in stage.writes:
            (run.tables / f"{name}.parquet").unlink(missing_ok=True)
        token = uuid.uuid4().hex
        peak = lane.execute(
            notebooks / stage.notebook,
            run.folder / "notebooks" / stage.notebook,
            {"client": run.client, "run_id": run.run_id, "overrides": dict(self.settings)},
            then=notebooks / then.notebook if then else None,
            last_cell=f"from bxtext.run import end_stage\n\nend_stage({run.client!r}, {run.run_id!r}, {token!r})",
            timeout=run.params.run.timeout,
            on_cell=lambda share: self.on_share(stage.name, share),
        )
        marker = run.folder / f"{ENDED}{token}"
        if not marker.exists():
            raise CellError(f"{stage.notebook}: ended without coming to its last cell; a cell left it early")
        marker.unlink()
        missing = [name for name in stage.writes if not (run.tables / f"{name}.parquet").exists()]
        if missing:
            raise CellError(f"{stage.notebook}: ended without writing {', '.join(missing)}; a cell left it early")
        return {name: count_rows(name, run.tables) for name in stage.writes}, peak


def _find_ready(waiting: Sequence[Stage], running: Sequence[Stage]) -> Stage | None:
    """Return the first stage for which no earlier one has still to write."""
    unwritten = {name for stage in running for name in stage.writes}
    for stage in waiting:
        if not unwritten & set(stage.reads):
            return stage
        unwritten |= set(stage.writes)
    return None


def _files_of_others(stage: Stage) -> set[str]:
    """Files in a run's folder that other stages write, and may be writing now."""
    others = [other for other in STAGES if other != stage]
    tables = {f"tables/{name}.parquet" for other in others for name in other.writes}
    return tables | {f"notebooks/{other.notebook}" for other in others} | {name for one in others for name in one.files}


def _states(folder: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Each file of a folder, with what changes when it is written."""
    for name, path in list_files(folder):
        try:
            told = path.stat()
        except FileNotFoundError:  # another stage is just writing it
            continue
        yield name, (told.st_ino, told.st_mtime_ns, told.st_size)
