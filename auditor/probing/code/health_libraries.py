"""Health endpoints that a library makes: of what it is told to check, or of what Spring Boot's settings say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.code.java.java_builds import BUILD_FILES
from auditor.code.java.java_settings import JavaSettings
from auditor.code.patterns import Rule
from auditor.code.scanning import family
from auditor.code.topics.health_answers import Answer
from auditor.code.topics.health_paths import Kind, joined
from auditor.code.topics.signal_places import Place
from auditor.probing.code.health_looks import Endpoint, HealthLook

_KINDS = (Kind.LIVE, Kind.READY, Kind.HEALTH)
_BASE = "management.endpoints.web.base-path"
_EXPOSED = "management.endpoints.web.exposure.include"
_HIDDEN = "management.endpoints.web.exposure.exclude"
_GROUP = "management.endpoint.health.group.readiness.include"
_PROBES = ("management.endpoint.health.probes.enabled", "management.health.probes.enabled")
_SWITCHES = ("management.endpoint.health.enabled", "management.endpoints.enabled-by-default")
_OWN_STATE = frozenset({"readinessstate", "ping", "livenessstate", "diskspace", ""})


class HealthLibraries:
    """What libraries add to the endpoints of a look."""

    def __init__(self, look: HealthLook) -> None:
        self._look = look
        self.switched_off: list[Place] = []
        """Endpoints that the settings of a framework switch off or do not show."""
        self.unsure: list[Place] = []
        """Readiness that depends on where the service runs."""

    def endpoints(self) -> list[Endpoint]:
        """Those of the look, the unread ones answered by the library that makes their handler, and those of
        libraries alone."""
        found = list(self._look.endpoints)
        for rules in self._look.rules.values():
            for rule in rules:
                if rule.role == "library":
                    found = self._with(rule, found)
        return sorted([*found, *self._built()], key=lambda e: (e.path, e.line, e.url))

    def _with(self, rule: Rule, found: list[Endpoint]) -> list[Endpoint]:
        texts = {p: t for p, t in self._look.trees.texts.items() if family(p) == rule.language}
        made = re.compile(rule.text("made"))
        users = self._users(rule, texts)
        places = [(p, m) for p in users if (m := made.search(texts[p])) is not None]
        if not places:
            return found
        answer = self._answer(rule, "\n".join(texts.values()))
        unread = [e for e in found if e.answer is None and e.path in dict(places)]
        if unread:
            found = [
                replace(e, answer=answer, by=rule.library) if e in unread else e for e in found
            ]
        path, match = places[0]
        line = texts[path].count("\n", 0, match.start()) + 1
        own = [
            Endpoint(k, url, path, line, answer, rule.library)
            for k in _KINDS
            for url in rule.texts(k.value)
        ]
        told = own or unread or any(e.path in dict(places) for e in found)
        return [
            *found,
            *(own if told else [Endpoint(Kind.HEALTH, "", path, line, answer, rule.library)]),
        ]

    def _users(self, rule: Rule, texts: dict[str, str]) -> list[str]:
        """The files that import a library, or name it in a text as Django's settings do."""
        code = self._look.topic.code
        users = set(code.imports.importing(rule.language, rule.references))
        for name in rule.references:
            if "." in name and "/" not in name:
                users |= code.files.matching(re.compile(rf"[\"']{re.escape(name)}[\"']"))
        return [path for path in texts if path in users]

    @staticmethod
    def _answer(rule: Rule, text: str) -> Answer:
        """What a library answers: by checks that are registered, by a state of its own, or always the same."""
        checks = rule.text("checks")
        match = re.search(checks, text) if checks else None
        if rule.settings.get("state"):
            return Answer()
        if match is not None:
            return Answer(asks=(f"{rule.library}: {' '.join(match[0].split())[:40]}",))
        return Answer(constant=True)

    # what the build brings along

    def _built(self) -> Iterator[Endpoint]:
        java = self._look.topic.code.java
        modules = sorted(
            {java.module(p) for p in self._look.topic.code.closure.reachable if p in java.files}
        )
        for rule in self._look.rules["java"]:
            for module in modules if rule.role in ("build", "actuator") else ():
                made = rule.text("made") or re.escape(rule.references[0])
                place = self._build_file(module, re.compile(made))
                if place is None:
                    continue
                if rule.role == "actuator":
                    yield from self._actuator(place, java.settings)
                else:
                    yield from self._by_build(
                        rule, place, java.settings, java.builds.all_text(module)
                    )
                break

    def _by_build(
        self, rule: Rule, place: Place, settings: JavaSettings, build: str
    ) -> Iterator[Endpoint]:
        off = settings.get(*rule.texts("off"))
        if off is not None and off.value == "false":
            self.switched_off.append(Place(off.path, off.line, f"{off.key}: false"))
            return
        brought = re.search(rule.text("checks"), build)
        answer = Answer(asks=(f"{rule.library}: {brought[0]}",)) if brought else Answer()
        for kind in _KINDS:
            for url in rule.texts(kind.value):
                told = answer if kind is not Kind.LIVE else Answer()
                yield Endpoint(kind, url, place.path, place.line, told, rule.library)

    def _actuator(self, place: Place, settings: JavaSettings) -> Iterator[Endpoint]:
        hidden = self._hidden(settings)
        if hidden is not None:
            self.switched_off.append(hidden)
            return
        based = settings.get(_BASE)
        base = joined(based.value if based is not None and based.value else "actuator", "health")
        by = "Spring Boot"
        yield Endpoint(
            Kind.HEALTH,
            base,
            place.path,
            place.line,
            Answer(asks=("Spring Boot's indicators",)),
            by,
        )
        probes, group = settings.get(*_PROBES), settings.below(_GROUP)
        if probes is not None and probes.value == "false" and not group:
            self.switched_off.append(Place(probes.path, probes.line, f"{probes.key}: false"))
        elif group or (probes is not None and probes.value == "true"):
            where = group[0] if group else probes
            included = [n.strip() for s in group for n in s.value.split(",")]
            asked = tuple(n for n in included if n.lower() not in _OWN_STATE)
            path, line = (where.path, where.line) if where is not None else (place.path, place.line)
            yield Endpoint(Kind.LIVE, joined(base, "liveness"), path, line, Answer(), by)
            yield Endpoint(
                Kind.READY, joined(base, "readiness"), path, line, Answer(asks=asked), by
            )
        else:
            said = "Spring Boot, whose probes are on where it runs in Kubernetes"
            self.unsure.append(Place(place.path, place.line, said))

    @staticmethod
    def _hidden(settings: JavaSettings) -> Place | None:
        """The setting that switches the endpoint off, or does not show it."""
        own, every = (settings.get(name) for name in _SWITCHES)
        off = own if own is not None else every
        if off is not None and off.value == "false":
            return Place(off.path, off.line, f"{off.key}: false")
        port = settings.get("management.server.port")
        if port is not None and port.value == "-1":
            return Place(port.path, port.line, f"{port.key}: -1")
        shown = settings.below(_EXPOSED)
        names = {n.strip() for s in shown for n in s.value.split(",")}
        if shown and "" not in names and not names & {"*", "health"}:
            return Place(shown[0].path, shown[0].line, f"{shown[0].key} leaves health out")
        kept = settings.below(_HIDDEN)
        if any(n.strip() in ("*", "health") for s in kept for n in s.value.split(",")):
            return Place(kept[0].path, kept[0].line, f"{kept[0].key} hides health")
        return None

    def _build_file(self, module: str, made: re.Pattern[str]) -> Place | None:
        """Where a build file of a module, or of one above it, names a library."""
        folder: str | None = module
        while folder is not None:
            for name in BUILD_FILES:
                path = f"{folder}/{name}" if folder else name
                text = self._look.text(path)
                match = made.search(text)
                if match is not None:
                    return Place(path, text.count("\n", 0, match.start()) + 1, match[0])
            folder = folder.rpartition("/")[0] if folder else None
        return None
