"""One notebook in one private kernel: papermill executes it, and what it cost is measured.

papermill marks the notebook of a killed kernel *completed*, so nothing it writes is believed: how the stage ended is
told by exceptions, by how the kernel's process ended, and by the end marker that `pipeline` asks for.
papermill takes a second to import, so `pipeline` imports this module only when it runs something.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import re
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self, TypeVar

import nbformat
import papermill
import psutil
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop, run_sync
from nbclient.exceptions import CellTimeoutError
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from bxtext import errors
from bxtext.errors import BxtextError, CellError, ResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path
    from subprocess import Popen

    from jupyter_client.asynchronous.client import AsyncKernelClient

Result = TypeVar("Result")

KERNEL = "python3"
PRIVATE = (
    "**Private data.** This executed notebook shows what people wrote. It stays with whoever ran it and is no part of "
    "what is published: `report.*` in the folder above is."
)
QUOTING = {"ValueError", "KeyError", "IndexError", "TypeError", "UnicodeError", "UnicodeEncodeError"}  # quote cells
OUT_OF_MEMORY = {"MemoryError", "TerminatedWorkerError"}  # the second: a worker of a pool was killed
SHORTAGES = ("No space left on device", "Disk quota exceeded", "Input/output error", "Read-only file system")
IMPORT = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
LONGEST_PLACE = 70  # bytes: the name of a socket may have 104 to 108, and ends in 25 of ours
GRACE = 5.0  # seconds that a cell has to answer an interrupt
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux
SYSTEM = ctypes.CDLL(None)


class PrivateKernel(AsyncKernelManager):
    """A kernel that listens on sockets of the file system, and that the system kills when this process dies."""

    started: Popen[bytes] | None = None
    reached: AsyncKernelClient | None = None

    @default("transport")
    def _not_tcp(self) -> str:
        return "ipc"

    @default("ip")
    def _own_sockets(self) -> str:
        # by default in the working directory, under names that two kernels started at once would share
        place = tempfile.gettempdir()
        short = place if len(os.fsencode(place)) <= LONGEST_PLACE else "/tmp"  # noqa: S108  in a folder of our own
        self._sockets = tempfile.TemporaryDirectory(prefix="bxtext-", dir=short)
        return f"{self._sockets.name}/kernel"

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        # ipykernel's own watch on its parent stands still while a cell is in compiled code
        await super()._async_launch_kernel(kernel_cmd, preexec_fn=_die_with_parent, **options)
        self.started = getattr(self.provisioner, "process", None)  # kept: the provisioner forgets how it ended

    _launch_kernel = _async_launch_kernel

    def client(self, **options: Any) -> AsyncKernelClient:  # type: ignore[override]
        """Return what talks to the kernel; it ends with it."""
        self.reached = super().client(**options)
        return self.reached

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self.started is not None and self.started.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the kernel and to what it started, whatever any thread is doing with it."""
        if self.started is not None and self.is_running:
            os.killpg(self.started.pid, number)  # a kernel leads a session of its own

    def stop(self) -> None:
        """End the kernel at once, in the thread that it was started in."""
        if self.reached is not None:
            self.reached.stop_channels()
        run_sync(self.shutdown_kernel)(now=True)
        self._sockets.cleanup()


def start_kernel(folder: Path, notebook: Path | None = None) -> PrivateKernel:
    """Start a kernel with `folder` as its working directory, to import at once what a notebook imports."""
    kernel = PrivateKernel(kernel_name=KERNEL)
    modules = sorted(set(_imported(notebook))) if notebook else []
    lines = [f"--IPKernelApp.exec_lines=__import__({name!r})" for name in modules]
    run_sync(kernel.start_kernel)(cwd=str(folder), extra_arguments=["--HistoryManager.hist_file=:memory:", *lines])
    return kernel


class Lane:
    """A thread with its kernels, one after another: the next one starts while one is at work.

    A kernel takes seconds to import what its notebook does; when its turn comes it has that behind it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kernels: list[PrivateKernel] = []  # the one at work, the one ahead
        self._thread = ThreadPoolExecutor(1)  # the system kills a kernel when the thread that started it ends

    def submit(self, function: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Have the thread call a function."""
        return self._thread.submit(function, *arguments)

    def close(self) -> None:
        """End the kernel that was started ahead, and the thread."""
        self.submit(self._end).result()
        self._thread.shutdown()

    def _end(self) -> None:
        while self._kernels:
            self._kernels.pop().stop()
        ensure_event_loop().close()  # what talked to the kernels

    def execute(
        self, notebook: Path, executed: Path, parameters: Mapping[str, Any], *, then: Path | None, **options: Any
    ) -> float:
        """Execute a notebook as `execute_notebook` does, and start the kernel of `then`, probably the next one."""
        if self._kernels and not self._kernels[0].is_running:
            self._kernels.pop().stop()  # as when memory ran out
        if not self._kernels:
            self._kernels.append(start_kernel(self.folder, notebook))
        if then is not None:
            self._kernels.append(start_kernel(self.folder, then))
        try:
            return execute_notebook(
                notebook, executed, parameters, folder=self.folder, kernel=self._kernels[0], **options
            )
        finally:
            del self._kernels[0]

    def kill(self) -> None:
        """Kill the kernels, from any thread: who waits for one is told that it died."""
        for kernel in tuple(self._kernels):
            kernel.signal(signal.SIGKILL)


