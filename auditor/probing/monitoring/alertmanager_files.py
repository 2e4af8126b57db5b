"""Finds the Alertmanager configurations of a repository, and whether their variables are put in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.formats.kubernetes import config_map
from auditor.formats.monitoring import alertmanager_config
from auditor.formats.monitoring.alertmanager_config import AlertmanagerConfig
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Location, Problem
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_LIMIT = 1024 * 1024
_HEAD = 65_536
_FILES = re.compile(r"(?i).*\.ya?ml")
_RENDERED = re.compile(r"(?i).*\.ya?ml\.(?:tmpl|tpl|template|j2|erb|gotmpl)|.*/templates/.*\.ya?ml")
_TOP = re.compile(rb"""^["']?receivers["']?[ \t]*:""", re.MULTILINE)
_ROUTE = re.compile(rb"""^["']?route["']?[ \t]*:""", re.MULTILINE)
_ANYWHERE = re.compile(rb"""^[ \t]*["']?receivers["']?[ \t]*:""", re.MULTILINE)
_NESTED = re.compile(rb"""^[ \t]+["']?route["']?[ \t]*:""", re.MULTILINE)
_FOREIGN = re.compile(
    rb"""^["']?(?:exporters|processors|service|extensions)["']?[ \t]*:""", re.MULTILINE
)
_VARIABLE = re.compile(r"\$\{?([A-Z_][A-Z0-9_]+)\}?")
_FILLERS = re.compile(
    r"\b(?:envsubst|gomplate|confd|dockerize|consul-template|jinja2?|sed|perl|awk|ytt)\b"
)
_RUNNERS = re.compile(
    r"(?i)(?:.*/)?(?:[^/]*dockerfile[^/]*|makefile|[^/]+\.(?:mk|sh|bash|ya?ml)|[^/]*entrypoint[^/]*)"
)


@dataclass(frozen=True, slots=True)
class FoundConfig:
    """One configuration; `line` is that of the outer file on which a text in a ConfigMap starts.

    `filled` says that something in the repository puts its variables in before it is read.
    """

    path: str
    config: AlertmanagerConfig
    line: int = 1
    filled: bool = False


@dataclass(slots=True)
class AlertmanagerFiles:
    """What was found. `rendered` are files from which something renders a configuration."""

    configs: list[FoundConfig] = field(default_factory=list)
    invalid: list[tuple[str, Location]] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def alertmanager_files(repo: Repo) -> AlertmanagerFiles:
    """Those below the service root, or of the whole repository where it has none; no tests, no examples."""
    found = AlertmanagerFiles()
    _take_all(repo, found, (entry.path for entry in repo.service))
    if repo.root and not (found.configs or found.invalid or found.rendered):
        _take_all(repo, found, (e.path for e in repo.entries if not repo.in_service(e.path)))
    return found


def _take_all(repo: Repo, found: AlertmanagerFiles, paths: Iterable[str]) -> None:
    for path in paths:
        if use_of(repo.below(path)) is Use.APART:
            continue
        if not (_FILES.fullmatch(path) or _RENDERED.fullmatch(path)):
            continue
        try:
            _take(repo, found, path)
        except Trouble as trouble:
            found.problems.append(trouble.problem())


def _take(repo: Repo, found: AlertmanagerFiles, path: str) -> None:
    head = repo.head(path, _HEAD)
    if not _ANYWHERE.search(head):
        return
    if _RENDERED.fullmatch(path):
        if b"route:" in head and not _FOREIGN.search(head):
            found.rendered.append(path)
    elif config_map.sniff(head):
        try:
            files = config_map.embedded_files(repo.read(path, limit=_LIMIT).data, name=path)
        except FormatError:
            return  # infra.* tell what is wrong with a manifest
        for file in files:
            if _is_one(file.text.encode()):
                _read(repo, found, path, file.text.encode(), file.line)
    elif _is_one(head):
        _read(repo, found, path, repo.read(path, limit=_LIMIT).data, 1)
    elif _NESTED.search(head) and b"alertmanager" in head.lower():
        found.rendered.append(path)  # values of a chart, or an AlertmanagerConfig of the operator


def _is_one(data: bytes) -> bool:
    """Whether it has the sections of an Alertmanager, and not those of an OpenTelemetry collector."""
    return all((_TOP.search(data), _ROUTE.search(data))) and not _FOREIGN.search(data)


def _read(repo: Repo, found: AlertmanagerFiles, path: str, data: bytes, line: int) -> None:
    try:
        config = alertmanager_config.read(data, name=path)
    except FormatError as error:
        at = None if error.line is None else error.line + line - 1
        found.invalid.append((f"{path}: {error}", Location(path=path, line=at)))
        return
    if config.refusals:
        refusal = config.refusals[0]
        at = None if refusal.line is None else refusal.line + line - 1
        found.invalid.append((f"{path}: {refusal.message}", Location(path=path, line=at)))
        return
    filled = is_filled(repo, path, data.decode("utf-8", "replace"))
    found.configs.append(FoundConfig(path, config, line, filled))


def is_filled(repo: Repo, path: str, text: str) -> bool:
    """Whether a script, Dockerfile or Compose file puts in a variable of a configuration.

    It must name a tool that does so, the variable, and the file.
    """
    variables = set(_VARIABLE.findall(text))
    name = posixpath.basename(path)
    return bool(variables) and any(
        _FILLERS.search(line_block) and name in other and any(v in line_block for v in variables)
        for other in _runners(repo, path)
        for line_block in other.split("\n\n")
    )


def _runners(repo: Repo, path: str) -> Iterator[str]:
    for entry in repo.entries:
        if entry.path == path or not _RUNNERS.fullmatch(entry.path):
            continue
        if use_of(repo.below(entry.path)) is Use.APART:
            continue
        try:
            text = repo.head(entry.path, _HEAD).decode("utf-8", "replace")
        except Trouble:
            continue
        if _FILLERS.search(text):
            yield text
