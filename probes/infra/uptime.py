"""Checks from outside of whether the service can be reached: who asks, what, from where, and how often.

Reads checks of providers in Terraform (Pingdom, UptimeRobot, StatusCake, Better Stack, Datadog, Route 53, Google,
Grafana, Checkly and others), Route 53 in CloudFormation, Checkly in scripts, Upptime with its workflows, Gatus,
jobs of Prometheus that ask a blackbox exporter, Probe resources, and scheduled workflows that ask with a `curl`
which can fail. One that a Compose file runs beside the service, or that stands in manifests of its cluster, goes
down with it and is told apart. Tests, examples and documents are left out. That a check runs, is paid for and
wakes somebody is not seen, nor what is set up elsewhere: nothing found means not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.monitoring.uptime_checks import is_others
from auditor.formats.web.network_target import VARIABLE, host_of, is_inside, stand_in
from auditor.model.probe import FactType
from auditor.probing.containers.composed_services import composed_services
from auditor.probing.containers.container_files import Holdings
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.monitoring.uptime_files import FoundCheck, UptimeFiles, Where, uptime_files
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
CHECKS = FactSpec("uptime.checks", _LIST, "Checks of a public address from another network.")
LOCAL = FactSpec("uptime.local_targets", _LIST, "Checks of an address of the own network.")
PLACEHOLDERS = FactSpec(
    "uptime.placeholder_targets", _LIST, "Checks of an address that is not the service's."
)
UNSCHEDULED = FactSpec("uptime.unscheduled", _LIST, "Checks that are never made, or cannot fail.")
BESIDE = FactSpec("uptime.same_network", _LIST, "Checks that are made from beside the service.")
_EVERY = (CHECKS, LOCAL, PLACEHOLDERS, UNSCHEDULED, BESIDE)


@probe("infra.uptime", title="Uptime checks", needs=[Need.REPOSITORY], emits=_EVERY, pure=True)
def uptime(ctx: Context) -> Iterator[Observation]:
    """Every fact where a check is found from outside; without one, who watches is not known."""
    services = list(composed_services(ctx.repo, Holdings(ctx.repo)))
    found = uptime_files(ctx.repo, services)
    seen = Entries(_EVERY, problems=list(found.problems))
    undecided = [one for one in found.checks if not _sort(one, found, seen)]
    if CHECKS.key not in seen.found and not seen.problems:
        yield _none(found, undecided, seen)
        seen.facts = tuple(spec for spec in _EVERY if spec is not CHECKS)
    paths = ", ".join(dict.fromkeys(one.path for one in found.checks))
    source = ctx.repo.source(paths or "searched: *.tf, *.yml and *.yaml, Checkly, workflows")
    yield from seen.observations(ctx, source)


def _sort(one: FoundCheck, found: UptimeFiles, seen: Entries) -> bool:
    """Puts a check where it belongs; false where it is not known from where it is made."""
    check, target = one.check, one.check.target
    what = f"{check.tool} asks {_shown(target)}"

    def add(spec: FactSpec, why: str = "") -> bool:
        seen.add(spec, one.path, check.line, f"{what}: {why}" if why else what)
        return True

    variable = VARIABLE.search(target) is not None
    unknown = check.tool == "blackbox exporter" and variable
    if (
        wrong := "holds a variable, which Prometheus does not put in"
        if unknown
        else stand_in(target)
    ):
        return add(PLACEHOLDERS, f"the address {wrong}")
    if not variable and is_others(host_of(target)):
        return add(PLACEHOLDERS, "the address is another's")
    private = "private_ip" in target or "private_dns" in target
    if private or (not variable and is_inside(target)):
        return add(LOCAL, "only the own network knows the address")
    missing = (
        found.modules
        and check.module
        and not any(check.module in m for m in found.modules.values())
    )
    if idle := check.idle or (
        f"no blackbox exporter has the module {check.module}" if missing else ""
    ):
        return add(UNSCHEDULED, idle)
    if one.where is Where.BESIDE:
        return add(BESIDE, "from the network of the service")
    return add(CHECKS) if one.where is Where.OUTSIDE else False


def _shown(target: str) -> str:
    """An address without what may be secret in it."""
    host = host_of(target)
    return "an address of a variable" if VARIABLE.search(target) or not host else host


def _none(found: UptimeFiles, undecided: list[FoundCheck], seen: Entries) -> Problem:
    said = "The repository holds no check from outside of the service's own address."
    if undecided:
        one = undecided[0]
        said = f"From which network {one.path} asks is not known, since nothing in the repository runs it."
    elif found.kept_elsewhere:
        said = f"Which checks {found.kept_elsewhere[0]} makes is not written in the repository."
    elif others := next((seen.found[s.key][0][0] for s in _EVERY if seen.found.get(s.key)), ""):
        said = f"No check from outside watches the service: {others}."
    hint = "Where a provider is set up by hand, attest it with a link to the monitor's state page."
    return Problem(ProblemKind.VACUOUS, said, hint, (CHECKS.key,))
