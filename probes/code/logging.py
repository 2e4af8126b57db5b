"""How the service logs: JSON or text, at which level, past the logger, with the id of the request.

Looks at Python (logging with dictConfig, files and formatters, structlog, loguru), JavaScript and TypeScript
(winston, pino, bunyan, log4js, Fastify, Nest), Go (log/slog, zap, zerolog, logrus, hclog) and Java (Logback, Log4j 2,
the settings of Spring Boot and Quarkus) in the files that the service imports from where it starts. A set-up counts in
the form that it has in production: conditions that name production, debugging or a setting with a default are followed,
others make it conditional. A formatter that no handler uses, a configuration that nothing applies and a function that
nobody calls are ineffective. An id counts where it is put on log lines, not where it is only made. What a file prints
that imports React, Vue or the like is printed in a browser, and is not counted. Cannot see the log of a web server,
what a log shipper makes of text, nor what any line says.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Location
from auditor.model.probe import FactType
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import gaps, listing, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_logging import java_logging
from auditor.probing.code.log_looks import Look
from auditor.probing.code.log_seen import TOPIC, Logging, Seen
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)

STRUCTURED = FactSpec(
    "logging.structured", FactType.LIST, "Set-ups that write JSON in production (path:line what)"
)
PLAIN = FactSpec("logging.plain", FactType.LIST, "Set-ups that write text in production")
INEFFECTIVE = FactSpec(
    "logging.ineffective", FactType.LIST, "Set-ups of JSON that nothing applies or uses"
)
CONDITIONAL = FactSpec(
    "logging.conditional",
    FactType.LIST,
    "Set-ups of which the code alone does not tell what they write",
)
PRINTS = FactSpec(
    "logging.prints",
    FactType.LIST,
    "Calls that write past every logger (print, console.log, fmt.Println)",
)
FROM_ENVIRONMENT = FactSpec(
    "logging.level_from_environment", FactType.LIST, "Levels that a setting decides"
)
FIXED = FactSpec("logging.level_fixed", FactType.LIST, "Levels that are written as DEBUG or lower")
CORRELATION = FactSpec(
    "logging.correlation", FactType.LIST, "What puts the id of a request on log lines"
)

_FACTS = (STRUCTURED, PLAIN, INEFFECTIVE, CONDITIONAL, PRINTS, FROM_ENVIRONMENT, FIXED, CORRELATION)
_KEYS = tuple(spec.key for spec in _FACTS)
_MOST = 200


@probe(
    "code.logging",
    title="Logging in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def logging(ctx: Context) -> Iterator[Observation]:
    """Tell what every set-up writes; presence is told even where absence is not known."""
    topic = topic_of(ctx, TOPIC)
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    found = Look(trees_of(ctx, topic.code)).run()
    java_logging(ctx, JavaFiles(topic, Texts(ctx, topic)), found)
    in_order(found)
    lists = (
        found.structured, found.plain, found.ineffective, found.conditional,
        found.prints, found.from_environment, found.fixed, found.correlation,
    )  # fmt: skip
    hidden = [s for s, there in ((STRUCTURED, found.structured), (PLAIN, found.plain)) if not there]
    if not found.conditional:
        hidden = []
    if found.strange:
        hidden += [
            s
            for s, there in (
                (FROM_ENVIRONMENT, found.from_environment),
                (CORRELATION, found.correlation),
            )
            if not there
        ]
    if hidden:
        yield _conditional(found.conditional, *(spec.key for spec in hidden))
    if found.unclear_levels and not found.from_environment and FROM_ENVIRONMENT not in hidden:
        hidden.append(FROM_ENVIRONMENT)
        yield _unclear(found.unclear_levels)
    for spec, places in zip(_FACTS, lists, strict=True):
        if (doubts and not places) or spec in hidden:
            continue
        yield listing(
            ctx,
            spec,
            [str(p) for p in places],
            [(p.path, p.line) for p in places[:_MOST]],
            topic.source(ctx),
        )


def in_order(found: Logging) -> None:
    """Sort the lists by path and line, each place once."""
    for name in Logging.__slots__:
        places = {(s.path, s.line, s.what): s for s in getattr(found, name)}
        setattr(found, name, [places[k] for k in sorted(places)])


def _conditional(places: list[Seen], *facts: str) -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        f"It is not known what {len(places)} set-ups of logging write in production. The first is {places[0]}.",
        "Make JSON the default that needs no setting, or attest the item with a query of the logs.",
        facts,
        tuple(Location(path=p.path, line=p.line) for p in places[:_MOST]),
    )


def _unclear(places: list[Seen]) -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        f"It is not known where the level of logging comes from ({places[0]}).",
        "Read the level from the environment where it is set, or attest the item.",
        (FROM_ENVIRONMENT.key,),
        tuple(Location(path=p.path, line=p.line) for p in places[:_MOST]),
    )
