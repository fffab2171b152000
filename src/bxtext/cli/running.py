"""Running: `run` and `schedule`."""

from __future__ import annotations

import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bxtext.cli.options import ClientName, Overrides  # noqa: TC001  typer reads them
from bxtext.cli.progress import Progress
from bxtext.errors import BxtextError, CellError, InputError, ParamsError

if TYPE_CHECKING:
    from types import FrameType

    from bxtext.pipeline import Outcome

# What a command needs is imported inside it, so that `bxtext --help` answers at once.
# ruff: noqa: PLC0415

app = typer.Typer()
DRIFTED, INTERRUPTED, TERMINATED = 10, 130, 143
SEVERITY = (0, DRIFTED, 5, 3, 2, 6, 7, 4, 1)  # exit codes of several clients, the worst last


class _TerminatedError(KeyboardInterrupt):
    """The system asked the run to end."""


@app.command()
def run(  # noqa: PLR0913, PLR0917  one argument an option
    client: Annotated[str | None, typer.Argument(help="name of params/<client>.yaml")] = None,
    run_id: Annotated[str | None, typer.Option(help="folder of the run; the time in UTC by default")] = None,
    first: Annotated[str, typer.Option("--from", help="first stage")] = "read",
    last: Annotated[str, typer.Option("--to", help="last stage")] = "report",
    only: Annotated[str | None, typer.Option("--only", help="the one stage to run, on what is there")] = None,
    force: Annotated[bool, typer.Option("--force", help="run stages that nothing changed, too")] = False,  # noqa: FBT002
    jobs: Annotated[int, typer.Option(min=1, help="stages at work at once, where none waits for the other")] = 1,
    every: Annotated[bool, typer.Option("--all", help="run every client in params/")] = False,  # noqa: FBT002
    strict_drift: Annotated[bool, typer.Option(help="exit 10 when the run raises an alarm of drift")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="a line of JSON an event")] = False,  # noqa: FBT002
    overrides: Overrides = None,
) -> None:
    """Run the line of notebooks, from raw files to the report; stages that nothing changed are not run again."""
    from bxtext.params import check_slug, client_names, find_root, parse_overrides

    if every == (client is not None):
        raise ParamsError("run: give the name of a client, or --all")
    if only and (first, last) != ("read", "report"):
        raise ParamsError("--only: is --from and --to in one; give either")
    signal.signal(signal.SIGTERM, _terminate)
    root = find_root(Path.cwd())
    asked: dict[str, Any] = {
        "run_id": check_slug(run_id, "run") if run_id else None,
        "first": only or first,
        "last": only or last,
        "force": force,
        "jobs": jobs,
        "overrides": parse_overrides(overrides or []),
    }
    progress = Progress("json" if as_json else "live" if sys.stdout.isatty() else "quiet")
    codes = {
        name: _run_client(name, root, asked, progress, strict_drift=strict_drift)
        for name in (client_names(root) if every else [str(client)])
    }
    if every:
        progress.tell_end(
            "\n".join(f"{name:<20} exit {code}" for name, code in codes.items()) or "no client in params/", codes=codes
        )
    raise typer.Exit(max(codes.values(), key=SEVERITY.index, default=0))


@app.command()
def schedule(
    client: ClientName,
    when: Annotated[str, typer.Option(help="such as 'Mon 07:00', 'Mon,Thu 07:00', 'daily 07:00', 'monthly 07:00'")],
    kind: Annotated[str, typer.Option("--as", help="systemd, cron, github or airflow")] = "systemd",
) -> None:
    """Print a unit that runs a client on time."""
    from bxtext.params import find_root, load_params
    from bxtext.scheduling import parse_when, write_schedule

    root = find_root(Path.cwd())
    load_params(client, root)
    command = Path(sys.executable).with_name("bxtext")
    typer.echo(write_schedule(client, parse_when(when), kind, command=command, root=root), nl=False)


def _run_client(client: str, root: Path, asked: dict[str, Any], progress: Progress, *, strict_drift: bool) -> int:
    """Run one client; tell how it ended to whoever asked, and return the exit code."""
    from bxtext.params import load_params
    from bxtext.scheduling.notify import End, tell_end

    start = time.monotonic()
    run_id, status, kind, code = asked["run_id"] or "", "failed", "", 1
    try:
        outcome = _run_line(client, root, asked, progress)
        run_id, status = outcome.run.run_id, "already done" if outcome.unchanged else "done"
        code = DRIFTED if strict_drift and _drifted(client, root, outcome, progress) else 0
        if not outcome.run.read("sources")["n_comments"].sum():
            typer.echo("no source holds a comment: the tables and the report say so", err=True)
            code = InputError.exit_code
    except BxtextError as error:
        progress.clear()
        kind, code = type(error).__name__, error.exit_code
        typer.echo(f"{kind}: {error}", err=True)
        progress.tell_error(client, kind=kind, exit_code=code, message=str(error))
        if isinstance(error, CellError):
            typer.echo(f"`bxtext logs {client}` shows what the cell printed", err=True)
    except KeyboardInterrupt as error:
        progress.clear()
        terminated = isinstance(error, _TerminatedError)
        typer.echo("terminated" if terminated else "interrupted", err=True)
        status, code = "interrupted", TERMINATED if terminated else INTERRUPTED
        raise typer.Exit(code) from error
    except Exception:  # noqa: BLE001  a bug met by one client isn't one of those after it
        progress.clear()
        traceback.print_exc()
        kind = "bug"
        progress.tell_error(client, kind=kind, exit_code=code, message="")
    finally:
        end = End(client, run_id, status, code, kind, round(time.monotonic() - start, 1))
        try:
            faults = tell_end(load_params(client, root).notify, end)
        except BxtextError:  # without parameters there is nobody to tell
            faults = []
        for fault in faults:
            typer.echo(f"not told: {fault}", err=True)
    return code


def _run_line(client: str, root: Path, asked: dict[str, Any], progress: Progress) -> Outcome:
    from bxtext.lock import refuse_second
    from bxtext.params import check_slug

    refuse_second(root, check_slug(client))  # before what takes a second to import
    from bxtext.pipeline import run_line

    start = time.monotonic()
    outcome = run_line(client, root, on_stage=progress.tell_stage, on_share=progress.tell_share, **asked)
    seconds = time.monotonic() - start
    made = (outcome.report if outcome.report.exists() else outcome.run.folder).relative_to(root)
    told = f"already done, nothing has changed: {made}" if outcome.unchanged else f"done in {seconds:.0f} s: {made}"
    progress.tell_end(told, client=client, run_id=outcome.run.run_id, unchanged=outcome.unchanged, made=str(made))
    return outcome


def _drifted(client: str, root: Path, outcome: Outcome, progress: Progress) -> bool:
    """Whether a run differs from the one before it beyond noise; the first run of a client doesn't."""
    from bxtext.run.comparison import compare_with, previous_run

    if previous_run(client, root, outcome.run.run_id) is None:
        return False
    count = len(compare_with(outcome.run).alarms)
    if count:
        progress.tell_end(f"{count} alarms of drift; `bxtext compare {client}` shows them", alarms=count)
    return count > 0


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _TerminatedError
