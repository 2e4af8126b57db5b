"""Where the checked sample files are, for the tests that compare a parser with them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SampleReader = Callable[[str], dict[str, tuple[bytes, dict[str, Any]]]]


@pytest.fixture(scope="session")
def samples() -> SampleReader:
    """Gives, for a format's folder, each file's name with its bytes and its checked facts."""
    beside_the_project = Path(__file__).parents[2] / ".." / "shared" / "samples"
    root = Path(os.environ.get("AUDITOR_SAMPLES") or beside_the_project).resolve()

    def read(folder: str) -> dict[str, tuple[bytes, dict[str, Any]]]:
        manifest = root / folder / "MANIFEST.tsv"
        if not manifest.is_file():
            pytest.skip(f"There are no sample files in {manifest.parent}; set AUDITOR_SAMPLES.")
        with manifest.open(encoding="utf-8", newline="") as rows:
            return {
                row["file"]: (
                    (manifest.parent / row["file"]).read_bytes(),
                    json.loads(row["facts_json"]),
                )
                for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)
            }

    return read


_Row = tuple[str, int, int, int, int, int]
_ROWS = pytest.StashKey[list[_Row]]()


def tell_table(config: pytest.Config, row: _Row) -> None:
    """Adds a row to the table below: folder, files, refused files, facts in these that their problem
    need not tell, facts compared, facts.
    """
    config.stash.setdefault(_ROWS, []).append(row)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """How many of the checked facts of the sample files were compared, also with -q."""
    rows = sorted(config.stash.get(_ROWS, []))
    if not rows:
        return
    total = tuple(sum(numbers) for numbers in list(zip(*rows, strict=True))[1:])
    terminalreporter.section("facts of the sample files")
    heads = f"{'folder':<26}{'files':>6}{'refused':>9}{'not needed':>12}{'facts compared':>18}"
    terminalreporter.write_line(heads)
    for name, files, refused, skipped, compared, facts in (*rows, ("all", *total)):
        of = f"{compared} of {facts}"
        terminalreporter.write_line(f"{name:<26}{files:>6}{refused:>9}{skipped:>12}{of:>18}")
