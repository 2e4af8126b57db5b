"""The pools of Java services: those that frameworks make by themselves, with the packaged settings, and of code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.code.java.java_settings import Setting
from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.pools import Pools
from auditor.probing.code.stores import Spot

_JDBC = re.compile(
    r"spring-boot-starter-(?:data-jpa|jdbc|data-jdbc|jooq|batch|quartz)\b|spring-boot-jdbc\b|mybatis-(?:plus-)?(?:spring-boot|boot)[\w-]*starter"
    r"|mybatis-plus-spring-boot\d-starter|pagehelper-spring-boot-starter|mapper-spring-boot-starter"
)
_NO_AUTO = re.compile(r"exclude\w*\s*=[^)]*\bDataSourceAutoConfiguration\b")
_NO_HIKARI = re.compile(r"<exclusion>(?:(?!</exclusion>).)*HikariCP", re.DOTALL)
_ONCE = re.compile(
    r"migrat|setup|init|main|seed|create|check|health|ready|backup|restore|dump|test", re.IGNORECASE
)
_NUMBER = re.compile(r"-?\d+")
_SHOWN = re.compile(
    r"(?:maximumpoolsize|minimumidle|connectiontimeout|idletimeout|maxlifetime|maxactive|minidle|initialsize|maxwait|maxtotal|maxidle"
    r"|maxsize|minsize|leakdetectionthreshold)$"
)
_NO_POOL = re.compile(r"(?:DriverManager|SimpleDriver|SingleConnection)DataSource$")
_MADE_OF = re.compile(r"Hikari(?:Config|DataSource)|setDataSource\(|DelegatingDataSource")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A pool that settings tell of: where they stand, the keys of its most connections, its most by default."""

    name: str
    prefixes: tuple[str, ...]
    limits: tuple[str, ...]
    default: str
    endless: tuple[str, ...] = ()


_HIKARI = _Kind("HikariCP", ("spring.datasource.hikari.",), ("maximum-pool-size",), "10")
_KINDS = {
    "Hikari": _HIKARI,
    "Druid": _Kind(
        "Druid", ("spring.datasource.druid.", "spring.datasource."), ("max-active",), "8"
    ),
    "tomcat": _Kind("Tomcat JDBC", ("spring.datasource.tomcat.",), ("max-active",), "100"),
    "dbcp": _Kind("DBCP", ("spring.datasource.dbcp2.",), ("max-total",), "8", ("-1",)),
}
_VERTX = _Kind("Vert.x", ("quarkus.datasource.reactive.",), ("max-size",), "20")
_R2DBC = _Kind("r2dbc-pool", ("spring.r2dbc.pool.",), ("max-size",), "10")
_OTHERS = (
    (re.compile(r"quarkus-jdbc-"), _Kind("Agroal", ("quarkus.datasource.jdbc.",), ("max-size",), "")),
    (re.compile(r"quarkus-reactive-\w+-client"), _VERTX),
    (re.compile(r"micronaut-jdbc-hikari"), _Kind("HikariCP", ("datasources.default.",), ("maximum-pool-size",), "10")),
    (re.compile(r"spring-boot-starter-data-r2dbc|r2dbc-pool"), _R2DBC),
    (re.compile(r"spring-boot-starter-data-mongodb"), _Kind("MongoDB", ("spring.data.mongodb.",), (), "100")),
)  # fmt: skip


def java_pools(java: JavaFiles, pools: Pools) -> None:
    """Note the pools of the Java files that the service reaches, and of its frameworks."""
    if not java.paths:
        return
    made = [u for u in java.topic.reachable if u.rule.role == "java.pool"]
    configs = {(u.path, u.call.target): u for u in made if last_name(u.call.name) == "HikariConfig"}
    sources = [u for u in made if u not in configs.values()]
    own = bool(sources) and any("DataSource" in last_name(u.call.name) for u in sources)
    for use in sources or list(configs.values()):
        _in_code(use, list(configs.values()), java, pools)
    for use in java.topic.reachable:
        if use.rule.role == "java.connect":
            _alone(use, java, pools)
    if not own:
        _auto(java, pools)
    for needed, kind in _OTHERS:
        mongo = kind.name == "MongoDB" and any(u.rule.id == "java.mongo" for u in made)
        if needed.search(java.build) and not mongo:
            off = java.setting("spring.r2dbc.pool.enabled")
            if kind.name == "r2dbc-pool" and off is not None and off.value == "false":
                pools.none.append(Spot(off.path, off.line, f"{off.key}: {off.value}"))
                pools.of_databases = True
                continue
            _told(kind, needed, java, pools)


