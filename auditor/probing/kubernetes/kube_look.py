"""The Kubernetes manifests of a service as its probes see them: what is applied, and what of it is its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.containers.image_reference import read_image
from auditor.formats.kubernetes.kube_model import KubeObject, Workload
from auditor.formats.kubernetes.kube_set import KubeSet
from auditor.formats.kubernetes.kustomization import NAMES
from auditor.model.evidence import Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.containers.container_files import Holdings
from auditor.probing.contract import Context, FactSpec, Problem, ProblemKind
from auditor.probing.kubernetes.helm_values import BESIDE
from auditor.probing.kubernetes.kube_files import Manifests, find_manifests
from auditor.probing.kubernetes.kube_own import KubeOwners
from auditor.probing.repository.entries import Entries

INVALID = FactSpec(
    "kubernetes.invalid", FactType.LIST, "What kubectl or a current cluster would refuse."
)
_ELSEWHERE = (
    "Where they are in another repository, audit that one too, or attest with a link to it."
)


@dataclass(frozen=True, slots=True)
class Part:
    """What is applied together, by the kustomization or folder `name`.

    `workloads` are those to judge; `own` says of those of the service, by identity, how that is seen; `tagged`:
    the tags of their images are put in at deployment.
    """

    name: str
    set: KubeSet
    workloads: list[Workload]
    own: dict[int, str]
    tagged: bool = False

    @property
    def ours(self) -> list[Workload]:
        """The workloads that run the audited service."""
        return [made for made in self.workloads if id(made) in self.own]

    def add(
        self, seen: Entries, fact: FactSpec, found: KubeObject, line: int | None, what: str
    ) -> None:
        """An entry about an object, which names the kustomization that it is applied by, or says how it is
        made of a template."""
        built = self.name.rpartition("/")[2] in NAMES and self.name != found.path
        told = f"by {self.name}" if built else found.made
        if what:
            seen.add(fact, found.path, line, f"{what} ({told})" if told else what)


@dataclass(slots=True)
class KubeLook:
    """The parts that concern the service; `left` names those for staging, which are not judged."""

    found: Manifests
    owners: KubeOwners
    parts: list[Part] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    written: list[Part] = field(default_factory=list)

    @property
    def level(self) -> Level:
        """Whether what is judged is what is applied, as far as a repository can tell: a chart with none but
        its own values only shows what it may be."""
        made = [self.found.rendered.get(part.name) for part in self.parts if part.workloads]
        return Level.EFFECTIVE if all(one is None or one.firm for one in made) else Level.DECLARED

    def source(self, ctx: Context) -> Source:
        """The files as a source, or where was searched."""
        made = (f"; rendered: {n} {r.how}" for n, r in self.found.rendered.items())
        told = "".join(made) + (f"; not judged: {', '.join(self.left)}" if self.left else "")
        searched = "searched: *.yaml and *.yml with a kind of Kubernetes, kustomizations"
        return ctx.repo.source((", ".join(self.found.files) or searched) + told)

    @property
    def lasting(self) -> bool:
        """Whether there is any workload to judge."""
        return any(part.workloads for part in self.parts)

    @property
    def owned(self) -> bool:
        """Whether one of them is known to run the service."""
        return any(part.own for part in self.parts)

    def nothing(self, hidden: tuple[FactSpec, ...]) -> Problem:
        """Why there is nothing that `hidden` could be about."""
        said, hint = "The repository has no workload of Kubernetes for the service.", _ELSEWHERE
        if self.lasting:
            said = "None of the Kubernetes workloads is seen to run the audited service."
            hint = "Name the image alike in the pipeline that builds it and in the manifest."
        elif self.found.charts:
            said = (
                f"No workload of the service is seen in the charts {', '.join(self.found.charts)}."
            )
            hint = "Render them with `helm template`, and commit or check what comes out."
        return Problem(ProblemKind.NOT_CONFIGURED, said, hint, tuple(fact.key for fact in hidden))

    @staticmethod
    def uncounted(fact: FactSpec) -> Problem:
        """Why the service has no number of replicas."""
        said = "The workloads of the service (DaemonSets, jobs or pods) have no number of replicas."
        hint = "Run what serves requests as a Deployment."
        return Problem(ProblemKind.NOT_CONFIGURED, said, hint, (fact.key,))


def look_at_manifests(ctx: Context, seen: Entries) -> KubeLook:
    """Finds and sorts the manifests; what cannot be read goes into `seen`."""
    holdings = Holdings(ctx.repo)
    look = KubeLook(
        find_manifests(ctx, holdings, seen, INVALID), KubeOwners(holdings, ctx.target.service)
    )
    applied, look.left = _deployed(look.found)
    owned = _owned(ctx, look.owners, applied)
    look.parts = list(_parts(ctx, applied, owned, look.found))
    look.written = list(_parts(ctx, look.found.written, {}, look.found))
    return look


def _parts(
    ctx: Context, applied: dict[str, KubeSet], owned: dict[int, str], found: Manifests
) -> Iterator[Part]:
    for name, one in applied.items():
        own = {id(made): owned[id(made)] for made in one.workloads if id(made) in owned}
        inside = any(ctx.repo.in_service(each.path) for each in one.objects)
        if own or inside or not ctx.repo.root:
            kept = [m for m in one.workloads if id(m) in own or ctx.repo.in_service(m.object.path)]
            made = found.rendered.get(name)
            yield Part(name, one, kept, own, made is not None and made.on_top.tagged)


def _deployed(found: Manifests) -> tuple[dict[str, KubeSet], list[str]]:
    """What is applied in production, and the names of what is for staging beside it."""
    running = [name for name, one in found.applied.items() if one.workloads]
    staged = [name for name in running if BESIDE.search(name)]
    if len(staged) == len(running):
        return found.applied, []
    return {name: one for name, one in found.applied.items() if name not in staged}, staged


def _owned(ctx: Context, owners: KubeOwners, applied: dict[str, KubeSet]) -> dict[int, str]:
    every = [made for one in applied.values() for made in one.workloads]
    found = {id(made): how for made in every if (how := owners.seen(made))}
    if not found and not ctx.repo.root:
        others = [made for made in every if owners.may_be(made)]
        if len({read_image(made.containers[0].image).name for made in others}) == 1:
            how = "the only image that nobody else is known to publish"
            found = {id(made): how for made in others}
    return found
