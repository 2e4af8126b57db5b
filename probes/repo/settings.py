"""Compares what the service reads from its environment with what its examples and documents name.

Reads Python (os.environ, environ, decouple, pydantic-settings with prefix and alias), JavaScript and TypeScript
(process.env, configuration services, schemas) and Go (os.Getenv, tags, viper) in the files that the service reaches
from where it starts. A setting is needed where no place has a default for it and none asks for it on a condition;
it is documented where an example of an environment, a document, a Compose file, a Dockerfile or a committed `.env`
names it as a whole word. A name of an example is unread where nothing in the repository names it outside comments,
documents and other examples; names that images, servers and SDKs are known to read are left out.

A setting without a default may stay away where the code asks whether it is there and goes on without it.

Not seen: whether what is written of a setting is right; settings that come from files or stores; names that code
works out, which leave open who reads; code that passes on a value that is not there, to be asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.secret_looks import TOPIC
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.repository.settings_names import SettingsLook

_LIST = FactType.LIST
READ = FactSpec("settings.read", _LIST, "Variables that the service reads, where it does so first.")
EXAMPLES = FactSpec("settings.examples", _LIST, "Examples of an environment that name variables.")
UNDOCUMENTED = FactSpec(
    "settings.undocumented", _LIST, "Needed variables that no example or document names."
)
UNREAD = FactSpec("settings.unread", _LIST, "Variables of examples that nothing reads.")
_FACTS = (READ, EXAMPLES, UNDOCUMENTED, UNREAD)
_MOST = 200


@probe(
    "repo.settings",
    title="Settings and their examples",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def settings(ctx: Context) -> Iterator[Observation]:
    """What hides readings hides what is undocumented where that is none, and what is unread altogether."""
    topic = topic_of(ctx, TOPIC)
    doubts = list(gaps(topic, READ.key, UNDOCUMENTED.key, UNREAD.key))
    look = SettingsLook(ctx.repo, trees_of(ctx, topic.code))
    read, source = look.settings, topic.source(ctx)
    alone = not read and not doubts
    if alone:
        doubts.append(_nothing())
    undocumented = look.undocumented()
    unread = look.unread() if not doubts else []
    open_names = look.worked_out() if unread else ""
    doubts += [replace(p, facts=(UNDOCUMENTED.key, UNREAD.key)) for p in look.problems]
    yield from doubts
    if open_names:
        yield _worked_out(open_names)
    examples = sorted(look.examples)
    if examples or not look.problems:
        yield EXAMPLES.of(
            examples,
            level=Level.EFFECTIVE,
            source=ctx.repo.source(
                ", ".join(examples) or "searched: .env.example, *.env.sample and the like"
            ),
            locations=[Location(path=path) for path in examples],
            produced_at=ctx.observed_at,
        )
    for spec, found in (
        (READ, [(str(s), s.path, s.line) for s in read]),
        (UNDOCUMENTED, [(str(s), s.path, s.line) for s in undocumented]),
        (UNREAD, [(f"{path}:{one.line} {one.name}", path, one.line) for path, one in unread]),
    ):
        known = (
            spec is READ and alone
        )  # none is read: seen, though a way that is not known may be there
        hidden = (
            bool(doubts) and not known
            if not found
            else spec is UNREAD and bool(doubts or open_names)
        )
        if not hidden:
            yield spec.of(
                [text for text, _, _ in found],
                level=Level.DECLARED if known else Level.EFFECTIVE,
                source=source,
                locations=[Location(path=path, line=line) for _, path, line in found[:_MOST]],
                produced_at=ctx.observed_at,
            )


def _nothing() -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        "The code reads no setting from its environment in a way that is known.",
        "Read settings from the environment by name, or attest that all of them are described.",
        (UNDOCUMENTED.key, UNREAD.key),
    )


def _worked_out(path: str) -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        f"{path} reads variables by names that it works out, so that what nobody reads is not known.",
        "Read each setting by its written name.",
        (UNREAD.key,),
        (Location(path=path),),
    )
