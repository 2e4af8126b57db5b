"""Writes the generated documents from the definitions: the pages of probes, checklists and the gate.

`--check` writes nothing and fails when a document is not current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from auditor.checklist.load import load_checklist
from auditor.collect.registry import find_probes, vocabulary
from auditor.evaluate.tree import constraints
from auditor.model.item import Checklist, Item
from auditor.model.probe import ProbeSpec

DOCS = Path(__file__).resolve().parent.parent / "docs"
CHECKLISTS = {
    "checklist.md": "production-readiness",
    "checklist-plus.md": "production-readiness-plus",
}
"""Pages by the checklist that each shows."""


def main() -> int:
    """Write, or check with `--check`."""
    specs = [p.spec for p in find_probes()]
    facts = vocabulary(specs)
    pages = {"probes.md": probes_page(specs)}
    for page, name in CHECKLISTS.items():
        pages[page] = checklist_page(load_checklist(name, facts), specs, name)
    pages["gate.md"] = gate_page((DOCS / "gate.md").read_text(encoding="utf-8"))
    stale = [name for name, text in pages.items() if not current(DOCS / name, text)]
    if "--check" in sys.argv:
        sys.stderr.writelines(f"docs/{name} is not current: run `make docs`.\n" for name in stale)
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(pages[name], encoding="utf-8")
    return 0


def current(path: Path, text: str) -> bool:
    """Whether the file holds that text."""
    return path.is_file() and path.read_text(encoding="utf-8") == text


def probes_page(specs: list[ProbeSpec]) -> str:
    """Every probe: what it looks at, what it cannot see, what it needs and what it emits."""
    lines = ["# Probes", "", "Written by `make docs` from the probes themselves.", ""]
    for spec in specs:
        needs = ", ".join(n.value for n in spec.needs) or "nothing"
        lines += [
            f"## {spec.id}", "", f"{spec.title}. Phase {spec.phase.name.lower()}; needs {needs};"
            f" deadline {spec.timeout_s:g} s.", "", spec.doc, "", "| fact | type | unit | what it says |", "|---|---|---|---|",
        ]  # fmt: skip
        for fact in spec.emits:
            subjects = " @" + cell(", ".join(fact.subjects)) if fact.subjects else ""
            lines.append(
                f"| `{fact.key}`{subjects} | {fact.type.value} | {cell(fact.unit)} | {cell(fact.doc)} |"
            )
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def checklist_page(made: Checklist, specs: list[ProbeSpec], name: str) -> str:
    """Every item: severity, floor, what decides it."""
    owners = {fact.key: spec.id for spec in specs for fact in spec.emits}
    lines = [
        f"# {made.title}",
        "",
        f"Written by `make docs` from `config/checklists/{name}.yaml`.",
        "",
    ]
    for category in made.categories:
        lines += [f"## {category.number}. {category.title} (weight {float(category.weight):g})", ""]
        for section in category.sections:
            lines += [f"### {section.number} {section.title}", "", "| item | severity | needs at least | decided by |",
                      "|---|---|---|---|"]  # fmt: skip
            lines += [item_row(item, owners) for item in section.items]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def gate_page(text: str) -> str:
    """The page with its table made again from the scenarios that the tests of the gate assert."""
    sys.path.insert(0, str(DOCS.parent))
    from tests.integration.gate_table import ROWS
    from tests.integration.test_gate_scenarios import SCENARIOS

    rows = [*(s.row() for s in SCENARIOS), *ROWS]
    table = ["| what happens | the gate answers | cause | exit code |", "|---|---|---|---|"]
    table += [f"| {' | '.join(cell(c) for c in row.cells())} |" for row in rows]
    head, begin, rest = text.partition("<!-- scenarios -->\n")
    _, end, tail = rest.partition("<!-- end of scenarios -->")
    if not begin or not end:
        raise SystemExit("docs/gate.md has lost the marks between which its table stands.")
    return head + begin + "\n".join(["", *table, "", end]) + tail


def item_row(item: Item, owners: dict[str, str]) -> str:
    """One row of the table."""
    probes = sorted({owners[c.key] for c in constraints(item.require) if c.key in owners})
    decided = [f"`{p}`" for p in probes] + (["attestation"] if item.attestable else [])
    return f"| {item.number} {cell(item.title)} | {item.severity.value} | {item.floor.value} | {', '.join(decided)} |"


def cell(text: str) -> str:
    """Text that cannot break a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
