"""The command line: run, schedule, report; runs, show, logs, open, verify, compare; check, new; lab, explore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bxtext.cli import history, running
from bxtext.cli.options import ClientName, Overrides  # noqa: TC001  typer reads them
from bxtext.errors import BxtextError

if TYPE_CHECKING:
    import pandas as pd

    from bxtext.onboarding import Preview

# What a command needs is imported inside it, so that `bxtext --help` answers at once.
# ruff: noqa: PLC0415

app = typer.Typer(
    help="Mine customer reviews and employee comments, in French and English: CX + EX = BX.",
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
app.add_typer(running.app)
app.add_typer(history.app)


@app.command()
def check(client: ClientName, overrides: Overrides = None) -> None:
    """Check parameters, drivers and files; print the parameters as resolved, and what each source would give."""
    from bxtext.onboarding import preview_source
    from bxtext.params import find_root, parse_overrides
    from bxtext.pipeline import check_client
    from bxtext.run import read_last

    root = find_root(Path.cwd())
    params = check_client(client, root, parse_overrides(overrides or []))
    typer.echo(params.model_dump_json(indent=2))
    earlier = read_last(root, client, "source_columns")
    for source in params.sources:
        _show_preview(preview_source(source, root, **params.read.model_dump(), earlier=earlier))
    typer.echo(f"{client}: {len(params.sources)} sources can be read; parameters {params.digest()}", err=True)


@app.command()
def new(
    client: ClientName,
    files: Annotated[list[Path] | None, typer.Option("--from", help="a file to look at, or several")] = None,
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="file", help="the others, as `--from *` gives them")
    ] = None,
) -> None:
    """Write params/<client>.yaml, to be filled in, or proposed from files, and an empty registry of its themes."""
    from bxtext.errors import ParamsError
    from bxtext.onboarding import write_client
    from bxtext.params import check_slug, find_root, registry_path
    from bxtext.themes.registry import Registry, write_registry

    root = find_root(Path.cwd())
    path = root / "params" / f"{check_slug(client)}.yaml"
    if looked_at := [*(files or []), *(more or [])]:
        write_client(client, root, looked_at)
        write_registry(Registry(), registry_path(client, root))
        told = path.read_text(encoding="utf-8").count("# guessed")
        typer.echo(f"params/{path.name} written: confirm its {told} guesses, then `bxtext check {client}`")
        return
    if path.exists():
        raise ParamsError(f"params/{path.name} exists; edit it, or choose another name")
    path.write_text((path.parent / "example.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    write_registry(Registry(), registry_path(client, root))
    typer.echo(f"params/{path.name} written: fill in `client` and `sources`, then `bxtext check {client}`")


@app.command()
def report(
    client: ClientName,
    run_id: Annotated[str | None, typer.Option("--run", help="run to report; the latest good one by default")] = None,
    formats: Annotated[
        str | None, typer.Option("--format", help="such as html,xlsx,pptx,pdf; report.formats by default")
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Make the report of a run again from its tables, without a kernel."""
    from bxtext.params import find_root, load_params, parse_overrides
    from bxtext.report import write_report
    from bxtext.run import day_of_run, find_run, private_files
    from bxtext.run.manifest import reseal_manifest

    root = find_root(Path.cwd())
    chosen = {"run.today": day_of_run(root, client, run_id), **parse_overrides(overrides or [])}
    if formats is not None:
        chosen["report.formats"] = [name.strip() for name in formats.split(",")]
    found = find_run(client, root, load_params(client, root, chosen), run_id)
    with private_files():
        write_report(found, **found.options("report"))
        reseal_manifest(found.folder)
    for made in sorted(found.folder.glob("report.*")):
        typer.echo(f"{made.relative_to(root)}  {made.stat().st_size:,} bytes")


@app.command()
def stages() -> None:
    """Show the stages of the line: what each asks, reads and writes."""
    from bxtext.pipeline import STAGES

    for stage in STAGES:
        typer.echo(f"{stage.number:2d} {stage.name:<10} {stage.question}")
        typer.echo(f"{'':14}{', '.join(stage.reads) or 'raw files'} -> {', '.join(stage.writes) or 'report.html'}")


@app.command()
def forget(
    client: ClientName,
    respondent: Annotated[str, typer.Option("--id", help="the person's id, as the raw files write it")],
) -> None:
    """Take a person out of the tables of every run; say what still holds them."""
    from bxtext.params import check_slug, find_root, load_params
    from bxtext.retention import forget_person

    root = find_root(Path.cwd())
    done = forget_person(check_slug(client), root, load_params(client, root), respondent)
    typer.echo(f"{done.n_comments} comments removed from {len(done.runs)} runs: {', '.join(done.runs) or 'none'}")
    typer.echo(f"made unknown in {done.n_publications} publications of the ledger")
    typer.echo(f"raw files that hold, or may hold, this id: {', '.join(done.raw) or 'none'}")


