"""Reads the Helm charts of the service: whether they are valid, agree with their values, and what they render to.

Chart.yaml is held against what Helm refuses. A value is missing where a template uses it, no values file of the
chart holds or shows it, and no `default`, `required`, `if`, `with` and the like stands in for it; it is unused where
no template uses it, what holds it or what it holds. Where `helm` is installed each chart is rendered in a folder of
its own with its values and, on top, those of production; the workloads are judged as those of manifests are, and told
by the template that they come from. infra.kubernetes and its like judge them with all else that is applied.

Not seen: charts of others (`charts/` with a repository of their own), without which a chart is rendered where they are
not there; values that nothing in the repository hands over; what a cluster has. Without `helm` nothing is said of the
workloads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.formats.kubernetes.helm_template import lacking
from auditor.formats.kubernetes.kube_gaps import open_gaps, unpinned, written_secrets
from auditor.formats.kubernetes.kube_manifest import refused
from auditor.formats.kubernetes.kube_set import KubeSet
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.kubernetes.helm_charts import HelmChart, find_charts, unused
from auditor.probing.kubernetes.helm_render import render
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
CHARTS = FactSpec("helm.charts", _LIST, "Charts of the service, by folder, name and version.")
INVALID = FactSpec("helm.invalid", _LIST, "What Helm or a current cluster would refuse.")
MISSING = FactSpec(
    "helm.missing_values", _LIST, "Values that templates use and that nothing gives."
)
UNUSED = FactSpec("helm.unused_values", _LIST, "Values that no template uses.")
RENDERED = FactSpec("helm.rendered", _LIST, "Charts that `helm template` rendered.")
WORKLOADS = FactSpec("helm.workloads", _LIST, "Workloads that they render to.")
SECRETS = FactSpec("helm.literal_secrets", _LIST, "Secrets whose value they write.")
READINESS = FactSpec(
    "helm.without_readiness", _LIST, "Containers that get requests before they are ready."
)
LIVENESS = FactSpec(
    "helm.without_liveness", _LIST, "Containers without a liveness probe that can fail."
)
LIMITS = FactSpec("helm.without_limits", _LIST, "Containers without limit of memory.")
REQUESTS = FactSpec("helm.without_requests", _LIST, "Those that request no CPU or memory.")
ROOT = FactSpec("helm.run_as_root", _LIST, "Containers that may run as root.")
IMAGES = FactSpec("helm.unpinned_images", _LIST, "Containers whose image has no version.")
_STATIC = (CHARTS, INVALID, MISSING, UNUSED)
_OF_RENDERED = (
    RENDERED, WORKLOADS, SECRETS, READINESS, LIVENESS, LIMITS, REQUESTS, ROOT, IMAGES,
)  # fmt: skip
_GAPS = {
    "readiness": READINESS, "liveness": LIVENESS, "limits": LIMITS, "requests": REQUESTS, "root": ROOT,
    "image": IMAGES,
}  # fmt: skip


@probe(
    "infra.helm",
    title="Helm charts",
    needs=[Need.REPOSITORY],
    emits=[*_STATIC, *_OF_RENDERED],
    timeout_s=180.0,
    pure=True,
    tools=["helm"],
)
def helm(ctx: Context) -> Iterator[Observation]:
    """What the texts say stands by itself; trouble with rendering hides only what is rendered."""
    seen, made = Entries(_STATIC), Entries(_OF_RENDERED)
    charts = find_charts(ctx.repo, seen, INVALID)
    if not charts and not seen.problems:
        yield _nothing()
        return
    for one in charts:
        path = f"{one.folder}/Chart.yaml".lstrip("/")
        seen.add(CHARTS, path, None, f"{one.chart.name} {one.chart.version}".strip())
        _agree(one, seen)
    # What is wrong with the tool is wrong with it for every chart.
    told = [p for one in charts for p in _render(ctx, one, seen, made)]
    made.problems += list(dict.fromkeys(told))
    if seen.problems and not made.problems:
        said = "A chart could not be read, so that not all of them were rendered."
        made.problems.append(
            Problem(ProblemKind.MALFORMED, said, "Mend it until `helm lint` accepts it.")
        )
    source = ctx.repo.source(", ".join(one.folder or "." for one in charts))
    for problem in _untold(charts, seen):
        yield problem
        seen.facts = tuple(fact for fact in seen.facts if fact.key not in problem.facts)
    yield from seen.observations(ctx, source)
    if not made.found.get(WORKLOADS.key) and not made.problems:
        yield _no_workload(_OF_RENDERED[1:])
        made.facts = (RENDERED,)
    yield from made.observations(ctx, replace(source, locator=f"helm template {source.locator}"))


def _agree(one: HelmChart, seen: Entries) -> None:
    """Entries for values that templates and values files do not have of each other."""
    if one.broken or one.chart.library or one.uses.made:
        return
    for names, (path, line) in lacking(
        one.uses, [v.value for v in one.values.values()], one.others
    ):
        seen.add(MISSING, path, line, f".Values.{'.'.join(names)}")
    for path, at, name in unused(one):
        seen.add(UNUSED, path, at, name)


def _render(ctx: Context, one: HelmChart, seen: Entries, made: Entries) -> Iterator[Problem]:
    if one.broken or one.chart.library:
        return
    try:
        found = render(ctx, one)
    except Trouble as trouble:
        yield trouble.problem()
        return
    if isinstance(found, Problem):
        yield found
        return
    path = f"{one.folder}/Chart.yaml".lstrip("/")
    made.add(RENDERED, path, None, f"{one.chart.name} {found.how}".strip())
    _judge(KubeSet(found.objects), seen, made)


def _judge(found: KubeSet, seen: Entries, made: Entries) -> None:
    """The same questions as to manifests, of all that a chart renders to."""
    workloads = {id(work.object): work for work in found.workloads}
    for one in found.objects:
        for _, what in refused(one):
            seen.add(INVALID, one.path, one.line(), what)
        for holder, _, secret in written_secrets(one, workloads.get(id(one))):
            made.add(
                SECRETS,
                one.path,
                one.line(),
                f"{holder}: the value of {secret} is written in the file",
            )
    for work in found.workloads:
        made.add(WORKLOADS, work.object.path, work.object.line(), str(work))
        serving = [id(inner.body) for inner in found.serving(work)]
        for at, inner in enumerate(work.containers):
            served = id(inner.body) in serving
            gaps = list(open_gaps(work, inner, serving=served, first=at == 0))
            for gap, what in [*gaps, ("image", unpinned(inner.image))]:
                if what:
                    line = work.object.line()
                    made.add(_GAPS[gap], work.object.path, line, f"{work} {inner.name}: {what}")


def _untold(charts: list[HelmChart], seen: Entries) -> Iterator[Problem]:
    """Charts whose templates put the values together, so that values.yaml tells nothing of them."""
    made = [one.folder or "." for one in charts if one.uses.made]
    if made:
        hidden = tuple(fact.key for fact in (MISSING, UNUSED) if not seen.found.get(fact.key))
        said = f"Templates of {', '.join(made)} put the values together, so that values.yaml does not tell them."
        hint = "Render the chart in the pipeline, and check what comes out."
        yield Problem(ProblemKind.VACUOUS, said, hint, hidden)


def _nothing() -> Problem:
    return Problem(
        ProblemKind.NOT_CONFIGURED,
        "The service has no Helm chart.",
        "Where charts are in another repository, audit that one too, or attest with a link to it.",
        tuple(fact.key for fact in (*_STATIC, *_OF_RENDERED)),
    )


def _no_workload(facts: tuple[FactSpec, ...]) -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        "The charts render to no workload with their own values.",
        "Give values with which they do, in values.yaml or values-production.yaml.",
        tuple(fact.key for fact in facts),
    )
