"""pip-audit's JSON report, old (a list) and new (with fixes): a skipped package was not audited."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed

_NAME = "The pip-audit report"
_DEPENDENCY = re.compile(
    rb'\A\s*(?:\{\s*"dependencies"\s*:\s*)?\[\s*\{[^{}\[\]]*"(?:vulns|skip_reason)"\s*:', re.DOTALL
)
_NO_DEPENDENCY = re.compile(rb'\A\s*\{\s*"dependencies"\s*:\s*\[\s*\]\s*,\s*"fixes"\s*:')


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One advisory for one dependency; `fix_versions` is empty where no release mends it."""

    id: str
    aliases: tuple[str, ...]
    fix_versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dependency:
    """One package; `skip_reason` says why it was not audited, and is None where it was."""

    name: str
    version: str | None
    skip_reason: str | None
    vulnerabilities: tuple[Vulnerability, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """An upgrade that `--fix` made, or would make; `skip_reason` where it could not."""

    name: str
    old_version: str | None
    new_version: str | None
    skip_reason: str | None


@dataclass(frozen=True, slots=True)
class PipAuditReport:
    """A whole report; it holds no time and no commit. `fixes` is None where the key is absent.

    `plain_list` where it is written as a list of dependencies, as pip-audit did before 2.2.
    """

    dependencies: tuple[Dependency, ...]
    fixes: tuple[Fix, ...] | None
    plain_list: bool = False

    @property
    def audited(self) -> tuple[Dependency, ...]:
        """Dependencies that were looked up."""
        return tuple(one for one in self.dependencies if one.skip_reason is None)

    @property
    def skipped(self) -> tuple[Dependency, ...]:
        """Dependencies that were not; nothing is known of them."""
        return tuple(one for one in self.dependencies if one.skip_reason is not None)

    @property
    def vulnerable(self) -> tuple[Dependency, ...]:
        """Dependencies with at least one vulnerability."""
        return tuple(one for one in self.dependencies if one.vulnerabilities)

    @property
    def vulnerabilities(self) -> tuple[Vulnerability, ...]:
        """All entries; one advisory counts once for each dependency that has it."""
        return tuple(entry for one in self.dependencies for entry in one.vulnerabilities)


class _Vulnerability(msgspec.Struct):
    id: str
    fix_versions: list[str]
    aliases: list[str] = []


class _Dependency(msgspec.Struct):
    name: str
    version: str | None = None
    vulns: list[_Vulnerability] | None = None
    skip_reason: str | None = None


class _Fix(msgspec.Struct):
    name: str
    old_version: str | None = None
    new_version: str | None = None
    skip_reason: str | None = None


class _Report(msgspec.Struct):
    dependencies: list[_Dependency]
    fixes: list[_Fix] | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like pip-audit's JSON; `[]` alone tells nothing."""
    text = json_text.opening(head)
    return bool(_DEPENDENCY.search(text) or _NO_DEPENDENCY.search(text))


def parse(data: bytes) -> PipAuditReport:
    """The report of either form. Raises Malformed and TooLarge."""
    report = json_text.decode(data, _Report | list[_Dependency], name=_NAME)  # type: ignore[arg-type]
    plain_list = not isinstance(report, _Report)
    if not isinstance(report, _Report):
        report = _Report(report)
    fixes = None
    if report.fixes is not None:
        fixes = tuple(
            Fix(fix.name, fix.old_version, fix.new_version, fix.skip_reason) for fix in report.fixes
        )
    dependencies = tuple(_dependency(one) for one in report.dependencies)
    return PipAuditReport(dependencies, fixes, plain_list)


def _dependency(raw: _Dependency) -> Dependency:
    if raw.vulns is None and raw.skip_reason is None:
        raise Malformed(
            f"{_NAME} says neither `vulns` nor `skip_reason` of the dependency {raw.name[:80]!r}."
        )
    return Dependency(
        raw.name,
        raw.version,
        raw.skip_reason,
        tuple(
            Vulnerability(entry.id, tuple(entry.aliases), tuple(entry.fix_versions))
            for entry in raw.vulns or ()
        ),
    )
