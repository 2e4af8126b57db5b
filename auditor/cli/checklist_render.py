"""`auditor checklist render`: a bundle as a checklist, or into the Markdown checklist that people keep."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from auditor.cli.checklist_import import read_markdown
from auditor.cli.errors import Refusal, refusals
from auditor.cli.output import checklist_option, inert, quiet_option
from auditor.cli.tell import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.checklist.imported_pairing import Pairing
    from auditor.formats.checklists.parts import TaskDocument
    from auditor.model.report import Report
    from auditor.model.verdict import Verdict
    from auditor.report.checklist_into import Written

_MOST_TOLD = 10
_EPILOG = """\b
Examples:
  auditor checklist render evidence/                  the whole checklist
  auditor checklist render evidence/ --into CHECKLIST.md
  auditor checklist render evidence/ --into CHECKLIST.md --marks
  auditor checklist render evidence/ --into CHECKLIST.md --check --quiet

Into a file go boxes and figures, and nothing else: scores, totals, counts of
open items, the status. Every other byte stays, and a second run changes
nothing. A box is ticked by a pass alone; fail, unknown, waived and not
applicable leave it empty, and --marks says behind the box which it is.

A box is an item where both say the same. Best import the file first, review
the bindings and audit by that checklist: then every box has its item.

\b
Exit codes:
  0   written, or nothing to change
  1   with --check: the file is not as evidence says
  2   wrong use, no box with an item, or a file that cannot be written
"""


@click.command("render", epilog=_EPILOG)
@click.argument("bundle", type=click.Path(path_type=Path))
@checklist_option
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="FILE.md",
    help="The checklist to tick, in place.",
)
@click.option(
    "--marks",
    is_flag=True,
    help="With --into: say behind each box what it cannot say, with a link.",
)
@click.option(
    "--by-meaning",
    is_flag=True,
    help="With --into: pair also boxes and items that only mean the same, as an import suggests.",
)
@click.option(
    "--check", is_flag=True, help="With --into: write nothing; exit 1 where something would change."
)
@click.option(
    "--evidence",
    metavar="URL|DIR",
    help="Where readers find the bundle, for links. Default: BUNDLE, as seen from the document.",
)
@quiet_option
def command(
    bundle: Path, checklist: str | None, into: Path | None, marks: bool, by_meaning: bool, check: bool,
    evidence: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Show the audit in the folder BUNDLE as a checklist with its boxes ticked from evidence; with --into,
    tick the boxes of FILE.md. Offline; no probe is imported."""
    if into is None and (marks or by_meaning or check):
        raise click.UsageError("--marks, --by-meaning and --check need --into FILE.md.")
    from auditor.checklist.imported_binding import BOUND
    from auditor.checklist.imported_pairing import SURE
    from auditor.pipeline import rescore

    with refusals():
        if into is not None:
            _refuse_early(into)
        report = rescore(bundle, checklist)
        base = _base(bundle, evidence, into)
        if into is None:
            from auditor.report.checklist_markdown import document

            click.echo(inert(document(report, base)), nl=False)
            return
        changed = _into(
            into,
            report,
            base,
            marks=marks,
            least=BOUND if by_meaning else SURE,
            check=check,
            quiet=quiet,
        )
    if check and changed:
        raise SystemExit(1)


def _into(
    file: Path, report: Report, base: str, *, marks: bool, least: float, check: bool, quiet: bool
) -> bool:
    """Write into the file; whether anything changed."""
    from auditor.checklist.imported_pairing import pair
    from auditor.checklist.imported_words import words
    from auditor.formats.checklists.figures import figures
    from auditor.formats.checklists.reader import read
    from auditor.report.checklist_into import decided_by, write_into
    from auditor.report.writer import write_bytes

    data = read_markdown(file)
    document = read(data, words(), name=file.name)
    pairing = pair(document, report.checklist, least=least)
    decided = decided_by(pairing.by_task, report)
    if not decided:
        raise Refusal(
            f"No box of {file} is an item of the checklist {report.checklist.id}. Import the file and audit"
            f" by that: auditor checklist import {file}"
        )
    link = _linker(document, base, marks)
    written = write_into(
        document, pairing.structure, figures(document, words()), decided, report, link=link
    )
    if read(written.data, words(), name=file.name).top != document.top:
        raise Refusal(
            f"{file} would not read back as the same checklist, so it stays as it is. Report this."
        )
    changed = written.data != data
    if changed and not check:
        if read_markdown(file) != data:
            raise Refusal(f"{file} was changed meanwhile, and stays as it is. Run this again.")
        write_bytes(file, written.data)
    if not quiet:
        _account(file, document, pairing, written, report, check=check)
    return changed