def _auto(java: JavaFiles, pools: Pools) -> None:
    """The pool that Spring Boot makes where it finds a driver."""
    if (
        java.boot is None
        or not _JDBC.search(java.build)
        or any(_NO_AUTO.search(java.code(p)) for p in java.paths)
    ):
        return
    typed = java.setting("spring.datasource.type")
    if typed is not None and _NO_POOL.search(typed.value):
        pools.of_databases = True
        pools.none.append(
            Spot(typed.path, typed.line, f"{last_name(typed.value)} opens a connection each time")
        )
        return
    kind = _HIKARI
    if typed is not None:
        kind = next(
            (k for word, k in _KINDS.items() if word.lower() in typed.value.lower()), _HIKARI
        )
    elif re.search(r"druid-spring-boot", java.build):
        kind = _KINDS["Druid"]
    elif _NO_HIKARI.search(java.build):
        kind = _KINDS["tomcat" if "tomcat-jdbc" in java.build else "dbcp"]
    _told(kind, _JDBC, java, pools)


def _told(kind: _Kind, needs: re.Pattern[str], java: JavaFiles, pools: Pools) -> None:
    pools.of_databases = True
    settings = [
        s
        for s in java.below(*kind.prefixes)
        if _SHOWN.search(s.key.replace("-", "").replace("_", "").lower())
    ]
    limit = java.setting(*(f"{prefix}{name}" for prefix in kind.prefixes for name in kind.limits))
    spot = _place(kind, limit, settings, needs, java)
    pools.declared.append(spot)
    if limit is not None and limit.value in kind.endless:
        pools.unbounded.append(
            Spot(
                limit.path,
                limit.line,
                f"{kind.name}: {last_name(limit.key)}={limit.value} sets no limit",
            )
        )
    most = limit.value if limit is not None else "" if java.remote is not None else kind.default
    said = (
        f"at most {most}"
        if _NUMBER.fullmatch(most) and int(most) > 0
        else "its most is not written here"
    )
    shown = ", ".join(f"{last_name(s.key)}={s.value or 'set elsewhere'}" for s in settings)
    pools.settings.append(
        Spot(spot.path, spot.line, f"{kind.name}: {said}{f' ({shown})' if shown else ''}")
    )


def _place(
    kind: _Kind,
    limit: Setting | None,
    settings: list[Setting],
    needs: re.Pattern[str],
    java: JavaFiles,
) -> Spot:
    url = java.setting(
        "spring.datasource.url",
        "quarkus.datasource.jdbc.url",
        "spring.data.mongodb.uri",
        "spring.data.mongodb.host",
    )
    first = limit or next(iter(settings), None) or url
    if first is not None:
        return Spot(first.path, first.line, f"{kind.name} by the settings")
    path, line = java.booted(needs) or (java.paths[0], 1)
    return Spot(path, line, f"{kind.name} by default")


def _in_code(use: Use, configs: list[Use], java: JavaFiles, pools: Pools) -> None:
    rule, call = use.rule, use.call
    method = java.around(use.path, call.line)
    name = f"{rule.library}: {last_name(call.name)}"
    pools.of_databases = True
    each = (
        method is not None
        and method.name != "<init>"
        and not call.target.startswith("this.")
        and not _kept(use, java)
    )
    if (
        each
        and method is not None
        and re.search(r"\.close\(\)|\btry\s*\(", java.body(use.path, method))
    ):
        if not _ONCE.search(method.name):
            pools.none.append(
                Spot(
                    use.path,
                    call.line,
                    f"{name}: made and closed again by each call of {method.name}",
                )
            )
        return
    pools.declared.append(Spot(use.path, call.line, name))
    told = dict(call.keywords)
    for config in configs if rule.id == "java.hikari" else ():
        if config.path == use.path:
            told |= config.call.keywords
    given = next((told[n] for n in rule.texts("limit") if n in told), "")
    if given in rule.texts("endless"):
        pools.unbounded.append(Spot(use.path, call.line, f"{name}: {given} sets no limit"))
    bound = (
        java.setting("spring.datasource.hikari.maximum-pool-size")
        if rule.id in ("java.builder", "java.hikari")
        else None
    )
    most = (
        given or (bound.value if bound is not None else "") or str(rule.settings.get("default", ""))
    )
    said = (
        f"at most {most}"
        if _NUMBER.fullmatch(most) and int(most) > 0
        else "its most is not written here"
    )
    pools.settings.append(Spot(use.path, call.line, f"{name}: {said}"))


def _kept(use: Use, java: JavaFiles) -> bool:
    """Whether what a method makes is kept by a container, or given back."""
    method = java.around(use.path, use.call.line)
    return method is not None and (
        any(
            d.startswith(("Bean", "Produces", "PostConstruct", "Singleton"))
            for d in method.decorators
        )
        or use.call.target == "return"
    )


def _alone(use: Use, java: JavaFiles, pools: Pools) -> None:
    method = java.around(use.path, use.call.line)
    if method is not None and _ONCE.search(method.name) and "DataSource" not in use.call.name:
        return
    if "DataSource" in use.call.name and _MADE_OF.search(java.near(use.path, use.call.line)):
        return
    pools.of_databases = True
    words = f"{last_name(use.call.name)} opens a connection each time"
    pools.none.append(Spot(use.path, use.call.line, words))
