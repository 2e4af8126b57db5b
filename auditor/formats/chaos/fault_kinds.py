"""What kind of failure an experiment injects, by an explicit table of words, English and Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from auditor.formats.text.word_list import words

KINDS = ("database", "cache", "upstream", "network", "resource")

_WORDS = {
    "database": words(
        "database databases databasedown db rds aurora dynamodb postgres postgresql pg pgsql mysql"
        " mariadb mongo mongodb cassandra cockroachdb cockroach mssql sqlserver oracle sql neo4j"
        " couchdb tikv tidb basededatos bd bbdd"
    ),
    "cache": words(
        "cache caches redis valkey memcached memcache elasticache keydb dragonfly hazelcast varnish"
    ),
    "upstream": words(
        "upstream upstreams external externals thirdparty partner dependency dependencies webhook"
        " smtp payment payments wiremock httpchaos externo externa externos externas tercero"
        " terceros dependencia dependencias pasarela pagos"
    ),
    "network": words(
        "network networkchaos latency packet packets partition netem toxiproxy toxic toxics dns"
        " dnschaos bandwidth blackhole latencia retardo paquete paquetes particion"
    ),
    "resource": words(
        "cpu memory ram disk oom stress stressng stresschaos iochaos hog hogs exhaustion exhaust"
        " resource resources filesystem memoria disco agotamiento recurso recursos"
    ),
}
_PHRASES = {
    "database": ("base de datos", "bases de datos"),
    "upstream": ("third party", "api externa", "servicio externo"),
    "network": ("de red", "la red", "packet loss", "network loss"),
    "resource": ("stress ng", "disk fill", "fill disk", "memory leak"),
}
_MOST_TEXT = 4000


def kinds_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The kinds that the words of `texts` speak of, in the order of `KINDS`."""
    plain = _plain(" ".join(texts))
    spoken = set(plain.split())
    padded = f" {plain} "
    return tuple(
        kind
        for kind in KINDS
        if spoken & _WORDS[kind] or any(f" {p} " in padded for p in _PHRASES.get(kind, ()))
    )


def kind_of_fault(
    actions: Iterable[str], tags: Iterable[str] = (), title: str = ""
) -> tuple[str, ...]:
    """The kinds of one experiment: what its actions do, else its tags, else its title.

    An action may meet two (a slow network to the database). Tags and a title that name several are
    no answer: words are cheap.
    """
    done = kinds_in(actions)
    if done:
        return done if len(done) <= 2 else ()
    for said in (kinds_in(tags), kinds_in([title])):
        if said:
            return said if len(said) == 1 else ()
    return ()


def _plain(text: str) -> str:
    """Small words without accents: `camelCase`, `snake_case` and paths fall apart."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text[:_MOST_TEXT])
    bare = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    found = re.sub(r"[^a-z0-9]+", " ", bare.lower()).strip()
    return f"{found} {re.sub(r'(?<=[a-z]) (?=chaos(?: |$))', '', found)}"
