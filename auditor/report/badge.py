"""The readiness as a badge: one SVG that loads nothing, with a title for those who do not see it."""

from __future__ import annotations

from html import escape

from auditor.model.report import Report
from auditor.report import summary
from auditor.report.registry import Look
from auditor.report.text import clipped

# White on each of these has a contrast of at least 4.5 to 1.
_COLOURS = {
    "not_ready": "#b3261e",
    "ready": "#2f6f2f",
    "excellent": "#0f6237",
    "perfect": "#0b5394",
}
_UNKNOWN_COLOUR = "#555555"
_LABEL = "readiness"
_HEIGHT = 20
_PADDING = 6
_WIDTHS = {" ": 3.9, ".": 4.0, "%": 11.8}
"""Of characters in Verdana at 11 px; `textLength` fits the text where another font is used."""
_LONGEST_NAME = 200


def render(report: Report, look: Look) -> str:
    """The level and what is proven, as `NOT READY 45.3 %`; the score is rounded down."""
    value = f"{summary.level_words(report)} {summary.percent(report.score.proven)}"
    title = escape(_title(report))
    left, right = _width(_LABEL), _width(value)
    colour = _COLOURS.get(report.readiness.level, _UNKNOWN_COLOUR)
    width = left + right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}"'
        f' viewBox="0 0 {width} {_HEIGHT}" role="img" aria-label="{title}">\n'
        f"  <title>{title}</title>\n"
        f'  <rect width="{width}" height="{_HEIGHT}" rx="3" fill="#3d3d3d"/>\n'
        f'  <path fill="{colour}" d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3}z"/>\n'
        '  <g fill="#ffffff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" aria-hidden="true">\n'
        f"    {_text(_LABEL, 0, left)}\n"
        f"    {_text(value, left, right)}\n"
        "  </g>\n"
        "</svg>\n"
    )


def _title(report: Report) -> str:
    deployment = report.target.deployment
    name = report.target.service + (f" on {deployment.name}" if deployment else "")
    level = summary.level_words(report).lower()
    proven = summary.percent(report.score.proven)
    when = summary.moment(report.started_at)
    return f"{clipped(name, _LONGEST_NAME)}: {level} for production, {proven} proven, {when}"


def _width(text: str) -> int:
    widths = (_WIDTHS.get(char, 7.8 if char.isupper() else 6.6) for char in text)
    return round(sum(widths)) + 2 * _PADDING


def _text(text: str, start: int, width: int) -> str:
    length = width - 2 * _PADDING
    return f'<text x="{start + _PADDING}" y="14" textLength="{length}">{escape(text)}</text>'
