"""What a configuration of Traefik says of limits, TLS, redirects and headers, router by router."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.web.proxy_model import BROKEN_TLS, HUGE_RATE, ProxyEntry, Topic
from auditor.formats.web.traefik_config import Option, TraefikConfig

_HEADERS = {
    "stsseconds": "Strict-Transport-Security",
    "contenttypenosniff": "X-Content-Type-Options",
    "contentsecuritypolicy": "Content-Security-Policy",
    "framedeny": "X-Frame-Options",
    "customframeoptionsvalue": "X-Frame-Options",
    "referrerpolicy": "Referrer-Policy",
}
_OFF = frozenset({"false", "0", ""})
_OWN = re.compile(r"^(?:api|dashboard|ping|prometheus|noop|acme-http)@internal$")
_PERIOD = re.compile(r"(\d+)(ms|s|m|h)?")
_UNIT = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_DEEPEST = 5


def judge_traefik(config: TraefikConfig) -> Iterator[ProxyEntry]:
    """The entries of a configuration, whose files, flags and labels are one table."""
    judge = _Judge(config)
    for name, router in sorted(judge.routers.items()):
        yield from judge.router(name, router)
    yield from judge.unused()
    yield from judge.tls_options()
    yield from judge.sizes()


class _Judge:
    def __init__(self, config: TraefikConfig) -> None:
        self._config = config
        self.routers = {n: r for n, r in config.named("http.routers.").items() if not _internal(r)}
        self._middlewares = config.named("http.middlewares.")
        self._entries = config.named("entrypoints.")
        self._used: set[str] = set()

    def router(self, name: str, router: dict[str, Option]) -> Iterator[ProxyEntry]:
        at = router.get("rule") or next(iter(router.values()))
        chain = self._chain(name, router)
        if self._redirects(chain):  # it sends everything on and serves nothing
            return
        limits = [m for m in chain if _kind(self._middlewares.get(m, {})) == "ratelimit"]
        idle = {m: why for m in limits if (why := _idle(self._middlewares[m]))}
        for one, why in idle.items():
            where = next(iter(self._middlewares[one].values()))
            yield _entry(Topic.IDLE, where, f"rateLimit {one} on router {name}: {why}")
        holding = [m for m in limits if m not in idle]
        unknown = [m for m in chain if m not in self._middlewares]
        if holding:
            yield _entry(Topic.LIMIT, at, f"rateLimit {holding[0]} on router {name}", passes=True)
        elif not limits and not unknown:
            yield _entry(Topic.UNLIMITED, at, f"router {name} has no rateLimit", passes=True)
        secure = self._is_secure(router)
        if secure:
            yield _entry(Topic.TLS, at, f"router {name} ends TLS")
        elif self._has_twin(name, router):
            what = f"router {name} serves over plain HTTP, without redirect"
            yield _entry(Topic.PLAIN, at, what, passes=True)
        for one in chain:
            for key, header in _HEADERS.items():
                option = self._middlewares.get(one, {}).get(f"headers.{key}")
                if option is not None and option.value.lower() not in _OFF:
                    yield _entry(Topic.HEADER, option, f"{header} on router {name}")

    def _chain(self, name: str, router: dict[str, Option]) -> list[str]:
        """The middlewares of a router by their bare names: its own, and those of its entry points."""
        written = [*_words(router.get("middlewares"))]
        for entry in self._entries_of(router):
            written += _words(self._entries.get(entry, {}).get("http.middlewares"))
        found: list[str] = []
        for one in written:
            found += self._spread(_bare(one), 0)
        self._used.update(found)
        return list(dict.fromkeys(found))

    def _spread(self, name: str, depth: int) -> list[str]:
        inner = _words(self._middlewares.get(name, {}).get("chain.middlewares"))
        if not inner or depth > _DEEPEST:
            return [name]
        self._used.add(name)
        return [n for one in inner for n in self._spread(_bare(one), depth + 1)]

    def _entries_of(self, router: dict[str, Option]) -> list[str]:
        written = _words(router.get("entrypoints"))
        default = [
            n for n, e in self._entries.items() if e.get("asdefault", _FALSE).value == "true"
        ]
        return [w.lower() for w in written] or default or list(self._entries)

    def _redirects(self, chain: list[str]) -> bool:
        return any(
            _kind(self._middlewares.get(m, {})) == "redirectscheme"
            and self._middlewares[m].get("redirectscheme.scheme", _FALSE).value == "https"
            for m in chain
        )

    def _is_secure(self, router: dict[str, Option]) -> bool:
        if any(k == "tls" or k.startswith("tls.") for k in router):
            return router.get("tls", _TRUE).value != "false"
        entries = self._entries_of(router)
        return bool(entries) and all(
            any(k == "http.tls" or k.startswith("http.tls.") for k in self._entries.get(e, {}))
            for e in entries
        )

    def _has_twin(self, name: str, router: dict[str, Option]) -> bool:
        """Whether another router ends TLS for the same rule, and this one's entry points redirect nobody."""
        entries = self._entries_of(router)
        if any(
            k.startswith("http.redirections") for e in entries for k in self._entries.get(e, {})
        ):
            return False
        rule = router.get("rule")
        return rule is not None and any(
            other.get("rule", _FALSE).value == rule.value and self._is_secure(other)
            for n, other in self.routers.items()
            if n != name
        )

    def unused(self) -> Iterator[ProxyEntry]:
        """Limits that no router and no entry point names."""
        for name, one in sorted(self._middlewares.items()):
            if _kind(one) == "ratelimit" and name not in self._used and self.routers:
                at = next(iter(one.values()))
                yield _entry(Topic.IDLE, at, f"rateLimit {name}: no router names it")

    def tls_options(self) -> Iterator[ProxyEntry]:
        """Options that allow broken versions, where they are the default or a router names them."""
        named = {_bare(r["tls.options"].value) for r in self.routers.values() if "tls.options" in r}
        for name, one in self._config.named("tls.options.").items():
            least = one.get("minversion")
            if least is None or least.value.lower() not in BROKEN_TLS:
                continue
            if name == "default" or name in named:
                yield _entry(Topic.WEAK, least, f"tls option {name} allows {least.value}")

    def sizes(self) -> Iterator[ProxyEntry]:
        """Limits of the size of a request, and time-outs."""
        for name, one in sorted(self._middlewares.items()):
            most = one.get("buffering.maxrequestbodybytes")
            if most is not None and name in self._used:
                topic = Topic.BOUND if most.value != "0" else Topic.UNBOUNDED
                yield _entry(topic, most, f"maxRequestBodyBytes {most.value} in {name}")
        for name, one in sorted(self._entries.items()):
            for key in ("readtimeout", "writetimeout", "idletimeout"):
                option = one.get(f"transport.respondingtimeouts.{key}")
                if option is not None:
                    topic = Topic.UNBOUNDED if option.value in ("0", "0s") else Topic.BOUND
                    yield _entry(topic, option, f"{key} {option.value} of {name}")


