"""Import of large Markdown checklists: CPU time by the number of tasks, which should grow with it alone.

Run by hand: python benchmarks/checklist_import.py [TASKS], of which it takes an eighth, a quarter, a half and all.
"""

from __future__ import annotations

import sys
import time

from auditor.checklist.imported import import_markdown
from auditor.checklist.imported_known import known
from auditor.checklist.imported_yaml import checklist_yaml

WORDS = ("backup", "alert", "cache", "queue", "latency", "deploy",
         "secret", "header", "index", "customer", "invoice", "region")  # fmt: skip


def document(tasks: int) -> bytes:
    """A checklist with sections of fifty tasks, nested ones, severities and wrong scores."""
    lines = ["# Large\n\n"]
    for n in range(tasks):
        if n % 50 == 0:
            lines.append(f"## Section {n} (Weight: 5%)\n\n")
        margin = "  " if n % 7 == 3 else ""
        words = f"{WORDS[n % 12]} {WORDS[n // 12 % 12]} number {n} checked"
        lines.append(f"{margin}- [{'x' if n % 3 else ' '}] 🟡 {words} ← BLOCKER\n")
        if n % 50 == 49:
            lines.append("\n**Score**: 3/50 = 6% ⚠️\n\n")
    return "".join(lines).encode()


def main() -> None:
    """Print a line for each size."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    known()
    print(f"{'tasks':>9} {'bytes':>11} {'import':>9} {'YAML':>9} {'µs a task':>10}")
    for tasks in (largest // 8, largest // 4, largest // 2, largest):
        data = document(tasks)
        start = time.process_time()
        made = import_markdown(data, "large.md")
        read = time.process_time()
        checklist_yaml(made)
        end = time.process_time()
        each = (end - start) / tasks * 1e6
        print(
            f"{tasks:>9,} {len(data):>11,} {read - start:>8.2f}s {end - read:>8.2f}s {each:>10.0f}"
        )


if __name__ == "__main__":
    main()
