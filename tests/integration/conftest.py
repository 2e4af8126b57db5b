"""What the integration tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.commands import Audit, runner


@pytest.fixture
def auditor(tmp_path: Path) -> Audit:
    """Runs the command with nothing of the developer's environment, outside the checkout."""
    return runner(tmp_path)
