"""`auditor waive`: append a waiver to the waivers file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from auditor.cli.errors import refusals
from auditor.cli.promise import complete, promise_options

_EPILOG = """\b
Example:
  auditor waive testing.tests.chaos --owner dana@example.net --approver lee@example.net \\
      --reason 'No staging cluster before February.' --expires 60d

The file is readiness/waivers.yaml of the service, or what auditor.yaml names. A waiver lets an open
blocker stand until it expires, at most 180 days ahead; it adds nothing to the score.
"""


@click.command("waive", epilog=_EPILOG)
@promise_options
@click.option("--reason", metavar="TEXT", help="Why the item may stay open.")
@click.option("--evidence", metavar="LINK", help="A ticket or a decision, if there is one.")
def command(
    item: str,
    path: Path,
    owner: str | None,
    approver: str | None,
    expires: str | None,
    renew: bool,
    checklist: str | None,
    config: Path | None,
    root: str | None,
    reason: str | None,
    evidence: str | None,
) -> None:
    """Let ITEM stay open for a time, on record."""
    fields = complete({"reason": reason, "owner": owner, "approver": approver, "expires": expires})
    if evidence:
        fields["evidence"] = evidence
    from auditor.pipeline import Options
    from auditor.promises import waive

    options = Options(path, checklist=checklist, config=config, root=root)
    with refusals():
        written = waive(options, item, fields, renew=renew, now=datetime.now(UTC))
    click.echo(f"{written.path}:{written.line}: {item} is waived. {written.note}")
