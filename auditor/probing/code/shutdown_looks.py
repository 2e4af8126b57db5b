"""What a service does when it is asked to end: its handlers of signals, what drains, what only cleans up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from auditor.code.java.java_builds import BUILD_FILES
from auditor.code.patterns import Rule
from auditor.code.scanning import FAMILIES, family
from auditor.code.sources import READ_LIMIT
from auditor.code.topics.metric_definitions import code_only
from auditor.code.topics.shutdown_handlers import Handled, handled, notified, waits
from auditor.code.topics.signal_places import Place
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.code_trees import Tree, Trees
from auditor.probing.code.health_handlers import Handlers
from auditor.probing.doors.trouble import Trouble

TOPIC = "shutdown"
_SIGNALS = re.compile(r"SIGTERM|\bsignal\.Notify|add_signal_handler")
_SIGNALLED = re.compile(rf"{_SIGNALS.pattern}|\.Shutdown\(")
_ENDS = re.compile(r"os\.Interrupt|SIGINT")
_LISTENS = re.compile(r"signal\.Notify|SignalHandler|\bfx\.New\(|WithSignals?\b|ListenForSignals?")
_LOGS = re.compile(r"(?:\w*log\w*|console)\.\w+\(|\bprint\(", re.IGNORECASE)
_CALLS = re.compile(r"(?<![\w$.])((?:this\.|self\.)?[A-Za-z_$][\w$.]*)\(")
_BOOT = re.compile(
    r"spring-boot-starter-parent</artifactId>\s*<version>\s*(\d+)\.(\d+)|org\.springframework\.boot[\"')]+\s*version\s*[(\"']*(\d+)\.(\d+)"
)


@dataclass(slots=True)
class Seen:
    """The lists of a service."""

    graceful: list[Place] = field(default_factory=list)
    cleanup: list[Place] = field(default_factory=list)
    abrupt: list[Place] = field(default_factory=list)
    unbounded: list[Place] = field(default_factory=list)


class ShutdownLook:
    """Looks at the files that a service reaches; run it once."""

    def __init__(self, trees: Trees, topic: Topic) -> None:
        self.trees = trees
        self.topic = topic
        self._handlers = Handlers(trees, topic)
        self._rules = {n: patterns().rules(TOPIC, n) for n in sorted(set(FAMILIES.values()))}

    def read(self) -> Seen:
        """What the reachable code and the packaged settings do."""
        seen = Seen()
        signalled = self.topic.code.files.matching(_SIGNALLED)
        for path, text in self.trees.texts.items():
            name = family(path) or ""
            for rule in self._rules[name]:
                if rule.role in ("graceful", "cleanup"):
                    lists = {"graceful": seen.graceful, "cleanup": seen.cleanup}
                    lists[rule.role] += self._matches(rule, path, text)
            tree = self._handlers.tree(path) if path in signalled else None
            if tree is not None and name == "go":
                self._go(tree, seen)
            elif tree is not None and name in ("python", "javascript"):
                self._signals(tree, seen)
        self._settings(seen)
        if not any(".Shutdown(" in t or ".GracefulStop(" in t for t in self.trees.texts.values()):
            seen.abrupt += self._exits_in_go()
        return seen

    def _code(self, name: str, role: str) -> re.Pattern[str]:
        said = next((r.text("code") for r in self._rules[name] if r.role == role), "")
        return re.compile(said or r"(?!)")

    def _matches(self, rule: Rule, path: str, text: str) -> Iterator[Place]:
        wanted = re.compile(rule.text("code"))
        if path not in self.topic.code.files.matching(wanted):
            return
        code = code_only(text, path)
        match = wanted.search(code)
        if match is not None:
            line = code.count("\n", 0, match.start()) + 1
            yield Place(path, line, " ".join(match[0].split()).rstrip("(=. ")[:60])

    # Python and scripts

    def _signals(self, tree: Tree, seen: Seen) -> None:
        names = frozenset(
            n for r in self._rules[tree.family] if r.role == "handles" for n in r.references
        )
        for one in handled(tree.root, names):
            self._judge(tree, one, seen)

    def _judge(self, tree: Tree, one: Handled, seen: Seen) -> None:
        """Where the handler of a signal goes: it closes, exits, or does nothing that ends anything."""
        if one.handler is None:
            return
        said = one.handler.text()
        if re.search(r"SIG_IGN", said):
            seen.abrupt.append(Place(tree.path, one.line, "SIGTERM is ignored"))
            return
        pieces = self._handlers.of(one.handler, tree.path)
        closes, exits = self._code(tree.family, "closes"), self._code(tree.family, "exits")
        texts = [p.text for p in pieces]
        for piece in list(pieces):
            for name in _CALLS.findall(piece.text):
                texts += [p.text for p in self._handlers.follow(name, piece)][:2]
        whole = "\n".join(texts)
        if not pieces:
            # Something else's method, an event or a future: what ends is not seen here.
            if closes.search(f"{said}("):
                seen.graceful.append(
                    Place(tree.path, one.line, f"SIGTERM: {' '.join(said.split())[:60]}")
                )
        elif closes.search(whole):
            seen.graceful.append(
                Place(tree.path, one.line, "SIGTERM: the handler closes what runs")
            )
        elif exits.search(whole):
            seen.abrupt.append(Place(tree.path, one.line, "SIGTERM: the handler exits at once"))
        elif not re.search(r"\b\w+\(", _LOGS.sub("", _inside(whole))):
            seen.abrupt.append(Place(tree.path, one.line, "SIGTERM: the handler ends nothing"))

    # Go

    def _go(self, tree: Tree, seen: Seen) -> None:
        for line, signals in notified(tree.root):
            if _ENDS.search(signals) and not self._hears:
                what = "signals are handled, and SIGTERM is not among them"
                seen.abrupt.append(Place(tree.path, line, what))
        for line, name, bounded in waits(tree.root):
            if self._listens:
                seen.graceful.append(Place(tree.path, line, name))
            else:
                seen.abrupt.append(Place(tree.path, line, f"{name}: the service handles no signal"))
            # A method of the service's own may well set the deadline itself.
            if bounded is False and not self._handlers.named("Shutdown", tree.path):
                seen.unbounded.append(Place(tree.path, line, f"{name} waits without a deadline"))

    @cached_property
    def _hears(self) -> bool:
        """Whether a file of Go names SIGTERM."""
        return any("SIGTERM" in t for p, t in self.trees.texts.items() if family(p) == "go")

    @cached_property
    def _listens(self) -> bool:
        """Whether a file of Go handles signals, by itself or by a library."""
        return any(_LISTENS.search(t) for p, t in self.trees.texts.items() if family(p) == "go")

    def _exits_in_go(self) -> Iterator[Place]:
        """Handlers of SIGTERM in a service that shuts no server down anywhere, and exits after the signal."""
        exits = self._code("go", "exits")
        for path, text in self.trees.texts.items():
            tree = (
                self._handlers.tree(path)
                if family(path) == "go" and "signal.Notify" in text
                else None
            )
            for line, signals in notified(tree.root) if tree is not None else ():
                after = "\n".join(text.split("\n")[line : line + 25])
                if (not signals or "SIGTERM" in signals) and exits.search(after):
                    yield Place(path, line, "SIGTERM: the service exits at once")

    # Java

    def _settings(self, seen: Seen) -> None:
        settings = self.topic.code.java.settings
        for rule in self._rules["java"]:
            one = settings.get(rule.text("key")) if rule.role == "setting" else None
            if one is None:
                continue
            place = Place(one.path, one.line, f"{one.key}: {one.value}")
            if re.fullmatch(rule.text("good"), one.value, re.IGNORECASE):
                seen.graceful.append(place)
            elif re.fullmatch(rule.text("bad"), one.value, re.IGNORECASE):
                seen.abrupt.append(place)
        if settings.get("server.shutdown") is None:
            seen.graceful += self._by_version()

    def _by_version(self) -> Iterator[Place]:
        """Spring Boot from 3.4 on, whose servers end gracefully unless they are told otherwise."""
        java = self.topic.code.java
        for path in sorted(self.trees.ctx.repo.by_path):
            folder, _, name = path.rpartition("/")
            if name not in BUILD_FILES or not any(java.module(p) == folder for p in self._java):
                continue
            try:
                text = self.trees.ctx.repo.read(path, limit=READ_LIMIT).text
            except Trouble:
                continue
            match = _BOOT.search(text)
            version = tuple(int(g) for g in match.groups() if g) if match is not None else ()
            if match is not None and version >= (3, 4):
                line = text.count("\n", 0, match.start()) + 1
                yield Place(
                    path, line, f"Spring Boot {version[0]}.{version[1]}, graceful by default"
                )

    @cached_property
    def _java(self) -> list[str]:
        files = self.topic.code.java.files
        return [p for p in sorted(self.topic.code.closure.reachable) if p in files]


def _inside(text: str) -> str:
    """A handler without its head."""
    return re.sub(r"^[^{:]*(?:=>|\{|:)", "", text, count=1)
