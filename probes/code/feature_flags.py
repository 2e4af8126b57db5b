"""Feature flags that can be turned while the service runs: clients of flag services, and where they are asked.

Looks at OpenFeature, LaunchDarkly, Unleash, Flagsmith, GrowthBook, PostHog, ConfigCat, Statsig, Flipt, django-waffle,
django-flags, Gargoyle, flipper, AWS AppConfig and GO Feature Flag, in the files that the service imports from where
it starts. A client counts as used where a flag is asked of it in a function that something calls; OpenFeature only
with a provider, LaunchDarkly only online. Switches of the environment are told apart: they need a new start. Flags
of the service's own making are told as a problem, for whether they can be turned at run time is not seen. Cannot
see which flags exist, who owns them, when they end, nor which features are risky.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Location
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, listing, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.flag_looks import TOPIC, FlagLook
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)

EVALUATED = FactSpec(
    "flags.evaluated",
    FactType.LIST,
    "Where a flag is asked for at run time (path:line library: call)",
)
CLIENTS = FactSpec(
    "flags.clients", FactType.LIST, "Clients of flag services that the service makes"
)
UNUSED = FactSpec(
    "flags.unused_clients", FactType.LIST, "Those that nothing asks, or that ask nobody"
)
ENVIRONMENT = FactSpec(
    "flags.from_environment", FactType.LIST, "Switches that only a new start turns (path:line name)"
)

_FACTS = (EVALUATED, CLIENTS, UNUSED, ENVIRONMENT)
_KEYS = tuple(spec.key for spec in _FACTS)
_MOST = 200


@probe(
    "code.feature_flags",
    title="Feature flags in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def feature_flags(ctx: Context) -> Iterator[Observation]:
    """Tell what is asked at run time and what the environment decides."""
    topic = topic_of(ctx, TOPIC)
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    look = FlagLook(trees_of(ctx, topic.code), topic)
    found = look.run()
    hidden = bool(doubts)
    if not found.evaluated and not doubts and (own := look.own()):
        yield _own(own)
        hidden = True
    for spec, places in zip(
        _FACTS, (found.evaluated, found.clients, found.unused, found.environment), strict=True
    ):
        if not places and (doubts or (hidden and spec is EVALUATED)):
            continue
        yield listing(
            ctx,
            spec,
            [str(p) for p in places],
            [(p.path, p.line) for p in places[:_MOST]],
            topic.source(ctx),
        )


def _own(places: list[tuple[str, int]]) -> Problem:
    path, line = places[0]
    return Problem(
        ProblemKind.VACUOUS,
        f"The code speaks of feature flags of its own making ({path}:{line}"
        f"{' and others' if len(places) > 1 else ''}); whether they can be turned while it runs is not seen.",
        "Attest the item with a toggle on staging that took effect without a deployment.",
        (EVALUATED.key,),
        tuple(Location(path=p, line=n) for p, n in places[:_MOST]),
    )
