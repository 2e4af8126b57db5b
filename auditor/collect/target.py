"""Resolves what is audited: the git root, the service root, auditor.yaml, the deployment."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.codec import Undecodable, decode, encode
from auditor.formats.text.config_text import Mistake, nearest
from auditor.model.target import Deployment, Target
from auditor.probing.doors import git
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.repository.own_state import own_state
from auditor.settings import FILE_NAMES, Settings, read_settings, url_complaint

_CONFIG_LIMIT = 1024 * 1024


class WrongUse(Exception):
    """What the operator asked for cannot be done; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Found:
    """A resolved target: its work tree, its service root, its settings, and what to tell about them."""

    tree: GitTree
    root: str
    settings: Settings
    notes: tuple[str, ...]


def find_target(
    path: Path,
    *,
    root: str | None = None,
    config: Path | None = None,
    cache: Cache | None = None,
    now: float | None = None,
) -> Found:
    """Resolve PATH. Raises WrongUse for a path that cannot be audited, Mistake for a bad auditor.yaml.

    `cache` remembers where the services of an unchanged tree are; `now` is in seconds since 1970.
    """
    if not path.exists():
        raise WrongUse(
            f"There is no {path}. Give the path of a repository, or of a service's folder in one."
        )
    if not path.is_dir():
        raise WrongUse(
            f"{path} is not a folder. Give the path of a repository, or of a service's folder in one."
        )
    here = Path(os.path.realpath(path))
    top = git.find_root(here)
    tree = GitTree(top or here, is_git=top is not None)
    notes = _git_notes(tree, path)
    start = here.relative_to(tree.root).as_posix()
    start = "" if start == "." else start
    settings = _settings(tree, start, config)
    if root is not None:
        service = _folder(tree, os.path.join(start, root), "--root")
    elif settings.root is not None and config is None:
        folder = os.path.dirname(settings.file or "")
        service = _folder(tree, os.path.join(folder, settings.root), f"{settings.file}: root")
    elif settings.root is not None:
        service = _folder(tree, os.path.join(start, settings.root), f"{settings.file}: root")
    else:
        service, told = _detected(
            tree, start, _Memory(cache or Cache(), time.time() if now is None else now)
        )
        notes += told
    return Found(tree, service, settings, notes)


def _git_notes(tree: GitTree, path: Path) -> tuple[str, ...]:
    if not tree.is_git:
        return (
            f"{path} is not a git repository: no report can be tied to a commit."
            " Make it one with: git init && git add . && git commit -m 'First commit'",
        )
    if tree.commit is None:
        return ("The repository has no commit yet: no report can be tied to a commit.",)
    return ()


def _folder(tree: GitTree, path: str, what: str) -> str:
    folder = os.path.normpath(path)
    outside = os.path.isabs(folder) or folder.split("/")[0] == ".."
    if outside or tree.kind(folder) != "directory":
        raise WrongUse(f"{what} names {folder!r}, which is not a folder of the repository.")
    return "" if folder == "." else folder


def _settings(tree: GitTree, start: str, config: Path | None) -> Settings:
    if config is not None:
        return read_settings(named_config(config), str(config))
    for folder in dict.fromkeys((start, "")):
        for name in FILE_NAMES:
            path = f"{folder}/{name}".lstrip("/")
            if tree.kind(path) != "file":
                continue
            settings = _read(tree, path)
            # A file at the git root that names another service says nothing about this one.
            if folder == start or os.path.normpath(settings.root or ".") == start:
                return settings
    return Settings()


def named_config(config: Path) -> bytes:
    """The file that the operator named; a pipe or a device could hold the audit up for ever."""
    try:
        if config.exists() and not config.is_file():
            raise WrongUse(f"The configuration {config} is not a file.")
        with config.open("rb") as file:
            data = file.read(_CONFIG_LIMIT + 1)
    except OSError as error:
        raise WrongUse(f"The configuration {config} cannot be read: {error.strerror}.") from None
    if len(data) > _CONFIG_LIMIT:
        raise WrongUse(f"The configuration {config} is larger than {_CONFIG_LIMIT:,} bytes.")
    return data


def _read(tree: GitTree, path: str) -> Settings:
    try:
        return read_settings(tree.read(path, _CONFIG_LIMIT), path)
    except Trouble as trouble:
        raise WrongUse(trouble.message) from None


