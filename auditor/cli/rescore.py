"""`auditor rescore`: judge an evidence bundle again, with another checklist or another report."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.errors import refusals
from auditor.cli.output import (
    checklist_option,
    deliver,
    fail_on_option,
    format_option,
    quiet_option,
    refuse_early,
    wanted,
)

_EPILOG = """\b
Examples:
  auditor rescore evidence/
  auditor rescore evidence/ --checklist strict.yaml --format markdown
  auditor rescore evidence/ --format html=report.html --quiet
"""


@click.command("rescore", epilog=_EPILOG)
@click.argument("bundle", type=click.Path(path_type=Path))
@checklist_option
@format_option
@fail_on_option
@quiet_option
def command(
    bundle: Path, checklist: str | None, formats: tuple[str, ...], fail_on: str, quiet: bool
) -> None:
    """Judge the evidence in the folder BUNDLE again, by the checklist that it carries or by another
    one. Offline; no probe is imported."""
    chosen = wanted(formats)
    from auditor.pipeline import met, rescore

    with refusals():
        refuse_early(chosen)
        report = rescore(bundle, checklist)
        deliver(report, chosen, quiet=quiet)
    if not met(report, fail_on):
        raise SystemExit(1)
