"""External systems of the service (databases, caches, brokers, storage, search, mail, upstream APIs), and
whether integration tests exercise each.

Systems are found in Compose files, Kubernetes manifests and settings of the deployment, then among declared
packages; telemetry is left out. One counts as exercised when a passing integration or end-to-end test, in a
report of this version, names it and no other; when a real server of it is there (a service container or
Compose in the job that runs the tests, Testcontainers, a vendor's sandbox); and when neither the test's file
nor what it shares with others names a stand-in. Not seen: addresses that only the code knows, servers that a
make target or script starts, pipelines other than GitHub Actions. Tests may exercise a thing without naming
it, so a system that is not shown is unknown, and never a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.formats.testruns.junit_report import Case, Outcome
from auditor.formats.testruns.playwright_json import PRODUCER
from auditor.formats.testruns.test_names import kind_of
from auditor.formats.web.external_systems import System, named
from auditor.model.evidence import Location
from auditor.model.level import Level, at_most, weakest
from auditor.model.probe import FactSpec, FactType
from auditor.probing.containers.servers_beside_tests import Pipelines, Surroundings
from auditor.probing.contract import (
    Context,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.reports.testruns import Run, find_runs
from auditor.probing.reports.testsources import TestSources
from auditor.probing.repository.external_dependencies import Externals, find_externals

EXTERNAL = FactSpec(
    "dependencies.external", FactType.LIST, "External systems that the service uses, and what shows it"
)  # fmt: skip
UNTESTED = FactSpec(
    "dependencies.untested", FactType.LIST,
    "External systems that no test exercises: given only as the empty list, when each is shown to be",
)  # fmt: skip

_BAD = (Outcome.FAILED, Outcome.ERROR)
_WIDE = ("integration", "e2e")
_HINT = (
    "Write an integration test of its own for each (`tests/integration/test_redis.py`), start a server of the"
    " deployed version for the job that runs it (`services:` in the workflow, or Testcontainers), and keep its"
    " JUnit report; or attest the item with a table of dependency, server version and test."
)


@dataclass(frozen=True, slots=True)
class Proof:
    """The run whose test exercises a system, and the place that shows the server."""

    run: Run
    server: Location


@probe(
    "reports.dependency_tests",
    title="External systems and their integration tests",
    needs=[Need.REPOSITORY],
    emits=[EXTERNAL, UNTESTED],
    pure=True,
)
def dependency_tests(ctx: Context) -> Iterator[Observation]:
    """The systems; then either the empty list of untested ones, or a problem that names them."""
    found = find_externals(ctx.repo, EXTERNAL.key, UNTESTED.key)
    yield from found.problems
    if not found.problems and found.looked:
        yield _external(ctx, found)
    if not found.systems:
        if not found.problems:
            yield _none(found)
        return
    runs, unread = find_runs(ctx, UNTESTED.key)
    yield from unread
    pipelines = Pipelines(ctx.repo)
    judge = Judge(ctx, list(found.systems.values()), runs, found, pipelines)
    proofs = [judge.proof(system) for system in found.systems.values()]
    proven = [proof for proof in proofs if isinstance(proof, Proof)]
    if len(proven) < len(proofs):
        yield from (p for run in runs for p in run.problems(UNTESTED.key))
        yield from (replace(problem, facts=(UNTESTED.key,)) for problem in pipelines.problems)
        yield _unshown([proof for proof in proofs if isinstance(proof, str)])
    elif found.callers:
        yield _unnamed(found.callers)
    elif not found.problems and not unread:
        yield _untested(proven)


def _external(ctx: Context, found: Externals) -> Observation:
    shown = [(system.name, *found.shown[id_]) for id_, system in found.systems.items()]
    shown.sort(key=lambda one: one[:2])
    return EXTERNAL.of(
        [f"{name}: {how}" for name, how, _ in shown],
        level=Level.EFFECTIVE,
        source=ctx.repo.source(", ".join(found.looked[:20])),
        locations=[place for _, _, place in shown],
        produced_at=ctx.observed_at,
    )


def _untested(proofs: list[Proof]) -> Observation:
    runs = [proof.run for proof in proofs]
    oldest = min(runs, key=lambda run: run.produced_at or "")
    places = [*(p for run in runs for p in run.locations), *(proof.server for proof in proofs)]
    return UNTESTED.of(
        [],
        level=at_most(weakest([run.level for run in runs]), Level.EFFECTIVE),
        source=oldest.source,
        locations=dict.fromkeys(places),
        produced_at=oldest.produced_at,
    )


def _none(found: Externals) -> Problem:
    where = "its Compose files, manifests, settings and packages"
    return Problem(
        ProblemKind.VACUOUS,
        f"No external system of the service was found in {where}."
        if found.looked
        else f"There is nothing that could show an external system of the service: {where} are missing.",
        "Where it has none, declare the item not applicable: under not_applicable: in auditor.yaml, with the"
        " reason. Else name them in .env.example, such as DATABASE_URL.",
        (UNTESTED.key,) if found.looked else (EXTERNAL.key, UNTESTED.key),
    )


def _unshown(reasons: list[str]) -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        f"Nothing shows that tests exercise {len(reasons)} external"
        f" {'system' if len(reasons) == 1 else 'systems'}: {'; '.join(reasons)}.",
        _HINT,
        (UNTESTED.key,),
    )


def _unnamed(clients: list[str]) -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        f"The service declares {clients[0]}, and no setting names an API that it calls, so an external"
        " system may be missing from the list.",
        "Name the address in a setting such as PAYMENTS_API_URL, or move the package to the development"
        " dependencies where only tests use it.",
        (UNTESTED.key,),
    )


class Judge:
    """Looks for the proof that a system is exercised."""

    def __init__(
        self,
        ctx: Context,
        systems: list[System],
        runs: list[Run],
        found: Externals,
        pipelines: Pipelines,
    ) -> None:
        self._systems = systems
        self._tests = TestSources(ctx.repo)
        self._jobs = pipelines.surroundings()
        self._containers = any("testcontainers" in name for name in found.packages.all)
        self._stale = any(run.level.rank < Level.REPORTED.rank for run in runs)
        self._cases = [
            (run, case)
            for run in runs
            if not run.impossible and run.level.rank >= Level.REPORTED.rank
            for case in _wide(ctx, run)
        ]

    def proof(self, system: System) -> Proof | str:
        """The proof; else in a clause what is missing."""
        about = [(r, c) for r, c in self._cases if system in named(self._systems, _called(c))]
        broken = [case for _, case in about if case.outcome in _BAD]
        if broken:
            return f"{system.name} (the test {broken[0].id} failed)"
        passed = [(r, c) for r, c in about if c.outcome is Outcome.PASSED]
        alone = [(r, c) for r, c in passed if named(self._systems, _called(c)) == [system]]
        if not alone:
            return f"{system.name} ({self._no_test(bool(passed))})"
        pretended = [(run, self._tests.pretence(case, system)) for run, case in alone]
        real = [run for run, why in pretended if not why]
        if not real:
            return f"{system.name} ({pretended[0][1]})"
        return self._served(system, real[0])

    def _no_test(self, shared: bool) -> str:
        if shared:
            return "the tests that name it name others as well"
        aged = "; what is there is older, committed, or of another version" if self._stale else ""
        return f"no passing integration test in a report of this version names it{aged}"

    def _served(self, system: System, run: Run) -> Proof | str:
        started = self._tests.container(system) if self._containers else None
        if started is not None:
            return Proof(run, Location(path=started))
        jobs: list[Surroundings] = [job for job in self._jobs if job.serves(system)]
        doubts = [why for job in self._jobs if (why := job.pretends(system))]
        if doubts:
            return f"{system.name} (the tests run with {doubts[0]})"
        if not jobs:
            return f"{system.name} (no server of it is started in a job that runs the tests)"
        return Proof(run, jobs[0].place)


def _wide(ctx: Context, run: Run) -> Iterator[Case]:
    """The integration and end-to-end tests of a run that ran."""
    for report in run.reports:
        otherwise = "e2e" if report.content.producer == PRODUCER else "unit"
        for case in report.content.cases:
            kind = kind_of(case, ctx.looking.test_kinds, otherwise=otherwise)
            if case.outcome is not Outcome.SKIPPED and kind in _WIDE:
                yield case


def _called(case: Case) -> str:
    return f"{case.name} {case.classname} {case.file or ''}"
