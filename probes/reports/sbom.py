"""Bills of materials (CycloneDX, SPDX) and VEX statements (OpenVEX, CycloneDX) of the service.

A bill is compared with the lock files of the service: poetry, uv, pdm, Pipenv, npm and Cargo. Packages of
other lock files are not compared. A VEX statement that something is not affected needs a justification;
whether the justification is true cannot be seen, nor whether a bill is of the image that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.packages.other_locks import cargo_packages, npm_packages
from auditor.formats.packages.python_locks import LOCKS, parse_lock
from auditor.formats.scanners import cyclonedx_json, openvex_json, spdx_json
from auditor.formats.scanners.sbom import Bill, package_of
from auditor.formats.text.errors import FormatError, Malformed
from auditor.model.evidence import Location
from auditor.model.level import Level, at_most
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
from auditor.probing.doors.trouble import Trouble
from auditor.probing.guards import Standing, standing
from auditor.probing.reports.reports import Report, none_read, places, read_reports

COMPONENTS = FactSpec(
    "sbom.components", FactType.NUMBER, "Components that are listed", "components"
)
UNVERSIONED = FactSpec(
    "sbom.unversioned", FactType.NUMBER, "Components without version", "components"
)
MISSING = FactSpec(
    "sbom.lockfile_missing", FactType.NUMBER, "Locked packages that no bill lists", "packages"
)
STATEMENTS = FactSpec("sbom.vex_statements", FactType.NUMBER, "VEX statements", "statements")
UNJUSTIFIED = FactSpec(
    "sbom.vex_unjustified",
    FactType.NUMBER,
    "VEX statements of not_affected without justification",
    "statements",
)
NOT_AFFECTED = FactSpec(
    "sbom.vex_not_affected",
    FactType.LIST,
    "Vulnerabilities that VEX says do not affect the service",
)

_SPECS = (COMPONENTS, UNVERSIONED, MISSING, STATEMENTS, UNJUSTIFIED, NOT_AFFECTED)
_BILL = (COMPONENTS.key, UNVERSIONED.key, MISSING.key)
_VEX = (STATEMENTS.key, UNJUSTIFIED.key, NOT_AFFECTED.key)
_PARSERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Bill]], ...] = (
    (cyclonedx_json.sniff, cyclonedx_json.parse),
    (spdx_json.sniff, spdx_json.parse),
    (openvex_json.sniff, openvex_json.parse),
)
_LOCK_LIMIT = 64_000_000
_MOST = 50
_MAKE = "Run `syft scan dir:. -o cyclonedx-json=reports/sbom.cdx.json` (or `trivy fs --format cyclonedx`)."

Package = tuple[str, str, str]
"""Type as in package URLs, name in lower case, version."""


def sniff(head: bytes) -> bool:
    """Whether the first bytes are of a bill of materials or a VEX document."""
    return any(known(head) for known, _ in _PARSERS)


def parse(data: bytes) -> Bill:
    """The document, by the parser that recognises it. Raises Malformed and TooLarge."""
    for known, read in _PARSERS:
        if known(data[:8192]):
            return read(data)
    raise Malformed("It is neither a bill of materials nor a VEX document.")


@probe(
    "reports.sbom",
    title="Bills of materials and VEX statements",
    needs=[Need.REPOSITORY],
    emits=list(_SPECS),
    pure=True,
)
def sbom(ctx: Context) -> Iterator[Observation]:
    """One set of facts for each document."""
    locked: frozenset[Package] | None = None
    problems: list[Problem] = []
    bills = 0
    keys = tuple(spec.key for spec in _SPECS)
    for seen in read_reports(ctx.repo, places("json"), sniff, parse, *keys):
        if isinstance(seen, Problem):
            yield seen
            continue
        worth = standing(ctx.repo, seen.entry, made_at=seen.content.made_at, now=ctx.now)
        weak = worth.problem(seen.entry.path)
        if weak is not None:
            yield weak
        if worth.impossible:
            continue
        if seen.content.statements:
            yield from _vex(seen, worth)
        if seen.content.components:
            bills += 1
            if locked is None:
                locked, problems = locked_packages(ctx)
                yield from problems
            # A lock that cannot be read is not compared, so nothing is said of what is missing.
            yield from _bill(seen, worth, frozenset() if problems else locked)
        elif not seen.content.vulnerabilities:
            what = f"{seen.entry.path} lists no component and makes no statement."
            yield Problem(ProblemKind.VACUOUS, what, _MAKE, _BILL)
    if not bills:
        what = "No usable bill of materials was found below the service root or in `evidence:`."
        names = ("*sbom*.json", "bom.json", "*cyclonedx*.json", "*.cdx.json", "*.spdx.json")
        yield none_read(ctx.repo, what, _MAKE, _BILL, *names, knows=sniff)


def locked_packages(ctx: Context) -> tuple[frozenset[Package], list[Problem]]:
    """What the service's lock files hold, and a problem for each that cannot be read."""
    found: set[Package] = set()
    problems: list[Problem] = []
    names = (*LOCKS, "package-lock.json", "Cargo.lock")
    for entry in ctx.repo.find(*(f"**/{name}" for name in names)):
        if role(ctx.repo.below(entry.path)) not in SHIPPED:
            continue
        try:
            data = ctx.repo.read(entry.path, limit=_LOCK_LIMIT).data
            found |= _packages(entry.path.rpartition("/")[2], data)
        except Trouble as trouble:
            problems.append(trouble.problem(MISSING.key))
        except FormatError as error:
            what = f"{entry.path}: {error}"
            hint = "Make the lock file again."
            problems.append(Problem(ProblemKind.MALFORMED, what, hint, (MISSING.key,)))
    return frozenset(found), problems


