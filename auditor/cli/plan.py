"""`auditor plan`: the cheapest way to a level of readiness, with its order, its days and its score."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from auditor.cli.audit import command as audit_command
from auditor.cli.audit import options_of
from auditor.cli.errors import refusals
from auditor.cli.pages import hand_over, pages, refuse_unwritable

_EPILOG = """\b
Examples:
  auditor plan .                             audits first, then plans to READY
  auditor plan --bundle evidence/ --to 95    of an audit that was kept
  auditor plan . --hours-per-day 12 --start 2027-01-11
  auditor plan . --without 'security.compliance.*'
  auditor plan . --effort testing.coverage=4h --default-effort 2h
  auditor plan . --format html=plan.html --format json=plan.json

\b
Levels:
  80   ready      80 % proven and no open blocker
  95   excellent  95 % proven and no open blocker or critical item
  100  perfect    all of it
A checklist may set other shares for them. The set of items is the cheapest
there is. Efforts come from --effort, from effort: in auditor.yaml, from the
checklist, in this order; an item that names none takes --default-effort.
Load and intrusive probes need an audit of their own: keep its --bundle.

\b
Exit codes:
  0   there is a plan, or nothing to do
  1   the level cannot be reached; it says why
  2   wrong use, or a mistake in a configuration file
"""
_LEVELS = {"80": "ready", "95": "excellent", "100": "perfect"}
_FORMATS = ("terminal", "markdown", "json", "html")
_MOST_HOURS = 100_000
_LEFT_OUT = (
    "path",
    "formats",
    "bundle",
    "fail_on",
    "checklist",
    "quiet",
    "allow_load",
    "allow_intrusive",
    "allow_exec",
    "allow_methods",
)


def _is_left_out(name: str) -> bool:
    """What an audit may do to a deployment belongs to an audit that is kept."""
    return name in _LEFT_OUT or name.startswith("load_")


def hours(text: str) -> Fraction:
    """`4h`, `30m` or plain hours of work. Raises BadParameter, for more than anybody plans too."""
    text = text.strip()
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("h", "m") else (text, "h")
    if not number.replace(".", "", 1).isdecimal() or not number.isascii():
        raise click.BadParameter(f"{text!r} is not hours of work, such as 4h, 1.5h or 30m.")
    found = Fraction(Decimal(number)) / (60 if unit == "m" else 1)
    if found > _MOST_HOURS:
        raise click.BadParameter(f"{text!r} is more than {_MOST_HOURS:,} hours.")
    return found


def hours_of_a_day(text: str) -> Fraction:
    """Hours of work, more than none. Raises BadParameter."""
    found = hours(text)
    if not found:
        raise click.BadParameter("it must be more than 0.")
    return found


def day(text: str) -> date:
    """A date as 2027-01-31. Raises BadParameter."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date, such as 2027-01-31.") from None


def _stated(values: tuple[str, ...]) -> dict[str, Fraction]:
    """`ITEM=4h` of the command line by item."""
    found: dict[str, Fraction] = {}
    for value in values:
        name, sign, work = value.partition("=")
        if not sign or not name:
            raise click.UsageError(
                f"--effort {value!r} is not ITEM=HOURS, such as testing.coverage=4h."
            )
        try:
            found[name] = hours(work)
        except click.BadParameter as error:
            raise click.UsageError(f"--effort {name}: {error.message}") from None
    return found


def command_callback(
    path: Path,
    to: str,
    bundle: Path | None,
    hours_per_day: Fraction,
    start: date | None,
    weekends: bool,
    without: tuple[str, ...],
    effort: tuple[str, ...],
    default_effort: Fraction,
    formats: tuple[str, ...],
    quiet: bool,
    **asked: Any,
) -> None:
    """Plan the cheapest way from where PATH (default: here) stands to a level of readiness: which open
    items, in which order, on which days, and what will be proven after each step. Without --bundle it
    audits first."""
    stated = _stated(effort)
    chosen = pages(formats, _FORMATS)
    from auditor.cli.output import width
    from auditor.cli.progress import Shown
    from auditor.evaluate.plan_calendar import Calendar
    from auditor.planning import Asked, plan
    from auditor.report.plan_registry import render
    from auditor.report.plan_words import Sheet

    level = _LEVELS.get(to, to)
    calendar = Calendar(start or date.today(), hours_per_day, weekends)
    with refusals():
        refuse_unwritable(chosen)
        options = options_of(path, asked)
        wanted = Asked(level, calendar, stated, without, default_effort)
        with nullcontext() if quiet or bundle is not None else Shown() as progress:
            made = plan(options, bundle, wanted, progress)
        sheet = Sheet(made.plan, made.report, made.notes)
        hand_over(chosen, lambda name: render(name, sheet, width=width()), "plan", quiet=quiet)
    if made.plan.obstacles:
        raise SystemExit(1)


command = click.Command(
    "plan",
    callback=command_callback,
    params=[
        *(p for p in audit_command.params if p.name == "path"),
        click.Option(
            ["--to"],
            type=click.Choice([*_LEVELS, *_LEVELS.values()]),
            default="80",
            show_default=True,
            help="The level to reach.",
        ),
        click.Option(
            ["--bundle"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="The evidence bundle of an audit, in the place of a new audit.",
        ),
        click.Option(
            ["--hours-per-day"],
            type=hours_of_a_day,
            default="8",
            show_default=True,
            metavar="N",
            help="Hours of work that all who work on it give in a day.",
        ),
        click.Option(["--start"], type=day, metavar="DATE", help="The first day (default: today)."),
        click.Option(["--weekends"], is_flag=True, help="Work on Saturdays and Sundays too."),
        click.Option(
            ["--without"],
            multiple=True,
            metavar="PATTERN",
            help="Items that cannot be done, by id. Repeatable.",
        ),
        click.Option(
            ["--effort"],
            multiple=True,
            metavar="ITEM=HOURS",
            help="The effort of an item, such as testing.coverage=4h. Repeatable.",
        ),
        click.Option(
            ["--default-effort"],
            type=hours,
            default="4h",
            show_default=True,
            metavar="HOURS",
            help="The effort of an item that names none.",
        ),
        click.Option(
            ["--format", "formats"],
            multiple=True,
            metavar="NAME[=FILE]",
            help="terminal (default), markdown, json or html; with =FILE into a file. Repeatable.",
        ),
        *(p for p in audit_command.params if p.name in ("checklist", "quiet")),
        *(p for p in audit_command.params if not _is_left_out(p.name or "")),
    ],
    help=command_callback.__doc__,
    epilog=_EPILOG,
)
