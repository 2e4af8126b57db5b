"""Reads a CODEOWNERS file as GitHub, GitLab or Gitea read it: rules, sections, and the lines that they pass over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.formats.text.errors import TooLarge
from auditor.formats.text.text_file import decode

LIMIT = 3 * 1024 * 1024
"""The largest file that GitHub reads, in bytes."""

_LONGEST = 20_000
_MOST_RULES = 20_000
_OWNER = re.compile(
    r"@[A-Za-z0-9](?:[\w.-]*[\w])?(?:/[\w.-]+)*|[^\s@]{1,200}@[^\s@]{1,200}\.[^\s@]{1,80}"
)
_ROLE = re.compile(r"@@(?:developer|maintainer|owner)s?")
_PLACEHOLDER = re.compile(
    r"(?i)@(?:(?:your|my|the|some)[-_]?(?:org\w*|company|team|user\w*|name|group|github\w*)|example(?:[-_]\w+)?"
    r"|acme(?:[-_](?:org|corp|inc))?|placeholder|todo|tbd|changeme|x{3,}|user(?:name)?\d?|owner\d?|org(?:anization)?)"
    r"(?:/.*)?|[^@]+@example\.(?:com|org|net)|@[^/]+/(?:your|my)[-_]\w+|.*<.*>.*"
)
_SECTION = re.compile(r"(\^?)\[([^\]]+)\](?:\[(\d+)\])?(.*)")
_WORDS = re.compile(r"(?:\\.|[^\s\\])+")


class Forge(StrEnum):
    """Whose rules apply."""

    GITHUB = "GitHub"
    GITLAB = "GitLab"
    GITEA = "Gitea"


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """A pattern and who owns what it matches (nobody, where that is written); `section` and whether its
    approval is only optional are GitLab's."""

    pattern: str
    owners: tuple[str, ...]
    line: int
    section: str = ""
    optional: bool = False


@dataclass(slots=True)
class CodeOwners:
    """The rules in their order; `faults` are lines, and why the forge passes over what stands there."""

    rules: list[OwnerRule] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)


def read(data: bytes, *, path: str, forge: Forge = Forge.GITHUB) -> CodeOwners:
    """The rules of a file. Raises Malformed and TooLarge."""
    found = CodeOwners()
    section, optional = "", False
    defaults: tuple[str, ...] = ()
    for at, line in enumerate(decode(data, name=path, limit=LIMIT).text.split("\n"), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if len(text) > _LONGEST:
            found.faults.append((at, f"a line of more than {_LONGEST:,} characters"))
            continue
        header = _SECTION.fullmatch(text) if forge is Forge.GITLAB else None
        if header is not None:
            section, optional = header[2].strip().lower(), bool(header[1])
            defaults = _owners(header[4].split(), at, found, forge)
            continue
        if len(found.rules) >= _MOST_RULES:
            raise TooLarge(f"{path} has more than {_MOST_RULES:,} rules.", line=at)
        pattern, *words = _WORDS.findall(text) or [text]
        why = _refused(pattern, forge)
        if why:
            found.faults.append((at, f"{pattern[:100]} {why}"))
            continue
        comment = next((n for n, word in enumerate(words) if word.startswith("#")), len(words))
        owners = _owners(words[:comment], at, found, forge)
        if words[:comment] and not owners:
            continue  # every owner is at fault, and told
        found.rules.append(
            OwnerRule(pattern.replace("\\ ", " "), owners or defaults, at, section, optional)
        )
    return found


def _owners(words: list[str], line: int, found: CodeOwners, forge: Forge) -> tuple[str, ...]:
    """The owners that the forge takes; the others are faults."""
    good: list[str] = []
    for word in words:
        if _PLACEHOLDER.fullmatch(word[:300]):
            found.faults.append((line, f"the owner {word[:100]} is a placeholder"))
        elif _OWNER.fullmatch(word[:500]) or (forge is Forge.GITLAB and _ROLE.fullmatch(word)):
            good.append(word)
        else:
            found.faults.append((line, f"{word[:100]} is no @user, @group/team or address"))
    return tuple(good)


def _refused(pattern: str, forge: Forge) -> str:
    """Why a forge passes over a pattern; "" where it takes it."""
    if forge is Forge.GITHUB and pattern.startswith("!"):
        return "negates a pattern, which GitHub does not know here"
    if forge is Forge.GITHUB and "[" in pattern and "]" in pattern:
        return "has a range of characters, which GitHub does not know here"
    if len(pattern) > 1_000 or pattern.count("*") > 20:
        return "is too long or too wild to be a path"
    return ""
