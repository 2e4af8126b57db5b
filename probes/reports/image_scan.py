"""Known vulnerabilities of container images, from reports of Trivy and Grype over an image.

A report counts for this version where the image carries the label org.opencontainers.image.revision of
this commit, or where a compose file, Kubernetes manifest or Terraform file of the repository deploys
its digest; else it may be of any image, and stays a declaration. Scans of files do not count. It cannot
see which digest runs, nor which of several images is the service's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.scanners.vulnerability_scan import Subject
from auditor.model.evidence import Location
from auditor.model.level import Level, at_most
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.doors.trouble import Trouble
from auditor.probing.reports.reports import none_read
from auditor.probing.reports.vulnerability_scans import Scan, findings, knows, scans

HIGH = FactSpec(
    "image_scan.high",
    FactType.NUMBER,
    "Open HIGH or CRITICAL vulnerabilities of the image",
    "findings",
)
UNSUPPORTED = FactSpec(
    "image_scan.os_unsupported",
    FactType.BOOLEAN,
    "Whether the image's operating system gets no security updates any more",
)
SUPPRESSED = FactSpec(
    "image_scan.suppressed", FactType.NUMBER, "Vulnerabilities that were silenced", "findings"
)
IMAGES = FactSpec("image_scan.images", FactType.LIST, "Images that were scanned, with digest")

_SPECS = (HIGH, UNSUPPORTED, SUPPRESSED, IMAGES)
_KEYS = tuple(spec.key for spec in _SPECS)
_IMAGE = frozenset({Subject.IMAGE})
_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})(?![0-9a-f])")
_SHORTEST_ID = 7
_FILE_LIMIT = 4_000_000
_MAKE = (
    "Run `mkdir -p reports && trivy image --list-all-pkgs --format json --output reports/trivy-image.json"
    " NAME@sha256:DIGEST` on the image that was built with"
    " --label org.opencontainers.image.revision=$(git rev-parse HEAD) and pushed, then audit again."
)


@probe(
    "reports.image_scan",
    title="Vulnerabilities of the container image (Trivy, Grype)",
    needs=[Need.REPOSITORY],
    emits=list(_SPECS),
    pure=True,
)
def image_scan(ctx: Context) -> Iterator[Observation]:
    """One set of facts for each image that was scanned."""
    deployed: frozenset[str] | None = None
    seen_one = False
    for scan in scans(ctx, _IMAGE, *_KEYS):
        if isinstance(scan, Problem):
            yield scan
            continue
        deployed = deployed_digests(ctx) if deployed is None else deployed
        complaint = _complaint(scan)
        if complaint is not None:
            yield complaint
        else:
            seen_one = True
            yield from _facts(ctx, scan, deployed)
    if not seen_one:
        what = "No usable report of a scan of a container image was found."
        names = ("*trivy*.json", "*grype*.json", "*image*scan*.json")
        yield none_read(ctx.repo, what, _MAKE, _KEYS, *names, knows=knows)


def deployed_digests(ctx: Context) -> frozenset[str]:
    """The digests that files of the repository deploy; base images in Dockerfiles are not among them."""
    found: set[str] = set()
    for entry in ctx.repo.find("**/*.{yml,yaml,tf,tfvars,hcl}", everywhere=True):
        if entry.path.startswith(".github/"):
            continue
        try:
            text = ctx.repo.read(entry.path, limit=_FILE_LIMIT).text
        except Trouble:
            continue
        found |= set(_DIGEST.findall(text))
    return frozenset(found)


def _complaint(scan: Scan) -> Problem | None:
    """Why a report proves nothing at all."""
    content = scan.content
    if scan.standing.impossible:
        return scan.standing.problem(scan.path, *_KEYS)
    # An empty list is a clean image only where the scanner saw what is in it.
    if not content.targets and not content.vulnerabilities and content.tool != "grype":
        what = f"{scan.path} holds no result, so nothing of {content.artefact or 'the image'} was scanned."
        return Problem(ProblemKind.VACUOUS, what, _MAKE, _KEYS)
    if content.os_family is None and not content.vulnerabilities and not content.packages:
        what = f"{scan.path} names no operating system and no package of {content.artefact or 'the image'}."
        return Problem(ProblemKind.VACUOUS, what, _MAKE, _KEYS)
    return None


def _bound(ctx: Context, scan: Scan, deployed: frozenset[str]) -> bool:
    """Whether the image is of this commit, or is the one that the repository deploys."""
    revision = (scan.content.commit or "").lower()
    head = ctx.repo.tree.commit or ""
    of_commit = len(revision) >= _SHORTEST_ID and head.startswith(revision)
    return of_commit or not deployed.isdisjoint(scan.content.digests)


def _facts(ctx: Context, scan: Scan, deployed: frozenset[str]) -> Iterator[Observation]:
    level = scan.standing.level
    weak = scan.standing.problem(scan.path)
    if not _bound(ctx, scan, deployed):
        level = at_most(level, Level.DECLARED)
        what = (
            f"{scan.path}: nothing says that {scan.content.artefact or 'the image'} is of this commit"
            " (no label with its id) or is deployed (no manifest names its digest)."
        )
        weak = Problem(ProblemKind.STALE, what, _MAKE)
    if weak is not None:
        yield weak
    yield from findings(scan, HIGH.key)
    doubt = _doubt(scan)
    high = len(scan.content.high())
    if doubt is not None:
        yield doubt
    facts: list[tuple[FactSpec, int | bool | list[str]]] = [
        (IMAGES, list(scan.content.images) or [scan.content.artefact]),
        (SUPPRESSED, scan.suppressed),
    ]
    if doubt is None or high:
        facts.append((HIGH, high))
    if scan.content.os_unsupported is not None:
        facts.append((UNSUPPORTED, scan.content.os_unsupported))
    else:
        yield _unknown_system(scan)
    for spec, value in facts:
        yield spec.of(
            value,
            level=level,
            source=scan.report.file.source,
            locations=[Location(path=scan.path)],
            produced_at=scan.standing.produced_at,
        )


def _doubt(scan: Scan) -> Problem | None:
    """Why "no HIGH or CRITICAL" in this report does not mean that there is none."""
    unrated = scan.content.unrated()
    if scan.filters:
        what, hint = f"{scan.path}: {scan.filters[0]}", "Make the report again without that filter."
    elif unrated:
        what = f"{scan.path}: {len(unrated)} vulnerabilities have no severity, {unrated[0].id} among them."
        hint = "Decide on each of them, and rebuild on an updated base."
    else:
        return None
    return Problem(ProblemKind.VACUOUS, what, hint, (HIGH.key,))


def _unknown_system(scan: Scan) -> Problem:
    if scan.content.tool == "grype":
        what = f"{scan.path}: Grype does not tell whether the operating system still gets updates."
    else:
        what = f"{scan.path} names no operating system, so nobody looked for its end of support."
    return Problem(ProblemKind.VACUOUS, what, _MAKE, (UNSUPPORTED.key,))
