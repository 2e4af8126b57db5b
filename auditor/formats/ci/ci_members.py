"""What tells that a command at the root of a monorepo covers a part: member lists of build tools, and
the services of Compose files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from auditor.formats.containers.compose_model import Service
from auditor.formats.text.word_list import words

MEMBER_FILES: Mapping[str, tuple[str, ...]] = {
    "maven": ("pom.xml",),
    "gradle": ("settings.gradle", "settings.gradle.kts"),
    "cargo test": ("Cargo.toml",),
    "pytest": ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"),
    "dotnet test": ("*.sln", "*.slnx"),
}
"""For each tool, the names of files that may list the parts which it runs through."""

_VALUED = words(
    "-e --env -u --user -w --workdir -v --volume -p --publish --name --entrypoint --index -l --label"
    " --env-file"
)
_COMPOSE = re.compile(r"(?:docker|podman)(?:-| )compose (?:.* )?(?:run|exec) (.+)")


def lists(tool: str, content: str, part: str, text: str) -> bool:
    """Whether a member file of `tool` names `part`, a path from the file's folder, so that the command
    `text` runs its tests too."""
    name = re.escape(part)
    if tool == "maven":
        return re.search(rf"<module>\s*(?:\./)?{name}/?\s*</module>", content) is not None
    if tool == "dotnet test":
        return f'"{part}/' in content.replace("\\", "/")
    if tool == "gradle":
        colons = re.escape(part.replace("/", ":"))
        return re.search(rf"""['"]:?{colons}['"]""", content) is not None
    if tool == "pytest":
        value = r"(?:\[[^\]]*|[^\[\n]*(?:\n[ \t]+[^\n]*)*)"
        found = re.search(rf"^\s*testpaths\s*=\s*({value})", content, re.MULTILINE)
        return (
            found is not None and re.search(rf"(?<![\w./-]){name}(?![\w-])", found[1]) is not None
        )
    if tool == "cargo test":
        wild = re.escape(posixpath.dirname(part))
        listed = re.search(rf"""\bmembers\s*=\s*\[[^\]]*['"](?:{name}|{wild}/\*)['"]""", content)
        whole = re.search(r" --(?:workspace|all)(?= |$)", text) or "[package]" not in content
        return listed is not None and bool(whole)
    return False


def compose_service(text: str) -> str | None:
    """The service of a Compose file in whose container a command runs."""
    found = _COMPOSE.match(text)
    given = found[1].split() if found else []
    at = 0
    while at < len(given) and given[at].startswith("-"):
        at += 2 if given[at] in _VALUED else 1
    return given[at] if at < len(given) else None


def built_from(services: Iterable[Service], name: str, folder: str) -> list[str]:
    """The folders, from the git root, that the image of a service is built from; its Dockerfile's
    where the context is no folder of its own. `folder` is that of the Compose file."""
    places: list[str] = []
    for service in services:
        build = service.build
        if service.name != name or build is None or build.remote:
            continue
        context = posixpath.normpath(posixpath.join(folder, build.context))
        file = posixpath.normpath(posixpath.join(context, build.dockerfile or ""))
        places.append(context if context != "." else posixpath.dirname(file))
    return [place for place in places if place and not place.startswith(".")]
