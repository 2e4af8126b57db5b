"""Small documents of every format, written for the tests: what damage is done to."""

from __future__ import annotations

from tests.formats.documents import (
    coverage,
    dashboards,
    load,
    operations,
    pipelines,
    scanners,
    secrets,
)
from tests.formats.documents.format import Format

FORMATS: tuple[Format, ...] = (
    *coverage.FORMATS,
    *scanners.FORMATS,
    *secrets.FORMATS,
    *load.FORMATS,
    *operations.FORMATS,
    *pipelines.FORMATS,
    *dashboards.FORMATS,
)
