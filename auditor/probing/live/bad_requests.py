"""Requests that are wrong on purpose and can do no harm: unknown paths, broken JSON, values of a wrong type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.web.openapi_doc import Operation
from auditor.probing.live.api_description import Described, is_harmless

BROKEN_JSON = b'{"auditor": '
"""No reader of JSON can take this: it ends within an object."""

_NO_VALUE = "auditor-no-such-value"
_MOST_POSTS = 3
_MOST_PATHS = 3
_MOST_QUERIES = 2


@dataclass(frozen=True, slots=True)
class BadRequest:
    """`known`: sent to an operation that the API description names, whose input it breaks."""

    name: str
    method: str
    url: str
    content: bytes | None = None
    known: bool = False


def to_nowhere(path: str) -> list[BadRequest]:
    """To a path that does not exist."""
    return [
        BadRequest("GET a path that does not exist", "GET", path),
        BadRequest("POST of broken JSON to a path that does not exist", "POST", path, BROKEN_JSON),
    ]


def to_known(described: Described, *, posts: bool) -> list[BadRequest]:
    """To operations of a description: wrong types to GETs, and broken JSON where a body must be JSON."""
    found = (
        list(_wrong_paths(described))[:_MOST_PATHS]
        + list(_wrong_queries(described))[:_MOST_QUERIES]
    )
    return found + (list(_broken_posts(described))[:_MOST_POSTS] if posts else [])


def _broken_posts(described: Described) -> Iterator[BadRequest]:
    for operation in described.document.operations:
        if operation.method == "POST" and operation.json_body and "{" not in operation.path:
            if not is_harmless(operation):
                continue
            url = described.url(operation.path)
            if url is not None:
                yield BadRequest(f"{operation.name} of broken JSON", "POST", url, BROKEN_JSON, True)


def _wrong_paths(described: Described) -> Iterator[BadRequest]:
    for operation in _gets(described):
        wanted = [p for p in operation.parameters if p.where == "path"]
        if wanted and all(p.type in ("integer", "number") or p.format == "uuid" for p in wanted):
            path = re.sub(r"\{[^{}/]{1,200}\}", _NO_VALUE, operation.path)
            url = described.url(path)
            if url is not None and not _needs_more(operation):
                yield BadRequest(
                    f"{operation.name} with a path of a wrong type", "GET", url, None, True
                )


def _wrong_queries(described: Described) -> Iterator[BadRequest]:
    for operation in _gets(described):
        numbers = [
            p
            for p in operation.parameters
            if p.where == "query" and p.type in ("integer", "number")
        ]
        others = [p for p in operation.parameters if p.required and p not in numbers]
        url = described.url(operation.path)
        if (
            numbers
            and not others
            and url is not None
            and re.fullmatch(r"[\w.~\[\]-]+", numbers[0].name)
        ):
            target = f"{url}?{numbers[0].name}={_NO_VALUE}"
            yield BadRequest(
                f"{operation.name} with {numbers[0].name} of a wrong type",
                "GET",
                target,
                None,
                True,
            )


def _gets(described: Described) -> Iterator[Operation]:
    return (o for o in described.document.operations if o.method == "GET" and is_harmless(o))


def _needs_more(operation: Operation) -> bool:
    return any(p.required and p.where != "path" for p in operation.parameters)
