"""One run of the line, from a lock to a pointer: stages whose making has not changed are taken from the cache."""

from __future__ import annotations

import contextlib
import errno
import shutil
from bisect import insort
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from bxtext.errors import BxtextError, InputError, ParamsError, ResourceError, fault_list
from bxtext.lock import hold_client
from bxtext.parallel import reach_scheduler
from bxtext.params import Params, load_params, registry_path
from bxtext.params.running import Running, period_of
from bxtext.pipeline.keys import digest_parts, digest_registry
from bxtext.pipeline.making import REGISTRY, Maker, Registries
from bxtext.pipeline.stages import STAGES, Stage, find_stage, stages_between
from bxtext.read import source_faults
from bxtext.read.side_tables import side_faults
from bxtext.run import (
    SCRATCH,
    Run,
    adopt_tables,
    check_output,
    new_run_id,
    point_latest,
    private_files,
    runs_folder,
    working_folder,
)
from bxtext.run.cache import prune_cache
from bxtext.run.files import digest_value
from bxtext.run.manifest import LATEST, StageRecord, write_manifest
from bxtext.run.publishing import (
    find_cut_off,
    finish_publishing,
    name_run,
    open_working,
    remember_publication,
    sweep_working,
    verify_run,
)
from bxtext.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

SHORTAGES = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOMEM, errno.EMFILE}


@dataclass(frozen=True)
class Outcome:
    """A finished run and what each stage cost; `unchanged` when there was nothing to do."""

    run: Run
    records: tuple[StageRecord, ...]
    unchanged: bool = False

    @property
    def report(self) -> Path:
        """The page to open, or whatever form the report takes first."""
        return self.run.folder / f"report.{self.run.params.report.formats[0]}"


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
    if params.themes.model is not None:
        from bxtext.themes.kept import find_kept  # noqa: PLC0415  a second to import

        find_kept(runs_folder(root, client), params.themes.model)
    if params.drivers.model is not None:
        from bxtext.drivers.heard import find_heard  # noqa: PLC0415  a second to import

        find_heard(runs_folder(root, client), params.drivers.model)
    missing = [stage.notebook for stage in STAGES if not (root / "notebooks" / stage.notebook).is_file()]
    if missing:
        raise ParamsError(fault_list("notebooks/", [f"{name}: missing; restore it" for name in missing]))
    faults = source_faults(params.sources, root) + side_faults(params, root)
    if faults:
        raise InputError(fault_list(f"params/{client}.yaml", faults))
    if "pdf" in params.report.formats or params.report.master is not None:
        from bxtext.report import check_formats  # noqa: PLC0415  a second to import

        check_formats(params.report.formats, params.report.master, root)
    if params.engine.kind == "dask":
        reach_scheduler(params.engine.scheduler).close()
    return params


def run_line(  # noqa: PLR0913  one keyword an option of the command line
    client: str,
    root: Path,
    *,
    run_id: str | None = None,
    first: str = STAGES[0].name,
    last: str = STAGES[-1].name,
    overrides: Mapping[str, Any] | None = None,
    force: bool = False,
    jobs: int = 1,
    on_stage: Callable[[StageRecord], None] = lambda _: None,
    on_share: Callable[[str, float], None] = lambda _name, _share: None,
) -> Outcome:
    """Run the notebooks of a client from stage `first` to stage `last`.

    A stage is run again only when its code, packages, taxonomy, parameters or data have changed; a whole run in which
    nothing has isn't made. A run that was cut off is taken up again, under its own id, from the stages it finished.

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
    force : bool
        Run every stage asked for, changed or not.
    jobs : int
        Stages at work at once, where none waits for a table of the other.
    on_stage : callable
        Called with the record of each finished stage.
    on_share : callable
        Called with the name of the running stage and the share of its cells that are behind.

    Raises
    ------
    BxtextError
        Before any kernel starts: a fault in parameters, taxonomy or files, or another run is going on. After: a cell
        failed, something private would leave, or the machine ran short of something. The latest good run stays.
    """
    stages = stages_between(first, last)
    if run_id in {LATEST, SCRATCH}:
        raise ParamsError(f"--run-id {run_id}: taken, for the latest good run and for work by hand; choose another")
    check_output(root, client)
    load_params(client, root, overrides)
    with _shortages(client), private_files(), hold_client(root, client):
        latest = finish_publishing(root, client) or {}
        _finish_registry(client, root, latest)
        if latest:
            remember_publication(runs_folder(root, client), latest["run_id"])
        whole = stages == STAGES
        if whole and latest and not force and run_id is None:
            known = _unchanged(client, root, overrides, latest)
            if known is not None:
                sweep_working(root, client, keep=None)
                return Outcome(known, (), unchanged=True)
        params = check_client(client, root, overrides)  # only now: the taxonomy alone takes a second
        cut_off = find_cut_off(root, client) if first == STAGES[0].name else None
        day = params.run.today or datetime.now(UTC).date()
        settings = {**(overrides or {}), "run.today": day.isoformat()}
        name = run_id or cut_off or _free_id(root, client)
        run = Run(client, name, root, load_params(client, root, settings))
        sweep_working(root, client, keep=None)
        _start(run, stages)
        return _run_stages(run, stages, settings, latest, force=force, jobs=jobs, on_stage=on_stage, on_share=on_share)


