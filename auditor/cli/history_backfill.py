"""`auditor history backfill`: audit earlier commits or tags, so that the first day has a trend."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from auditor.cli import history_place as at
from auditor.cli.audit import command as audit_command
from auditor.cli.audit import options_of
from auditor.cli.errors import UNDECIDED
from auditor.cli.tell import tell

_EPILOG = """\b
Examples:
  auditor history backfill . --tags
  auditor history backfill . --commits 30
  auditor history backfill services/orders --since 2026-06-01

Each commit is checked out elsewhere and looked at as the repository alone:
offline, no deployment. It is judged as of its own time, by the checklist and the
settings of today, with the waivers and attestations that it held. The newest one
comes first; what is stored is not audited again, so it may be interrupted.

\b
Exit codes:
  0   every commit is stored
  2   wrong use, or a mistake in a configuration file
  3   some commits could not be audited; it says which, and why
"""
_TAKEN = ("checklist", "root", "evidence", "cache", "no_cache", "quiet")


def run(
    path: Path,
    tags: bool,
    commits: int | None,
    since: str | None,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    quiet: bool,
    **asked: Any,
) -> None:
    """Audit the tags, the last commits or the commits since a date of PATH (default: here), and store them."""
    if sum((tags, commits is not None, since is not None)) != 1:
        raise click.UsageError("Give one of --tags, --commits N and --since DATE.")
    begin = at.moment(since)
    place = at.place(where, blobs, config)
    urls = dict.fromkeys(("url", "prometheus", "alertmanager", "grafana", "loki"))
    options = options_of(path, {**asked, **urls, "config": config})
    with at.opened(place, create=True) as history:
        from auditor.backfilling import Wanted, backfill, plan_backfill

        from_then = datetime.fromtimestamp(begin, UTC) if begin is not None else None
        history.check_writable()
        plan = plan_backfill(options, Wanted(tags, commits, from_then))
        for note in plan.notes:
            tell(note)
        states = dict.fromkeys(("stored", "known", "failed"), 0)
        started = time.monotonic()
        for at_, one in enumerate(backfill(history, plan), 1):
            states[one.state] += 1
            if not quiet or one.state == "failed":
                tell(_line(at_, len(plan.past), one))
        if not quiet:
            tell(
                f"{states['stored']} stored, {states['known']} stored before, {states['failed']} failed,"
                f" in {time.monotonic() - started:.1f} s."
            )
    if states["failed"]:
        raise SystemExit(UNDECIDED)


def _line(number: int, total: int, one: Any) -> str:
    from auditor.report.text import one_line

    name = f" {one.past.tag}" if one.past.tag else ""
    what = {
        "stored": f"run {one.run}",
        "known": "stored before",
        "failed": f"could not be audited: {one.text}",
    }[one.state]
    return one_line(
        f"[{number}/{total}] {one.past.commit[:10]}{name} {one.past.at:%Y-%m-%d}: {what}"
    )


command = click.Command(
    "backfill",
    callback=run,
    help=run.__doc__,
    epilog=_EPILOG,
    params=[
        *(p for p in audit_command.params if p.name == "path"),
        click.Option(["--tags"], is_flag=True, help="Audit every tag."),
        click.Option(
            ["--commits"], type=click.IntRange(min=1), metavar="N", help="Audit the last N commits."
        ),
        click.Option(["--since"], metavar="DATE", help="Audit the commits from this date on."),
        *at.place_params(),
        *(p for p in audit_command.params if p.name in _TAKEN),
    ],
)
