"""Which Java classes a container makes although nothing names them: beans, by their annotations.

Spring finds them below the packages that it scans; CDI, JAX-RS, Jakarta and Micronaut on the class path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from auditor.code.java.java_settings import plain
from auditor.code.scan import FileScan
from auditor.code.starts.declared_starts import for_deployment

COMPONENTS = frozenset({
    "Component", "Service", "Repository", "Controller", "RestController", "Configuration", "ControllerAdvice",
    "RestControllerAdvice", "SpringBootApplication", "ConfigurationProperties", "JsonComponent", "Endpoint",
    "WebEndpoint", "RestControllerEndpoint", "FeignClient", "Mapper", "MessagingGateway", "RepositoryRestResource",
    "RepositoryRestController", "BasePathAwareController", "Entity", "MappedSuperclass", "Embeddable", "Converter",
    "Document", "RedisHash", "Table", "MongoEntity", "MappedEntity", "ManagedBean", "Named", "ApplicationScoped",
    "RequestScoped", "SessionScoped", "ConversationScoped", "Dependent", "Singleton", "Path", "Provider",
    "Stateless", "Stateful", "MessageDriven", "Startup", "WebServlet", "WebFilter", "WebListener",
    "ApplicationPath", "ServerEndpoint", "RegisterRestClient", "GrpcService", "GRpcService", "Liveness",
    "Readiness", "Interceptor", "Decorator", "ConfigMapping", "GraphQLApi", "QuarkusMain", "Client", "Factory",
    "Context", "Prototype", "Filter", "ServerFilter", "JdbcRepository", "MongoRepository", "KafkaListener",
    "KafkaClient", "RabbitListener", "RabbitClient", "EachBean", "EachProperty", "DgsComponent",
    "ShellComponent", "Aggregate", "ProcessingGroup", "Route", "SpringComponent", "HttpExchange",
    "RepositoryDefinition", "Indexed", "Node", "StepScope", "JobScope", "RefreshScope",
    "GraphQlExceptionHandler",
})  # fmt: skip
"""The annotations of classes that a container makes, by their last names."""

_OF_CONTAINERS = frozenset({
    "Path", "Provider", "Singleton", "Named", "ApplicationScoped", "RequestScoped", "SessionScoped", "Dependent",
    "Stateless", "Stateful", "MessageDriven", "WebServlet", "WebFilter", "WebListener", "ServerEndpoint", "Startup",
    "GrpcService", "ManagedBean", "Interceptor",
})  # fmt: skip
_SCANS = re.compile(
    r"SpringBootApplication|SpringCloudApplication|ComponentScans?|\w+Scan|Enable\w+"
)
_PACKAGED = re.compile(
    r"\b(?:scanBasePackages|basePackages|value)\s*=\s*(\{[^}]*\}|\"[^\"]*\")|^\w+\(\s*(\{[^}]*\}|\"[^\"]*\")"
)
_BESIDE = re.compile(r"\b(?:scanBasePackageClasses|basePackageClasses)\s*=\s*(\{[^}]*\}|[\w.]+)")
_STRING = re.compile(r'"([^"]*)"')
_CLASS = re.compile(r"([\w.]+)\.class")
_WHOLE = re.compile(
    r"SpringBootApplication|EnableAutoConfiguration|SpringCloudApplication|ComponentScan"
)
_ANNOTATION = "java.lang.annotation.Annotation"
_ALL = re.compile(r"QuarkusMain|ApplicationPath|MicronautApplication")
_MICRONAUT = "io.micronaut.runtime.Micronaut"
_SHIPPED = frozenset({"prod", "production", "default", "release", "live", "cloud", "kubernetes"})


def simple(annotation: str) -> str:
    """The last name of an annotation as it is written."""
    return annotation.partition("(")[0].strip().rpartition(".")[2]


def own_components(scans: Mapping[str, FileScan]) -> frozenset[str]:
    """The annotations of the service's own that make a class a bean, by the annotations that they carry."""
    own = [c for scan in scans.values() for c in scan.classes if _ANNOTATION in c.bases]
    found: set[str] = set()
    for _ in range(3):
        found |= {
            c.name
            for c in own
            if any(simple(d) in COMPONENTS or simple(d) in found for d in c.decorators)
        }
    return frozenset(found)