@dataclass
class Watch:
    """What is watched while a notebook runs: the kernel's memory in MB, its cell, its time."""

    kernel: PrivateKernel
    notebook: str
    timeout: float
    on_cell: Callable[[float], None]
    peak: float = 0.0
    cell: int = 0
    n_cells: int = 1
    outcome: str = ""  # `interrupted` or `killed` once the time is over
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

    def start_cell(self, cell_index: int, **_: Any) -> None:
        """Note which cell is running; papermill has put one of its own before all but the first."""
        self.cell = cell_index

    @property
    def where(self) -> str:
        """The cell that is running, counted as in the stored notebook."""
        return f"{self.notebook}, cell {self.cell}"

    def _watch(self) -> None:
        deadline = time.monotonic() + self.timeout
        while not self._stop.wait(0.2):
            self.peak = max(self.peak, _memory_of(self.kernel))
            self.on_cell(self.cell / self.n_cells)  # time goes by, too
            overdue = time.monotonic() - deadline
            if overdue > 0 and not self.outcome:
                self.outcome = "interrupted"
                self.kernel.signal(signal.SIGINT)
            elif overdue > GRACE and self.outcome == "interrupted":
                self.outcome = "killed"
                self.kernel.signal(signal.SIGKILL)


def execute_notebook(  # noqa: PLR0913  a notebook, then what a stage asks for
    notebook: Path,
    executed: Path,
    parameters: Mapping[str, Any],
    *,
    folder: Path,
    kernel: PrivateKernel | None = None,
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
    kernel : PrivateKernel, optional
        One that was started ahead, in the same thread and folder; it is used for nothing else, and ended.
    last_cell : str
        Code of a cell put at the end.
    timeout : float
        Seconds after which the notebook is interrupted and, should it not answer, killed.
    on_cell : callable
        Called with the share of cells that are behind, several times a second, from a thread of its own.

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
    kernel = kernel or start_kernel(folder)
    with Watch(kernel, notebook.name, timeout, on_cell, n_cells=len(stored.cells)) as watch:
        try:
            papermill.execute_notebook(
                stored,
                str(executed),
                parameters=dict(parameters),
                kernel_name=KERNEL,
                km=kernel,
                progress_bar=False,
                request_save_on_cell_execute=False,
                iopub_timeout=60,
                start_timeout=120,
                on_cell_start=watch.start_cell,
            )
        except PapermillExecutionError as error:
            raise _overdue(watch) or _cell_error(notebook.name, error) from error
        except (RuntimeError, CellTimeoutError) as error:  # it died at work, or before it could begin
            raise _overdue(watch) or _death(watch) from error
        finally:
            kernel.stop()
            if executed.is_file():
                _mark_private(executed)
        if late := _overdue(watch):
            raise late
    return watch.peak


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere ipykernel's own watch must do."""
    if hasattr(signal, "SIGRTMIN"):
        SYSTEM.prctl(SET_DEATH_SIGNAL, signal.SIGKILL)


def _imported(notebook: Path) -> Iterator[str]:
    """Modules that the cells of a notebook import, a guess that does no harm when it is wrong."""
    for cell in nbformat.read(notebook, as_version=4).cells:  # type: ignore[no-untyped-call]
        if cell.cell_type == "code":
            yield from IMPORT.findall(cell.source)


def _memory_of(kernel: PrivateKernel) -> float:
    """Resident memory of a kernel and of the processes below it, in MB."""
    used = 0
    with contextlib.suppress(psutil.Error):  # it has just ended
        own = psutil.Process(kernel.started.pid if kernel.started else None)
        for process in (own, *own.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                used += process.memory_info().rss
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
    code = watch.kernel.started.poll() if watch.kernel.started is not None else None
    if code is None or code < 0:
        how = f"killed by signal {-code}" if code else "lost"
        return ResourceError(f"{watch.where}: its kernel was {how}, as when memory runs out; give it fewer comments")
    return CellError(f"{watch.where}: its kernel left with exit code {code} before the end of the notebook")


def _mark_private(executed: Path) -> None:
    """Say in the first cell of an executed notebook that it is private, and keep it to its owner."""
    try:
        notebook = json.loads(executed.read_text(encoding="utf-8"))
    except ValueError:  # cut off where the disk was full, which is told by itself
        return
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "private", "metadata": {}, "source": PRIVATE})
    executed.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    executed.chmod(0o600)


def _cell_error(name: str, error: PapermillExecutionError) -> BxtextError:
    # counted in the notebook as it is stored: papermill has injected one cell before the failing one
    where = f"{name}, cell {error.cell_index}: {error.ename}"
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, BxtextError):
        return kind(f"{where}: {error.evalue}")
    if error.ename in OUT_OF_MEMORY:
        return ResourceError(f"{where}: out of memory; give it fewer comments")
    short = next((words for words in SHORTAGES if error.ename == "OSError" and words in str(error.evalue)), None)
    if short:
        return ResourceError(f"{where}: {short}; make room where data/runs is")
    if error.ename == "SystemExit":
        return CellError(f"{where}: a cell left the notebook before its end")
    if error.ename in QUOTING:
        return CellError(f"{where}; its message may quote a comment: read it in the executed notebook")
    return CellError(f"{where}: {str(error.evalue)[:500]}")
