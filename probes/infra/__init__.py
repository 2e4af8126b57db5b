"""Probes of container and deployment files, and what those about Docker share.

That is: which files are deployed, what the repository and a build context hold, how Compose builds
images, and whether a health check can fail.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum

from auditor.code.places import SHIPPED, role
from auditor.formats.compose import read
from auditor.formats.compose_model import ComposeFile
from auditor.formats.errors import FormatError, Malformed
from auditor.formats.health_command import is_vacuous
from auditor.formats.word_list import words
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Observation, Problem, ProblemKind, Trouble
from auditor.probing.repo import Repo, glob_pattern

_COMPOSE = re.compile(
    r"(?:.*[-_.])?(?:(?:docker|podman)[-_]?)?compose(?:[-_.].*)?\.ya?ml|docker-stack(?:[-_.].*)?\.ya?ml",
    re.IGNORECASE,
)
_IN_FOLDER = re.compile(r"(?:^|/)compose/[^/]+\.ya?ml$", re.IGNORECASE)
_APART = re.compile(
    r"\.github|(?:example|sample|fixture|doc|demo|benchmark)s?|playground|sandbox"
    r"|(?:.*[-_.])?(?:tests?|testing|e2e|playwright)(?:[-_.].*)?"
)
_DEVELOPMENT = words(
    "dev devel develop development devcontainer debug local test tests testing ci e2e override example"
    " sample demo playground bench benchmark mock seed docs lint"
)
_SETTING = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)")
_SHELL = re.compile(r"(?:/(?:usr/)?bin/)?(?:ba|da|a)?sh\s+-\w*c\s+(.*)", re.DOTALL)
_IDLE = re.compile(
    r"(?:/(?:usr/)?bin/)?(?:ls|pwd|date|whoami|id|uname|hostname|uptime|sleep \S+|(?:echo|printf)\b[^|&;]*)"
    r"|(?:python[\d.]*|node|ruby|perl|php) +-\w +[\"']?(?:import \w+; *)?(?:(?:sys|process|os)\.)?_?"
    r"(?:exit *\(? *0? *\)?|(?:print|puts|console\.log) *\(?[\"'][^\"']*[\"']\)?);?[\"']?"
)
_CLASS = re.compile(r"(\[\^?\w(?:-?\w)*\])")
_BUILD_OUTPUT = re.compile(
    r"(?:.*/)?(?:dist|build|target|out|publish|_build|\.next|node_modules)(?:/.*)?|.*\.(?:jar|war|whl)"
)


class Use(StrEnum):
    """What a file is for: APART are tests, examples, documents and templates."""

    DEPLOYED = "deployed"
    DEVELOPMENT = "development"
    APART = "apart"


def use_of(path: str) -> Use:
    """What a container file is for by its path, which is relative to the service root."""
    *folders, name = path.lower().split("/")
    if role(path) not in SHIPPED or "{{" in path or any(map(_APART.fullmatch, folders)):
        return Use.APART
    if is_development(name) or any(folder.strip(".") in _DEVELOPMENT for folder in folders):
        return Use.DEVELOPMENT
    return Use.DEPLOYED


def is_development(name: str) -> bool:
    """Whether a word of the name of a file, stage or profile says: not for production."""
    return not _DEVELOPMENT.isdisjoint(re.split(r"[^a-z0-9]+", name.lower()))


def always_healthy(command: str) -> bool:
    """Whether a health check reports health whatever happens: `exit 0`, `sh -c true`, `… || true`."""
    wrapped = _SHELL.fullmatch(command.strip())
    inner = wrapped.group(1).strip().strip("\"'") if wrapped else command.strip()
    return is_vacuous(inner) or _IDLE.fullmatch(inner[:5_000]) is not None


def resolve(folder: str, path: str) -> str | None:
    """`path` as written in a file of `folder`, from the git root; None where it leads elsewhere."""
    if path.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", path):
        return None
    joined = posixpath.normpath(posixpath.join(folder, path))
    if joined == ".." or joined.startswith("../"):
        return None
    return "" if joined == "." else joined


@dataclass(slots=True)
class Entries:
    """What a look found, as entries `path:line what` for each fact, and the files it failed on.

    A fact that is a number counts its entries.
    """

    facts: tuple[FactSpec, ...]
    found: dict[str, list[tuple[str, Location]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, fact: FactSpec, path: str, line: int | None, what: str) -> None:
        """One entry of `fact`."""
        place = Location(path=path, line=line)
        self.found.setdefault(fact.key, []).append((f"{place} {what}", place))

    @contextmanager
    def reading(self, path: str, invalid: FactSpec, tool: str) -> Iterator[None]:
        """Takes what reading `path` raises: what `tool` would refuse is an entry of `invalid`, and
        either way the file hides every fact that has no entry without it."""
        try:
            yield
        except Malformed as error:
            self.add(invalid, path, error.line, error.message)
            hint = f"Mend it until `{tool}` accepts it."
            self.problems.append(Problem(ProblemKind.MALFORMED, str(error), hint))
        except FormatError as error:
            self.problems.append(Problem(ProblemKind.TOO_LARGE, str(error), "Split it."))
        except Trouble as trouble:
            self.problems.append(trouble.problem())

    def observations(self, ctx: Context, source: Source) -> Iterator[Observation]:
        """The problems, and every fact that they do not make doubtful."""
        hidden = tuple(fact.key for fact in self.facts if fact.key not in self.found)
        yield from (replace(problem, facts=hidden) for problem in self.problems)
        for fact in self.facts:
            found = self.found.get(fact.key, [])
            texts = [text for text, _ in found]
            if found or not self.problems:
                yield fact.of(
                    texts if fact.type is FactType.LIST else len(texts),
                    level=Level.EFFECTIVE,
                    source=source,
                    locations=[place for _, place in found],
                    produced_at=ctx.observed_at,
                )


class Holdings:
    """What a clone of the repository holds; a build output that git ignores is not in it."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.files = frozenset(repo.by_path)
        self._folders = frozenset(folder for path in self.files for folder in parents(path))
        self._submodules = frozenset(_submodules(repo))

    def holds(self, path: str | None) -> bool:
        """Whether there is a file, folder, submodule or link of that path ("" is the git root)."""
        if not path or path in self.files or path in self._folders:
            return path is not None
        inside = not self._submodules.isdisjoint((path, *parents(path)))
        return inside or self.repo.tree.kind(path) == "link"

    def dockerfile(self, context: str, written: str | None) -> str | None:
        """The Dockerfile that a build uses, where it is there; both cases of its default name."""
        names = [written] if written else ["Dockerfile", "dockerfile"]
        paths = [resolve(context, name) for name in names]
        return next((path for path in paths if self.holds(path)), None)


