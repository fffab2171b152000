"""Runs that were made: `runs`, `show`, `logs`, `open`, `verify`, `compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bxtext.cli.options import ClientName, RunId  # noqa: TC001  typer reads them
from bxtext.errors import ParamsError, TableError

if TYPE_CHECKING:
    from bxtext.run import Run

# What a command needs is imported inside it, so that `bxtext --help` answers at once.
# ruff: noqa: PLC0415

app = typer.Typer()
AnyRunId = Annotated[str | None, typer.Argument(help="the run; the newest by default, good or not")]
StageName = Annotated[str | None, typer.Option("--stage", help="a stage; by default the one that failed, or the last")]


@app.command()
def runs(client: ClientName) -> None:
    """List a client's runs, newest first."""
    for manifest in _list(client):
        seconds = sum(stage["seconds"] for stage in manifest["stages"] if not stage.get("taken"))
        told = manifest["message"].partition("\n")[0]
        typer.echo(f"{manifest['run_id']}  {manifest['status']:<8} {seconds:6.0f} s  {told}")


@app.command()
def show(client: ClientName, run_id: RunId = None) -> None:
    """Show what a run was made of, what each stage cost and made, and how it ended."""
    from bxtext.run.manifest import read_manifest

    manifest = read_manifest(_find(client, run_id).folder)
    typer.echo(
        f"{client} {manifest['run_id']}: {manifest['status']} {manifest['ended']}  {manifest['message']}".strip()
    )
    typer.echo(f"bxtext {manifest['bxtext']}, commit {manifest['git_commit']}, parameters {manifest['params_digest']}")
    for source in manifest["inputs"]:
        typer.echo(f"  {source['source']}: {source['n_received']:,} received, {source['n_comments']:,} comments")
    for stage in manifest["stages"]:
        cost = "unchanged" if stage.get("taken") else f"{stage['seconds']:.1f} s, {stage['peak_mb']} MB"
        rows = ", ".join(f"{count:,} {name}" for name, count in stage["rows"].items())
        typer.echo(f"  {stage['stage']:<10} {cost:<18} {rows}")


@app.command()
def logs(client: ClientName, run_id: AnyRunId = None, stage: StageName = None) -> None:
    """Print what a stage's notebook printed, errors first; it may hold comments, and is for your eyes only."""
    import nbformat

    notebook = nbformat.read(_executed(client, run_id, stage), as_version=4)  # type: ignore[no-untyped-call]
    outputs = [(number, output) for number, cell in enumerate(notebook.cells) for output in cell.get("outputs", [])]
    for number, output in outputs:
        if output["output_type"] == "error":
            typer.echo(f"cell {number}: {output['ename']}: {output['evalue']}\n" + "\n".join(output["traceback"]))
    for number, output in outputs:
        text = output.get("text") or output.get("data", {}).get("text/plain")
        if text:
            typer.echo(f"cell {number}:\n{text.rstrip()}")


@app.command(name="open")
def open_notebook(client: ClientName, run_id: AnyRunId = None, stage: StageName = None) -> None:
    """Open a stage's executed notebook in JupyterLab, with the parameters it ran with."""
    import subprocess

    path = _executed(client, run_id, stage)
    done = subprocess.run([Path(sys.executable).with_name("jupyter"), "lab", path], check=False)  # noqa: S603  our own
    raise typer.Exit(done.returncode)


@app.command()
def verify(client: ClientName, run_id: RunId = None) -> None:
    """Hold every file of a run against the digests in its manifest."""
    from bxtext.errors import fault_list
    from bxtext.run.publishing import verify_run

    run = _find(client, run_id)
    faults = verify_run(run.root, client, run.run_id)
    if faults:
        raise TableError(fault_list(f"run {run.run_id}", faults))
    typer.echo(f"run {run.run_id}: every file is as the run left it")


@app.command()
def compare(
    client: ClientName,
    run_id: RunId = None,
    previous: Annotated[str | None, typer.Argument(help="the earlier run; by default the good one before it")] = None,
) -> None:
    """Show what changed between two runs beyond noise, and why."""
    from bxtext.run.comparison import compare_with

    run = _find(client, run_id)
    drift = compare_with(run, previous)
    counts = f"{drift.n_new:,} new comments, {drift.n_earlier:,} earlier"
    typer.echo(f"{client}: run {run.run_id} against {drift.previous}; {counts}\n")
    rate = run.params.drift.false_alarms
    made = int(drift.tests["p_value"].notna().sum())
    for title, table in {
        f"Alarms, of {made} tests; at most {rate:.0%} of comparisons raise one when nothing has changed": drift.alarms,
        "Why the runs differ": drift.causes,
        "Themes": drift.themes,
        "Links found or lost": drift.links,
        "Units in another quadrant": drift.quadrants,
    }.items():
        typer.echo(f"{title}\n{table.round(3).to_string(index=False, na_rep='-') if len(table) else 'none'}\n")


def _find(client: str, run_id: str | None) -> Run:
    from bxtext.params import find_root, load_params
    from bxtext.run import find_run

    root = find_root(Path.cwd())
    return find_run(client, root, load_params(client, root), run_id)


def _list(client: str) -> list[dict[str, Any]]:
    """Return the manifests of a client's runs, newest first."""
    from bxtext.errors import did_you_mean
    from bxtext.params import check_slug, client_names, find_root
    from bxtext.run.manifest import list_runs

    root = find_root(Path.cwd())
    made = list_runs(root, check_slug(client))
    if not made and client not in client_names(root):
        raise ParamsError(f"client {client!r}: unknown; {did_you_mean(client, client_names(root))}")
    if not made:
        raise ParamsError(f"client {client!r}: no run yet; `bxtext run {client}` makes one")
    return made


def _executed(client: str, run_id: str | None, stage: str | None) -> Path:
    """Find the executed notebook of a stage of a run; of none, the one that the run's error names, or the last."""
    from bxtext.pipeline import find_stage
    from bxtext.run.manifest import read_manifest

    run = _find(client, run_id or _list(client)[0]["run_id"])
    folder, message = run.folder / "notebooks", read_manifest(run.folder)["message"]
    found = sorted(path.name for path in folder.glob("*.ipynb"))
    failed = next((name for name in found if message.startswith(name)), (found or [""])[-1])
    name = find_stage(stage).notebook if stage else failed
    if name not in found:
        raise ParamsError(
            f"run {folder.parent.name}: no executed notebook of {stage or 'any stage'}; it has {', '.join(found)}"
        )
    return folder / name
