"""Where reports go: `--format NAME[=FILE]`, stdout for those without a file."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from auditor.cli.tell import silence, tell
from auditor.model.report import Report

_AZURE = re.compile(r"##(vso\[|\[)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report format and the file it goes to (None: stdout)."""

    name: str
    file: Path | None


def wanted(values: Iterable[str]) -> list[Wanted]:
    """The formats as given; terminal where none is. At most one of them may go to stdout."""
    from auditor.report.registry import names

    found = []
    for value in values or ("terminal",):
        name, _, file = value.partition("=")
        if name not in names():
            from auditor.formats.text.config_text import nearest

            raise click.UsageError(
                f"There is no format {name!r}.{nearest(name, names())} Known: {', '.join(names())}."
            )
        found.append(Wanted(name, Path(file) if file else None))
    if sum(one.file is None for one in found) > 1:
        raise click.UsageError(
            "Only one --format may go to stdout; give the others a file, as in html=report.html."
        )
    return found


def refuse_early(formats: Iterable[Wanted]) -> None:
    """Refuse files that cannot be written before the work is done. Raises CannotWrite."""
    from auditor.report.writer import check

    for one in formats:
        if one.file is not None:
            check(one.file)


def deliver(report: Report, formats: Iterable[Wanted], *, quiet: bool) -> None:
    """Render and write each report; says on stderr what was written.

    A report that cannot be written does not cost the others. Raises the CannotWrite of the first.
    """
    from auditor.report.registry import render
    from auditor.report.writer import CannotWrite, write

    failed: list[CannotWrite] = []
    # Stdout comes last: whoever reads it may leave early, as `head` does.
    for one in sorted(formats, key=lambda one: one.file is None):
        try:
            if one.file is not None:
                write(one.file, render(one.name, report))
            elif not (quiet and one.name == "terminal"):
                text = render(one.name, report, width=width(), colour=_colour())
                _print(text if one.name == "github" else inert(text))
            if one.name == "github":
                _append_step_summary(report)
        except CannotWrite as error:
            failed.append(error)
        else:
            if one.file is not None and not quiet:
                tell(f"{one.name} report: {one.file}")
    if failed:
        raise failed[0]


def inert(text: str) -> str:
    """The text so that no runner obeys what a target wrote into a name: a log is read for commands."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        mark = secrets.token_hex(16)
        text = f"::stop-commands::{mark}\n{text.rstrip()}\n::{mark}::\n"
    if "TF_BUILD" in os.environ:
        text = _AZURE.sub(r"## \1", text)
    return text


def _append_step_summary(report: Report) -> None:
    """What GitHub shows on the page of the run; other commands of the step write there too."""
    from auditor.report.github import step_summary
    from auditor.report.writer import CannotWrite

    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(step_summary(report, file.tell()))
    except OSError as error:
        hint = (
            "GITHUB_STEP_SUMMARY names it: unset that, or let it name a file that can be written."
        )
        raise CannotWrite(Path(name), error.strerror or type(error).__name__, hint) from error


def _print(text: str) -> None:
    from auditor.report.writer import CannotWrite

    hint = "Write the report into a file: --format NAME=FILE."
    if sys.stdout is None:
        raise CannotWrite(Path("stdout"), "it is closed", hint)
    try:
        click.echo(text, nl=not text.endswith("\n"), color=True)
    except BrokenPipeError:
        silence(sys.stdout)  # whoever read has seen enough; the exit code says the rest
    except OSError as error:
        sys.stdout = None  # nor can it be flushed at the end
        raise CannotWrite(Path("stdout"), error.strerror or type(error).__name__, hint) from None


def width() -> int:
    """The columns that a report may take: of the terminal, within reason."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


def _colour() -> bool:
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and "NO_COLOR" not in os.environ
        and "CI" not in os.environ
    )


format_option = click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME[=FILE]",
    help="Report format: terminal (default), json, html, markdown, checklist, sarif, junit, github,"
    " gitlab, badge, csv or prometheus; with =FILE into a file. Repeatable.",
)
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="No progress, and no report on the terminal."
)
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice(["not-ready", "blocker", "none"]),
    default="none",
    show_default=True,
    help="Exit 1 when the service is not ready, or when a blocker is open.",
)
checklist_option = click.option(
    "--checklist",
    metavar="NAME|FILE",
    envvar="AUDITOR_CHECKLIST",
    help="The checklist that decides: a shipped name or a YAML file.",
)
