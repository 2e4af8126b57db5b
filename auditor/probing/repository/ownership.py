"""Who owns the files that a gate obeys, by the CODEOWNERS that the forge reads."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from auditor.formats.documents.codeowners import CodeOwners, Forge, OwnerRule
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import load
from auditor.probing.doors.globs import glob_pattern
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_PLACES = {
    Forge.GITHUB: (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    Forge.GITLAB: ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
    Forge.GITEA: ("CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS"),
}
_PIPELINE = re.compile(
    r"\.github/(?:workflows/[^/]+\.ya?ml|actions/.+/action\.ya?ml)|\.gitlab-ci\.yml|\.circleci/config\.ya?ml"
    r"|azure-pipelines\.ya?ml|Jenkinsfile|bitbucket-pipelines\.yml|\.(?:gitea|forgejo)/workflows/[^/]+\.ya?ml"
)
_SETTINGS = ("auditor.yaml", "auditor.yml")
_NAMED = ("attestations", "waivers", "checklist")
_READINESS = re.compile(
    r"readiness/(?:[\w.-]*(?:waivers|attestations|checklist|baseline)[\w.-]*)\.(?:ya?ml|json)"
)


@dataclass(frozen=True, slots=True)
class Matched:
    """A rule, and the expression that its pattern stands for."""

    rule: OwnerRule
    expression: re.Pattern[str]


def forge_of(repo: Repo) -> Forge:
    """The forge that the repository is for, by the pipelines in it."""
    folders = {path.partition("/")[0] for path in repo.by_path}
    if ".github" in folders:
        return Forge.GITHUB
    if ".gitlab-ci.yml" in repo.by_path or ".gitlab" in folders:
        return Forge.GITLAB
    return Forge.GITEA if folders & {".gitea", ".forgejo"} else Forge.GITHUB


def places(repo: Repo, forge: Forge) -> tuple[str, list[str]]:
    """The file that the forge reads ("" for none), and others that look like one."""
    read = next((p for p in _PLACES[forge] if p in repo.by_path), "")
    every = [p for p in repo.by_path if posixpath.basename(p).upper() == "CODEOWNERS"]
    return read, sorted(p for p in every if p != read)


def rule_files(repo: Repo, owners: str) -> list[str]:
    """The files of the repository that a gate obeys: pipelines, auditor.yaml and what it names, readiness/."""
    found = {p for p in repo.by_path if _PIPELINE.fullmatch(p)} | ({owners} if owners else set())
    for entry in repo.entries:
        below = repo.below(entry.path)
        if _READINESS.fullmatch(below) or _READINESS.fullmatch(entry.path):
            found.add(entry.path)
    for base in {repo.root, ""}:
        for name in _SETTINGS:
            path = posixpath.join(base, name) if base else name
            if path in repo.by_path:
                found |= {path, *_named(repo, path, base)}
    return sorted(found)


def _named(repo: Repo, path: str, base: str) -> Iterator[str]:
    """The files that the auditor's settings name."""
    try:
        keys = mapping_of(load(repo.read(path).data, name=path).value)
    except (FormatError, Trouble):
        return  # the file counts itself; that it cannot be read the auditor says before
    for key in _NAMED:
        written = text_of(keys.get(key)) or ""
        joined = posixpath.normpath(posixpath.join(base, written)) if written else ""
        if joined in repo.by_path:
            yield joined


def matched(read: CodeOwners) -> list[Matched]:
    """The rules with their expressions; one whose pattern cannot be read is left out."""
    return [Matched(rule, made) for rule in read.rules if (made := expression(rule.pattern))]


@lru_cache(maxsize=4096)
def expression(pattern: str) -> re.Pattern[str] | None:
    """The paths that a pattern of CODEOWNERS stands for; None for one that is too wild."""
    text = re.sub(r"\\(.)", r"\1", pattern).replace("{", "?").replace("}", "?")
    bare = text.strip("/")
    if not bare:
        return re.compile(".*", re.DOTALL)
    anchored = text.startswith("/") or "/" in text.rstrip("/")
    body = bare if anchored else f"**/{bare}"
    if text.endswith("/"):
        globs = [f"{body}/**"]
    elif bare.rpartition("/")[2] == "*" and anchored:
        globs = [body]  # of a folder `x/*` only what lies in it directly
    else:
        globs = [body, f"{body}/**"]
    try:
        made = "|".join(f"(?:{glob_pattern(one).pattern})" for one in globs)
    except Trouble:
        return None
    return re.compile(made, re.DOTALL)


def owners_of(path: str, rules: list[Matched]) -> tuple[str, ...]:
    """The owners whose approval a change of a file needs: of each section its last rule that matches."""
    last: dict[str, OwnerRule] = {}
    for one in rules:
        if one.expression.fullmatch(path):
            last[one.rule.section] = one.rule
    return tuple(o for rule in last.values() if not rule.optional for o in rule.owners)


def unmatched(repo: Repo, rules: list[Matched]) -> Iterator[OwnerRule]:
    """Rules whose pattern matches no file of the repository."""
    paths = list(repo.by_path)
    for one in rules:
        if not any(one.expression.fullmatch(path) for path in paths):
            yield one.rule