@app.command()
def prune(
    client: ClientName, keep: Annotated[int, typer.Option(help="good runs that stay whole, newest first")]
) -> None:
    """Reduce older runs to their manifest and report: no table, no executed notebook."""
    from bxtext.params import check_slug, find_root
    from bxtext.retention import prune_runs

    reduced = prune_runs(check_slug(client), find_root(Path.cwd()), keep=keep)
    typer.echo(f"{len(reduced)} runs reduced: {', '.join(reduced) or 'none'}")


@app.command()
def evaluate(
    client: ClientName,
    labels: Annotated[Path, typer.Option(help="CSV: document_id or text, drivers; if wanted polarity, coder")],
    run_id: Annotated[str | None, typer.Option(help="run to hold them against; the latest good one by default")] = None,
) -> None:
    """Hold a run's drivers against the labels of people."""
    from bxtext.evaluation import calibrate_thresholds, evaluate_drivers, match_labels, read_labels, share_of_signs
    from bxtext.params import find_root, load_params
    from bxtext.run import find_run
    from bxtext.taxonomy import load_taxonomy

    root = find_root(Path.cwd())
    params = load_params(client, root)
    taxonomy = load_taxonomy(**params.taxonomy.model_dump())
    written = read_labels(labels, taxonomy)
    run = find_run(client, root, params, run_id)
    documents, mentions = run.read("documents"), run.read("mentions")
    matched = match_labels(written, documents, taxonomy)
    found = evaluate_drivers(mentions, documents, matched, seed=params.seed)

    typer.echo(f"{matched['row'].nunique()} of {len(written)} rows are documents of the run {run.run_id}\n")
    _show("Languages: F1, with the 95 % interval of micro F1, low to high", found.overall)
    f1 = found.overall.set_index("language")["micro_f1"]
    if {"fr", "en"} <= set(f1.index):
        typer.echo(f"French minus English: {f1['fr'] - f1['en']:+.2f}\n")
    _show("Drivers, with the 95 % interval of F1", found.drivers.dropna(axis=1, how="all"))
    _show("Confused: the first was labelled and missed, the second was mentioned instead", found.confusions.head(15))
    proposed = calibrate_thresholds(
        mentions, matched, threshold=params.drivers.threshold, thresholds=params.drivers.thresholds
    )
    _show("Thresholds proposed for drivers.thresholds, with the F1 they had and would have", proposed)
    if "coder" in matched:
        typer.echo(f"Two coders: mean kappa {found.drivers['kappa'].mean():.2f}")
    if "polarity" in matched:
        share, count = share_of_signs(mentions, matched)
        typer.echo(f"Signs: {share:.2f} of {count} mentions have the labelled one")


@app.command()
def lab(client: ClientName, *, browser: Annotated[bool, typer.Option(help="open a browser")] = True) -> None:
    """Open JupyterLab on a client's workbench, with its latest good run."""
    from bxtext.params import find_root
    from bxtext.workbench.serve import lab_command, serve

    serve(lab_command(client, find_root(Path.cwd()), browser=browser))


@app.command()
def explore(client: ClientName, *, browser: Annotated[bool, typer.Option(help="open a browser")] = True) -> None:
    """Serve a client's explorer on this machine, to be read only, behind a token."""
    from bxtext.params import find_root
    from bxtext.workbench.serve import explore_command, serve

    serve(explore_command(client, find_root(Path.cwd()), browser=browser))


def _show_preview(preview: Preview) -> None:
    counts = preview.counts
    dates = (
        "" if counts.isna()["first_date"] else f", {counts['first_date']:%Y-%m-%d} to {counts['last_date']:%Y-%m-%d}"
    )
    typer.echo(f"\n{counts['source']} ({counts['voice']}, {counts['file']}): {counts['n_comments']:,} comments{dates}")
    typer.echo(
        f"{counts['n_lines']:,} lines = {counts['n_comments']:,} comments + {counts['n_quarantined']:,} set aside"
        f" + {counts['n_structural']:,} structural; {counts['n_bad_cells']:,} bad cells"
    )
    for reasons in (preview.set_aside, preview.notes):
        for reason, count in reasons.items():
            typer.echo(f"  {count:>7,} {reason}")
    if len(preview.drift):
        _show("Columns that came or went since the latest run", preview.drift[["column", "change"]])
    _show("Columns, from the first rows: shares filled, of dates and of numbers", preview.columns)


def _show(title: str, table: pd.DataFrame) -> None:
    typer.echo(f"{title}\n{table.round(2).to_string(index=False, na_rep='-') if len(table) else 'none'}\n")


def main() -> None:
    """Run the command line; a fault that a user can fix is a message and an exit code, not a traceback."""
    try:
        app()
    except BxtextError as error:
        typer.echo(f"{type(error).__name__}: {error}", err=True)
        sys.exit(error.exit_code)
