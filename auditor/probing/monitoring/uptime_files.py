"""Finds the checks of whether the service can be reached, and from where each of them asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from auditor.formats.ci import github_workflow
from auditor.formats.ci.ci_commands import shell_options
from auditor.formats.kubernetes import config_map
from auditor.formats.monitoring import uptime_checks
from auditor.formats.monitoring.uptime_checks import Check
from auditor.formats.shell.shell_fate import fate
from auditor.formats.shell.shell_nodes import commands
from auditor.formats.shell.shell_syntax import read_script
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Problem, ProblemKind
from auditor.probing.containers.composed_services import ComposedService
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_LIMIT = 2 * 1024 * 1024
_HEAD = 65_536
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_HEALTH = re.compile(r"(?i)health|uptime|ping|status|ready|live|monitor|smoke")
_CHECKLY = re.compile(
    r"(?i).+\.check\.[jt]s|(?:.*/)?__checks__/.+\.[jt]s|(?:.*/)?checkly/.+\.[jt]s"
)
_MODULE = re.compile(
    r"(?m)^module\s+\"([\w-]+)\"\s*\{(?:[^{}]|\{[^{}]*\})*?^\s*source\s*=\s*\"[^.\"][^\"]*"
    r"(?:statuscake|pingdom|uptime|synthetics?|health[-_]?checks?)"
)
"""A module from elsewhere that may make checks."""
_URL = re.compile(r"https?://\S+|\$\{?\w*URL\w*\}?\S*|\$\{\{[^}]*\}\}\S*", re.IGNORECASE)
_FAILS = re.compile(r"-[a-zA-Z]*f[a-zA-Z]*|--fail(?:-with-body)?")
_NAMED = re.compile(r"(?i)blackbox|gatus|upptime|uptime|probe|checkly|synthetic")
_NO_CONFIG = ("uptime-kuma", "cachethq", "statping")


class Where(StrEnum):
    """Where a check is made from: a network of its own, that of the service, or it is not known."""

    OUTSIDE = "outside"
    BESIDE = "beside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FoundCheck:
    """One check, where it is written, and from where it asks."""

    path: str
    check: Check
    where: Where


@dataclass(slots=True)
class UptimeFiles:
    """What was found; `kept_elsewhere` are monitors whose checks are in a database of their own."""

    checks: list[FoundCheck] = field(default_factory=list)
    kept_elsewhere: list[str] = field(default_factory=list)
    modules: dict[str, frozenset[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def uptime_files(repo: Repo, services: list[ComposedService]) -> UptimeFiles:
    """Those of the whole repository but tests, examples and documents."""
    finder = _Finder(repo, services)
    for entry in repo.entries:
        workflow = _WORKFLOW.fullmatch(entry.path) is not None
        if entry.size > _LIMIT or (use_of(repo.below(entry.path)) is Use.APART and not workflow):
            continue
        try:
            finder.take(entry.path, workflow)
        except Trouble as trouble:
            if _NAMED.search(entry.path):
                finder.found.problems.append(trouble.problem())
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            if _NAMED.search(entry.path) or kind is ProblemKind.TOO_LARGE:
                said = str(error) if str(error).startswith(entry.path) else f"{entry.path}: {error}"
                finder.found.problems.append(Problem(kind, said, "Mend the file."))
    for one in services:
        if any(name in one.image for name in _NO_CONFIG):
            finder.found.kept_elsewhere.append(f"{one.path}:{one.service.line} {one.service.name}")
    return finder.found


class _Finder:
    def __init__(self, repo: Repo, services: list[ComposedService]) -> None:
        self.found = UptimeFiles()
        self._repo = repo
        self._services = services
        self._upptime = [
            e.path
            for e in repo.entries
            if _WORKFLOW.fullmatch(e.path) and "upptime/" in self._text(e.path)
        ]

    def take(self, path: str, workflow: bool) -> None:
        """Looks at one file by its name and content. Raises Trouble and FormatError."""
        low = path.lower()
        if low.endswith((".tf", ".tofu")):
            module = _MODULE.search(self._text(path))
            if module:
                line = self._text(path).count("\n", 0, module.start()) + 1
                self.found.kept_elsewhere.append(f"{path}:{line} module {module[1]}")
            if uptime_checks.sniff_terraform(self._repo.head(path, _HEAD)):
                self._add(
                    path,
                    self._applied(path, uptime_checks.read_terraform(self._data(path), path=path)),
                    Where.OUTSIDE,
                )
        elif _CHECKLY.fullmatch(path):
            self._add(path, uptime_checks.read_checkly(self._text(path)), Where.OUTSIDE)
        elif workflow:
            self._add(path, list(self._workflow(path)), Where.OUTSIDE)
        elif low.endswith((".yml", ".yaml")):
            self._yaml(path)

    def _yaml(self, path: str) -> None:
        head = self._repo.head(path, _HEAD)
        if path.rpartition("/")[2].startswith(".upptimerc"):
            self._add(
                path,
                [
                    self._scheduled(c)
                    for c in uptime_checks.read_upptime(self._data(path), name=path)
                ],
                Where.OUTSIDE,
            )
        elif "templates" in path.split("/")[:-1] and b"{{" in head:
            return
        elif config_map.sniff(head):
            if b"endpoints:" in head or b"/probe" in head:
                for file in config_map.embedded_files(self._data(path), name=path):
                    self._plain(
                        path, file.text.encode("utf-8", "replace"), file.line - 1, Where.BESIDE
                    )
        elif b"AWS::Route53::HealthCheck" in head:
            self._add(path, uptime_checks.read_canaries(self._data(path), name=path), Where.OUTSIDE)
        elif re.search(rb"(?m)^kind:\s*Probe\b", head):
            self._add(path, uptime_checks.read_probes(self._data(path), name=path), Where.BESIDE)
        else:
            self._plain(path, head, 0, self._runs(path))

    def _plain(self, path: str, data: bytes, offset: int, where: Where) -> None:
        """Gatus, a Prometheus that asks a blackbox exporter, or the modules of one."""
        whole = data if offset else self._data(path) if len(data) >= _HEAD else data
        if re.search(rb"(?m)^scrape_configs:", data) and b"/probe" in whole:
            self._add(path, uptime_checks.read_blackbox(whole, name=path), where, offset)
        elif (
            re.search(rb"(?m)^(?:endpoints|services):", data)
            and b"conditions" in data
            and b"url:" in data
        ):
            self._add(path, uptime_checks.read_gatus(whole, name=path), where, offset)
        elif re.search(rb"(?m)^modules:", data) and b"prober" in data:
            self.found.modules[path] = uptime_checks.read_modules(whole, name=path)

    def _runs(self, path: str) -> Where:
        """From where a configuration asks: beside the service where one Compose file runs both."""
        holders = {one.path for one in self._services if one.has(path)}
        if not holders:
            return Where.UNKNOWN
        ours = {one.path for one in self._services if one.ours}
        return Where.BESIDE if holders & ours else Where.OUTSIDE

    def _applied(self, path: str, checks: list[Check]) -> list[Check]:
        """The checks of a Terraform file; those of a module that nothing takes are never made."""
        folder = path.rpartition("/")[0]
        if not re.search(r"(?:^|/)modules?/", folder):
            return checks
        name = folder.rpartition("/")[2]
        taken = re.compile(rf"source\s*=\s*\"[^\"\n]*/{re.escape(name)}/?(?:\?[^\"]*)?\"")
        others = (e.path for e in self._repo.entries if re.search(r"\.(?:tf|tofu|hcl)$", e.path))
        if any(taken.search(self._text(other)) for other in others):
            return checks
        why = "nothing in the repository takes its module"
        return [replace(one, idle=one.idle or why) for one in checks]

    def _scheduled(self, check: Check) -> Check:
        """A site of Upptime, which its workflows must ask."""
        for path in self._upptime:
            try:
                triggers = github_workflow.read(self._data(path)).triggers
            except (Trouble, FormatError):
                continue
            if any(trigger.event == "schedule" for trigger in triggers):
                return check
        why = "no workflow of Upptime runs on a schedule"
        return replace(check, idle=why)

    def _workflow(self, path: str) -> Iterator[Check]:
        """Requests of a workflow that asks for the health of something."""
        text = self._text(path)
        if "curl" not in text and "wget" not in text:
            return
        workflow = github_workflow.read(self._data(path), name=path)
        events = {trigger.event for trigger in workflow.triggers}
        named = _HEALTH.search(f"{path.rpartition('/')[2]} {workflow.name or ''}") is not None
        for job in workflow.jobs:
            for step in job.steps:
                options = shell_options(step.shell)
                if not step.run or options is None:
                    continue
                tree = read_script(step.run, step.line)
                for command in commands(tree):
                    target = _asked(command.words, named)
                    if not target:
                        continue
                    off = {"false", "${{ false }}"} & {job.condition or "", step.condition or ""}
                    end = fate(tree, command, options)
                    idle = "" if end.can_fail else f"its failure is lost: {end.why_not}"
                    if step.continue_on_error == "true" or job.continue_on_error == "true":
                        idle = "its failure is lost: `continue-on-error`"
                    if "schedule" not in events:
                        if not named:
                            continue  # a smoke test of a deployment is no watch
                        idle = "its workflow has no schedule"
                    yield Check(
                        "scheduled workflow",
                        target,
                        command.line,
                        "it is switched off" if off else idle,
                    )

    def _add(self, path: str, checks: list[Check], where: Where, offset: int = 0) -> None:
        for one in checks:
            line = one.line if one.line is None else one.line + offset
            self.found.checks.append(FoundCheck(path, replace(one, line=line), where))

    def _data(self, path: str) -> bytes:
        return self._repo.read(path, limit=_LIMIT).data

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=_LIMIT).text
        except Trouble:
            return ""


def _asked(words: tuple[str, ...], named: bool) -> str:
    """The address that a command asks in a way that fails where it is down; "" for none."""
    if words[:1] not in (("curl",), ("wget",)):
        return ""
    target = next((word for word in words[1:] if _URL.fullmatch(word)), "")
    fails = words[0] == "wget" or any(_FAILS.fullmatch(word) for word in words[1:])
    return target if fails and target and (named or _HEALTH.search(target)) else ""
