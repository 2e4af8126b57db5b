"""`auditor init`: write an auditor.yaml for a service, asking nothing that can be seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.errors import refusals
from auditor.cli.tell import tell

if TYPE_CHECKING:
    from auditor.drafting import Drafted, Seen
    from auditor.model.survey import FoundService
    from auditor.report.settings_draft import Answers

_EPILOG = """\b
Examples:
  auditor init                          here; asks what no file tells
  auditor init --yes                    asks nothing: what is open stays a comment
  auditor init services/orders
  auditor init --yes --output -         look at it first
  auditor init --force                  anew; the old file is kept as auditor.yaml.bak

Services, stacks, starts, reports, addresses in deployment files and routes are seen in files.
Nothing is run, and no address is asked. In a repository of several services each gets a file of
its own.

\b
Exit codes:
  0   written
  2   wrong use, or the file is there already
"""


@click.command("init", epilog=_EPILOG)
@click.argument("path", type=click.Path(path_type=Path), default=".", required=False)
@click.option("--root", metavar="DIR", help="One service's folder inside PATH (default: all).")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write there (- prints it; default: auditor.yaml in the service's folder).",
)
@click.option("--force", is_flag=True, help="Write over a file that is there; a copy is kept.")
def command(path: Path, root: str | None, yes: bool, output: Path | None, force: bool) -> None:
    """Look at the repository PATH (default: here) and write a commented auditor.yaml for it."""
    from auditor.drafting import drafts, look, refuse_existing, save

    asks = not yes and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    printed = output is not None and str(output) == "-"
    with refusals():
        seen = look(path, root)
        ask = _Asking(seen).ask if asks else None
        made = drafts(seen, None if printed else ask, None if printed else output)
        if printed:
            click.echo("\n".join(one.text for one in made), nl=False)
            return
        refuse_existing(made, force=force)
        for one in made:
            kept = save(one)
            if kept is not None:
                tell(f"kept what was there as {kept}")
            click.echo(f"wrote {one.path}: {_told(one)}")
    click.echo(f"Next: auditor audit {made[0].place}")


def _told(one: Drafted) -> str:
    from auditor.report.summary import counted
    from auditor.report.text import one_line

    service = one.service
    parts = [service.language or "no source"]
    parts += [counted(len(service.reports), "report")] if service.reports else []
    parts += [counted(len(service.features), "candidate feature")] if service.features else []
    if service.deployments:
        parts.append(counted(len(service.deployments), "address", "addresses"))
    return one_line(", ".join(parts))


class _Asking:
    """Asks at a terminal what no file tells. An empty answer leaves a comment."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def ask(self, service: FoundService) -> Answers:
        """Tier, staging and features of one service."""
        from auditor.report.settings_draft import Answers
        from auditor.report.text import one_line

        name = one_line(service.name or service.root or "the service")
        click.echo(f"{name}: Enter leaves an answer open, as a comment in the file.", err=True)
        return Answers(tier=self._tier(), staging=self._staging(), features=self._features(service))

    def _tier(self) -> str:
        from auditor.formats.text.config_text import nearest

        known = {tier.name: tier.title for tier in self._seen.tiers}
        if not known:
            return ""
        click.echo("How much depends on it?", err=True)
        for name, title in known.items():
            click.echo(f"  {name}  {title}", err=True)
        while True:
            said = str(click.prompt("Tier", default="", show_default=False, err=True)).strip()
            if not said or said in known:
                return said
            click.echo(f"There is no tier {said!r}.{nearest(said, known)}", err=True)

    def _staging(self) -> str:
        from auditor.settings import url_complaint

        while True:
            said = str(
                click.prompt("URL of staging", default="", show_default=False, err=True)
            ).strip()
            complaint = url_complaint(said) if said else None
            if complaint is None:
                return said
            click.echo(complaint, err=True)

    def _features(self, service: FoundService) -> tuple[str, ...]:
        from auditor.report.text import one_line

        if not service.features:
            return ()
        click.echo("Which of these are features that users need?", err=True)
        for at, one in enumerate(service.features, 1):
            click.echo(
                f"  {at}  {one_line(one.title)}: {one_line(', '.join(one.routes))}", err=True
            )
        said = click.prompt("Numbers, or all", default="", show_default=False, err=True)
        words = str(said).replace(",", " ").split()
        if words == ["all"]:
            return tuple(one.id for one in service.features)
        chosen = {int(word) for word in words if word.isdecimal()}
        return tuple(one.id for at, one in enumerate(service.features, 1) if at in chosen)
