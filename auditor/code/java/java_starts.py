"""Where a Java service starts: main functions, Spring Boot, Quarkus, what a servlet container loads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.java.java_text import read_java
from auditor.code.starts.declared_starts import EntryPoint

SPRING = "Spring Boot application"
QUARKUS = "Quarkus application"
MAIN = "main function"
WEB = "web application"
FRAMEWORKS = frozenset({SPRING, QUARKUS, WEB})
"""Entry points beside which a main function in the same module is a tool."""

_STARTS = (
    (SPRING, re.compile(r"\bSpringApplication\.run\(|@SpringBootApplication\b|\bnew SpringApplication(?:Builder)?\(")),
    (QUARKUS, re.compile(r"@QuarkusMain\b|\bQuarkus\.run\(")),
    (WEB, re.compile(r"@(?:ApplicationPath|WebServlet|WebFilter|WebListener)\b"
                     r"|\b(?:extends SpringBootServletInitializer|implements WebApplicationInitializer)\b")),
    (MAIN, re.compile(r"\b(?:public static|static public|static) (?:final )?void main\s*\(")),
)  # fmt: skip
_MAYBE = re.compile(
    r"SpringApplication|SpringBoot|Quarkus|ApplicationPath|WebServlet|WebFilter|WebListener|WebApplicationInitializer"
    r"|\bmain\s*\("
)
_EMPTY = re.compile(r"[^{\n]*\{\s*\}")
_REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
_PLUGIN = re.compile(r"<artifactId>\s*quarkus-maven-plugin\s*</artifactId>")
_MANAGED = re.compile(r"<pluginManagement>.*?</pluginManagement>", re.DOTALL)
_POM = re.compile(r"<packaging>\s*pom\s*</packaging>")
_GRADLE = re.compile(
    r"""^[ \t]*(?:id\s*\(?\s*["']io\.quarkus["']\)?(?!.*apply\s+false)|apply plugin:\s*["']io\.quarkus["'])""",
    re.MULTILINE,
)
_SERVLET = re.compile(r"<(?:servlet|listener|filter)-class>")


def java_starts(path: str, text: str) -> Iterator[EntryPoint]:
    """Where a Java text starts a service; one at most."""
    if not _MAYBE.search(text):
        return
    bare = read_java(text).bare
    for what, pattern in _STARTS:
        match = pattern.search(bare)
        if match and not (what == MAIN and _EMPTY.match(bare, match.end())):
            yield EntryPoint(what, path, bare.count("\n", 0, match.start()) + 1)
            return


def build_starts(path: str, text: str) -> Iterator[EntryPoint]:
    """Whether a build file packages an application that needs no main function (Quarkus)."""
    if path.endswith("pom.xml"):
        bare = _MANAGED.sub(lambda m: _blank(m[0]), _REMARK.sub(lambda m: _blank(m[0]), text))
        match = None if _POM.search(bare) else _PLUGIN.search(bare)
    else:
        match = _GRADLE.search(text)
    if match:
        yield EntryPoint(QUARKUS, path, text.count("\n", 0, match.start()) + 1)


def web_starts(path: str, text: str) -> Iterator[EntryPoint]:
    """Whether a web.xml names what a servlet container loads."""
    match = _SERVLET.search(_REMARK.sub(lambda m: _blank(m[0]), text))
    if match and "/WEB-INF/" in f"/{path}":
        yield EntryPoint(WEB, path, text.count("\n", 0, match.start()) + 1)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
