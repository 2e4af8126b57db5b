"""`auditor doctor`: what would decide what is unknown, and whether what is set works."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from auditor.cli.audit import command as audit_command
from auditor.cli.audit import options_of
from auditor.cli.errors import refusals

_EPILOG = """\b
Examples:
  auditor doctor .
  auditor doctor . --url https://staging.example.net --grafana https://grafana.example.net
  auditor doctor . --bundle evidence/              of an audit that was kept, without a new one
  auditor doctor . --format json

\b
Tokens, each sent to its own system alone, never stored, never shown:
  AUDITOR_GRAFANA_TOKEN                       a service account with the role Viewer
  AUDITOR_LOKI_TOKEN, or AUDITOR_LOKI_BASIC   user:password; AUDITOR_LOKI_TENANT
  AUDITOR_PROMETHEUS_TOKEN or _BASIC, AUDITOR_ALERTMANAGER_TOKEN or _BASIC
  AUDITOR_METRICS_TOKEN or _BASIC             a metrics endpoint behind a login
  AUDITOR_KUBERNETES_TOKEN                    a service account with the role view
  AUDITOR_PAGERDUTY_TOKEN                     a read-only REST API key
  AUDITOR_OPSGENIE_TOKEN                      an API key that may read configurations
  AUDITOR_GITHUB_TOKEN or GITHUB_TOKEN        fine-grained, read-only
  AUDITOR_GITLAB_TOKEN or GITLAB_TOKEN        the scope read_api
Addresses where the usual one is not meant: AUDITOR_PAGERDUTY_URL, AUDITOR_OPSGENIE_URL,
AUDITOR_GITHUB_URL, AUDITOR_GITLAB_URL.

\b
Exit codes:
  0   all that is set works
  1   something that is set does not work
  2   wrong use, or a mistake in a configuration file
"""
_LEFT_OUT = (
    "formats",
    "bundle",
    "fail_on",
    "quiet",
    "allow_load",
    "allow_intrusive",
    "allow_exec",
    "allow_methods",
)


def _is_left_out(name: str) -> bool:
    """What an audit may do to a deployment is no matter of finding out what is missing."""
    return name in ("path", *_LEFT_OUT) or name.startswith("load_")


def command_callback(path: Path, bundle: Path | None, form: str, quiet: bool, **asked: Any) -> None:
    """Say which address, token, tool or command would decide most of what is unknown about PATH (default:
    here), and try what is set already. Without --bundle it audits first."""
    from auditor.cli.output import inert, width
    from auditor.cli.progress import Shown
    from auditor.doctoring import checks
    from auditor.pipeline import audit, rescore, surroundings
    from auditor.report.doctor import Tried, as_json, text

    with refusals():
        options = options_of(path, asked)
        context = surroundings(options)
        if bundle is not None:
            report = rescore(bundle, options.checklist)
        else:
            with nullcontext() if quiet else Shown() as progress:
                report = audit(options, progress).report
        tried = [Tried(c.kind, c.name, c.works, c.told) for c in checks(context)]
    said = as_json(report, tried) if form == "json" else text(report, tried, width=width())
    click.echo(inert(said) if form != "json" else said, nl=False)
    if not all(one.works for one in tried):
        raise SystemExit(1)


command = click.Command(
    "doctor",
    callback=command_callback,
    params=[
        *(p for p in audit_command.params if p.name == "path"),
        click.Option(
            ["--bundle"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="The evidence bundle of an audit, in the place of a new audit.",
        ),
        click.Option(
            ["--format", "form"],
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="How to say it.",
        ),
        *(p for p in audit_command.params if not _is_left_out(p.name or "")),
        click.Option(["--quiet", "-q"], is_flag=True, help="No progress on stderr."),
    ],
    help=command_callback.__doc__,
    epilog=_EPILOG,
)
