"""The formats of a report by name; a format's module is imported when it is first rendered."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Protocol, cast

from auditor.model.report import Report

_MODULES = {
    "terminal": "terminal",
    "json": "json_report",
    "html": "html",
    "markdown": "markdown",
    "checklist": "checklist_markdown",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
    "gitlab": "gitlab",
    "badge": "badge",
    "csv": "csv_table",
    "prometheus": "prometheus",
}
"""Format → module of auditor.report with `render(report, look) -> str`."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the place looks where the text will be shown; formats for files do not care.

    `width` is in terminal cells.
    """

    width: int = 80
    colour: bool = False


class Renderer(Protocol):
    """What the module of a format gives."""

    def render(self, report: Report, look: Look) -> str:
        """The whole report as text that ends with a line end."""


class UnknownFormat(LookupError):
    """There is no format of that name; the message names those that there are."""


def names() -> tuple[str, ...]:
    """Every format, in the order in which help should show them."""
    return tuple(_MODULES)


def render(name: str, report: Report, *, width: int = 80, colour: bool = False) -> str:
    """The report in the format `name`. Raises UnknownFormat; never fails on what a report holds."""
    module = _MODULES.get(name)
    if module is None:
        near = get_close_matches(name, _MODULES, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise UnknownFormat(
            f"There is no report format {name!r}. {hint}Formats: {', '.join(_MODULES)}."
        )
    renderer = cast(Renderer, import_module(f"auditor.report.{module}"))
    return renderer.render(report, Look(width, colour))
