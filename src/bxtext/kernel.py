"""One notebook in one private kernel: papermill executes it, and what it cost is measured.

papermill marks the notebook of a killed kernel *completed*, so nothing it writes is believed: how the stage ended is
told by exceptions, by how the kernel's process ended, and by the end marker that `pipeline` asks for.
papermill takes a second to import, so `pipeline` imports this module only when it runs something.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import tempfile
import time
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

import nbformat
import papermill
import psutil
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from bxtext import errors
from bxtext.errors import BxtextError, CellError, ResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from subprocess import Popen

KERNEL = "python3"
PRIVATE = (
    "**Private data.** This executed notebook shows what people wrote. It stays with whoever ran it and is no part of "
    "what is published: `report.*` in the folder above is."
)
QUOTING = {"ValueError", "KeyError", "IndexError", "TypeError", "UnicodeError", "UnicodeEncodeError"}  # quote cells
SHORTAGES = ("No space left on device", "Disk quota exceeded", "Input/output error", "Read-only file system")
GRACE = 5.0  # seconds that a cell has to answer an interrupt
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


class PrivateKernel(AsyncKernelManager):
    """A kernel that listens on sockets of the file system, and that the system kills when this process dies."""

    started: Popen[bytes] | None = None

    @default("transport")
    def _not_tcp(self) -> str:
        return "ipc"

    @default("ip")
    def _own_sockets(self) -> str:
        # by default in the working directory, under names that two kernels started at once would share
        self._sockets = tempfile.TemporaryDirectory(prefix="bxtext-")
        return f"{self._sockets.name}/kernel"

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        # ipykernel's own watch on its parent stands still while a cell is in compiled code
        await super()._async_launch_kernel(kernel_cmd, preexec_fn=_die_with_parent, **options)
        self.started = getattr(self.provisioner, "process", None)  # kept: the provisioner forgets how it ended

    _launch_kernel = _async_launch_kernel


@dataclass
class Watch:
    """What is watched while a notebook runs: the kernel's memory in MB, its cell, its time."""

    notebook: str
    timeout: float
    on_cell: Callable[[float], None]
    peak: float = 0.0
    cell: int = 0
    n_cells: int = 1
    outcome: str = ""  # `interrupted` or `killed` once the time is over
    kernels: list[PrivateKernel] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        """Start to watch."""
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def kernel_class(self) -> type[PrivateKernel]:
        """Return the class of a kernel that this watch knows of."""
        kernels = self.kernels

        class Watched(PrivateKernel):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                kernels.append(self)

        return Watched

    def start_cell(self, cell_index: int, **_: Any) -> None:
        """Note which cell is running; papermill has put one of its own before all but the first."""
        self.cell = cell_index
        self.on_cell(cell_index / self.n_cells)

    @property
    def process(self) -> Popen[bytes] | None:
        """The kernel's process, once there is one."""
        return self.kernels[-1].started if self.kernels else None

    @property
    def where(self) -> str:
        """The cell that is running, counted as in the stored notebook."""
        return f"{self.notebook}, cell {self.cell}"

    def _watch(self) -> None:
        deadline = time.monotonic() + self.timeout
        own = psutil.Process()
        while not self._stop.wait(0.2):
            self.peak = max(self.peak, _memory_of_children(own))
            overdue = time.monotonic() - deadline
            if overdue > 0 and not self.outcome:
                self.outcome = "interrupted"
                self._signal(signal.SIGINT)
            elif overdue > GRACE and self.outcome == "interrupted":
                self.outcome = "killed"
                self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)  # a kernel leads a session of its own


