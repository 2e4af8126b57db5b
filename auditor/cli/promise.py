"""What `attest` and `waive` share: their options, and asking for what was left out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from auditor.cli.output import checklist_option

Command = Callable[..., Any]


def promise_options(command: Command) -> Command:
    """The arguments and options of both commands."""
    for add in reversed((
        click.argument("item"),
        click.argument("path", type=click.Path(path_type=Path), default="."),
        click.option("--owner", envvar="AUDITOR_OWNER", metavar="WHO", help="Who answers for it."),
        click.option("--approver", metavar="WHO", help="Who approves it; never the owner."),
        click.option("--expires", metavar="WHEN", help="A date, a time with its zone, or days: 90d."),
        click.option("--renew", is_flag=True, help="Replace the entry that the item has."),
        checklist_option,
        click.option("--config", type=click.Path(path_type=Path), envvar="AUDITOR_CONFIG",
                     help="An auditor.yaml elsewhere."),
        click.option("--root", metavar="DIR", envvar="AUDITOR_ROOT",
                     help="The service's folder inside PATH."),
    )):  # fmt: skip
        command = add(command)
    return command


def complete(given: dict[str, str | None]) -> dict[str, str]:
    """Every field filled: asked for at a terminal; elsewhere a usage error that names what is missing."""
    missing = [name for name, value in given.items() if not (value or "").strip()]
    if missing and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("Missing: " + ", ".join(f"--{name}" for name in missing) + ".")
    asked = {name: click.prompt(name.capitalize(), err=True) for name in missing}
    return {name: (asked.get(name) or value or "").strip() for name, value in given.items()}
