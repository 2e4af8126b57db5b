"""The report as CSV for a spreadsheet or a script: a row for each item, nothing a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from auditor.model.item import Severity
from auditor.model.report import CategoryResult, Report, SectionResult
from auditor.model.verdict import Verdict
from auditor.report import summary
from auditor.report.registry import Look
from auditor.report.steps import next_step
from auditor.report.text import address, one_line

COLUMNS = (
    "service", "number", "id", "title", "category", "section", "severity", "verdict", "level",
    "blocks", "waived_until", "waived_by", "attested", "stale", "reason", "locations",
    "next_step", "effort_h", "weight", "commit", "checklist", "audited_at",
)  # fmt: skip
# A cell that begins so is calculated when it is opened, and can run a command or send the sheet
# away: https://owasp.org/www-community/attacks/CSV_Injection. Full-width signs count in some locales,
# and `;` begins a new cell where a decimal comma is usual, quoted or not.
_FORMULA = re.compile(r"(\A|;)(\s*)(?=[=+\-@\t\r＝＋－＠|])")


def render(report: Report, look: Look) -> str:
    """A header and the items in the order of the checklist; lines end as Unix's do, UTF-8, no mark."""
    file = io.StringIO()
    table = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(COLUMNS)
    for category in report.categories:
        for section in category.sections:
            for verdict in section.verdicts:
                table.writerow([_cell(c) for c in _row(report, category, section, verdict)])
    return file.getvalue()


def _row(
    report: Report, category: CategoryResult, section: SectionResult, verdict: Verdict
) -> Iterator[str]:
    item, waiver = verdict.item, verdict.waived
    yield report.target.service
    yield item.number
    yield item.id
    yield summary.title(verdict)
    yield f"{category.category.number} {category.category.title}"
    yield f"{section.section.number} {section.section.title}"
    yield item.severity.value
    yield verdict.outcome.value
    yield verdict.level.value if verdict.level else ""
    yield _yes(item.severity is Severity.BLOCKER and verdict.blocks)
    yield waiver.expires if waiver else ""
    yield waiver.owner if waiver else ""
    yield _yes(verdict.attested)
    yield _yes(verdict.stale)
    yield " / ".join(one_line(r.text) for r in verdict.reasons)
    yield ", ".join(dict.fromkeys(address(p) for r in verdict.reasons for p in summary.places(r)))
    yield str(next_step(verdict)) if verdict.open else ""
    yield f"{item.effort_h:g}"
    yield f"{float(item.weight):g}"
    yield report.target.commit or ""
    yield f"{report.checklist.id} {report.checklist.version}"
    yield report.started_at


def _yes(there: bool) -> str:
    return "yes" if there else "no"


def _cell(text: str) -> str:
    """One line that a spreadsheet shows as it is; an apostrophe says that it is text."""
    return _FORMULA.sub(r"\1\2'", one_line(text))
