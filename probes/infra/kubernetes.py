"""Reads the Kubernetes manifests of the service: what runs, and how it is probed, bounded and hardened.

Plain manifests, and kustomizations with their bases, components, patches, images and replicas; what a
kustomization beside does not name nor Skaffold applies, and a component that none takes, is not applied.
Helm charts are rendered where `helm` is installed, in a folder of their own without network, with their own values
and those that production is known to have (values-production.yaml, `helm upgrade -f`, Argo CD, Flux); with none of
the latter they show only what is declared. Where a chart cannot be rendered nothing is clean, and what its texts
leave open whatever the values is told "as written". Manifests for staging, development or tests are judged only
where there are no others. A base in another repository, Helm inside a kustomization, charts of others and templates
of other tools are not followed. Manifests show what fits together; that a cluster runs them only the cluster shows.

A workload runs the audited service when its image is one that the repository builds, fills in at deployment,
or calls like the service; else where it is the only image that nobody else is known to publish. Readiness is
asked of the containers that a Service sends requests to, liveness of those and of the first of each pod. Of
limits only that of memory is asked for; a limit stands for a request that is not written. Neither LimitRange
nor the user of an image is looked at. A tag that is a variable counts as a version, since a pipeline sets it.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.kubernetes.helm_text import is_told
from auditor.formats.kubernetes.kube_gaps import open_gaps, unpinned, written_secrets
from auditor.formats.kubernetes.kube_manifest import refused
from auditor.model.evidence import Location
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Finding, Need, Observation, probe
from auditor.probing.kubernetes.kube_look import INVALID, KubeLook, Part, look_at_manifests
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
FILES = FactSpec("kubernetes.manifests", _LIST, "Kubernetes manifests that were judged.")
WORKLOADS = FactSpec("kubernetes.workloads", _LIST, "Workloads that they apply.")
OWN = FactSpec("kubernetes.own_workloads", _LIST, "Workloads that run the audited service itself.")
UNAPPLIED = FactSpec(
    "kubernetes.unapplied", _LIST, "Manifests that the kustomization beside them does not name."
)
SECRETS = FactSpec("kubernetes.literal_secrets", _LIST, "Secrets whose value they write.")
READINESS = FactSpec(
    "kubernetes.without_readiness", _LIST, "Containers that get requests before they are ready."
)
LIVENESS = FactSpec(
    "kubernetes.without_liveness", _LIST, "Containers without a liveness probe that can fail."
)
LIMITS = FactSpec("kubernetes.without_limits", _LIST, "Containers without limit of memory.")
REQUESTS = FactSpec("kubernetes.without_requests", _LIST, "Those that request no CPU or memory.")
ROOT = FactSpec("kubernetes.run_as_root", _LIST, "Containers that may run as root.")
IMAGES = FactSpec("kubernetes.unpinned_images", _LIST, "Containers whose image has no version.")
_ALWAYS = (WORKLOADS, OWN, INVALID, UNAPPLIED, SECRETS)
_OF_WORKLOADS = (READINESS, LIVENESS, LIMITS, REQUESTS, ROOT, IMAGES)
FACTS = (*_ALWAYS, *_OF_WORKLOADS)
_GAPS = {
    "readiness": READINESS, "liveness": LIVENESS, "limits": LIMITS, "requests": REQUESTS, "root": ROOT,
}  # fmt: skip


@probe(
    "infra.kubernetes",
    title="Kubernetes manifests",
    needs=[Need.REPOSITORY],
    emits=[FILES, *FACTS],
    pure=True,
    tools=["helm"],
    timeout_s=180.0,
)
def kubernetes(ctx: Context) -> Iterator[Observation]:
    """Facts about workloads only where there are some: of none, nothing lacks a probe."""
    seen = Entries(FACTS)
    look = look_at_manifests(ctx, seen)
    files, source = look.found.files, look.source(ctx)
    for part in look.parts:
        judge(ctx, look, part, seen)
    for path, by in look.found.unapplied:
        seen.add(UNAPPLIED, path, None, f"is not named by {by}")
    for part in look.written:
        judge_written(part, seen)
    hidden: tuple[FactSpec, ...] = () if look.lasting else _OF_WORKLOADS
    if look.found.charts and not files:  # the manifests are there, though nobody rendered them
        hidden = (FILES, *FACTS)
    if hidden and not seen.problems:  # a problem hides all that has no entry anyway
        seen.facts = tuple(fact for fact in FACTS if fact not in hidden)
        yield look.nothing(hidden)
    for text, place in seen.found.get(SECRETS.key, []):
        yield Finding("literal-secret", f"{text}.", SECRETS.key, location=place)
    if FILES not in hidden:
        yield FILES.of(
            files,
            level=look.level,
            source=source,
            locations=map(Location, files),
            produced_at=ctx.observed_at,
        )
    yield from seen.observations(ctx, source, look.level)


def judge_written(part: Part, seen: Entries) -> None:
    """Entries for what templates leave open by their text alone, whatever values they are given."""
    for made in part.workloads:
        found = made.object
        for holder, _, secret in written_secrets(found, made):
            what = f"{holder}: the value of {secret} is written in the file"
            part.add(seen, SECRETS, found, found.line(), what)
        for at, one in enumerate(made.containers):
            serving = id(one.body) in [id(inner.body) for inner in part.set.serving(made)]
            for gap, what in open_gaps(made, one, serving=serving, first=at == 0):
                if what and is_told(gap, made, one):
                    part.add(seen, _GAPS[gap], found, found.line(), f"{made} {one.name}: {what}")
            what = unpinned(one.image)
            part.add(seen, IMAGES, found, found.line(), what and f"{made} {one.name}: {what}")


def judge(ctx: Context, look: KubeLook, part: Part, seen: Entries) -> None:
    """Entries for what is applied together."""
    judged = {id(made.object): made for made in part.workloads}
    for found in part.set.objects:
        if id(found) not in judged and not ctx.repo.in_service(found.path):
            continue
        for line, what in refused(found):
            part.add(seen, INVALID, found, line, what)
        for holder, line, secret in written_secrets(found, judged.get(id(found))):
            what = f"{holder}: the value of {secret} is written in the file"
            part.add(seen, SECRETS, found, line, what)
    for made in part.workloads:
        found, how = made.object, part.own.get(id(made))
        part.add(seen, WORKLOADS, found, found.line(), str(made))
        if how:
            part.add(seen, OWN, found, found.line(), f"{made}: {how}")
        serving = [id(one.body) for one in part.set.serving(made)]
        for at, one in enumerate(made.containers):
            served = id(one.body) in serving
            for gap, what in open_gaps(made, one, serving=served, first=at == 0):
                part.add(seen, _GAPS[gap], found, one.line, what and f"{made} {one.name}: {what}")
            tagged = part.tagged and id(made) in part.own
            if not tagged and not look.owners.filled_in(one.image):
                what = unpinned(one.image)
                part.add(seen, IMAGES, found, one.image_line, what and f"{made} {one.name}: {what}")
