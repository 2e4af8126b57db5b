"""`auditor diff`: what differs between two audits, and why."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.errors import Refusal, refusals

_EPILOG = """\b
Examples:
  auditor diff evidence-monday/ evidence-tuesday/
  auditor diff before.json after.json --format markdown
  auditor diff readiness/baseline.json evidence/ --format json

Each side is the folder of a bundle, a JSON report or a baseline file. Two bundles tell most: what
changed inside items that are open on both sides is not in a report. Exits 0 whatever differs.
"""


@click.command("diff", epilog=_EPILOG)
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json"]),
    default="terminal",
    show_default=True,
    help="How to show it.",
)
def command(before: Path, after: Path, form: str) -> None:
    """Compare the audits A and B: changed items with their causes, new findings, lesser numbers."""
    from auditor.gating import differ
    from auditor.report.comparison import RENDERERS
    from auditor.report.reading import BadReport
    from auditor.store.baseline import BadBaseline

    with refusals():
        try:
            sides = differ(before, after)
        except (BadReport, BadBaseline) as error:
            raise Refusal(str(error)) from None
    click.echo(RENDERERS[form](*sides), nl=False)
