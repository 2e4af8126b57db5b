"""The paths that routes are registered under in code, as far as they are written out beside their method.

Prefixes that routers are mounted under stand elsewhere, so a path is the end of the one that is served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STRING = (
    r"(?:[rf]?\"(?P<a>[^\"\n\\]{0,200})\"|[rf]?'(?P<b>[^'\n\\]{0,200})'|`(?P<c>[^`\n\\$]{0,200})`)"
)
_VERB = r"(?P<verb>get|post|put|patch|delete|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete)"
_DECORATOR = re.compile(
    rf"^[ \t]*@[\w.]+\.{_VERB}\(\s*(?:path\s*=\s*)?{_STRING}(?P<rest>[^\n]*)", re.M
)
_ROUTE = re.compile(
    rf"^[ \t]*@[\w.]+\.(?:api_)?route\(\s*{_STRING}(?P<rest>(?:[^()]|\([^()]*\))*)\)", re.M
)
_CALL = re.compile(
    rf"\b[\w.]*(?:app|router|routes?|api|server|fastify|r|e|g|mux|group|v\d)\.{_VERB}\(\s*{_STRING}\s*,"
)
_NEST = re.compile(rf"^[ \t]*@{_VERB}\(\s*(?:{_STRING})?\s*\)", re.M)
_NEST_CONTROLLER = re.compile(rf"^[ \t]*@Controller\(\s*{_STRING}", re.M)
_SPRING = re.compile(rf"@{_VERB}Mapping\b(?:\(\s*(?:(?:value|path)\s*=\s*)?(?:\{{\s*)?{_STRING})?")
_SPRING_BASE = re.compile(
    rf"@RequestMapping\(\s*(?:(?:value|path)\s*=\s*)?(?:\{{\s*)?{_STRING}(?=[^;{{]{{0,600}}\bclass\b)"
)
_METHODS = re.compile(r"methods\s*=\s*[\[({]([^\])}]*)[\])}]")
_NAMED = re.compile(r"[\"'](\w+)[\"']")
_PARAMETER = re.compile(r"\{[^{}/]*\}|<[^<>/]*>|:[A-Za-z_]\w*(?:\([^()]*\))?\??|\*\w*")
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class RoutePath:
    """A route: `method` in capitals, `path` with `{}` for each parameter, without a slash at its end."""

    line: int
    method: str
    path: str


def route_paths(text: str, family: str) -> list[RoutePath]:
    """The routes that a source file registers, in the order of its lines; hidden ones are left out."""
    found: list[RoutePath] = []
    if family == "python":
        found += _python(text)
    elif family in ("javascript", "go"):
        found += [_made(text, m, m["verb"], "") for m in _CALL.finditer(text)]
        if family == "javascript":
            base = _string(_NEST_CONTROLLER.search(text))
            if base is not None:
                found += [_made(text, m, m["verb"], base) for m in _NEST.finditer(text)]
    elif family == "java":
        base = _string(_SPRING_BASE.search(text)) or ""
        found += [_made(text, m, m["verb"], base) for m in _SPRING.finditer(text)]
    return sorted(found, key=lambda route: route.line)[:_MOST]


def plain_path(path: str) -> str:
    """A path with `{}` in the place of each parameter, without a query and without a slash at its end."""
    bare = _PARAMETER.sub("{}", path.partition("?")[0])
    return "/" + "/".join(part for part in bare.split("/") if part)


def serves(route: RoutePath, method: str, path: str) -> bool:
    """Whether a route may be the one that is served under `path`: that ends as the route does."""
    if route.method != method.upper():
        return False
    own, served = route.path.strip("/"), plain_path(path).strip("/")
    return own == served or served.endswith(f"/{own}") or not own


def _python(text: str) -> Iterator[RoutePath]:
    for match in _DECORATOR.finditer(text):
        if "include_in_schema=False" not in _statement(text, match.start()):
            yield _made(text, match, match["verb"], "")
    for match in _ROUTE.finditer(text):
        named = _METHODS.search(match["rest"])
        for verb in _NAMED.findall(named[1]) if named else ["GET"]:
            yield _made(text, match, verb, "")


def _statement(text: str, start: int) -> str:
    """The decorator to its end, within reason."""
    end = re.compile(r"^[ \t]*(?:async\s+)?def\b", re.M).search(text, start)
    return text[start : end.start() if end else start + 2_000][:2_000].replace(" ", "")


def _made(text: str, match: re.Match[str], verb: str, base: str) -> RoutePath:
    line = text.count("\n", 0, match.start() + (match[0][:1] == "\n")) + 1
    return RoutePath(line, verb.upper(), plain_path(f"{base}/{_string(match) or ''}"))


def _string(match: re.Match[str] | None) -> str | None:
    return None if match is None else match["a"] or match["b"] or match["c"] or ""
