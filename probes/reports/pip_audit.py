"""Known vulnerabilities of Python dependencies: the auditor runs pip-audit, and reads reports of it.

The auditor reads the manifest that the image installs (named by a Dockerfile), else a lock file, else
requirements files, and hands pip-audit a clean list of pins: nothing of the target is built or run. A
package that was not looked up is not clean: the number of vulnerable ones is given only where every
declared package was audited, or where one is vulnerable for sure. Reads no other language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from packaging.utils import canonicalize_name

from auditor.formats.packages.python_locks import LOCKS, parse_lock, parse_pyproject
from auditor.formats.packages.requirements_text import Dependency
from auditor.formats.packages.requirements_text import parse as parse_requirements
from auditor.formats.scanners.pip_audit_json import PipAuditReport, parse, sniff
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.guards import standing
from auditor.probing.repo import Repo
from auditor.probing.reports.reports import Report, places, read_reports
from auditor.probing.repository.stack import Wanted, unread_language

DECLARED = FactSpec(
    "dependencies.declared", FactType.NUMBER, "Declared Python packages", "packages"
)
AUDITED = FactSpec(
    "dependencies.audited", FactType.NUMBER, "Packages that were looked up", "packages"
)
UNAUDITED = FactSpec(
    "dependencies.unaudited", FactType.NUMBER, "Packages that were not looked up", "packages"
)
VULNERABLE = FactSpec(
    "dependencies.vulnerable", FactType.NUMBER, "Packages with a known vulnerability", "packages"
)
UNPINNED = FactSpec(
    "dependencies.unpinned", FactType.NUMBER, "Packages without an exact version", "packages"
)

_KEYS = tuple(f.key for f in (DECLARED, AUDITED, UNAUDITED, VULNERABLE, UNPINNED))
_RUN = (AUDITED.key, UNAUDITED.key, VULNERABLE.key)
_MANIFEST = re.compile(
    r"[\w./-]*(?:requirements[\w.-]*\.txt|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|pylock\.toml)"
)
_DEVELOPMENT = re.compile(
    r"(?:^|[-_./])(?:dev|devel|develop|development|test|tests|testing|docs?|lint|ci)(?:[-_./]|$)"
)
_LIMIT = 20_000_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """The dependencies of the service, and the files that declare them."""

    files: tuple[str, ...]
    dependencies: tuple[Dependency, ...]


@probe(
    "reports.pip_audit",
    title="Known vulnerabilities of Python packages (pip-audit)",
    needs=[Need.REPOSITORY],
    emits=[DECLARED, AUDITED, UNAUDITED, VULNERABLE, UNPINNED],
    timeout_s=240.0,
)
def pip_audit(ctx: Context) -> Iterator[Observation]:
    """Reports first, then a run of the auditor's own over the service's manifest."""
    other = unread_language(ctx, "python", Wanted.DEPENDENCIES, *_KEYS)
    if other is not None:
        yield other
        return
    manifest = find_manifest(ctx.repo)
    if manifest is None or not manifest.dependencies:
        what = "No lock file, requirements file or pyproject.toml declares a Python dependency of the service."
        yield Problem(
            ProblemKind.VACUOUS, what, "Commit a lock file or a pinned requirements.txt.", _KEYS
        )
        return
    yield from _declared(ctx, manifest)
    for report in read_reports(ctx.repo, places("json"), sniff, parse, *_RUN):
        yield from _reported(ctx, report, manifest) if isinstance(report, Report) else (report,)
    try:
        yield from _observed(ctx, manifest)
    except Trouble as trouble:
        yield trouble.problem(*_RUN)


def find_manifest(repo: Repo) -> Manifest | None:
    """The manifest that the image installs, else locks, else requirements, else pyproject.toml.

    Raises Malformed for one that cannot be read: what it declares would be lost in silence.
    """
    for paths in (_of_dockerfiles(repo), _locks(repo), _requirements(repo)):
        if paths:
            found = [d for path in paths for d in _read(repo, path, set())]
            return Manifest(tuple(paths), tuple({d.name: d for d in found}.values()))
    projects = [e.path for e in repo.find("pyproject.toml")]
    found = [d for path in projects for d in parse_pyproject(repo.read(path, limit=_LIMIT).data)]
    return Manifest(tuple(projects), tuple(found)) if found else None


def _of_dockerfiles(repo: Repo) -> list[str]:
    """Manifests that the service's Dockerfiles name and that exist."""
    names: list[str] = []
    for entry in repo.find(
        "Dockerfile", "*.Dockerfile", "Dockerfile.*", "docker/**/Dockerfile*", "Containerfile"
    ):
        if _DEVELOPMENT.search(entry.path.rpartition("/")[2].lower()):
            continue
        for line in repo.read(entry.path, limit=_LIMIT).text.splitlines():
            if not line.lstrip().startswith("#"):
                names += [m[0] for m in _MANIFEST.finditer(line)]
    ends = {n.removeprefix("./").lstrip("/") for n in names if not _DEVELOPMENT.search(n.lower())}
    known = {repo.below(e.path): e.path for e in repo.service}
    found = [known[end] for end in sorted(ends) if end in known]
    found += (
        [
            path
            for end in sorted(ends)
            for below, path in known.items()
            if below != end
            and below.count("/") <= 3
            and below.rpartition("/")[2] == end.rpartition("/")[2]
        ]
        if not found
        else []
    )
    return [p for p in dict.fromkeys(found) if not _DEVELOPMENT.search(repo.below(p).lower())]


