"""Known vulnerabilities and misconfigurations of the repository, from reports of Trivy, OSV-Scanner,
Grype and npm audit over its files.

Reports that together name every lock file of the service count as one; where a lock file is named by
none, nothing is clean. HIGH and CRITICAL count, whether a release mends them or not. npm 7 counts
packages, OSV-Scanner every name of a flaw, the others a flaw once for each package. It cannot see
options of a scan that neither the report nor the settings in the repository tell, nor how old a
vulnerability database was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.scanners.vulnerability_scan import Subject
from auditor.formats.text.word_list import words
from auditor.model.evidence import Location
from auditor.model.level import Level, weakest
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.reports.reports import none_read
from auditor.probing.reports.vulnerability_scans import Scan, findings, knows, scans

HIGH = FactSpec(
    "vulnerabilities.high", FactType.NUMBER, "Open HIGH or CRITICAL vulnerabilities", "findings"
)
OPEN = FactSpec(
    "vulnerabilities.open", FactType.NUMBER, "Open vulnerabilities of any severity", "findings"
)
PACKAGES = FactSpec(
    "vulnerabilities.packages", FactType.NUMBER, "Packages that were looked up", "packages"
)
SUPPRESSED = FactSpec(
    "vulnerabilities.suppressed", FactType.NUMBER, "Vulnerabilities that were silenced", "findings"
)
MISCONFIGURED = FactSpec(
    "misconfigurations.high",
    FactType.NUMBER,
    "Failed HIGH or CRITICAL checks of infrastructure files",
    "findings",
)

_SPECS = (HIGH, OPEN, PACKAGES, SUPPRESSED, MISCONFIGURED)
_KEYS = tuple(spec.key for spec in _SPECS)
_COUNTS = (HIGH.key, OPEN.key, PACKAGES.key, SUPPRESSED.key)
_FILES = frozenset({Subject.FILES, Subject.UNKNOWN})
_LOCKS = words(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock poetry.lock uv.lock pdm.lock"
    " pylock.toml Pipfile.lock requirements.txt go.mod Cargo.lock Gemfile.lock composer.lock pom.xml"
    " gradle.lockfile packages.lock.json mix.lock pubspec.lock Package.resolved"
)
_SAME = {"go.sum": "go.mod", "npm-shrinkwrap.json": "package-lock.json"}
_INFRASTRUCTURE = (
    "**/Dockerfile", "**/Dockerfile.*", "**/*.Dockerfile", "**/Containerfile", "**/*.tf", "**/Chart.yaml",
    "**/{k8s,kubernetes,kube,manifests,deploy,helm,charts,cloudformation}/**/*.{yml,yaml}",
)  # fmt: skip
_MAKE = (
    "Run `mkdir -p reports && trivy fs --scanners vuln,misconfig --list-all-pkgs --format json --output"
    " reports/trivy.json .` from this commit, without a filter of severities."
)


@probe(
    "reports.vulnerabilities",
    title="Vulnerabilities of the repository (Trivy, OSV-Scanner, Grype, npm audit)",
    needs=[Need.REPOSITORY],
    emits=list(_SPECS),
    pure=True,
)
def vulnerabilities(ctx: Context) -> Iterator[Observation]:
    """Reports that cover all lock files count alone, else all of them together."""
    found: list[Scan] = []
    for seen in scans(ctx, _FILES, *_KEYS):
        if isinstance(seen, Problem):
            yield seen
            continue
        weak = seen.standing.problem(seen.path)
        if weak is not None:
            yield weak
        complaint = None if seen.standing.impossible else _vacuous(seen)
        if complaint is not None:
            yield complaint
        elif not seen.standing.impossible:
            found.append(seen)
    if not found:
        what = "No usable report of a vulnerability scanner over the repository's files was found."
        names = ("*trivy*.json", "*grype*.json", "*osv*.json", "*npm*audit*.json")
        yield none_read(ctx.repo, what, _MAKE, _KEYS, *names, knows=knows)
        return
    yield from _vulnerable(ctx, found)
    yield from _misconfigured(ctx, found)


def _vacuous(scan: Scan) -> Problem | None:
    content = scan.content
    looked_at = content.packages or content.configurations or content.vulnerabilities
    # Older versions of Trivy name what they looked at, and not the packages in it.
    named = content.targets and content.tool == "trivy" and content.packages is None
    if looked_at or named:
        return None
    what = f"{scan.path} names nothing that {content.tool} looked at, so it proves nothing."
    hint = {
        "osv-scanner": "Add --all-packages, so that the report lists what is clean too.",
        "grype": "Grype's report does not list what is clean. " + _MAKE,
        "npm audit": "Install the packages first, so that there is something to audit.",
    }
    return Problem(ProblemKind.VACUOUS, what, hint.get(content.tool, _MAKE), _COUNTS)


def _vulnerable(ctx: Context, found: list[Scan]) -> Iterator[Observation]:
    locks = lock_files(ctx)
    groups = [[scan] for scan in found if not _missed(ctx, locks, [scan])]
    if not groups:
        groups = [found]
    for group in groups:
        for scan in group:
            yield from findings(scan, HIGH.key)
        reason = _doubt(ctx, locks, group)
        high = sum(len(scan.content.high()) for scan in group)
        everything = sum(len(scan.content.vulnerabilities) for scan in group)
        packages = [s.content.packages for s in group if s.content.packages is not None]
        if reason is not None:
            yield reason
        if high or reason is None:
            yield from _of(group, HIGH, high)
        if everything or reason is None:
            yield from _of(group, OPEN, everything)
        if reason is not None and not high:
            continue
        yield from _of(group, SUPPRESSED, sum(scan.suppressed for scan in group))
        if len(packages) == len(group):
            yield from _of(group, PACKAGES, sum(packages))


def _doubt(ctx: Context, locks: list[str], group: list[Scan]) -> Problem | None:
    """Why "no HIGH or CRITICAL" in these reports does not mean that there is none."""
    names = ", ".join(scan.path for scan in group)
    filters = [sentence for scan in group for sentence in scan.filters]
    missed = _missed(ctx, locks, group)
    unrated = [v for scan in group for v in scan.content.unrated()]
    if filters:
        what, hint = f"{names}: {filters[0]}", "Make the report again without that filter."
    elif not locks:
        what = "The service has no lock file of a kind that scanners read, so no package has a version."
        hint = "Commit the lock file of your package manager, and scan again."
    elif missed:
        what, hint = f"{names} says nothing of {', '.join(missed[:3])}.", _MAKE
    elif unrated:
        what = (
            f"{names}: {len(unrated)} vulnerabilities have no severity, {unrated[0].id} among them."
        )
        hint = "Decide on each of them, and upgrade what can be upgraded."
    else:
        return None
    return Problem(ProblemKind.VACUOUS, what, hint, _COUNTS)


def lock_files(ctx: Context) -> list[str]:
    """The service's own lock files and their like, not those of tests and examples."""
    return [
        e.path
        for e in ctx.repo.service
        if e.path.rpartition("/")[2] in _LOCKS
        and e.size
        and role(ctx.repo.below(e.path)) in SHIPPED
    ]


