"""The comparison of two audits as text for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import Any

import msgspec

from auditor.model.gate import Comparison, Snapshot
from auditor.report.gate_document import change
from auditor.report.gate_text import (
    comparison_head,
    comparison_parts,
    markdown_lines,
    plain_lines,
)
from auditor.report.text import json_safe, markdown, one_line

_WIDTH = 100


def _terminal(base: Snapshot, head: Snapshot, found: Comparison) -> str:
    top = textwrap.wrap(one_line(comparison_head(base, head, found)), _WIDTH)
    return "\n".join([*top, *plain_lines(comparison_parts(found), _WIDTH)]) + "\n"


def _markdown(base: Snapshot, head: Snapshot, found: Comparison) -> str:
    top = markdown(comparison_head(base, head, found))
    return "\n".join([top, *markdown_lines(comparison_parts(found), 2)]) + "\n"


def _json(base: Snapshot, head: Snapshot, found: Comparison) -> str:
    lists = {
        "changes": found.changes, "new_open": found.new, "resolved": found.resolved,
        "still_open": found.still_open,
    }  # fmt: skip
    made: dict[str, Any] = {
        "schema_version": "1",
        "before": _side(base),
        "after": _side(head),
        "proven": {"before": found.proven[0], "after": found.proven[1]},
    }
    made |= {name: [msgspec.to_builtins(change(c)) for c in some] for name, some in lists.items()}
    made["worse"] = [
        {
            "item": w.item,
            "kind": w.kind,
            "fact": w.fact,
            "text": w.text,
            "path": w.location.path,
            "line": w.location.line,
        }
        for w in found.worse
    ]
    return json_safe(json.dumps(made, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _side(side: Snapshot) -> dict[str, Any]:
    return {
        "service": side.service,
        "commit": side.commit,
        "dirty": side.dirty,
        "started_at": side.started_at,
        "tool_version": side.tool_version,
        "checklist": {
            "id": side.checklist,
            "version": side.checklist_version,
            "digest": side.checklist_digest,
        },
    }


RENDERERS: dict[str, Callable[[Snapshot, Snapshot, Comparison], str]] = {
    "terminal": _terminal,
    "markdown": _markdown,
    "json": _json,
}
"""Format → what renders it."""
