"""Expected errors become one clear sentence on stderr and a documented exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from auditor.cli.tell import tell

WRONG_USE = 2
UNDECIDED = 3
"""Too little evidence to say."""


class Refusal(click.ClickException):
    """Wrong use or wrong configuration."""

    exit_code = WRONG_USE

    def show(self, file: object = None) -> None:
        """The message on stderr, with control characters of hostile names made visible."""
        from auditor.report.text import plain

        tell(f"auditor: {plain(self.message)}")


class Undecided(Refusal):
    """There is too little to decide by."""

    exit_code = UNDECIDED


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the expected errors of the use cases into a Refusal."""
    from auditor.collect.registry import ProbeConflict
    from auditor.collect.target import WrongUse
    from auditor.formats.text.errors import FormatError
    from auditor.probing.doors.trouble import Trouble
    from auditor.report.writer import CannotWrite
    from auditor.store.bundle import BadBundle

    try:
        yield
    except (WrongUse, FormatError, ProbeConflict, BadBundle, CannotWrite) as error:
        raise Refusal(str(error)) from None
    except Trouble as trouble:
        raise Refusal(f"{trouble.message} {trouble.hint}".strip()) from None
