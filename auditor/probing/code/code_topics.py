"""The uses of a topic's libraries, dealt out by whether the service reaches them, and what hides absence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.code.reach.uses import Makers, Origin, Use, find_uses, origins
from auditor.code.scan import FileScan
from auditor.code.scanning import FAMILIES, family
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.probing.code.code_reading import Code, code_of, patterns
from auditor.probing.code.java_beside import beside
from auditor.probing.contract import Context, Fact, FactSpec, Problem, ProblemKind

_UNDERSTOOD = frozenset(FAMILIES.values())
_BY_RULES = frozenset({"java"})
"""Understood only by the topics whose rules speak of them: others have no words for what they may hold."""
_OTHER_SHARE = 0.25
_NAMED = 5
_MADE_BY_TOOLS = re.compile(
    r"(?:_pb2(?:_grpc)?|(?:^|[._/])_?version|_generated|[._/]gen(?:erated)?)\b"
)
"""Modules that a build writes, which hold no logic of the service's own."""


@dataclass(frozen=True, slots=True)
class Topic:
    """The uses of one topic: in what the service reaches, perhaps reaches, and does not reach."""

    code: Code
    reachable: list[Use]
    perhaps: list[Use]
    unreachable: list[Use]
    makers: Makers
    origin: Origin
    languages: frozenset[str] = _UNDERSTOOD
    """The families of languages that can be judged; of the others nothing is known."""
    beside: tuple[str, int, str] | None = None
    """Where Java of the service imports a class of a module outside of its root: path, line, and that file."""

    def scan(self, use: Use) -> FileScan:
        """The file of a use."""
        return self.code.scans[use.path]

    def source(self, ctx: Context) -> Source:
        """What was looked at, in words."""
        closure = self.code.closure
        starts = ", ".join(closure.starts[:_NAMED])
        rest = len(closure.starts) - _NAMED
        more = f" and {rest} more" if rest > 0 else ""
        return ctx.repo.source(
            f"{ctx.repo.root or '.'}: {len(closure.reachable)} files reached from {starts}{more}; "
            f"{len(closure.unreachable)} not reached"
        )


def topic_of(ctx: Context, name: str) -> Topic:
    """The uses of a topic in the service's code."""
    code = code_of(ctx)
    rules = [r for language in sorted(_UNDERSTOOD) for r in patterns().rules(name, language)]
    spoken = _UNDERSTOOD - (_BY_RULES - {r.language for r in rules})
    origin = origins(code.python.file, lambda module, path: code.scripts.resolve(module, path)[0])
    uses = find_uses(rules, code.scans, origin, code.calls)
    closure = code.closure
    return Topic(
        code,
        [u for u in uses if u.path in closure.reachable],
        [u for u in uses if u.path in closure.perhaps],
        [u for u in uses if u.path in closure.unreachable],
        Makers(uses, origin),
        origin,
        spoken,
        beside(ctx, code),
    )


def gaps(topic: Topic, *facts: str) -> Iterator[Problem]:
    """Why the absence of a use proves nothing in this service, if so."""
    code, closure = topic.code, topic.code.closure
    total = sum(code.sizes.values())
    if not total:
        yield Problem(
            ProblemKind.VACUOUS,
            "There is no shipped source file below the service root.",
            "Check the service root (--root).",
            facts,
        )
        return
    yield from _foreign(topic, total, facts)
    started = {family(path) for path in closure.starts}
    for name in sorted(topic.languages & set(code.sizes)):
        if name not in started and code.sizes[name] >= _OTHER_SHARE * total:
            yield Problem(
                ProblemKind.VACUOUS,
                f"No file was found with which the service's {name} code starts, so nothing of it counts.",
                "Name the start in a Dockerfile, Procfile, package.json or console script, or attest the item.",
                facts,
            )
    for doubt in closure.doubts:
        if closure.starts:
            yield Problem(ProblemKind.VACUOUS, doubt, "Attest the item.", facts)
    if topic.beside is not None:
        path, line, there = topic.beside
        yield Problem(
            ProblemKind.VACUOUS,
            f"{path}:{line} imports {there}, which is not below the service root, so what that does is not known.",
            "Audit the folder that holds every module of the build (--root), or attest the item.",
            facts,
            (Location(path=path, line=line),),
        )
    yield from _lost(code, facts)
    refused = [(path, why) for path, why in closure.refused if path in closure.reachable]
    for path, why in refused[:_NAMED]:
        yield Problem(
            ProblemKind.MALFORMED,
            f"{path} was not read: {why}. What it calls and imports is not known.",
            "Mend the file, or give the auditor the right to read it.",
            facts,
            (Location(path=path),),
        )


def listing(
    ctx: Context,
    spec: FactSpec,
    texts: list[str],
    places: Iterable[tuple[str, int | None]],
    source: Source,
    level: Level = Level.EFFECTIVE,
) -> Fact:
    """A fact that lists `texts`, seen now at `places` (path and line), which the caller limits."""
    return spec.of(
        texts,
        level=level,
        source=source,
        locations=[Location(path=path, line=line) for path, line in places],
        produced_at=ctx.observed_at,
    )


def _lost(code: Code, facts: tuple[str, ...]) -> Iterator[Problem]:
    """Own modules that are imported and are not there: what they do is not known."""
    lost = [one for one in code.closure.lost if not _MADE_BY_TOOLS.search(one.module)]
    if lost:
        first = lost[0]
        others = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        yield Problem(
            ProblemKind.VACUOUS,
            f"{first.path}:{first.line} imports {first.module}, which is not in the repository{others}, so what"
            " that does is not known.",
            "Commit the module, or mend the import.",
            facts,
            tuple(Location(path=one.path, line=one.line) for one in lost[:_NAMED]),
        )


def _foreign(topic: Topic, total: int, facts: tuple[str, ...]) -> Iterator[Problem]:
    others = {n: size for n, size in topic.code.sizes.items() if n not in topic.languages}
    if sum(others.values()) >= _OTHER_SHARE * total:
        name = max(others, key=lambda n: others[n])
        share = 100 * sum(others.values()) // total
        yield Problem(
            ProblemKind.VACUOUS,
            f"{share} % of the source is in languages whose calls are not followed (most of it {name}).",
            "Attest the item, or audit another part of the repository with --root.",
            facts,
        )
