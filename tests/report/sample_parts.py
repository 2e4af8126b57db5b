"""What the made-up items are made of: one word for each outcome, and two waivers."""

from __future__ import annotations

from typing import Any

from auditor.model.evidence import Location
from auditor.model.item import Item, Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Reason, Verdict, Waiver

Sections = tuple[tuple[str, tuple[Verdict, ...]], ...]
BLOCKER, CRITICAL, IMPORTANT, NICE = Severity

WAIVER = Waiver(
    item="performance.load.throughput",
    owner="Maria Gómez",
    approver="Head of Operations",
    reason="Only 50 hotels are invited; the load test runs before the public launch.",
    expires="2025-11-15T00:00:00+01:00",
    evidence="https://tickets.example.net/OPS-412",
)
EXPIRED = Waiver(
    "security.scanning.dast", "J. Ortega", "CISO", "No staging yet.", "2025-09-30T00:00:00+02:00"
)


def item(number: str, severity: Severity, title: str, **more: Any) -> Item:
    slug = title.lower().replace(" ", "-")[:24].strip("-.,")
    fields: dict[str, Any] = {
        "id": f"item.{slug}",
        "floor": {BLOCKER: Level.REPORTED, CRITICAL: Level.EFFECTIVE}.get(severity, Level.DECLARED),
        **more,
    }
    return Item(number=number, title=title, severity=severity, **fields)


def passed(item: Item, text: str, level: Level = Level.EFFECTIVE, **more: Any) -> Verdict:
    reasons = (Reason(text, "some.fact", "at least one", "3", locations=(Location("app.py", 12),)),)
    return Verdict(item, Outcome.PASS, level, reasons, ("code.wiring",), **more)


def failed(item: Item, *reasons: Reason, **more: Any) -> Verdict:
    return Verdict(item, Outcome.FAIL, Level.REPORTED, reasons, ("reports.coverage",), **more)


def unknown(item: Item, *reasons: Reason, **more: Any) -> Verdict:
    return Verdict(item, Outcome.UNKNOWN, None, reasons, ("reports.load",), **more)
