"""Which services of a Compose file run the audited service itself, and how that is seen."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property

from auditor.code.languages import language_of
from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.containers import dockerfile
from auditor.formats.containers.build_context import BuildContext
from auditor.formats.containers.compose_model import Build, Service
from auditor.formats.containers.dockerfile_model import Dockerfile, Stage
from auditor.formats.containers.dockerfile_stages import bound_folders, reached
from auditor.formats.containers.image_reference import read_image
from auditor.formats.text.errors import FormatError
from auditor.formats.text.word_list import words
from auditor.probing.containers.container_files import Holdings, parents, resolve
from auditor.probing.doors.trouble import Trouble

_GLUE = frozenset({None, "bash", "powershell"})
_RUNTIMES = words(
    "python pypy node bun deno ruby php golang openjdk eclipse-temurin amazoncorretto maven gradle rust"
    " perl elixir swift aspnet sdk runtime uv"
)
_RECIPES = re.compile(
    r"(?i)(?:^|/)(?:GNUmakefile|Makefile(?:\.\w+)?|justfile|Taskfile\.ya?ml|Jenkinsfile|[^/]+\.(?:mk|sh))$"
    r"|^\.github/workflows/[^/]+\.ya?ml$|^\.gitlab-ci\.ya?ml$|^\.(?:goreleaser|drone|woodpecker)\.ya?ml$"
)
_BUILDS = re.compile(r"\b(?:build|buildx|buildah|podman|kaniko|img)\b.*")
_TAGGED = re.compile(r"(?:\s-t|\s--tag|\s--destination)[\s=]+[\"']?([\w./:${}()-]+)")
_LISTED = re.compile(
    r"^\s*-?\s*(?:images|tags|image_templates):\s*(?:[|>]-?|-)?\s*[\"']?([\w./-]+/[\w.-]+)",
    re.MULTILINE,
)
_SOURCE = re.compile(
    r"org\.opencontainers\.image\.source\s*=\s*[\"']?https?://[^/\s]+/([\w.-]+/[\w.-]+)"
)
_MODULE = re.compile(r"^module\s+[\w.-]+\.\w+/([\w.-]+/[\w.-]+)(?:/v\d+)?\s*$", re.MULTILINE)
_LARGEST = 512 * 1024


class OwnServices:
    """Tells services that run the audited service, which is called `name`, from databases and services of
    elsewhere."""

    def __init__(self, holdings: Holdings, name: str = "") -> None:
        self._holdings = holdings
        self._name = name.lower()
        self._repo = holdings.repo
        self._code = self._repo.once("own code", self._own_code)

    def _own_code(self) -> frozenset[str]:
        return frozenset(
            path
            for path in self._holdings.files
            if self._repo.in_service(path)
            and language_of(path) not in _GLUE
            and role(self._repo.below(path)) in SHIPPED
        )

    def seen(self, service: Service, build: Build | None) -> str:
        """How it is seen that `service` runs the audited one, "" where it is not.

        Paths of both are relative to the git root. `build` is that of its image, which another
        service may declare.
        """
        image = service.image
        made = None if build is None else self._made(build)
        if made is not None and self._takes_code(*made):
            return f"built from {made[0] or '.'}"
        if image is not None and build is None and _bare(image.name) in self.images:
            return f"the image {image.text}, which this repository builds"
        if image is not None and build is None and self._called(image.name):
            return f"the image {image.text}, which is called like the service"
        base = self._base(*made) if made is not None else image.name if image is not None else ""
        mounted = [path.path for path in service.binds if self._holds_code(resolve("", path.path))]
        if mounted and base.rpartition("/")[2] in _RUNTIMES:
            return f"runs the code of {mounted[0]}"
        return ""

    def _called(self, image: str) -> bool:
        """Whether an image of somebody has the name of the service, of which a Dockerfile here makes one."""
        owner, _, last = _bare(image).rpartition("/")
        named = (
            last == self._name
            or f"{owner}/{last}" == self._name
            or last in re.split(r"[+/ ]", self._name)
        )
        return bool(self._name and owner and named) and not self._repo.root and self._made_here

    @cached_property
    def _made_here(self) -> bool:
        """Whether a Dockerfile at the root, or in a folder called after Docker, takes code of the service."""
        files = [
            path
            for path in sorted(self._holdings.files)
            if re.fullmatch(r"(?i)(?:(?:docker|build|deploy[^/]*)/)?Dockerfile(?:\.\w+)?", path)
        ]
        return any(self._takes_code("", path, None) for path in files)

    @cached_property
    def images(self) -> frozenset[str]:
        """The names, without registry and tag, of images that this repository says it builds.

        Of one service among several, only those that are called like its folder.
        """
        names = {_bare(name) for name in self._written_images() if "$" not in name}
        folder = self._repo.root.rpartition("/")[2].lower()
        return frozenset(
            name for name in names if name and (not folder or folder in re.split(r"[/_.-]", name))
        )

    def _written_images(self) -> Iterator[str]:
        for path in sorted(self._holdings.files):
            name = path.rpartition("/")[2]
            patterns = [_LISTED] if path.endswith(("yml", "yaml")) else []
            if name == "go.mod" and self._repo.in_service(path):
                patterns = [_MODULE]
            elif "dockerfile" in name.lower() and self._repo.in_service(path):
                patterns = [_SOURCE]
            elif not _RECIPES.search(path) or role(path) not in SHIPPED:
                continue
            text = self._text(path)
            yield from (found for pattern in patterns for found in pattern.findall(text))
            for line in _BUILDS.findall(text.replace("\\\n", " ")):
                yield from (read_image(found).name for found in _TAGGED.findall(line))
        for build in self._holdings.compose_builds:
            if build.image and self._takes_code(build.context, build.dockerfile, build.target):
                yield read_image(build.image).name

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=_LARGEST).text
        except Trouble:
            return ""

    def _made(self, build: Build) -> tuple[str, str, str | None] | None:
        """Context, Dockerfile and target of a build whose Dockerfile the repository holds."""
        context = None if build.remote or build.inline else resolve("", build.context)
        file = None if context is None else self._holdings.dockerfile(context, build.dockerfile)
        return None if context is None or file is None else (context, file, build.target)

    def _takes_code(self, context: str, file: str, target: str | None) -> bool:
        """Whether what an image takes from its context is code of the audited service."""
        try:
            parsed, stages = self._stages(file, target)
            given = self._holdings.context(context, file)
        except (Trouble, FormatError):
            return False
        taken = [(s.path, s.pattern) for stage in stages for s in stage.sources if not s.url]
        taken += [(path, False) for path in bound_folders(parsed, stages)]
        return any(self._is_code(given, file, *source) for source in taken)

    def _base(self, context: str, file: str, target: str | None) -> str:
        """The name of the image below the stage that runs; "" where it cannot be read."""
        try:
            parsed, stages = self._stages(file, target)
        except (Trouble, FormatError):
            return ""
        return parsed.chain(stages[-1])[-1].base.name

    def _stages(self, file: str, target: str | None) -> tuple[Dockerfile, list[Stage]]:
        parsed = dockerfile.read(self._repo.read(file).data)
        named = [s for s in parsed.stages if s.name and s.name == (target or "").lower()]
        return parsed, reached(parsed, named[:1] or [parsed.final])

    def _is_code(self, context: BuildContext, file: str, path: str, pattern: bool) -> bool:
        named = posixpath.normpath(posixpath.join(context.folder, path.lstrip("/")))
        everything = named == "." or named in parents(self._repo.root)
        if self._repo.root and everything and not self._is_ours(file):
            return False  # an image of another service may be given the whole repository
        if self._is_ours(file) and context.built_before(path):
            return True
        start = f"{context.folder}/" if context.folder else ""
        return any(start + below in self._code for below in context.given(path, pattern))

    def _is_ours(self, file: str) -> bool:
        """Whether a Dockerfile lies in the service, or above it, or is called like its folder."""
        repo = self._repo
        if repo.in_service(file) or file.rpartition("/")[0] in parents(repo.root):
            return True
        return repo.root.rpartition("/")[2].lower() in re.split(r"[/._-]", file.lower())

    def _holds_code(self, folder: str | None) -> bool:
        if folder is None or not self._repo.in_service(folder):
            return False
        return any(path.startswith(f"{folder}/" if folder else "") for path in self._code)


def _bare(image: str) -> str:
    """The name of an image without its registry: `ghcr.io/acme/shop` is `acme/shop`."""
    first, slash, rest = image.lower().partition("/")
    return (
        rest if slash and ("." in first or ":" in first or first == "localhost") else image.lower()
    )
