"""Which limiters are put around requests: decorators, middleware, dependencies, checks before an action."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.code.patterns import Rule
from auditor.code.reach.uses import Use
from auditor.code.scan import Call, qualified
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.limited_routes import EVERYTHING, Reach, reach

_OWN = re.compile(r"(?:[\w.]*\.)?\w*(?:rate_?limit|throttl)\w*", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_$][\w$.]*")
_SWITCH = ("enabled", "skip")
_OFF = frozenset({"False", "false", "() => true", "()=>true"})
_THROTTLED = re.compile(r"(?:^|\.)throttle_classes$")


@dataclass(frozen=True, slots=True)
class Place:
    """Something at a place (line 0: the file as a whole); of an application the text of its limit, and
    where its limiter is made."""

    path: str
    line: int
    what: str
    limit: str = ""
    limiter: tuple[str, int] = ("", 0)
    reach: Reach = EVERYTHING

    def __str__(self) -> str:
        said = f"{self.path}:{self.line} {self.what}" if self.line else f"{self.path} {self.what}"
        return f"{said} ({self.limit})" if self.limit else said


@dataclass(frozen=True, slots=True)
class Seen:
    """The four lists of a service, and what may limit requests or not."""

    declared: list[Place] = field(default_factory=list)
    applied: list[Place] = field(default_factory=list)
    memory: list[Place] = field(default_factory=list)
    ineffective: list[Place] = field(default_factory=list)
    unclear: list[Place] = field(default_factory=list)


def applications(topic: Topic, limiters: list[Use]) -> tuple[list[Use], list[Place]]:
    """The limiters that are applied, and every application."""
    used: list[Use] = []
    places: list[Place] = []
    for use in topic.reachable:
        around = reach(use, topic)
        found = [(u, replace(p, reach=around)) for u, p in _applied(use, topic, limiters)]
        used += [limiter for limiter, _ in found if limiter is not None]
        places += [place for _, place in found]
    places = list({(p.path, p.line, p.what): p for p in places}.values())
    for limiter in limiters:
        if any(name in limiter.call.keywords for name in limiter.rule.texts("default")):
            used.append(limiter)
            names = limiter.rule.texts("default")
            limit = next(limiter.call.keywords[n] for n in names if n in limiter.call.keywords)
            places.append(_place(limiter, f"{limiter.call.name} for every route", limit, limiter))
    return used, places


def _applied(use: Use, topic: Topic, limiters: list[Use]) -> Iterator[tuple[Use | None, Place]]:
    rule, call = use.rule, use.call
    if rule.role == "apply":
        if rule.settings.get("decorator") and not call.decorates:
            return
        within = rule.text("within")
        if within and call.inside.rpartition(".")[2] not in (within, "Annotated"):
            return
        yield (
            use.made,
            _place(
                use,
                f"{call.name} on {call.decorates or call.scope or 'a route'}",
                _limit(use),
                use.made,
            ),
        )
    elif rule.role == "check":
        own = [u for u in limiters if u.rule.library == rule.library]
        for limiter in own:
            yield (
                limiter,
                _place(
                    use, f"{call.name} in {call.scope or 'the module'}", _limit(limiter), limiter
                ),
            )
    elif rule.role == "attach":
        yield from _attached(use, topic, limiters)


def _attached(use: Use, topic: Topic, limiters: list[Use]) -> Iterator[tuple[Use | None, Place]]:
    scan = topic.scan(use)
    for limiter in limiters:
        if (
            limiter.path == use.path
            and limiter.call.inside == use.call.name
            and _near(limiter.call, use.call)
        ):
            yield (
                limiter,
                _place(use, f"{use.call.name} with {limiter.call.name}", _limit(limiter), limiter),
            )
    for argument in use.call.arguments:
        if not _NAME.fullmatch(argument):
            continue
        name = qualified(argument, scan.names)
        if name in use.rule.texts("takes"):
            yield None, _place(use, f"{use.call.name} with {name}", "", None)
            continue
        made = topic.makers.made(use.path, name, use.call.scope) or _given_by(
            name, use, topic, limiters
        )
        if made is not None and made.rule.role == "limiter":
            yield made, _place(use, f"{use.call.name} with {argument}", _limit(made), made)
        elif (
            use.rule.language == "python"
            and _OWN.fullmatch(argument)
            and _refuses(name, use, topic)
        ):
            yield None, _place(use, f"{use.call.name} with {argument}", "", None)


def _given_by(name: str, use: Use, topic: Topic, limiters: list[Use]) -> Use | None:
    """The limiter that the function of a name makes and gives back."""
    there = topic.origin(name, use.path) or (use.path, name)
    for limiter in limiters:
        if limiter.call.target == "return" and (limiter.path, limiter.call.scope) == there:
            return limiter
    return None


def _near(inner: Call, outer: Call) -> bool:
    return outer.line <= inner.line <= outer.line + 40


def _refuses(name: str, use: Use, topic: Topic) -> bool:
    """Whether the file that a class of ours is in also refuses requests."""
    there = topic.origin(name, use.path)
    path = there[0] if there is not None else use.path
    scan = topic.code.scans.get(path)
    if scan is None or not scan.refusals:
        return False
    return any(c.name == name.rpartition(".")[2] and c.methods for c in scan.classes)


def _place(use: Use, what: str, limit: str, limiter: Use | None) -> Place:
    made = (limiter.path, limiter.call.line) if limiter is not None else ("", 0)
    return Place(use.path, use.call.line, what, limit[:60], made)


def _limit(use: Use) -> str:
    for name in use.rule.texts("limit"):
        if name in use.call.keywords:
            return use.call.keywords[name]
    if use.rule.role == "apply" and use.call.arguments:
        return use.call.arguments[0]
    return ""


def in_memory(limiter: Use) -> bool:
    """Whether a limiter counts in the process alone: no store is named, or that of memory."""
    if not limiter.rule.settings.get("memory"):
        return False
    given = [
        limiter.call.keywords[n] for n in limiter.rule.texts("store") if n in limiter.call.keywords
    ]
    return not any("memory://" not in text for text in given) and not limiter.call.spread


def switched_off(limiter: Use) -> bool:
    """Whether a limiter is made so that it never limits."""
    return any(limiter.call.keywords.get(name, "") in _OFF for name in _SWITCH)


def throttles(topic: Topic) -> Seen:
    """Throttle classes of Django REST framework, and the views and settings that name them."""
    rules = [r for r in patterns().rules("rate_limits", "python") if r.role == "throttle"]
    seen = Seen()
    own: dict[str, Place] = {}
    used: set[str] = set()
    for path in sorted(topic.code.closure.reachable):
        scan = topic.code.scans.get(path)
        if scan is None:
            continue
        for one in scan.classes:
            if any(base in rule.bases for rule in rules for base in one.bases):
                own[one.name] = Place(path, one.line, one.name)
        for name, value in scan.constants.items():
            if _THROTTLED.search(name) and re.search(r"\w", value):
                seen.applied.append(Place(path, 0, name, value[:60], reach=Reach(route=name)))
                used.update(re.findall(r"\w+", value))
        if "REST_FRAMEWORK" in scan.constants:
            named = [r for r in scan.references if _is_throttle(r, rules)]
            seen.applied.extend(Place(path, 0, f"REST_FRAMEWORK with {name}") for name in named)
            seen.declared.extend(Place(path, 0, name) for name in named)
            used.update(r.rpartition(".")[2] for r in scan.references)
    for name, place in own.items():
        seen.declared.append(place)
        made = _called(name, topic) if name not in used else []
        seen.applied.extend(made)
        if name not in used and not made:
            seen.ineffective.append(Place(place.path, place.line, f"{name}: nothing applies it"))
    return seen


def _is_throttle(reference: str, rules: list[Rule]) -> bool:
    return any(reference in rule.references for rule in rules)


def _called(name: str, topic: Topic) -> list[Place]:
    """The methods that hand out a throttle (`get_throttles`), by what their file imports."""
    found = []
    for path in sorted(topic.code.closure.reachable):
        scan = topic.code.scans.get(path)
        if scan is None or not any(full.rpartition(".")[2] == name for full in scan.names.values()):
            continue
        found += [
            Place(path, c.line, f"{c.name}.get_throttles with {name}", reach=Reach(route=c.name))
            for c in scan.classes
            if "get_throttles" in c.methods
        ]
    return found
