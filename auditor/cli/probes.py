"""`auditor probes`: list, show, new."""

from __future__ import annotations

import json
from pathlib import Path

import click

from auditor.cli.errors import refusals

_EPILOG = """\b
Examples:
  auditor probes list
  auditor probes show reports.coverage
  auditor probes new infra.nomad
"""


@click.group("probes", epilog=_EPILOG)
def command() -> None:
    """List and show probes, or start a new one."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """Every installed probe, built-in or plugged in."""
    from auditor.collect.registry import find_probes

    with refusals():
        specs = [p.spec for p in find_probes()]
    if as_json:
        rows = [
            {"id": s.id, "title": s.title, "phase": s.phase.name.lower(), "version": s.version,
             "needs": [n.value for n in s.needs], "emits": [f.key for f in s.emits]}
            for s in specs
        ]  # fmt: skip
        click.echo(json.dumps(rows, indent=2))
        return
    for spec in specs:
        click.echo(f"{spec.id:<24} {spec.phase.name.lower():<10} {spec.title}")


@command.command("show")
@click.argument("probe")
def show(probe: str) -> None:
    """What PROBE looks at, what it needs, and the facts it may emit."""
    from auditor.collect.describe import describe_probe
    from auditor.collect.registry import find_probes
    from auditor.formats.text.config_text import nearest

    with refusals():
        specs = {p.spec.id: p.spec for p in find_probes()}
    if probe not in specs:
        raise click.UsageError(f"There is no probe {probe!r}.{nearest(probe, specs)}")
    click.echo(describe_probe(specs[probe]), nl=False)


@command.command("new")
@click.argument("probe", metavar="GROUP.NAME")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder (default: here).",
)
def new(probe: str, into: Path) -> None:
    """Write a probe and its test: two files, nothing else to edit."""
    from auditor.collect.registry import find_probes
    from auditor.collect.scaffold import write_probe
    from auditor.collect.target import WrongUse

    with refusals():
        if probe in {p.spec.id for p in find_probes()}:
            raise click.UsageError(f"There is a probe {probe!r} already; choose another name.")
    try:
        written = write_probe(probe, into)
    except WrongUse as error:
        raise click.UsageError(str(error)) from None
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"Next: make its tests pass: pytest {written[1]}")
    if not (into / "auditor" / "__init__.py").is_file():
        click.echo(
            "This is not the auditor's own project, and its package `probes` is not looked for here: move the"
            " probe into a package of yours, import it from there in its test, and name that package in"
            ' pyproject.toml under [project.entry-points."auditor.probes"].'
        )
