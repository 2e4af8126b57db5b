"""What scripts back up: a dump counts when its failure is seen and its copy is kept."""

from __future__ import annotations

import pytest

from auditor.formats.containers import backup_images
from auditor.formats.databases import backup_script
from auditor.formats.databases.backup_script import ANY, Dump

GOOD = """\
#!/bin/bash
set -euo pipefail
FILE="/backups/$(date +%F).sql.gz"
docker exec -t db pg_dump -U shop shop | gzip > "$FILE"
aws s3 cp "$FILE" s3://corp-backups/
"""


def only(text: str) -> Dump:
    (dump,) = backup_script.read(text).dumps
    return dump


def test_a_dump_that_fails_the_script_and_is_sent_away_is_a_backup() -> None:
    assert only(GOOD) == Dump("pg_dump", "postgres", 4, True, "/backups/", "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD.replace("pipefail", "nounset"), "pipefail"),
        (GOOD.replace("> \"$FILE\"", "> \"$FILE\" || true"), "`|| true`"),
        (GOOD.replace("> \"$FILE\"", "> \"$FILE\" &"), "background"),
        ("pg_dump shop > /b/x.sql\nfind /b -mtime +7 -delete\n", "goes on"),
        ("set -e\nexit 0\npg_dump shop > /b/x.sql\n", "never reaches"),
        ("set -e\npg_dump shop > /dev/null\n", "/dev/null"),
        ("set -e\npg_dump shop\n", "nothing keeps"),
        ("set -e\npg_dump shop > /var/lib/postgresql/data/x.sql\n", "beside the data"),
        ("set -e\nD=/var/lib/mysql/b\nmysqldump a > $D/x.sql\n", "beside the data"),
        ("set -e\nmongodump --archive=/tmp/a.gz\n", "/tmp"),
        ("pg_dump a | gzip > /b/a.gz\n[ -s /b/a.gz ] || exit 1\n", "pipefail"),
    ],
)  # fmt: skip
def test_false_green_a_dump_whose_failure_or_copy_is_lost_is_none(text: str, why: str) -> None:
    assert why in only(text).against


@pytest.mark.parametrize(
    "text",
    [
        "pg_dump a > /b/a.sql\n[ -s /b/a.sql ] || exit 1\n",
        "if pg_dump a > /b/a.sql; then echo good; else exit 1; fi\n",
        "pg_dump -Fc a -f /b/a || exit 1\nfind /b -mtime +7 -delete\n",
        "pg_dump a | gzip > /b/a.gz\n[ $(stat -c%s /b/a.gz) -gt 1000 ] || exit 1\n",
        "set -e\nmongodump --archive=/tmp/a\nrclone copy /tmp/a remote:b\n",
    ],
)
def test_a_copy_that_is_looked_at_or_sent_counts(text: str) -> None:
    assert only(text).against == ""


@pytest.mark.parametrize(
    ("command", "store"),
    [
        ("pgbackrest --stanza=a --type=diff backup", "postgres"),
        ("wal-g backup-push /data", "postgres"),
        ("sudo -u postgres pg_basebackup -D /b", "postgres"),
        ("compose exec -T db sh -lc 'pg_dump -U a a'", "postgres"),
        ("$COMPOSE exec -T db mysqldump a", "mysql"),
        ("kubectl exec db-0 -- mongodump --archive", "mongo"),
        ("restic backup /data", ANY),
        ("mariabackup --backup --target-dir=/b", "mysql"),
    ],
)
def test_tools_are_known_inside_what_runs_them(command: str, store: str) -> None:
    assert [one.store for one in backup_script.read(command).dumps] == [store]


@pytest.mark.parametrize(
    "text",
    [
        "# pg_dump a > b\n",
        "echo 'run pg_dump a > b'\n",
        "pg_dump --version\n",
        "cat <<X\npg_dump a\nX\n",
        "restic restore latest\n",
        "apt install pgbackrest\n",
    ],
)
def test_what_only_speaks_of_a_dump_is_none(text: str) -> None:
    assert backup_script.read(text).dumps == ()


def test_a_stub_a_loop_and_the_scripts_that_are_called_are_told() -> None:
    stub = backup_script.read("#!/bin/sh\n# pg_dump a\necho done\nexit 0\n")
    assert (stub.stub, stub.dumps) == (True, ())
    loop = backup_script.read("while true; do pg_dump a > /b/a; sleep 86400; done\n")
    assert (loop.repeats, len(loop.dumps)) == (True, 1)
    assert backup_script.read("bash /opt/dump.sh now\n").calls == {"dump.sh"}
    assert backup_script.read("").stub is False
    assert backup_script.read("\x00(((" * 100).dumps == ()


def test_a_secret_that_follows_is_not_repeated() -> None:
    assert "hunter2" not in only("pg_dump a > /b/a || notify hunter2\n").against


def test_entries_of_cron_are_found_where_they_are_written() -> None:
    text = "# 0 3 * * * root /old.sh\n0 3 * * * root /backup.sh\nRUN echo '15 2 * * 1-5 /b.sh' >> /etc/crontab\n@daily /c.sh\nnumbers 1 2 3 4 5\n"
    assert [line for line, _ in backup_script.scheduled(text)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("image", "store"),
    [("prodrigestivill/postgres-backup-local", ("postgres", True)), ("eeshugerman/postgres-backup-s3", ("postgres", False)),
     ("offen/docker-volume-backup", (ANY, True)), ("corp.net/db-backup", (ANY, False)), ("postgres", None), ("redis", None)],
)  # fmt: skip
def test_images_that_only_back_up_are_known(image: str, store: tuple[str, bool] | None) -> None:
    assert backup_images.of_image(image) == store
