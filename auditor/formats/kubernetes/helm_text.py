"""Reads templates of a Helm chart as they are written, where nothing renders them: what is literal in them.

What an action would put in stands as HOLE, so that nobody takes what is not written for what is not there.
A document that stands below a condition, that has branches, or that is no YAML without its actions is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.helm_template import ACTION, bare_template
from auditor.formats.kubernetes.kube_model import Container, KubeObject, Workload, dig
from auditor.formats.text.errors import FormatError
from auditor.formats.text.text_file import decode
from auditor.formats.text.yaml_shapes import mapping_of
from auditor.formats.text.yaml_text import YamlValue

HOLE = "${helm}"
WRITTEN = "as written"
_LIMIT = 1_000_000
_KEY = "helm-hole-"
_OPENS = re.compile(r"-?\s*(?:if|with|range|define|block)\b")
_CLOSES = re.compile(r"-?\s*end\b")
_BRANCHES = re.compile(r"-?\s*else\b")
_SILENT = re.compile(r"-?\s*(?:\$\w*\s*:?=|(?:set|unset|fail|required)\s)")
_NINDENT = re.compile(r"\bnindent\s+(\d{1,3})")
_ITEM = re.compile(
    r"^( *)- (?=[\w.-]+:(?: |$))"
)  # of a condition: what stands beside it is not known
_INDENT = re.compile(r"\bindent\s+(\d{1,3})")


def read_written(data: bytes, *, path: str) -> list[KubeObject]:
    """The objects of one template that no condition encloses. Raises Malformed for binary content, TooLarge."""
    text = bare_template(decode(data, name=path, limit=_LIMIT).text)
    found: list[KubeObject] = []
    for line, document in _documents(text):
        try:
            objects = kube_manifest.read(document, path=path)
        except FormatError:
            continue
        found += [
            replace(one, made=WRITTEN, template_line=line)
            for one in objects
            if not _holed(mapping_of(one.body)) and HOLE not in one.kind
        ]
    return found


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each document that is sure to be applied, with holes for what actions put in."""
    depth, lines, first, sure = 0, list[str](), 1, True
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("---"):
            if sure and depth == 0:
                yield first, "\n".join(lines)
            lines, first, sure = [], number + 1, depth == 0
            continue
        actions = [match[1] for match in ACTION.finditer(line)]
        if any(map(_BRANCHES.match, actions)) or "{{" in ACTION.sub("", line):
            sure = False
        if depth and re.match(r"kind:", line):
            sure = False
        if line.startswith("kind:"):
            first = number
        depth += sum(map(bool, map(_OPENS.match, actions)))
        depth -= sum(map(bool, map(_CLOSES.match, actions)))
        made = _line(line, actions, number)
        lines.append(_ITEM.sub(rf"\1- {_KEY}{number}: {HOLE}\n\1  ", made) if depth else made)
    if sure and depth == 0:
        yield first, "\n".join(lines)


def _line(line: str, actions: list[str], number: int) -> str:
    """A line of a template as YAML: a hole for each value, an entry of holes for what an action writes alone."""
    if not actions:
        return line
    if ACTION.sub("", line).strip():
        return ACTION.sub(lambda found: "" if _quiet(found[1]) else HOLE, line)
    loud = [one for one in actions if not _quiet(one)]
    if not loud:
        return ""
    deep = _NINDENT.search(loud[0]) or _INDENT.search(loud[0])
    indent = int(deep[1]) if deep else len(line) - len(line.lstrip())
    return f"{' ' * indent}{_KEY}{number}: {HOLE}"


def _quiet(action: str) -> bool:
    return any(one.match(action) for one in (_OPENS, _CLOSES, _BRANCHES, _SILENT))


def _holed(value: YamlValue) -> bool:
    """Whether something not known stands beside the keys of a mapping, or in its place."""
    if isinstance(value, dict):
        return any(HOLE in key or key.startswith(_KEY) for key in value)
    return isinstance(value, str) and HOLE in value


def is_told(gap: str, made: Workload, one: Container) -> bool:
    """Whether the text alone tells that a container leaves something open, for a gap of `open_gaps`."""
    places: tuple[YamlValue, ...] = (one.body,)
    if gap in ("limits", "requests"):
        parts = tuple(dig(one.body, "resources", key) for key in ("limits", "requests"))
        places += (one.body.get("resources"), *parts)
    elif gap == "root":
        places += (made.pod, made.pod.get("securityContext"), one.body.get("securityContext"))
        users = (dig(p, "securityContext", "runAsUser") for p in (made.pod, one.body))
        guards = (dig(p, "securityContext", "runAsNonRoot") for p in (made.pod, one.body))
        places += (*users, *guards)
    else:
        places += (one.body.get(f"{gap}Probe"), dig(one.body, f"{gap}Probe", "exec", "command"))
    return not any(map(_holed, places))