_FALSE = Option("", "", None)
_TRUE = Option("true", "", None)


def _internal(router: dict[str, Option]) -> bool:
    return _OWN.match(router.get("service", _FALSE).value) is not None


def _kind(middleware: dict[str, Option]) -> str:
    return next((k.partition(".")[0] for k in middleware), "")


def _idle(middleware: dict[str, Option]) -> str:
    """Why a rateLimit holds nobody back: `average` is 0 where none is written, which means no limit."""
    average = middleware.get("ratelimit.average", Option("0", "", None)).value
    period = _PERIOD.fullmatch(middleware.get("ratelimit.period", Option("1s", "", None)).value)
    if average.strip() in ("", "0"):
        return "an average of 0 means no limit"
    if average.isdigit() and period:
        seconds = int(period[1]) * _UNIT[period[2]]
        if seconds > 0 and int(average) / seconds >= HUGE_RATE:
            return f"{average} requests in {period[0]} for each client"
    header = middleware.get("ratelimit.sourcecriterion.requestheadername")
    if header is not None:
        return f"the client chooses its key, the header {header.value}"
    if middleware.get("ratelimit.sourcecriterion.requesthost", _FALSE).value == "true":
        return "its key, the host, counts all clients together"
    return ""


def _bare(name: str) -> str:
    """The name of a middleware without its provider."""
    return name.strip().partition("@")[0].lower()


def _words(option: Option | None) -> list[str]:
    return [w.strip() for w in option.value.split(",") if w.strip()] if option is not None else []


def _entry(topic: Topic, at: Option, what: str, *, passes: bool = False) -> ProxyEntry:
    return ProxyEntry(topic, at.path, at.line, what, passes)
