"""A Prometheus configuration: which rules it loads, what it scrapes, and whom it alerts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import kind_of, mapping_of, need_mapping, text_of, texts_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load, load_all

_TOP = words(
    "global runtime rule_files scrape_config_files scrape_configs alerting remote_write remote_read"
    " storage tracing otlp"
)
_NAME = "The Prometheus configuration"
_TELLING = words("rule_files scrape_configs")
_FOREIGN = words("tests clients positions server ingester integrations kind apiVersion groups")
_SNIFF = re.compile(rb"""^["']?(?:rule_files|scrape_configs)["']?[ \t]*:""", re.MULTILINE)
_TESTS = re.compile(rb"""^["']?tests["']?[ \t]*:""", re.MULTILINE)
_SCRAPE = words(
    "job_name scrape_interval scrape_timeout scrape_protocols fallback_scrape_protocol"
    " scrape_classic_histograms always_scrape_classic_histograms convert_classic_histograms_to_nhcb"
    " scrape_native_histograms scrape_failure_log_file metrics_path scheme params honor_labels"
    " honor_timestamps track_timestamps_staleness enable_compression enable_http2 follow_redirects"
    " basic_auth authorization oauth2 bearer_token bearer_token_file tls_config proxy_url no_proxy"
    " proxy_from_environment proxy_connect_header http_headers relabel_configs"
    " metric_relabel_configs body_size_limit sample_limit target_limit label_limit keep_dropped_targets"
    " label_name_length_limit label_value_length_limit native_histogram_bucket_limit"
    " native_histogram_min_bucket_factor metric_name_validation_scheme metric_name_escaping_scheme"
    " extra_scrape_metrics static_configs"
)
_DISCOVERIES = words(
    "aws azure consul digitalocean dns docker dockerswarm ec2 ecs elasticache eureka file gce hetzner"
    " http ionos kubernetes kuma lightsail linode marathon msk nerve nomad oci openstack outscale"
    " ovhcloud puppetdb rds scaleway serverset stackit triton uyuni vultr"
)


@dataclass(frozen=True, slots=True)
class RuleGlob:
    """One entry of `rule_files`, relative to the configuration's own folder."""

    pattern: str
    line: int | None


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """One scrape job.

    `targets` are the addresses of its static configurations, `discoveries` the kinds of service
    discovery (`kubernetes`, `dns`); a job with neither scrapes nothing. `file_globs` are the files of
    `file_sd_configs`.
    """

    name: str
    line: int | None
    targets: tuple[str, ...]
    discoveries: tuple[str, ...]
    file_globs: tuple[str, ...]
    metrics_path: str
    scheme: str
    interval: str | None

    @property
    def scrapes_something(self) -> bool:
        """Whether it names a target or a discovery at all."""
        return bool(self.targets or self.discoveries)


@dataclass(frozen=True, slots=True)
class AlertmanagerSet:
    """One entry of `alerting.alertmanagers`, with the same meaning as in ScrapeJob."""

    line: int | None
    targets: tuple[str, ...]
    discoveries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key that Prometheus does not know, at which it refuses to start."""

    key: str
    where: str
    line: int | None


@dataclass(frozen=True, slots=True)
class PrometheusConfig:
    """One file. `unknown_keys` is compared with Prometheus 3 and may name what a newer one knows."""

    rule_files: tuple[RuleGlob, ...]
    scrape_config_files: tuple[RuleGlob, ...]
    scrape_jobs: tuple[ScrapeJob, ...]
    alertmanagers: tuple[AlertmanagerSet, ...]
    scrape_interval: str | None
    evaluation_interval: str | None
    remote_write: int
    unknown_keys: tuple[UnknownKey, ...]


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a configuration, and not like a unit test of rules."""
    head = json_text.opening(head)
    return _SNIFF.search(head) is not None and not _TESTS.search(head)


def read(data: bytes | str, *, name: str = _NAME) -> PrometheusConfig:
    """The configuration of one file, as Prometheus itself reads it.

    Raises Malformed for what Prometheus refuses in any version: another shape of a section, a job
    without or with a repeated name. Raises TooLarge.
    """
    document = load(data, name=name)
    if document.value is None:
        raise Malformed(f"{name} is empty.")
    return _configuration(document, name)


def read_all(data: bytes | str, *, name: str = _NAME) -> list[PrometheusConfig]:
    """The configurations among the YAML documents of a file, of which other things may be others.

    A document is one by its sections, and by having none of Promtail or of a test of rules.
    Raises as `read` does.
    """
    documents = load_all(data, name=name)
    return [_configuration(one, name) for one in documents if _is_configuration(one.value)]


def _is_configuration(value: YamlValue) -> bool:
    keys = mapping_of(value).keys()
    return not keys.isdisjoint(_TELLING) and keys.isdisjoint(_FOREIGN)


def _configuration(document: YamlDocument, name: str) -> PrometheusConfig:
    top = need_mapping(document, (), document.value, name)
    general = _section(document, top, "global")
    alerting = _section(document, top, "alerting")
    return PrometheusConfig(
        rule_files=_globs(document, top, "rule_files"),
        scrape_config_files=_globs(document, top, "scrape_config_files"),
        scrape_jobs=_jobs(document, top),
        alertmanagers=tuple(
            AlertmanagerSet(document.key_line(path), *_sources(document, path, entry)[:2])
            for path, entry in _entries(document, ("alerting", "alertmanagers"), alerting)
        ),
        scrape_interval=text_of(general.get("scrape_interval")),
        evaluation_interval=text_of(general.get("evaluation_interval")),
        remote_write=len(_entries(document, ("remote_write",), top)),
        unknown_keys=_unknown(document, top),
    )


def _section(document: YamlDocument, top: dict[str, YamlValue], key: str) -> dict[str, YamlValue]:
    value = top.get(key)
    return {} if value is None else need_mapping(document, (key,), value, f"`{key}`")


def _entries(
    document: YamlDocument, path: Path, holder: dict[str, YamlValue]
) -> list[tuple[Path, dict[str, YamlValue]]]:
    """The mappings of the list at `path`, each with its own path."""
    value = holder.get(str(path[-1]))
    if value is None:
        return []
    if not isinstance(value, list):
        what = f"`{path[-1]}` must be a list, and is {kind_of(value)}."
        raise Malformed(what, line=document.key_line(path))
    what = f"An entry of `{path[-1]}`"
    return [
        ((*path, at), need_mapping(document, (*path, at), entry, what))
        for at, entry in enumerate(value)
    ]


def _globs(document: YamlDocument, top: dict[str, YamlValue], key: str) -> tuple[RuleGlob, ...]:
    value = top.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        what = f"`{key}` must be a list, and is {kind_of(value)}."
        raise Malformed(what, line=document.key_line((key,)))
    found: list[RuleGlob] = []
    for at, entry in enumerate(value):
        line = document.key_line((key, at))
        pattern = text_of(entry)
        if pattern is None:
            raise Malformed(
                f"An entry of `{key}` must be text, and is {kind_of(entry)}.", line=line
            )
        found.append(RuleGlob(pattern, line))
    return tuple(found)


def _jobs(document: YamlDocument, top: dict[str, YamlValue]) -> tuple[ScrapeJob, ...]:
    found: list[ScrapeJob] = []
    for path, entry in _entries(document, ("scrape_configs",), top):
        line = document.key_line(path)
        name = text_of(entry.get("job_name"))
        if not name:
            raise Malformed("A scrape configuration has no `job_name`.", line=line)
        if any(job.name == name for job in found):
            raise Malformed(f"The job name `{name}` is used twice.", line=line)
        targets, discoveries, globs = _sources(document, path, entry)
        found.append(
            ScrapeJob(
                name=name,
                line=line,
                targets=targets,
                discoveries=discoveries,
                file_globs=globs,
                metrics_path=text_of(entry.get("metrics_path")) or "/metrics",
                scheme=text_of(entry.get("scheme")) or "http",
                interval=text_of(entry.get("scrape_interval")),
            )
        )
    return tuple(found)


def _sources(
    document: YamlDocument, path: Path, entry: dict[str, YamlValue]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Static targets, kinds of discovery, and the files of file discovery."""
    targets: list[str] = []
    globs: list[str] = []
    for _, static in _entries(document, (*path, "static_configs"), entry):
        targets += texts_of(static.get("targets"))
    for _, found in _entries(document, (*path, "file_sd_configs"), entry):
        globs += texts_of(found.get("files"))
    discoveries = (
        key.removesuffix("_sd_configs")
        for key, value in entry.items()
        if key.endswith("_sd_configs") and value
    )
    return tuple(targets), tuple(discoveries), tuple(globs)


def _unknown(document: YamlDocument, top: dict[str, YamlValue]) -> tuple[UnknownKey, ...]:
    found = [
        UnknownKey(key, "the configuration", document.key_line((key,)))
        for key in top
        if key not in _TOP
    ]
    scrapes = top.get("scrape_configs")
    for at, entry in enumerate(scrapes if isinstance(scrapes, list) else []):
        for key in mapping_of(entry):
            discovery = key.removesuffix("_sd_configs")
            if key not in _SCRAPE and (discovery == key or discovery not in _DISCOVERIES):
                line = document.key_line(("scrape_configs", at, key))
                found.append(UnknownKey(key, "a scrape configuration", line))
    return tuple(found)
