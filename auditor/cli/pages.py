"""Where pages other than reports go: `--format NAME[=FILE]`, stdout for the one without a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from auditor.cli.output import Wanted, inert
from auditor.cli.tell import tell


def pages(values: Iterable[str], known: Sequence[str]) -> list[Wanted]:
    """The formats as given, the first known one where none is. At most one may go to stdout."""
    found = []
    for value in values or known[:1]:
        name, _, file = value.partition("=")
        if name not in known:
            from auditor.formats.text.config_text import nearest

            raise click.UsageError(
                f"There is no format {name!r}.{nearest(name, known)} Known: {', '.join(known)}."
            )
        found.append(Wanted(name, Path(file) if file else None))
    if sum(one.file is None for one in found) > 1:
        raise click.UsageError("Only one --format may go to stdout; give the others a file.")
    return found


def refuse_unwritable(wanted: Iterable[Wanted]) -> None:
    """Refuse files that cannot be written before the work is done. Raises CannotWrite."""
    from auditor.report.writer import check

    for one in wanted:
        if one.file is not None:
            check(one.file)


def hand_over(
    wanted: Iterable[Wanted], render: Callable[[str], str], what: str, *, quiet: bool
) -> None:
    """Render each, into its file or on stdout; says on stderr what was written. Raises CannotWrite."""
    from auditor.report.writer import write

    # Stdout comes last: whoever reads it may leave early, as `head` does.
    for one in sorted(wanted, key=lambda one: one.file is None):
        text = render(one.name)
        if one.file is not None:
            write(one.file, text)
            if not quiet:
                tell(f"{one.name} {what}: {one.file}")
        elif not (quiet and one.name == "terminal"):
            click.echo(inert(text) if one.name in ("terminal", "markdown") else text, nl=False)
