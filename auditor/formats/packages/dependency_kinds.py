"""Which external system an image, a setting or a package means."""

from __future__ import annotations

import re

from auditor.formats.packages import dependency_table
from auditor.formats.text.word_list import words
from auditor.formats.web.external_systems import System, SystemKind

_GENERAL = {
    SystemKind.DATABASE: words(
        "database databases db sql repository repositories dao persistence basededatos datos bd repositorio"
        " repositorios persistencia"
    ),
    SystemKind.CACHE: words("cache caches caching cached"),
    SystemKind.BROKER: words(
        "queue queues broker amqp messaging pubsub cola colas mensajeria broker"
    ),
    SystemKind.STORAGE: words("storage bucket buckets blob objectstorage almacenamiento"),
    SystemKind.SEARCH: words("search searchindex searchengine busqueda buscador"),
    SystemKind.MAIL: words("mail mails email emails smtp imap mailer correo correos"),
    SystemKind.DIRECTORY: words("directory directorio"),
    SystemKind.UPSTREAM: frozenset(),
}
_KINDS = {
    "db": SystemKind.DATABASE,
    "cache": SystemKind.CACHE,
    "broker": SystemKind.BROKER,
    "storage": SystemKind.STORAGE,
    "search": SystemKind.SEARCH,
    "mail": SystemKind.MAIL,
    "directory": SystemKind.DIRECTORY,
    "api": SystemKind.UPSTREAM,
}
_WHERE = (
    "(?:URL|URI|DSN|HOST|HOSTS|HOSTNAME|SERVER|SERVERS|ADDR|ADDRESS|ENDPOINT|ENDPOINT_URL|PORT|NAME|DB"
    "|DATABASE|USER|USERNAME|PASSWORD|PASS|PWD|CREDENTIALS|CONNECTION|CONNECTION_STRING|SERVICE_HOST"
    "|BROKERS|BOOTSTRAP_SERVERS|NODES|CLUSTER|SENTINELS?)"
)


_POINTS = r"\w*(?:URL|URI|DSN|HOST|SERVER|TOKEN|API_KEY)"
_CREDENTIAL = (
    "(?:(?:\\w+_)?(?:KEY|TOKEN|SECRET|SID|ACCOUNT|CLIENT_ID|CLIENT_SECRET|AUTH|WEBHOOK|WEBHOOK_URL|PASSWORD"
    "|CONFIG|CREDENTIALS|PROJECT_ID|BUCKET|BUCKET_NAME|REGION))"
)
# Settings that name the service itself, its parts, its secrets, or where telemetry goes.
_OWN_NAME = re.compile(
    r"(?:APP|API|WEB|SITE|BASE|PUBLIC|PRIVATE|BACKEND|FRONTEND|SERVER|SERVICE|INTERNAL|EXTERNAL|ADMIN|SPACE|LIVE|HOST"
    r"|ROOT|DOMAIN|KUBERNETES|COLLECTOR|LOGSTASH|STATSD|DATADOG|DD|SECRET|ENCRYPTION|JWT|SIGNING|SELF|MY|CORE"
    r"|REST|GRAPHQL|WS|ASSETS?|STATIC|MEDIA|PROXY|HTTPS?|TEST|DEV|LISTEN|BIND"
    r"|(?:NEXT_PUBLIC|VITE|REACT_APP|NUXT|OTEL|JAEGER|SENTRY|PROMETHEUS|GRAFANA|CORS|(?:APP|WEB|ADMIN|SPACE|LIVE)_)\w*)"
)
_UPSTREAM = re.compile(
    r"(?:VITE_|NEXT_PUBLIC_)?(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+){0,4}?)_(?:(?:SERVICE|API|SVC)(?:_BASE)?"
    r"_(?:URL|URI|ADDR|ADDRESS|HOST|ENDPOINT|KEY|TOKEN)|BASE_URL|GRPC_ADDR)"
)
_SCHEMES = {
    scheme: system
    for system, schemes in {
        "postgres": "postgres postgresql pgsql postgis cockroachdb",
        "mysql": "mysql mariadb",
        "mssql": "mssql sqlserver",
        "oracle": "oracle",
        "mongo": "mongodb",
        "clickhouse": "clickhouse",
        "neo4j": "neo4j bolt",
        "redis": "redis rediss valkey",
        "memcached": "memcached",
        "rabbitmq": "amqp amqps",
        "kafka": "kafka",
        "nats": "nats",
        "mqtt": "mqtt mqtts",
        "pulsar": "pulsar",
        "sqs": "sqs",
        "s3": "s3",
        "gcs": "gs",
        "elasticsearch": "elasticsearch",
        "opensearch": "opensearch",
        "mail": "smtp smtps",
        "ldap": "ldap ldaps",
    }.items()
    for scheme in schemes.split()
}
_HERE = words("localhost 127.0.0.1 0.0.0.0")
_NO_SYSTEM = words("sqlite sqlite3 file memory locmem dummy local")
HTTP_CLIENTS = words(
    "requests httpx aiohttp urllib3 pycurl zeep suds grequests axios got node-fetch superagent ky undici request"
    " @grpc/grpc-js grpcio google.golang.org/grpc github.com/go-resty/resty okhttp retrofit openfeign"
    " spring-cloud-starter-openfeign spring-boot-starter-webflux refit restsharp faraday httparty reqwest"
    " guzzlehttp/guzzle grpc.net.client"
)
"""Packages that call whatever address they are given, so that they name no system."""


