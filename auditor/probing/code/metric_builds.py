"""Metrics that a Java build brings along: the registries of Micrometer, and whether the settings show them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.java.java_builds import BUILD_FILES
from auditor.code.java.java_settings import JavaSettings
from auditor.code.patterns import Rule
from auditor.code.topics.signal_places import Place
from auditor.probing.code.metric_looks import MetricLook

_SHOWN = "management.endpoints.web.exposure.include"
_OFF = (
    "management.prometheus.metrics.export.enabled",
    "management.metrics.export.prometheus.enabled",
    "management.endpoint.prometheus.enabled",
    "management.endpoint.prometheus.access",
)
_COUNTS = re.compile(
    r"spring-boot-starter-actuator|spring-boot-actuator|quarkus-micrometer|micronaut-micrometer|quarkus-opentelemetry"
)


class MetricBuilds:
    """What the builds of the modules bring along that a look reaches."""

    def __init__(self, look: MetricLook) -> None:
        self._look = look
        self._java = look.topic.code.java
        reached = look.topic.code.closure.reachable
        self._modules = sorted({self._java.module(p) for p in reached if p in self._java.files})
        self.hidden: list[Place] = []
        """Settings that keep a registry from being shown."""

    def automatic(self) -> Iterator[Place]:
        """What counts requests by itself."""
        for module in self._modules:
            yield from self._named(module, _COUNTS)

    def shown(self) -> Iterator[Place]:
        """Where a registry is exposed or pushes."""
        for rule in self._look.rules("build"):
            for module in self._modules:
                for place in self._named(module, re.compile(rule.text("made"))):
                    hidden = self._hides(rule, self._java.settings, place)
                    if hidden is not None:
                        self.hidden.append(hidden)
                    else:
                        yield place

    @staticmethod
    def _hides(rule: Rule, settings: JavaSettings, place: Place) -> Place | None:
        wanted = rule.text("shown")
        if not wanted:
            return None
        off = next(
            (
                s
                for n in _OFF
                if (s := settings.get(n)) is not None and s.value in ("false", "none")
            ),
            None,
        )
        if off is not None:
            return Place(off.path, off.line, f"{off.key}: {off.value}")
        shown = settings.below(_SHOWN)
        names = {n.strip() for s in shown for n in s.value.split(",")}
        if names & {"*", wanted, ""} and shown:
            return None
        if shown:
            return Place(shown[0].path, shown[0].line, f"{shown[0].key} leaves {wanted} out")
        return Place(place.path, place.line, f"{place.what}, which {_SHOWN} does not show")

    def _named(self, module: str, wanted: re.Pattern[str]) -> Iterator[Place]:
        """The first place where a build file of a module, or of one above it, names a library."""
        folder: str | None = module
        while folder is not None:
            for name in BUILD_FILES:
                path = f"{folder}/{name}" if folder else name
                text = self._look.text(path)
                match = wanted.search(text)
                if match is not None:
                    yield Place(path, text.count("\n", 0, match.start()) + 1, match[0])
                    return
            folder = folder.rpartition("/")[0] if folder else None
