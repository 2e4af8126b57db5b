"""Backups of the service's stores: what makes them, when, and what is left of them."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.backups import backups
from tests.formats.test_backup_script import GOOD

COMPOSE = """\
services:
  api:
    build: .
    depends_on: [db]
  db:
    image: postgres:17
    volumes: ['data:/var/lib/postgresql/data']
"""
CODE = {
    "compose.yaml": COMPOSE,
    "app.py": "print(1)\n",
    "Dockerfile": 'FROM python:3.12\nCOPY app.py .\nCMD ["python", "app.py"]\n',
}
CRON = {"ops/backup.sh": GOOD, "ops/crontab": "0 3 * * * /opt/ops/backup.sh\n"}
STORE = "compose.yaml:5 PostgreSQL: the service db in compose.yaml:5"
WORKFLOW = """\
name: backup
on: {schedule: [{cron: '0 3 * * *'}]}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
    - run: pg_dump "$URL" -f shop.sql
    - uses: actions/upload-artifact@v4
"""


def told(files: dict[str, str]) -> dict[str, Any]:
    """The facts, without their common prefix."""
    found = values(run_probe(backups, repo={**CODE, **files}))
    return {name.removeprefix("backups."): value for name, value in found.items()}


def cron_job(command: str, volumes: str = "[]", more: str = "") -> str:
    return (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: backup}\n"
        f"spec:\n  schedule: '0 3 * * *'\n{more}  jobTemplate:\n    spec:\n      template:\n        spec:\n"
        f"          volumes: {volumes}\n          containers:\n          - name: a\n            image: postgres:17\n"
        f"            volumeMounts: [{{name: b, mountPath: /backups}}]\n            command: {command}\n"
    )


DUMP = "[sh, -ec, 'pg_dump shop -f /backups/shop.sql']"
CLAIM = "[{name: b, persistentVolumeClaim: {claimName: backups}}]"


def test_present_a_job_is_told_in_full() -> None:
    evidence = run_probe(backups, repo={**CODE, **CRON})
    assert not evidence.problems
    assert told(CRON) == {
        "jobs": ["ops/backup.sh:4 pg_dump (run by ops/crontab)"],
        "ineffective": [],
        "unscheduled": [],
        "local_only": [],
        "stores": [STORE],
        "stores_without": [],
    }


@pytest.mark.parametrize("files", [{}, {"tests/backup.sh": GOOD}, {"docs/backup.sh": GOOD}])
def test_missing_it_is_not_known_what_else_backs_up(files: dict[str, str]) -> None:
    evidence = run_probe(backups, repo={**CODE, **files})
    assert problems(evidence) == ["vacuous", "vacuous"]
    assert {"backups.jobs", "backups.stores_without"}.isdisjoint(values(evidence))
    assert values(evidence)["backups.stores"] == [STORE]


def test_with_nothing_to_look_at_there_are_no_stores() -> None:
    found = values(run_probe(backups, repo={"app.py": "print(1)\n"}))
    assert (found["backups.stores"], found["backups.stores_without"]) == ([], [])


def test_malformed_settings_hide_the_stores() -> None:
    evidence = run_probe(backups, repo={**CODE, **CRON, "compose.yaml": "services: [\n"})
    assert "malformed" in problems(evidence)
    assert {"backups.stores", "backups.stores_without"}.isdisjoint(values(evidence))


def test_denied_a_script_that_cannot_be_read_hides_which_jobs_there_are() -> None:
    evidence = run_probe(backups, repo={**CODE, "ops/backup.sh": Trouble(ProblemKind.DENIED, "no")})
    assert problems(evidence)[0] == "denied"
    assert "backups.jobs" in evidence.problems[0].facts


@pytest.mark.parametrize(
    "files",
    [
        CRON,
        {"k8s/b.yaml": cron_job(DUMP, CLAIM)},
        {"k8s/b.yaml": "apiVersion: postgresql.cnpg.io/v1\nkind: ScheduledBackup\nmetadata: {name: b}\nspec: {schedule: '0 0 3 * * *', cluster: {name: a}}\n"},
        {"k8s/b.yaml": "apiVersion: velero.io/v1\nkind: Schedule\nmetadata: {name: b}\nspec: {schedule: '0 3 * * *', template: {}}\n"},
        {"compose.yaml": COMPOSE + "  backup:\n    image: prodrigestivill/postgres-backup-local:17\n    volumes: ['/mnt/b:/backups']\n"},
        {"compose.yaml": COMPOSE + "  backup:\n    image: postgres:17\n    volumes: ['b:/b']\n    command: sh -c \"while true; do pg_dump shop -f /b/x || exit 1; sleep 86400; done\"\n"},
        {".github/workflows/backup.yml": WORKFLOW},
        {"main.tf": 'resource "aws_db_instance" "a" {\n  engine = "postgres"\n  backup_retention_period = 14\n}\n'},
        {"ops/backup.sh": GOOD, "ops/b.timer": "[Timer]\nOnCalendar=daily\n", "ops/b.service": "[Service]\nExecStart=/opt/backup.sh\n"},
        {"ops/backup.sh": GOOD, "ops/Dockerfile": "FROM alpine\nRUN echo '0 3 * * * /backup.sh' >> /etc/crontabs/root\n"},
    ],
)  # fmt: skip
def test_each_way_to_back_up_on_a_schedule_is_seen(files: dict[str, str]) -> None:
    found = told(files)
    assert len(found["jobs"]) == 1
    assert found["stores_without"] == []


@pytest.mark.parametrize(
    ("files", "fact", "why"),
    [
        ({**CRON, "ops/backup.sh": "#!/bin/sh\n# pg_dump shop > /b\necho done\n"}, "ineffective", "only prints"),
        ({**CRON, "ops/backup.sh": GOOD.replace("pipefail", "nounset")}, "ineffective", "pipefail"),
        ({**CRON, "ops/crontab": "# 0 3 * * * /opt/ops/backup.sh\n"}, "unscheduled", "commented out"),
        ({"k8s/b.yaml": cron_job(DUMP, CLAIM, "  suspend: true\n")}, "unscheduled", "suspend"),
        ({"k8s/b.yaml": cron_job(DUMP, "[{name: b, emptyDir: {}}]")}, "ineffective", "a pod is gone"),
        ({"k8s/b.yaml": cron_job("[sh, -c, 'echo backing up']", CLAIM)}, "ineffective", "only prints"),
        ({"k8s/b.yaml": "apiVersion: velero.io/v1\nkind: Schedule\nmetadata: {name: b}\nspec: {schedule: '0 3 * * *', paused: true}\n"}, "unscheduled", "suspended"),
        ({"compose.yaml": COMPOSE + "  backup:\n    image: prodrigestivill/postgres-backup-local:17\n    volumes: ['data:/backups']\n"}, "ineffective", "volume of the data"),
        ({"compose.yaml": COMPOSE + "  backup:\n    image: prodrigestivill/postgres-backup-local:17\n"}, "ineffective", "inside the container"),
        ({"compose.yaml": COMPOSE + "  backup:\n    image: eeshugerman/postgres-backup-s3:16\n    environment: [S3_BUCKET=a]\n"}, "unscheduled", "no setting"),
        ({"compose.yaml": COMPOSE + "  backup:\n    image: prodrigestivill/postgres-backup-local:17\n    profiles: [ops]\n    volumes: ['/mnt/b:/backups']\n"}, "unscheduled", "profile"),
        ({"compose.yaml": COMPOSE + "  backup:\n    image: postgres:17\n    volumes: ['b:/b']\n    command: pg_dump shop -f /b/x\n"}, "unscheduled", "runs once"),
        ({".github/workflows/backup.yml": WORKFLOW.replace("{schedule: [{cron: '0 3 * * *'}]}", "workflow_dispatch")}, "unscheduled", "no schedule"),
        ({".github/workflows/backup.yml": WORKFLOW.replace("    - uses: actions/upload-artifact@v4\n", "")}, "ineffective", "runner"),
        ({"main.tf": 'resource "aws_db_instance" "a" {\n  engine = "postgres"\n  backup_retention_period = 0\n}\n'}, "ineffective", "is 0"),
        ({"main.tf": 'resource "google_sql_database_instance" "a" {\n  database_version = "POSTGRES_17"\n  settings {\n    tier = "x"\n  }\n}\n'}, "ineffective", "not enabled"),
    ],
)  # fmt: skip
def test_false_green_a_job_that_leaves_nothing_or_never_runs_is_none(
    files: dict[str, str], fact: str, why: str
) -> None:
    found = told(files)
    assert "jobs" not in found
    assert why in found[fact][0]
    assert found["stores_without"] == [STORE]


def test_a_script_that_the_host_may_run_leaves_its_store_unknown() -> None:
    evidence = run_probe(backups, repo={**CODE, "ops/backup.sh": GOOD})
    found = values(evidence)
    assert found["backups.unscheduled"] == [
        "ops/backup.sh:4 pg_dump: nothing in the repository runs it on a schedule"
    ]
    assert problems(evidence) == ["vacuous", "vacuous"]
    assert {"backups.jobs", "backups.stores_without"}.isdisjoint(found)


def test_resources_of_other_kinds_are_no_backups() -> None:
    text = 'resource "random_password" "a" {\n  length = 8\n}\n'
    rds = 'resource "aws_db_instance" "b" {\n  engine = "postgres"\n  backup_retention_period = 7\n}\n'
    assert told({"main.tf": text + rds})["jobs"] == ["main.tf:4 aws_db_instance.b"]


def test_false_green_the_dump_of_another_store_covers_none() -> None:
    other = GOOD.replace("pg_dump -U shop shop", "mongodump --archive")
    found = told({**CRON, "ops/backup.sh": other})
    assert (len(found["jobs"]), found["stores_without"]) == (1, [STORE])


def test_false_green_a_copy_of_folders_has_only_what_other_jobs_put_there() -> None:
    both = {**CRON, "compose.yaml": COMPOSE.replace("depends_on: [db]", "depends_on: [db, m]") + "  m: {image: 'mongo:8'}\n"}  # fmt: skip
    script = GOOD + "restic backup /backups\n"
    assert [one.split()[1] for one in told({**both, "ops/backup.sh": script})["stores_without"]] == ["MongoDB:"]  # fmt: skip


def test_a_copy_that_stays_on_the_machine_is_told() -> None:
    here = GOOD.rpartition("aws s3 cp")[0]
    found = told({**CRON, "ops/backup.sh": here})
    assert len(found["jobs"]) == 1
    assert "leave the machine" in found["local_only"][0]


def test_a_container_that_sends_what_another_dumped_keeps_it() -> None:
    job = cron_job(DUMP, "[{name: b, emptyDir: {}}]").replace(
        "          containers:\n",
        "          containers:\n          - {name: s, image: kopia/kopia, args: [snapshot, create, /backups]}\n",
    )
    assert len(told({"k8s/b.yaml": job})["jobs"]) == 2


def test_code_that_calls_a_dump_is_told_with_what_it_lacks() -> None:
    code = 'import subprocess\n\ndef backup():\n    subprocess.run(["pg_dump", "shop"])\n'
    assert "exit status" in told({"jobs.py": code})["ineffective"][0]
    checked = code.replace('"shop"])', '"shop"], check=True)')
    assert "schedule" in told({"jobs.py": checked})["unscheduled"][0]
    commented = "# subprocess.run(['pg_dump', 'shop'])\n"
    assert told({"jobs.py": commented})["unscheduled"] == []


def test_scripts_that_restore_or_seed_are_no_backups() -> None:
    found = told({"ops/restore.sh": GOOD, "ops/seed-db.sh": GOOD})
    assert found["unscheduled"] == []
