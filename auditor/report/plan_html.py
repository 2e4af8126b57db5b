"""A plan as one HTML page with its burn-up: no request leaves it, and there is no script in it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from auditor.report import plan_chart, plan_words, summary
from auditor.report.plan_words import Sheet
from auditor.report.steps import next_step
from auditor.report.text import plain


def render(sheet: Sheet) -> str:
    """A whole page with its style inside; the policy in it allows exactly that."""
    environment = _environment()
    style = environment.get_template("plan.css.j2").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.get_template("plan.html.j2").render(
        sheet=sheet,
        plan=sheet.plan,
        report=sheet.report,
        chart=plan_chart.chart(sheet.plan) if sheet.plan.steps else None,
        reached=plan_words.milestones(sheet.plan),
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
    )
    return page.rstrip("\n") + "\n"


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
    environment.globals |= {
        "words": plan_words,
        "summary": summary,
        "next_step": next_step,
        "size": plan_chart,
    }
    return environment


def _harmless(value: Any) -> Any:
    """Every expression of a template passes here before it is escaped."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
