"""The report as one HTML file: no request leaves it, and it works without its script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from auditor.evaluate.matchers import with_unit
from auditor.evaluate.plan_score import gains
from auditor.model.evidence import Status
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome
from auditor.report import steps, summary
from auditor.report.gate_text import answer, compared_with, gate_parts
from auditor.report.grouping import grouped, told
from auditor.report.registry import Look
from auditor.report.text import address, plain, web_address

_SPAN = re.compile(r"`([^`\n]+)`")
_ICONS = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_APPLICABLE: "none",
}
_MET = {True: Outcome.PASS, False: Outcome.FAIL, None: Outcome.UNKNOWN}


def render(report: Report, look: Look) -> str:
    """A whole page with its style and script inside; the policy in it allows exactly these two."""
    environment = _environment()
    style = environment.get_template("report.css.j2").render()
    script = environment.get_template("report.js").render()
    page = environment.get_template("report.html.j2").render(
        report=report,
        worth=gains(report),
        todo=steps.what_next(report),
        probe_ids={p.id for p in report.probes},
        style=style,
        script=script,
        policy=_policy(style, script),
    )
    return page.rstrip("\n") + "\n"


def _policy(style: str, script: str) -> str:
    """A content security policy under which text that slipped through could not run or load."""
    own = f"style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'"
    return f"default-src 'none'; {own}; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("auditor.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters["spans"] = spans
    environment.globals |= {
        "summary": summary,
        "gate_answer": answer,
        "gate_base": compared_with,
        "gate_parts": gate_parts,
        "grouped": grouped,
        "told": told,
        "next_step": steps.next_step,
        "fix": steps.fix,
        "address": address,
        "web_address": web_address,
        "anchor": anchor,
        "width": width,
        "segments": segments,
        "row": row,
        "turn": turn,
        "hours": lambda number: with_unit(number, "h"),
        "icons": _ICONS,
        "met": _MET,
        "outcomes": list(Outcome),
        "severities": list(Severity),
        "ok": Status.OK,
    }
    return environment


def _harmless(value: Any) -> Any:
    """Every expression of a template passes here before it is escaped."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def spans(text: str) -> Markup:
    """A text for the page, with what stands between backticks as code."""
    return Markup(_SPAN.sub(r"<code>\1</code>", str(escape(plain(text)))))


def anchor(kind: str, name: str) -> str:
    """An id for a link within the page, from a name that may hold anything."""
    return f"{kind}-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}"


def width(share: Fraction) -> str:
    """A share as a length in SVG: `45.3%`, rounded down."""
    return summary.percent(share).replace(" ", "")


def segments(counts: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """Class, start and width of each part of a bar over the applicable items of a severity."""
    total = sum(counts.get(o.value, 0) for o in (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL))
    start = Fraction(0)
    for outcome in (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL):
        share = Fraction(counts.get(outcome.value, 0), total or 1)
        if share:
            yield _ICONS[outcome], width(start), width(share)
        start += share


def row(report: Report, severity: Severity) -> dict[str, int]:
    """The counts of a severity; a report may leave out what is zero."""
    counts = report.counts.get(severity.value, {})
    return {name: counts.get(name, 0) for name in (*(o.value for o in Outcome), "waived")}


def turn(percentage: float) -> str:
    """Where a threshold sits on the gauge: an angle in degrees."""
    return f"{max(0.0, min(percentage, 100.0)) * 3.6:g}"
