"""What may be the features of a service: its routes by their first word, with tests of the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.lexical.places import Role, role
from auditor.code.scanning import family
from auditor.code.topics.route_paths import RoutePath, route_paths
from auditor.formats.text.word_list import words
from auditor.formats.web.openapi_doc import is_health
from auditor.model.survey import Candidate
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.sources import shipped

_LIMIT = 512 * 1024
_MOST_FILES = 1_500
_MOST = 12
_MOST_ROUTES = 4
_MOST_TESTS = 2
_WHOLE = re.compile(r"e2e|acceptance|integration|api|functional|flow")
_MACHINES = words(
    "metrics health healthz ready readyz live livez readiness liveness ping status version docs redoc openapi"
    " openapi.json swagger favicon.ico static actuator assets robots.txt {}"
)
_PASSED = frozenset({"api", "rest", "public", "internal"})
_VERSION = re.compile(r"v\d+")


def candidates(repo: Repo) -> Iterator[Candidate]:
    """The groups of routes with most routes first; nothing where no route is written out."""
    groups: dict[str, list[RoutePath]] = {}
    for entry in shipped(repo)[:_MOST_FILES]:
        kind = family(entry.path)
        if kind is None:
            continue
        try:
            text = repo.read(entry.path, limit=_LIMIT).text
        except Trouble:
            continue
        for route in route_paths(text, kind):
            word = _word(route.path)
            if word and not is_health(route.path):
                groups.setdefault(word, []).append(route)
    files = [repo.below(e.path) for e in repo.service if role(repo.below(e.path)) is Role.TEST]
    order = sorted(groups, key=lambda word: (-len(groups[word]), word))
    for word in order[:_MOST]:
        yield _candidate(word, groups[word], files)


def _word(path: str) -> str:
    """The word that a path is about: the first that is neither a version nor a prefix for all."""
    for step in path.strip("/").lower().split("/"):
        if step in _PASSED or _VERSION.fullmatch(step):
            continue
        return "" if step in _MACHINES or not re.fullmatch(r"[a-z][\w-]*", step) else step
    return ""


def _candidate(word: str, routes: list[RoutePath], files: list[str]) -> Candidate:
    told = tuple(dict.fromkeys(f"{r.method} {r.path}" for r in routes))
    plain = sorted(r.path for r in routes if r.method == "GET" and "{}" not in r.path)
    stem = re.sub(r"[^a-z0-9]", "", word).removesuffix("s")
    named = [f for f in files if stem and stem in re.sub(r"[^a-z0-9]", "", f.lower())]
    tests = sorted(named, key=lambda f: (not _WHOLE.search(f.lower()), f))
    return Candidate(
        id=word.replace("_", "-"),
        title=word.replace("_", " ").replace("-", " ").capitalize(),
        routes=told[:_MOST_ROUTES],
        tests=tuple(f"{f}::*" if f.endswith(".py") else f for f in tests[:_MOST_TESTS]),
        get=plain[0] if plain else "",
    )
