"""What may hide a health endpoint from the eye, so that absence is not told; and routes that nothing reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.code.languages import grammar_of
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.scanning import family
from auditor.code.topics.health_paths import WANTED, is_plain, kind_of
from auditor.code.topics.signal_places import Place
from auditor.model.evidence import Location
from auditor.probing.code.health_libraries import HealthLibraries
from auditor.probing.code.health_looks import Endpoint, HealthLook
from auditor.probing.contract import Problem, ProblemKind

_LEFT = re.compile(
    r"""["'`](/(?:[\w-]+/){0,4}(?:_*health(?:z|-?check|_check)?|readyz?|readiness|livez|liveness)_*/?)["'`]"""
)
_SOUNDS = re.compile(r"(?i)(?:health|readiness|liveness)[\w-]*(?:$|[._/-])|(?:^|[._/-])actuator")
_MOST = 100
_MOST_UNREACHED = 5_000
_HINT = "Audit the running service with --url, which asks it."


class HealthDoubts:
    """What a look, with what libraries add to it, could not see."""

    def __init__(self, look: HealthLook, libraries: HealthLibraries) -> None:
        self._look = look
        self._libraries = libraries

    def problems(
        self, found: Sequence[Endpoint], of_absence: Sequence[str], of_ready: Sequence[str]
    ) -> Iterator[Problem]:
        """Why there may be more endpoints than were found: one reason for the absence of any, the facts
        `of_absence`; others where the platform may decide on readiness, the facts `of_ready`."""
        for place in self._libraries.unsure:
            said = f"Readiness comes from {place.what} ({place.path}:{place.line}), so there is none elsewhere."
            yield _problem(said, of_ready, place)
        yield from self._reasons(found, of_absence)

    def _reasons(self, found: Sequence[Endpoint], keys: Sequence[str]) -> Iterator[Problem]:
        for module, path, line in self._unread():
            said = f"The service answers by {module} ({path}:{line}), whose routes are not read."
            yield _problem(said, keys, Place(path, line, module))
            return
        for place in self._sounding():
            said = f"The service uses {place.what} ({place.path}:{place.line}), which may answer for its health."
            yield _problem(said, keys, place)
            return
        if not self._has_framework and not found and not self._libraries.switched_off:
            said = "No web framework was found whose routes are read, so absence is not told."
            yield Problem(ProblemKind.VACUOUS, said, _HINT, tuple(keys))
            return
        for place in self._leftovers():
            at = f"{place.path}:{place.line}"
            yield _problem(
                f"{at} names {place.what}, and how that is routed was not found.", keys, place
            )
            return

    def unread(self, endpoints: Sequence[Endpoint], keys: Sequence[str]) -> Problem:
        """The problem of endpoints whose handlers were not found."""
        one = endpoints[0]
        said = f"The handler of {one.url} ({one.path}:{one.line}) was not found in the service's own code"
        places = tuple(Location(path=e.path, line=e.line) for e in endpoints[:_MOST])
        what = f"{said}, so what it does is not known."
        return Problem(ProblemKind.VACUOUS, what, _HINT, tuple(keys), places)

    def unreached(self) -> Iterator[Place]:
        """Health routes in files of the service that it does not import."""
        for path in sorted(self._look.topic.code.closure.unreachable)[:_MOST_UNREACHED]:
            name = family(path)
            text = self._look.text(path) if name is not None else ""
            if name is None or not WANTED.search(text):
                continue
            try:
                root = parse_whole(text, grammar_of(path) or "")
            except Unparsed:
                continue
            for one in self._look.reader(name, root, text).read():
                if kind_of(one.path):
                    yield Place(path, one.line, one.path)

    def default(self, condition: str) -> str:
        """What the setting in a condition is where nobody sets it; "" where that is not known."""
        for name in re.findall(r"[A-Za-z_]\w{3,}", condition):
            if (found := self._look.trees.default(name)) is not None:
                return found.strip("\"'")
        return ""

    def _imported(self, references: Sequence[str]) -> tuple[str, str, int] | None:
        """The first import of some modules, or of something in one: module, file, line."""
        code = self._look.topic.code
        likely = {p for f in self._look.rules for p in code.imports.importing(f, references)}
        for path in self._look.trees.texts if likely else ():
            scan = code.scans.get(path) if path in likely else None
            for one in scan.imports if scan is not None else ():
                full = f"{one.module}.{one.name}".rstrip(".")
                if not one.typing and any(
                    full == r or full.startswith((f"{r}.", f"{r}/")) for r in references
                ):
                    return one.module, path, one.line
        return None

    def _rules(self, role: str) -> Iterator[tuple[str, str, int]]:
        for rules in self._look.rules.values():
            for rule in rules:
                if rule.role == role and (found := self._imported(rule.references)):
                    yield found

    def _unread(self) -> Iterator[tuple[str, str, int]]:
        yield from self._rules("unread")

    def _sounding(self) -> Iterator[Place]:
        """Libraries that are not known, and are called after health."""
        known = [
            r for rules in self._look.rules.values() for rule in rules for r in rule.references
        ]
        for path in self._look.trees.texts:
            scan = self._look.topic.code.scans.get(path)
            for one in scan.imports if scan is not None else ():
                ours = one.typing or self._look.trees.is_ours(one.module, path)
                if (
                    ours
                    or not _SOUNDS.search(f"{one.module}.{one.name}")
                    or self._java_own(one.module, path)
                ):
                    continue
                if not any(one.module.startswith(k) for k in known):
                    yield Place(path, one.line, one.module)

    def _java_own(self, module: str, path: str) -> bool:
        java = self._look.topic.code.java
        return family(path) == "java" and java.file(module, path) is not None

    @property
    def _has_framework(self) -> bool:
        return any(True for _ in self._rules("framework"))

    def _leftovers(self) -> Iterator[Place]:
        """Texts that look like the path of a health endpoint, and are none that was found."""
        known = {(e.path, s) for e in self._look.endpoints for s in e.url.split("/")}
        known |= {(path, s) for path, prefix in self._look.mounted for s in prefix.split("/")}
        for path in self._look.files:
            tree = self._look.handlers.tree(path)
            code = self._look.handlers.code(tree) if tree is not None else ""
            for match in _LEFT.finditer(code):
                last = match[1].strip("/").rpartition("/")[2]
                if is_plain(match[1]) and (path, last) not in known:
                    yield Place(path, code.count("\n", 0, match.start()) + 1, match[1])


def _problem(said: str, keys: Sequence[str], place: Place) -> Problem:
    where = (Location(path=place.path, line=place.line),)
    return Problem(ProblemKind.VACUOUS, said, _HINT, tuple(keys), where)