def _linker(document: TaskDocument, base: str, marks: bool) -> Callable[[Verdict], str] | None:
    """What gives marks their links. Marks that the file has already are kept true, links or none."""
    from auditor.formats.checklists.marks import MARK
    from auditor.report.checklist_markdown import evidence_link

    lines = [document.shown[task.line - 1][-700:] for task in document.tasks]
    found = [
        match[0] for line in lines if (match := MARK.search(line)) and match[0].strip(" \t←·<-")
    ]
    if not found and not marks:
        return None
    linked = marks or any("[evidence](" in one for one in found)
    return lambda verdict: evidence_link(verdict, base) if linked else ""


def _account(
    file: Path,
    document: TaskDocument,
    pairing: Pairing,
    written: Written,
    report: Report,
    *,
    check: bool,
) -> None:
    from auditor.model.verdict import Outcome
    from auditor.report.checklist_into import decided_by
    from auditor.report.summary import counted

    by_task = decided_by(pairing.by_task, report)
    decided = by_task.values()
    counts = {outcome: sum(v.outcome is outcome for v in decided) for outcome in Outcome}
    done = "would change" if check else "changed"
    tell(
        f"{file}: {counted(written.boxes, 'line')} with boxes and {counted(written.figures, 'line')} with"
        f" figures {done}."
        if written.boxes or written.figures
        else f"{file}: nothing to change."
    )
    tell(
        f"Of {counted(len(document.tasks), 'box', 'boxes')} {counts[Outcome.PASS]} ticked; left empty:"
        f" {counts[Outcome.FAIL]} fail, {counts[Outcome.UNKNOWN]} unknown,"
        f" {counts[Outcome.NOT_APPLICABLE]} not applicable."
    )
    praised = [
        document.tasks[task].line
        for task, verdict in by_task.items()
        if verdict.open and "✅" in document.shown[document.tasks[task].line - 1]
    ]
    if praised:
        more = " and others" if len(praised) > _MOST_TOLD else ""
        numbers = ", ".join(map(str, praised[:_MOST_TOLD]))
        tell(f"A ✅ in words is not touched: look at the open boxes in lines {numbers}{more}.")
    guessed = sorted((p for p in pairing.pairs if not p.exact), key=lambda p: p.score)
    if guessed:
        boxes = counted(len(guessed), "box was", "boxes were")
        tell(f"{boxes} paired by other words that mean the same; look at them:")
        for one in guessed[:_MOST_TOLD]:
            task = document.tasks[one.task]
            tell(f"  {one.score:.2f} line {task.line} {task.title[:40]} -> {one.item}")
        if len(guessed) > _MOST_TOLD:
            tell(f"  and {len(guessed) - _MOST_TOLD} surer ones")
    if pairing.single:
        lines = [document.tasks[index].line for index in pairing.single]
        more = f" and {len(lines) - _MOST_TOLD} more" if len(lines) > _MOST_TOLD else ""
        boxes = counted(len(lines), "box is", "boxes are")
        tell(
            f"{boxes} no item of {report.checklist.id} and left as found: lines"
            f" {', '.join(map(str, lines[:_MOST_TOLD]))}{more}."
        )
    for sentence in written.left[:_MOST_TOLD]:
        tell(f"left as it was: {sentence}")


def _refuse_early(file: Path) -> None:
    from auditor.report.writer import check

    check(file)
    try:
        mode = file.lstat().st_mode
    except OSError:
        raise Refusal(f"{file} is not there. --into writes into a checklist that exists.") from None
    if stat.S_ISREG(mode) and not (mode & 0o222 and os.access(file, os.W_OK)):
        raise Refusal(f"{file} is read-only. Make it writable (chmod u+w {file}) first.")


def _base(bundle: Path, evidence: str | None, into: Path | None) -> str:
    """Where links of the document find the bundle; "" where nothing relative leads there."""
    if evidence is not None:
        return quote(evidence.rstrip("/"), safe="/:?=&%#@+,;~-._")
    start = into.parent if into is not None else Path()
    try:
        there = os.path.relpath(bundle.resolve(), start.resolve())
    except ValueError:
        return ""  # another drive
    return quote(Path(there).as_posix())
