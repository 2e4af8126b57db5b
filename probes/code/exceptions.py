"""The exception classes of the service: a base and classes below it, what is raised of them, and what instead.

Looks in the files that the service imports from where it starts, in Python, JavaScript, TypeScript and Java for classes
that derive from an exception, in Go for sentinels (`ErrGone = errors.New`) and error types. A base is a class of
the service's own from which another derives; in Go, what some code asks for by errors.Is or errors.As and
some code gives back. A class counts as raised where it is raised, or made to be raised (`next(new Gone())`,
handed to a function, `orElseThrow(Gone::new)`). `raise Exception(…)`, `throw new Error(…)` and, in Java, a new
RuntimeException are generic; of Go nothing is. Cannot see whether the right class is raised, nor classes that are
raised by a value (`raise TABLE[code]`): such
classes are not told as never raised where their name stands elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.definitions import Definitions
from auditor.code.scan import FileScan, Raise, last_name
from auditor.code.scanning import family
from auditor.code.topics.own_exceptions import (
    Key,
    Own,
    asked_for,
    own_exceptions,
    resolve,
    sentinels,
)
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic, gaps, listing, topic_of
from auditor.probing.contract import Context, Fact, FactSpec, Need, Observation, probe

BASE = FactSpec(
    "exceptions.base",
    FactType.LIST,
    "Exception classes of the service's own from which others derive (path:line name)",
)
RAISED = FactSpec(
    "exceptions.raised", FactType.LIST, "Classes of such a family that are raised, where first"
)
NEVER = FactSpec(
    "exceptions.never_raised", FactType.LIST, "Classes of such a family that nothing raises"
)
GENERIC = FactSpec(
    "exceptions.generic_raises",
    FactType.LIST,
    "Where an exception is raised that says nothing of its kind (path:line what)",
)
SHARE = FactSpec(
    "exceptions.generic_share",
    FactType.NUMBER,
    "Their share of everything that is raised anew",
    unit="%",
)

_FACTS = (BASE, RAISED, NEVER, GENERIC, SHARE)
_KEYS = tuple(spec.key for spec in _FACTS)
_GENERIC = {
    "python": frozenset({"Exception", "BaseException"}),
    "javascript": frozenset({"Error"}),
    "java": frozenset(
        f"java.lang.{n}" for n in ("Exception", "RuntimeException", "Throwable", "Error")
    ),
}
_MOST = 100


@probe(
    "code.exceptions", title="Exception classes", needs=[Need.REPOSITORY], emits=_FACTS, pure=True
)
def exceptions(ctx: Context) -> Iterator[Observation]:
    """Tell families of exceptions, what is raised of them, and what is raised instead."""
    topic = topic_of(ctx, "exceptions")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    closure = topic.code.closure
    reached = closure.reachable | closure.perhaps
    scans = {p: s for p, s in topic.code.scans.items() if p in reached}
    families = Families(ctx, topic, scans)
    raised = families.raised()
    if families.bases and raised:
        yield listed(ctx, topic, BASE, [str(o) for o in families.bases])
        yield listed(
            ctx, topic, RAISED, [f"{p}:{line} {name}" for name, (p, line) in raised.items()]
        )
    if doubts:
        return
    if not (families.bases and raised):
        yield listed(ctx, topic, BASE, [str(o) for o in families.bases])
        yield listed(ctx, topic, RAISED, [])
    yield listed(ctx, topic, NEVER, [str(o) for o in families.never(set(raised))])
    generic, total = families.generic()
    yield listed(ctx, topic, GENERIC, [f"{p}:{r.line} {r.name}" for p, r in generic])
    if total:
        share = round(100 * len(generic) / total)
        source = topic.source(ctx)
        yield SHARE.of(share, level=Level.EFFECTIVE, source=source, produced_at=ctx.observed_at)


class Families:
    """The exceptions of a service by family."""

    def __init__(self, ctx: Context, topic: Topic, scans: dict[str, FileScan]) -> None:
        self._topic = topic
        self._scans = scans
        self._texts = Texts(ctx, topic)
        self._definitions = Definitions(scans, topic.origin)
        self._own = own_exceptions(scans, self._definitions)
        self._go = sentinels(scans)
        bases = {above for own in self._own.values() for above in own.above}
        asked = asked_for(u.call for u in topic.reachable + topic.perhaps)
        self._asked = [own for own in self._go.values() if own.key[1] in asked]
        members = [o for k, o in self._own.items() if k in bases or o.above]
        self.members = {own.key: own for own in (*members, *self._asked)}
        self.bases = sorted(
            [*(self._own[b] for b in bases), *map(self._placed, self._asked)],
            key=lambda o: (o.key[0], o.line, o.key[1]),
        )

    def _placed(self, own: Own) -> Own:
        """A sentinel with its line."""
        text = self._texts.text(own.key[0])
        match = re.search(rf"^[ \t]*(?:var\s+)?{own.key[1]}\s*(?:\w+\s*)?=", text, re.MULTILINE)
        line = text.count("\n", 0, match.start()) + 1 if match is not None else 0
        return own if own.line else Own(own.key, line)

    def raised(self) -> dict[str, tuple[str, int]]:
        """The names of the members that are raised, and where first."""
        found: dict[str, tuple[str, int]] = {}
        for path, one in self._raises():
            key = self._key(one.name, path)
            if key is not None and key in self.members:
                found.setdefault(key[1], (path, one.line))
        return found

    def _key(self, name: str, path: str) -> Key | None:
        if family(path) == "go":
            last, outer = last_name(name), name.rpartition(".")[0]
            here = path.rpartition("/")[0]
            for (folder, known), own in self._go.items():
                same = folder == here if not outer else folder.endswith(outer.rpartition("/")[2])
                if same and (known == last or last.removeprefix("New") == known):
                    return own.key
            return None
        return resolve(name, path, self._own, self._scans, self._definitions)

    def _raises(self) -> Iterator[tuple[str, Raise]]:
        for path in sorted(self._topic.code.closure.reachable):
            scan = self._scans.get(path)
            for one in scan.raises if scan is not None else ():
                if (
                    one.name and ".GeneratedCriteria." not in one.scope
                ):  # MyBatis' generator wrote it
                    yield path, one

    def never(self, raised: set[str]) -> list[Own]:
        """The members that have nothing below them and that no line names but for imports."""
        above = {a for own in self._own.values() for a in own.above}
        idle = []
        for key, own in sorted(self.members.items()):
            if key in above or key[1] in raised or family(key[0]) == "go":
                continue
            if any("__subclasses__" in self._texts.text(p) for p, _ in (key, *own.above)):
                continue  # looked up among the classes below a base
            if not self._made(key[1]):
                idle.append(own)
        return idle

    def _made(self, name: str) -> bool:
        """Whether a class is made, or handed on, somewhere."""
        for path in self._texts.files:
            if family(path) == "go" or last_name(name) not in self._texts.text(path):
                continue
            if family(path) == "java":
                made = rf"\bnew\s+(?:\w+\.)*{last_name(name)}\b|\b{last_name(name)}(?:::|\.)\w"
                if re.search(made, self._texts.text(path)):
                    return True
                continue
            outline = self._texts.outline(path)
            if outline is not None and _hands_on(outline.bare, name):
                return True
        return False

    def generic(self) -> tuple[list[tuple[str, Raise]], int]:
        """What is raised of no kind, and how much is raised at all."""
        every = list(self._raises())
        return [(p, r) for p, r in every if r.name in _GENERIC.get(family(p) or "", ())], len(every)


def _hands_on(text: str, name: str) -> bool:
    for line in text.splitlines():
        if name not in line or line.lstrip().startswith(
            ("import ", "from ", "class ", "export class", "except ", "} from")
        ):
            continue
        before, _, after = line.partition(name)
        if (
            before[-1:].isalnum()
            or before[-1:] in ("_", "$")
            or before.rstrip().endswith(("class", "instanceof"))
        ):
            continue
        if after.lstrip().startswith("(") or before.rstrip().endswith(
            ("=", ":", "return", "raise")
        ):
            return True
    return False


def listed(ctx: Context, topic: Topic, spec: FactSpec, texts: list[str]) -> Fact:
    """A fact that lists `path:line what`."""
    places = [text.partition(" ")[0].rpartition(":") for text in texts[:_MOST]]
    return listing(
        ctx, spec, texts, [(path, int(line) or None) for path, _, line in places], topic.source(ctx)
    )
