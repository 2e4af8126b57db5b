"""Chart.yaml, values and templates of Helm charts."""

from __future__ import annotations

import pytest

from auditor.formats.kubernetes import helm_template
from auditor.formats.kubernetes.helm_chart import (
    Dependency,
    keys_of,
    read_chart,
    read_values,
    settings_of,
)
from auditor.formats.kubernetes.helm_template import Uses, is_used, lacking
from auditor.formats.text.errors import FormatError, Malformed

CHART = b"apiVersion: v2\nname: shop\nversion: 1.2.3\n"


def uses(*templates: str) -> Uses:
    found = Uses()
    for text in templates:
        helm_template.read(text.encode(), found, path="templates/a.yaml")
    return found


def missing(text: str, values: str) -> list[str]:
    held = read_values(values.encode(), path="values.yaml").value
    return [".".join(path) for path, _ in lacking(uses(text), [held])]


def test_a_chart_and_what_it_brings_in() -> None:
    text = b"dependencies:\n- {name: redis, alias: cache, version: 1.x, repository: https://r.test, condition: cache.on}\n"
    found = read_chart(CHART + text, path="Chart.yaml")
    assert (found.name, found.version, found.faults) == ("shop", "1.2.3", [])
    assert found.dependencies == [Dependency("redis", "cache", "1.x", "https://r.test", "cache.on")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"apiVersion: v3\nname: shop\nversion: 1.2.3\n", (1, "apiVersion must be v1 or v2")),
        (b"apiVersion: v2\nname: shop\nversion: latest\n", (3, "version must be a semantic version")),
        (b"apiVersion: v2\nname: '{{ x }}'\nversion: 1.2.3\n", (2, "name must be a name of letters, digits, - and .")),
        (CHART + b"dependencies:\n- {name: redis}\n", (5, "the dependency redis has no version")),
    ],
)  # fmt: skip
def test_what_helm_refuses(text: bytes, fault: tuple[int, str]) -> None:
    assert read_chart(text, path="Chart.yaml").faults == [fault]


@pytest.mark.parametrize("text", [b"- a\n", b"x: [\n", b"text"])
def test_what_is_no_mapping_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        read_chart(text, path="Chart.yaml")
    with pytest.raises(Malformed):
        read_values(text, path="values.yaml")


def test_keys_and_settings() -> None:
    value = read_values(b"a: {b: 1, c: {}}\nd: [{e: 1}]\n", path="values.yaml").value
    assert [path for path, _ in keys_of(value)] == [
        ("a",), ("a", "b"), ("a", "c"), ("d",), ("d", 0, "e"),
    ]  # fmt: skip
    assert list(settings_of(value)) == [("a", "b"), ("a", "c"), ("d",)]
    assert read_values(b"# nothing\n", path="values.yaml").value is None


@pytest.mark.parametrize(
    "text",
    [
        "x: {{ .Values.a }}",
        "x: {{ .Values.image.tag }}",
        "x: {{ default 1 .Values.b }}",
        "x: {{ .Values.b | default 1 }}",
        "x: {{ required \"b\" .Values.b }}",
        "{{ if .Values.b }}x: {{ .Values.b }}{{ end }}",
        "{{- with .Values.b }}{{ .c }}{{ end }}",
        "{{ if hasKey .Values \"b\" }}x: {{ .Values.b }}{{ end }}",
        "{{/* .Values.b and {{ .Values.b }} */}}",
        "# x: {{ .Values.b }}",
        "x: {{ .Values.global.b }}",
        "x: {{ index .Values.image \"b\" }}",
        "x: \"{{ .Values.list.b }}\"",
    ],
)  # fmt: skip
def test_what_values_hold_or_something_stands_in_for(text: str) -> None:
    assert missing(text, "a: 1\nimage: {tag: x}\nlist: [1]\n") == []


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("x: {{ .Values.b }}", ["b"]),
        ("x: {{ $.Values.image.name | quote }}", ["image.name"]),
        ("x: {{ printf \"}}%s\" .Values.b }}", ["b"]),
        ("{{ if .Values.image }}x: {{ .Values.image.name }}{{ end }}", ["image.name"]),
    ],
)  # fmt: skip
def test_what_values_lack(text: str, lacks: list[str]) -> None:
    assert missing(text, "a: 1\nimage: {tag: x}\n") == lacks


def test_a_value_is_used_with_what_holds_it_and_what_it_holds() -> None:
    found = uses("x: {{ toYaml .Values.resources }}\ny: {{ .Values.image.tag }}")
    assert is_used(("resources", "limits", "cpu"), found)
    assert is_used(("image",), found)
    assert not is_used(("image", "name"), found)
    assert is_used(("anything",), uses("{{ toYaml .Values }}"))
    assert not is_used(("image",), uses("{{/* .Values.image */}}"))


def test_values_that_a_template_puts_together() -> None:
    assert uses('{{ $_ := set $ "Values" (merge $x) }}').made
    assert not uses("{{ .Values.a }}").made


@pytest.mark.parametrize(
    "piece", ["{{", "}}", "{{/*", "{{ .Values.a", '{{ "', "*/}}", "{{ .Values.a }} "]
)
def test_repeated_nonsense_is_read_or_refused(piece: str) -> None:
    data = (piece * 20_000).encode()
    found = Uses()
    try:
        helm_template.read(data, found, path="a.yaml")
    except FormatError:
        return
    assert set(found.used) <= {("a",)}
