"""Reads what keeps dependencies new: the configurations of Dependabot and Renovate, where the forge reads them.

Dependabot: .github/dependabot.yml, entry by entry. Renovate: renovate.json and its like at the git root, in .github/ or
.gitlab/, or the key `renovate` of package.json; it takes every ecosystem unless it is told otherwise. A configuration
that is broken, switched off, or may open no pull request keeps nothing new.

Not seen: whether the bot is installed, whether its pull requests are merged, and settings that a shared preset holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import load
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, Trouble, probe
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries

BOTS = FactSpec(
    "dependency_updates.bots", FactType.LIST, "What proposes new versions, and of which ecosystems."
)
INEFFECTIVE = FactSpec(
    "dependency_updates.ineffective", FactType.LIST, "Configurations that propose nothing."
)
UNCOVERED = FactSpec(
    "dependency_updates.uncovered",
    FactType.LIST,
    "Ecosystems of the service that no configuration names.",
)
_DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")
_RENOVATE = re.compile(r"(?:\.github/|\.gitlab/)?(?:renovate\.json5?|\.renovaterc(?:\.json5?)?)")
_LIMIT = 1024 * 1024
_ECOSYSTEMS = (
    ("pip", ("pyproject.toml", "requirements*.txt", "Pipfile", "setup.py"), ("pip", "uv")),
    ("npm", ("package.json",), ("npm", "bun", "pnpm", "yarn")),
    ("gomod", ("go.mod",), ("gomod",)),
    ("maven", ("pom.xml",), ("maven",)),
    ("gradle", ("build.gradle", "build.gradle.kts"), ("gradle",)),
    ("cargo", ("Cargo.toml",), ("cargo",)),
    ("bundler", ("Gemfile",), ("bundler",)),
    ("composer", ("composer.json",), ("composer",)),
    ("nuget", ("*.csproj", "*.fsproj"), ("nuget",)),
    ("docker", ("Dockerfile", "*.Dockerfile"), ("docker", "docker-compose")),
)


@probe(
    "repo.dependency_updates",
    title="Updates of dependencies",
    needs=[Need.REPOSITORY],
    emits=[BOTS, INEFFECTIVE, UNCOVERED],
    pure=True,
)
def dependency_updates(ctx: Context) -> Iterator[Observation]:
    """A configuration that cannot be read leaves every fact open that nothing else tells."""
    repo = ctx.repo
    seen = Entries((BOTS, INEFFECTIVE, UNCOVERED))
    covered: set[str] = set()
    for path in _DEPENDABOT:
        if path in repo.by_path:
            with seen.reading(path, INEFFECTIVE, "Dependabot"):
                covered |= _dependabot(repo, path, seen)
    for path in [e.path for e in repo.entries if _RENOVATE.fullmatch(e.path)]:
        try:
            if _renovate(path, repo.read(path, limit=_LIMIT).text, seen):
                covered.add("*")
        except Trouble as trouble:
            seen.problems.append(trouble.problem())
    if _in_package(repo, seen):
        covered.add("*")
    for name, manifests, keys in _ECOSYSTEMS:
        found = repo.find(*manifests)
        if found and "*" not in covered and covered.isdisjoint(keys):
            seen.add(UNCOVERED, found[0].path, None, f"is of {name}, which nothing keeps new")
    source = repo.source("searched: .github/dependabot.yml, renovate.json and its like")
    yield from seen.observations(ctx, source)


def _dependabot(repo: Repo, path: str, seen: Entries) -> set[str]:
    """The ecosystems that may get pull requests. Raises Trouble and FormatError."""
    document = load(repo.read(path, limit=_LIMIT).data, name=path)
    top = mapping_of(document.value)
    entries = list_of(top.get("updates"))
    if not entries:
        seen.add(INEFFECTIVE, path, 1, "lists no `updates`")
    found: set[str] = set()
    for at, one in enumerate(entries):
        entry = mapping_of(one)
        line = document.line(("updates", at))
        name = text_of(entry.get("package-ecosystem")) or ""
        folders = (text_of(entry.get("directory")), *texts_of(entry.get("directories")))
        schedule = text_of(mapping_of(entry.get("schedule")).get("interval"))
        if not name or not any(folders) or not (schedule or entry.get("multi-ecosystem-group")):
            seen.add(INEFFECTIVE, path, line, "lacks ecosystem, directory or schedule")
        elif text_of(entry.get("open-pull-requests-limit")) == "0":
            seen.add(INEFFECTIVE, path, line, f"may open no pull request for {name}")
        else:
            seen.add(BOTS, path, line, f"Dependabot: {name}, {schedule or 'in a group'}")
            found.add(name)
    return found


def _renovate(path: str, text: str, seen: Entries) -> bool:
    """Whether Renovate proposes anything. JSON5 is told by its words: comments may stand anywhere."""
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        if not path.endswith("5"):
            seen.add(INEFFECTIVE, path, None, "is not valid JSON, so Renovate reads nothing of it")
            return False
        body = {"enabled": not _is_off(text)}
    return _works(path, body, seen)


def _is_off(text: str) -> bool:
    """Whether JSON5 says `enabled: false` at its top, and not of some packages alone."""
    bare = re.sub(r"/\*.*?\*/|(?m:^[ \t]*//[^\n]*)", "", text, flags=re.S)
    offs = re.finditer(r"""["']?\benabled["']?\s*:\s*false\b""", bare)
    return any(bare[: o.start()].count("{") - bare[: o.start()].count("}") == 1 for o in offs)


def _works(path: str, body: Any, seen: Entries) -> bool:
    if not isinstance(body, dict) or not body:
        seen.add(INEFFECTIVE, path, None, "holds no configuration of Renovate")
        return False
    if body.get("enabled") is False or body.get("dependencyDashboardApproval") is True:
        seen.add(INEFFECTIVE, path, None, "lets Renovate propose nothing by itself")
        return False
    seen.add(BOTS, path, None, "Renovate: every ecosystem that it knows")
    return True


def _in_package(repo: Repo, seen: Entries) -> bool:
    if "package.json" not in repo.by_path:
        return False
    try:
        body = json.loads(repo.read("package.json", limit=_LIMIT).text)
    except (Trouble, ValueError, RecursionError, FormatError):
        return False  # what is wrong with it is told by those who need it
    found = body.get("renovate") if isinstance(body, dict) else None
    return found is not None and _works("package.json", found, seen)
