"""Whether records of one tenant are kept from another: keys of models, queries without them, row level security.

Looks at models of SQLAlchemy, Django, TypeORM, Mongoose, Sequelize, Drizzle, GORM and JPA that the service reaches, at
Prisma schemas and at tables in SQL, for a column that says whose a record is (tenant, hotel, organisation, workspace …;
the one that most models have). A query of Python or a script on such a model counts as filtered where its function, or
the head of the class around it, speaks of the tenant at all; one that does not is told where its file takes requests
(views, api, routes, resolvers …). Administration, tasks, commands and migrations are left out. Where a library, a
manager or row level security may put the filter into every query, that is a problem. Cannot see whether a filter is
right, checks before a query in another function, queries of Go and Java, nor raw SQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.scanning import family
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, topic_of
from auditor.probing.code.stores import Files, Spot, listed, undecided
from auditor.probing.code.tenant_queries import TOPIC, Tenancy, read_tenancy
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

_LIST = FactType.LIST
KEYS = FactSpec(
    "tenants.keys", _LIST, "Models with a column that says whose a record is (path:line what)"
)
FILTERED = FactSpec("tenants.filtered", FactType.NUMBER, "Queries on them that speak of the tenant")
UNFILTERED = FactSpec(
    "tenants.unfiltered", _LIST, "Queries on them, where requests come in, that do not"
)
ENFORCED = FactSpec("tenants.enforced", _LIST, "What keeps tenants apart in every query")
IDLE = FactSpec(
    "tenants.idle_policies", _LIST, "Policies of row level security that hold nobody back"
)
TESTS = FactSpec("tenants.tests", _LIST, "Tests that ask for what is another tenant's")

_FACTS = (KEYS, FILTERED, UNFILTERED, ENFORCED, IDLE, TESTS)
_KEYS = tuple(spec.key for spec in _FACTS)
_HINT = (
    "Attest the item with a test that asks for objects of one tenant with the identity of another."
)


@probe(
    "code.tenants",
    title="Isolation of tenants in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def tenants(ctx: Context) -> Iterator[Observation]:
    """Tell what keeps tenants apart, and which queries do not."""
    topic = topic_of(ctx, TOPIC)
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    found = read_tenancy(ctx, topic, Files(ctx, topic))
    open_ = set(_KEYS) if doubts else set()
    if not found.models and not doubts:
        yield undecided([], "No model of a database was seen.", _HINT, *_KEYS)
        return
    unsure = unknown(found)
    if unsure:
        yield undecided(
            unsure,
            "It is not told whether every query is kept to one tenant.",
            _HINT,
            UNFILTERED.key,
        )
        open_.add(UNFILTERED.key)
    told = [] if found.enforced else found.unfiltered
    spots = {
        KEYS: found.keyed,
        UNFILTERED: told,
        ENFORCED: found.enforced,
        IDLE: found.idle,
        TESTS: found.tests,
    }
    for spec, places in spots.items():
        if places or spec.key not in open_:
            yield listed(ctx, topic, spec, sorted(places))
    if not doubts:
        yield FILTERED.of(
            len(found.filtered),
            level=Level.EFFECTIVE,
            source=topic.source(ctx),
            produced_at=ctx.observed_at,
        )


def unknown(found: Tenancy) -> list[Spot]:
    """The places that leave open whether every query is filtered, where no query is told."""
    if found.enforced:  # whether it holds for these queries is not told
        return found.unfiltered
    if found.unfiltered:
        return []
    followed = [
        s
        for s in found.keyed
        if family(s.path) in ("python", "javascript") or s.path.endswith(".prisma")
    ]
    if found.keyed and not (found.filtered or found.elsewhere):
        return found.keyed
    return found.elsewhere or [s for s in found.keyed if s not in followed]
