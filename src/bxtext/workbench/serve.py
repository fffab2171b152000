"""The workbench's notebooks for a client, and the servers that open them: on this machine only, behind a token."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat

from bxtext.errors import ParamsError
from bxtext.params import load_params
from bxtext.run import runs_folder
from bxtext.run.manifest import LATEST

FOLDER = "workbench"  # beside a client's runs: private, never tracked
NOTEBOOKS = ("explore", "teach", "themes", "taxonomy")
SKIPPED = "skip-execution"  # cells with widgets, which a scheduled run leaves out
HERE = "127.0.0.1"
TEMPLATE = "bxtext"  # of the explorer's page, in `served`
QUIET = (  # JupyterLab asks nobody for news of itself
    "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)  # fmt: skip


def prepare_notebooks(client: str, root: Path, *, served: bool = False) -> Path:
    """Write the workbench's notebooks for a client beside its runs; return their folder.

    Parameters
    ----------
    client : str
        Name of the client.
    root : Path
        The project's folder.
    served : bool
        For readers without a notebook: the explorer alone, whose widgets are then executed by the server.

    Raises
    ------
    ParamsError
        The client has no good run, or a notebook is missing.
    """
    load_params(client, root)
    if not (runs_folder(root, client) / LATEST).is_dir():
        raise ParamsError(f"client {client!r}: no good run yet; `bxtext run {client}` makes one")
    folder = runs_folder(root, client) / FOLDER / ("served" if served else "")
    folder.mkdir(parents=True, exist_ok=True)
    for name in NOTEBOOKS[:1] if served else NOTEBOOKS:
        template = root / "notebooks" / "workbench" / f"{name}.ipynb"
        if not template.is_file():
            raise ParamsError(f"notebooks/workbench/{name}.ipynb: missing; restore it")
        notebook = nbformat.read(template, as_version=4)  # type: ignore[no-untyped-call]
        if served:
            notebook.cells = _cells_to_serve(notebook.cells)
        for cell in notebook.cells:
            tags = cell.metadata.get("tags", [])
            if "parameters" in tags:
                cell.source = cell.source.replace('client = "sample"', f'client = "{client}"')
        nbformat.write(notebook, folder / f"{name}.ipynb")  # type: ignore[no-untyped-call]
    return folder


def _cells_to_serve(cells: list[Any]) -> list[Any]:
    """Return the code up to the panel, which is executed and is all that is shown."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    last = next(place for place, cell in enumerate(code) if SKIPPED in cell.metadata.get("tags", []))
    for cell in code[:last]:
        cell.source += ";"  # its value isn't shown
    code[last].metadata["tags"] = []
    return code[: last + 1]


def lab_command(client: str, root: Path, *, port: int = 0, browser: bool = True) -> list[str]:
    """Return the command that opens JupyterLab on a client's notebooks; it makes a token of its own."""
    folder = prepare_notebooks(client, root)
    return [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", f"--ServerApp.ip={HERE}",
        f"--ServerApp.port={port}", f"--ServerApp.open_browser={browser}", *QUIET,
        f"--LabApp.default_url=/lab/tree/{(folder / 'explore.ipynb').relative_to(root).as_posix()}",
    ]  # fmt: skip


def explore_command(client: str, root: Path, *, port: int = 0, browser: bool = True) -> list[str]:
    """Return the command that serves the explorer by Voilà: read-only, behind a token that it makes and prints."""
    folder = prepare_notebooks(client, root, served=True)
    return [
        sys.executable, "-m", "voila", str(folder / "explore.ipynb"), f"--Voila.ip={HERE}", f"--port={port}",
        "--Voila.auto_token=True", f"--Voila.open_browser={browser}", f"--template={TEMPLATE}",
        "--VoilaConfiguration.show_tracebacks=False",
    ]  # fmt: skip


def server_environment() -> dict[str, str]:
    """Return the environment of a server: this one's, with the settings and the template in `served`."""
    own = str(Path(__file__).parent / "served")
    paths = ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH")
    return os.environ | {name: os.pathsep.join(filter(None, (own, os.environ.get(name)))) for name in paths}


def serve(command: list[str]) -> None:
    """Become the server: the command takes the place of this process."""
    os.execve(command[0], command, server_environment())  # noqa: S606  our own interpreter
