"""Backups of the service's stores: what makes them, when, and whether anything is left of them.

Reads scripts with what runs them (cron files, timers, CronJobs, workflows, loops), Compose services, resources of
operators (CloudNativePG, Velero, K8up, Crunchy, Zalando, Percona), databases in Terraform, and Python that calls a
dump. A job counts when it runs on a schedule, its failure ends it, and its copy is kept: not beside the data, in a
container, pod or runner that is thrown away, or in /tmp. The stores are the databases that the configuration,
Compose files and packages of the service show. Tests, examples and documents are left out, charts not rendered. That
backups succeed, are whole and can be restored is not seen; what a host or provider does by itself neither, so that
without any job it is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.databases.backup_script import ALL, ANY
from auditor.formats.text.word_list import words
from auditor.formats.web.external_systems import SystemKind
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.containers.backup_composed import compose_jobs
from auditor.probing.containers.backup_jobs import (
    Job,
    Scripts,
    code_jobs,
    script_jobs,
    workflow_jobs,
)
from auditor.probing.containers.backup_managed import manifest_jobs, terraform_jobs
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
from auditor.probing.repository.entries import Entries
from auditor.probing.repository.external_dependencies import Externals, find_externals

_LIST = FactType.LIST
JOBS = FactSpec(
    "backups.jobs", _LIST, "Jobs that back up a store on a schedule, and keep the copy."
)
INEFFECTIVE = FactSpec(
    "backups.ineffective", _LIST, "Jobs that leave no backup, or whose failure is lost."
)
UNSCHEDULED = FactSpec("backups.unscheduled", _LIST, "Jobs that nothing runs on a schedule.")
LOCAL = FactSpec(
    "backups.local_only", _LIST, "Jobs whose copies are not seen to leave the machine."
)
STORES = FactSpec("backups.stores", _LIST, "Databases of the service.")
WITHOUT = FactSpec("backups.stores_without", _LIST, "Databases that no job backs up.")
_OF_JOBS = (JOBS, INEFFECTIVE, UNSCHEDULED, LOCAL)
_KEPT = words(
    "postgres mysql mssql oracle mongo cassandra clickhouse neo4j influxdb couchdb dynamodb some_database"
)
"""The ids of stores whose loss is the loss of data: no caches, queues and search indexes."""
_ELSEWHERE = "Where a host or provider makes them, attest them with a link to the last seven."


@probe(
    "infra.backups",
    title="Backups",
    needs=[Need.REPOSITORY],
    emits=[*_OF_JOBS, STORES, WITHOUT],
    pure=True,
)
def backups(ctx: Context) -> Iterator[Observation]:
    """Facts of jobs where any is found, those of stores where all could be looked for."""
    jobs, seen = _jobs(ctx)
    good = [job for job in jobs if not (job.against or job.unscheduled)]
    for job in jobs:
        fact = INEFFECTIVE if job.against else UNSCHEDULED if job.unscheduled else JOBS
        why = job.against or job.unscheduled
        seen.add(fact, job.path, job.line, f"{job.what}: {why}" if why else job.what)
        if fact is JOBS and job.leaves is False:
            seen.add(
                LOCAL,
                job.path,
                job.line,
                f"{job.what}: its copies are not seen to leave the machine",
            )
    if not good and not seen.problems:
        said = "The repository holds no job that backs up a store."
        if jobs:
            bad = jobs[0]
            why = bad.against or bad.unscheduled
            said = f"No job backs up a store: {Location(bad.path, bad.line)} {bad.what}: {why}."
        yield Problem(ProblemKind.VACUOUS, said, _ELSEWHERE, (JOBS.key,))
        seen.facts = tuple(spec for spec in _OF_JOBS if spec is not JOBS)
    source = ctx.repo.source(
        ", ".join(dict.fromkeys(j.path for j in jobs)) or "searched: scripts, manifests, *.tf"
    )
    yield from seen.observations(ctx, source)
    yield from _stores(ctx, find_externals(ctx.repo, STORES.key, WITHOUT.key), jobs, good)


def _jobs(ctx: Context) -> tuple[list[Job], Entries]:
    scripts = Scripts(ctx.repo)
    scripts.find()
    services = list(composed_services(ctx.repo, Holdings(ctx.repo)))
    found = [
        *manifest_jobs(ctx.repo, scripts),
        *compose_jobs(services, scripts),
        *script_jobs(ctx.repo, scripts),
        *workflow_jobs(ctx.repo),
        *terraform_jobs(ctx.repo),
        *code_jobs(ctx.repo),
    ]
    # A script that a manifest runs is told by the manifest.
    running = {
        (job.store, job.what.rpartition(": ")[2])
        for job in found
        if ": " in job.what and not job.unscheduled
    }
    jobs = [
        j
        for j in found
        if not (j.unscheduled.startswith("nothing in") and (j.store, j.what) in running)
    ]
    return list(dict.fromkeys(jobs)), Entries(_OF_JOBS, problems=list(scripts.problems))


def _stores(
    ctx: Context, externals: Externals, jobs: list[Job], good: list[Job]
) -> Iterator[Observation]:
    """The databases, and those that no job covers; not known where there is no job at all."""
    yield from externals.problems
    if externals.problems:
        return
    stores = {
        s.id: s
        for s in externals.systems.values()
        if s.kind is SystemKind.DATABASE and s.id in _KEPT
    }
    source = ctx.repo.source(
        ", ".join(externals.looked) or "searched: Compose files, manifests, settings, packages"
    )
    shown = [externals.shown[one] for one in sorted(stores)]
    places = [place for _, place in shown]
    names = [
        f"{place} {stores[one].title or 'database'}: {how}"
        for one, (how, place) in zip(sorted(stores), shown, strict=True)
    ]
    now = ctx.observed_at
    yield STORES.of(names, level=Level.EFFECTIVE, source=source, locations=places, produced_at=now)
    # A script that nothing runs here may be run by the host: what it dumps is neither covered nor bare.
    waiting = [job for job in jobs if job.may_run]
    bare = [
        name
        for one, name in zip(sorted(stores), names, strict=True)
        if not _covers(one, good) and not (waiting and _covers(one, waiting))
    ]
    uncovered = any(not _covers(one, good) for one in stores)
    if uncovered and not good and (not bare or len(waiting) == len(jobs)):
        said = "No job in the repository backs up its stores on a schedule, so whether another does is not known."
        yield Problem(ProblemKind.VACUOUS, said, _ELSEWHERE, (WITHOUT.key,))
        return
    yield WITHOUT.of(bare, level=Level.EFFECTIVE, source=source, locations=places, produced_at=now)


def _covers(store: str, jobs: list[Job]) -> bool:
    """Whether a job backs up a store. What copies folders has in them what other jobs put there."""
    copied = {job.store for job in jobs}
    named = copied - {ANY, ALL}
    return (
        ALL in copied
        or store in copied
        or (ANY in copied and not named)
        or (store == "some_database" and bool(named))
    )
