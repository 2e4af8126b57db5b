"""Handlers of the signal that ends a service: registered where, and what their bodies do with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import assignments, called_name, line_of, positional

_TERM = re.compile(r"SIGTERM|\bSIGTERM\b")
_STATEMENTS = frozenset({
    "expression_statement", "for_statement", "for_in_statement", "lexical_declaration", "for_of_statement",
})  # fmt: skip
_NAMED = re.compile(r"os\.Interrupt|SIG[A-Z]+\b")
_ASIDE = re.compile(
    r"(?i)provider|exp(?:orter)?\b|logger|tracer|meter|processor|telemetry|otel|analytics|licen[cs]e|\blm\b"
)
_BOUNDED = re.compile(r"context\.With(?:Timeout|Deadline)\w*\(")
_ENDLESS = re.compile(r"context\.(?:Background|TODO)\(\)|nil")


@dataclass(frozen=True, slots=True)
class Handled:
    """A handler of SIGTERM at a line; `handler` is what is called, None where only a channel or context is told."""

    line: int
    handler: SgNode | None


def handled(root: SgNode, names: frozenset[str]) -> Iterator[Handled]:
    """The handlers of SIGTERM that calls of some names (the last part) register, in Python and scripts."""
    for call in nodes(root, ("call", "call_expression")):
        given = positional(call)
        if called_name(call).rpartition(".")[2] not in names or len(given) < 2:
            continue
        if _TERM.search(given[0].text()) or _in_loop(call, given[0], root):
            yield Handled(line_of(call), given[1])


def _in_loop(call: SgNode, signal: SgNode, root: SgNode) -> bool:
    """Whether a signal that goes by a name is one of a list with SIGTERM around the call."""
    if not re.fullmatch(r"[A-Za-z_$][\w$]*", signal.text()):
        return False
    for above in call.ancestors():
        kind = str(above.kind())
        head = above.text()[: max(0, call.range().start.index - above.range().start.index)]
        if kind in _STATEMENTS or kind in ("call_expression", "call"):
            listed = re.search(
                r"(?:\bin\b|\bof\b|^)\s*([A-Za-z_$][\w$.]*?)(?:\.forEach|\s*:|\))", head
            )
            bound = assignments(root, listed[1]) if listed else []
            if _TERM.search(head) or any(_TERM.search(value.text()) for value, _ in bound):
                return True
    return False


def notified(root: SgNode) -> Iterator[tuple[int, str]]:
    """Go: where signals are asked for, and which as written ("" for every one)."""
    for call in nodes(root, ("call_expression",)):
        if called_name(call) not in ("signal.Notify", "signal.NotifyContext"):
            continue
        asked = " ".join(g.text() for g in positional(call)[1:])
        listed = re.search(r"(\w+)\.\.\.$", asked)
        bound = assignments(root, listed[1]) if listed else []
        named = " ".join([asked, *(value.text() for value, _ in bound)])
        # What another file lists is taken for every signal.
        yield line_of(call), named if _NAMED.search(named) else ""


def waits(root: SgNode) -> Iterator[tuple[int, str, bool | None]]:
    """Go: calls of Shutdown with a context, and whether it has a deadline (None where that is not seen)."""
    for call in nodes(root, ("call_expression",)):
        name, given = called_name(call), positional(call)
        receiver, _, method = name.rpartition(".")
        if method != "Shutdown" or len(given) != 1 or _ASIDE.search(receiver):
            continue
        text = given[0].text()
        bound = assignments(root, text)
        said = " ".join([text, *(value.text() for value, _ in bound)])
        if _BOUNDED.search(said):
            yield line_of(call), name, True
        elif bound or _ENDLESS.fullmatch(text):
            yield line_of(call), name, False if _ENDLESS.fullmatch(text) or _plain(said) else None
        else:
            yield line_of(call), name, None


def _plain(said: str) -> bool:
    return bool(re.search(r"context\.Background\(\)", said)) and "With" not in said
