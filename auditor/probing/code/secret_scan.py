"""Finds secrets in many texts: candidate lines only go to detect-secrets, and each answer is judged.

The scanner sees a private copy whose names and first line are ours, so that no name, configuration,
baseline or comment of the target changes how it reads, and the network stays untouched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache as cache_once
from pathlib import Path

from auditor.formats.scanners.detect_secrets_json import parse
from auditor.formats.secrets import secret_line, secret_text, secret_value
from auditor.formats.secrets.secret_line import Hit, inspect, is_allowed, with_digest
from auditor.formats.secrets.secret_text import Candidate, candidates, is_settings, joined
from auditor.model.evidence import ProblemKind, Source
from auditor.probing.command import Command
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.trouble import Trouble

_TOOL = "detect-secrets"
_KEYWORD = "Secret Keyword"
# Left out: what drowns real repositories (entropy alone, any address, any 32 letters), and what the
# judgement below reads itself with the text around it.
_DISABLED = (
    "Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector", "ArtifactoryDetector",
    "TwilioKeyDetector", "IbmCloudIamDetector", "IbmCosHmacDetector", "SoftlayerDetector", "CloudantDetector",
    "TelegramBotTokenDetector", "JwtTokenDetector", "BasicAuthDetector", "PrivateKeyDetector",
)  # fmt: skip
_FILTERS = (
    "allowlist.is_line_allowlisted", "heuristic.is_swagger_file", "heuristic.is_lock_file",
    "heuristic.is_indirect_reference", "heuristic.is_potential_uuid", "heuristic.is_likely_id_string",
)  # fmt: skip
_ARGUMENTS = (
    "scan", "--all-files", "--no-verify",
    *(word for name in _DISABLED for word in ("--disable-plugin", name)),
    *(f"--disable-filter=detect_secrets.filters.{name}" for name in _FILTERS),
    ".",
)  # fmt: skip
_TIMEOUT_S = 200.0
_MOST_LINES = 400_000
_PER_TEXT = 20_000


_Hits = list[tuple[int, Hit]]


@dataclass(frozen=True, slots=True)
class Found:
    """One secret or stand-in: where, which rule saw it, the digest of its value, never the value.

    `allowed` where a comment asks scanners to overlook it; `version` is the blob, "" in the work tree.
    """

    path: str
    line: int
    rule: str
    digest: str
    stand_in: bool
    allowed: bool
    version: str = ""


@dataclass(slots=True)
class Lines:
    """The candidate lines of one text."""

    path: str
    version: str
    found: list[Candidate]


@dataclass(slots=True)
class Pile:
    """Texts as they come in, reduced to what may matter; `full` once no more is taken."""

    texts: list[Lines] = field(default_factory=list)
    lines: int = 0
    full: bool = False

    def add(self, path: str, data: bytes, version: str = "") -> None:
        """Take a text."""
        found: list[Candidate] = []
        for one in candidates(data):
            if len(found) >= _PER_TEXT or self.lines + len(found) >= _MOST_LINES:
                self.full = True
                break
            found.append(one)
        self.lines += len(found)
        if found:
            self.texts.append(Lines(path, version, found))


def scan(
    command: Command, pile: Pile, *, observed_at: str, cache: Cache | None = None
) -> tuple[list[Found], Source]:
    """Every secret and stand-in in the texts, in order, each once per place. Raises Trouble.

    What the candidate lines of a text gave before is taken from `cache`.
    """
    cache = cache or Cache()
    run = command.run([_TOOL, "--version"], timeout_s=60, keep=False)
    if run.exit_code != 0:
        raise Trouble(ProblemKind.CRASHED, f"{_TOOL} does not start: {run.error_text}")
    version = run.stdout.decode("utf-8", "replace").strip()[:20]
    maker = f"{_TOOL} {version} {' '.join(_ARGUMENTS)} {_rules()}"
    keys = [_key(text) for text in pile.texts]
    kept = {key: _unpacked(data) for key, data in cache.get(maker, keys).items()}
    fresh = [t for t, key in zip(pile.texts, keys, strict=True) if kept.get(key) is None]
    made, source = _fresh(command, fresh, version)
    cache.put(maker, {_key(text): _packed(hits) for text, hits in zip(fresh, made, strict=True)})
    new = {id(text): hits for text, hits in zip(fresh, made, strict=True)}
    found = [
        _found(text, text.found[at], hit)
        for text, key in zip(pile.texts, keys, strict=True)
        for at, hit in new.get(id(text)) or kept.get(key) or []
    ]
    return _once(found), replace(source or run.source, observed_at=observed_at or None)


def _fresh(command: Command, texts: list[Lines], version: str) -> tuple[list[_Hits], Source | None]:
    """The hits of each text by position of the candidate line, and the run; no run where none is asked."""
    if not texts:
        return [], None
    names = {f"t{at}{_ending(text.path)}": at for at, text in enumerate(texts)}
    ran = command.run(
        [_TOOL, *_ARGUMENTS],
        timeout_s=_TIMEOUT_S,
        files={name: joined(one.text for one in texts[at].found) for name, at in names.items()},
        tool=_TOOL,
        tool_version=version,
        keep=False,  # it prints digests of values, some of which can be guessed
    )
    if ran.exit_code != 0:
        raise Trouble(
            ProblemKind.CRASHED, f"{_TOOL} ended with exit code {ran.exit_code}: {ran.error_text}"
        )
    made = [_inspected(text) for text in texts]
    seen = [{at for at, _ in hits} for hits in made]
    for secret in parse(ran.stdout).secrets:
        number = names.get(secret.path.removeprefix("./"))
        if number is None or secret.line is None:
            continue
        at = secret.line - 2
        if not 0 <= at < len(texts[number].found) or at in seen[number]:
            continue
        real = with_digest(texts[number].found[at].text, secret.digest)
        if secret.type == _KEYWORD and not real:
            continue
        made[number].append((at, Hit(secret.type, real is False, secret.digest)))
    return made, ran.source


def _key(text: Lines) -> str:
    """Of all that the hits of a text depend on: its candidate lines, and how its name has it read."""
    whole = hashlib.sha256(f"{_ending(text.path)} {is_settings(text.path)}".encode())
    for one in text.found:
        for part in (one.text, one.following):
            whole.update(part if isinstance(part, bytes) else part.encode("utf-8", "replace"))
            whole.update(b"\0")
        whole.update(b"\1")
    return whole.hexdigest()


@cache_once
def _rules() -> str:
    """Changes whenever the judgement does: results that an older one gave are not taken."""
    modules = (secret_line, secret_text, secret_value)
    return hashlib.sha256(
        b"".join(Path(str(m.__file__)).read_bytes() for m in modules)
    ).hexdigest()[:16]


def _packed(hits: _Hits) -> bytes:
    return json.dumps([[at, h.rule, h.stand_in, h.digest] for at, h in hits]).encode()


def _unpacked(data: bytes) -> _Hits | None:
    try:
        rows = json.loads(data)
        return [
            (int(at), Hit(str(rule), bool(aside), str(digest))) for at, rule, aside, digest in rows
        ]
    except (ValueError, TypeError):
        return None


def _ending(path: str) -> str:
    """What makes detect-secrets read a copy as settings (values may be bare) or as source."""
    if is_settings(path):
        return ".conf"
    return ".go" if path.endswith(".go") else ".js"


def _inspected(text: Lines) -> _Hits:
    settings = is_settings(text.path)
    return [
        (at, hit)
        for at, one in enumerate(text.found)
        for hit in inspect(one.text, one.following, settings=settings)
    ]


def _found(text: Lines, one: Candidate, hit: Hit) -> Found:
    return Found(
        path=text.path,
        line=one.line,
        rule=hit.rule,
        digest=hit.digest,
        stand_in=hit.stand_in,
        allowed=is_allowed(one.text, one.before),
        version=text.version,
    )


def _once(found: Iterable[Found]) -> list[Found]:
    by_place = {(one.path, one.line, one.digest, one.version): one for one in found}
    return sorted(by_place.values(), key=lambda one: (one.path, one.line, one.rule, one.version))
