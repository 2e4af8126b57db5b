"""The health endpoints that a service's own code registers, and what their handlers do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ast_grep_py import SgNode

from auditor.code.patterns import Rule
from auditor.code.scanning import FAMILIES, family
from auditor.code.sources import READ_LIMIT
from auditor.code.topics.health_answers import Answer, Judge
from auditor.code.topics.health_paths import WANTED, Kind, joined, kind_of
from auditor.code.topics.health_registrations import FUNCTIONS, Registrations, Words
from auditor.code.topics.health_written import Registration, Written
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.code_trees import Tree, Trees
from auditor.probing.code.health_handlers import Handlers
from auditor.probing.code.health_mounts import mounted_file
from auditor.probing.doors.trouble import Trouble

TOPIC = "health_endpoints"
_BY_FILE = re.compile(
    r"(?:^|/)(?:app/(?P<app>.+)/route|pages/(?P<pages>api/.+?)(?:/index)?|routes/(?P<kit>.+)/\+server"
    r"|server/(?P<nitro>(?:api|routes)/.+?)(?:\.(?:get|head))?)\.[cm]?[jt]sx?$"
)
_NAMED = re.compile(r"(?i)(?:health|ready|readiness|liveness)[\w-]*\.\w+$")
_CONSTANT = re.compile(r"\b([A-Za-z_]\w*)\b[^=:\n\"'`]{0,30}(?::?=|:)\s*[\"'`](/?[\w./-]+)[\"'`]")
_HANDLERS = ("GET", "handler", "loader", "default")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route of health; `answer` is None where its handler was not found. `by` names a library that answers."""

    kind: Kind
    url: str
    path: str
    line: int
    answer: Answer | None = None
    by: str = ""

    def __str__(self) -> str:
        by = f" ({self.by})" if self.by else ""
        return f"{self.path}:{self.line} {self.url or 'an endpoint'}{by}"


class HealthLook:
    """Looks at the files that a service reaches; run it once."""

    def __init__(self, trees: Trees, topic: Topic) -> None:
        self.trees = trees
        self.topic = topic
        self.handlers = Handlers(trees, topic)
        self.rules: dict[str, tuple[Rule, ...]] = {
            name: patterns().rules(TOPIC, name) for name in sorted(set(FAMILIES.values()))
        }
        self.mounted: set[tuple[str, str]] = set()
        """The paths below which a file puts the routes of another, with that file."""

    def text(self, path: str) -> str:
        """The text of any file of the repository; empty where it cannot be read."""
        repo = self.trees.ctx.repo
        try:
            return repo.read(path, limit=READ_LIMIT).text if path in repo.by_path else ""
        except Trouble:
            return ""

    @cached_property
    def endpoints(self) -> list[Endpoint]:
        """Those that routes of the code register, in the order of the files."""
        found: dict[tuple[str, int], list[Endpoint]] = defaultdict(list)
        for one in (*self._registered(), *self._by_file()):
            found[one.path, one.line].append(one)
        every = {
            (e.path, e.line, e.url): e
            for same in found.values()
            for e in same
            # A file that another mounts is read once alone, and once below the path of the mount.
            if not any(o.url != e.url and o.url.endswith(e.url) for o in same)
        }
        return [every[key] for key in sorted(every)]

    @cached_property
    def files(self) -> list[str]:
        """The files that may register one."""
        texts = self.trees.texts.items()
        return [p for p, text in texts if WANTED.search(text) or _NAMED.search(p)]

    def reader(self, name: str, root: SgNode, text: str) -> Registrations:
        """What reads the registrations of a file of a family."""
        said: dict[str, set[str]] = defaultdict(set)
        for rule in self.rules[name]:
            said[rule.role].update(rule.references)
        words = Words(*(frozenset(said[k]) for k in ("registers", "decorates", "mounts")))
        return Registrations(name, root, text, words, Written(text, self._constants))

    def judge(self, name: str) -> Judge:
        """What judges the handlers of a family of languages."""
        code = {r.role: r.text("code") for r in self.rules[name] if r.text("code")}
        return Judge(name, code, self.handlers.follow)

    def _registered(self) -> Iterator[Endpoint]:
        below: dict[str, set[str]] = defaultdict(set)
        for path in self.files:
            tree = self.handlers.tree(path)
            for one, mounts in self._routes(tree, below) if tree is not None else ():
                if tree is not None and joined(one.path) not in mounts:
                    yield from self._endpoint(one, one.path, tree)
        for file, prefixes in sorted((f, sorted(p)) for f, p in below.items()):
            tree = self.handlers.tree(file)
            for one, mounts in self._routes(tree, defaultdict(set)) if tree is not None else ():
                for prefix in prefixes if joined(one.path) not in mounts else ():
                    if tree is not None:
                        yield from self._endpoint(one, joined(prefix, one.path), tree)

    def _routes(
        self, tree: Tree, below: dict[str, set[str]]
    ) -> Iterator[tuple[Registration, set[str]]]:
        """The registrations of a file, and the paths below which it puts others; these go into `below`."""
        reader = self.reader(tree.family, tree.root, tree.text)
        mounts: set[str] = set()
        for prefix, node in reader.mounted():
            file = mounted_file(node, tree.path, self.topic)
            if file is not None:
                below[file].add(prefix)
                self.mounted.add((tree.path, joined(prefix)))
                mounts.add(joined(prefix))
        for one in reader.read():
            yield one, mounts - {"/"}

    @cached_property
    def _constants(self) -> dict[str, str]:
        """Constants of the whole service whose value is the path of a health endpoint."""
        texts = (text for text in self.trees.texts.values() if WANTED.search(text))
        return {n: path for text in texts for n, path in _CONSTANT.findall(text) if kind_of(path)}

    def _endpoint(self, one: Registration, url: str, tree: Tree) -> Iterator[Endpoint]:
        kind, answer = kind_of(url), None
        if kind is None:
            return
        for node in one.handlers:
            pieces = self.handlers.of(node, tree.path)
            if pieces:
                judge, aside = self.judge(tree.family), _aside(one, node)
                answer = _together([judge.judge(p, aside) for p in pieces])
                break
        yield Endpoint(kind, url, tree.path, one.line, answer)

    def _by_file(self) -> Iterator[Endpoint]:
        """Routes whose path is that of their file."""
        for path in self.trees.texts:
            match = _BY_FILE.search(path) if family(path) == "javascript" else None
            if match is None:
                continue
            url = joined(re.sub(r"(?:^|/)\([^)]*\)", "", next(g for g in match.groups() if g)))
            kind = kind_of(url)
            if kind is None:
                continue
            named = (p for n in _HANDLERS for p in self.handlers.named(n, path) if p.path == path)
            found = next(named, None)
            answer = self.judge("javascript").judge(found) if found is not None else None
            yield Endpoint(kind, url, path, found.line if found is not None else 1, answer)


def _aside(one: Registration, node: SgNode) -> str:
    """What runs before the handler: other functions on the same route, decorators, and parameters."""
    given = node.field("parameters") if str(node.kind()) in FUNCTIONS else None
    return f"{one.aside} {given.text() if given is not None else ''}"[:2_000]


def _together(answers: list[Answer]) -> Answer:
    """One answer for several functions that may all be the handler: a constant only where all are."""
    return Answer(
        tuple(dict.fromkeys(a for one in answers for a in one.asks)),
        all(one.constant for one in answers),
        answers[0].hides if all(one.hides for one in answers) else "",
        tuple(dict.fromkeys(s for one in answers for s in one.skips)),
        tuple(dict.fromkeys(u for one in answers for u in one.unread)),
    )
