"""How new versions of the service take over, wherever the repository says so: Kubernetes, CodeDeploy, Fly, Compose."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.kube_model import KubeObject, Workload, dig
from auditor.formats.kubernetes.kube_progressive import Around, Kind, release, split
from auditor.formats.terraform import terraform_release
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import text_of
from auditor.probing.containers.container_files import Holdings, Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.kubernetes.kube_look import KubeLook, Part
from auditor.probing.terraform.terraform_look import TerraformLook

_YAML = re.compile(r"(?i).+\.ya?ml")
_BESIDE = re.compile(
    rb"^kind:[ \t]*[\"']?(?:MetricTemplate|VirtualService|HTTPRoute|AnalysisTemplate|ClusterAnalysisTemplate)\b",
    re.MULTILINE,
)
_RELEASES = re.compile(rb"^kind:[ \t]*[\"']?(?:Rollout|Canary)\b", re.MULTILINE)
_APPSPEC = re.compile(r"(?i)appspec[^/]*\.(?:ya?ml|json)")
_HOOKS = re.compile(
    rb"^[ \t]*(?:-[ \t]*)?\"?(?:BeforeAllowTraffic|AfterAllowTestTraffic|ValidateService)\"?[ \t]*:",
    re.MULTILINE,
)
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a new version takes over; `prepared` where only a script does it."""

    kind: Kind
    path: str
    line: int | None
    what: str
    faults: tuple[str, ...]
    prepared: bool = False


@dataclass(slots=True)
class Releases:
    """Every way, and the own workloads that get requests and are replaced in place."""

    ways: list[Way] = field(default_factory=list)
    in_place: list[tuple[Part, Workload]] = field(default_factory=list)
    unapplied: list[tuple[str, str]] = field(default_factory=list)


def in_kubernetes(holdings: Holdings, look: KubeLook, found: Releases) -> None:
    """The ways of the workloads of the service."""
    beside = list(_objects_beside(holdings, look))
    for part in look.parts:
        around = Around.of((*beside, *part.set.objects))
        covered: set[str] = set()
        names = {made.object.name for made in part.ours}
        for one in part.set.objects:
            leads = {text_of(dig(one.spec, key, "name")) for key in ("workloadRef", "targetRef")}
            mine = {one.name} & names if one.kind == "Rollout" else set()
            mine |= {name for name in leads if name in names}
            made = next((m for m in part.set.workloads if m.object.name in mine), None)
            way = release(one, around, part.set.least(made) if made else 1) if mine else None
            if way is not None:
                covered |= {name for name in mine if name}
                found.ways.append(Way(way.kind, one.path, one.line(), str(one), way.faults))
        for made in part.ours:
            serves = made.lasting and part.set.serving(made) and part.set.services(made)
            if serves and made.object.name not in covered:
                found.in_place.append((part, made))
        if part.ours and not covered:
            found.ways += _shares([*part.set.objects, *beside])
    for path, by in look.found.unapplied:
        if _RELEASES.search(_bytes(holdings, path)):
            found.unapplied.append((path, by))


def _shares(objects: list[KubeObject]) -> Iterator[Way]:
    """Shares of the traffic that somebody sets by hand."""
    for one in objects:
        share = split(one)
        if share:
            said = ("its share is fixed in the file, and nothing withdraws it",)
            yield Way(Kind.CANARY, one.path, one.line(), f"{one}: {share} % of the traffic", said)


def _objects_beside(holdings: Holdings, look: KubeLook) -> Iterator[KubeObject]:
    """Objects of plain files that hold only kinds which are no matter of workloads."""
    known = {*look.found.files, *(path for path, _ in look.found.unapplied)}
    named = [p for p in sorted(holdings.files) if _YAML.fullmatch(p) and p not in known]
    for path in named[:_MOST]:
        if use_of(holdings.repo.below(path)) is Use.APART or path.startswith("."):
            continue
        if _BESIDE.search(_bytes(holdings, path)):
            try:
                yield from kube_manifest.read(holdings.repo.read(path).data, path=path)
            except (FormatError, Trouble):
                continue


def _bytes(holdings: Holdings, path: str) -> bytes:
    try:
        return holdings.repo.head(path, 65_536)
    except Trouble:
        return b""


def in_terraform(holdings: Holdings, look: TerraformLook, found: Releases) -> None:
    """CodeDeploy and ECS; what cannot be read is told by infra.terraform."""
    specs = [p for p in holdings.files if _APPSPEC.fullmatch(posixpath.basename(p))]
    hooks = any(_HOOKS.search(_bytes(holdings, path)) for path in specs)
    paths = {f.path for tree in look.trees for folder in tree.folders for f in folder.files}
    for path in sorted(paths):
        try:
            data = holdings.repo.read(path).data
            if terraform_release.sniff(data):
                for one in terraform_release.read(data, path=path, hooks=hooks):
                    found.ways.append(Way(one.kind, path, one.line, one.name, one.faults))
        except (FormatError, Trouble):
            continue


def on_fly(holdings: Holdings, found: Releases) -> None:
    """`[deploy] strategy` of Fly, which judges a new version by the checks of the service."""
    for path in sorted(p for p in holdings.files if posixpath.basename(p) == "fly.toml"):
        if not holdings.repo.in_service(path) or use_of(holdings.repo.below(path)) is Use.APART:
            continue
        try:
            plan = tomllib.loads(holdings.repo.read(path).text)
        except (ValueError, Trouble):
            continue
        deploy = plan.get("deploy")
        strategy = deploy.get("strategy") if isinstance(deploy, dict) else None
        kinds = {"bluegreen": Kind.BLUE_GREEN, "canary": Kind.CANARY}
        if strategy in kinds:
            faults = () if _checked(plan) else ("no check of the service judges the new version",)
            found.ways.append(
                Way(kinds[strategy], path, None, f"strategy {strategy} of Fly", faults)
            )


def _checked(plan: dict[str, object]) -> bool:
    """Whether a service of fly.toml, or the file itself, has a check."""
    parts = [plan.get("checks"), *_below(plan.get("http_service")), *_below(plan.get("services"))]
    return any(bool(part) for part in parts)


def _below(service: object) -> Iterator[object]:
    for one in service if isinstance(service, list) else [service]:
        if isinstance(one, dict):
            yield from (one.get(key) for key in ("checks", "http_checks", "tcp_checks"))