def parents(path: str) -> Iterator[str]:
    """The folders that `path` lies in, nearest first, the git root ("") last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _submodules(repo: Repo) -> list[str]:
    text = repo.read(".gitmodules").text if ".gitmodules" in repo.by_path else ""
    return re.findall(r"^\s*path\s*=\s*(\S+)\s*$", text, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ComposeBuild:
    """A build that a Compose file asks for; its paths are relative to the git root."""

    file: str
    context: str
    dockerfile: str
    target: str | None
    use: Use


def compose_paths(repo: Repo) -> list[str]:
    """Every Compose file by its name; in a folder `compose`, where any name will do, by its content."""
    found: list[str] = []
    for entry in repo.entries:
        try:
            if _COMPOSE.fullmatch(entry.path.rpartition("/")[2]) or (
                _IN_FOLDER.search(entry.path) and read_compose(repo, entry.path).services
            ):
                found.append(entry.path)
        except (Trouble, FormatError):
            continue
    return found


def read_compose(repo: Repo, path: str) -> ComposeFile:
    """A Compose file with the variables of the `.env` beside it. Raises Trouble and FormatError."""
    beside = posixpath.join(posixpath.dirname(path), ".env")
    settings = repo.read(beside).text if beside in repo.by_path else ""
    lines = (_SETTING.fullmatch(line.strip()) for line in settings.splitlines())
    variables = {found.group(1): found.group(2).strip("\"'") for found in lines if found}
    return read(repo.read(path).data, name=path, variables=variables)


def compose_builds(holdings: Holdings) -> list[ComposeBuild]:
    """How Compose files build this repository's images; a file that cannot be read adds none."""
    found: list[ComposeBuild] = []
    repo = holdings.repo
    for path in compose_paths(repo):
        try:
            services = read_compose(repo, path).services
        except (Trouble, FormatError):
            continue
        for service in services:
            build = service.build
            if build is None or build.remote or build.inline:
                continue
            context = resolve(posixpath.dirname(path), build.context)
            file = None if context is None else holdings.dockerfile(context, build.dockerfile)
            apart = any(map(is_development, service.profiles))
            use = Use.DEVELOPMENT if apart else use_of(repo.below(path))
            if context is not None and file is not None:
                found.append(ComposeBuild(path, context, file, build.target, use))
    return found


