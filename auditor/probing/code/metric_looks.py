"""The metrics of a service's own code: defined where, moved or not, shown or sent how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from auditor.code.patterns import Rule
from auditor.code.scanning import FAMILIES, family
from auditor.code.sources import READ_LIMIT
from auditor.code.topics.metric_definitions import (
    MARKER,
    Definition,
    Definitions,
    code_only,
    definitions,
)
from auditor.code.topics.metric_uses import endless_labels, is_idle, moved_by_itself
from auditor.code.topics.signal_places import Place
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.code_trees import Trees
from auditor.probing.doors.trouble import Trouble

TOPIC = "metrics"
_PERHAPS = re.compile(
    r"(?i)(?:^|[._/@-])(?:metrics?|prom(?:etheus|-client)?|telemetry|statsd|observability|instrumentation)(?:$|[._/-])"
)
_MOST_UNREACHED = 5_000


class MetricLook:
    """Looks at the files that a service reaches; run it once."""

    def __init__(self, trees: Trees, topic: Topic) -> None:
        self.trees = trees
        self.topic = topic
        self._codes: dict[str, str] = {}

    @cached_property
    def found(self) -> list[tuple[str, Definition]]:
        """The definitions, with their files."""
        return [(path, one) for path, read in self._read.items() for one in read.found]

    @property
    def open(self) -> Place | None:
        """The first file that defines a metric whose name is not known."""
        return next((Place(p, 1, "a metric") for p, read in self._read.items() if read.open), None)

    @cached_property
    def _read(self) -> dict[str, Definitions]:
        speak = self.trees.code.files.matching(MARKER)
        texts = self.trees.texts.items()
        return {path: definitions(text, path) for path, text in texts if path in speak}

    def code(self, path: str) -> str:
        """The text of a file without comments."""
        if path not in self._codes:
            self._codes[path] = code_only(self.trees.texts[path], path)
        return self._codes[path]

    def idle(self) -> Iterator[Place]:
        """Metrics that nothing moves in what the service reaches."""
        for path, one in self.found:
            if moved_by_itself(self.code(path), one.line):
                continue
            kin = family(path)
            fitting = [
                p for p, text in self._every.items() if family(p) == kin and one.holder in text
            ]
            if is_idle(one, path, ((p, self._comment_free(p)) for p in fitting)):
                yield Place(path, one.line, f"{one.name}: nothing moves {one.holder}")

    @cached_property
    def _every(self) -> dict[str, str]:
        """What the service reaches, and what it may reach."""
        more = {p: t for p in sorted(self.topic.code.closure.perhaps) if (t := self.text(p))}
        return {**self.trees.texts, **more}

    def _comment_free(self, path: str) -> str:
        return self.code(path) if path in self.trees.texts else code_only(self._every[path], path)

    def endless(self) -> Iterator[Place]:
        """Labels with which series multiply without end."""
        for path, one in self.found:
            for label in endless_labels(self.code(path), one.line):
                yield Place(path, one.line, f"{one.name}: the label {label}")

    def text(self, path: str) -> str:
        """The text of any file of the repository; empty where it cannot be read."""
        repo = self.trees.ctx.repo
        try:
            return repo.read(path, limit=READ_LIMIT).text if path in repo.by_path else ""
        except Trouble:
            return ""

    def unreached(self) -> Iterator[Place]:
        """Metrics defined in files of the service that it does not import."""
        for path in sorted(self.topic.code.closure.unreachable)[:_MOST_UNREACHED]:
            text = self.text(path)
            for one in definitions(text, path).found if MARKER.search(text) else ():
                yield Place(path, one.line, one.name)

    # by rules

    def rules(self, role: str) -> Iterator[Rule]:
        """The rules of a role, of every family."""
        for name in sorted(set(FAMILIES.values())):
            yield from (r for r in patterns().rules(TOPIC, name) if r.role == role)

    def shown(self) -> Iterator[Place]:
        """Where the code exposes its registry, or pushes it."""
        for role in ("exposes", "pushes"):
            for rule in self.rules(role):
                wanted = re.compile(rule.text("code"))
                files = self.topic.code.files
                likely = files.matching(wanted) & files.matching(re.compile(rule.text("with")))
                for path in self._of(rule.language):
                    if path not in likely:
                        continue
                    match = wanted.search(self.code(path))
                    if match is not None:
                        line = self.code(path).count("\n", 0, match.start()) + 1
                        yield Place(path, line, " ".join(match[0].split()).rstrip("(")[:60])

    def automatic(self) -> Iterator[Place]:
        """Libraries that count requests by themselves."""
        for rule in self.rules("automatic"):
            called = re.compile(rule.text("code"))
            used = next(self._imports(rule), None)
            if used is not None and any(
                called.search(self.code(p)) for p in self._of(rule.language)
            ):
                path, line, module = used
                yield Place(path, line, module)

    def others(self) -> Iterator[Place]:
        """Clients of other systems, and libraries that sound like metrics, which are not read."""
        for rule in self.rules("other"):
            yield from (Place(path, line, module) for path, line, module in self._imports(rule))
        known = {
            ref
            for role in ("automatic", "exposes", "pushes")
            for r in self.rules(role)
            for ref in r.references
        }
        for path in self.trees.texts:
            scan = self.topic.code.scans.get(path)
            for one in scan.imports if scan is not None else ():
                if (
                    not _PERHAPS.search(one.module)
                    or one.module.startswith("org.springframework.")
                    or one.typing
                    or self.trees.is_ours(one.module, path)
                ):
                    continue
                if not any(
                    one.module.startswith(k.partition(".")[0]) or k in one.module for k in known
                ):
                    yield Place(path, one.line, one.module)

    def _of(self, name: str) -> list[str]:
        return [p for p in self.trees.texts if family(p) == name]

    def _imports(self, rule: Rule) -> Iterator[tuple[str, int, str]]:
        """The imports of the modules of a rule, and of what is in them; names in texts too, as of Django's settings."""
        likely = self.topic.code.imports.importing(rule.language, rule.references)
        for path in self._of(rule.language):
            scan = self.topic.code.scans.get(path)
            for one in scan.imports if scan is not None and path in likely else ():
                full = f"{one.module}.{one.name}".rstrip(".")
                if any(full == r or full.startswith((f"{r}.", f"{r}/")) for r in rule.references):
                    yield path, one.line, one.module
            for said in scan.references if scan is not None and rule.language == "python" else ():
                if said.partition(".")[0] in rule.references:
                    at = self.trees.texts[path].find(said)
                    yield path, self.trees.texts[path].count("\n", 0, at) + 1, said
