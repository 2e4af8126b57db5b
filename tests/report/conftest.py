"""What the tests share: a report, and golden files that `AUDITOR_GOLDEN=accept` renews."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.model.report import Report

from .sample import report

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def sample() -> Report:
    return report()


@pytest.fixture
def same_as_golden() -> Callable[[Path, str], None]:
    def compare(path: Path, text: str) -> None:
        if os.environ.get("AUDITOR_GOLDEN") == "accept":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        accepted = path.read_bytes().decode() if path.exists() else ""
        hint = f"{path.name} changed; look at it, then accept it with `make golden`"
        assert text == accepted, hint

    return compare
