"""The Terraform of a service: which folders are applied by themselves, and which modules they take."""

from __future__ import annotations

import posixpath
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from auditor.formats.terraform import terraform_config, terragrunt
from auditor.formats.terraform.terraform_config import (
    Backend,
    Call,
    Provider,
    Resource,
    TerraformFile,
)
from auditor.probing.containers.container_files import Use, parents, resolve, use_of
from auditor.probing.contract import FactSpec
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries

LOCK = ".terraform.lock.hcl"
_SOURCE = re.compile(r"[^/]+\.(?:tf|tofu)")
_VALUES = re.compile(r"[^/]+\.tfvars")
_JSON = re.compile(r"[^/]+\.(?:tf|tofu|tfvars)\.json")
_ANY_SOURCE = re.compile(r"[^/]+\.(?:tf|tofu)(?:\.json)?")
_GRUNT = ("terragrunt.hcl", "root.hcl")
_SHARED = re.compile(r"(?:^|/)modules?(?:/|$)")
_DEPLOYMENT = re.compile(
    r"(?i)(?:\.?/|^)(?:terraform|tofu|opentofu|tf|infra[a-z]*|iac|deploy[a-z]*|ops|devops|cloud|platform|aws"
    r"|gcp|azure|environments?|envs|live|stacks?)(?:/|$)"
)
_DEEPEST = 12


@dataclass(slots=True)
class Folder:
    """One folder of configuration: what Terraform takes as one module."""

    path: str
    files: list[TerraformFile] = field(default_factory=list)
    values: list[TerraformFile] = field(default_factory=list)
    lock: str | None = None

    @property
    def calls(self) -> Iterator[tuple[TerraformFile, Call]]:
        """The modules that it takes, with the file that says so."""
        return ((file, call) for file in self.files for call in file.calls)

    @property
    def backend(self) -> tuple[str, Backend] | None:
        """Where its state is kept, and the file that says so."""
        return next(((f.path, f.backend) for f in self.files if f.backend), None)


