"""How long something takes, by a clock that other processes and the measuring of coverage do not slow down."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fails when the block takes more CPU time of this thread.

    Coverage calls back for each line, which makes a tight loop ten times slower: it is off meanwhile.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    started = time.thread_time()
    try:
        yield
    finally:
        took = time.thread_time() - started
        sys.settrace(tracer)
    assert took < seconds, f"{took:.2f} s of {seconds:g} s"