def _pattern(text: str) -> re.Pattern[str] | None:
    return re.compile(text.strip()) if text.strip() else None


def _store(row: str) -> System:
    kind, id_, title, images, settings, packages, names, stand_ins = (
        part.strip() for part in f"{row} ".split(" ::")
    )
    where = rf"(?:\w+_)??(?:{settings})(?:_{_WHERE}|_{_POINTS}|(?<=HOST)|(?<=PGDATABASE))"
    if kind == "storage":
        where += rf"|(?:\w+_)??(?:{settings})(?:_{_CREDENTIAL}|_\w*NAME)"
    own, general = words(names), _GENERAL[_KINDS[kind]]
    return System(
        id_, title, _KINDS[kind], own, general, _pattern(images), re.compile(where),
        _pattern(packages), _pattern(stand_ins),
    )  # fmt: skip


def _some(row: str) -> System:
    kind, id_, settings, packages = (part.strip() for part in row.split(" ::"))
    general = _GENERAL[_KINDS[kind]]
    own = words("aws boto boto3 localstack") if id_ == "aws" else frozenset()
    where = rf"(?:\w+_)??(?:{settings})(?:_{_WHERE})?"
    return System(
        id_, "AWS" if id_ == "aws" else "", _KINDS[kind], own, general, None, re.compile(where),
        _pattern(packages), re.compile("moto|aws-sdk-client-mock"), general_only=id_ != "aws",
    )  # fmt: skip


def _vendor(row: str) -> System:
    id_, title, settings, packages, more = (part.strip() for part in f"{row} ".split(" ::"))
    return System(
        id_, title, SystemKind.UPSTREAM, words(more) | {id_}, frozenset(),
        re.compile(rf"{id_}(?:-(?:api|service|sandbox))?"),
        re.compile(rf"(?:\w+_)??(?:{settings})_(?:{_CREDENTIAL}|{_WHERE}|API_\w+|APP_ID|\w+_URL)"),
        _pattern(packages), re.compile(rf"{id_}[_-]?mock"),
    )  # fmt: skip


def _rows(table: str) -> list[str]:
    return [row for row in map(str.strip, table.splitlines()) if row]


STORES: tuple[System, ...] = tuple(map(_store, _rows(dependency_table.STORES)))
SOME: tuple[System, ...] = tuple(map(_some, _rows(dependency_table.SOME)))
VENDORS: tuple[System, ...] = tuple(map(_vendor, _rows(dependency_table.VENDORS)))
_BY_ID = {system.id: system for system in (*STORES, *SOME, *VENDORS)}


def by_id(id_: str) -> System:
    """The system of that id."""
    return _BY_ID[id_]


def of_image(name: str) -> System | None:
    """The system that an image of this name (with or without tag) serves."""
    bare = name.partition("@")[0]
    head, slash, last = bare.rpartition("/")
    bare = head + slash + last.partition(":")[0]
    return next((s for s in (*STORES, *VENDORS) if s.is_image(bare)), None)


def pretended(image: str) -> System | None:
    """The system that an image such as `stripe-mock` stands in for, and so shows that it is used."""
    last = image.lower().rpartition("/")[2].partition(":")[0]
    stem, dash, _ = last.partition("-mock")
    return of_image(stem) if dash else None


def of_package(name: str) -> System | None:
    """The system that a package of this name, in lower case, is a client of."""
    return next((s for s in (*STORES, *VENDORS, *SOME) if s.is_package(name)), None)


def of_setting(name: str, scheme: str = "", host: str = "") -> System | None:
    """The system that a variable points at, by the scheme of its value before its name."""
    plain = scheme.lower().partition("+")[0]
    if plain in _NO_SYSTEM:
        return None
    if plain in _SCHEMES:
        return _BY_ID[_SCHEMES[plain]]
    known = next((s for s in (*STORES, *VENDORS, *SOME) if s.is_variable(name)), None)
    return known or _upstream(name, host)


def _upstream(name: str, host: str) -> System | None:
    """A system that only its own setting names, such as that of `PAYMENTS_API_URL`."""
    found = _UPSTREAM.fullmatch(name.upper()[:100])
    if found is None or _OWN_NAME.fullmatch(found["name"]):
        return None
    if name.upper().endswith("BASE_URL") and host in _HERE:
        return None  # an address of the service itself
    return upstream(found["name"].lower())


def upstream(name: str) -> System:
    """An upstream API of which no more is known than how settings call it (`product_catalog`)."""
    title = name.replace("_", " ").replace("-", " ")
    joined = title.replace(" ", "")
    pattern = re.compile(re.escape(title).replace(r"\ ", "[_-]?") + "(?:[_-]?(?:service|api|svc))?")
    return System(
        f"api_{joined}", title, SystemKind.UPSTREAM, frozenset({joined}), frozenset(), pattern
    )


def reduced(found: dict[str, System]) -> dict[str, System]:
    """Without those of which only the kind is known where a system of the kind is there as well; AWS as
    such goes where one of its parts is named."""
    kinds = {s.kind for s in found.values() if not s.general_only}
    queues = "redis" in found  # Celery and its like keep their queues in Redis too
    parts = found.keys() & {"s3", "sqs", "dynamodb", "ses"}

    def stays(system: System) -> bool:
        if system.id == "aws":
            return not parts
        if system.id in ("some_broker", "some_cache") and queues:
            return False
        return not system.general_only or system.kind not in kinds

    return {id_: system for id_, system in found.items() if stays(system)}
