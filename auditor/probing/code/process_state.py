"""What a process keeps between requests: containers that its functions change, and whether they are state to lose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from auditor.code.scan import Change, State, last_name
from auditor.code.scanning import family
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.java_files import JavaFiles

_AT_START = re.compile(
    r"_?(?:register\w*|setup\w*|set_up\w*|configure\w*|init\w*|initiali[sz]e\w*|load_?all\w*|bootstrap|on_startup|startup|lifespan"
    r"|main|create_app|make_app|build_app|reset\w*|clear\w*|flush\w*|__init_subclass__|__new__|__set_name__|__init__|constructor|ready|install\w*"
    r"|on[A-Z]\w*|ngOnInit|decorator|wrapper_factory|use|dispose|close\w*|shutdown\w*|teardown\w*|stop\w*|add_?(?:route|handler|listener)s?)",
    re.IGNORECASE,
)
_JAVA_START = re.compile(
    r"init\w*|configure\w*|bootstrap|startup|setUp\w*|clear\w*|reset\w*|close\w*|shutdown\w*|stop\w*|dispose|destroy\w*"
    r"|flush\w*|register|unregister|(?:add|remove|register)\w*(?:Listener|Handler|Interceptor|Provider)s?|build|main"
)
_OBJECTS = re.compile(
    r"registr|handlers?$|listeners?$|subscribers?$|plugins?$|locks?$|mutex|loggers?$|providers?$|factor(?:y|ies)$|engines?$"
    r"|pools?$|converters?$|schemas?$|compiled|singletons?$|instances?$|background_?tasks$|hooks?$|middlewares?$|routes?$"
    r"|extensions?$|adapters?$|serializers?$|validators?$|metrics?$|histograms?$|gauges?$|resolvers?$|modules?$|parsers?$|types$|warned|producers?|consumers?$",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"connections?$|sockets?$|websockets?|clients?$|channels?$|rooms?$|streams?$", re.IGNORECASE
)
_CACHE = re.compile(r"cache|memo", re.IGNORECASE)
_PRECIOUS = re.compile(
    r"session|otp|token|nonce|login|attempt|limit|throttl|lock|cart|order|job|queue|user",
    re.IGNORECASE,
)
_STORE = re.compile(
    r"store|storage|repo|session|cache|memory|queue|hub|limiter|inmem", re.IGNORECASE
)
_GONE = frozenset({".pop", ".popitem", ".clear", ".delete"})
_GONE_JAVA = frozenset({".remove", ".invalidate"})
_BOUNDED = frozenset(
    {"TTLCache", "LRUCache", "LFUCache", "FIFOCache", "RRCache", "ExpiringDict", "LRU", "QuickLRU"}
)
_SINGLE = re.compile(r"(?:Injectable|Controller|Service|Resolver|singleton|Singleton)\b")
_TOOLS = re.compile(
    r"(?:^|/)(?:management|scripts?|bin|tools?|cli|commands?|migrations?|alembic|versions|codegen|generators?"
    r"|benchmarks?|fixtures|seeds?|hack|locust\w*|dev|functional_tests\w*)(?:/|\.)|(?:^|/)(?:manage|setup|noxfile|tasks|fabfile|conftest)\.py$"
    r"|(?:^|/)(?:[\w-]*\.config|gulpfile|webpack[\w.-]*|vite[\w.-]*)\.[cm]?[jt]s$"
)
_PACKAGE = re.compile(r"(?:^|/)src/main/java/.*$")

Place = tuple[str, int, str]


@dataclass(frozen=True)
class Kept:
    """What is kept, sorted: state to lose, caches that fill again, and what cannot be told."""

    topic: Topic
    texts: Texts
    _known: dict[tuple[str, str, int], bool] = field(default_factory=dict, compare=False)

    @cached_property
    def sorted(self) -> tuple[list[Place], list[Place], list[Place]]:
        """State, caches and unclear ones."""
        state: list[Place] = []
        caches: list[Place] = []
        unclear: list[Place] = []
        for path, one in self._every():
            changes = [
                c
                for c in one.changes
                if not self._at_start(path, c.scope) and not self._idle(path, c.scope)
            ]
            name = last_name(one.name)
            if not changes or _OBJECTS.search(name.rstrip("_")):
                continue
            place = (path, one.line, self._said(one, changes))
            gone = _GONE | _GONE_JAVA if family(path) == "java" else _GONE
            memo = all(c.memo or c.how in gone for c in changes)
            cache = one.kind in _BOUNDED or bool(_CACHE.search(name)) or memo
            if one.kind == "field":
                if family(path) == "go":
                    if _STORE.search(one.name) and not memo:
                        unclear.append(place)
                    continue
                if not self._is_single(path, one.name.rpartition(".")[0]):
                    continue
            if cache and not _PRECIOUS.search(name):
                caches.append(place)
            elif _LIVE.search(name):
                unclear.append(place)
            else:
                state.append(place)
        return state, caches, unclear

    @cached_property
    def _java(self) -> JavaFiles:
        return JavaFiles(self.topic, self.texts)

    def _every(self) -> Iterator[tuple[str, State]]:
        for path in sorted(self.topic.code.closure.reachable):
            scan = self.topic.code.scans.get(path)
            if scan is None or is_tool(path):
                continue
            for one in scan.state:
                yield path, one

    @staticmethod
    def _said(one: State, changes: list[Change]) -> str:
        first = next((c for c in changes if not c.memo), changes[0])
        return f"{one.name} is changed in {first.scope} (line {first.line})"

    def _at_start(self, path: str, scope: str) -> bool:
        """Whether a function runs before the first request: by its name, as a decorator, or called at the top alone."""
        names = [n for n in scope.split(".") if n != "()"]
        if family(path) == "java":
            return _JAVA_START.fullmatch(names[-1]) is not None
        if not names or any(_AT_START.fullmatch(n) for n in names):
            return True
        if "__call__" in names[:-1]:  # an object that decorates
            return True
        return bool({names[0], names[-1]} & self._decorators) or self._called_at_top(
            path, names[-1]
        )

    def _idle(self, path: str, scope: str) -> bool:
        """Whether a method of a class of Python, not of its objects, is named nowhere else: nobody calls it."""
        outer, _, name = scope.rpartition(".")
        functions = self.topic.code.scans[path].functions
        plain = any(
            f.name == name
            and f.scope == outer
            and f.decorators in (("staticmethod",), ("classmethod",))
            for f in functions
        )
        return family(path) == "python" and plain and self.texts.mentions(name) < 2

    @cached_property
    def _decorators(self) -> frozenset[str]:
        found = set()
        for path in self.topic.code.closure.reachable:
            scan = self.topic.code.scans.get(path)
            for function in scan.functions if scan is not None else ():
                found |= {last_name(d) for d in function.decorators}
            for one in scan.classes if scan is not None else ():
                found |= {last_name(d.partition("(")[0]) for d in one.decorators}
        return frozenset(found - {"property", "setter", "staticmethod", "classmethod", "wraps"})

    def _called_at_top(self, path: str, name: str, depth: int = 3) -> bool:
        # Only in Go does it matter which file a function of that name is in.
        key = (path if family(path) == "go" else family(path) or "", name, depth)
        if key not in self._known:
            self._known[key] = False  # what calls itself alone is called by nobody
            self._known[key] = self._only_at_top(path, name, depth)
        return self._known[key]

    def _only_at_top(self, path: str, name: str, depth: int) -> bool:
        """Whether every call of a function that is found stands at the top, or in what runs at the start."""
        top = False
        definition = re.compile(r"(?:\bdef|\bfunction\*?|\bfunc(?:\s*\([^)]*\))?)\s*$")
        for file in self.texts.holding(name):
            if family(file) != family(path) or f"{name}(" not in self.texts.text(file):
                continue
            before = self._before(path, name, file)
            call = re.compile(rf"^([ \t]*)([^\n]*?){before}{re.escape(name)}\(", re.MULTILINE)
            outline = self.texts.outline(file)
            if outline is None:
                return False
            for match in call.finditer(outline.bare):
                if definition.search(match[2]) or (
                    not match[2] and self._defines(file, outline.bare, match)
                ):
                    continue
                if match[1] and not self._in_start(
                    file, outline.bare.count("\n", 0, match.end()) + 1, depth
                ):
                    return False
                top = True
        return top

    def _before(self, path: str, name: str, file: str) -> str:
        """What stands before a call in a file of a function of another: in Go its package."""
        scan = self.topic.code.scans[path]
        if family(path) != "go" or not any(f.name == name and not f.scope for f in scan.functions):
            return r"(?<![\w$])"
        same = file.rpartition("/")[0] == path.rpartition("/")[0]
        return r"(?<![\w.])" if same else rf"(?<![\w.]){scan.package}\."

    def _defines(self, file: str, text: str, match: re.Match[str]) -> bool:
        """Whether a line defines a method of a script (`add(x) {`)."""
        line = text.count("\n", 0, match.end()) + 1
        return any(f.line == line and f.scope for f in self.topic.code.scans[file].functions)

    def _in_start(self, file: str, line: int, depth: int) -> bool:
        around = [
            f
            for f in self.topic.code.scans[file].functions
            if f.line <= line <= f.last and f.name != "()"
        ]
        if not around:
            return False
        own = max(around, key=lambda f: f.line)
        if _AT_START.fullmatch(own.name):
            return True
        return depth > 0 and self._called_at_top(file, own.name, depth - 1)

    def _is_single(self, path: str, name: str) -> bool:
        """Whether one object of a class lives as long as the process: made at the top, or once by a framework."""
        scans = self.topic.code.scans
        own = next((c for c in scans[path].classes if c.name == name), None)
        if family(path) == "java":
            return own is not None and self._java.is_single(path, own)
        if own is not None and any(_SINGLE.match(d) for d in own.decorators):
            return True
        return (family(path), f"{name}()") in self._bound

    @cached_property
    def _bound(self) -> frozenset[tuple[str | None, str]]:
        """The last names of what names at the top stand for, by family."""
        scans = self.topic.code.scans
        reached = (p for p in self.topic.code.closure.reachable if p in scans)
        return frozenset(
            (family(p), last_name(m)) for p in reached for m in scans[p].bound.values()
        )


def is_tool(path: str) -> bool:
    """Whether a file is a command or a script beside the service by its place; the packages of Java are none."""
    return _TOOLS.search(_PACKAGE.sub("/", path)) is not None
