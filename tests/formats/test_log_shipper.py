"""Configurations of log shippers: only what leads from a source to a target outside counts."""

from __future__ import annotations

import pytest

from auditor.formats.monitoring import log_shipper, log_shipper_text
from auditor.formats.monitoring.log_shipper_model import LogSource, LogTarget, Shipper
from auditor.formats.text.errors import Malformed

PROMTAIL = """\
clients: [{url: 'http://loki:3100/loki/api/v1/push'}]
scrape_configs:
- job_name: a
  docker_sd_configs: [{host: 'unix:///var/run/docker.sock', filters: [{name: label, values: ['logging=on']}]}]
- job_name: b
  static_configs: [{targets: [localhost], labels: {__path__: /var/log/*log}}]
"""
COLLECTOR = """\
receivers: {filelog: {include: [/var/log/pods/*/*.log]}, otlp: {}}
exporters: {debug: {}, otlphttp/x: {endpoint: 'https://logs.corp.net'}}
service: {pipelines: {logs: {receivers: [filelog], exporters: [debug, otlphttp/x]}, traces: {receivers: [otlp], exporters: [debug]}}}
"""
VECTOR = """\
sources: {a: {type: docker_logs}, b: {type: kubernetes_logs}}
transforms: {t: {type: remap, inputs: [a]}}
sinks:
  loki: {type: loki, inputs: [t], endpoint: 'http://loki:3100'}
  out: {type: console, inputs: [b]}
"""
FLUENT_BIT = """\
[SERVICE]
    Flush 1
[INPUT]
    Name tail
    Path /var/log/containers/*.log
# [OUTPUT]
#    Name es
[OUTPUT]
    Name loki
    Match *
    Host loki.corp.net
[OUTPUT]
    Name stdout
    Match *
"""
FLUENTD = """\
<source>
  @type forward
</source>
<match **>
  @type elasticsearch
  host es.corp.net
</match>
"""
ALLOY = """\
// loki.write "old" { endpoint { url = "http://x" } }
discovery.docker "all" { host = "unix:///var/run/docker.sock" }
loki.source.docker "all" {
  targets    = discovery.docker.all.targets
  forward_to = [loki.process.p.receiver]
}
loki.process "p" { forward_to = [loki.write.w.receiver] }
loki.write "w" { endpoint { url = "http://loki:3100/loki/api/v1/push" } }
loki.write "unused" { endpoint { url = "http://other:3100" } }
"""
FILEBEAT = """\
filebeat.inputs: [{type: filestream, paths: [/var/lib/docker/containers/*/*.log]}]
output.elasticsearch: {hosts: ['https://es.corp.net:9200']}
"""


def only(found: list[Shipper]) -> Shipper:
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("text", "sources", "targets"),
    [
        (PROMTAIL, ["docker", "files"], ["http://loki:3100/loki/api/v1/push"]),
        (COLLECTOR, ["files"], ["https://logs.corp.net"]),
        (VECTOR, ["docker"], ["http://loki:3100"]),
        (FILEBEAT, ["files"], ["https://es.corp.net:9200"]),
        (
            "pipeline: {inputs: [{name: tail, path: /a}], outputs: [{name: es, match: '*', host: h}]}\n",
            ["files"],
            ["h"],
        ),
    ],
)
def test_yaml_is_read(text: str, sources: list[str], targets: list[str]) -> None:
    assert log_shipper.may_ship(text.encode())
    found = only(log_shipper.read(text))
    assert [s.kind for s in found.sources] == sources
    assert [t.address for t in found.targets] == targets


def test_other_languages_are_read() -> None:
    assert log_shipper_text.sniff_alloy(ALLOY.encode())
    alloy = log_shipper_text.read_alloy(ALLOY.encode())
    assert alloy is not None
    assert alloy.sources == (LogSource("docker"),)
    assert alloy.targets == (LogTarget("loki.write", "http://loki:3100/loki/api/v1/push"),)
    assert log_shipper_text.sniff_fluent_bit(FLUENT_BIT.encode())
    bit = log_shipper_text.read_fluent_bit(FLUENT_BIT.encode())
    assert (bit.sources, bit.targets) == (
        (LogSource("files", ("/var/log/containers/*.log",)),),
        (LogTarget("loki", "loki.corp.net"),),
    )
    assert log_shipper_text.sniff_fluentd(FLUENTD.encode())
    assert log_shipper_text.read_fluentd(FLUENTD.encode()).targets == (
        LogTarget("elasticsearch", "es.corp.net"),
    )
    toml = b'[sources.a]\ntype = "docker_logs"\n[sinks.s]\ntype = "loki"\ninputs = ["a"]\nendpoint = "http://loki"\n'
    vector = log_shipper.read_toml(toml)
    assert vector is not None
    assert vector.targets == (LogTarget("loki", "http://loki"),)


@pytest.mark.parametrize(
    "text",
    [
        COLLECTOR.replace("[debug, otlphttp/x]", "[debug]"),
        VECTOR.replace("inputs: [t], endpoint", "inputs: [nobody], endpoint"),
        FILEBEAT.replace("output.elasticsearch", "output.console"),
    ],
)
def test_a_target_that_nothing_leads_to_or_that_only_prints_is_none(text: str) -> None:
    assert only(log_shipper.read(text)).targets == ()


def test_a_key_is_never_kept_as_an_address() -> None:
    text = VECTOR.replace(
        "type: loki, inputs: [t], endpoint: 'http://loki:3100'",
        "type: datadog_logs, inputs: [t], default_api_key: abc123",
    )
    assert "abc123" not in str(log_shipper.read(text))


@pytest.mark.parametrize("text", ["services: {a: {image: b}}\n", "a: 1\n", "exporters: []\n", ""])
def test_yaml_of_something_else_is_no_shipper(text: str) -> None:
    assert log_shipper.read(text) == []


def test_what_is_broken_is_refused() -> None:
    with pytest.raises(Malformed):
        log_shipper.read("clients: [\n")
    with pytest.raises(Malformed):
        log_shipper.read_toml(b"[sinks\n")
