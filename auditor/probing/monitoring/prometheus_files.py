"""Finds the rule files and configurations of Prometheus in a repository, and which of them go together."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from auditor.formats.kubernetes import config_map
from auditor.formats.monitoring import prometheus_config, prometheus_rules
from auditor.formats.monitoring.prometheus_rules import Rule, RuleFile
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.probing.containers.container_files import (
    Use,
    compose_paths,
    parents,
    read_compose,
    resolve,
    use_of,
)
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_LIMIT = 4 * 1024 * 1024
_HEAD = 65_536
_FILES = re.compile(r"(?i).*\.(?:ya?ml|rules)")
_MIXIN = re.compile(r"(?i).*\.(?:libsonnet|jsonnet)")
_RULES_AS_TEXT = re.compile(rb"(?s)\bgroups[ \t]*:.*\balert[ \t]*:")
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class FoundRules:
    """The rules of one file, or of one text in a ConfigMap; `name` is that of the file as mounted."""

    path: str
    name: str
    rules: RuleFile

    @property
    def alerts(self) -> tuple[Rule, ...]:
        """Its alerts."""
        return self.rules.alerts

    def __str__(self) -> str:
        return self.path if self.path.endswith(self.name) else f"{self.path} ({self.name})"


@dataclass(frozen=True, slots=True)
class _Part:
    """A file, or a text in a ConfigMap whose first line is `line` of the file `path`."""

    path: str
    name: str
    data: bytes
    line: int = 1


@dataclass(slots=True)
class PrometheusFiles:
    """What was found. `globs` are of configurations, with the folder that each lies in.

    `rendered` are files of rules that Helm or Jsonnet renders; `unread` says why a configuration
    could not be read, `problems` the same of rule files.
    """

    rules: list[FoundRules] = field(default_factory=list)
    invalid: list[tuple[str, Location]] = field(default_factory=list)
    configurations: list[str] = field(default_factory=list)
    globs: list[tuple[str, str]] = field(default_factory=list)
    rendered: list[str] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, repo: Repo, path: str) -> None:
        """Looks at one file by its content."""
        try:
            head = repo.head(path, _HEAD)
            if _MIXIN.fullmatch(path):
                if b"prometheusAlerts" in head and b"alert:" in head:
                    self.rendered.append(path)
                return
            helm = "templates" in path.split("/")[:-1]
            if helm and (prometheus_rules.sniff(head) or _RULES_AS_TEXT.search(head)):
                self.rendered.append(path)
            elif config_map.sniff(head):
                for part in _embedded(path, repo.read(path, limit=_LIMIT).data):
                    self._take(part, part.data)
            else:
                self._take(_Part(path, posixpath.basename(path), b""), head, repo)
        except Trouble as trouble:
            self.problems.append(trouble.problem())
        except FormatError as error:
            if _RULES_AS_TEXT.search(head):
                self.invalid.append((f"{error}", Location(path=path, line=error.line)))
            elif b"rule_files" in head:
                self.unread.append(_problem(path, error))

    def _take(self, part: _Part, head: bytes, repo: Repo | None = None) -> None:
        def data() -> bytes:
            return part.data if repo is None else repo.read(part.path, limit=_LIMIT).data

        if prometheus_config.sniff(head):
            self._configuration(part, data())
        elif prometheus_rules.sniff(head):
            self._rules(part, data())

    def _configuration(self, part: _Part, data: bytes) -> None:
        try:
            found = prometheus_config.read_all(data, name=part.path)
        except FormatError as error:
            self.unread.append(_problem(part.path, error))
            return
        for configuration in found:
            self.configurations.append(part.path)
            folder = posixpath.dirname(part.path)
            self.globs += [(folder, glob.pattern) for glob in configuration.rule_files]

    def _rules(self, part: _Part, data: bytes) -> None:
        found = FoundRules(part.path, part.name, RuleFile((), False, ()))
        try:
            rules = prometheus_rules.parse(data)
        except TooLarge as error:
            self.problems.append(_problem(part.path, error))
        except FormatError as error:
            line = None if error.line is None else error.line + part.line - 1
            self.invalid.append((f"{found}: {error}", Location(path=part.path, line=line)))
        else:
            if rules.all_problems:
                where = Location(path=part.path, line=_first_line(rules, part.line))
                self.invalid.append((f"{found}: {rules.all_problems[0]}", where))
            else:
                self.rules.append(replace(found, rules=_moved(rules, part.line - 1)))


def prometheus_files(repo: Repo) -> PrometheusFiles:
    """Those below the service root, or of the whole repository where it has none; no tests, no examples."""
    found = PrometheusFiles()
    _take_all(repo, found, (entry.path for entry in repo.service))
    if repo.root and not (found.rules or found.invalid or found.rendered):
        outside = (entry.path for entry in repo.entries if not repo.in_service(entry.path))
        _take_all(repo, found, outside)
    return found


def _take_all(repo: Repo, found: PrometheusFiles, paths: Iterable[str]) -> None:
    for path in paths:
        kept = use_of(repo.below(path)) is not Use.APART
        if (kept and _FILES.fullmatch(path)) or _MIXIN.fullmatch(path):
            found.take(repo, path)


def unloaded(repo: Repo, found: PrometheusFiles) -> list[FoundRules]:
    """Rule files that no `rule_files` names. A PrometheusRule is loaded by the operator.

    A name without wild cards is enough, since files are copied and mounted; one with wild cards
    must fit, and the file must lie in a folder of the glob's name or, where the glob does not begin
    beside the configuration, below that or where a Compose file mounts the glob's folder from.
    """
    mounts = dict(_mounts(repo))
    return [
        rules
        for rules in found.rules
        if not rules.rules.custom_resource
        and not any(_loads(folder, glob, rules, mounts) for folder, glob in found.globs)
    ]


def _loads(folder: str, glob: str, rules: FoundRules, mounts: dict[str, str]) -> bool:
    place, _, name = glob.rpartition("/")
    if not fnmatchcase(rules.name, name):
        return False
    above = list(parents(rules.path))
    if not _WILD.search(name):
        return True
    if place and not place.startswith("/"):  # Prometheus looks beside its configuration
        last = place.rpartition("/")[2]
        return bool(_WILD.search(last)) or above[0].rpartition("/")[2] == last
    if not folder or folder in above:
        return True
    if above[0].rpartition("/")[2] == place.rpartition("/")[2]:
        return True
    return any(mounts.get(target) in above for target in (place, *parents(place)))


def _mounts(repo: Repo) -> Iterator[tuple[str, str]]:
    """Folders in containers, and what Compose files mount there, from the git root."""
    for path in compose_paths(repo):
        try:
            services = read_compose(repo, path).services
        except (Trouble, FormatError):
            continue
        for bind in (bind for service in services for bind in service.binds):
            source = resolve(posixpath.dirname(path), bind.path)
            if source is not None and bind.target:
                yield bind.target.rstrip("/"), source


def _embedded(path: str, data: bytes) -> Iterator[_Part]:
    for file in config_map.embedded_files(data, name=path):
        yield _Part(path, file.name, file.text.encode(), file.line)


def _problem(path: str, error: FormatError) -> Problem:
    kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
    told = str(error) if str(error).startswith(path) else f"{path}: {error}"
    return Problem(kind, told, "Mend it until `promtool check config` accepts it.")


def _first_line(rules: RuleFile, offset: int) -> int | None:
    lines = [rule.line for rule in rules.rules if rule.problems and rule.line is not None]
    return lines[0] + offset - 1 if lines else None


def _moved(rules: RuleFile, by: int) -> RuleFile:
    """The same with the lines of the outer file."""
    if not by:
        return rules
    groups = (
        replace(
            group,
            rules=tuple(
                replace(r, line=None if r.line is None else r.line + by) for r in group.rules
            ),
        )
        for group in rules.groups
    )
    return replace(rules, groups=tuple(groups))
