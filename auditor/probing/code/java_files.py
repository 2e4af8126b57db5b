"""The Java files that a service reaches: their methods, annotations, settings and builds, for what asks of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cached_property
from weakref import WeakKeyDictionary

from auditor.code.java.java_beans import COMPONENTS, own_components, simple
from auditor.code.java.java_settings import Setting, plain
from auditor.code.java.java_text import LANG, read_java
from auditor.code.java.modules_java import JavaModules
from auditor.code.scan import Class, FileScan, Function, last_name
from auditor.code.scanning import family
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.java_notes import Noted

_ANNOTATION = "java.lang.annotation.Annotation"
_NO_SINGLES = frozenset({
    "Entity", "MappedSuperclass", "Embeddable", "Document", "RedisHash", "Table", "MongoEntity", "MappedEntity",
    "ConfigurationProperties", "Mapper", "RequestScoped", "SessionScoped", "ConversationScoped", "Dependent",
    "Prototype", "Converter", "Node", "Indexed", "StepScope", "JobScope", "Aggregate", "JsonComponent",
})  # fmt: skip
_REMOTE = re.compile(
    r"spring\.cloud\.(?:config\.(?:uri|discovery|enabled)|nacos\.config\.|consul\.config\.|zookeeper\.(?:config|connect))"
    r"|apollo\.(?:bootstrap\.enabled|meta)"
)
_SERVER = re.compile(
    r"(?:optional:)?(?:configserver|nacos|consul|zookeeper|apollo|kubernetes|azureappconfiguration):"
)
_CALLED = re.compile(r"([A-Za-z_$][\w$]*)\s*\(|::\s*([a-z_$][\w$]*)")
_MOST_KEPT = 40_000_000  # characters
_OF_MANY = re.compile(
    r"(?:RequestScope|SessionScope)\b|Scope\([^)]*(?:prototype|PROTOTYPE|request|session)"
)


class _Kept:
    """What is read of the texts of a service once for all who ask."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[str, str]] = {}
        self.size = 0
        self.callers: dict[str, list[str]] | None = None


_KEPT: WeakKeyDictionary[JavaModules, _Kept] = WeakKeyDictionary()
_LOCK = threading.Lock()