@dataclass(frozen=True, slots=True)
class _Memory:
    cache: Cache
    now: float

    def of(self, tree: GitTree, start: str, look: Callable[[], list[str]]) -> list[str]:
        """The service roots below `start`, as they were found where nothing has changed since."""
        state = tree.state(self.now) if self.cache.enabled else None
        if state is None:
            return look()
        parts = f"{own_state()} {state} {start}".encode("utf-8", "surrogateescape")
        key = hashlib.sha256(parts).hexdigest()
        kept = self.cache.get("service roots", [key]).get(key, b"")
        try:
            return decode(kept, list[str])
        except Undecodable:
            roots = look()
        self.cache.put("service roots", {key: encode(roots)})
        return roots


def _detected(tree: GitTree, start: str, memory: _Memory) -> tuple[str, tuple[str, ...]]:
    """The only service below `start`, where that is plain; else `start` itself, with a note."""
    repo = Repo(tree, root=start)

    def read(path: str) -> str:
        try:
            return repo.read(path, limit=_CONFIG_LIMIT).text
        except Trouble:
            return ""  # one file that cannot be read names no service; its probe says why

    def look() -> list[str]:
        from auditor.code.reach.roots import service_roots  # slow to import, and seldom needed

        return service_roots([e.path for e in repo.service], read)

    roots = memory.of(tree, start, look)
    if start in roots or not roots:
        return start, ()
    if len(roots) == 1:
        return roots[0], (
            f"The service was found in {roots[0]}/; choose another folder with --root.",
        )
    listed = ", ".join(roots[:8])
    return start, (
        f"Several services were found: {listed}. Audit one of them with --root, each has its own verdicts.",
    )


def service_name(found: Found, path: Path) -> str:
    """The name of the service: as auditor.yaml says, else its folder."""
    return (
        found.settings.service
        or os.path.basename(found.root or os.path.realpath(path))
        or "service"
    )


def describe(found: Found, path: Path, deployment: Deployment | None) -> Target:
    """The target as a value."""
    tree = found.tree
    when = tree.committed_at.isoformat() if tree.committed_at else None
    return Target(
        service=service_name(found, path),
        repository=tree.root.name,
        root=found.root,
        commit=tree.commit,
        committed_at=when,
        branch=tree.branch,
        dirty=bool(tree.changed()),
        deployment=deployment,
        remote=git.remote(tree.root) if tree.is_git else "",
    )


def choose_deployment(
    settings: Settings, name: str | None, urls: dict[str, str | None]
) -> Deployment | None:
    """The deployment that the operator named: by `--deployment`, by URLs, or both.

    A deployment that only auditor.yaml names is never contacted: the repository does not choose whom
    the auditor talks to. Raises WrongUse.
    """
    for key, url in urls.items():
        complaint = url_complaint(url) if url else None
        if complaint:
            raise WrongUse(f"--{key}: {complaint}")
    if name is None:
        return _with_urls(Deployment(name="command line"), urls) if any(urls.values()) else None
    known = settings.deployments.get(name)
    if known is None:
        listed = ", ".join(settings.deployments) or "none"
        where = settings.file or "auditor.yaml"
        raise WrongUse(
            f"{where} declares no deployment {name!r}.{nearest(name, settings.deployments)} Declared: {listed}."
        )
    return _with_urls(known, urls)


def _with_urls(deployment: Deployment, urls: dict[str, str | None]) -> Deployment:
    """The deployment, with the URLs of the command line in the place of its own."""
    return replace(
        deployment,
        url=urls.get("url") or deployment.url,
        prometheus=urls.get("prometheus") or deployment.prometheus,
        alertmanager=urls.get("alertmanager") or deployment.alertmanager,
        grafana=urls.get("grafana") or deployment.grafana,
        loki=urls.get("loki") or deployment.loki,
    )


def check_not_applicable(settings: Settings, known: Iterable[str]) -> None:
    """Every id that auditor.yaml declares not applicable must be an item. Raises Mistake."""
    names = set(known)
    for item in settings.not_applicable:
        if item not in names:
            raise Mistake(
                settings.file or "auditor.yaml",
                f"not_applicable: no item is called {item!r}.{nearest(item, names)}",
            )