def is_component(scan: FileScan, own: frozenset[str]) -> bool:
    """Whether a container makes a class of a file: by an annotation, or as a repository of Spring Data.

    One that was not read may hold anything.
    """
    if scan.refused:
        return True
    for one in scan.classes:
        if _ANNOTATION in one.bases:
            continue
        if any((name := simple(d)) in COMPONENTS or name in own for d in one.decorators):
            return True
        if any(b.endswith("Repository") for b in one.bases):
            return True
    return False


def is_of_container(scan: FileScan) -> bool:
    """Whether a class of a file is one that a container may also be told of in ways that are not read."""
    return any(simple(d) in _OF_CONTAINERS for c in scan.classes for d in c.decorators)


def scanned(scan: FileScan) -> tuple[list[str], list[str]] | None:
    """The packages below which Spring looks for components because of a file, and the classes whose packages
    it means; None where a file tells it nothing of the kind. "" stands for a package by a value."""
    packages: list[str] = []
    classes: list[str] = []
    told = False
    for one in scan.classes:
        written = [d for d in one.decorators if _SCANS.fullmatch(simple(d))]
        for text in written:
            strings = [s for m in _PACKAGED.findall(text) for s in _STRING.findall("".join(m))]
            beside = [c for m in _BESIDE.findall(text) for c in _CLASS.findall(m)]
            told = told or bool(_WHOLE.fullmatch(simple(text)) or strings or beside)
            packages += [
                "" if "$" in s or "#" in s else re.split(r"\.?\*", s)[0]
                for s in strings
                if "/" not in s
            ]
            classes += beside
        if any(_WHOLE.fullmatch(simple(d)) for d in written) and not packages and not classes:
            packages.append(scan.package)
    return (packages, classes) if told else None


def starts_container(scan: FileScan) -> bool:
    """Whether a file starts a container that makes every bean of the class path."""
    if any(_ALL.fullmatch(simple(d)) for c in scan.classes for d in c.decorators):
        return True
    return any(i.module == _MICRONAUT for i in scan.imports)


def held_back(scan: FileScan, settings: Mapping[str, str]) -> bool:
    """Whether the beans of a file are only made in a profile, or for a setting, that may be off.

    `settings` are those of the service by their plain names (`java_settings.plain`).
    """
    beans = [c for c in scan.classes if c.decorators]
    return bool(beans) and all(any(_off(d, settings) for d in c.decorators) for c in beans)


def _off(annotation: str, settings: Mapping[str, str]) -> bool:
    name = simple(annotation)
    if name == "Profile":
        profiles = _STRING.findall(annotation)
        active = re.split(r"\s*,\s*", settings.get("spring.profiles.active", ""))
        return not any(_runs(p.strip(), active) for p in profiles)
    if name == "ConditionalOnProperty":
        return not _is_set(annotation, settings)
    return False


def _runs(profile: str, active: Iterable[str]) -> bool:
    if profile.startswith("!"):
        return profile[1:] not in active and profile[1:] not in _SHIPPED
    return profile in _SHIPPED or (profile in active and for_deployment(profile))


def _is_set(annotation: str, settings: Mapping[str, str]) -> bool:
    if re.search(r"\bmatchIfMissing\s*=\s*true", annotation):
        return True
    prefix = re.search(r'\bprefix\s*=\s*"([^"]*)"', annotation)
    named = re.search(r'\b(?:name|value)\s*=\s*\{?\s*"([^"]*)"|\(\s*"([^"]*)"', annotation)
    wanted = re.search(r'\bhavingValue\s*=\s*"([^"]*)"', annotation)
    if named is None:
        return False
    key = ".".join(p for p in (prefix[1].strip(".") if prefix else "", named[1] or named[2]) if p)
    value = settings.get(plain(key))
    if value is None:
        return False
    return value.lower() == wanted[1].lower() if wanted and wanted[1] else value.lower() != "false"
