"""Each coverage report is known to exactly one parser, and no parser claims anything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.formats import (
    clover,
    cobertura,
    coverage_data,
    coverage_json,
    go_cover,
    istanbul,
    istanbul_summary,
    jacoco,
    lcov,
)

SNIFFS: dict[str, Callable[[bytes], bool]] = {
    "clover": clover.sniff,
    "cobertura": cobertura.sniff,
    "coverage_data": coverage_data.sniff,
    "coverage_json": coverage_json.sniff,
    "go_cover": go_cover.sniff,
    "istanbul": istanbul.sniff,
    "istanbul_summary": istanbul_summary.sniff,
    "jacoco": jacoco.sniff,
    "lcov": lcov.sniff,
}
FOLDERS = {
    "coverage-clover": "clover",
    "coverage-cobertura": "cobertura",
    "coverage-go": "go_cover",
    "coverage-jacoco": "jacoco",
    "coverage-lcov": "lcov",
    "coverage-py-json": "coverage_json",
}


def claimed(data: bytes) -> list[str]:
    return [name for name, sniff in SNIFFS.items() if sniff(data[:8192])]


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_a_sample_is_claimed_by_its_own_parser_alone(folder: str, samples: Any) -> None:
    for name, (data, _) in samples(folder).items():
        expected = [FOLDERS[folder]]
        if name.startswith("NOT-"):
            expected = ["istanbul"]
        elif b"<other" in data:
            expected = []
        assert claimed(data) == expected, name


def test_no_sample_of_another_kind_is_claimed(samples: Any) -> None:
    samples("coverage-lcov")  # skips where there are no samples
    beside = Path(__file__).parents[2] / ".." / "shared" / "samples"
    root = Path(os.environ.get("AUDITOR_SAMPLES") or beside).resolve()
    others = [folder.name for folder in root.iterdir() if folder.is_dir()]
    looked = 0
    for folder in sorted(set(others) - set(FOLDERS)):
        for name, (data, _) in samples(folder).items():
            assert claimed(data) == [], f"{folder}/{name}"
            looked += 1
    assert looked > 100