class JavaFiles:
    """The Java files of a topic's service."""

    def __init__(self, topic: Topic, texts: Texts) -> None:
        self.topic = topic
        self.texts = texts
        with _LOCK:
            self._kept = _KEPT.setdefault(topic.code.java, _Kept())

    @cached_property
    def paths(self) -> list[str]:
        """The reachable files that were read, in order."""
        closure, scans = self.topic.code.closure, self.topic.code.scans
        return [p for p in sorted(closure.reachable) if family(p) == "java" and p in scans]

    def scan(self, path: str) -> FileScan:
        """The scan of a file."""
        return self.topic.code.scans[path]

    def _read(self, path: str) -> tuple[str, str]:
        found = self._kept.codes.get(path)
        if found is None:
            said = read_java(self.texts.text(path))
            found = (said.code, said.bare)
            if self._kept.size < _MOST_KEPT:
                self._kept.codes[path] = found
                self._kept.size += 2 * len(said.code)
        return found

    def code(self, path: str) -> str:
        """The text of a file without its comments."""
        return self._read(path)[0]

    def bare(self, path: str) -> str:
        """The text of a file without its comments and the content of strings."""
        return self._read(path)[1]

    def callers(self, name: str) -> list[str]:
        """The files that call, or refer to, a method of a name."""
        if self._kept.callers is None:
            found: dict[str, list[str]] = {}
            for path in self.paths:
                for one in {a or b for a, b in _CALLED.findall(self.bare(path))}:
                    found.setdefault(one, []).append(path)
            self._kept.callers = found
        return self._kept.callers.get(name, [])

    def around(self, path: str, line: int) -> Function | None:
        """The innermost method around a line."""
        fits = (f for f in self.scan(path).functions if f.line <= line <= f.last)
        return max(fits, key=lambda f: (f.line, -f.last), default=None)

    def body(self, path: str, method: Function, *, bare: bool = False) -> str:
        """The text of a method from the line of its name on, without comments."""
        text = self.bare(path) if bare else self.code(path)
        return "\n".join(text.split("\n")[method.line - 1 : method.last])

    def near(self, path: str, line: int) -> str:
        """The text of the method around a line; "" where it is in none."""
        method = self.around(path, line)
        return self.body(path, method) if method is not None else ""

    def owner(self, path: str, method: Function) -> Class | None:
        """The class of a method."""
        return next((c for c in self.scan(path).classes if c.name == method.scope), None)

    def noted(self, *names: str) -> Iterator[Noted]:
        """The annotations of some last names on classes and methods."""
        wanted = frozenset(names)
        for path in self.paths:
            scan = self.scan(path)
            classes = {c.name: c for c in scan.classes}
            for one in scan.classes:
                if _ANNOTATION not in one.bases:
                    yield from (Noted(path, d, one) for d in one.decorators if simple(d) in wanted)
            for method in scan.functions:
                owner = classes.get(method.scope)
                if owner is not None:
                    found = (d for d in method.decorators if simple(d) in wanted)
                    yield from (Noted(path, d, owner, method) for d in found)

    def of(self, noted: Noted, *packages: str) -> bool:
        """Whether an annotation is of one of some packages, as far as the imports tell."""
        scan = self.scan(noted.path)
        full = scan.names.get(noted.name, "")
        if not full and "." in noted.text.partition("(")[0]:
            full = noted.text.partition("(")[0]
        if full:
            return full.startswith(packages)
        return any(i.name == "*" and f"{i.module}.".startswith(packages) for i in scan.imports)

    def enabled(self, *names: str) -> str:
        """The place of a class that carries one of some annotations; "" where none does."""
        found = next(self.noted(*names), None)
        if found is None:
            for path in self.paths:
                for one in self.scan(path).classes:
                    if any(simple(d) in names for d in one.decorators):
                        return f"{path}:{one.line}"
            return ""
        return f"{found.path}:{found.line}"

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every name that the files import, packages that are imported as a whole with `.*`."""
        return frozenset(
            f"{i.module}.{i.name}" if i.name else i.module
            for p in self.paths
            for i in self.scan(p).imports
        )

    def imported(self, *prefixes: str) -> tuple[str, int] | None:
        """Where the first of some packages or classes is imported."""
        for path in self.paths:
            for one in self.scan(path).imports:
                if f"{one.module}.".startswith(prefixes):
                    return path, one.line
        return None

    # builds and settings

    @cached_property
    def modules(self) -> frozenset[str]:
        """The modules of the builds that the files belong to."""
        return frozenset(self.topic.code.java.module(p) for p in self.paths)

    @cached_property
    def build(self) -> str:
        """The build files of those modules and of what is above them."""
        builds = self.topic.code.java.builds
        needed = {n for m in self.modules for n in builds.needs(m)}
        return "\n".join(builds.all_text(m) for m in sorted(needed | self.modules))

    @cached_property
    def every_setting(self) -> list[Setting]:
        """The packaged settings of those modules; of one folder those that win over the others."""
        java = self.topic.code.java
        return [
            one
            for one in java.settings.by_folder.values()
            if not self.modules or java.module(one.path) in self.modules or "/" not in one.path
        ]

    @cached_property
    def settings(self) -> dict[str, Setting]:
        """The packaged settings by their plain names; of several modules that say one, the last."""
        return {plain(one.key): one for one in self.every_setting}

    def setting(self, *names: str) -> Setting | None:
        """The first of some settings that is there."""
        return next((s for n in names if (s := self.settings.get(plain(n))) is not None), None)

    def below(self, *prefixes: str) -> list[Setting]:
        """The settings whose names begin so."""
        starts = tuple(plain(p) for p in prefixes)
        return [s for name, s in sorted(self.settings.items()) if name.startswith(starts)]

    @cached_property
    def remote(self) -> Setting | None:
        """What says that a server of configuration may tell more; None where all settings are packaged."""
        for name, one in self.settings.items():
            if _REMOTE.match(name) and one.value != "false":
                return one
            if name.startswith("spring.config.import") and _SERVER.match(one.value):
                return one
        return None

    @cached_property
    def boot(self) -> tuple[str, int] | None:
        """Where Spring Boot is started."""
        found = next(self.noted("SpringBootApplication", "EnableAutoConfiguration"), None)
        return (found.path, found.line) if found is not None else None

    def booted(self, needs: re.Pattern[str]) -> tuple[str, int] | None:
        """Where the Spring Boot application is started whose build needs something; the first, where none does."""
        builds = self.topic.code.java.builds
        for noted in self.noted("SpringBootApplication", "EnableAutoConfiguration"):
            module = self.topic.code.java.module(noted.path)
            if any(needs.search(builds.text(m)) for m in builds.needs(module)):
                return noted.path, noted.line
        return self.boot

    # beans

    @cached_property
    def _own(self) -> frozenset[str]:
        return own_components({p: self.scan(p) for p in self.paths})

    @cached_property
    def _made(self) -> frozenset[str]:
        """The classes that methods of @Bean or @Produces give back or make, by their last names."""
        found = set()
        for one in self.noted("Bean", "Produces", "Singleton", "ApplicationScoped"):
            if one.method is not None:
                found.add(last_name(re.sub(r"<.*", "", one.method.returns, flags=re.DOTALL)))
                found |= set(
                    re.findall(r"\bnew\s+(?:\w+\.)*(\w+)", self.body(one.path, one.method))
                )
        return frozenset(found)

    def is_bean(self, path: str, one: Class) -> bool:
        """Whether a container makes objects of a class, or of one below it."""
        if self._is_component(one) or last_name(one.name) in self._made:
            return True
        return any(
            self._is_component(c) or last_name(c.name) in self._made for _, c in self.derived(one)
        )

    def _is_component(self, one: Class) -> bool:
        names = {simple(d) for d in one.decorators}
        return bool(names & (COMPONENTS | self._own)) or any(
            b.endswith("Repository") for b in one.bases
        )

    def is_single(self, path: str, one: Class) -> bool:
        """Whether one object of a class serves every request."""
        names = {simple(d) for d in one.decorators}
        if names & _NO_SINGLES or any(_OF_MANY.match(d) for d in one.decorators):
            return False
        return bool(names & (COMPONENTS | self._own)) or last_name(one.name) in self._made

    def derived(self, one: Class) -> list[tuple[str, Class]]:
        """The classes that have a class, or one below it, among their bases, by its last name."""
        found: list[tuple[str, Class]] = []
        waiting, seen = [last_name(one.name)], set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            found += self._below.get(name, [])
            waiting += [last_name(c.name) for _, c in self._below.get(name, [])]
        return found

    @cached_property
    def _below(self) -> dict[str, list[tuple[str, Class]]]:
        found: dict[str, list[tuple[str, Class]]] = {}
        for path in self.paths:
            for one in self.scan(path).classes:
                for base in one.bases:
                    if last_name(base) not in LANG:
                        found.setdefault(last_name(base), []).append((path, one))
        return found

    @cached_property
    def classes(self) -> dict[str, list[tuple[str, Class]]]:
        """The classes by their last names."""
        found: dict[str, list[tuple[str, Class]]] = {}
        for path in self.paths:
            for one in self.scan(path).classes:
                found.setdefault(last_name(one.name), []).append((path, one))
        return found
