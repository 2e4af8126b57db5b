"""`auditor explain`: what decides one item, what was seen, what is missing, and how it can be fooled."""

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
  auditor explain 2.1.2
  auditor explain testing.coverage services/orders
  auditor explain 'load test'                          words of its title
  auditor explain 3.2.5 --url https://staging.example.net
  auditor explain 2.1.2 --bundle evidence/             of an audit that was kept
  auditor explain 2.1.2 --no-audit                     what the checklist asks, unseen
  auditor explain 2.1.2 --format markdown > ticket.md

Only the probes that the item needs look; nothing is kept. See every item with
auditor checklist show.

\b
Exit codes:
  0   explained, whatever the verdict is
  2   wrong use: no such item, or a mistake in a configuration file
"""
_LEFT_OUT = (
    "path",
    "formats",
    "bundle",
    "fail_on",
    "quiet",
    "only",
    "allow_load",
    "allow_intrusive",
    "allow_exec",
    "allow_methods",
)


def _is_taken(name: str) -> bool:
    """The options of an audit that find out about one item; none that does anything to a deployment."""
    return name not in _LEFT_OUT and not name.startswith("load_")


def command_callback(
    item: str, path: Path, bundle: Path | None, no_audit: bool, form: str, quiet: bool, **asked: Any
) -> None:
    """Explain ITEM, an id, a number or words of a title: what decides it, what was seen where in PATH
    (default: here), what is missing, how to make it here, and how it can be fooled."""
    from auditor.cli.output import inert, width
    from auditor.cli.progress import Shown
    from auditor.explaining import explain_bundle, explain_policy, explain_target

    if bundle is not None and no_audit:
        raise click.UsageError(
            "--bundle shows what an audit saw, and --no-audit nothing: give one."
        )
    with refusals():
        _check(item, path)
        options = options_of(path, asked)
        if bundle is not None:
            made = explain_bundle(bundle, item, options.checklist)
        elif no_audit:
            made = explain_policy(options, item)
        else:
            with nullcontext() if quiet else Shown() as progress:
                made = explain_target(options, item, progress)
    if form == "json":
        from auditor.report.explain_json import render

        click.echo(render(made), nl=False)
    elif form == "markdown":
        from auditor.report.explain_markdown import render as as_markdown

        click.echo(inert(as_markdown(made)), nl=False)
    else:
        from auditor.report.explain_text import text

        click.echo(inert(text(made, width=width())), nl=False)


def _check(item: str, path: Path) -> None:
    """Two words without quotes are an item and a path: say so where the second is no path."""
    if not path.exists():
        from auditor.collect.target import WrongUse

        raise WrongUse(
            f"There is no folder {path}. Put words of a title in quotes: auditor explain"
            f" '{item} {path}'"
        )


command = click.Command(
    "explain",
    callback=command_callback,
    params=[
        click.Argument(["item"], metavar="ITEM"),
        *(p for p in audit_command.params if p.name == "path"),
        click.Option(
            ["--bundle"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="The evidence bundle of an audit, in the place of a new look.",
        ),
        click.Option(
            ["--no-audit"], is_flag=True, help="Look at nothing: say what the checklist asks."
        ),
        click.Option(
            ["--format", "form"],
            type=click.Choice(["text", "json", "markdown"]),
            default="text",
            show_default=True,
            help="How to say it.",
        ),
        *(p for p in audit_command.params if _is_taken(p.name or "")),
        click.Option(["--quiet", "-q"], is_flag=True, help="No progress on stderr."),
    ],
    help=command_callback.__doc__,
    epilog=_EPILOG,
)