def _locks(repo: Repo) -> list[str]:
    found = {repo.below(e.path): e.path for e in repo.find(*LOCKS)}
    return [found[name] for name in LOCKS if name in found][:1]


def _requirements(repo: Repo) -> list[str]:
    found = repo.find("requirements*.txt", "requirements/*.txt")
    return [e.path for e in found if not _DEVELOPMENT.search(repo.below(e.path).lower())]


def _read(repo: Repo, path: str, seen: set[str]) -> list[Dependency]:
    """A manifest and, for requirements files, what it includes below the same tree."""
    if path in seen or not repo.exists(path):
        return []
    seen.add(path)
    data = repo.read(path, limit=_LIMIT).data
    name = path.rpartition("/")[2]
    if name in LOCKS:
        return list(parse_lock(name, data))
    file = parse_requirements(data)
    included = [normpath(join(dirname(path), i)) for i in file.includes if "://" not in i]
    inner = [d for i in included if not i.startswith("..") for d in _read(repo, i, seen)]
    return [*file.dependencies, *inner]


def _declared(ctx: Context, manifest: Manifest) -> Iterator[Observation]:
    unpinned = [d for d in manifest.dependencies if d.version is None]
    places_of = [Location(path=p) for p in manifest.files]
    lines = [Location(path=manifest.files[0], line=d.line) for d in unpinned[:50]]
    source = ctx.repo.source(", ".join(manifest.files))
    for fact, value, where in (
        (DECLARED, len(manifest.dependencies), places_of),
        (UNPINNED, len(unpinned), lines),
    ):
        # The auditor itself read these files just now, so they are as strong as a run of its own.
        yield fact.of(
            value, level=Level.OBSERVED, source=source, locations=where, produced_at=ctx.observed_at
        )


def _reported(
    ctx: Context, report: Report[PipAuditReport], manifest: Manifest
) -> Iterator[Observation]:
    worth = standing(ctx.repo, report.entry, made_at=None, now=ctx.now, measured=manifest.files)
    weak = worth.problem(report.entry.path)
    if weak is not None:
        yield weak
    places_of = [Location(path=report.entry.path)]
    yield from _facts(
        report.content, manifest, worth.level, report.file.source, worth.produced_at, places_of
    )


def _observed(ctx: Context, manifest: Manifest) -> Iterator[Observation]:
    if ctx.looking.offline:
        raise Trouble(
            ProblemKind.DENIED,
            "--offline forbids looking up vulnerabilities.",
            "Run again without --offline.",
        )
    pins = [f"{d.name}=={d.version}" for d in manifest.dependencies if d.version and d.pinnable]
    if not pins:
        raise Trouble(
            ProblemKind.VACUOUS,
            "No dependency has an exact version, so none can be looked up.",
            "Commit a lock file, or pin versions with pip-compile or uv pip compile.",
        )
    service = (
        ["--vulnerability-service", "osv", "--osv-url", ctx.looking.osv_url]
        if ctx.looking.osv_url
        else []
    )
    ran = ctx.command.run(
        ["pip-audit", "--requirement", "pins.txt", "--no-deps", "--disable-pip", "--format", "json",
         "--progress-spinner", "off", *service],
        timeout_s=200.0, files={"pins.txt": "\n".join(sorted(pins)).encode()}, network=True, tool="pip-audit",
    )  # fmt: skip
    try:
        report = parse(ran.stdout)
    except FormatError:
        # Exit code 1 means "vulnerable" or "failed"; without a report it is the latter.
        raise Trouble(
            ProblemKind.UNREACHABLE,
            f"pip-audit could not look up the packages: {ran.error_text or 'it gave no report'}",
            "Check that the vulnerability service can be reached from here.",
        ) from None
    for dependency in report.vulnerable:
        for entry in dependency.vulnerabilities:
            fixed = ", ".join(entry.fix_versions) or "no release"
            what = f"{dependency.name} {dependency.version}: fixed in {fixed}"
            yield Finding(entry.id, what, VULNERABLE.key, "high", Location(path=manifest.files[0]))
    places_of = [Location(path=p) for p in manifest.files]
    yield from _facts(report, manifest, Level.OBSERVED, ran.source, ctx.observed_at, places_of)


def _facts(
    report: PipAuditReport, manifest: Manifest, level: Level, source: Source,
    produced_at: str | None, locations: list[Location],
) -> Iterator[Observation]:  # fmt: skip
    audited = {canonicalize_name(d.name) for d in report.audited}
    missed = [d.name for d in manifest.dependencies if d.name not in audited]
    values = [(AUDITED, len(audited)), (UNAUDITED, len(missed))]
    if report.vulnerable or not missed:
        values.append((VULNERABLE, len(report.vulnerable)))
    else:
        yield Problem(
            ProblemKind.VACUOUS,
            f"{len(missed)} of {len(manifest.dependencies)} packages were not looked up,"
            f" {', '.join(missed[:3])} among them; what was not looked up is not clean.",
            "Check that the vulnerability service can be reached and knows these packages.",
            (VULNERABLE.key,),
        )
    for fact, value in values:
        yield fact.of(
            value, level=level, source=source, locations=locations, produced_at=produced_at
        )
