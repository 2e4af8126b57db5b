"""Reads the security policy that the forge shows: SECURITY.md in .github/, at the git root, or in docs/.

It is told by what it says, in English or Spanish: how to report in private (an address, a form or the forge's own
advisories), how soon somebody answers (a number of hours or days), and which versions are mended. Gaps left to fill in
are no contact.

Not seen: a policy that the whole organisation shares from another repository, whether anybody reads that address, and
how long mending really takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, Trouble, probe
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries

FILE = FactSpec("security_policy.file", FactType.LIST, "The security policy that the forge shows.")
MISSING = FactSpec("security_policy.missing", FactType.LIST, "What it does not say.")

_NAME = re.compile(r"(?i)security(?:[-_]policy)?\.(?:md|rst|txt|adoc)")
_FOLDERS = (".github", "", "docs", ".gitlab")
_LIMIT = 512 * 1024
_GAP = re.compile(
    r"(?i)example\.(?:com|org|net)|\[(?:insert|your|add)[^\]]*\]|<(?:your|insert)[^>]*>|\btodo\b|\btbd\b|changeme|your-org"
)
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?i:/security/advisories|report a vulnerability|private vulnerability reporting)"
    r"|https?://[^\s)>]*(?i:hackerone|bugcrowd|intigriti|yeswehack|security|vulnerab|disclos)[^\s)>]*"
)
_REPORT = re.compile(r"(?i)\breport|\bdisclos|vulnerab|\bnotif|\bcomunic")
_ANSWER = re.compile(
    r"(?i)\b(?:\d+|one|two|three|five|seven|ten|uno|dos|tres|cinco|siete)\s*(?:-\s*\d+\s*)?"
    r"(?:(?:business|working|calendar)\s+)?(?:hours?|days?|weeks?|horas?|d[ií]as?|semanas?)\b"
)
_VERSIONS = re.compile(
    r"(?i)supported|versions? that|compatib|soportad|versiones?\b|latest release|only the last"
)
_PARTS = (
    ("how to report in private", lambda text: _ADDRESS.search(text) and _REPORT.search(text)),
    ("how soon somebody answers", _ANSWER.search),
    ("which versions are mended", _VERSIONS.search),
)


@probe(
    "repo.security_policy",
    title="Security policy",
    needs=[Need.REPOSITORY],
    emits=[FILE, MISSING],
    pure=True,
)
def security_policy(ctx: Context) -> Iterator[Observation]:
    """Without a file both facts are open: forges show the policy of the whole organisation then."""
    seen = Entries((FILE, MISSING))
    path = _path(ctx.repo)
    text = ""
    if path:
        try:
            text = ctx.repo.read(path, limit=_LIMIT).text
        except Trouble as trouble:
            yield trouble.problem(FILE.key, MISSING.key)
            return
    if path:
        seen.add(FILE, path, None, "")
        for what in missing(text):
            seen.add(MISSING, path, None, f"does not say {what}")
    said = "The repository shows no security policy; the organisation may have one for all."
    hint = "Write SECURITY.md, or attest the organisation's policy with a link to it."
    seen.away(said, hint, FILE, MISSING)
    where = path or "searched: SECURITY.md in .github/, at the root and in docs/"
    yield from seen.observations(ctx, ctx.repo.source(where))


def missing(text: str) -> list[str]:
    """What a policy does not say. Lines with gaps left to fill in say nothing."""
    said = "\n".join(line for line in text.splitlines() if not _GAP.search(line))
    return [what for what, says in _PARTS if not says(said)]


def _path(repo: Repo) -> str:
    for folder in _FOLDERS:
        for entry in repo.entries:
            above, _, name = entry.path.rpartition("/")
            if above == folder and _NAME.fullmatch(name):
                return entry.path
    return ""