def _start(run: Run, stages: Sequence[Stage]) -> None:
    """Open the working folder, with what stages before the first one made."""
    folder = runs_folder(run.root, run.client) / run.run_id
    if folder.is_dir() and stages[0] == STAGES[0]:
        raise ParamsError(f"run {run.run_id!r} of {run.client!r} exists; choose another --run-id, or go on with --from")
    latest = runs_folder(run.root, run.client) / LATEST
    if folder.is_dir() and latest.resolve() == folder.resolve():
        raise ParamsError(f"run {run.run_id!r} is the latest good one and stays as it is; choose another --run-id")
    open_working(run)
    try:
        adopt_tables(run, [name for earlier in STAGES[: stages[0].number - 1] for name in earlier.writes])
    except ParamsError:
        shutil.rmtree(working_folder(run.root, run.client, run.run_id), ignore_errors=True)
        raise


def _run_stages(  # noqa: PLR0913  a run, and what `run_line` was asked
    run: Run,
    stages: Sequence[Stage],
    settings: Mapping[str, Any],
    latest: Mapping[str, Any],
    *,
    force: bool,
    jobs: int,
    on_stage: Callable[[StageRecord], None],
    on_share: Callable[[str, float], None],
) -> Outcome:
    registries = Registries.of(run.client, run.root, latest)
    records: list[StageRecord] = []
    whole = stages[-1] == STAGES[-1]

    def keep(record: StageRecord) -> None:
        insort(records, record, key=lambda one: find_stage(one.stage).number)
        on_stage(record)

    try:
        Maker(run, settings, registries, force, on_share).make_stages(stages, jobs, keep)
        if whole:
            from bxtext.publish.leaks import check_bundle  # noqa: PLC0415  a second to import

            check_bundle(run)
        facts = {"registry": _registry_facts(run, stages, registries, latest)}
        write_manifest(run, "done" if whole else "partial", records, facts=facts)
    except BaseException as error:
        told = str(error) if isinstance(error, BxtextError) else type(error).__name__
        status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        with contextlib.suppress(OSError, BxtextError):  # of a full disk the first error tells enough
            write_manifest(run, status, records, told)
            name_run(run)
        raise
    name_run(run)
    if whole:
        remember_publication(runs_folder(run.root, run.client), run.run_id)
        point_latest(run)
        _finish_registry(run.client, run.root, facts)
    prune_cache(run.root, run.client, max_days=run.params.run.cache_days, max_gb=run.params.run.cache_gb)
    return Outcome(run, tuple(records))


def _unchanged(client: str, root: Path, overrides: Mapping[str, Any] | None, latest: Mapping[str, Any]) -> Run | None:
    """Return the latest good run if a run now would be made from the same, and it is whole."""
    keys = {stage["stage"]: stage.get("key") for stage in latest["stages"]}
    if set(keys) != {stage.name for stage in STAGES}:
        return None
    day = latest["params"].get("run", {}).get("today")
    if day is None or not _same_period(load_params(client, root, overrides).run, date.fromisoformat(day)):
        return None
    params = load_params(client, root, {**(overrides or {}), "run.today": day})
    run = Run(client, latest["run_id"], root, params)
    if verify_run(root, client, run.run_id):
        return None
    before = Registries.of(client, root, latest).before
    same = (digest_value(digest_parts(stage, run, registry=before)) == keys[stage.name] for stage in STAGES)
    return run if all(same) else None


def _same_period(asked: Running, day: date) -> bool:
    """Whether a run asked for now stands for the same day, week or month as one of `day`."""
    today = asked.today or datetime.now(UTC).date()
    return today == day if asked.today else period_of(today, asked.every) == period_of(day, asked.every)


def _registry_facts(
    run: Run, stages: Sequence[Stage], registries: Registries, latest: Mapping[str, Any]
) -> Mapping[str, str | None]:
    """What the run makes of the registry of themes: digests before and after."""
    if registries.current is None or not (run.folder / REGISTRY).exists() or not any(stage.memory for stage in stages):
        known: Mapping[str, str | None] = latest.get("registry", {})
        return known
    if digest_registry(registry_path(run.client, run.root)) != registries.current:
        name = registry_path(run.client, run.root).name
        raise ParamsError(f"params/{name}: a run wrote it while this one went on; run `bxtext run {run.client}` again")
    after = digest_registry(run.folder / REGISTRY)
    return {"before": registries.before if after == registries.current else registries.current, "after": after}


def _finish_registry(client: str, root: Path, manifest: Mapping[str, Any]) -> None:
    """Bring the client's registry of themes up to date with the latest good run, unless it is."""
    made, current = manifest.get("registry", {}), digest_registry(registry_path(client, root))
    folder = (runs_folder(root, client) / LATEST).resolve()
    if current is not None and made and made["before"] == current != made["after"] and (folder / REGISTRY).is_file():
        from bxtext.themes.registry import publish_registry  # noqa: PLC0415  a second to import

        publish_registry(client, root, folder)


def _free_id(root: Path, client: str) -> str:
    """An id of the time that no other run has, even one of the same second."""
    name = started = new_run_id()
    number = 1
    while (runs_folder(root, client) / name).exists():
        number += 1
        name = f"{started}-{number}"
    return name


@contextlib.contextmanager
def _shortages(client: str) -> Iterator[None]:
    """Say what the machine ran short of; any other fault of the system is a bug."""
    try:
        yield
    except OSError as error:
        if error.errno not in SHORTAGES:
            raise
        place = str(error.filename or "").rpartition("/")[2]
        raise ResourceError(
            f"data/runs/{client}: {error.strerror}{f' ({place})' if place else ''}; make room, or give bxtext the "
            "right to write there; the latest good run is as it was"
        ) from error
