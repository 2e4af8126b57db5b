"""What ConfigMaps hold as text."""

from __future__ import annotations

import pytest

from auditor.formats.kubernetes.config_map import EmbeddedFile, embedded_files, sniff
from auditor.formats.text.errors import Malformed

TWO = """\
apiVersion: v1
kind: Service
metadata: {name: a}
---
apiVersion: v1
kind: ConfigMap
data:
  a.yml: |
    first: 1
    second: 2
  plain: text
  number: 5
"""


def test_every_text_is_a_file_with_the_line_on_which_it_starts() -> None:
    assert embedded_files(TWO) == [
        EmbeddedFile("a.yml", "first: 1\nsecond: 2\n", 9),
        EmbeddedFile("plain", "text", 11),
    ]


def test_items_of_a_list_and_texts_of_a_secret_count() -> None:
    text = "kind: List\nitems:\n- kind: Secret\n  stringData: {a: b}\n  data: {c: ZA==}\n"
    assert embedded_files(text) == [EmbeddedFile("a", "b", 4)]


@pytest.mark.parametrize(
    "text", ["", "a: 1\n", "- kind: ConfigMap\n", "kind: ConfigMap\ndata: x\n"]
)
def test_what_holds_no_text_gives_nothing(text: str) -> None:
    assert embedded_files(text) == []


def test_broken_yaml_is_malformed() -> None:
    with pytest.raises(Malformed):
        embedded_files("kind: ConfigMap\ndata: {{ x }}\n")


@pytest.mark.parametrize(
    ("head", "looks"),
    [
        (b"kind: ConfigMap\n", True),
        (b'{"kind": "ConfigMap"}', True),
        (b"items:\n- kind: Secret\n", True),
        (b"kind: ConfigMapList\n", False),
        (b"# kind: ConfigMap\n", False),
        (b"configMap: x\n", False),
    ],
)
def test_it_is_told_by_its_kind(head: bytes, looks: bool) -> None:
    assert sniff(head) is looks
