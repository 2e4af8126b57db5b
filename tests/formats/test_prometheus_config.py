"""What a Prometheus configuration loads, scrapes and alerts."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring import prometheus_config
from auditor.formats.text.errors import FormatError, Malformed


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("", "is empty", None),
        ("- a", "must be a mapping", 1),
        ("rule_files: a.yml", "`rule_files` must be a list, and is a text", 1),
        ("rule_files:\n  - {a: b}", "must be text, and is a mapping", 2),
        ("scrape_configs: {}", "must be a list, and is a mapping", 1),
        ("scrape_configs:\n  - x", "must be a mapping, and is a text", 2),
        ("scrape_configs:\n  - scheme: http", "has no `job_name`", 2),
        ("scrape_configs:\n  - job_name: a\n  - job_name: a", "`a` is used twice", 3),
        ("alerting: [a]", "`alerting` must be a mapping", 1),
        ("alerting: {alertmanagers: a}", "`alertmanagers` must be a list", 1),
        ("scrape_configs:\n  - job_name: {{ x }}", "a key is itself", 2),
    ],
)
def test_what_prometheus_refuses_is_malformed(text: str, words: str, line: int | None) -> None:
    with pytest.raises(Malformed) as caught:
        prometheus_config.read(text)
    assert words in caught.value.message
    assert caught.value.line == line


def test_a_configuration_is_read_in_all_its_parts() -> None:
    config = prometheus_config.read(
        "global: {scrape_interval: 15s, evaluation_interval: 30s}\n"
        "rule_files:\n  - rules/*.yml\n  - /etc/more.yml\n"
        "scrape_configs:\n"
        "  - job_name: app\n    metrics_path: /m\n    scheme: https\n    scrape_interval: 5s\n"
        "    static_configs: [{targets: [a:1, b:2]}, {targets: []}]\n"
        "  - job_name: found\n    file_sd_configs: [{files: [t/*.json]}]\n"
        "    kubernetes_sd_configs: [{role: pod}]\n"
        "  - job_name: nothing\n    static_configs: [{targets: []}]\n"
        "alerting:\n  alertmanagers:\n    - static_configs: [{targets: ['am:9093']}]\n"
        "    - dns_sd_configs: [{names: [x]}]\n"
        "remote_write: [{url: http://x}]\n"
    )
    assert [(glob.pattern, glob.line) for glob in config.rule_files] == [
        ("rules/*.yml", 3),
        ("/etc/more.yml", 4),
    ]
    app, found, nothing = config.scrape_jobs
    assert (app.targets, app.metrics_path, app.scheme, app.interval) == (
        ("a:1", "b:2"),
        "/m",
        "https",
        "5s",
    )
    assert (found.discoveries, found.file_globs, found.line) == (
        ("file", "kubernetes"),
        ("t/*.json",),
        11,
    )
    assert [job.scrapes_something for job in (app, found, nothing)] == [True, True, False]
    assert (nothing.metrics_path, nothing.scheme, nothing.interval) == ("/metrics", "http", None)
    assert [entry.targets for entry in config.alertmanagers] == [("am:9093",), ()]
    assert [entry.discoveries for entry in config.alertmanagers] == [(), ("dns",)]
    assert (config.scrape_interval, config.evaluation_interval, config.remote_write) == (
        "15s",
        "30s",
        1,
    )


def test_an_unknown_key_is_named_with_its_line() -> None:
    config = prometheus_config.read(
        "scrape_config: []\nscrape_configs:\n  - job_name: a\n    targets: [b]\n    consult_sd_configs: []\n"
    )
    assert [(key.key, key.line) for key in config.unknown_keys] == [
        ("scrape_config", 1),
        ("targets", 4),
        ("consult_sd_configs", 5),
    ]


def test_every_configuration_among_several_documents_is_read() -> None:
    text = "kind: ConfigMap\ndata: {a: 'rule_files: [x]'}\n---\nrule_files: [a.yml]\n---\n"
    found = prometheus_config.read_all(text + "scrape_configs: []\n---\nother: 1\n")
    assert [[glob.pattern for glob in one.rule_files] for one in found] == [["a.yml"], []]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "groups: []\nrule_files: []\n",
        "rule_files: [a.yml]\ntests: []\n",
        "scrape_configs: []\nclients: [{url: http://loki}]\n",
        "kind: ConfigMap\ndata: {prometheus.yml: 'rule_files: [a.yml]'}\n",
        "- rule_files\n",
    ],
)
def test_a_test_of_rules_and_what_promtail_reads_are_no_configuration(text: str) -> None:
    assert prometheus_config.read_all(text) == []


def test_one_broken_configuration_is_malformed_wherever_it_stands() -> None:
    with pytest.raises(Malformed, match="must be a list"):
        prometheus_config.read_all("a: 1\n---\nrule_files: a.yml\n")


@pytest.mark.parametrize(
    ("head", "looks"),
    [
        (b"global: {}\nrule_files:\n", True),
        (b"scrape_configs: []\n", True),
        (b"data:\n  prometheus.yml: |\n    rule_files: []\n", False),
        (b"rule_files: [a.yml]\ntests:\n", False),
        (b"# rule_files:\n", False),
    ],
)
def test_it_is_told_by_its_own_sections(head: bytes, looks: bool) -> None:
    assert prometheus_config.sniff(head) is looks


TREES = st.recursive(
    st.sampled_from(["null", "x", "1", "true", "'a:1'"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.dictionaries(
            st.sampled_from(
                [
                    "job_name",
                    "static_configs",
                    "targets",
                    "file_sd_configs",
                    "files",
                    "alertmanagers",
                ]
            ),
            inner,
            max_size=3,
        ).map(lambda parts: "{" + ", ".join(f"{key}: {part}" for key, part in parts.items()) + "}"),
    ),
    max_leaves=12,
)


@given(TREES, TREES)
def test_no_shape_of_yaml_raises_anything_but_a_format_error(first: str, second: str) -> None:
    text = f"scrape_configs: {first}\nalerting: {second}\nrule_files: {second}\nglobal: {first}\n"
    with contextlib.suppress(FormatError):
        assert prometheus_config.read(text).remote_write == 0
