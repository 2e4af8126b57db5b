"""An Alertmanager configuration: who is told of an alert, by which way, and whether that is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.monitoring.alert_targets import KINDS, judge
from auditor.formats.text.errors import Malformed
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import mapping_of, need_list, need_mapping, text_of, texts_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load

_TOP = words(
    "global route receivers inhibit_rules templates mute_time_intervals time_intervals tracing"
)
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Integration:
    """One way in which a receiver is told.

    `kind` is the name before `_configs` ("slack"); `real` whether its target can be reached as
    written, `why_not` a clause that says what speaks against it ("" where real). `host` is where a
    webhook or an own server is called, None where the kind decides it or a file hides it. Addresses
    and keys themselves are never kept.
    """

    kind: str
    line: int | None
    real: bool
    why_not: str
    host: str | None


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver; without integrations it silences what is routed to it."""

    name: str
    line: int | None
    integrations: tuple[Integration, ...]

    @property
    def real(self) -> bool:
        """Whether at least one of its integrations can reach somebody."""
        return any(integration.real for integration in self.integrations)


@dataclass(frozen=True, slots=True)
class Route:
    """One node of the routing tree; `receiver` is inherited where none is written."""

    receiver: str
    matchers: tuple[str, ...]
    continues: bool
    routes: tuple[Route, ...]
    line: int | None

    def walk(self) -> Iterator[Route]:
        """This route and all below it."""
        yield self
        for route in self.routes:
            yield from route.walk()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something at which Alertmanager refuses to start."""

    message: str
    line: int | None


@dataclass(frozen=True, slots=True)
class AlertmanagerConfig:
    """One file. With `refusals` it is read, but no Alertmanager would run with it."""

    receivers: tuple[Receiver, ...]
    route: Route | None
    inhibit_rules: int
    templates: tuple[str, ...]
    refusals: tuple[Refusal, ...]

    def receiver(self, name: str) -> Receiver | None:
        """The receiver of that name."""
        return next((found for found in self.receivers if found.name == name), None)

    @property
    def routed(self) -> tuple[Receiver, ...]:
        """The receivers that some route leads to."""
        named = {route.receiver for route in self.route.walk()} if self.route else set()
        return tuple(found for found in self.receivers if found.name in named)


def read(data: bytes | str, *, name: str = "The Alertmanager configuration") -> AlertmanagerConfig:
    """The configuration of one file. Raises Malformed for another format, and TooLarge."""
    document = load(data, name=name)
    if document.value is None:
        raise Malformed(f"{name} is empty.")
    top = need_mapping(document, (), document.value, name)
    if "route" not in top and "receivers" not in top:
        raise Malformed(f"{name} has neither `route` nor `receivers`.", line=1)
    return _Reader(document, top).config()


class _Reader:
    def __init__(self, document: YamlDocument, top: dict[str, YamlValue]) -> None:
        self._document = document
        self._top = top
        self._general = mapping_of(top.get("global"))
        self._refusals: list[Refusal] = []

    def config(self) -> AlertmanagerConfig:
        receivers = tuple(self._receivers())
        for key in self._top:
            if key not in _TOP:
                self._refuse(f"`{key}` is no key of the configuration.", (key,))
        route = None
        if "route" in self._top:
            body = need_mapping(self._document, ("route",), self._top["route"], "`route`")
            route = self._route(("route",), body, "", 0)
            self._check(route, receivers)
        else:
            self._refuse("There is no `route`.", ())
        inhibits = self._top.get("inhibit_rules")
        return AlertmanagerConfig(
            receivers=receivers,
            route=route,
            inhibit_rules=len(inhibits) if isinstance(inhibits, list) else 0,
            templates=texts_of(self._top.get("templates")),
            refusals=tuple(self._refusals),
        )

    def _refuse(self, message: str, path: Path) -> None:
        self._refusals.append(Refusal(message, self._document.key_line(path)))

    def _receivers(self) -> Iterator[Receiver]:
        written = self._top.get("receivers")
        if written is None:
            return
        seen: set[str] = set()
        for at, entry in enumerate(
            need_list(self._document, ("receivers",), written, "`receivers`")
        ):
            path: Path = ("receivers", at)
            body = need_mapping(self._document, path, entry, "A receiver")
            name = text_of(body.get("name")) or ""
            if not name:
                self._refuse("A receiver has no name.", path)
            if name in seen:
                self._refuse(f"Two receivers are called `{name}`.", path)
            seen.add(name)
            yield Receiver(
                name, self._document.key_line(path), tuple(self._integrations(path, body))
            )

    def _integrations(self, path: Path, body: dict[str, YamlValue]) -> Iterator[Integration]:
        for key, value in body.items():
            kind = key.removesuffix("_configs")
            if key != "name" and (kind == key or kind not in KINDS):
                self._refuse(f"`{key}` is no key of a receiver.", (*path, key))
            if kind == key or value is None:
                continue
            entries = need_list(self._document, (*path, key), value, f"`{key}`")
            for at, entry in enumerate(entries):
                place = (*path, key, at)
                config = need_mapping(self._document, place, entry, f"An entry of `{key}`")
                why_not, host = judge(kind, config, self._general)
                line = self._document.key_line(place)
                yield Integration(kind, line, not why_not, why_not, host)

    def _route(self, path: Path, body: dict[str, YamlValue], inherited: str, depth: int) -> Route:
        line = self._document.key_line(path)
        if depth > _DEEPEST:
            raise Malformed("The routes are nested too deeply.", line=line)
        receiver = text_of(body.get("receiver")) or inherited
        below = body.get("routes")
        entries = (
            [] if below is None else need_list(self._document, (*path, "routes"), below, "`routes`")
        )
        routes = tuple(
            self._route(
                (*path, "routes", at),
                need_mapping(self._document, (*path, "routes", at), entry, "A route"),
                receiver,
                depth + 1,
            )
            for at, entry in enumerate(entries)
        )
        continues = text_of(body.get("continue")) == "true"
        return Route(receiver, tuple(self._matchers(path, body)), continues, routes, line)

    def _matchers(self, path: Path, body: dict[str, YamlValue]) -> Iterator[str]:
        """The matchers in the new form, the old ones written in it."""
        yield from texts_of(body.get("matchers"))
        for key, sign in (("match", "="), ("match_re", "=~")):
            for label, value in mapping_of(body.get(key)).items():
                if value is None:
                    self._refuse(f"`{key}` gives no value for `{label}`.", (*path, key, label))
                yield f'{label}{sign}"{text_of(value) or ""}"'

    def _check(self, route: Route, receivers: tuple[Receiver, ...]) -> None:
        known = {receiver.name for receiver in receivers}
        if not route.receiver:
            self._refuse("The root route names no receiver.", ("route",))
        if route.matchers:
            self._refuse("The root route must not have matchers.", ("route",))
        for found in route.walk():
            if found.receiver and found.receiver not in known:
                message = f"The receiver `{found.receiver}` of a route is not defined."
                self._refusals.append(Refusal(message, found.line))
