"""Which commit a running service says it was built from: in JSON, in headers, in `*_build_info` samples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_REVISION = re.compile(r"[0-9a-f]{7,40}|[0-9a-f]{64}", re.IGNORECASE)
_KEY = re.compile(
    r"(?:x-)?(?:(?:git|vcs|build|source|app|service|image|deployed?|release)[._-]?)*"
    r"(?:commit|revision|sha|hash|head)(?:[._-]?(?:id|sha|hash|full|long|short|abbrev))*",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r"^\w*build_info\{([^}\n]{0,2000})\}\s+[1-9][\d.e+]*\s*$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_DEPTH = 5
_MOST = 2000


def of_json(value: object) -> list[str]:
    """Every commit id under a key that says so, such as `{"git": {"commit": {"id": "1f2e…"}}}`."""
    found: list[str] = []
    _walk(value, "", 0, found, [0])
    return list(dict.fromkeys(found))


def _walk(value: object, key: str, depth: int, found: list[str], seen: list[int]) -> None:
    seen[0] += 1
    if depth > _DEPTH or seen[0] > _MOST:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # `commit: {id: …}` and `git: {commit: …}`: the path speaks where the last key does not.
            own = str(name)
            below = own if _KEY.fullmatch(own) else f"{key}.{own}" if key else own
            _walk(inner, below, depth + 1, found, seen)
    elif isinstance(value, str) and _KEY.fullmatch(key) and _REVISION.fullmatch(value.strip()):
        found.append(value.strip().lower())


def of_headers(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Commit ids in headers such as `X-Git-Commit`; an ETag or a request id is none."""
    return [
        value.strip().lower()
        for name, value in headers
        if _KEY.fullmatch(name) and _REVISION.fullmatch(value.strip())
    ]


def of_exposition(text: str) -> list[str]:
    """Commit ids in the labels of samples such as `orders_build_info{revision="1f2e…"} 1`."""
    found = [
        value.lower()
        for labels in _SAMPLE.findall(text)
        for name, value in _LABEL.findall(labels)
        if _KEY.fullmatch(name) and _REVISION.fullmatch(value)
    ]
    return list(dict.fromkeys(found))
