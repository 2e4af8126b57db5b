"""`auditor history diff`: what differs between two stored runs."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at

_EPILOG = """\b
Examples:
  auditor history diff orders              its newest run and the one before
  auditor history diff 41 42
  auditor history diff v1.2 orders --format markdown
  auditor history diff orders~7 orders --format json

Each side is a number, a service (its newest run), SERVICE~N, a backfilled tag, or
the beginning of a commit. Exits 0 whatever differs.
"""


@click.command("diff", epilog=_EPILOG)
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@at.history_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json"]),
    default="terminal",
    show_default=True,
    help="How to show it.",
)
def command(
    before: str,
    after: str | None,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    form: str,
) -> None:
    """Compare the stored runs A and B: changed items with their causes, new findings, lesser numbers.
    With a service alone: its two newest runs."""
    place = at.place(where, blobs, config)
    with at.opened(place) as history:
        from auditor.recording import compare_runs
        from auditor.report.comparison import RENDERERS

        one = history.run(before if after is not None else f"{before}~1")
        other = history.run(after if after is not None else before)
        sides = compare_runs(history, one, other)
    text = RENDERERS[form](*sides)
    at.show_json(text) if form == "json" else at.show(text)