@dataclass(slots=True)
class Tree:
    """A folder that is applied by itself, with the modules of the repository below it.

    `units` are the files of Terragrunt that apply it; without `folders` they apply a module from elsewhere.
    """

    root: Folder
    folders: list[Folder]
    units: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The folder, "." for the git root."""
        return self.root.path or "."

    @property
    def resources(self) -> Iterator[tuple[str, Resource]]:
        """Every resource with its file, once however often its module is taken."""
        return ((f.path, r) for folder in self.folders for f in folder.files for r in f.resources)

    @property
    def remote_calls(self) -> Iterator[tuple[str, Call]]:
        """Uses of modules from elsewhere."""
        every = (pair for folder in self.folders for pair in folder.calls)
        return ((file.path, call) for file, call in every if call.source and not call.local)

    @property
    def makes(self) -> bool:
        """Whether it has anything to apply, or to look up."""
        one = next(self.resources, None) or next(self.remote_calls, None)
        return one is not None or not self.folders

    @property
    def needed(self) -> dict[str, list[Provider]]:
        """What is required of each provider that is used, by its local name."""
        found: dict[str, list[Provider]] = {}
        for folder in self.folders:
            for file in folder.files:
                for one in file.providers:
                    found.setdefault(one.name, []).append(one)
                for name in (*file.configures, *(r.provider for r in file.resources)):
                    found.setdefault(name, [])
        return {name: found[name] for name in sorted(found) if name != "terraform"}


@dataclass(slots=True)
class TerraformLook:
    """What was found; `unread` are files of JSON, `left` folders that are for development."""

    trees: list[Tree] = field(default_factory=list)
    unused: list[Folder] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    grunt: list[terragrunt.Unit] = field(default_factory=list)

    def backend(self, tree: Tree) -> tuple[str, Backend] | None:
        """Where the state of a tree is kept, by itself or by Terragrunt above or beside it."""
        if tree.root.backend is not None:
            return tree.root.backend
        near = {
            posixpath.dirname(path) for path in (*tree.units, f"{tree.root.path}/x".lstrip("/"))
        }
        above = {folder for one in near for folder in (one, *parents(one))}
        for unit in self.grunt:
            if unit.backend is not None and posixpath.dirname(unit.path) in above:
                return unit.path, unit.backend
        return None


_LOCK = threading.Lock()
_PARSED: WeakKeyDictionary[Repo, dict[str, TerraformFile]] = WeakKeyDictionary()


def _parsed(repo: Repo, path: str, data: bytes) -> TerraformFile:
    """One file of the repository, parsed once for all probes that look; raises FormatError each time."""
    with _LOCK:
        known = _PARSED.setdefault(repo, {})
        if path not in known:
            known[path] = terraform_config.read(data, path=path)
        return known[path]


def look_at_terraform(repo: Repo, seen: Entries, invalid: FactSpec) -> TerraformLook:
    """Finds and sorts the configuration; what cannot be read goes into `seen`."""
    return _Finder(repo, seen, invalid).find()


class _Finder:
    def __init__(self, repo: Repo, seen: Entries, invalid: FactSpec) -> None:
        self._repo = repo
        self._seen = seen
        self._invalid = invalid
        self._folders: dict[str, Folder] = {}

    def find(self) -> TerraformLook:
        look = TerraformLook()
        for path in self._paths():
            self._take(path, look)
        called = {below for one in self._folders.values() for below in self._called(one)}
        units = self._units(look)
        applied = [one for one in self._folders.values() if self._is_root(one, called, units)]
        trees = [Tree(one, self._below(one), units.get(one.path, [])) for one in applied]
        known = {unit for paths in units.values() for unit in paths}
        for unit in look.grunt:
            if unit.source and unit.path not in known:
                trees.append(Tree(Folder(posixpath.dirname(unit.path)), [], [unit.path]))
        made = [tree for tree in trees if tree.makes]
        deployed = [tree for tree in made if self._use(tree.root.path) is Use.DEPLOYED]
        look.trees = deployed or made
        look.left = [tree.name for tree in made if tree not in look.trees]
        taken = {id(folder) for tree in trees for folder in tree.folders}
        if trees or units:  # else the repository is one of modules, for others to take
            look.unused = [
                one for one in self._folders.values() if id(one) not in taken and one.files
            ]
        return look

    def _paths(self) -> list[str]:
        """The files of the service: below its root, else those of a deployment folder."""
        named = (e.path for e in self._repo.entries if self._kind(e.path))
        known = [path for path in named if self._use(path) is not Use.APART]
        inside = [path for path in known if self._repo.in_service(path)]
        if any(path.endswith((".tf", ".tofu", *_GRUNT)) for path in inside):
            return inside
        return [path for path in known if _DEPLOYMENT.search(posixpath.dirname(path))]

    @staticmethod
    def _kind(path: str) -> bool:
        name = posixpath.basename(path)
        return any(one.fullmatch(name) for one in (_SOURCE, _VALUES, _JSON)) or name in (LOCK, *_GRUNT)  # fmt: skip

    def _use(self, path: str) -> Use:
        below = self._repo.below(path)
        return Use.APART if ".terraform/" in f"{below}/" else use_of(below)

    def _take(self, path: str, look: TerraformLook) -> None:
        folder, name = posixpath.split(path)
        one = self._folders.setdefault(folder, Folder(folder))
        if name == LOCK:
            one.lock = path
            return
        look.files.append(path)
        if _JSON.fullmatch(name):
            look.unread.append(path)
            return
        with self._seen.reading(path, self._invalid, "terraform validate"):
            data = self._repo.read(path).data
            if name in _GRUNT:
                look.grunt.append(terragrunt.read(data, path=path))
            elif _VALUES.fullmatch(name):
                one.values.append(terraform_config.read_variables(data, path=path))
            else:
                one.files.append(_parsed(self._repo, path, data))

    def _called(self, folder: Folder) -> Iterator[str]:
        for file, call in folder.calls:
            if call.local:
                below = resolve(folder.path, call.source or "")
                if below is None or not self._folders.get(below, Folder("")).files:
                    if not self._holds(below):
                        said = f"takes the module {call.source}, which is not there"
                        self._seen.add(self._invalid, file.path, call.line, said)
                    continue
                yield below

    def _holds(self, folder: str | None) -> bool:
        """Whether a folder has any configuration: what is apart was not read."""
        start = "" if not folder else f"{folder}/"
        return folder is not None and any(
            path.startswith(start) and _ANY_SOURCE.fullmatch(path[len(start) :])
            for path in self._repo.by_path
        )  # fmt: skip

    def _units(self, look: TerraformLook) -> dict[str, list[str]]:
        """The folders that Terragrunt applies, with the files that say so."""
        found: dict[str, list[str]] = {}
        for unit in look.grunt:
            if not unit.source:
                continue
            tail = unit.source.replace("//", "/").strip("./").partition("?")[0]
            for path in self._folders:
                if path and (
                    tail == path or tail.endswith(f"/{path}") or path.endswith(f"/{tail}")
                ):
                    found.setdefault(path, []).append(unit.path)
        return found

    @staticmethod
    def _is_root(folder: Folder, called: set[str], units: dict[str, list[str]]) -> bool:
        if not folder.files or (folder.path in called and folder.backend is None):
            return False
        shared = _SHARED.search(folder.path) and folder.backend is None
        return not shared or folder.path in units

    def _below(self, root: Folder) -> list[Folder]:
        found = {root.path: root}
        waiting = [(root, 0)]
        while waiting:
            folder, depth = waiting.pop()
            for _, call in folder.calls:
                path = resolve(folder.path, call.source or "") if call.local else None
                below = self._folders.get(path) if path is not None else None
                if below is not None and below.path not in found and depth < _DEEPEST:
                    found[below.path] = below
                    waiting.append((below, depth + 1))
        return list(found.values())


def locked(repo: Repo, folder: Folder, seen: Entries, invalid: FactSpec) -> frozenset[str] | None:
    """The providers that the lock file of a folder holds; None without one."""
    if folder.lock is None:
        return None
    with seen.reading(folder.lock, invalid, "terraform init"):
        return terraform_config.read_lock(repo.read(folder.lock).data, path=folder.lock)
    return frozenset()
