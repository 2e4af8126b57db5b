"""Where the metrics come from that a dashboard or a rule names: the code, a rule, a library, an exporter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from auditor.code.languages import language_of
from auditor.code.lexical.places import SHIPPED, role
from auditor.code.reading import decode
from auditor.code.scanning import family
from auditor.code.topics.metric_definitions import (
    MARKER,
    UNDERSTOOD,
    Definition,
    code_only,
    definitions,
    exposed,
    stems,
)
from auditor.formats.monitoring.metric_families import is_exported, is_meta, library_words
from auditor.formats.packages.declared_packages import is_manifest
from auditor.probing.code.code_reading import code_of
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.prometheus_files import prometheus_files
from auditor.probing.reports.coverage_sources import GLUE
from auditor.probing.reports.coverage_sources import family as any_family

_LARGEST = 400_000
_MOST_FILES = 20_000
_BUILDS = re.compile(
    r"(?i)(?:.*/)?(?:setup\.(?:py|cfg)|[^/]+\.gradle(?:\.kts)?|libs\.versions\.toml|mix\.exs)"
)
_YAML = re.compile(r"(?i).+\.ya?ml")
_NO_USE = re.compile(
    r"(?i)^\s*(?:from|import|export\s*\{|#|//|\*)|regist(?:er|ry)\w*\(|^\s*[\"']?\w+[\"']?,?\s*$|^\s*(?:self|this)\.\w+;?\s*$"
)
_QUOTED = re.compile(r"""["'`:]([A-Za-z_][\w.:/-]{2,100})["'`]""")


class Origin(StrEnum):
    """OWN: the service's code defines it, and the service reaches that code; CODE: other code does."""

    OWN = "own"
    CODE = "code"
    RECORDED = "recorded"
    META = "meta"
    LIBRARY = "library"
    EXPORTED = "exported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition in a file; `reached` says that the service comes to that file."""

    path: str
    definition: Definition
    own: bool
    reached: bool


def _names(text: str) -> frozenset[str]:
    return frozenset(exposed(name) for name in _QUOTED.findall(text))


class KnownMetrics:
    """Tells where series of a name come from, each source read when it is first wanted."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._repo = ctx.repo
        self.unread: list[Trouble] = []
        self._open: dict[str, int] = {}
        self._told: dict[str, Origin] = {}

    @cached_property
    def has_code(self) -> bool:
        """Whether there is any shipped source at all."""
        return bool(self._sources)

    def origin(self, series: str) -> Origin:
        """Where series of that name come from."""
        if series not in self._told:
            self._told[series] = self._origin(series)
        return self._told[series]

    def _origin(self, series: str) -> Origin:
        makers = [one for one in self._defined if one.definition.makes(series)]
        if any(one.own and one.reached for one in makers):
            return Origin.OWN
        if is_meta(series):
            return Origin.META
        if any(one.reached for one in makers):
            return Origin.CODE
        if series in self._recorded:
            return Origin.RECORDED
        shown = library_words(series)
        if any(word.search(self._manifests) for word in shown):
            return Origin.LIBRARY
        if is_exported(series):
            return Origin.EXPORTED
        return Origin.CODE if not makers and self._written(series) else Origin.UNKNOWN

    def moves(self, series: str) -> bool:
        """Whether a metric of the service is used where it is neither defined, imported nor registered."""
        return any(
            one.own
            and one.reached
            and one.definition.makes(series)
            and self._is_used(one.definition.holder)
            for one in self._defined
        )

    def _is_used(self, holder: str) -> bool:
        if not holder:
            return True
        word = re.compile(rf"(?<![\w]){re.escape(holder)}\b")
        uses = 0
        for text in self._sources.values():
            if holder in text:
                uses += sum(
                    not _NO_USE.search(line) for line in text.splitlines() if word.search(line)
                )
        return uses > 1

    def unreached(self, series: str) -> str:
        """The file that defines it and is never reached, "" where there is none."""
        return next((one.path for one in self._defined if one.definition.makes(series)), "")

    @cached_property
    def open(self) -> int:
        """How many metrics the service's code names in a way that is not understood."""
        _ = self._defined
        return sum(count for path, count in self._open.items() if self._repo.in_service(path))

    @cached_property
    def not_understood(self) -> str:
        """The language that most of the service's source is in, where no metric would be found in it."""
        sizes: Counter[str] = Counter()
        for path, text in self._sources.items():
            name = language_of(path) or ""
            if self._repo.in_service(path) and any_family(path) not in GLUE:
                sizes[name] += len(text)
        most = next(iter(sizes.most_common(1)), ("", 0))[0]
        return "" if not most or most in UNDERSTOOD else most

    def behind(self, series: str, depth: int = 0) -> frozenset[str]:
        """The metrics that a recorded series is made of; of any other it is itself."""
        made = self._recorded.get(series)
        if made is None or depth > 4:
            return frozenset({series})
        return frozenset(one for each in made for one in self.behind(each, depth + 1))

    @cached_property
    def _sources(self) -> dict[str, str]:
        """The shipped source of the whole repository, since dashboards may show several services."""
        found: dict[str, str] = {}
        for entry in self._repo.entries:
            if len(found) >= _MOST_FILES or entry.size > _LARGEST:
                continue
            if language_of(entry.path) is None or role(self._repo.below(entry.path)) not in SHIPPED:
                continue
            try:
                found[entry.path] = decode(self._repo.read(entry.path, limit=_LARGEST).data)
            except Trouble as trouble:
                self.unread.append(trouble)
        return found

    @cached_property
    def _defined(self) -> list[Defined]:
        return list(self._definitions())

    def _definitions(self) -> Iterator[Defined]:
        closure = None
        for path, text in self._sources.items():
            if not MARKER.search(text):
                continue
            read = definitions(text, path)
            self._open[path] = read.open
            for one in read.found:
                closure = closure or code_of(self._ctx).closure
                started = {family(start) for start in closure.starts}
                lost = path in closure.unreachable and family(path) in started
                own = self._repo.in_service(path)
                yield Defined(path, one, own, not lost)

    @cached_property
    def _recorded(self) -> dict[str, frozenset[str]]:
        """Recording rules, each with the metrics of its expression."""
        found: dict[str, frozenset[str]] = {}
        for each in prometheus_files(self._repo).rules:
            for rule in each.rules.recordings:
                metrics = rule.expression.metrics if rule.expression else frozenset()
                found[rule.name] = found.get(rule.name, frozenset()) | metrics
        return found

    @cached_property
    def _manifests(self) -> str:
        return "\n".join(
            self._text(entry.path)
            for entry in self._repo.entries
            if is_manifest(entry.path) or _BUILDS.fullmatch(entry.path)
        )

    @cached_property
    def _literals(self) -> dict[str, frozenset[str]]:
        """By file the texts of its strings, comments too, as names of series."""
        return {path: _names(text) for path, text in self._sources.items()}

    @cached_property
    def _settings(self) -> frozenset[str]:
        """The words of YAML files that hold no queries, such as those of an SQL exporter."""
        found: set[str] = set()
        for entry in self._repo.entries:
            if not _YAML.fullmatch(entry.path) or entry.size > _LARGEST:
                continue
            text = self._text(entry.path)
            if "metric" in text and "expr" not in text:
                found.update(re.findall(r"[A-Za-z_:][\w:]{5,}", text))
        return frozenset(found)

    def _written(self, series: str) -> bool:
        """Whether the name, or its end behind a prefix, stands as a text of its own in the code."""
        wanted: set[str] = set()
        for stem in stems(series):
            parts = stem.split("_")
            wanted |= {stem, *("_".join(parts[at:]) for at in range(1, max(1, len(parts) - 1)))}
        if not self._settings.isdisjoint(stems(series)):
            return True
        return any(
            not wanted.isdisjoint(names)
            and not wanted.isdisjoint(_names(code_only(self._sources[path], path)))
            for path, names in self._literals.items()
        )

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=_LARGEST).text
        except Trouble:
            return ""
