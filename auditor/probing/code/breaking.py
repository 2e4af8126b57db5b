"""The circuit breakers of a service: what makes them, what goes through them, and how long they live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.code.outline import Block, Outline
from auditor.code.reach.uses import Use
from auditor.code.scan import qualified
from auditor.code.scanning import family
from auditor.code.topics.breaker_text import NAMED, bound_to, lacking, misset, misset_go, through
from auditor.code.topics.retry_safety import never_raised
from auditor.probing.code.breaker_lives import KEPT_WORDS, STARTS, Life, life
from auditor.probing.code.breaker_nouns import Breaker, Breakers
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.java_breakers import java_breakers, own_breakers
from auditor.probing.code.retry_places import Put, decorating

_GO_OWN = re.compile(r"^type\s+(\w*(?:[cC]ircuit)?[bB]reaker\w*)\s+struct\b", re.MULTILINE)


def read_breakers(topic: Topic, texts: Texts) -> Breakers:
    """The breakers of the service."""
    every = Breakers()
    decorated = [u for u in topic.reachable if u.rule.role == "breaker" and u.call.decorates]
    every.found.extend(_decorator(u, topic, texts) for u in decorated)
    for use in topic.reachable:
        if use.rule.role == "direct":
            where = f"{use.call.name} in {use.call.scope or 'the module'}"
            every.found.append(Breaker(use.path, use.call.line, where, wraps=(str(use),)))
        elif use.rule.role == "breaker" and not use.call.decorates:
            fault = misset(use.call, use.rule, topic.scan(use))
            made = Breaker(use.path, use.call.line, use.call.name, use.call.target, fault=fault)
            every.found.append(_followed(made, texts))
    every.found.extend(_followed(b, texts) for b in _in_go(topic, texts))
    every.found.extend(_own(topic, texts))
    every.found.extend(java_breakers(topic, texts))
    every.perhaps.extend(_go_types(topic, texts))
    every.perhaps.extend(own_breakers(topic, texts))
    every.found.sort(key=lambda b: (b.path, b.line))
    return every


def _decorator(use: Use, topic: Topic, texts: Texts) -> Breaker:
    call = use.call
    what = f"{call.name} on {call.decorates}"
    put, why = decorating(use, topic, texts)
    fault = misset(call, use.rule, topic.scan(use)) or (why if put is Put.IDLE else "")
    outline = texts.outline(use.path)
    around = outline.around(call.line) if outline is not None else None
    block = outline.decorated(call.decorates, call.line) if outline is not None else None
    if outline is not None and block is not None and not fault:
        awaited = call.keywords.get("expected_exception", "")
        names = [
            qualified(n, topic.scan(use).names) for n in re.findall(r"[A-Za-z_][\w.]*", awaited)
        ]
        fault = never_raised(names, outline.body(block, bare=False))
    if outline is not None and around is not None and not fault:
        inner = re.search(rf"(?<!def )\b{re.escape(call.decorates)}\(", outline.body(around))
        if inner and not STARTS.fullmatch(around.name):
            fault = f"it is made anew by each call of {around.name}"
    return Breaker(use.path, call.line, what, fault=fault, wraps=() if fault else (str(use),))


def _followed(made: Breaker, texts: Texts) -> Breaker:
    """A breaker with what goes through it, and why that protects nothing."""
    outline = texts.outline(made.path)
    if made.fault or made.wraps or outline is None:
        return made
    around = outline.around(made.line)
    name = re.split(r"[.\[]", made.name)
    last = name[1] if name[0] in ("self", "this", "cls") and len(name) > 1 else _last(made.name)
    if made.name in ("", "return"):
        return _unbound(made, around, outline, texts)
    names = {last, *_aliases(last, around, outline)}
    wraps = [w for n in sorted(names) for w in _wrapped(made, n, texts, around, "." in made.name)]
    lives = life(made.path, made.line, made.name, last, texts, own=made.own)
    if not wraps:
        if _handed_on(last, made, around, outline):
            return replace(made, doubt=f"{last} is handed on, and what calls it was not found")
        return replace(made, fault="nothing goes through it")
    if lives is Life.KEPT:
        return replace(made, wraps=tuple(wraps))
    where = around.name if around is not None else ""
    if lives is Life.CALL:
        return replace(made, fault=f"it is made anew by each call of {where or 'a function'}")
    return replace(made, doubt=f"it may be made anew for each request, in {where or 'a function'}")


def _unbound(made: Breaker, around: Block | None, outline: Outline, texts: Texts) -> Breaker:
    """What is given back, or handed to something at once."""
    if made.name == "return" and around is not None and around.name:
        kept = KEPT_WORDS.search(outline.said(around.first, around.last))
        finder = through(around.name, family(made.path) or "", own=made.own)
        uses = [
            f"{path}:{seen.bare.count(chr(10), 0, m.start()) + 1}"
            for path in [made.path, *texts.importers(made.path, around.name)]
            if (seen := texts.outline(path)) is not None
            for m in finder.finditer(seen.bare)
        ]
        if kept and uses:
            return replace(made, wraps=tuple(uses))
        if texts.mentions(around.name) <= 1:
            return replace(made, fault=f"nothing calls {around.name}, which makes it")
    return replace(made, doubt="what is done with it could not be followed")


def _wrapped(
    made: Breaker, name: str, texts: Texts, around: Block | None, attribute: bool
) -> Iterator[str]:
    """The places at which a call goes through the breaker of a name."""
    finder = through(name, family(made.path) or "", own=made.own)
    paths = [made.path]
    if around is None or attribute:
        paths += texts.importers(made.path, name)
    for path in paths:
        seen = texts.outline(path)
        for match in finder.finditer(seen.bare) if seen is not None else ():
            line = seen.bare.count("\n", 0, match.end()) + 1 if seen is not None else 0
            local = path == made.path and around is not None and not attribute
            if (path, line) != (made.path, made.line) and (
                not local or (around is not None and around.holds(line))
            ):
                yield f"{path}:{line}"


def _aliases(name: str, around: Block | None, outline: Outline) -> list[str]:
    """The attributes and fields that a local is put into."""
    if around is None:
        return []
    body = outline.body(around)
    word = rf"{re.escape(name)}(?![\w$(.])"
    return re.findall(rf"\.(\w+)\s*=\s*{word}", body) + re.findall(rf"\b(\w+)\s*:\s*{word}", body)


def _handed_on(name: str, made: Breaker, around: Block | None, outline: Outline) -> bool:
    """Whether a name is read in what is left of its function, or at all where it is at the top."""
    text = outline.body(around) if around is not None else outline.bare
    read = rf"(?<![\w$]){re.escape(name)}(?![\w$])(?!\s*(?::[\w\s.\[\]]+)?:?=(?!=))"
    line = outline.said(made.line, made.line)
    return len(re.findall(read, text)) > len(re.findall(read, line))


def _in_go(topic: Topic, texts: Texts) -> Iterator[Breaker]:
    rules = [r for r in patterns().rules("breakers", "go") if r.role == "go"]
    for path in sorted(topic.code.closure.reachable):
        scan = topic.code.scans.get(path)
        if scan is None or family(path) != "go":
            continue
        for rule in rules:
            if not any(i.module.startswith(rule.text("module")) for i in scan.imports):
                continue
            outline = texts.outline(path)
            for number, line in (
                enumerate(outline.bare.split("\n"), 1) if outline is not None else ()
            ):
                for maker in rule.texts("names"):
                    if (
                        re.search(rf"(?<!\w){re.escape(maker)}(?:\[[^(]*\])?\(", line)
                        and outline is not None
                    ):
                        block = outline.around(number)
                        near = outline.body(block) if block is not None else outline.bare
                        name = bound_to(line, _last(maker))
                        if re.search(rf"\b{re.escape(name)}\s*:(?!=)", line) and name:
                            name = f"it.{name}"  # a field of a literal
                        name = name or ("return" if re.search(r"\breturn\b", line) else "")
                        at_once = re.search(r"\bcircuitbreaker\.\w+\(\s*gobreaker\.", line)
                        wraps = (f"{path}:{number}",) if at_once else ()  # go-kit's middleware
                        yield Breaker(path, number, maker, name, fault=misset_go(near), wraps=wraps)


def _own(topic: Topic, texts: Texts) -> Iterator[Breaker]:
    """Instances of the service's own classes that are breakers by their name or their base."""
    bases = {
        b for r in patterns().rules("breakers", "python") if r.role == "class" for b in r.bases
    }
    made_here: dict[str, list[int]] = {}
    for use in topic.reachable:
        if use.rule.role == "breaker":
            made_here.setdefault(use.path, []).append(use.call.line)
    for path in sorted(topic.code.closure.reachable):
        scan = topic.code.scans.get(path)
        for one in scan.classes if scan is not None else ():
            derived = any(base in bases for base in one.bases)
            if not derived and (not NAMED.fullmatch(one.name) or not one.methods):
                continue
            outline = texts.outline(path)
            if outline is None:
                continue
            block = (
                next((b for b in outline.blocks if b.kind == "class" and b.name == one.name), None)
                if outline
                else None
            )
            inside = block is not None and any(block.holds(n) for n in made_here.get(path, ()))
            if inside and not derived:
                continue  # it is put around a breaker of a library, which is judged itself
            why = lacking(outline.body(block)) if outline and block and not derived else ""
            made = list(_instances(one.name, path, texts))
            if why:
                yield Breaker(path, one.line, one.name, own=True, fault=why)
            elif not made:
                yield Breaker(path, one.line, one.name, own=True, fault="nothing makes one")
            else:
                yield from made


