"""Reads what `helm template` prints: each object, with the template that it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.kube_model import KubeObject, dig
from auditor.formats.text.yaml_shapes import text_of

RENDERED = "rendered"
_SOURCE = re.compile(r"(?m)^# Source: (\S+)[ \t]*$")


def read_output(text: str) -> Iterator[KubeObject]:
    """Every object, its path that of the template below the chart (`templates/a.yaml`); not those that only
    `helm test` applies. Raises Malformed and TooLarge."""
    marks = list(_SOURCE.finditer(text))
    for mark, end in zip(marks, [m.start() for m in marks[1:]] + [len(text)], strict=False):
        below = mark[1].partition("/")[2]
        for found in kube_manifest.read(text[mark.end() : end], path=below):
            if not is_test(found):
                yield replace(found, made=RENDERED)


def is_test(found: KubeObject) -> bool:
    """Whether only `helm test` applies an object."""
    hooks = text_of(dig(found.body, "metadata", "annotations", "helm.sh/hook")) or ""
    return any(one.strip() in ("test", "test-success", "test-failure") for one in hooks.split(","))


def placed(found: KubeObject, path: str, text_at: Callable[[str], str]) -> KubeObject:
    """An object with the file that its template is, and the line there that says its kind."""
    line = next(
        (
            number
            for number, one in enumerate(text_at(path).splitlines(), 1)
            if one.strip() == f"kind: {found.kind}"
        ),
        None,
    )
    return replace(found, path=path, template_line=line)
