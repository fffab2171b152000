"""What a person sees while a line runs: one live line a stage on a terminal, nothing in a pipe, or JSON."""

from __future__ import annotations

import json
import sys
import time
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bxtext.run.manifest import StageRecord

Manner = Literal["live", "quiet", "json"]


class Progress:
    """Tells of stages as they run; `manner` says how."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self._running: dict[str, tuple[float, float]] = {}  # when each began, and its share
        self._lock = Lock()  # stages side by side tell from threads of their own

    def tell_share(self, stage: str, share: float) -> None:
        """Tell how far the running stage is; on a terminal also when only time has gone by."""
        with self._lock:
            start, last = self._running.get(stage, (time.monotonic(), -1.0))
            self._running[stage] = start, share
            if self.manner == "live":
                self._show_running()
            elif share != last:
                self._event("running", stage=stage, share=round(share, 3))

    def tell_stage(self, record: StageRecord) -> None:
        """Tell what a finished stage cost and made."""
        with self._lock:
            self._running.pop(record.stage, None)
            self._show_stage(record)

    def _show_running(self) -> None:
        now = time.monotonic()
        told = [f"{stage:<10} {now - start:6.1f} s {share:5.0%}" for stage, (start, share) in self._running.items()]
        sys.stdout.write("\r\x1b[2K" + "   ".join(told))
        sys.stdout.flush()

    def _show_stage(self, record: StageRecord) -> None:
        if self.manner == "live":
            rows = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in record.rows.items())
            cost = "  unchanged        " if record.taken else f"{record.seconds:6.1f} s {record.peak_mb:6.0f} MB"
            sys.stdout.write(f"\r\x1b[2K{record.stage:<10} {cost}  {rows or 'report.html'}\n")
            self._show_running()
        self._event(
            "stage", stage=record.stage, taken=record.taken, seconds=round(record.seconds, 2),
            peak_mb=round(record.peak_mb), rows=dict(record.rows),
        )  # fmt: skip

    def tell_end(self, text: str, **facts: object) -> None:
        """Tell how the run ended: the one line that is told in a pipe too."""
        if self.manner != "json":
            sys.stdout.write(f"{text}\n")
        self._event("end", **facts)

    def tell_error(self, client: str, **facts: object) -> None:
        """Tell a program how the run failed; a person reads it on standard error."""
        self._event("error", client=client, **facts)

    def clear(self) -> None:
        """Leave no half line behind, before an error is told."""
        if self.manner == "live":
            sys.stdout.write("\r\x1b[2K")
            sys.stdout.flush()

    def _event(self, event: str, **facts: object) -> None:
        if self.manner == "json":
            sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
            sys.stdout.flush()
