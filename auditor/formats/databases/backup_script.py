"""What a shell script backs up: each dump with its store, whereto it goes, and whether its failure is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.ci.ci_commands import is_idle
from auditor.formats.shell.command_words import bare_commands
from auditor.formats.shell.shell_fate import ShellOptions, fate
from auditor.formats.shell.shell_nodes import Sequence, Simple, commands
from auditor.formats.shell.shell_syntax import read_script

ANY = "*"
"""Stands for a store where a tool copies whatever it is given (volumes, folders)."""
ALL = "**"
"""Stands for every store, where a platform backs up all that it runs."""
_TOOLS: tuple[tuple[str, str, bool], ...] = (  # tool by the start of its command, store, leaves by itself
    (r"pg_dump(?:all)?\b|pg_basebackup\b", "postgres", False),
    (r"pgbackrest\b.*\bbackup\b", "postgres", True),
    (r"wal-[ge]\b.*\b(?:backup-push|wal-push)\b|envdir \S+ wal-[ge]\b.*backup-push", "postgres", True),
    (r"barman(?:-cloud-backup)?\b.*\b(?:backup|s3://|gs://)|barman-cloud-backup\b", "postgres", True),
    (r"mysqldump\b|mariadb-dump\b|mydumper\b|mysqlpump\b|mysqlsh\b.*dump", "mysql", False),
    (r"xtrabackup\b.*--backup|innobackupex\b|mariabackup\b.*--backup|mariadb-backup\b.*--backup", "mysql", False),
    (r"mongodump\b", "mongo", False),
    (r"sqlcmd\b.*BACKUP DATABASE", "mssql", False),
    (r"expdp\b|rman\b", "oracle", False),
    (r"nodetool\b.*\bsnapshot\b|medusa\b.*\bbackup\b", "cassandra", False),
    (r"clickhouse-backup\b.*\b(?:create|create_remote|upload)\b|clickhouse-client\b.*\bBACKUP\b", "clickhouse", False),
    (r"neo4j-admin\b.*\b(?:dump|backup)\b", "neo4j", False),
    (r"influxd?\b.*\bbackup\b", "influxdb", False),
    (r"aws dynamodb create-backup\b", "dynamodb", True),
    (r"aws rds create-db-(?:cluster-)?snapshot\b|gcloud sql (?:backups create|export)\b", ANY, True),
    (r"heroku pg:backups:capture\b", "postgres", True),
    (r"redis-cli\b.*(?:--rdb|\bBGSAVE\b|\bSAVE\b)", "redis", False),
    (r"sqlite3\b.*(?:\.backup|\.dump|VACUUM INTO)", "sqlite", False),
    (r"litestream replicate\b", "sqlite", True),
    (r"restic\b.*\bbackup\b|rustic\b.*\bbackup\b", ANY, True),
    (r"borg(?:matic)?\b(?:.*\bcreate\b|$)|borgmatic\b", ANY, True),
    (r"kopia\b.*\bsnapshot create\b|duplicity\b", ANY, True),
    (r"velero backup create\b", ALL, True),
    (r"etcdctl\b.*\bsnapshot save\b", "consul", False),
)  # fmt: skip
_MATCHED = tuple(
    (re.compile(rf"(?:{start})", re.IGNORECASE), store, leaves) for start, store, leaves in _TOOLS
)
_UPLOADS = re.compile(
    r"aws (?:--\S+ \S+ )*s3(?:api)? (?:cp|sync|mv|put-object)\b|s3cmd (?:put|sync)\b|s5cmd\b"
    r"|gof3r\b|ossutil (?:cp|sync)\b"
    r"|gsutil .*\b(?:cp|rsync|mv)\b|gcloud storage (?:cp|rsync|mv)\b|az storage blob upload|azcopy (?:copy|cp|sync)\b"
    r"|rclone (?:\S+ )*?(?:copy|copyto|sync|move|rcat)\b|mc (?:cp|mirror|pipe)\b|b2 (?:upload|file upload|sync)"
    r"|scp\b|sftp\b|rsync\b.*\S+:\S+|lftp\b|ncftpput\b|curl\b.*(?:-T|--upload-file|-X ?PUT|--data-binary @)"
    r"|swift upload\b"
    r"|restic\b.*\bbackup\b|borg\b.*\bcreate\b|kopia\b|duplicity\b|gh release upload\b|megaput\b"
)
_CHECKS = re.compile(
    r"\bstat\b|\bwc\s+-c|\s-size\b|pg_restore\s+.*(?:-l\b|--list)|PIPESTATUS|pg_verifybackup|zgrep|dump complete"
    r"|xtrabackup .*--prepare|\b(?:restic|borg) check\b"
)
"""What looks at the copy itself. Whether it is empty (`-s`) tells nothing of a compressed one."""
_NOT_EMPTY = re.compile(r"\[{1,2}\s+(?:! )?-s\s|\btest\s+(?:! )?-s\b")
_COMPRESSED = re.compile(r"\|\s*(?:gzip|pigz|zstd|xz|bzip2|lz4|openssl|gpg|age)\b")
_TARGET = re.compile(
    r"(?<![<>&\d])>{1,2}\s*[\"']?([^\s\"'|;&)]+)"
    r"|(?:\s-f|--file|--result-file|--archive|--out|-o|--output|--target-dir|--outputdir|-D|--pgdata|--rdb)[=\s]\s*"
    r"[\"']?([^\s\"'|;&)]+)"
)
_DATA = re.compile(
    r"^/(?:var/lib/(?:postgresql|mysql|mongodb|cassandra|clickhouse|neo4j)|data/db|bitnami/\w+/data)(?:/|$)"
)

_ASSIGNED = re.compile(r"\$\{?([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Dump:
    """One command that copies a store. `against` says why it is no backup, "" where nothing does.

    `leaves` says that the copy is sent to another machine; `target` is where it is written, as far as
    that is told ("" where it goes by a pipe or the tool's own settings).
    """

    tool: str
    store: str
    line: int
    leaves: bool
    target: str
    against: str


@dataclass(frozen=True, slots=True)
class Script:
    """A script: its dumps, whether it repeats itself, and the scripts that it calls.

    `stub` says that it only prints, sets and tidies up.
    """

    dumps: tuple[Dump, ...]
    repeats: bool
    calls: frozenset[str]
    stub: bool


def options_of(text: str) -> ShellOptions:
    """How a script starts by its first line: `#!/bin/bash -e`, and `set` inside is followed anyway."""
    first = text.partition("\n")[0]
    flags = first.partition(" ")[2] if first.startswith("#!") else ""
    return ShellOptions(bool(re.search(r"-[a-z]*e", flags)), "pipefail" in flags)


def read(text: str, *, first_line: int = 1, options: ShellOptions | None = None) -> Script:
    """What a script does. Never fails: what is no shell has nothing in it."""
    tree = read_script(text, first_line)
    every = list(commands(tree))
    plain = _plain(text)
    uploads = _UPLOADS.search(plain) is not None
    checks = (_CHECKS.search(plain) is not None, _NOT_EMPTY.search(plain) is not None)
    dumps = [
        _dump(tree, command, found, text, first_line, options or options_of(text), uploads, checks)
        for command in every
        if (found := tool_of(command.words)) is not None and command.nested is None
    ]
    named = {
        word.rpartition("/")[2]
        for c in every
        for word in c.words[:4]
        if word.endswith((".sh", ".py", ".bash"))
    }
    sleeps = any(c.words[:1] == ("sleep",) for c in every) and re.search(
        r"\bwhile\b|\buntil\b|\bfor\s*\(\(", plain
    )
    stub = bool(every) and not dumps and all(is_idle(c) or not c.words for c in every)
    return Script(tuple(dumps), bool(sleeps), frozenset(named), stub)


def tool_of(words: tuple[str, ...]) -> tuple[str, str, bool] | None:
    """Tool, store, and whether the copy leaves by itself, of a command that copies a store."""
    for bare in (*bare_commands(words), *_inside(words)):
        for start, store, leaves in _MATCHED:
            if start.match(bare):
                if re.search(r"\s(?:--version|--help|-V|version)\b", bare):
                    return None
                parts = 2 if bare.startswith(("aws ", "gcloud ", "heroku ", "az ")) else 1
                return " ".join(bare.split()[:parts]), store, leaves
    return None


def _inside(words: tuple[str, ...]) -> Iterator[str]:
    """What a variable or function of the script may run in a container: `compose exec -T db sh -lc '…'`."""
    if words[:1] in (("echo",), ("printf",), ("log",), ("grep",)):
        return
    for at, word in enumerate(words[1:40], 1):
        if {"exec", "run"} & set(words[:at]):
            yield " ".join(words[at:])
            if " " in word.strip():
                yield re.sub(r"^(?:\s*(?:set -\S+[^;&]*[;&]+|exec|\w+=\S*))*\s*", "", word)


def _dump(
    tree: Sequence,
    command: Simple,
    found: tuple[str, str, bool],
    text: str,
    first_line: int,
    options: ShellOptions,
    uploads: bool,
    checks: tuple[bool, bool],
) -> Dump:
    tool, store, leaves = found
    raw = _logical(text, command.line - first_line)
    written = raw[raw.find(tool.split()[0]) :]
    target = _target(written, text)
    end = fate(tree, command, options)
    checked = checks[0] or (checks[1] and not _COMPRESSED.search(written))
    against = ""
    if not end.reached:
        against = "the script never reaches it"
    elif not end.can_fail and not (checked and "|| " not in end.why_not):
        against = f"its failure is lost: {_without_words(end.why_not)}"
    elif target.startswith("/dev/null"):
        against = "it is written to /dev/null"
    elif _DATA.match(target):
        against = f"it is written beside the data ({target})"
    elif not (
        leaves
        or target
        or "|" in written
        or uploads
        or store in ("redis", "cassandra", "neo4j", "clickhouse", ANY)
    ):
        against = "nothing keeps what it prints"
    elif target.startswith("/tmp/") and not (uploads or leaves):
        against = "it stays in /tmp"
    return Dump(tool, store, command.line, leaves or uploads, target, against)


def _without_words(why: str) -> str:
    """A reason without the words of the command that follows, which may hold a secret."""
    return re.sub(
        r"(`\|\| (?:true|:|echo|exit)\b)[^`]*`|`\|\| [^`]*`",
        lambda m: f"{m[1]}`" if m[1] else "`|| …`",
        why,
    )


def _target(written: str, text: str) -> str:
    """The path that is written to, with what the script itself assigns to its variables put in."""
    found = [a or b for a, b in _TARGET.findall(written)]
    target = next((one for one in found if one != "/dev/null" or len(found) == 1), "")
    for _ in range(4):
        name = _ASSIGNED.search(target)
        if not name:
            break
        default = re.search(rf"\$\{{{name[1]}:?-([^}}]+)\}}", target)
        assigned = re.search(rf"(?m)^\s*(?:export\s+|local\s+)?{name[1]}=[\"']?([^\s\"']+)", text)
        put = default[1] if default else (assigned[1].partition("$(")[0] if assigned else "")
        if not put or len(target) > 500:
            break
        target = re.sub(rf"\$\{{{name[1]}[^}}]*\}}|\${name[1]}\b", lambda _, put=put: put, target)
    return target


def _logical(text: str, at: int) -> str:
    """The line at an index, with those that a backslash or an open pipe joins to it."""
    lines = text.split("\n")
    joined = lines[at] if 0 <= at < len(lines) else ""
    while joined.rstrip().endswith(("\\", "|")) and at + 1 < len(lines) and len(joined) < 4_000:
        at += 1
        joined = f"{joined.rstrip().rstrip(chr(92))} {lines[at].strip()}"
    return joined


def _plain(text: str) -> str:
    """The text without comment lines and heredocs that are only printed."""
    lines = (
        line for line in text.replace("\\\n", " ").split("\n") if not line.lstrip().startswith("#")
    )
    return "\n".join(lines)


_CRON = re.compile(
    r"(?m)^(?!\s*#)[^\n#]*?(?:(?:^|[ \t\"'])(?:[\d*][\d*/,-]*[ \t]+){3}[\d*A-Za-z/,-]+[ \t]+[\d*A-Za-z/,-]+"
    r"|@(?:hourly|daily|midnight|weekly|monthly|every[ \t]+\w+))[ \t]+(\S[^\n]*)$"
)


def scheduled(text: str) -> Iterator[tuple[int, str]]:
    """Line and command of every entry of cron in a text, also where a script or Dockerfile writes it."""
    for found in _CRON.finditer(text):
        yield text.count("\n", 0, found.start(1)) + 1, found[1]


def sends(text: str) -> bool:
    """Whether a script sends files to another machine."""
    return _UPLOADS.search(_plain(text)) is not None
