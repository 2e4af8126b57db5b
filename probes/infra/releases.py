"""Reads how a new version of the service takes over: beside the old one, by a share of the traffic, or in its place.

Argo Rollouts and Flagger in the manifests that infra.kubernetes judges (those of workloads that run the
service); CodeDeploy and ECS in applied Terraform; `[deploy] strategy` of Fly; two services of one image in
Compose, in blue and green, with a script that switches a proxy. A way has a fault where nothing could stop a
bad version: no analysis or one that cannot fail (a constant condition, more failures allowed than there are
measurements, a dry run, a job that does nothing), a preview or analysis that is not in the manifests, a first
share above half of the traffic. A share that is fixed in a VirtualService, HTTPRoute or Ingress withdraws
nothing. Approval by a person is enough for blue-green and no analysis for a canary.

What a script does is declared only. Helm charts are rendered where `helm` is installed. What a platform does by
itself (Heroku, Vercel, Cloud Run), Spinnaker, and a controller's own state are not seen. Where the repository has no
workload of the service, nothing is said, since its releases may be described elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.formats.kubernetes.kube_progressive import Kind
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.ci.release_look import Releases, Way, in_kubernetes, in_terraform, on_fly
from auditor.probing.containers.container_files import Holdings
from auditor.probing.contract import (
    Context,
    Fact,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.kubernetes.kube_look import INVALID, KubeLook, look_at_manifests
from auditor.probing.kubernetes.two_colours import in_compose
from auditor.probing.repository.entries import Entries
from auditor.probing.terraform.terraform_gaps import INVALID as INVALID_TERRAFORM
from auditor.probing.terraform.terraform_look import look_at_terraform

_LIST = FactType.LIST
BLUE_GREEN = FactSpec(
    "bluegreen.declared", _LIST, "Releases beside the old version, then a switch."
)
BLUE_GREEN_FAULTS = FactSpec(
    "bluegreen.faults", _LIST, "Why such a switch would not stop a bad version."
)
CANARY = FactSpec("canary.declared", _LIST, "Releases to a share of the traffic first.")
CANARY_FAULTS = FactSpec("canary.faults", _LIST, "Why such a share would not stop a bad version.")
IN_PLACE = FactSpec(
    "releases.in_place", _LIST, "Own workloads that get requests and are replaced in their place."
)
UNAPPLIED = FactSpec("releases.unapplied", _LIST, "Rollouts that the kustomization does not name.")
FACTS = (BLUE_GREEN, BLUE_GREEN_FAULTS, CANARY, CANARY_FAULTS, IN_PLACE, UNAPPLIED)
_KEYS = tuple(fact.key for fact in FACTS)


@probe(
    "infra.releases",
    title="Releases",
    needs=[Need.REPOSITORY],
    emits=FACTS,
    pure=True,
    tools=["helm"],
    timeout_s=180.0,
)
def releases(ctx: Context) -> Iterator[Observation]:
    """Facts where something tells how the service is released, or that its workloads are replaced."""
    holdings, found = Holdings(ctx.repo), Releases()
    manifests, code = Entries((INVALID,)), Entries((INVALID_TERRAFORM,))
    look = look_at_manifests(ctx, manifests)
    in_kubernetes(holdings, look, found)
    terraform = look_at_terraform(ctx.repo, code, INVALID_TERRAFORM)
    in_terraform(holdings, terraform, found)
    on_fly(holdings, found)
    in_compose(holdings, found)
    problems = [*manifests.problems, *code.problems]
    facts = dict(_facts(ctx, found, look.level))
    known = bool(found.ways or found.in_place or found.unapplied)
    hidden = tuple(key for key in _KEYS if not facts[key].value) if problems or not known else ()
    for problem in problems:
        yield Problem(problem.kind, problem.message, problem.hint, hidden)
    if not problems and not known:
        yield _nothing(look)
    yield from (fact for key, fact in facts.items() if key not in hidden)


def _nothing(look: KubeLook) -> Problem:
    hint = "Audit the repository that deploys the service, or attest with the record of a release."
    said = "Nothing in the repository tells how a new version of the service takes over."
    if look.found.charts:
        charts = ", ".join(look.found.charts)
        said = f"The charts show no workload of the service, nor how a new version takes over: {charts}."
        hint = "Render them with `helm template`, and check what comes out."
    return Problem(ProblemKind.NOT_CONFIGURED, said, hint, _KEYS)


def _facts(ctx: Context, found: Releases, made: Level) -> Iterator[tuple[str, Fact]]:
    def fact(spec: FactSpec, entries: Iterable[tuple[Location, str]], ways: list[Way]) -> Fact:
        listed = list(entries)
        return spec.of(
            [f"{place} {what}" for place, what in listed],
            level=Level.DECLARED if any(w.prepared for w in ways) else made,
            source=ctx.repo.source(", ".join(dict.fromkeys(p.path or "" for p, _ in listed))),
            locations=[place for place, _ in listed],
            produced_at=ctx.observed_at,
        )

    for kind, declared, faults in (
        (Kind.BLUE_GREEN, BLUE_GREEN, BLUE_GREEN_FAULTS),
        (Kind.CANARY, CANARY, CANARY_FAULTS),
    ):
        ways = [way for way in found.ways if way.kind is kind]
        places = [(Location(path=way.path, line=way.line), way) for way in ways]
        yield declared.key, fact(declared, ((p, w.what) for p, w in places), ways)
        why = [(p, f"{w.what}: {f}") for p, w in places for f in w.faults]
        yield faults.key, fact(faults, why, ways)
    replaced = (
        (
            Location(path=made.object.path, line=made.object.line()),
            f"{made} is replaced in its place",
        )
        for _, made in found.in_place
    )
    yield IN_PLACE.key, fact(IN_PLACE, replaced, [])
    away = ((Location(path=path), f"is not named by {by}") for path, by in found.unapplied)
    yield UNAPPLIED.key, fact(UNAPPLIED, away, [])
