"""Images whose only work is to back something up: of which store, and whether they do so without being told when."""

from __future__ import annotations

import re

from auditor.formats.databases.backup_script import ANY

_KNOWN: tuple[tuple[str, str, bool], ...] = (  # part of the name, store, runs on a schedule by itself
    (r"prodrigestivill/postgres-backup-local", "postgres", True),
    (r"(?:schickling|itbm|eeshugerman|siemens)/postgres(?:ql)?-backup-s3", "postgres", False),
    (r"kartoza/pg-backup", "postgres", True),
    (r"woblerr/pgbackrest|pgbackrest", "postgres", False),
    (r"tiredofit/(?:db-backup|docker-db-backup)|nfrastack/(?:container-)?db-backup", ANY, True),
    (r"(?:databack|deitch)/mysql-backup|fradelg/mysql-cron-backup", "mysql", True),
    (r"offen/docker-volume-backup", ANY, True),
    (r"mazzolino/restic|lobaro/restic-backup-docker|restic/restic|creativeprojects/resticprofile", ANY, False),
    (r"borgmatic-collective/borgmatic|b3vis/borgmatic|modem7/borgmatic-docker|borgmatic", ANY, False),
    (r"litestream/litestream", "sqlite", True),
    (r"(?:altinity/)?clickhouse-backup", "clickhouse", False),
    (r"(?:postgres|pg|psql)(?:ql)?[-_]?(?:cron[-_]?)?backup|backup[-_](?:postgres|pg)\w*", "postgres", False),
    (r"(?:mysql|mariadb)[-_]?(?:cron[-_]?)?backup|backup[-_](?:mysql|mariadb)", "mysql", False),
    (r"mongo(?:db)?[-_]?(?:cron[-_]?)?backup|backup[-_]mongo\w*", "mongo", False),
    (r"(?:db|database|volume)[-_]?backup|backup[-_](?:db|database)", ANY, False),
)  # fmt: skip
_MATCHED = tuple((re.compile(rf"(?i)(?:.*/)?(?:{name})"), store, by) for name, store, by in _KNOWN)
TIMES = re.compile(
    r"(?i)(?:\w*_)?(?:SCHEDULE|CRON\w*|BACKUP_CRON\w*|BACKUP_SCHEDULE|BACKUP_CRON_EXPRESSION|INTERVAL|DB_DUMP_FREQ|FREQUENCY|BACKUP_INTERVAL)(?:_\w+)?"
)
"""Settings that say when such an image runs."""
REMOTE = re.compile(
    r"(?i)\w*(?:S3|BUCKET|AWS|GCS|AZURE|B2|WEBDAV|SSH|SFTP|RCLONE|RESTIC_REPOSITORY|DROPBOX|STORAGE_TYPE)\w*"
)
"""Settings that say that it sends its copies away."""


def of_image(name: str) -> tuple[str, bool] | None:
    """The store that an image backs up, and whether it runs on a schedule by itself; None for others."""
    for pattern, store, by_itself in _MATCHED:
        if pattern.fullmatch(name):
            return store, by_itself
    return None
