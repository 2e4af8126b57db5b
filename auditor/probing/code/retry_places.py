"""Whether a retry is put to work: it decorates something that is called, runs something, or is mounted."""

from __future__ import annotations

import re
from enum import StrEnum

from auditor.code.outline import Block, Outline
from auditor.code.reach.uses import Use
from auditor.code.scan import Call, last_name
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic

_CALLS = re.compile(r"[\w\])]\s*\(")
_NEAR = 40


class Put(StrEnum):
    """Whether a retry is at work, is not, or it cannot be told."""

    TO_WORK = "to work"
    IDLE = "idle"
    UNCLEAR = "unclear"


Placed = tuple[Put, str]
WORKS: Placed = (Put.TO_WORK, "")


def placed(use: Use, topic: Topic, texts: Texts) -> Placed:
    """Whether a retry is at work, and why not."""
    applies = use.rule.text("applies")
    if applies == "adapter":
        return mounted(use, topic, texts)
    if applies in ("call", "client"):
        return WORKS
    if use.call.decorates:
        return decorating(use, topic, texts)
    return kept(use, texts)


def decorating(use: Use, topic: Topic, texts: Texts) -> Placed:
    """Whether what a call decorates does anything, and is called."""
    name = use.call.decorates
    found = texts.outline(use.path)
    block = found.decorated(name, use.call.line) if found is not None else None
    if found is None or block is None:
        return WORKS
    if hollow(found, block):
        return Put.IDLE, f"{name} calls nothing"
    owner = last_name(use.call.scope)
    derived = any(c.name == owner and c.bases for c in topic.scan(use).classes)
    special = name.startswith("__") or block.kind == "class"
    if use.rule.role == "task":  # its queue calls it, perhaps by its name in a schedule
        return WORKS
    if block.decorators == 1 and not derived and not special and texts.mentions(name) <= 1:
        return Put.IDLE, f"nothing calls {name}"
    return WORKS


def hollow(found: Outline, block: Block) -> bool:
    """Whether a function calls nothing at all."""
    if block.kind == "class":
        return False
    body = found.body(block)
    start = re.search(r"\)[^:()]*:", body)  # past the parameters
    return start is not None and not _CALLS.search(body[start.end() :]) and "await" not in body


def kept(use: Use, texts: Texts) -> Placed:
    """Whether what is bound to a name, or given back by a function, is used by that name."""
    call = use.call
    if call.target == "":
        return WORKS  # iterated, called at once, or handed to something
    name = last_name(call.scope if call.target == "return" else call.target)
    if call.target == "return":
        used = not name or name == "()" or texts.mentions(name) > 1
        return WORKS if used else (Put.IDLE, f"nothing calls {name}, which makes it")
    if mentioned(use, name, texts):
        return WORKS
    return Put.IDLE, f"nothing uses {name}"


def mentioned(use: Use, name: str, texts: Texts) -> bool:
    """Whether a name is read in the file where it is bound, or in another that can see it."""
    found = texts.outline(use.path)
    if found is None:
        return True
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])(?!\s*(?::[\w\s.\[\]]+)?=(?!=))")
    first = max(1, use.call.line - 3)
    lines = found.bare.split("\n")
    own = "\n".join(lines[: first - 1] + lines[use.call.line :])
    if word.search(own):
        return True
    attribute = "." in use.call.target
    if use.call.scope and not attribute:
        return False
    return any(True for _ in texts.importers(use.path, name))


def mounted(use: Use, topic: Topic, texts: Texts) -> Placed:
    """Whether a retry reaches an adapter or transport, and that one a session or client."""
    takers = [u for u in topic.reachable if u.rule.role in ("adapter", "mount")]
    here = [u for u in takers if u.path == use.path]
    if use.rule.role == "adapter" or use.rule.library == "httpx":
        return _mount_of(use.call, here, takers, use, texts)
    for taker in here:
        if not _takes(use.call, taker):
            continue
        if taker.rule.role == "mount":
            return WORKS
        return _mount_of(taker.call, here, takers, taker, texts)
    if use.call.target not in ("", "return") and not mentioned(
        use, last_name(use.call.target), texts
    ):
        return Put.IDLE, f"nothing takes {use.call.target}"
    if any(u.rule.id == "mount" and "dapter" in str(u.call.arguments) for u in takers):
        return WORKS  # an adapter of the service's own took it, as far as names tell
    return Put.UNCLEAR, "it could not be followed to a session"


def _mount_of(call: Call, here: list[Use], takers: list[Use], use: Use, texts: Texts) -> Placed:
    mounts = [u for u in here if u.rule.role == "mount"]
    if any(_takes(call, m) for m in mounts):
        return WORKS
    if call.target in ("", "return"):
        return Put.UNCLEAR, "it could not be followed to a session"
    name = last_name(call.target)
    if any(_names(m, name) for m in takers if m.rule.role == "mount"):
        return WORKS
    if not mentioned(use, name, texts):
        return Put.IDLE, "it is never mounted"
    return Put.UNCLEAR, "it could not be followed to a session"


def _takes(call: Call, taker: Use) -> bool:
    """Whether a taker is given what a call makes: written among its arguments, or by its name."""
    outer = taker.call
    if call.inside and call.inside == outer.name and outer.line <= call.line <= outer.line + _NEAR:
        return True
    return call.target not in ("", "return") and _names(taker, call.target) and (
        not call.scope or outer.scope == call.scope or outer.scope.startswith(f"{call.scope}.")
        or "." in call.target
    )  # fmt: skip


def _names(taker: Use, name: str) -> bool:
    given = [taker.call.keywords[k] for k in taker.rule.texts("takes") if k in taker.call.keywords]
    place = taker.rule.number("position")
    if place is not None and len(taker.call.arguments) > place:
        given.append(taker.call.arguments[int(place)])
    word = re.compile(rf"(?<![\w]){re.escape(name)}(?!\w)")
    return any(word.search(text) for text in given)
