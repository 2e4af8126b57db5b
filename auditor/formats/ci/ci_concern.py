"""Whether a command of a pipeline is about the service, about another part of the repository, or
neither is shown: by the folder it runs in, the paths it names, and the packages it picks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatchcase

from auditor.formats.shell.command_words import bare_commands

MANIFESTS = frozenset({
    "package.json", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "go.mod", "Cargo.toml",
    "pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "mix.exs", "Pipfile",
    "deno.json", "deno.jsonc", "manage.py", "build.sbt", "pubspec.yaml", "Package.swift",
})  # fmt: skip
_PROJECTS = re.compile(r"[^/]+\.(?:cs|fs|vb)proj")
_PICKS = (
    (re.compile(r"(?:npm|pnpm|yarn|bun|turbo|nx|lerna|moon|rush)(?= )"),
     re.compile(r" (?:--filter|-F|--workspace|--scope|--projects?|workspace)[ =](\S+)")),
    (re.compile(r"nx(?= )"), re.compile(r"^nx (?:run |(?!run-many|affected|exec|graph)[a-z][\w:-]* )(?!-)([\w@/.-]+)")),
    (re.compile(r"npm(?= )"), re.compile(r" -w[ =](\S+)")),
    (re.compile(r"(?:cargo|uv)(?= )"), re.compile(r" (?:-p|--package)[ =](\S+)")),
    (re.compile(r"mvnw?(?= )|mvnd(?= )"), re.compile(r" (?:-pl|--projects)[ =](\S+)")),
)  # fmt: skip
_GRADLE = re.compile(r"gradlew?(?= )")
_EVERYTHING = frozenset({"//...", "::", ":all"})


class Concern(StrEnum):
    """What a command of a pipeline is about."""

    OURS = "ours"
    OTHER = "other"
    UNCLEAR = "unclear"


class Layout:
    """The service's place among the parts of its repository.

    `root` is the service's folder from the git root ("" where it is the whole repository), `files`
    every path, `names` what the service's own manifests call it. `unit` is the nearest folder at or
    above the service that holds a manifest: what runs there runs for the service. None where no
    manifest is above it.
    """

    def __init__(
        self, root: str, files: frozenset[str], names: frozenset[str] = frozenset()
    ) -> None:
        self.root = root
        self._files = files
        self._folders = frozenset(f for path in files for f in above(path))
        self._projects = frozenset(posixpath.dirname(p) for p in files if is_manifest(p))
        self._names = names | {root, posixpath.basename(root)}
        self._alone = frozenset(f for f in (*above(root), "") if root and self._only_ours(f))
        nearest = (f for f in (root, *above(root), "") if f in self._projects)
        self.unit = "" if not root else next(nearest, None)

    def meets(self, folder: str) -> bool:
        """Whether a path from the git root is, holds or lies in the service."""
        return (
            not self.root or not folder or _within(folder, self.root) or _within(self.root, folder)
        )

    def holds(self, folder: str) -> bool:
        """Whether what runs in a folder runs for the service: in it, where its manifest lies, or where
        no other part of the repository is."""
        if not self.root or _within(folder, self.root) or folder in self._alone:
            return True
        return self.unit is not None and _within(self.root, folder) and _within(folder, self.unit)

    def place(self, folder: str) -> Concern:
        """What a path that something names is about, be it a folder or a file."""
        if not self.root or (folder and self.holds(folder)):
            return Concern.OURS
        if self.meets(folder):
            return Concern.UNCLEAR
        parent = posixpath.dirname(self.root)
        if parent and _within(folder, parent):
            return Concern.OTHER
        own = any(
            f in self._projects for f in (folder, *above(folder)) if not _within(self.root, f)
        )
        return Concern.OTHER if own else Concern.UNCLEAR

    def command(self, text: str, folder: str, otherwise: Concern = Concern.UNCLEAR) -> Concern:
        """What a command is about when it is given in `folder`; `otherwise` where nothing shows."""
        if not self.root:
            return Concern.OURS
        inside = _within(folder, self.root)
        shown = self._named(text, folder) or (None if inside else self._picked(text))
        if shown is not None:
            return shown
        if self.holds(folder):
            return Concern.OURS
        return Concern.OTHER if self.place(folder) is Concern.OTHER else otherwise

    def _only_ours(self, folder: str) -> bool:
        """Whether a folder that holds the service holds no other part, but for projects of tests."""
        others = (f for f in self._projects if _within(f, folder) and not _within(f, self.root))
        return not any("test" not in posixpath.basename(f).lower() for f in others) and any(
            _within(f, self.root) for f in self._projects
        )

    def filtered(self, patterns: tuple[str, ...]) -> bool:
        """Whether path filters let only changes of the service start something."""
        kinds = [self.place(literal(p)) for p in patterns if not p.startswith("!")]
        return Concern.OURS in kinds and Concern.OTHER not in kinds

    def _named(self, text: str, folder: str) -> Concern | None:
        """By the paths of the repository that the words name; ours where one of several is."""
        words = re.split(r"[\s=,]+", text)
        if _GRADLE.match(posixpath.basename(text)):
            words += [
                w.strip(":").replace(":", "/").rpartition("/")[0] for w in words[1:] if ":" in w
            ]
        kinds: set[Concern] = set()
        for at, word in enumerate(words):
            if word in _EVERYTHING:
                return Concern.OURS
            bare = re.sub(
                r"(?<=/)(?:\.\.\.|\*\*?)(?:/.*)?$|::.*|(?<=\w):\S*$", "", word.strip("\"'")
            )
            bare = bare[2:] if bare.startswith("//") else bare
            path = posixpath.normpath(posixpath.join(folder, bare)) if bare else ""
            known = path in self._files or (at > 0 and path in self._folders)
            if bare and not bare.startswith(("/", "-")) and known:
                kinds.add(self.place(path))
        return next((k for k in (Concern.OURS, Concern.OTHER) if k in kinds), None)

    def _picked(self, text: str) -> Concern | None:
        """By the packages that options such as `--filter` pick."""
        values: list[str] = []
        for bare in bare_commands(tuple(text.split())):
            for option in (o for tool, o in _PICKS if tool.match(bare)):
                values += [v for found in option.findall(bare) for v in found.split(",")]
        picks = [w for v in values if (w := _package(v))]
        if any(fnmatchcase(name, pick) for name in self._names for pick in picks):
            return Concern.OURS
        # `web...` is web and all that it needs, which may be the service.
        return None if not picks or any("..." in v for v in values) else Concern.OTHER


def above(path: str) -> Iterator[str]:
    """The folders that a path lies in, without the git root."""
    while path := path.rpartition("/")[0]:
        yield path


def is_manifest(path: str) -> bool:
    """Whether a file makes its folder a part of the repository with dependencies of its own."""
    name = posixpath.basename(path)
    return name in MANIFESTS or _PROJECTS.fullmatch(name) is not None


def _package(value: str) -> str:
    """The name or path that a filter picks; "" for one that leaves out, or picks what has changed."""
    value = value.strip("\"'").partition("[")[0].strip("{}^")
    value = value.removeprefix("...").removesuffix("...").strip("^").removeprefix("./").strip(":/")
    return "" if value.startswith("!") else value


def _within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(folder + "/")


def literal(pattern: str) -> str:
    """The folders of a path pattern before its first wildcard."""
    return re.split(r"/?[^/]*[*?\[+]", pattern, maxsplit=1)[0].strip("/")
