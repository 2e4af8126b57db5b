"""Guards for browsers in the code: security headers, other origins (CORS), the flags of cookies.

Looks in the files that the service imports from where it starts: helmet, flask-talisman, secure, unrolled/secure,
gin-contrib/secure, Django's settings and middleware, and headers that the code writes itself, each where it is
applied, not where only development sees it; CORS of Starlette, Flask, Django, Express, Nest, Fastify, Go and Spring;
sessions and cookies of those. A cookie counts as weak where it keeps a session or is called so (session, token,
auth …) and lacks Secure, HttpOnly or SameSite in production, by what the library sets by itself. CORS counts as
open where every origin is named back and cookies are allowed: a plain * with them is refused by browsers. A flag
that hangs on a setting which is off or unknown by default is told apart. Cannot see what a proxy adds or takes,
options that are built at run time, nor whether the headers are strong.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import Topic, gaps, topic_of
from auditor.probing.code.stores import Spot, listed
from auditor.probing.code.web_cookies import cookies, speaks_of_sessions
from auditor.probing.code.web_origins import origins
from auditor.probing.code.web_security import TOPIC, Guards, Look, headers
from auditor.probing.code.web_settings import settings
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

_LIST = FactType.LIST
HEADERS = FactSpec(
    "web_security.headers", _LIST, "Where the code sets security headers (path:line what)"
)
INEFFECTIVE = FactSpec(
    "web_security.headers_ineffective",
    _LIST,
    "Security headers that are switched off, or not applied in production",
)
COOKIES = FactSpec("web_security.cookies", _LIST, "Cookies and sessions that the code sets")
WEAK = FactSpec(
    "web_security.weak_cookies", _LIST, "Cookies of sessions without Secure, HttpOnly or SameSite"
)
ANY = FactSpec("web_security.any_origin", _LIST, "Where every origin is let in, without cookies")
OPEN = FactSpec(
    "web_security.open_cors", _LIST, "Where every origin is let in with the cookies of the user"
)
UNCLEAR = FactSpec(
    "web_security.unclear", _LIST, "Cookies and origins that hang on what the code leaves open"
)
FOLLOWED = FactSpec(
    "web_security.followed",
    FactType.BOOLEAN,
    "Whether calls in the service's languages are followed",
)

_LISTS = (HEADERS, INEFFECTIVE, COOKIES, WEAK, ANY, OPEN, UNCLEAR)
_KEYS = tuple(spec.key for spec in _LISTS)
_OTHER_SHARE = 0.25


@probe(
    "code.web_security",
    title="Headers, cookies and other origins in the code",
    needs=[Need.REPOSITORY],
    emits=[*_LISTS, FOLLOWED],
    pure=True,
)
def web_security(ctx: Context) -> Iterator[Observation]:
    """Tell what guards browsers, and what is left open."""
    topic = topic_of(ctx, TOPIC)
    yield FOLLOWED.of(
        followed(topic),
        level=Level.EFFECTIVE,
        source=topic.source(ctx),
        produced_at=ctx.observed_at,
    )
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    look = Look(ctx, topic)
    found = read(look)
    unread = [] if doubts else list(speaks_of_sessions(look))
    spots: dict[FactSpec, list[Spot]] = {
        HEADERS: found.headers, INEFFECTIVE: found.ineffective, COOKIES: found.cookies, WEAK: found.weak,
        ANY: found.any_origin, OPEN: found.open_cors, UNCLEAR: [*found.unclear, *unread],
    }  # fmt: skip
    for spec, listed_ in spots.items():
        if listed_ or not doubts:
            yield listed(ctx, topic, spec, sorted(listed_))


def read(look: Look) -> Guards:
    """What the reachable code says."""
    found = Guards()
    headers(look, found)
    origins(look, found)
    cookies(look, found)
    settings(look, found)
    return found


def followed(topic: Topic) -> bool:
    """Whether most of the service's source is in languages whose calls are followed."""
    total = sum(topic.code.sizes.values())
    others = sum(size for name, size in topic.code.sizes.items() if name not in topic.languages)
    return total > 0 and others < _OTHER_SHARE * total