def _instances(name: str, path: str, texts: Texts) -> Iterator[Breaker]:
    finder = re.compile(rf"(?<![\w$])(?<!class ){re.escape(name)}\(")
    for other in texts.files:
        if name not in texts.text(other):
            continue
        seen = texts.outline(other)
        for number, line in enumerate(seen.bare.split("\n"), 1) if seen is not None else ():
            if not finder.search(line) or re.match(r"\s*class\b", line):
                continue
            if re.match(rf"\s*@(?:[\w.]+\.)?{re.escape(name)}\(", line):
                yield Breaker(other, number, f"@{name}", own=True, wraps=(f"{other}:{number}",))
                continue
            bound = bound_to(line, name) or ("return" if re.match(r"\s*return\b", line) else "")
            yield _followed(Breaker(other, number, name, bound, own=True), texts)


def _go_types(topic: Topic, texts: Texts) -> Iterator[tuple[str, int, str]]:
    for path in sorted(topic.code.closure.reachable):
        if family(path) == "go" and "reaker" in texts.text(path):
            for match in _GO_OWN.finditer(texts.text(path)):
                yield path, texts.text(path).count("\n", 0, match.start()) + 1, match[1]


def _last(name: str) -> str:
    return re.split(r"[.\[]", name)[-1] if "[" not in name else re.split(r"[.\[]", name)[-2]
