"""What is said beside a report: nobody need listen, and no work is lost where nobody does."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click


def tell(text: str) -> None:
    """One line on stderr; where its reader has gone, or it cannot be written, silence from then on."""
    try:
        click.echo(text, err=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO | None) -> None:
    """Let whatever else goes to a stream vanish, also what is flushed when Python ends."""
    if stream is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        return  # a stream without a file of its own has nothing to flush into it
    finally:
        os.close(nowhere)
