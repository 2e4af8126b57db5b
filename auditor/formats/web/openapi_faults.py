"""Where an OpenAPI document breaks the rules of its own version, so that readers stumble over it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.formats.web.openapi_parts import MISSING, Tree, at, mapping, resolved, sequence, text

_MOST = 50
_PLACEHOLDER = re.compile(r"\{([^{}/]{1,200})\}")
_ILLUSTRATIONS = frozenset({"example", "examples", "default", "enum", "const", "value"})


def faults(
    tree: Tree, version: str, routes: Tree, methods: Iterable[str], schemes: tuple[str, ...]
) -> list[str]:
    """Each fault in a few words, the first 50 of them."""
    found: dict[str, None] = {}
    for one in _each(tree, version, routes, frozenset(methods), schemes):
        found[one] = None
        if len(found) == _MOST:
            break
    return list(found)


def _each(
    tree: Tree, version: str, routes: Tree, methods: frozenset[str], schemes: tuple[str, ...]
) -> Iterator[str]:
    info = mapping(tree.get("info"))
    yield from (f"info.{key} is missing" for key in ("title", "version") if not text(info.get(key)))
    ids: set[str] = set()
    for path, item in routes.items():
        if not path.startswith("/"):
            yield f"the path {path} does not begin with /"
        route = mapping(resolved(tree, item))
        for method, operation in route.items():
            if method not in methods:
                continue
            name = f"{method.upper()} {path}"
            if not isinstance(operation, dict):
                yield f"{name} is no operation"
                continue
            own = text(operation.get("operationId"))
            if own and own in ids:
                yield f"{name} has the operationId {own} of another"
            ids.add(own)
            yield from _responses(tree, operation, version, name)
            yield from _placeholders(tree, route, operation, name)
            yield from _schemes(operation.get("security", tree.get("security")), schemes, name)
    yield from _references(tree)


def _responses(tree: Tree, operation: Tree, version: str, name: str) -> Iterator[str]:
    answers = {k: v for k, v in mapping(operation.get("responses")).items() if k[:2] != "x-"}
    if not answers and version.startswith(("2.", "3.0")):
        yield f"{name} has no responses"
    for status, given in answers.items():
        answer = resolved(tree, given)
        if answer is MISSING:
            continue
        if not isinstance(answer, dict):
            yield f"{name} has a response {status} that is none"
        elif "description" not in answer and version.startswith(("2.", "3.0", "3.1")):
            yield f"{name} has a response {status} without a description"


def _placeholders(tree: Tree, route: Tree, operation: Tree, name: str) -> Iterator[str]:
    given = [*sequence(route.get("parameters")), *sequence(operation.get("parameters"))]
    parameters = [resolved(tree, one) for one in given]
    if MISSING in parameters:
        return  # it may be the one that another document declares
    declared = {text(mapping(p).get("name")) for p in parameters if mapping(p).get("in") == "path"}
    # What stands behind # or ? tells variations of one route apart, and is no part of it.
    for wanted in _PLACEHOLDER.findall(re.split("[#?]", name)[0]):
        if wanted not in declared:
            yield f"{name} does not declare its parameter {wanted}"


def _schemes(given: object, schemes: tuple[str, ...], name: str) -> Iterator[str]:
    for alternative in sequence(given):
        for scheme in mapping(alternative):
            if scheme not in schemes and not re.search("[/:.#]", scheme):
                yield f"{name} asks for the security scheme {scheme}, which is not defined"


def _references(tree: Tree) -> Iterator[str]:
    """References to places of this document that are not there."""
    waiting: list[object] = [tree]
    seen: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            if "$id" in value:
                return  # references below it start from there
            reference = value.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/") and reference not in seen:
                seen.add(reference)
                if at(tree, reference) is MISSING:
                    yield f"the reference {reference} leads nowhere"
            waiting.extend(v for k, v in value.items() if k not in _ILLUSTRATIONS)
