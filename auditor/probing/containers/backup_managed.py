"""Backups that a platform makes: CronJobs, operators of Kubernetes, and managed databases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.containers import backup_images
from auditor.formats.containers.image_reference import read_image
from auditor.formats.databases.backup_script import ALL, ANY, Dump, sends
from auditor.formats.kubernetes.kube_manifest import read as read_manifest
from auditor.formats.kubernetes.kube_model import Container, KubeObject, Workload, dig, workload
from auditor.formats.terraform.terraform_values import Made, resources
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.probing.containers.backup_jobs import LIMIT, Job, Scripts, inline
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_KINDS = re.compile(
    rb"(?m)^kind:\s*[\"']?(?:CronJob|ScheduledBackup|Cluster|Schedule|PostgresCluster|postgresql|PerconaPGCluster|PerconaServerMongoDB|PerconaXtraDBCluster)\b"
)
_MADE = (
    *(
        "aws_db_instance",
        "aws_rds_cluster",
        "aws_docdb_cluster",
        "aws_dynamodb_table",
        "aws_backup_plan",
    ),
    *("google_sql_database_instance", "azurerm_postgresql_flexible_server"),
    *("azurerm_mysql_flexible_server",),
)
_TERRAFORM = re.compile(rb"resource\s+\"(?:" + "|".join(_MADE).encode() + rb")\"")
_PERCONA = {
    "PerconaServerMongoDB": "mongo",
    "PerconaXtraDBCluster": "mysql",
    "PerconaPGCluster": "postgres",
}
_ENGINES = {
    "postgres": "postgres",
    "mysql": "mysql",
    "maria": "mysql",
    "docdb": "mongo",
    "dynamodb": "dynamodb",
}
_PIPED = "a pod is gone with its files: nothing keeps the copy"


def manifest_jobs(repo: Repo, scripts: Scripts) -> Iterator[Job]:
    """CronJobs and resources of operators."""
    for entry in repo.entries:
        if not re.search(r"(?i)\.ya?ml$", entry.path) or entry.size > LIMIT:
            continue
        if use_of(repo.below(entry.path)) is Use.APART or entry.path.startswith("."):
            continue
        try:
            data = repo.read(entry.path, limit=LIMIT).data
            if not _KINDS.search(data) or b"{{" in data:
                continue
            objects = read_manifest(data, path=entry.path)
        except (Trouble, FormatError):
            continue
        for found in objects:
            if found.kind == "CronJob":
                made = workload(found)
                yield from _cron_job(found, made, scripts) if made else ()
            else:
                yield from _of_operator(found)


def _cron_job(found: KubeObject, made: Workload, scripts: Scripts) -> Iterator[Job]:
    """What its containers do one after the other: one may dump, and the next send the copy away."""
    why = "`suspend: true` switches it off" if found.spec.get("suspend") is True else ""
    claims = _claims(made)
    every = [*_initial(found, made), *made.containers]
    texts = [_command(one) for one in every]
    by_script = (d for t in texts for p in scripts.named(t) for _, d in scripts.dumps(p))
    by_text = (d for t in texts for d in inline(t, None).dumps)
    sent = any(map(sends, texts)) or any(dump.leaves for dump in (*by_script, *by_text))
    for one, text in zip(every, texts, strict=True):
        image = read_image(one.image).name
        known, script = backup_images.of_image(image), inline(text, one.line)
        called = (dump for p in scripts.named(text) for _, dump in scripts.dumps(p))
        dumps = [*script.dumps, *called]
        for dump in dumps:
            against = dump.against or ("" if sent else _lost(one, dump, claims))
            what, away = f"{found}: {dump.tool}", sent or dump.leaves or bool(claims)
            yield Job(found.path, one.line, what, dump.store, why, against, away)
        if known and not dumps:
            yield Job(found.path, one.line, f"{found}: image {image}", known[0], why, "", None)
        elif not dumps and script.stub and re.search(r"(?i)backup|dump", found.name):
            yield Job(found.path, one.line, str(found), "", why, "it only prints and ends well")


def _initial(found: KubeObject, made: Workload) -> Iterator[Container]:
    for one in map(mapping_of, list_of(made.pod.get("initContainers"))):
        name, image = text_of(one.get("name")) or "", text_of(one.get("image")) or ""
        yield Container(name, image, one, found.line(), None)


def _command(one: Container) -> str:
    """The command of a container: the script behind `sh -c`, or its words."""
    words = (*texts_of(one.body.get("command")), *texts_of(one.body.get("args")))
    if (
        len(words) > 2
        and re.search(r"(?:^|/)(?:ba|da)?sh$", words[0])
        and re.fullmatch(r"-[a-z]*c", words[1])
    ):
        strict = "set -e\n" if "e" in words[1] else ""
        return f"{strict}{words[2]}"
    if not one.body.get("command"):  # the image is named by the tool that it starts
        return " ".join([read_image(one.image).name.rpartition("/")[2], *words])
    return " ".join(words)


def _claims(made: Workload) -> dict[str, str]:
    """The volumes of a pod that outlive it, and what they are."""
    found: dict[str, str] = {}
    for volume in map(mapping_of, list_of(made.pod.get("volumes"))):
        claim = text_of(dig(volume, "persistentVolumeClaim", "claimName"))
        if claim or volume.keys() & {"nfs", "csi", "hostPath", "azureFile", "cephfs"}:
            found[text_of(volume.get("name")) or ""] = claim or "a volume"
    return found


def _lost(one: Container, dump: Dump, claims: dict[str, str]) -> str:
    """Why the copy of a job in a pod is gone with it, "" where something keeps it."""
    if dump.leaves or dump.store == ANY:
        return ""
    mounts = map(mapping_of, list_of(one.body.get("volumeMounts")))
    kept = [text_of(m.get("mountPath")) or "" for m in mounts if text_of(m.get("name")) in claims]
    if "$" in dump.target.partition("/")[0] and kept:
        return ""  # a variable of the environment names the folder
    inside = any(f"{dump.target}/".startswith(f"{path.rstrip('/')}/") for path in kept if path)
    return "" if inside or (not dump.target and kept) else _PIPED


def _of_operator(found: KubeObject) -> Iterator[Job]:
    spec, group = found.spec, found.api.partition("/")[0]
    schedule = spec.get("schedule")
    store, away = "postgres", None
    if found.kind == "ScheduledBackup" and "cnpg" in group:
        away = True
    elif found.kind == "Schedule" and "velero" in group:
        store, away = ALL, True
    elif found.kind == "Schedule" and "k8up" in group:
        store, away, schedule = ALL, True, dig(spec, "backup", "schedule")
    elif found.kind == "PostgresCluster" and dig(spec, "backups", "pgbackrest") is not None:
        repos = map(mapping_of, list_of(dig(spec, "backups", "pgbackrest", "repos")))
        schedule = next((one["schedules"] for one in repos if one.get("schedules")), None)
    elif found.kind == "postgresql" and spec.get("enableLogicalBackup") is True:
        away, schedule = True, "30 00 * * *"  # the operator's own
    elif found.kind in _PERCONA and dig(spec, "backup") is not None:
        store = _PERCONA[found.kind]
        schedule = dig(spec, "backup", "schedule") or dig(spec, "backup", "tasks")
    else:
        return
    off = spec.get("suspend") is True or spec.get("paused") is True
    why = "it is suspended" if off else "" if schedule else "it has no schedule"
    yield Job(found.path, found.line(), str(found), store, why, "", away)


def terraform_jobs(repo: Repo) -> Iterator[Job]:
    """Databases of a provider with the days that their backups are kept, and plans of AWS Backup."""
    for entry in repo.entries:
        if (
            not entry.path.endswith((".tf", ".tofu"))
            or entry.size > LIMIT
            or use_of(repo.below(entry.path)) is Use.APART
        ):
            continue
        try:
            data = repo.read(entry.path, limit=LIMIT).data
            made = list(resources(data, path=entry.path)) if _TERRAFORM.search(data) else []
        except (Trouble, FormatError):
            continue
        yield from (
            job
            for one in made
            if one.made and one.kind in _MADE
            for job in _of_resource(entry.path, one)
        )


def _of_resource(path: str, one: Made) -> Iterator[Job]:
    engine = (one.text("engine") or one.text("database_version") or one.kind).lower()
    known = (store for word, store in _ENGINES.items() if word in engine)
    store, why, against = next(known, ANY), "", ""
    if one.kind in ("aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster"):
        if one.text("replicate_source_db"):
            return
        days = one.value("backup_retention_period")
        if days is None and one.kind == "aws_db_instance":
            against = "without backup_retention_period RDS keeps no backup"
        elif days == 0:
            against = "backup_retention_period is 0"
    elif one.kind == "aws_dynamodb_table":
        if one.value("point_in_time_recovery", "enabled") is not True:
            against = "point_in_time_recovery is not enabled"
    elif one.kind == "google_sql_database_instance":
        against = "" if _backup_configuration(one) else "backup_configuration is not enabled"
    elif one.kind == "aws_backup_plan":
        timed = any(rule.body.text("schedule") for rule in one.body.of("rule"))
        store, why = ALL, "" if timed else "no rule of it has a schedule"
    yield Job(path, one.line, f"{one.kind}.{one.name}", store, why, against, True)


def _backup_configuration(one: Made) -> bool:
    settings = next(one.body.of("settings"), None)
    backup = next(settings.body.of("backup_configuration"), None) if settings else None
    return backup is not None and backup.body.value("enabled") is True
