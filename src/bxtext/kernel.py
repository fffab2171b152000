"""One notebook in one private kernel: papermill executes it, and what it cost is measured.

papermill takes a second to import, so `pipeline` imports this module only when it runs something.
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import papermill
import psutil
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from bxtext import errors
from bxtext.errors import BxtextError, CellError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KERNEL = "python3"
PRIVATE = (
    "**Private data.** This executed notebook shows what people wrote. It stays with whoever ran it and is no part of "
    "what is published: `report.*` in the folder above is."
)
QUOTING = {"ValueError", "KeyError", "IndexError", "TypeError", "UnicodeError", "UnicodeEncodeError"}  # quote cells


class PrivateKernel(AsyncKernelManager):
    """A kernel that listens on sockets of the file system: no port that others could read along."""

    @default("transport")
    def _not_tcp(self) -> str:
        return "ipc"


def execute_notebook(notebook: Path, executed: Path, parameters: Mapping[str, Any], *, folder: Path) -> float:
    """Execute a notebook with `folder` as its working directory; return the kernel's peak memory in MB.

    Raises
    ------
    BxtextError
        A cell failed, and the message names it; a fault that a user can fix keeps its own kind.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    executed.parent.mkdir(parents=True, exist_ok=True)
    with _watched_memory() as peak:
        try:
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                parameters=dict(parameters),
                kernel_name=KERNEL,
                kernel_manager_class=PrivateKernel,
                cwd=str(folder),
                shutdown_kernel="immediate",
                progress_bar=False,
                request_save_on_cell_execute=False,
                iopub_timeout=60,
                start_timeout=120,
            )
        except PapermillExecutionError as error:
            raise _cell_error(notebook.name, error) from error
        except (DeadKernelError, CellTimeoutError) as error:
            raise CellError(f"{notebook.name}: its kernel died; free memory, or give it fewer comments") from error
        finally:
            if executed.is_file():
                _mark_private(executed)
    return peak[0]


def _mark_private(executed: Path) -> None:
    """Say in the first cell of an executed notebook that it is private, and keep it to its owner."""
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "private", "metadata": {}, "source": PRIVATE})
    executed.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    executed.chmod(0o600)


def _cell_error(name: str, error: PapermillExecutionError) -> BxtextError:
    # counted in the notebook as it is stored: papermill has injected one cell before the failing one
    where = f"{name}, cell {error.cell_index}: {error.ename}"
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, BxtextError):
        return kind(f"{where}: {error.evalue}")
    if error.ename in QUOTING:
        return CellError(f"{where}; its message may quote a comment: read it in the executed notebook")
    return CellError(f"{where}: {str(error.evalue)[:500]}")


@contextmanager
def _watched_memory() -> Iterator[list[float]]:
    """Watch the resident memory of this process's children; the peak is in MB."""
    peak = [0.0]
    stop = Event()
    own = psutil.Process()

    def watch() -> None:
        while not stop.wait(0.2):
            used = 0
            for child in own.children(recursive=True):
                try:
                    used += child.memory_info().rss
                except psutil.Error:
                    continue  # it has just ended
            peak[0] = max(peak[0], used / 2**20)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()
