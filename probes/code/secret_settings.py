"""Where the code takes its secrets from: the environment, a store, a default, or its own text.

Looks at Python (os.environ, environ, decouple, pydantic-settings), JavaScript and TypeScript (process.env,
configuration services, schemas of the environment), Go (os.Getenv, tags of fields, viper) and Java (packaged settings
with their placeholders, @Value, System.getenv, classes of properties) in the files that the service imports from where
it starts, for names that promise a secret; and for clients of Vault, of the stores of AWS, Google and Azure, and for
/run/secrets. A secret that falls back to a literal is insecure unless production never takes it or the code refuses to
start with it. Gives names and places, never a value. Cannot see what stands in manifests and images (other probes do),
what a store holds, nor when a secret was last rotated.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, listing, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.secret_looks import TOPIC, SecretLook
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)

READ = FactSpec(
    "secret_settings.read", FactType.LIST, "Secrets that the environment must give (path:line name)"
)
LITERAL = FactSpec("secret_settings.literal", FactType.LIST, "Secrets that are written in the code")
DEFAULTS = FactSpec(
    "secret_settings.defaults", FactType.LIST, "Secrets that fall back to a written value"
)
STORE = FactSpec(
    "secret_settings.store", FactType.LIST, "Clients of secret stores that the service reads from"
)

_FACTS = (READ, LITERAL, DEFAULTS, STORE)
_KEYS = tuple(spec.key for spec in _FACTS)
_MOST = 200


@probe(
    "code.secret_settings",
    title="Secrets in the code's settings",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def secret_settings(ctx: Context) -> Iterator[Observation]:
    """Tell secrets apart by where they come from; no secret at all is a problem, not a clean list."""
    topic = topic_of(ctx, TOPIC)
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    found = SecretLook(trees_of(ctx, topic.code), topic).run()
    lists = (found.read, found.literal, found.defaults, found.store)
    if not any(lists):
        if not doubts:
            yield _nothing()
        return
    for spec, secrets in zip(_FACTS, lists, strict=True):
        if doubts and not secrets:
            continue
        yield listing(
            ctx,
            spec,
            [str(s) for s in secrets],
            [(s.path, s.line) for s in secrets[:_MOST]],
            topic.source(ctx),
        )


def _nothing() -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        "The code reads no setting whose name promises a secret, in a way that is known.",
        "Read secrets from the environment by name, or attest the item.",
        _KEYS,
    )
