"""Whether a configuration ships the service's logs: what runs it, whether its targets and sources are real."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property

from auditor.formats.monitoring.log_shipper_model import BY_KEY, LogSource, LogTarget, Shipper
from auditor.formats.text.yaml_shapes import text_of
from auditor.formats.web.network_target import VARIABLE, host_of, is_loopback, stand_in
from auditor.probing.containers.composed_services import ComposedService
from auditor.probing.containers.container_files import Use, parents, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.kubernetes.kustomize_components import left_out
from auditor.probing.repo import Repo

_LIMIT = 400_000
_IMAGES = {
    "promtail": "promtail",
    "alloy": "grafana/(?:alloy|agent)",
    "fluent-bit": "fluent-?bit",
    "fluentd": "fluentd",
    "vector": "(?:timberio/)?vector",
    "filebeat": "filebeat",
    "OpenTelemetry collector": "(?:opentelemetry-collector|otel-?col|aws-otel-collector)",
    "loki": "loki",
}
_EVERY_CONTAINER = re.compile(
    r"/var/(?:lib/docker/containers|log/(?:containers|pods))\b|/(?:docker/)?containers/"
)
_SENDS = re.compile(
    r"OTLPLogExporter|LoggerProvider|OTEL_LOGS_EXPORTER|otlplog(?:http|grpc)|pino-(?:loki|opentelemetry)|winston-loki"
    r"|opentelemetry-(?:logback|log4j|appender|instrument\b|javaagent)|AddOpenTelemetry|logging_loki|loki4j|graypy"
    r"|Serilog\.Sinks\.(?:Grafana|Elastic|OpenTelemetry|Graylog|Fluentd|Seq)|fluent-logger|python-logstash|SysLogHandler"
    r"|loki/api/v1/push|(?i:to_?loki\b|loki_?(?:url|host|endpoint))"
)
_CODE = re.compile(
    r"(?i).+\.(?:py|[cm]?[jt]s|go|java|kt|xml|cs|csproj|rb|rs|toml|txt|json|gradle|kts|ya?ml|mod)|(?:.*/)?dockerfile[^/]*"
)
_MANIFEST = re.compile(r"(?i).+\.ya?ml|(?:.*/)?(?:[\w.-]*[.-])?dockerfile[^/]*")
_NEEDS_ADDRESS = re.compile(
    r"(?i)loki|elasticsearch|^es$|opensearch|http|otlp|forward|gelf|syslog|logstash|kafka|splunk"
)


class ShipperJudge:
    """Judges by the Compose services, the manifests and the code of a repository.

    `driven` says that a logging driver of Docker sends the service's logs to a shipper.
    """

    def __init__(
        self, repo: Repo, services: list[ComposedService], *, driven: bool = False
    ) -> None:
        self._repo = repo
        self._services = services
        self._driven = driven

    def runner(self, path: str, tool: str, embedded: bool) -> ComposedService | str:
        """What runs a tool with a file: a Compose service, or the path of a manifest; "" for nothing."""
        if self._switched_off(path):
            return ""
        image = re.compile(rf"(?i)(?:.*[/-])?{_IMAGES[tool]}(?:[-\w.]*)")
        for one in self._services:
            context = one.service.build.context.rstrip("/") if one.service.build else ""
            if context.strip("./") and path.startswith(f"{context}/"):
                return one
            if image.fullmatch(one.image) and one.has(path):
                return one
        name = posixpath.basename(path)
        runs = re.compile(
            rf"(?im)^\s*-?\s*(?:image|repository):\s*[\"']?\S*{_IMAGES[tool]}|^FROM\s+\S*{_IMAGES[tool]}"
        )
        return next(
            (
                p
                for p, text in self._manifests.items()
                if runs.search(text) and (embedded or name in text)
            ),
            "",
        )

    def misplaced(self, path: str, tool: str) -> bool:
        """Whether a Compose service runs the tool, and yet nothing gives it the file."""
        image = re.compile(rf"(?i)(?:.*[/-])?{_IMAGES[tool]}(?:[-\w.]*)")
        return any(image.fullmatch(one.image) for one in self._services) and not self.runner(
            path, tool, False
        )

    @cached_property
    def _manifests(self) -> dict[str, str]:
        """The texts of YAML files and Dockerfiles, but those of Compose."""
        composed = {one.path for one in self._services}
        return {
            entry.path: self._text(entry.path)
            for entry in self._repo.entries
            if _MANIFEST.fullmatch(entry.path)
            and entry.size <= _LIMIT
            and entry.path not in composed
            and use_of(self._repo.below(entry.path)) is not Use.APART
            and not self._switched_off(entry.path)
        }

    def _switched_off(self, path: str) -> bool:
        """Whether a file is part of a component that no kustomization takes in."""
        return not self._components.isdisjoint(parents(path))

    @cached_property
    def _components(self) -> frozenset[str]:
        return left_out(self._repo)

    def against(self, shipper: Shipper, target: LogTarget, runner: ComposedService | str) -> str:
        """Why the address of a target can be nobody's, "" where it may be somebody's."""
        address, kind = target.address, target.kind
        if address == BY_KEY:
            return ""
        if not address:
            return f"its target {kind} has no address" if _NEEDS_ADDRESS.search(kind) else ""
        if VARIABLE.search(address):
            where = runner.path if isinstance(runner, ComposedService) else runner
            expanded = shipper.expands or "expand-env" in self._text(where)
            return (
                "" if expanded else f"the address of {kind} holds a variable, which is not put in"
            )
        if wrong := stand_in(address):
            return f"the address of {kind} {wrong}"
        composed = isinstance(runner, ComposedService)
        on_host = composed and text_of(runner.body.get("network_mode")) == "host"  # type: ignore[union-attr]
        if is_loopback(address) and "host.docker" not in address and not on_host:
            return f"the address of {kind} is the shipper itself"
        host = host_of(address)
        bare = composed and host and "." not in host and not on_host and _NEEDS_ADDRESS.search(kind)
        if bare and host not in self._names:
            return f"the address of {kind} is {host}, and no service is called so"
        return ""

    @cached_property
    def _names(self) -> frozenset[str]:
        """How services are called in the networks of Compose."""
        found: set[str] = set()
        for one in self._services:
            own = (text_of(one.body.get(key)) or "" for key in ("container_name", "hostname"))
            found |= {
                one.service.name,
                *own,
                *re.findall(r"[\w-]+", str(one.body.get("networks") or "")),
            }
            found.update(re.findall(r"[\w-]+", str(one.body.get("extra_hosts") or "")))
        return frozenset(found)

    def misses(self, source: LogSource, runner: ComposedService | str) -> str:
        """Why a source gives nothing of the service, "" where it may give its logs."""
        if source.kind == "docker" and source.detail:
            labels = str([one.body.get("labels") for one in self._services])
            key, _, value = source.detail[0].partition("=")
            if key not in labels or value not in labels:
                return f"it takes only containers with the label {source.detail[0]}, which none has"
        if source.kind == "receives" and not (self._driven or self._sends):
            return "it waits for logs that are sent to it, and the service is not seen to send any"
        if source.kind == "files" and not any(map(_EVERY_CONTAINER.search, source.detail)):
            shared = isinstance(runner, ComposedService) and any(
                self._shares(runner, path) for path in source.detail
            )
            if not shared:
                files = source.detail[0] if source.detail else "files"
                return f"it reads {files}, where the service is not seen to write"
        return ""

    def _shares(self, runner: ComposedService, path: str) -> bool:
        """Whether a service that is built here writes into the volume that the shipper reads `path` from."""
        read = {s for s, target in runner.volumes if path.startswith(f"{target.rstrip('/')}/")}
        others = (one for one in self._services if one is not runner and one.ours)
        return any(source in read for one in others for source, _ in one.volumes)

    @cached_property
    def _sends(self) -> bool:
        """Whether code or settings of the service send logs by themselves."""
        return any(
            _SENDS.search(self._text(entry.path))
            for entry in self._repo.service
            if _CODE.fullmatch(entry.path)
            and entry.size <= _LIMIT
            and use_of(self._repo.below(entry.path)) is not Use.APART
        )

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=_LIMIT).text
        except Trouble:
            return ""
