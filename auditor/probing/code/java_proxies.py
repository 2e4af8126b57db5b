"""Whether an annotation on a method does anything: a proxy around the bean acts on it, for calls from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from auditor.code.java.java_beans import simple
from auditor.code.scan import Class, Function, last_name
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_notes import Noted

_BY_FRAMEWORK = re.compile(
    r"(?:\w+Mapping|Scheduled|EventListener|TransactionalEventListener|\w*Listener|Listeners|Bean|GET|POST|PUT|DELETE|PATCH"
    r"|Path|HEAD|Incoming|Job|XxlJob|Recover|ExceptionHandler|ModelAttribute|Override|ServiceActivator|Get|Post|Put"
    r"|Delete|Patch|Topic|StreamListener|SendTo|MutationMapping|QueryMapping|Query|Mutation|Modifying|InitBinder|Consume"
    r"|ConsumeEvent|DgsQuery|DgsMutation|CommandHandler|EventHandler|ReadOperation|WriteOperation|ShellMethod|Startup)"
)
_WOVEN = re.compile(r"aspectj-maven-plugin|io\.freefair\.aspectj|AdviceMode\.ASPECTJ")

_OPENS = re.compile(r"\s*\(")
_RECEIVER = re.compile(r"([\w$)\]>]+)\s*(?:\.|::)\s*\Z")
DEFINES = re.compile(r"(?<!\breturn)(?<!\belse)(?<!\bthrow)(?<=[\w>\]?])\s+\Z")
"""What stands before the name of a method where it is defined."""


class Calls(StrEnum):
    """Who calls a method, as far as names and types tell."""

    OUTSIDE = "outside"
    ITSELF = "itself"
    NOBODY = "nobody"


def idle(noted: Noted, java: JavaFiles, *, subclasses: bool = False) -> str:
    """Why an annotation that a proxy acts on does nothing; "" where it may.

    `subclasses`: the container weaves it into the class (Quarkus, Micronaut), so that own calls count too.
    """
    owner, method = noted.owner, noted.method
    if not java.is_bean(noted.path, owner) and "abstract" not in str(method and method.modifiers):
        return f"no container makes {last_name(owner.name)}"
    if method is None:
        return ""
    woven = subclasses or _WOVEN.search(java.build) is not None
    for word in ("private", "static", "final"):
        if word in method.modifiers and not (woven and word == "private" and not subclasses):
            return f"{method.name} is {word}, so no proxy acts on it"
    found = calls(noted.path, owner, method, java)
    if found is Calls.NOBODY:
        return f"nothing calls {method.name}"
    if found is Calls.ITSELF and not woven:
        return f"only its own class calls {method.name}, past the proxy"
    return ""


def calls(path: str, owner: Class, method: Function, java: JavaFiles) -> Calls:
    """Who calls a method of a class."""
    if by_framework(method) or _is_foreign(owner, java):
        return Calls.OUTSIDE
    found = {outside for _, _, outside in sites(owner, method, java)}
    return Calls.OUTSIDE if True in found else Calls.ITSELF if found else Calls.NOBODY


def by_framework(method: Function) -> bool:
    """Whether an annotation of a method says that something else calls it."""
    return any(_BY_FRAMEWORK.fullmatch(simple(d)) for d in method.decorators)


def sites(owner: Class, method: Function, java: JavaFiles) -> Iterator[tuple[str, int, bool]]:
    """Where a method of a class is called, as far as names and types tell: path, line, and whether from outside."""
    kin = _kin(owner, java)
    inside = {last_name(owner.name), *(last_name(c.name) for _, c in java.derived(owner))}
    finder = re.compile(rf"(?<![\w$]){re.escape(method.name)}(?![\w$])")
    for other in java.callers(method.name):
        text = java.bare(other)
        defined = {f.line for f in java.scan(other).functions if f.name == method.name}
        for match in finder.finditer(text):
            before = text[max(0, match.start() - 80) : match.start()]
            if not (_OPENS.match(text, match.end()) or before.endswith("::")):
                continue
            line = text.count("\n", 0, match.end()) + 1
            on = _RECEIVER.search(before)
            receiver = on[1] if on is not None else None
            if receiver in (None, "this", "super"):
                if receiver is None and line in defined and DEFINES.search(before):
                    continue
                around = java.around(other, line)
                scope = around.scope if around is not None else ""
                if any(last_name(part) in inside for part in _prefixes(scope)):
                    yield other, line, False
                continue
            kind = _type(receiver, other, line, java)
            if kind in kin or (kind == "" and not receiver[:1].isupper()) or receiver in kin:
                yield other, line, True


def _prefixes(scope: str) -> list[str]:
    parts = scope.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def _is_foreign(owner: Class, java: JavaFiles) -> bool:
    """Whether a class has a base that is not the service's own, which others may call it by."""
    return any(
        not b.startswith("java.lang.") and not java.classes.get(last_name(b))
        for one in (owner, *(c for _, c in _above(owner, java)))
        for b in one.bases
    )


def _above(owner: Class, java: JavaFiles) -> list[tuple[str, Class]]:
    found: list[tuple[str, Class]] = []
    waiting = list(owner.bases)
    seen: set[str] = set()
    while waiting:
        name = last_name(waiting.pop())
        if name not in seen:
            seen.add(name)
            found += java.classes.get(name, [])
            waiting += [b for _, c in java.classes.get(name, []) for b in c.bases]
    return found


def _kin(owner: Class, java: JavaFiles) -> set[str]:
    """The last names by which an object of a class may go."""
    every = (owner, *(c for _, c in _above(owner, java)), *(c for _, c in java.derived(owner)))
    return {last_name(c.name) for c in every} | {last_name(b) for b in owner.bases}


def _type(receiver: str, path: str, line: int, java: JavaFiles) -> str:
    """The last name of the type that a name is declared with; "" where that is not told."""
    if not re.fullmatch(r"[a-z_$][\w$]*", receiver):
        return ""
    scan = java.scan(path)
    around = java.around(path, line)
    scope = f"{around.scope}.{around.name}" if around is not None else ""
    declared = re.search(
        rf"\b([A-Z]\w*)(?:<[^;{{}}()]*>)?\s+{re.escape(receiver)}\s*[=;:]",
        java.body(path, around, bare=True) if around is not None else "",
    )
    if declared is not None:
        return declared[1]
    fitting = [
        p
        for p in scan.parameters
        if (p.name == receiver and p.scope == scope)
        or (p.name == f"this.{receiver}" and f"{scope}.".startswith(f"{p.scope}."))
    ]
    return last_name(fitting[0].type) if fitting else ""
