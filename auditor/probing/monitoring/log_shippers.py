"""Finds what ships the logs of the service: configurations that something runs, and drivers of containers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from auditor.formats.kubernetes import config_map
from auditor.formats.monitoring import log_shipper, log_shipper_text
from auditor.formats.monitoring.log_shipper_model import Shipper
from auditor.formats.packages.dependency_kinds import of_image
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.web.network_target import stand_in
from auditor.model.evidence import Problem, ProblemKind
from auditor.probing.containers.composed_services import ComposedService
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.log_shipper_judge import ShipperJudge
from auditor.probing.repo import Repo

LIMIT = 2 * 1024 * 1024
HEAD = 65_536
_TOOLS = re.compile(r"(?i)promtail|alloy|fluent|vector|filebeat|otel|collector")
_DRIVERS = words("loki gelf fluentd awslogs syslog splunk gcplogs logentries")
_OTHERS = re.compile(
    r"(?i)loki|grafana|prom(?:etheus|tail)|tempo|jaeger|exporter|alertmanager|nginx|traefik|caddy|fluent|vector|otel|adminer"
)
_TO_SHIPPERS = frozenset({"gelf", "fluentd", "syslog"})
_ECS = re.compile(
    r"[\"']?[lL]ogDriver[\"']?\s*[=:]\s*[\"']?(awslogs|awsfirelens|splunk|fluentd|gelf|syslog)\b"
)
_ENDINGS = (
    *(".yml", ".yaml", ".alloy", ".river", ".toml", ".conf", ".cfg", ".config", ".tf", ".tofu"),
    ".json",
)
_BLANK = re.compile(rb"\{\{[^{}\n]{0,200}\}\}")
_LOGIC = re.compile(rb"\{\{-?\s{0,9}(?:if|range|with|include|end|for|else)\b|\{%")
_ON = r"\W+(?:value:\s*)?\W*true"
_DATADOG = re.compile(
    rf"(?s)(?=.*datadog/(?:docker-dd-)?agent)(?=.*DD_LOGS_ENABLED{_ON})(?=.*CONTAINER_COLLECT_ALL{_ON})"
)
Row = tuple[str, int | None, str]
Readers = Callable[[bytes], list[Shipper]]


@dataclass(slots=True)
class LogShippers:
    """What was found, as path, line and words. `running` ship the service's logs to somewhere.

    `placeholders` have targets that are nobody's; `idle` ship nothing of the service, and say why;
    `unrotated` are containers of the service whose log file grows without end.
    """

    running: list[Row] = field(default_factory=list)
    invalid: list[Row] = field(default_factory=list)
    placeholders: list[Row] = field(default_factory=list)
    idle: list[Row] = field(default_factory=list)
    unrotated: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def log_shippers(repo: Repo, services: list[ComposedService]) -> LogShippers:
    """Those of the whole repository but tests, examples and documents."""
    found = LogShippers()
    drivers = {name for one in _ours(services) if (name := _driver(one, found))}
    finder = _Finder(repo, found, ShipperJudge(repo, services, driven=bool(drivers & _TO_SHIPPERS)))
    for entry in repo.entries:
        if use_of(repo.below(entry.path)) is Use.APART or entry.size > LIMIT:
            continue
        try:
            finder.take(entry.path)
        except Trouble as trouble:
            if _TOOLS.search(entry.path):
                found.problems.append(trouble.problem())
    return found


def _ours(services: list[ComposedService]) -> list[ComposedService]:
    """The containers of the service; where none is known, those that are no server of others."""
    own = [one for one in services if one.own]
    others = (
        one for one in services if of_image(one.image) is None and not _OTHERS.search(one.image)
    )
    kept = own or list(others)
    return [one for one in kept if use_of(one.path) is not Use.DEVELOPMENT]


def _driver(one: ComposedService, found: LogShippers) -> str:
    """The logging driver of a container of the service."""
    logging = mapping_of(one.body.get("logging"))
    options = mapping_of(logging.get("options"))
    driver = text_of(logging.get("driver")) or "json-file"
    name, place = one.service.name, (one.path, one.service.line)
    if driver == "none":
        found.idle.append((*place, f"{name}: its logs are switched off (driver none)"))
    elif driver in _DRIVERS or "loki" in driver:
        named = (
            text_of(v) or "" for k, v in options.items() if re.search(r"url|address|group$", k)
        )
        wrong = next((why for address in named if (why := stand_in(address))), "")
        if wrong:
            found.placeholders.append(
                (*place, f"{name}: the address of its driver {driver} {wrong}")
            )
        else:
            found.running.append((*place, f"{name}: logging driver {driver}"))
    elif driver == "json-file" and one.own and not options.get("max-size"):
        found.unrotated.append((*place, f"{name}: its log file grows without max-size"))
    return driver


class _Finder:
    def __init__(self, repo: Repo, found: LogShippers, judge: ShipperJudge) -> None:
        self._repo = repo
        self._found = found
        self._judge = judge

    def take(self, path: str) -> None:
        """Looks at one file by its name and content. Raises Trouble."""
        low = path.lower()
        if not low.endswith(_ENDINGS):
            return
        head = self._repo.head(path, HEAD)
        self._agents(path, head)
        if low.endswith((".yml", ".yaml")):
            if "templates" in path.split("/")[:-1] and b"{{" in head:
                return  # a chart renders it
            if config_map.sniff(head):
                self._embedded(path)
                return
        reader = self._reader(path, head)
        if reader is not None:
            self._read(path, 1, self._repo.read(path, limit=LIMIT).data, reader, False)

    @staticmethod
    def _reader(path: str, data: bytes) -> Readers | None:
        """How the file or text is read, None where it is no shipper's."""
        low = path.lower()
        if low.endswith((".json", ".tf", ".tofu")):
            return None
        if log_shipper_text.sniff_alloy(data):
            return lambda d: _some(log_shipper_text.read_alloy(d, name=path))
        if low.endswith(".toml"):
            return (
                (lambda d: _some(log_shipper.read_toml(d, name=path))) if b"sinks" in data else None
            )
        if log_shipper_text.sniff_fluent_bit(data):
            return lambda d: [log_shipper_text.read_fluent_bit(d, name=path)]
        if log_shipper_text.sniff_fluentd(data):
            return lambda d: [log_shipper_text.read_fluentd(d, name=path)]
        return (lambda d: log_shipper.read(d, name=path)) if log_shipper.may_ship(data) else None

    def _embedded(self, path: str) -> None:
        try:
            files = config_map.embedded_files(self._repo.read(path, limit=LIMIT).data, name=path)
        except FormatError:
            return  # infra.kubernetes tells what is wrong with a manifest
        for file in files:
            data = file.text.encode("utf-8", "replace")
            reader = self._reader(file.name, data)
            if reader is not None:
                self._read(path, file.line, data, reader, True)

    def _read(self, path: str, line: int, data: bytes, read: Readers, embedded: bool) -> None:
        try:
            shippers = read(data)
        except TooLarge as error:
            self._found.problems.append(Problem(ProblemKind.TOO_LARGE, str(error), "Split it."))
        except FormatError as error:
            filled = self._filled(data, read)
            if filled is None and _TOOLS.search(path):
                place = error.line + line - 1 if error.line else line
                self._found.invalid.append((path, place, error.message))
            elif filled:
                said = f"{path}:{line} is a template of a log shipper, which something fills in before it is used."
                hint = "Commit it filled in, or attest the shipper with a link to the store."
                self._found.problems.append(Problem(ProblemKind.NOT_CONFIGURED, said, hint))
        else:
            for one in shippers:
                self._sort(path, line, one, embedded)

    @staticmethod
    def _filled(data: bytes, read: Readers) -> bool | None:
        """Whether a text with blanks to fill in may ship logs; None where it has none, or is wrong anyway."""
        if not _BLANK.search(data):
            return None
        try:
            return bool(read(_BLANK.sub(b"filled_in", data)))
        except FormatError:
            return True if _LOGIC.search(data) else None

    def _sort(self, path: str, line: int, one: Shipper, embedded: bool) -> None:
        """Puts a configuration where it belongs, with the reason."""
        found, what, judge = self._found, one.tool, self._judge
        if not one.sources or not one.targets:
            missing = (
                "no source that leads to a target"
                if not one.sources
                else "no target but its own output"
            )
            found.idle.append((path, line, f"{what}: {missing}"))
            return
        runner = judge.runner(path, one.tool, embedded)
        if not runner:
            found.idle.append(
                (path, line, f"{what}: nothing in the repository runs it with this file")
            )
            return
        wrong = [said for target in one.targets if (said := judge.against(one, target, runner))]
        missed = [why for source in one.sources if (why := judge.misses(source, runner))]
        if len(wrong) == len(one.targets):
            found.placeholders.append((path, line, f"{what}: {wrong[0]}"))
        elif len(missed) == len(one.sources):
            found.idle.append((path, line, f"{what}: {missed[0]}"))
        else:
            kinds = ", ".join(dict.fromkeys(target.kind for target in one.targets))
            by = runner.service.name if isinstance(runner, ComposedService) else runner
            found.running.append((path, line, f"{what} to {kinds} (run by {by})"))

    def _agents(self, path: str, head: bytes) -> None:
        """Drivers of container definitions (ECS), and the agent of Datadog."""
        if b"ogDriver" not in head and b"datadog" not in head:
            return
        text = re.sub(r"(?m)^\s*(?:#|//).*$", "", self._repo.read(path, limit=LIMIT).text)
        driver = _ECS.search(text)
        if driver:
            line = text.count("\n", 0, driver.start()) + 1
            what = f"log driver {driver[1]} of a container definition"
            self._found.running.append((path, line, what))
        if _DATADOG.match(text):
            what = "Datadog agent that collects the logs of all containers"
            self._found.running.append((path, None, what))


def _some(one: Shipper | None) -> list[Shipper]:
    return [] if one is None else [one]
