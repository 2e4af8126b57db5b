"""Effective lines of code: what is left when all that does nothing is taken away.

Blank lines, comments, docstrings, imports, `pass`, lone braces, and definitions with an empty body
count for nothing, so that a repository of stubs comes out at about 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ast_grep_py import SgNode

from auditor.code.languages import GRAMMARS
from auditor.code.parsing import nodes, span

_TRIVIAL = re.compile(
    r"""
    \W*
    | \W* (?: (?:else|try|finally|export|async|do|then|fi|done|esac|end|begin|default|public|private|protected) \W* )+
    | \s* __\w+__ \s* = .*
    | \s* (?:require|require_relative|source|set) \s+ [-'"\w./]+ ;?
    | \s* (?:const|let|var) \s .* = \s* require\( [^()]* \) ;?
    | \s* export \s+ (?: \* | \{ [^{}]* \} ) .* \bfrom\b .*
    | \s* (?:exit|return) \s+ 0 ;?
    """,
    re.VERBOSE,
)
_STUB = re.compile(
    r"""
      return (?: \s (?:None|null|nil|undefined|true|false|0|""|''|\[\]|\{\}) )?
    | raise \s NotImplementedError \b .*
    | throw \s new \s \w* (?: NotImplemented|UnsupportedOperation ) \w* .*
    | throw \s (?:new\s)? Error \( \s? ['"`] \s? not \s implemented .*
    | (?: todo|unimplemented ) ! \( .*
    | TODO \( .*
    | panic \( \s? "[^"]* not \s implemented .*
    | true
    """,
    re.VERBOSE | re.IGNORECASE,
)
_INK = re.compile(r"[^\n]")
_LONG = re.compile(r"(?:\s*+\S){400}")  # longer than any stub: not worth a copy
_DECORATION = " {};:=>"
_NESTING = 5
_BODY_KINDS = frozenset({
    "block", "statement_block", "compound_statement", "function_body", "class_body", "declaration_list",
    "body_statement", "template_body", "field_declaration_list", "enum_body", "interface_body",
})  # fmt: skip
_STATEMENT_STRINGS = frozenset({"python", "javascript", "typescript", "tsx"})

_Span = tuple[int, int]


def effective_lines(root: SgNode, grammar: str, text: str) -> int:
    """How many lines of `text` do something; what the grammar could not read does nothing."""
    known = GRAMMARS[grammar]
    idle = nodes(root, (*known.comments, *known.ignored, "ERROR"))
    if grammar in _STATEMENT_STRINGS:
        idle += [n for n in nodes(root, ["expression_statement"]) if _says_nothing(n)]
    masked = _mask(text, map(span, idle))
    masked = _without_stubs(masked, [(span(n), _body(n)) for n in nodes(root, known.bodies)])
    return sum(1 for line in masked.split("\n") if not _TRIVIAL.fullmatch(line))


def _without_stubs(masked: str, definitions: list[tuple[_Span, _Span | None]]) -> str:
    """Mask the definitions that do nothing; a class does nothing once its methods do nothing."""
    left = [(whole, body) for whole, body in definitions if body is not None]
    for _ in range(_NESTING):
        empty = {whole for whole, body in left if _is_stub(masked, *body)}
        if not empty:
            break
        masked = _mask(masked, empty)
        left = [(whole, body) for whole, body in left if whole not in empty]
    return masked


def _is_stub(masked: str, start: int, end: int) -> bool:
    if _LONG.match(masked, start, end):
        return False
    said = " ".join(masked[start:end].split()).strip(_DECORATION)
    return not said or _STUB.fullmatch(said) is not None


def _says_nothing(statement: SgNode) -> bool:
    """A docstring, a directive or `...` standing alone."""
    inner = statement.child(0)
    return inner is not None and inner.kind() in ("string", "concatenated_string", "ellipsis")


def _body(definition: SgNode) -> _Span | None:
    """Where the body of a definition lies; an empty place where the grammar leaves it out."""
    inner = definition.field("definition") or definition
    if inner.kind() == "lexical_declaration":
        return _arrow_body(inner)
    body = inner.field("body")
    if body is None:
        body = next((c for c in inner.children() if c.kind() in _BODY_KINDS), None)
    if body is not None:
        return span(body)
    end = span(inner)[1]
    return (end, end) if inner.kind() in ("method", "singleton_method", "class", "module") else None


def _arrow_body(declaration: SgNode) -> _Span | None:
    """The body of `const f = () => {}`."""
    for declarator in declaration.children():
        value = declarator.field("value")
        if value is not None and value.kind() == "arrow_function":
            body = value.field("body")
            return span(body) if body is not None else None
    return None


def _mask(text: str, spans: Iterable[_Span]) -> str:
    """`text` with blanks in place of the spans; the ends of lines stay where they are."""
    out: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        begin = max(start, at)
        out += (text[at:begin], _INK.sub(" ", text[begin:end]))
        at = end
    return "".join(out) + text[at:]