def _missed(ctx: Context, locks: list[str], group: list[Scan]) -> list[str]:
    """The lock files that no report of a group names."""
    named = {_same(target) for scan in group for target in scan.content.targets}
    missed = [lock for lock in locks if not _is_named(ctx, _same(lock), named)]
    of_npm = [lock for lock in locks if _same(lock).endswith("package-lock.json")]
    if len(of_npm) == 1 and any(scan.content.tool == "npm audit" for scan in group):
        return [lock for lock in missed if lock not in of_npm]  # npm does not tell the folder
    return missed


def _same(path: str) -> str:
    folder, slash, name = path.replace("\\", "/").rpartition("/")
    return f"{folder}{slash}{_SAME.get(name, name)}".removeprefix("./")


def _is_named(ctx: Context, lock: str, named: Iterable[str]) -> bool:
    """Whether a target is this lock file: by its path, or on the machine of the scan; of another
    service's lock file in the same repository it is not.
    """
    below = ctx.repo.below(lock)
    return any(
        one in (lock, below) or (one.endswith("/" + below) and one not in ctx.repo.by_path)
        for one in named
    )


def _misconfigured(ctx: Context, found: list[Scan]) -> Iterator[Observation]:
    """Reports that looked at infrastructure; without any such file there is nothing to misconfigure."""
    looked = [scan for scan in found if scan.content.configurations]
    for scan in looked:
        failed = scan.content.failed_configurations()
        for one in failed:
            place = Location(path=one.place, line=one.line)
            yield Finding(one.id, one.title, MISCONFIGURED.key, one.severity.name.lower(), place)
        if scan.filters and not failed:
            what = f"{scan.path}: {scan.filters[0]}"
            hint = "Make the report again without that filter."
            yield Problem(ProblemKind.VACUOUS, what, hint, (MISCONFIGURED.key,))
        else:
            yield from _of([scan], MISCONFIGURED, len(failed))
    if looked:
        return
    files = [e.path for e in ctx.repo.find(*_INFRASTRUCTURE) if e.size]
    if not files:
        yield from _of(found, MISCONFIGURED, 0)
        return
    what = f"No report looked at the infrastructure files, {files[0]} among them."
    yield Problem(ProblemKind.VACUOUS, what, _MAKE, (MISCONFIGURED.key,))


def _of(group: list[Scan], spec: FactSpec, value: int) -> Iterator[Observation]:
    """One fact of a group: as strong as its weakest report, as old as its oldest."""
    times = [scan.standing.produced_at for scan in group]
    known = [time for time in times if time is not None]
    level: Level = weakest([scan.standing.level for scan in group])
    yield spec.of(
        value,
        level=level,
        source=group[0].report.file.source,
        locations=[Location(path=scan.path) for scan in group],
        produced_at=min(known, key=datetime.fromisoformat) if len(known) == len(times) else None,
    )
