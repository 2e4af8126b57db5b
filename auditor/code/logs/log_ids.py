"""Code of a service's own that gives log lines the id of a request: filters, processors, child loggers, storage."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import called_name, line_of, positional, scope_of

ID = re.compile(
    r"(?:(?:request|req|correlation|trace|transaction)[_.-]?id(?![a-z])|x[_-]request[_-]id|guid|reqid|traceparent)",
    re.IGNORECASE,
)
WANTED = re.compile(r"(?i)(?:request|req|correlation|trace|transaction)[_.-]?id|guid|getStore")

Own = tuple[int, str, str]
"""Line, what, and the name that must be used elsewhere for it to count (a class, a function)."""

_RECORD = re.compile(
    r"\b(?:record|log_record|event_dict|log_entry)(?:\.extra)?(?:\.(\w+)\s*=[^=]|\[\s*[\"']([\w.-]+)[\"']\s*\]\s*=[^=]|\.setdefault\(\s*[\"']([\w.-]+))"
)
_CHILD = frozenset({"child", "bind", "setBindings", "addContext", "appendKeys", "assign"})
_HOOKS = ("Run", "Fire", "Handle")
_GO_WITH = frozenset({"With", "WithField", "WithFields", "WithValues", "AddAttrs", "Str"})


def own_ids(root: SgNode, text: str, family: str) -> Iterator[Own]:
    """What a file does to log lines with the id of a request."""
    if family == "python":
        yield from _python(root)
    elif family == "javascript":
        yield from _script(root, text)
    elif family == "go":
        yield from _go(root)


def _python(root: SgNode) -> Iterator[Own]:
    for node in nodes(root, ("class_definition", "function_definition", "call")):
        if node.kind() == "call":
            name = called_name(node)
            if (
                name.rpartition(".")[2] == "bind"
                and re.search(r"log", name, re.IGNORECASE)
                and _named(node)
            ) or (
                name.endswith("LoggerAdapter")
                and len(positional(node)) > 1
                and ID.search(positional(node)[1].text())
            ):
                yield line_of(node), f"{name} with an id", scope_of(node)
            continue
        above, name_node, body = node.field("superclasses"), node.field("name"), node.field("body")
        if name_node is None or body is None:
            continue
        if node.kind() == "class_definition":
            bases = above.text() if above is not None else ""
            if not re.search(r"Filter|Formatter|Handler|Adapter", bases):
                continue
        elif any(a.kind() == "class_definition" for a in node.ancestors()):
            continue
        written = [m[1] or m[2] or m[3] for m in _RECORD.finditer(body.text())]
        if any(ID.search(w) for w in written):
            yield line_of(node), f"{name_node.text()} sets an id on log records", name_node.text()


def _named(call: SgNode) -> bool:
    given = call.field("arguments")
    keys = (
        [c.field("name") for c in given.children() if c.kind() == "keyword_argument"]
        if given
        else []
    )
    return any(k is not None and ID.search(k.text()) for k in keys)


def names_an_id(call: SgNode) -> bool:
    """Whether a call has a keyword that names the id of a request, or is handed a mapping with one."""
    given = call.field("arguments")
    return _named(call) or (
        given is not None and "**" in given.text() and bool(ID.search(given.text()))
    )


def _script(root: SgNode, text: str) -> Iterator[Own]:
    for node in nodes(root, ("call_expression",)):
        name = called_name(node)
        receiver, _, last = name.rpartition(".")
        if last in _CHILD and re.search(r"log", receiver, re.IGNORECASE):
            given = positional(node)
            keys = re.findall(r"([\w-]+)\s*(?=[:,}])", given[0].text()) if given else []
            if any(ID.fullmatch(k) or ID.search(k) for k in keys):
                yield line_of(node), f"{name} with an id", scope_of(node)
        elif last == "getStore" or (
            last in ("get", "getId")
            and re.search(r"cls|als|context|storage", receiver, re.IGNORECASE)
        ):
            around = _around(node)
            if re.search(r"mixin|format|defaultMeta|log", around, re.IGNORECASE) and ID.search(
                around
            ):
                yield line_of(node), f"{name} in what a logger writes", ""
    if re.search(r"\b(?:req|request|ctx|reply|res)\.log\.\w+\(", text):
        for node in nodes(root, ("call_expression",)):
            if re.fullmatch(
                r"(?:\w+\.)?(?:req|request|ctx|reply|res)\.log\.\w+", called_name(node)
            ):
                yield (
                    line_of(node),
                    f"{called_name(node)}: the logger of the request",
                    "\0request.log",
                )
                return


def _around(node: SgNode) -> str:
    """The text of the function around a node, and of what it is a part of, as far as it is short."""
    text = ""
    for above in node.ancestors():
        if len(above.text()) > 1500:
            break
        text = above.text()
    return text


def _go(root: SgNode) -> Iterator[Own]:
    for node in nodes(root, ("call_expression",)):
        name = called_name(node)
        last = name.rpartition(".")[2]
        hook = scope_of(node).rpartition(".")[2] in _HOOKS and last in ("Str", "AddAttrs")
        if last not in _GO_WITH or (last == "Str" and "With()" not in name and not hook):
            continue
        given = positional(node)
        keys = " ".join(g.text()[:300] for g in given[:4])
        if (
            re.search(r"[\"'`][\w.-]+[\"'`]", keys)
            and any(ID.search(k) for k in re.findall(r"[\"`]([\w.-]+)[\"`]", keys))
            and (hook or re.search(r"log|zap|slog|ctx|l\b|entry", name, re.IGNORECASE))
        ):
            yield line_of(node), f"{name[-40:]} with an id", scope_of(node)