def _packages(name: str, data: bytes) -> set[Package]:
    if name == "package-lock.json":
        return {("npm", package.lower(), version) for package, version in npm_packages(data)}
    if name == "Cargo.lock":
        return {("cargo", package.lower(), version) for package, version in cargo_packages(data)}
    locked = parse_lock(name, data)
    return {("pypi", one.name, one.version) for one in locked if one.version and one.pinnable}


def _bill(
    report: Report[Bill], worth: Standing, locked: frozenset[Package]
) -> Iterator[Observation]:
    content = report.content
    level = worth.level if content.tool else at_most(worth.level, Level.EFFECTIVE)
    parts = [one for one in content.components if one.kind != "file"]
    unversioned = sum(one.version is None and not one.root for one in parts)
    listed = {_plain(p) for one in parts if one.purl and (p := package_of(one.purl)) is not None}
    values = [(COMPONENTS, len(parts)), (UNVERSIONED, unversioned)]
    missing = sorted(locked - listed)
    if locked:
        values.append((MISSING, len(missing)))
    else:
        what = f"{report.entry.path} could not be compared: there is no lock file that can be read for it."
        hint = "Commit the lock file of your package manager."
        yield Problem(ProblemKind.VACUOUS, what, hint, (MISSING.key,))
    for kind, name, version in missing[:_MOST]:
        what = f"{name} {version} ({kind}) is locked, and the bill does not list it."
        yield Finding("missing", what, MISSING.key, location=Location(path=report.entry.path))
    yield from _of(report, worth, level, values)


def _plain(package: Package) -> Package:
    """Python's names are the same with `-`, `_` and `.`."""
    kind, name, version = package
    return kind, name.replace("_", "-").replace(".", "-") if kind == "pypi" else name, version


def _vex(report: Report[Bill], worth: Standing) -> Iterator[Observation]:
    statements = report.content.statements
    unjustified = [one for one in statements if one.unjustified]
    for one in unjustified[:_MOST]:
        what = f"{one.vulnerability} is said not to affect the service, without a justification."
        place = Location(path=report.entry.path)
        yield Finding(one.vulnerability, what, UNJUSTIFIED.key, location=place)
    values: list[tuple[FactSpec, int | list[str]]] = [
        (STATEMENTS, len(statements)),
        (UNJUSTIFIED, len(unjustified)),
        (
            NOT_AFFECTED,
            sorted({one.vulnerability for one in statements if one.status == "not_affected"}),
        ),
    ]
    yield from _of(report, worth, worth.level, values)


def _of(
    report: Report[Bill],
    worth: Standing,
    level: Level,
    values: list[tuple[FactSpec, int]] | list[tuple[FactSpec, int | list[str]]],
) -> Iterator[Observation]:
    for spec, value in values:
        yield spec.of(
            value,
            level=level,
            source=report.file.source,
            locations=[Location(path=report.entry.path)],
            produced_at=worth.produced_at,
        )
