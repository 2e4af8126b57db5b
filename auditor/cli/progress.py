"""Progress on stderr while probes run: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from auditor.cli.tell import tell
from auditor.model.evidence import Evidence, Status

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_SLOW_S = 5.0


class Shown:
    """Tells how far the probes are. Use as a context manager around the audit."""

    def __init__(self) -> None:
        self._running: list[str] = []
        self._bar: Bar | None = None
        self._started = time.monotonic()
        self._done = 0
        self._counts = dict.fromkeys(Status, 0)
        self._lock = threading.Lock()

    def __enter__(self) -> Shown:
        import os

        if sys.stderr is not None and sys.stderr.isatty() and "CI" not in os.environ:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                Progress,
                SpinnerColumn,
                TextColumn,
                TimeElapsedColumn,
            )

            self._bar = Progress(
                SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(20),
                TextColumn("{task.completed} probes"), TimeElapsedColumn(),
                console=Console(stderr=True, no_color="NO_COLOR" in os.environ), transient=True,
            )  # fmt: skip
            self._bar.add_task("looking", total=None)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if kind is None and self._done:
            seconds = time.monotonic() - self._started
            failed, skipped = self._counts[Status.FAILED], self._counts[Status.SKIPPED]
            tell(
                f"{self._done} probes in {seconds:.1f} s: {self._counts[Status.OK]} looked,"
                f" {skipped} skipped, {failed} failed."
            )

    def began(self, probe: str) -> None:
        """A probe began to look."""
        with self._lock:
            self._running.append(probe)
        self._show()

    def ended(self, evidence: Evidence) -> None:
        """A probe answered, was skipped or was given up."""
        with self._lock:
            self._done += 1
            self._counts[evidence.status] += 1
            if evidence.probe in self._running:
                self._running.remove(evidence.probe)
        self._show()
        if self._bar is None and (
            evidence.status is Status.FAILED or evidence.duration_s > _SLOW_S
        ):
            tell(f"{evidence.probe}: {evidence.status.value} after {evidence.duration_s:.1f} s")

    def _show(self) -> None:
        if self._bar is not None:
            now = ", ".join(self._running[:3]) or "judging"
            self._bar.update(
                self._bar.task_ids[0], description=now[:40].ljust(40), completed=self._done
            )
