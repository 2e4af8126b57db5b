"""Configurations of what ships logs: where each takes them from, and whereto it sends them.

Promtail, Vector, the OpenTelemetry collector, Filebeat and Fluent Bit in YAML are read here, those of other
syntax in `log_shipper_text`. Only what is wired counts: a sink that no source leads to sends nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.monitoring.log_shipper_model import BY_KEY, LogSource, LogTarget, Shipper
from auditor.formats.text.errors import Malformed
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import YamlDocument, YamlLimits, YamlValue, load_all

_SILENT = words(
    "debug logging file console blackhole stdout null nop counter exit http_server prometheus prometheusremotewrite"
    " prometheus_exporter count none"
)
_DOCKER = words("docker docker_logs docker_sd container")
_CLUSTER = words("kubernetes kubernetes_logs kubernetes_sd k8s podlogs k8s_events")
_RECEIVES = words(
    "otlp fluentforward forward loki_push_api http http_server syslog tcp udp socket api gelf splunk_hec fluent"
    " opentelemetry vector datadog_agent"
)
_TOP = re.compile(
    rb"^[\"']?(?:scrape_configs|clients|pipeline|receivers|exporters|sinks|sources|filebeat(?:\.\w+)?"
    rb"|output\.\w+)[\"']?[ \t]*:",
    re.MULTILINE,
)
_LIMITS = YamlLimits(nodes=200_000)


def may_ship(head: bytes) -> bool:
    """Whether the first bytes of a YAML file have sections of a shipper."""
    return _TOP.search(head) is not None


def read(data: bytes | str, *, name: str = "The configuration") -> list[Shipper]:
    """The shippers of a YAML file; none where it is of something else. Raises Malformed and TooLarge."""
    found = (_shipper(one) for one in load_all(data, name=name, limits=_LIMITS))
    return [one for one in found if one is not None]


def read_toml(data: bytes, *, name: str = "The configuration") -> Shipper | None:
    """Vector's configuration in TOML, None where it is of something else. Raises Malformed."""
    try:
        top = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:120]
        raise Malformed(f"{name} is not valid TOML: {said}.") from None
    return _vector(top) if isinstance(top.get("sinks"), dict) and "sources" in top else None


def _shipper(document: YamlDocument) -> Shipper | None:
    top = mapping_of(document.value)
    if "clients" in top and "scrape_configs" in top:
        return _promtail(top)
    if isinstance(top.get("exporters"), dict) and "service" in top:
        return _collector(top)
    if isinstance(top.get("sinks"), dict) and "sources" in top:
        return _vector(top)
    if isinstance(top.get("pipeline"), dict):
        return _fluent_bit(mapping_of(top["pipeline"]))
    if any(key == "filebeat" or key.startswith("filebeat.") for key in top):
        return _filebeat(top)
    return None


def _promtail(top: dict[str, YamlValue]) -> Shipper:
    sources: list[LogSource] = []
    for job in map(mapping_of, list_of(top.get("scrape_configs"))):
        if job.get("kubernetes_sd_configs"):
            sources.append(LogSource("cluster"))
        for one in map(mapping_of, list_of(job.get("docker_sd_configs"))):
            filters = map(mapping_of, list_of(one.get("filters")))
            wanted = [
                v
                for f in filters
                if text_of(f.get("name")) == "label"
                for v in texts_of(f.get("values"))
            ]
            sources.append(LogSource("docker", tuple(wanted)))
        if job.get("journal"):
            sources.append(LogSource("files", ("/var/log/journal",)))
        if job.get("loki_push_api") or job.get("syslog"):
            sources.append(LogSource("receives"))
        paths = [
            text_of(mapping_of(one.get("labels")).get("__path__"))
            for one in map(mapping_of, list_of(job.get("static_configs")))
        ]
        if any(paths):
            sources.append(LogSource("files", tuple(p for p in paths if p)))
    urls = (text_of(mapping_of(one).get("url")) or "" for one in list_of(top.get("clients")))
    return Shipper("promtail", tuple(sources), tuple(LogTarget("loki", url) for url in urls), False)


def _collector(top: dict[str, YamlValue]) -> Shipper | None:
    """The OpenTelemetry collector: what its pipelines of logs name, None where it has none."""
    pipelines = mapping_of(dig(top.get("service"), "pipelines"))
    logs = [mapping_of(v) for k, v in pipelines.items() if k.partition("/")[0] == "logs"]
    if not logs:
        return None
    receivers, exporters = mapping_of(top.get("receivers")), mapping_of(top.get("exporters"))
    sources = [
        source
        for one in logs
        for name in texts_of(one.get("receivers"))
        for source in _received(name.partition("/")[0], mapping_of(receivers.get(name)))
        if name in receivers
    ]
    targets = [
        LogTarget(name.partition("/")[0], _address(mapping_of(exporters.get(name))))
        for one in logs
        for name in texts_of(one.get("exporters"))
        if name in exporters and name.partition("/")[0] not in _SILENT
    ]
    return Shipper("OpenTelemetry collector", tuple(sources), tuple(targets))


def _received(kind: str, body: dict[str, YamlValue]) -> Iterator[LogSource]:
    if kind == "filelog":
        yield LogSource("files", texts_of(body.get("include")))
    elif kind == "journald":
        yield LogSource("files", ("/var/log/journal",))
    else:
        yield from _source(kind, body)


