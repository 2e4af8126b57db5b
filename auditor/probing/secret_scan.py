"""Finds secrets in many texts: candidate lines only go to detect-secrets, and each answer is judged.

The scanner sees a private copy whose names and first line are ours, so that no name, configuration,
baseline or comment of the target changes how it reads, and the network stays untouched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from auditor.formats.detect_secrets_json import parse
from auditor.formats.secret_line import Hit, inspect, is_allowed, with_digest
from auditor.formats.secret_text import Candidate, candidates, is_settings, joined
from auditor.model.evidence import ProblemKind, Source
from auditor.probing.command import Command
from auditor.probing.trouble import Trouble

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
_TIMEOUT_S = 200.0
_MOST_LINES = 400_000
_PER_TEXT = 20_000


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


def scan(command: Command, pile: Pile, *, observed_at: str) -> tuple[list[Found], Source]:
    """Every secret and stand-in in the texts, in order, each once per place. Raises Trouble."""
    names = {f"t{at}{_ending(text.path)}": text for at, text in enumerate(pile.texts)}
    version = command.run([_TOOL, "--version"], timeout_s=60, keep=False)
    ran = command.run(
        [
            _TOOL, "scan", "--all-files", "--no-verify",
            *(word for name in _DISABLED for word in ("--disable-plugin", name)),
            *(f"--disable-filter=detect_secrets.filters.{name}" for name in _FILTERS),
            ".",
        ],
        timeout_s=_TIMEOUT_S,
        files={name: joined(one.text for one in text.found) for name, text in names.items()},
        tool=_TOOL,
        tool_version=version.stdout.decode("utf-8", "replace").strip()[:20],
        keep=False,  # it prints digests of values, some of which can be guessed
    )  # fmt: skip
    if ran.exit_code != 0:
        raise Trouble(
            ProblemKind.CRASHED, f"{_TOOL} ended with exit code {ran.exit_code}: {ran.error_text}"
        )
    seen = [found for text in pile.texts for found in _inspected(text)]
    places = {(found.path, found.line, found.version) for found in seen}
    for secret in parse(ran.stdout).secrets:
        text = names.get(secret.path.removeprefix("./"))
        if text is None or secret.line is None or not 2 <= secret.line <= len(text.found) + 1:
            continue
        candidate = text.found[secret.line - 2]
        if (text.path, candidate.line, text.version) in places:
            continue
        real = with_digest(candidate.text, secret.digest)
        if secret.type == _KEYWORD and not real:
            continue
        seen.append(_found(text, candidate, Hit(secret.type, real is False, secret.digest)))
    return _once(seen), replace(ran.source, observed_at=observed_at or None)


def _ending(path: str) -> str:
    """What makes detect-secrets read a copy as settings (values may be bare) or as source."""
    if is_settings(path):
        return ".conf"
    return ".go" if path.endswith(".go") else ".js"


def _inspected(text: Lines) -> Iterable[Found]:
    settings = is_settings(text.path)
    for one in text.found:
        for hit in inspect(one.text, one.following, settings=settings):
            yield _found(text, one, hit)


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
