"""`auditor checklist import`: a Markdown checklist that people keep becomes one that evidence decides."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from auditor.cli.errors import Refusal, refusals
from auditor.cli.tell import tell

if TYPE_CHECKING:
    from auditor.checklist.imported import Imported

_EPILOG = """\b
Examples:
  auditor checklist import CHECKLIST.md
  auditor checklist import CHECKLIST.md --output readiness/checklist.yaml
  auditor checklist import CHECKLIST.md --check     where it contradicts itself
  auditor checklist import CHECKLIST.md --json --check > import.json

\b
Exit codes:
  0   imported; with --check, nothing contradicts itself
  1   with --check: the file contradicts itself
  2   wrong use, or nothing that could be imported
"""


@click.command("import", epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE.md")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="The YAML to write; - for stdout. Default: FILE.yaml beside FILE.md.",
)
@click.option("--force", is_flag=True, help="Replace the YAML if it is there already.")
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 where FILE.md contradicts itself."
)
@click.option("--json", "as_json", is_flag=True, help="Say what was found as JSON.")
def command(file: Path, output: Path | None, force: bool, check: bool, as_json: bool) -> None:
    """Make a checklist of FILE.md (- for stdin): its task lists, headings, weights and severities.

    Each task is bound to the known item that means the same, with a score to review, or else left to a
    person's word. Says where the file contradicts itself. FILE.md is not changed.
    """
    if check and (output or force):
        raise click.UsageError("--check writes nothing: leave out --output and --force.")
    from auditor.checklist.imported import import_markdown

    with refusals():
        made = import_markdown(read_markdown(file), "stdin" if _is_dash(file) else file.name)
        target = None if check else _target(file, output)
        if target is not None:
            if not _is_dash(target):
                _refuse_early(target, force)
            _write(made, target)
    kept = target if target is not None and not _is_dash(target) else None
    _say(made, as_json, kept, to_stderr=target is not None and kept is None)
    if kept is not None:
        tell(f"checklist: {kept}")
        tell(f"Next: auditor checklist lint {quote(str(kept))}")
        tell(f"      auditor audit . --checklist {quote(str(kept))}")
    if check and made.findings:
        raise SystemExit(1)


def read_markdown(file: Path) -> bytes:
    """The bytes of a Markdown file of a person's, at most the reader's limit and one more."""
    from auditor.formats.checklists.reader import LIMIT

    if _is_dash(file):
        return sys.stdin.buffer.read(LIMIT + 1)
    try:
        if not file.is_file():
            what = "a folder" if file.is_dir() else "no file" if file.exists() else "not there"
            raise Refusal(f"{file} is {what}. Name a Markdown file with a task list.")
        with file.open("rb") as opened:
            return opened.read(LIMIT + 1)
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {(error.strerror or 'unknown').lower()}.") from None


def _is_dash(path: Path) -> bool:
    return str(path) == "-"


def _target(file: Path, output: Path | None) -> Path:
    if output is not None:
        return output
    return Path("-") if _is_dash(file) else file.with_suffix(".yaml")


def _refuse_early(target: Path, force: bool) -> None:
    from auditor.report.writer import check

    if target.exists() and not force:
        raise Refusal(
            f"{target} is there already. Add --force to replace it, or name another --output."
        )
    check(target)


def _write(made: Imported, target: Path) -> None:
    from auditor.checklist.imported_yaml import LARGEST, checklist_yaml
    from auditor.report.writer import write

    text = checklist_yaml(made)
    if _is_dash(target):
        click.echo(text, nl=False)
    else:
        write(target, text)
    if len(text.encode()) > LARGEST:
        tell(
            f"This checklist is larger than one may be ({LARGEST:,} bytes), so lint and audit refuse it:"
            f" split {made.name} by chapters."
        )


def _say(made: Imported, as_json: bool, target: Path | None, to_stderr: bool) -> None:
    """The account of the import; on stderr where stdout carries the YAML."""
    from auditor.cli.output import inert, width
    from auditor.report.imported import as_json as json_of
    from auditor.report.imported import text

    said = json_of(made, str(target) if target else None) if as_json else text(made, width=width())
    click.echo(said if as_json else inert(said), nl=False, err=to_stderr)