class BuildContext:
    """The folder that a build is given, without what its `.dockerignore` leaves out.

    Raises Trouble where the `.dockerignore` cannot be read.
    """

    def __init__(self, holdings: Holdings, folder: str, dockerfile: str) -> None:
        self.folder = folder
        self._holdings = holdings
        self._start = f"{folder}/" if folder else ""
        files = holdings.files
        self._inside = [f[len(self._start) :] for f in files if f.startswith(self._start)]
        self._ignored: list[tuple[bool, re.Pattern[str]]] = []
        names = (f"{dockerfile}.dockerignore", f"{self._start}.dockerignore")
        for name in [name for name in names if name in files][:1]:
            self._ignored = list(_ignore_rules(holdings.repo.read(name).text))

    def lacks(self, source: str, pattern: bool) -> str | None:
        """Why a COPY source is not in the context; None where it is."""
        path = posixpath.normpath("/" + source)[1:]
        named = False
        for file in self._below(path, pattern):
            if not self._leaves_out(file):
                return None
            named = True
        if named:
            return "which .dockerignore leaves out"
        if not pattern and self._holdings.holds((self._start + path).rstrip("/")):
            return None
        if _BUILD_OUTPUT.fullmatch(path):
            return "a build output that the repository does not hold"
        return "which is not there"

    def _below(self, path: str, pattern: bool) -> Iterator[str]:
        """The files of the context that `path` names or holds, relative to the context."""
        if pattern:
            yield from filter(_docker_glob(path).fullmatch, self._inside)
        elif self._start + path in self._holdings.files:
            yield path
        else:
            yield from (f for f in self._inside if not path or f.startswith(path + "/"))

    def _leaves_out(self, path: str) -> bool:
        left_out = False
        for keeps, rule in self._ignored:
            if left_out is keeps and rule.fullmatch(path):
                left_out = not keeps
        return left_out


def _ignore_rules(text: str) -> Iterator[tuple[bool, re.Pattern[str]]]:
    """Whether each line of a `.dockerignore` keeps or leaves out, and what; the last match wins."""
    for rule in map(str.strip, text.splitlines()):
        keeps = rule.startswith("!")
        path = posixpath.normpath("/" + rule.removeprefix("!").strip())[1:]
        if path and not rule.startswith("#"):
            yield keeps, _docker_glob(path)


def _docker_glob(pattern: str) -> re.Pattern[str]:
    """A pattern of Docker, which matters in case, over a path and whatever lies below it."""
    parts = _CLASS.split(pattern)
    parts[::2] = [glob_pattern(part).pattern for part in parts[::2]]
    try:
        return re.compile("".join(parts) + "(?:/.*)?", re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))
