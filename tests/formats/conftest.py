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
