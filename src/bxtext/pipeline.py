"""The stages in order, and papermill over their notebooks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bxtext.errors import BxtextError, CellError, InputError, ParamsError, did_you_mean, fault_list
from bxtext.params import Params, load_params, registry_path
from bxtext.publish.leaks import check_bundle
from bxtext.publish.ledger import DRAFT, open_ledger
from bxtext.read import source_faults
from bxtext.run import (
    LATEST,
    SCRATCH,
    Run,
    StageRecord,
    adopt_tables,
    new_run_id,
    point_latest,
    private_files,
    write_manifest,
)
from bxtext.tables import REPORT_TABLES, read_table
from bxtext.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One step of the line: the question its notebook answers, the tables it reads and writes."""

    name: str
    question: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def number(self) -> int:
        """Place in the line, from 1."""
        return STAGES.index(self) + 1

    @property
    def notebook(self) -> str:
        """File name of its notebook."""
        return f"{self.number:02d}_{self.name}.ipynb"


STAGES = (
    Stage(
        "read", "What did we receive, and can all of it be read?", (),
        ("sources", "comments", "quarantined", "bad_cells", "read_notes"),
    ),
    Stage("clean", "What is worth analysing, and is nobody recognisable?", ("comments",), ("documents", "dropped")),
    Stage("segment", "Where does one remark end and the next begin?", ("documents",), ("segments",)),
    Stage(
        "themes", "What do people speak of, in their own words?", ("documents", "segments"),
        (
            "themes", "theme_terms", "segment_themes", "theme_changes", "theme_edits", "theme_periods",
            "emerging_themes",
        ),
    ),
    Stage(
        "sentiment", "Is each remark praise or blame?", ("documents", "segments"), ("sentiment", "disagreements"),
    ),
    Stage(
        "drivers", "Which drivers of experience do the remarks speak of?", ("documents", "segments", "sentiment"),
        ("drivers", "mentions", "concessions", "concession_counts"),
    ),
    Stage(
        "scores", "How well does each driver do, and how much does it matter?", ("documents", "mentions", "drivers"),
        ("driver_scores", "importance"),
    ),
    Stage(
        "linkage", "Where do customers mirror employees?", ("documents", "mentions", "drivers"),
        ("linkage", "mirror", "symmetry", "tensions", "moderation"),
    ),
    Stage(
        "brand", "CX + EX = BX: what do the two voices make together?",
        ("documents", "mentions", "drivers", "driver_scores", "importance", "linkage", "moderation"),
        ("brand", "lights", "movements", "what_if", "promises", "blame", "claims"),
    ),
    Stage(
        "report", "May this leave the building?", REPORT_TABLES, (),
    ),
)  # fmt: skip


THEMES = "themes"  # the stage whose permanent ids outlive the run


@dataclass(frozen=True)
class Outcome:
    """A finished run and what each stage cost."""

    run: Run
    records: tuple[StageRecord, ...]

    @property
    def report(self) -> Path:
        """The page to open."""
        return self.run.folder / "report.html"


def find_stage(name: str) -> Stage:
    """Return a stage by name.

    Raises
    ------
    ParamsError
        There is no such stage.

    Examples
    --------
    >>> find_stage("segment").notebook
    '03_segment.ipynb'
    """
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise ParamsError(f"stage {name!r}: unknown; {did_you_mean(name, [stage.name for stage in STAGES])}")


def stage_table() -> str:
    """Return the stages as a Markdown table, for the README and `notebooks/README.md`."""
    lines = ["| stage | question | reads | writes |", "|---|---|---|---|"]
    for stage in STAGES:
        reads = ", ".join(f"`{name}`" for name in stage.reads) or "raw files"
        writes = ", ".join(f"`{name}`" for name in stage.writes) or "`report.html`"
        link = f"[`{stage.notebook.removesuffix('.ipynb')}`](notebooks/{stage.notebook})"
        lines.append(f"| {link} | {stage.question} | {reads} | {writes} |")
    return "\n".join(lines)


def check_client(client: str, root: Path, overrides: Mapping[str, Any] | None = None) -> Params:
    """Check everything that can be checked before a kernel starts; return the resolved parameters.

    Raises
    ------
    ParamsError, TaxonomyError, InputError
        All faults of that kind at once.
    """
    params = load_params(client, root, overrides)
    load_taxonomy(**params.taxonomy.model_dump())
    if registry_path(client, root).is_file():
        from bxtext.themes.registry import load_registry  # noqa: PLC0415  a second to import

        load_registry(client, root)
    missing = [stage.notebook for stage in STAGES if not (root / "notebooks" / stage.notebook).is_file()]
    if missing:
        raise ParamsError(fault_list("notebooks/", [f"{name}: missing; restore it" for name in missing]))
    faults = source_faults(params.sources, root)
    if faults:
        raise InputError(fault_list(f"params/{client}.yaml", faults))
    return params


