"""Whether what the operator selects is there."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatch

from auditor.collect.target import WrongUse
from auditor.formats.text.config_text import nearest


def check_only(patterns: Collection[str], probes: Collection[str]) -> None:
    """Raises WrongUse for a pattern of --only that selects nothing: it is a slip of the pen."""
    for pattern in patterns:
        if not any(fnmatch(probe, pattern) for probe in probes):
            raise WrongUse(
                f"--only {pattern} selects no probe.{nearest(pattern, probes)} See: auditor probes list."
            )
