"""Shippers of logs in languages of their own: Grafana Alloy, Fluent Bit's classic format, Fluentd."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.monitoring.log_shipper import fluent_bit
from auditor.formats.monitoring.log_shipper_model import LogSource, LogTarget, Shipper
from auditor.formats.text.text_file import decode
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_text import YamlValue

_LIMIT = 1_000_000
_COMPONENT = re.compile(
    r"(?m)^[ \t]*((?:loki|otelcol|local|discovery|database_observability)\.[\w.]+)\s+\"([\w-]+)\"\s*\{"
)
_ALLOY_COMMENT = re.compile(r"(\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)|//[^\n]*|/\*.*?\*/", re.DOTALL)
_ALLOY_URL = re.compile(r"\b(?:url|endpoint)\s*=\s*(\"[^\"\n]*\"|[^\n}]+)")
_PATH = re.compile(r"__path__\"?\s*=\s*\"([^\"]+)\"")
_SECTION = re.compile(r"^\s*\[(\w+)\]\s*$")
_ENTRY = re.compile(r"^\s*([A-Za-z_][\w.]*)\s+(.+?)\s*$")
_FLUENTD_BLOCK = re.compile(r"<(source|match)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_FLUENTD_SILENT = words("stdout null file exec relabel rewrite_tag_filter none copy roundrobin")


def sniff_alloy(head: bytes) -> bool:
    """Whether the first bytes hold components of Alloy that carry logs."""
    return (
        re.search(rb"(?m)^\s*(?:loki\.(?:source|write|process)|otelcol\.)[\w.]*\s+\"", head)
        is not None
    )


def read_alloy(data: bytes, *, name: str = "The configuration") -> Shipper | None:
    """Alloy's configuration, None where it carries no logs. Raises Malformed and TooLarge."""
    text = _ALLOY_COMMENT.sub(lambda m: m[1] or " ", decode(data, name=name, limit=_LIMIT).text)
    found = {f"{kind}.{label}": (kind, body) for kind, label, body in _components(text)}
    sources: list[LogSource] = []
    targets: list[LogTarget] = []
    for kind, body in found.values():
        led = (
            list(_alloy_led(found, body, 0))
            if kind.startswith(("loki.source.", "otelcol.receiver."))
            else []
        )
        if led:
            sources += _alloy_source(kind, body, text)
            targets += led
    if not any(kind.startswith(("loki.", "otelcol.receiver")) for kind, _ in found.values()):
        return None
    return Shipper("alloy", tuple(sources), tuple(dict.fromkeys(targets)))


def _components(text: str) -> Iterator[tuple[str, str, str]]:
    for found in _COMPONENT.finditer(text):
        depth, at = 1, found.end()
        while at < len(text) and depth:
            depth += (text[at] == "{") - (text[at] == "}")
            at += 1
        yield found[1], found[2], text[found.end() : at]


def _alloy_led(found: dict[str, tuple[str, str]], body: str, depth: int) -> Iterator[LogTarget]:
    """The targets that a component forwards logs to, by way of others."""
    if depth > 12:
        return
    wired = re.search(r"(?s)forward_to\s*=\s*\[(.*?)\]|output\s*\{(.*?)\n\s*\}", body)
    if wired is None:
        return
    forwarded = wired[1]
    if forwarded is None:
        logs = re.search(r"(?s)\blogs\s*=\s*\[(.*?)\]", wired[2])
        forwarded = logs[1] if logs else ""
    for name in re.findall(r"((?:loki|otelcol)\.[\w.]+?\.[\w-]+)\.(?:receiver|input)", forwarded):
        kind, below = found.get(name, ("", ""))
        if kind == "loki.write" or (
            kind.startswith("otelcol.exporter.") and not kind.endswith((".loki", ".debug", ".file"))
        ):
            urls = _ALLOY_URL.findall(below) or [""]
            yield from (LogTarget(kind, url.strip().strip('"')) for url in urls)
        elif kind:
            yield from _alloy_led(found, below, depth + 1)


def _alloy_source(kind: str, body: str, text: str) -> Iterator[LogSource]:
    last = kind.rpartition(".")[2]
    if last in ("kubernetes", "podlogs", "kubernetes_events"):
        yield LogSource("cluster")
    elif last == "docker":
        yield LogSource("docker")
    elif last in ("file", "filelog", "journal"):
        paths = tuple(_PATH.findall(text))
        yield LogSource("files", paths or (("/var/log/journal",) if last == "journal" else ()))
    else:
        yield LogSource("receives")


def sniff_fluent_bit(head: bytes) -> bool:
    """Whether the first bytes hold sections of Fluent Bit's classic format."""
    return re.search(rb"(?mi)^\s*\[(?:INPUT|OUTPUT)\]\s*$", head) is not None


def read_fluent_bit(data: bytes, *, name: str = "The configuration") -> Shipper:
    """Fluent Bit's classic format. Raises Malformed and TooLarge."""
    sections: dict[str, list[dict[str, YamlValue]]] = {"INPUT": [], "OUTPUT": []}
    here: dict[str, YamlValue] | None = None
    for line in decode(data, name=name, limit=_LIMIT).text.splitlines():
        opened, entry = _SECTION.match(line), _ENTRY.match(line)
        if line.lstrip().startswith(("#", ";")):
            continue
        if opened:
            here = {}
            sections.setdefault(opened[1].upper(), []).append(here)
        elif entry and here is not None:
            here[entry[1].lower()] = entry[2]
    return fluent_bit(sections["INPUT"], sections["OUTPUT"])


def sniff_fluentd(head: bytes) -> bool:
    """Whether the first bytes hold directives of Fluentd."""
    return (
        re.search(rb"(?m)^\s*<(?:source|match\b[^>]*)>\s*$", head) is not None and b"@type" in head
    )


def read_fluentd(data: bytes, *, name: str = "The configuration") -> Shipper:
    """Fluentd's configuration. Raises Malformed and TooLarge."""
    text = re.sub(r"(?m)^\s*#[^\n]*", "", decode(data, name=name, limit=_LIMIT).text)
    sources: list[LogSource] = []
    targets: list[LogTarget] = []
    for kind, _, body in _FLUENTD_BLOCK.findall(text):
        types = re.findall(r"(?m)^\s*@?type\s+(\S+)", body)
        if kind == "source" and types[:1] == ["tail"]:
            paths = re.findall(r"(?m)^\s*path\s+(\S+)", body)
            sources.append(LogSource("files", tuple(p for one in paths for p in one.split(","))))
        elif kind == "source" and types:
            sources.append(LogSource("receives"))
        elif kind == "match":
            address = re.search(
                r"(?m)^\s*(?:hosts?|url|endpoint|log_group_name|s3_bucket|brokers|endpoint_url)\s+(.+?)\s*$",
                body,
            )
            targets += [
                LogTarget(t, address[1] if address else "")
                for t in types
                if t not in _FLUENTD_SILENT and not t.startswith("json")
            ][:1]
    return Shipper("fluentd", tuple(sources), tuple(targets))
