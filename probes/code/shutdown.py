"""Graceful shutdown in the code: what the service does when the platform asks it to end.

Looks in the files that the service imports from where it starts, for handlers of SIGTERM in Python and in scripts
and what they do, `Shutdown` of Go servers and the deadline of its context, hooks of NestJS and of libraries for
Node, settings of Spring Boot, Quarkus and Micronaut, and servers such as gunicorn and uvicorn by which a
Dockerfile starts the service. A handler that exits at once, ends nothing, or never hears SIGTERM is abrupt.
Cleaning up is told apart: it says nothing about requests in flight. A shell stands before the service where CMD or
ENTRYPOINT has the shell form, or a script of theirs ends, without `exec`. Cannot see what an orchestrator waits
for (see infra.kubernetes), nor whether a base image brings an init.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.topics.signal_places import Place
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, listing, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.shutdown_looks import TOPIC, ShutdownLook
from auditor.probing.code.shutdown_starts import by_server, composed_without_exec, without_exec
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

_LIST = FactType.LIST
GRACEFUL = FactSpec("shutdown.graceful", _LIST, "What lets requests in flight end (path:line what)")
CLEANUP = FactSpec("shutdown.cleanup", _LIST, "What runs when the service ends")
ABRUPT = FactSpec(
    "shutdown.abrupt", _LIST, "Handlers of signals that exit at once, end nothing, or miss SIGTERM"
)
UNBOUNDED = FactSpec("shutdown.unbounded", _LIST, "Shutdowns that wait without a deadline")
SHELL = FactSpec(
    "shutdown.without_exec", _LIST, "Commands and scripts in which a shell keeps the signal"
)

_FACTS = (GRACEFUL, CLEANUP, ABRUPT, UNBOUNDED, SHELL)
_IN_CODE = tuple(spec.key for spec in (GRACEFUL, CLEANUP, ABRUPT, UNBOUNDED))
_MOST = 100


@probe(
    "code.shutdown",
    title="Graceful shutdown in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def shutdown(ctx: Context) -> Iterator[Observation]:
    """What was found is told in any case; that there is nothing, only where all code was read."""
    topic = topic_of(ctx, TOPIC)
    hidden = list(gaps(topic, *_IN_CODE))
    yield from hidden
    seen = ShutdownLook(trees_of(ctx, topic.code), topic).read()
    lists: dict[FactSpec, list[Place]] = {
        GRACEFUL: [*seen.graceful, *by_server(ctx)],
        CLEANUP: seen.cleanup,
        ABRUPT: seen.abrupt,
        UNBOUNDED: seen.unbounded,
        SHELL: [*without_exec(ctx), *composed_without_exec(ctx)],
    }
    if not any(topic.code.sizes.values()):
        return
    for spec, places in lists.items():
        if places or not hidden or spec is SHELL:
            told = sorted(set(places), key=lambda p: (p.path, p.line, p.what))
            where = [(p.path, p.line) for p in told[:_MOST]]
            yield listing(ctx, spec, [str(p) for p in told], where, topic.source(ctx))
