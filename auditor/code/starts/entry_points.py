"""Where a service starts, in its source: web apps, main functions, Django's and Spring's launchers.

What stands in a comment or a string is no entry point, and neither is a test or an example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from auditor.code.java.java_builds import BUILD_FILES
from auditor.code.java.java_starts import build_starts, java_starts, web_starts
from auditor.code.languages import PATHS, language_of
from auditor.code.lexical.places import SHIPPED, role
from auditor.code.parsing import Unparsed, nodes, parse
from auditor.code.starts.compose_starts import compose_starts
from auditor.code.starts.declared_starts import EntryPoint, declared_in, may_declare

__all__ = ["EntryPoint", "entry_points", "is_shipped"]

ReadText = Callable[[str], str]
"""The text of a file by its path; an empty text where it cannot be read."""

_FRAMEWORKS = {
    "FastAPI": "FastAPI app", "Flask": "Flask app", "Starlette": "Starlette app", "Litestar": "Litestar app",
    "Sanic": "Sanic app", "Quart": "Quart app", "Bottle": "Bottle app", "Celery": "Celery app",
    "APIFlask": "Flask app", "Robyn": "Robyn app", "BlackSheep": "BlackSheep app",
    "web.Application": "web application", "tornado.web.Application": "Tornado application",
    "falcon.App": "Falcon app", "falcon.asgi.App": "Falcon app", "grpc.server": "gRPC server",
    "grpc.aio.server": "gRPC server", "get_wsgi_application": "WSGI application",
    "get_asgi_application": "ASGI application", "execute_from_command_line": "Django manage.py",
}  # fmt: skip
_PREFILTER = re.compile(
    rf"\b(?:{'|'.join(re.escape(name) for name in _FRAMEWORKS)}|make_wsgi_app)\s*\("
)
_LAUNCHERS = frozenset({"main.py", "app.py", "server.py", "run.py", "wsgi.py", "asgi.py"})
_GUARD = re.compile(r"""^if __name__ == ["']__main__["']:""", re.MULTILINE)

_MAINS: dict[str, tuple[tuple[str, str], ...]] = {
    "go": (("main function", r"func main\(\)"),),
    "kotlin": (
        ("Spring Boot application", r"[ \t]*runApplication<|@SpringBootApplication\b"),
        ("main function", r"(?:suspend )?fun main\("),
    ),
    "csharp": (
        (
            "ASP.NET application",
            r"[ \t]*(?:var \w+ = |return )?(?:WebApplication|Host)\.Create\w*Builder\(",
        ),
        (
            "main function",
            r"[ \t]*(?:public |private |internal )?static (?:async )?(?:void|int|Task(?:<int>)?) Main\(",
        ),
    ),
    "rust": (("main function", r"(?:pub )?(?:async )?fn main\("),),
    "scala": (("main function", r"[ \t]*def main\(|object \w+ extends App\b"),),
    "dart": (("main function", r"(?:void |Future<void> )?main\("),),
    "c": (("main function", r"int main\("),),
    "cpp": (("main function", r"int main\("),),
}
_ASIDE = re.compile(
    r"(?:^|/)(?:\.[^/]+|(?:[^/]+-)?(?:examples?|samples?|demos?)|fuzz|benchmarks?|testing|test-[^/]+)/",
    re.IGNORECASE,
)
_PACKAGES = re.compile(r"(?:^|/)src/.*")
_EMPTY_BODY = re.compile(r"[^{\n]*\{\s*\}")
_GO_PACKAGE = re.compile(r"^package (\w+)", re.MULTILINE)
_RUST_MAIN = re.compile(r"(?:^|/)(?:main\.rs|src/bin/.+\.rs)$")
_BY_NAME = re.compile(r"(?:^|/)(?:config\.ru|artisan|public/index\.php)$")


@lru_cache(maxsize=PATHS)
def is_shipped(path: str) -> bool:
    """Whether a file may say anything about how the service starts."""
    return role(path) in SHIPPED and not _ASIDE.search(_PACKAGES.sub("/", path))


def entry_points(paths: Iterable[str], read: ReadText) -> list[EntryPoint]:
    """The entry points in the files at `paths`, by path and line."""
    known = frozenset(paths)
    found: list[EntryPoint] = []
    for path in sorted(known):
        if may_declare(path):
            found += declared_in(path, read(path), known)
        if _BY_NAME.search(path):
            found.append(EntryPoint("launcher", path, 1))
        name = path.rpartition("/")[2]
        if name in BUILD_FILES:
            found += build_starts(path, read(path))
        elif name == "web.xml":
            found += web_starts(path, read(path))
        language = language_of(path)
        if language == "python":
            found += _python(path, read(path))
        elif language == "java":
            found += java_starts(path, read(path))
        elif language in _MAINS:
            found += _compiled(path, language, read(path))
    found += compose_starts(known, read)
    return sorted(found, key=lambda point: (point.path, point.line))


def _python(path: str, text: str) -> Iterator[EntryPoint]:
    name = path.rpartition("/")[2]
    if _PREFILTER.search(text):
        yield from _calls(path, text)
    if name == "__main__.py" and re.search(r"^[^#\s\"'].*\S", text, re.MULTILINE):
        yield EntryPoint("package program", path, 1)
    guard = _GUARD.search(text) if name in _LAUNCHERS else None
    if guard:
        yield EntryPoint("script", path, text.count("\n", 0, guard.start()) + 1)


def _calls(path: str, text: str) -> Iterator[EntryPoint]:
    try:
        root = parse(text, "python")
    except Unparsed:
        return
    for call in nodes(root, ["call"]):
        function = call.field("function")
        what = _started(function.text()) if function is not None else None
        if what is not None:
            yield EntryPoint(what, path, call.range().start.line + 1)


def _started(called: str) -> str | None:
    """What a call makes: by its full name, or its last part where that is telling."""
    short = called.rpartition(".")[2]
    if (
        short == "make_wsgi_app" and short != called
    ):  # prometheus_client's is called without an object
        return "WSGI application"
    return _FRAMEWORKS.get(called) or _FRAMEWORKS.get(short)


def _compiled(path: str, language: str, text: str) -> Iterator[EntryPoint]:
    package = _GO_PACKAGE.search(text) if language == "go" else None
    if package and package[1] != "main":
        return
    if language == "rust" and not _RUST_MAIN.search(path):
        return
    for what, pattern in _MAINS[language]:
        match = re.search(rf"^(?:{pattern})", text, re.MULTILINE)
        if match and not _EMPTY_BODY.match(text, match.end()):
            at = match.end()
            yield EntryPoint(what, path, text.count("\n", 0, at) + 1)
            return