def _source(kind: str, body: dict[str, YamlValue]) -> Iterator[LogSource]:
    kind = kind.lower()
    if kind in _CLUSTER:
        yield LogSource("cluster")
    elif kind in _DOCKER:
        labels = [
            f"{k}={text_of(v) or ''}" for k, v in mapping_of(body.get("include_labels")).items()
        ]
        yield LogSource("docker", (*labels, *texts_of(body.get("include_labels")))[:5])
    elif kind in ("file", "tail", "log", "filestream", "journald", "systemd", "head"):
        paths = (
            *texts_of(body.get("include")),
            *texts_of(body.get("path")),
            *texts_of(body.get("paths")),
        )
        yield LogSource("files", paths or ("/var/log/journal",))
    elif kind in _RECEIVES:
        yield LogSource("receives")


def _vector(top: dict[str, YamlValue]) -> Shipper:
    sources, sinks = mapping_of(top.get("sources")), mapping_of(top.get("sinks"))
    between = {**mapping_of(top.get("transforms")), **sinks}
    led: set[str] = set()
    targets: list[LogTarget] = []
    for body in map(mapping_of, sinks.values()):
        kind = text_of(body.get("type")) or ""
        starts = _starts(body, between, sources, 0)
        if kind not in _SILENT and starts:
            led |= starts
            targets.append(LogTarget(kind, _address(body)))
    found = [
        s
        for n in sorted(led)
        for s in _source(text_of(dig(sources[n], "type")) or "", mapping_of(sources[n]))
    ]
    return Shipper("vector", tuple(found), tuple(targets))


def _starts(
    body: dict[str, YamlValue],
    between: dict[str, YamlValue],
    sources: dict[str, YamlValue],
    depth: int,
) -> set[str]:
    """The sources that the inputs of a sink or transform come from."""
    found: set[str] = set()
    for written in texts_of(body.get("inputs")) if depth < 20 else ():
        name = written.partition(".")[0]
        found |= {
            s
            for s in sources
            if s == name or (written.endswith("*") and s.startswith(written[:-1]))
        }
        if name in between:
            found |= _starts(mapping_of(between[name]), between, sources, depth + 1)
    return found


def _fluent_bit(pipeline: dict[str, YamlValue]) -> Shipper | None:
    inputs = [_lowered(one) for one in list_of(pipeline.get("inputs"))]
    outputs = [_lowered(one) for one in list_of(pipeline.get("outputs"))]
    return fluent_bit(inputs, outputs) if inputs or outputs else None


def _lowered(value: YamlValue) -> dict[str, YamlValue]:
    return {key.lower(): one for key, one in mapping_of(value).items()}


def fluent_bit(inputs: list[dict[str, YamlValue]], outputs: list[dict[str, YamlValue]]) -> Shipper:
    """Fluent Bit by its sections, their keys in lower case."""
    sources = [s for one in inputs for s in _source(text_of(one.get("name")) or "", one)]
    targets = [
        LogTarget(kind, _address(one))
        for one in outputs
        if (kind := (text_of(one.get("name")) or "").lower()) and kind not in _SILENT
        if one.get("match") or one.get("match_regex")
    ]
    return Shipper("fluent-bit", tuple(sources), tuple(targets))


def _filebeat(top: dict[str, YamlValue]) -> Shipper:
    inner = mapping_of(top.get("filebeat"))
    inputs = list_of(top.get("filebeat.inputs")) or list_of(inner.get("inputs"))
    discover = top.get("filebeat.autodiscover") or inner.get("autodiscover")
    sources = [
        source
        for one in map(mapping_of, inputs)
        if text_of(one.get("enabled")) != "false"
        for source in _source(text_of(one.get("type")) or "", one)
    ]
    for one in map(mapping_of, list_of(mapping_of(discover).get("providers"))):
        sources += _source(text_of(one.get("type")) or "", {})
    outputs = {k.removeprefix("output."): v for k, v in top.items() if k.startswith("output.")}
    outputs |= mapping_of(top.get("output"))
    targets = [
        LogTarget(kind, _address(mapping_of(body)))
        for kind, body in outputs.items()
        if kind not in _SILENT and text_of(mapping_of(body).get("enabled")) != "false"
    ]
    return Shipper("filebeat", tuple(sources), tuple(targets))


_ADDRESSES = [
    "endpoint",
    "endpoints",
    "logs_endpoint",
    "url",
    "uri",
    "host",
    "hosts",
    "address",
    "brokers",
    "bootstrap_servers",
    "log_group_name",
    "group_name",
    "stream_name",
    "bucket",
    "project",
    "cloud_id",
    "cloud.id",
    "region",
    "site",
]
_KEYS = [
    "apikey",
    "api_key",
    "default_api_key",
    "token",
    "default_token",
    "ingestion_key",
    "license_key",
]


def _address(body: dict[str, YamlValue]) -> str:
    """The address of a target, or what stands for one (a group, a bucket), never a key."""
    low = {key.lower(): value for key, value in body.items()}
    low |= {key.lower(): value for key, value in mapping_of(low.get("api")).items()}
    for key in _ADDRESSES:
        found = texts_of(low.get(key))
        if found:
            return found[0]
    return BY_KEY if any(key in low for key in _KEYS) else ""
