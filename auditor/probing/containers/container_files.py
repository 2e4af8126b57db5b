"""What the repository says of container files: which are deployed, what they name, how Compose builds."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from auditor.code.languages import PATHS
from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.containers.build_context import BuildContext, IgnoreRules
from auditor.formats.containers.compose import read
from auditor.formats.containers.compose_model import Build, ComposeFile, Service
from auditor.formats.text.errors import FormatError
from auditor.formats.text.word_list import words
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_COMPOSE = re.compile(
    r"(?:.*[-_.])?(?:(?:docker|podman)[-_]?)?compose(?:[-_.].*)?\.ya?ml|docker-stack(?:[-_.].*)?\.ya?ml",
    re.IGNORECASE,
)
_IN_FOLDER = re.compile(r"(?:^|/)compose/[^/]+\.ya?ml$", re.IGNORECASE)
_APART = re.compile(
    r"\.(?:github|gitlab|circleci|azuredevops|azure-pipelines|buildkite)|(?:example|sample|fixture|doc|demo|benchmark)s?|playground|sandbox"
    r"|(?:.*[-_.])?(?:tests?|testing|e2e|playwright)(?:[-_.].*)?"
)
_DEVELOPMENT = words(
    "dev devel develop development devcontainer debug local test tests testing ci e2e override example"
    " sample demo playground bench benchmark mock seed docs lint gitpod codespaces vscode okteto"
)
_SETTING = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)")


class Use(StrEnum):
    """What a file is for: APART are tests, examples, documents and templates."""

    DEPLOYED = "deployed"
    DEVELOPMENT = "development"
    APART = "apart"


@lru_cache(maxsize=PATHS)
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


def resolve(folder: str, path: str) -> str | None:
    """`path` as written in a file of `folder`, from the git root; None where it leads elsewhere."""
    if path.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", path):
        return None
    joined = posixpath.normpath(posixpath.join(folder, path))
    if joined == ".." or joined.startswith("../"):
        return None
    return "" if joined == "." else joined


def parents(path: str) -> Iterator[str]:
    """The folders that `path` lies in, nearest first, the git root ("") last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _folders(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        for folder in parents(path):
            if folder in found:
                break
            found.add(folder)
    return found


@dataclass(frozen=True, slots=True)
class ComposeBuild:
    """A build that a Compose file asks for; its paths are relative to the git root."""

    file: str
    context: str
    dockerfile: str
    target: str | None
    use: Use
    image: str | None = None


class Holdings:
    """What a clone of the repository holds; a build output that git ignores is not in it."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.files = repo.once("paths", lambda: frozenset(repo.by_path))
        self._folders = repo.once("folders", lambda: frozenset(_folders(self.files)))
        self._ignore_rules: dict[str, IgnoreRules] = {}

    def holds(self, path: str | None) -> bool:
        """Whether there is a file, folder, submodule or link of that path ("" is the git root)."""
        if not path or path in self.files or path in self._folders:
            return path is not None
        inside = not self._submodules.isdisjoint((path, *parents(path)))
        return inside or self.repo.tree.kind(path) == "link"

    def ignores(self, path: str) -> bool:
        """Whether a `.gitignore` leaves `path` out; the nearest one goes first. Raises Trouble."""
        for folder in parents(path):
            name = posixpath.join(folder, ".gitignore")
            if name not in self.files:
                continue
            if name not in self._ignore_rules:
                self._ignore_rules[name] = IgnoreRules(self.repo.read(name).text, nested=True)
            below = path[len(folder) + 1 :] if folder else path
            said = self._ignore_rules[name].leave_out(below)
            if said is not None:
                return said
        return False

    def dockerfile(self, context: str, written: str | None) -> str | None:
        """The Dockerfile that a build uses, where it is there; both cases of its default name."""
        names = [written] if written else ["Dockerfile", "dockerfile"]
        paths = [resolve(context, name) for name in names]
        return next((path for path in paths if self.holds(path)), None)

    def context(self, folder: str, dockerfile: str) -> BuildContext:
        """What a build of `dockerfile` in `folder` is given. Raises Trouble."""
        start = f"{folder}/" if folder else ""
        names = (f"{dockerfile}.dockerignore", f"{start}.dockerignore")
        text = next((self.repo.read(name).text for name in names if name in self.files), "")
        return BuildContext(
            folder,
            frozenset(f[len(start) :] for f in self.files if f.startswith(start)),
            IgnoreRules(text),
            holds=lambda path: self.holds((start + path).rstrip("/")),
            untracked=lambda path: self.ignores(start + path),
        )

    @cached_property
    def compose_builds(self) -> list[ComposeBuild]:
        """How Compose files build this repository's images; a file that cannot be read adds none."""
        found: list[ComposeBuild] = []
        for path in compose_paths(self.repo):
            try:
                services = read_compose(self.repo, path).services
            except (Trouble, FormatError):
                continue
            made = (self._made(path, s, s.build) for s in services if s.build is not None)
            found += [build for build in made if build is not None]
        return found

    def _made(self, path: str, service: Service, build: Build) -> ComposeBuild | None:
        if build.remote or build.inline:
            return None
        context = resolve(posixpath.dirname(path), build.context)
        file = None if context is None else self.dockerfile(context, build.dockerfile)
        apart = any(map(is_development, service.profiles))
        use = Use.DEVELOPMENT if apart else use_of(self.repo.below(path))
        if context is None or file is None:
            return None
        image = service.image.text if service.image else None
        return ComposeBuild(path, context, file, build.target, use, image)

    @cached_property
    def _submodules(self) -> frozenset[str]:
        name = ".gitmodules"
        text = self.repo.read(name).text if name in self.files else ""
        return frozenset(re.findall(r"^\s*path\s*=\s*(\S+)\s*$", text, re.MULTILINE))


def compose_paths(repo: Repo) -> list[str]:
    """Every Compose file by its name; in a folder `compose`, where any name will do, by its content."""
    return list(repo.once("compose files", lambda: _compose_paths(repo)))


def _compose_paths(repo: Repo) -> list[str]:
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
    variables = {"PWD": "."}  # where Compose is started: beside the file, as far as a file can tell
    variables |= {found.group(1): found.group(2).strip("\"'") for found in lines if found}
    return read(repo.read(path).data, name=path, variables=variables)