def run_line(  # noqa: PLR0913  one keyword an option of the command line
    client: str,
    root: Path,
    *,
    run_id: str | None = None,
    first: str = STAGES[0].name,
    last: str = STAGES[-1].name,
    overrides: Mapping[str, Any] | None = None,
    on_stage: Callable[[StageRecord], None] = lambda _: None,
) -> Outcome:
    """Run the notebooks of a client from stage `first` to stage `last`.

    Parameters
    ----------
    client : str
        Name of `params/<client>.yaml`.
    root : Path
        The project's folder.
    run_id : str, optional
        Folder of the run; by default the time in UTC.
    first, last : str
        Names of stages; tables of earlier ones come from this run or from the latest good one.
    overrides : mapping, optional
        Dotted parameter names to values.
    on_stage : callable
        Called with the record of each finished stage.

    Raises
    ------
    BxtextError
        Before any kernel starts: a fault in parameters, taxonomy or files. After: a cell failed, or something private
        would leave.
    """
    params = check_client(client, root, overrides)
    stages = _stages_between(first, last)
    if run_id in {LATEST, SCRATCH}:
        raise ParamsError(f"--run-id {run_id}: taken, for the latest good run and for work by hand; choose another")
    run = Run(client, run_id or new_run_id(), root, params)
    if run.folder.exists() and first == STAGES[0].name:
        raise ParamsError(f"run {run.run_id!r} of {client!r} exists; choose another --run-id, or go on with --from")
    with private_files():
        return _run_stages(run, stages, overrides, on_stage)


def _run_stages(
    run: Run, stages: tuple[Stage, ...], overrides: Mapping[str, Any] | None, on_stage: Callable[[StageRecord], None]
) -> Outcome:
    client, root, whole = run.client, run.root, stages[-1] == STAGES[-1]
    run.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    adopt_tables(run, [name for earlier in STAGES[: stages[0].number - 1] for name in earlier.writes])
    records: list[StageRecord] = []
    try:
        for stage in stages:
            records.append(_run_stage(run, stage, overrides))
            on_stage(records[-1])
        if whole:
            check_bundle(run)
    except BaseException as error:
        told = str(error) if isinstance(error, BxtextError) else type(error).__name__
        write_manifest(run, "failed", records, told)
        raise
    write_manifest(run, "done" if whole else "partial", records)
    if whole:
        open_ledger(run).keep(run.folder / DRAFT)
        point_latest(run)
        if THEMES in (stage.name for stage in stages) and registry_path(client, root).is_file():
            from bxtext.themes.registry import publish_registry  # noqa: PLC0415  a second to import

            publish_registry(client, root, run.folder)
    return Outcome(run, tuple(records))


def _stages_between(first: str, last: str) -> tuple[Stage, ...]:
    start, end = find_stage(first).number, find_stage(last).number
    if start > end:
        raise ParamsError(f"--from {first} comes after --to {last}; the order is {', '.join(s.name for s in STAGES)}")
    return STAGES[start - 1 : end]


def _run_stage(run: Run, stage: Stage, overrides: Mapping[str, Any] | None) -> StageRecord:
    """Run one notebook. What it says of itself isn't believed: the tables it declares must have been written."""
    from bxtext.kernel import execute_notebook  # noqa: PLC0415  a second to import, of no use to other commands

    for name in stage.writes:
        (run.tables / f"{name}.parquet").unlink(missing_ok=True)
    start = time.perf_counter()
    peak = execute_notebook(
        run.root / "notebooks" / stage.notebook,
        run.folder / "notebooks" / stage.notebook,
        {"client": run.client, "run_id": run.run_id, "overrides": dict(overrides or {})},
        folder=run.root,
    )
    missing = [name for name in stage.writes if not (run.tables / f"{name}.parquet").exists()]
    if missing:
        raise CellError(f"{stage.notebook}: ended without writing {', '.join(missing)}; a cell left it early")
    rows = {name: len(read_table(name, run.tables)) for name in stage.writes}
    return StageRecord(stage.name, time.perf_counter() - start, peak, rows)
