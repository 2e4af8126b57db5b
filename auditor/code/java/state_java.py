"""The containers and numbers of Java classes, static or of objects, that methods change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ast_grep_py import SgNode

from auditor.code.java.java_variables import METHODS, line_of
from auditor.code.scan import Change, Function, State
from auditor.code.scan_scopes import Scopes

_MOST = 200
_ENOUGH = 20
_IN = r"(?:[\w.]*\.)?"
_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("cache", rf"{_IN}(?:(?:Loading|Async|AsyncLoading|Timed|LRU|\w*FIFO)?Cache)\b"),
        ("dict", rf"{_IN}(?:\w*Map|Hashtable|Properties|\w*Table|Multimap)\b(?!\.)"),
        ("list", rf"{_IN}(?:\w*List|\w*Deque|\w*Queue|Vector|Stack|Collection)\b(?!\.)"),
        ("set", rf"{_IN}\w*Set\b(?!\.)"),
        ("number", r"(?:int|long|double|float|Integer|Long|Atomic(?:Integer|Long)|LongAdder)\b"),
    )
)
_CHANGES = (
    r"(?:put|putAll|putIfAbsent|computeIfAbsent|computeIfPresent|compute|merge|replace|remove|removeIf|removeAll|clear"
    r"|add|addAll|addFirst|addLast|offer|offerFirst|offerLast|poll|pollFirst|pop|push|set|invalidate|drainTo)"
)
_COUNTS = (
    r"(?:incrementAndGet|getAndIncrement|decrementAndGet|getAndDecrement|addAndGet|getAndAdd|increment|decrement"
    r"|add|set|updateAndGet|accumulateAndGet|getAndSet)"
)
_AT_START = re.compile(
    r"(?:[\w.]*\.)?(?:PostConstruct|PreDestroy|Bean|Startup|Autowired|Inject|BeforeAll)\b"
    r"|EventListener\([^)]*(?:ApplicationReady|ApplicationStarted|ContextRefreshed)|(?:Observes)\b"
)
_STARTS = frozenset({
    "<init>", "afterPropertiesSet", "main", "run", "postProcessBeanFactory", "postProcessAfterInitialization",
    "postProcessBeforeInitialization", "setApplicationContext", "contextInitialized", "contextDestroyed", "destroy",
    "onApplicationEvent", "afterSingletonsInstantiated", "start", "stop", "configure",
})  # fmt: skip
_MEASURES = re.compile(r"Metrics?(?:\w*Impl)?$|(?:Gauge|Meter|Counter)s?$")
"""Classes whose numbers are only told to a monitor."""
_MEMO = frozenset({"computeIfAbsent", "putIfAbsent"})


def state(
    fields: Iterable[SgNode],
    defined: Sequence[SgNode],
    functions: Sequence[Function],
    scopes: Scopes,
    code: str,
) -> Iterator[State]:
    """What outlives a call and is changed in a method: static fields by what they hold, those of objects as `field`."""
    spans = [_span(n) for n in defined if n.kind() in METHODS]
    methods = list(zip(spans, functions, strict=False))
    every = list(fields)
    own = {(scopes.around(n.range().start.index), name) for n in every for name in _names(n)}
    for node in islice(every, _MOST):
        typed = node.field("type")
        kind = next((k for k, p in _KINDS if typed is not None and p.match(typed.text())), "")
        if not kind:
            continue
        modifiers = next((c.text() for c in node.children() if c.kind() == "modifiers"), "")
        static = re.search(r"\bstatic\b", modifiers) is not None
        if kind == "number" and re.search(r"\bfinal\b", modifiers) and not _is_atomic(node):
            continue
        if re.search(r"@(?:Value|Column|ConfigProperty|JsonProperty|Id)\b", modifiers):
            continue
        owner = scopes.around(node.range().start.index)
        if _MEASURES.search(owner):
            continue
        for one in (c for c in node.children() if c.kind() == "variable_declarator"):
            name = one.field("name")
            if name is None:
                continue
            changes = tuple(islice(_changes(name.text(), owner, kind, methods, code, own), _ENOUGH))
            if changes:
                yield State(
                    f"{owner}.{name.text()}",
                    line_of(one),
                    ("LRUCache" if kind == "cache" else kind) if static else "field",
                    changes,
                )


def _names(node: SgNode) -> Iterator[str]:
    for one in node.children():
        name = one.field("name") if one.kind() == "variable_declarator" else None
        if name is not None:
            yield name.text()


def _is_atomic(node: SgNode) -> bool:
    typed = node.field("type")
    return typed is not None and bool(re.match(r"Atomic|LongAdder", typed.text()))


def _span(node: SgNode) -> tuple[int, int]:
    place = node.range()
    return place.start.index, place.end.index


def _changes(
    name: str,
    owner: str,
    kind: str,
    methods: list[tuple[tuple[int, int], Function]],
    code: str,
    own: set[tuple[str, str]],
) -> Iterator[Change]:
    if (
        f"{name}." not in code
        and f"{name}\n" not in code
        and not (
            kind == "number"
            and re.search(rf"\b{re.escape(name)}\s*[-+]|[-+]{{2}}\s*{re.escape(name)}\b", code)
        )
    ):
        return
    spelled = re.escape(name)
    plain = rf"(?<![\w.])(?:(?:this|{re.escape(owner.rpartition('.')[2])})\.)?{spelled}"
    if kind == "number":
        shape = re.compile(
            rf"{plain}\s*(?:\+\+|--|[-+]=)|(?:\+\+|--)\s*{plain}\b|{plain}\s*\.\s*{_COUNTS}\("
        )
    else:
        shape = re.compile(rf"{plain}\s*\.\s*{_CHANGES}\(")
    hidden = re.compile(rf"[\w>\]]\s+{spelled}\s*(?:=(?!=)|;|:|,|\))")
    for (start, end), function in methods:
        if not f"{function.scope}.".startswith(f"{owner}.") or _starts(function):
            continue
        if function.scope != owner and (function.scope, name) in own:
            continue  # a class within has a field of that name
        text = code[start:end]
        if name not in text or hidden.search(text):
            continue
        for match in shape.finditer(text):
            how = match[0].rstrip("(").rpartition(".")[2].strip()
            memo = how in _MEMO or _asked(spelled, text[: match.start()])
            line = code.count("\n", 0, start + match.start()) + 1
            yield Change(line, f"{function.scope}.{function.name}", f".{how}"[:40], memo)


def _starts(function: Function) -> bool:
    return function.name in _STARTS or any(_AT_START.match(d) for d in function.decorators)


def _asked(name: str, before: str) -> bool:
    """Whether a container is asked before, and what it holds given back."""
    if re.search(rf"\breturn\s+(?:this\.)?{name}\s*\.\s*get\w*\(", before):
        return True
    for match in re.finditer(
        rf"\b(\w+)\s*=\s*(?:\([\w<>, ]+\)\s*)?(?:this\.)?{name}\s*\.\s*get\w*\(", before
    ):
        if re.search(
            rf"\b{match[1]}\s*!=\s*null|\breturn\s+{match[1]}\b|\b{match[1]}\s*==\s*null",
            before[match.end() :],
        ):
            return True
    return False
