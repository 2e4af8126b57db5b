"""`auditor checklist`: list, show, lint, schema; import and render are in modules of their own."""

from __future__ import annotations

import json

import click

from auditor.cli import checklist_import, checklist_render
from auditor.cli.errors import refusals
from auditor.model.item import Checklist, Item

_EPILOG = """\b
Examples:
  auditor checklist list
  auditor checklist show production-readiness
  auditor checklist show production-readiness testing.coverage
  auditor checklist lint readiness/checklist.yaml
  auditor checklist schema > checklist.schema.json
  auditor checklist import CHECKLIST.md
  auditor checklist render evidence/ --into CHECKLIST.md
"""


@click.group("checklist", epilog=_EPILOG)
def command() -> None:
    """List, show and check checklists; import one that people keep, and tick its boxes."""


command.add_command(checklist_import.command)
command.add_command(checklist_render.command)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """The shipped checklists."""
    from auditor.checklist.shipped import checklist_names

    with refusals():
        made = [_load(name) for name in checklist_names()]
    if as_json:
        click.echo(
            json.dumps(
                [{"id": m.id, "version": m.version, "title": m.title} for m in made], indent=2
            )
        )
        return
    for one in made:
        click.echo(f"{one.id:<24} {one.version:<8} {len(one.items()):>3} items  {one.title}")


@command.command("show")
@click.argument("name", default="production-readiness")
@click.argument("item", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(name: str, item: str | None, as_json: bool) -> None:
    """Show the checklist NAME (a shipped name or a file), or one ITEM of it by id or number."""
    from auditor.checklist.describe import as_value, describe_checklist, describe_item

    with refusals():
        made = _load(name)
    found = _item(made, item) if item else None
    if as_json:
        click.echo(json.dumps(as_value(found or made), indent=2))
    else:
        click.echo(describe_item(found) if found else describe_checklist(made), nl=False)


@command.command("lint")
@click.argument("names", nargs=-1, required=True)
def lint(names: tuple[str, ...]) -> None:
    """Check checklists: every key, fact, type, threshold and id. Exit 2 on a mistake."""
    from auditor.checklist.lint import advice

    failed = False
    for name in names:
        try:
            with refusals():
                made = _load(name)
        except click.ClickException as error:
            error.show()
            failed = True
            continue
        click.echo(f"{name}: good: {len(made.items())} items, {len(made.criteria)} criteria.")
        for sentence in advice(made):
            click.echo(f"  note: {sentence}")
    if failed:
        raise SystemExit(2)


@command.command("schema")
@click.argument("name", default="checklist")
def schema(name: str) -> None:
    """Print the JSON Schema of checklists (default), or of another file of the auditor: NAME."""
    from auditor.checklist.shipped import schema_path
    from auditor.formats.text.config_text import nearest

    known = sorted(p.name.partition(".")[0] for p in schema_path(name).parent.glob("*.schema.json"))
    if name not in known:
        raise click.UsageError(
            f"No schema of {name!r} is published.{nearest(name, known)} Published: {', '.join(known)}."
        )
    click.echo(schema_path(name).read_text(encoding="utf-8"), nl=False)


def _load(name: str) -> Checklist:
    from auditor.checklist.load import load_checklist
    from auditor.collect.registry import find_probes, vocabulary

    return load_checklist(name, vocabulary(p.spec for p in find_probes()))


def _item(made: Checklist, wanted: str) -> Item:
    items = [one for item in made.items() for one in (item, *item.checks)]
    for one in items:
        if wanted in (one.id, one.number):
            return one
    from auditor.formats.text.config_text import nearest

    raise click.UsageError(f"No item is called {wanted!r}.{nearest(wanted, [i.id for i in items])}")