def execute_notebook(  # noqa: PLR0913  a notebook, then what a stage asks for
    notebook: Path,
    executed: Path,
    parameters: Mapping[str, Any],
    *,
    folder: Path,
    last_cell: str = "",
    timeout: float = float("inf"),
    on_cell: Callable[[float], None] = lambda _: None,
) -> float:
    """Execute a notebook with `folder` as its working directory; return the kernel's peak memory in MB.

    Parameters
    ----------
    notebook, executed : Path
        The notebook as it is stored, and where it goes when it has run.
    parameters : mapping
        Names to values, for the cell tagged `parameters`.
    folder : Path
        Working directory.
    last_cell : str
        Code of a cell put at the end.
    timeout : float
        Seconds after which the notebook is interrupted and, should it not answer, killed.
    on_cell : callable
        Called with the share of cells that are behind.

    Raises
    ------
    ResourceError
        Time, memory or disk ran out.
    BxtextError
        A cell failed, and the message names it; a fault that a user can fix keeps its own kind.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    executed.parent.mkdir(parents=True, exist_ok=True)
    executed.unlink(missing_ok=True)  # another run may share the file: never written in place
    stored = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    if last_cell:
        cell = nbformat.v4.new_code_cell(last_cell, metadata={"tags": ["end-marker"]})  # type: ignore[no-untyped-call]
        stored.cells.append(cell)
    with Watch(notebook.name, timeout, on_cell, n_cells=len(stored.cells)) as watch:
        try:
            papermill.execute_notebook(
                stored,
                str(executed),
                parameters=dict(parameters),
                kernel_name=KERNEL,
                kernel_manager_class=watch.kernel_class(),
                cwd=str(folder),
                shutdown_kernel="immediate",
                progress_bar=False,
                request_save_on_cell_execute=False,
                iopub_timeout=60,
                start_timeout=120,
                on_cell_start=watch.start_cell,
            )
        except PapermillExecutionError as error:
            raise _overdue(watch) or _cell_error(notebook.name, error) from error
        except (DeadKernelError, CellTimeoutError) as error:
            raise _overdue(watch) or _death(watch) from error
        finally:
            if executed.is_file():
                _mark_private(executed)
        if late := _overdue(watch):
            raise late
    return watch.peak


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere ipykernel's own watch must do."""
    if hasattr(signal, "SIGRTMIN"):
        ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)


def _memory_of_children(own: psutil.Process) -> float:
    """Resident memory of this process's children, in MB."""
    used = 0
    for child in own.children(recursive=True):
        try:
            used += child.memory_info().rss
        except psutil.Error:
            continue  # it has just ended
    return used / 2**20


def _overdue(watch: Watch) -> ResourceError | None:
    """The error of a notebook whose time is over, if it is."""
    if not watch.outcome:
        return None
    how = {
        "interrupted": "it was interrupted",
        "killed": f"it didn't answer an interrupt for {GRACE:.0f} s, as in compiled code, and was killed",
    }[watch.outcome]
    return ResourceError(
        f"{watch.where}: out of time after {watch.timeout:g} s; {how}; raise run.timeout or give it fewer comments"
    )


def _death(watch: Watch) -> BxtextError:
    """The error of a kernel that ended before its notebook did."""
    code = watch.process.poll() if watch.process is not None else None
    if code is None or code < 0:
        how = f"killed by signal {-code}" if code else "lost"
        return ResourceError(f"{watch.where}: its kernel was {how}, as when memory runs out; give it fewer comments")
    return CellError(f"{watch.where}: its kernel left with exit code {code} before the end of the notebook")


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
    if error.ename == "MemoryError":
        return ResourceError(f"{where}: out of memory; give it fewer comments")
    short = next((words for words in SHORTAGES if error.ename == "OSError" and words in str(error.evalue)), None)
    if short:
        return ResourceError(f"{where}: {short}; make room where data/runs is")
    if error.ename == "SystemExit":
        return CellError(f"{where}: a cell left the notebook before its end")
    if error.ename in QUOTING:
        return CellError(f"{where}; its message may quote a comment: read it in the executed notebook")
    return CellError(f"{where}: {str(error.evalue)[:500]}")
