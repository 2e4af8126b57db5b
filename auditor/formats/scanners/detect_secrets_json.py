"""The baseline of detect-secrets (and of IBM's fork): what it found, and what somebody audited."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from auditor.formats.text import iso_time, json_text

_NAME = "The detect-secrets baseline"
_PLUGINS = re.compile(rb'"plugins_used"\s*:\s*\[')
_Line = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


@dataclass(frozen=True, slots=True)
class Secret:
    """One finding. `is_secret` is what a person said in an audit, None where nobody did.

    `line` counts from 1 and is None in a slim baseline; `digest` is SHA-1 of the value.
    """

    type: str
    path: str
    line: int | None
    verified: bool
    is_secret: bool | None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A whole baseline; it names neither the files without a finding nor the commit.

    `plugins` are the detectors that ran, `exclusions` the patterns that kept files, lines or values
    out, `generated_at` is UTC and None in a slim baseline.
    """

    version: str
    plugins: tuple[str, ...]
    exclusions: int
    secrets: tuple[Secret, ...]
    generated_at: datetime | None

    @property
    def by_type(self) -> Counter[str]:
        """Findings by the name of their detector."""
        return Counter(secret.type for secret in self.secrets)

    @property
    def files(self) -> frozenset[str]:
        """Files with a finding."""
        return frozenset(secret.path for secret in self.secrets)

    @property
    def dismissed(self) -> tuple[Secret, ...]:
        """Findings that somebody called a false positive."""
        return tuple(secret for secret in self.secrets if secret.is_secret is False)

    @property
    def open(self) -> tuple[Secret, ...]:
        """All others: confirmed, and not audited."""
        return tuple(secret for secret in self.secrets if secret.is_secret is not False)


class _Plugin(msgspec.Struct):
    name: str


class _Filter(msgspec.Struct):
    path: str
    pattern: list[str] | str | None = None


class _Exclude(msgspec.Struct):
    files: str | None = None
    lines: str | None = None


class _Secret(msgspec.Struct):
    type: str
    line_number: _Line | None = None
    hashed_secret: str = ""
    is_verified: bool = False
    is_secret: bool | None = None


class _Baseline(msgspec.Struct):
    version: str
    plugins_used: list[_Plugin]
    results: dict[str, list[_Secret]]
    generated_at: str | None = None
    filters_used: list[_Filter] = []
    exclude: _Exclude | str | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a baseline of detect-secrets."""
    text = json_text.opening(head)
    return text.lstrip()[:1] == b"{" and bool(_PLUGINS.search(text))


def parse(data: bytes) -> Baseline:
    """The baseline. Raises Malformed and TooLarge."""
    written = json_text.decode(data, _Baseline, name=_NAME)
    made_at = iso_time.read(written.generated_at or "")
    return Baseline(
        version=written.version,
        plugins=tuple(plugin.name for plugin in written.plugins_used),
        exclusions=_exclusions(written),
        secrets=tuple(
            Secret(
                one.type,
                path,
                one.line_number or None,
                one.is_verified,
                one.is_secret,
                one.hashed_secret,
            )
            for path, found in written.results.items()
            for one in found
        ),
        generated_at=made_at.replace(tzinfo=UTC) if made_at and made_at.tzinfo is None else made_at,
    )


def _exclusions(written: _Baseline) -> int:
    count = 0
    for one in written.filters_used:
        if one.path.rpartition(".")[2].startswith("should_exclude_"):
            count += len(one.pattern) if isinstance(one.pattern, list) else 1
    if isinstance(written.exclude, _Exclude):
        return count + bool(written.exclude.files) + bool(written.exclude.lines)
    return count + bool(written.exclude)
