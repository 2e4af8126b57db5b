"""Which part of the repository a command of a pipeline is about, by what its files say: member lists of
build tools, Compose files, and the name of the service's package."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from auditor.formats.ci import ci_members
from auditor.formats.ci.ci_commands import classify
from auditor.formats.ci.ci_concern import Concern, Layout, is_manifest
from auditor.formats.containers import compose
from auditor.formats.shell.command_words import bare_commands
from auditor.formats.text.errors import FormatError
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_COMPOSE_FILE = re.compile(r"(?:.*/)?(?:docker-)?compose[^/]*\.ya?ml")
_NAMED = ("package.json", "pyproject.toml", "Cargo.toml")
_MOST_NAMES = 200
_NAME = re.compile(r"""^\s*"?name"?\s*[=:]\s*["']([^"']+)""", re.MULTILINE)


class Parts:
    """The parts of a repository, of which the service is one; `layout` knows what paths tell."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._files = frozenset(repo.by_path)
        self.layout = Layout(repo.root, self._files, frozenset(self._names()))

    def concern(self, text: str, folder: str, otherwise: Concern = Concern.UNCLEAR) -> Concern:
        """What a command given in `folder` is about; `otherwise` where nothing shows it."""
        if not self.layout.root:
            return Concern.OURS
        for bare in bare_commands(tuple(text.split())):
            service = ci_members.compose_service(bare)
            if service is not None:
                built = self._container(service)
                inside = bare.partition(f" {service} ")[2]
                return built or self.layout.command(inside, folder, otherwise)
        shown = self.layout.command(text, folder, otherwise)
        if shown is not otherwise:
            return shown
        rule = classify(tuple(text.split()))
        above = f"{folder}/" if folder else ""
        part = self.layout.root.removeprefix(above)
        if rule is None or not self.layout.root.startswith(above):
            return otherwise
        return Concern.OURS if self._covers(rule[0].tool, folder, part, text) else otherwise

    def _names(self) -> Iterator[str]:
        """What the manifests of the service and of its packages call them."""
        manifests = [e.path for e in self._repo.service if self._repo.root and is_manifest(e.path)]
        for path in manifests[:_MOST_NAMES]:
            yield posixpath.basename(posixpath.dirname(path))
            found = _NAME.search(self._text(path)) if path.endswith(_NAMED) else None
            if found:
                yield from (found[1], found[1].rpartition("/")[2])

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=1_000_000).text if path in self._files else ""
        except Trouble:
            return ""

    def _container(self, service: str) -> Concern | None:
        """What a service of the Compose files is built from; None where they do not show it."""
        places: set[Concern] = set()
        for path in filter(_COMPOSE_FILE.fullmatch, sorted(self._files)):
            try:
                services = compose.read(self._repo.read(path).data, name=path).services
            except (Trouble, FormatError):
                continue
            built = ci_members.built_from(services, service, posixpath.dirname(path))
            places |= {self.layout.place(place) for place in built}
        return next((c for c in (Concern.OURS, Concern.OTHER) if c in places), None)

    def _covers(self, tool: str, folder: str, part: str, text: str) -> bool:
        """Whether the member lists of a tool lead from `folder` to `part` below it."""
        names = ci_members.MEMBER_FILES.get(tool, ())
        beside = (p for p in self._files if posixpath.dirname(p) == folder) if names else ()
        lists = [p for p in beside if any(fnmatchcase(posixpath.basename(p), n) for n in names)]
        texts = [t for p in lists if (t := self._text(p))]
        steps = [part[: m.start()] for m in re.finditer("/", part)] if texts else []
        return any(
            step == part
            or self._covers(tool, posixpath.join(folder, step), part[len(step) + 1 :], text)
            for step in (*steps, part)
            if any(ci_members.lists(tool, t, step, text) for t in texts)
        )
