"""Builds kustomizations of the repository: bases, components, patches, images, replicas, names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.formats.kubernetes import kube_manifest, kustomization
from auditor.formats.kubernetes.kube_model import KubeObject, dig
from auditor.formats.kubernetes.kube_patch import Body, json_patch, strategic
from auditor.formats.kubernetes.kube_rename import renamed
from auditor.formats.kubernetes.kustomization import NAMES, Kustomization, Patch, Target
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue
from auditor.probing.containers.container_files import Holdings, resolve
from auditor.probing.contract import FactSpec, Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repository.entries import Entries

_DEEPEST = 12
_MOST_OBJECTS = 5_000
_BUILT_IN = ("v1", "apps/", "batch/", "autoscaling/", "policy/", "networking.k8s.io/", "rbac")


@dataclass(slots=True)
class Item:
    """One object as it stands, and every name that it has had."""

    object: KubeObject
    names: frozenset[str]


class Kustomizer:
    """Builds kustomizations; what cannot be read, or would be refused, goes into `seen`."""

    def __init__(self, holdings: Holdings, seen: Entries, invalid: FactSpec) -> None:
        self._holdings = holdings
        self._repo = holdings.repo
        self._seen = seen
        self._invalid = invalid
        self._read: dict[str, Kustomization | None] = {}
        self.used: set[str] = set()

    def file(self, folder: str) -> str | None:
        """The kustomization of a folder, where it has one."""
        paths = (posixpath.join(folder, name) for name in NAMES)
        return next((path for path in paths if path in self._holdings.files), None)

    def names(self, path: str) -> Iterator[str]:
        """The folders of other kustomizations that one builds upon."""
        found = self._kustomization(path)
        for written, _ in (*found.resources, *found.components) if found else ():
            folder = resolve(posixpath.dirname(path), written)
            if folder is not None and self.file(folder) is not None:
                yield folder

    def is_component(self, path: str) -> bool:
        """Whether it is a part of others, never built alone."""
        found = self._kustomization(path)
        return found is not None and found.component

    def build(self, path: str) -> list[KubeObject]:
        """The objects that it makes."""
        return [item.object for item in self._build(path, [], 0)]

    def _kustomization(self, path: str) -> Kustomization | None:
        if path not in self._read:
            self._read[path] = None
            with self._seen.reading(path, self._invalid, "kubectl kustomize"):
                self._read[path] = kustomization.read(self._repo.read(path).data, path=path)
        return self._read[path]

    def _build(self, path: str, items: list[Item], depth: int) -> list[Item]:
        """`items` and those of the kustomization, after what it does to all of them."""
        found = self._kustomization(path)
        if found is None or depth > _DEEPEST:
            return items
        self.used.add(path)
        for what in found.unread:
            self._unread(path, f"{path} has {what}, which are not followed")
        for written in found.transformers:
            if not self._only_labels(path, written):
                self._unread(path, f"{path} has the transformer {written}, which is not followed")
        for written, line in found.resources:
            items = [*items, *self._resource(path, written, line, depth)]
            if len(items) > _MOST_OBJECTS:
                self._unread(path, f"{path} makes more than {_MOST_OBJECTS:,} objects")
                return items[:_MOST_OBJECTS]
        for written, line in found.components:
            below = self._below(path, written, line)
            file = self.file(below) if below is not None else None
            items = self._build(file, items, depth + 1) if file else items
        for patch in found.patches:
            items = self._patched(path, patch, items)
        return [_renamed(item, found) for item in items]

    def _only_labels(self, path: str, written: str) -> bool:
        file = resolve(posixpath.dirname(path), written)
        try:
            return file in self._holdings.files and kustomization.only_labels(
                self._repo.read(file or "").data, path=written
            )
        except (Trouble, FormatError):
            return False

    def _resource(self, path: str, written: str, line: int | None, depth: int) -> list[Item]:
        below = self._below(path, written, line)
        if below is None:
            return []
        file = self.file(below)
        if file is not None:
            return self._build(file, [], depth + 1)
        self.used.add(below)
        found: list[KubeObject] = []
        with self._seen.reading(below, self._invalid, "kubectl kustomize"):
            found = kube_manifest.read(self._repo.read(below).data, path=below)
        return [Item(one, frozenset({one.name})) for one in found]

    def _below(self, path: str, written: str, line: int | None) -> str | None:
        """The file or folder that a kustomization names, None where the repository lacks it."""
        below = (
            None if kustomization.is_remote(written) else resolve(posixpath.dirname(path), written)
        )
        if below is not None and (below in self._holdings.files or self.file(below)):
            return below
        if kustomization.is_remote(written):
            self._unread(path, f"{path} builds upon {written}, which is of another repository")
        elif below is not None and self._holdings.ignores(below):
            self._unread(path, f"{path} builds upon {written}, which git ignores")
        else:
            self._seen.add(self._invalid, path, line, f"names {written}, which is not there")
        return None

    def _unread(self, path: str, said: str) -> None:
        hint = f"Render it: `kubectl kustomize {posixpath.dirname(path) or '.'} > rendered.yaml`."
        if not any(problem.message == f"{said}." for problem in self._seen.problems):
            self._seen.problems.append(Problem(ProblemKind.NOT_CONFIGURED, f"{said}.", hint))

    def _patched(self, path: str, patch: Patch, items: list[Item]) -> list[Item]:
        file = resolve(posixpath.dirname(path), patch.file) if patch.file else path
        if file is None or file not in self._holdings.files:
            self._seen.add(
                self._invalid, path, patch.line, f"names {patch.file}, which is not there"
            )
            return items
        try:
            with self._seen.reading(file, self._invalid, "kubectl kustomize"):
                text = patch.text if patch.text is not None else self._repo.read(file).data
                self.used.add(file)
                return self._applied(patch, kustomization.patch_bodies(text, path=file), items)
        except _Missing as missing:
            self._seen.add(self._invalid, path, patch.line, str(missing))
        return items

    def _applied(self, patch: Patch, bodies: list[YamlValue], items: list[Item]) -> list[Item]:
        for body in bodies:
            merged = body if isinstance(body, dict) else {}
            if isinstance(body, list) and patch.target is None:
                raise _Missing("a patch of operations without a target")
            target = patch.target or _target(merged)
            if not any(target.takes(i.object, i.names) for i in items) and not patch.target:
                raise _Missing(f"patches {target.kind} {target.name}, which is not there")
            done: list[Item] = []
            for item in items:
                if not target.takes(item.object, item.names):
                    done.append(item)
                    continue
                changed = _changed(item.object, merged or body)
                if changed is not None:
                    done.append(Item(replace(item.object, body=changed), item.names))
            items = done
        return items


class _Missing(Exception):
    """A patch of an object that is not there, which Kustomize refuses."""


def _target(body: Body) -> Target:
    name = text_of(dig(body, "metadata", "name")) or ""
    return Target(text_of(body.get("kind")) or "", name)


def _changed(found: KubeObject, patch: YamlValue) -> Body | None:
    if isinstance(patch, list):
        return json_patch(found.body, patch)
    kept = {k: v for k, v in mapping_of(patch).items() if k not in ("apiVersion", "kind")}
    name = found.name
    done = strategic(found.body, kept, keyed=found.api.startswith(_BUILT_IN))
    if done is None:
        return None
    return {**done, "metadata": {**mapping_of(done.get("metadata")), "name": name}}


def _renamed(item: Item, by: Kustomization) -> Item:
    found = renamed(item.object, item.names, by)
    return Item(found, item.names | {found.name})
