"""The forms of a plan by name; each module is imported when it is first used."""

from __future__ import annotations

from auditor.report.plan_words import Sheet


def render(name: str, sheet: Sheet, *, width: int = 80) -> str:
    """The plan as terminal, markdown, json or html. Raises LookupError for another name."""
    if name == "terminal":
        from auditor.report import plan_text

        return plan_text.render(sheet, width=width)
    if name == "markdown":
        from auditor.report import plan_markdown

        return plan_markdown.render(sheet)
    if name == "json":
        from auditor.report import plan_document

        return plan_document.render(sheet)
    if name == "html":
        from auditor.report import plan_html

        return plan_html.render(sheet)
    raise LookupError(f"There is no form {name!r} of a plan.")
