"""`auditor attest`: append an attestation to the attestations file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from auditor.cli.errors import refusals
from auditor.cli.promise import complete, promise_options

_EPILOG = """\b
Examples:
  auditor attest observability.alerting.oncall
  auditor attest observability.alerting.oncall --owner dana@example.net --approver lee@example.net \\
      --statement 'Two people share the rotation.' --evidence docs/operations.md#on-call --expires 180d

The file is readiness/attestations.yaml of the service, or what auditor.yaml names. What is left out
is asked for. Commit the file: who signed and who approved can then be seen in its history.
"""


@click.command("attest", epilog=_EPILOG)
@promise_options
@click.option("--statement", metavar="TEXT", help="What is true, in a sentence.")
@click.option("--evidence", metavar="LINK", help="An http link, or a path in the repository.")
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
    statement: str | None,
    evidence: str | None,
) -> None:
    """Vouch for ITEM, which no probe can see, with evidence and an expiry."""
    fields = complete(
        {"statement": statement, "owner": owner, "approver": approver, "evidence": evidence,
         "expires": expires}
    )  # fmt: skip
    from auditor.pipeline import Options
    from auditor.promises import attest

    options = Options(path, checklist=checklist, config=config, root=root)
    with refusals():
        written = attest(options, item, fields, renew=renew, now=datetime.now(UTC))
    click.echo(f"{written.path}:{written.line}: {item} is attested. {written.note}")
