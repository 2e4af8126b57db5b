"""Hypothesis profiles, and the fixtures that several rooms share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.repositories import Repository

settings.register_profile(
    "ci", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("ci"), max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A real git repository, empty and without a commit."""
    return Repository(tmp_path / "repository")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file below a folder of this test's own, and gives its path."""

    def write(text: str | bytes, name: str = "checklist.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write
