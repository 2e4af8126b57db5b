"""Manifests are recognised however their text is encoded."""

from __future__ import annotations

import codecs

import pytest

from auditor.formats.kubernetes import kube_manifest

TEXT = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: orders}\n"


@pytest.mark.parametrize(
    "data",
    [TEXT.encode(), codecs.BOM_UTF8 + TEXT.encode(), codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")],
)  # fmt: skip
def test_a_manifest_is_recognised_with_and_without_a_byte_order_mark(data: bytes) -> None:
    assert kube_manifest.sniff(data)
    assert [one.name for one in kube_manifest.read(data, path="a.yaml")] == ["orders"]


def test_a_text_that_only_speaks_of_a_kind_is_none() -> None:
    assert not kube_manifest.sniff(b"name: a\nkind: Deployment of people\n")
