"""Tells prose from code in comments, and prose that announces an example from prose that does not."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HINT = re.compile(
    r"""
    \b (?: e\.?g\b | i\.?e\b | ex: | examples? | instance | such\ as | usage | use\ it | like | equivalent
    | equals | same\ as | means | becomes? | returns | produces? | results? | outputs? | generates?
    | see | format | syntax | pseudo\w* | translates? | expands? | corresponds | snippet | schema | shape
    | calculat\w* | formula | equations? | rfc | template | copied\ from | adapted\ from | based\ on
    | where | calling | invoke[ds]? | run | executes? | sql
    | ejemplos? | equivale | devuelve | formato | uso ) \b
    | [→⇒] | => \s* $ | -> \s* $ | https?://
    """,
    re.VERBOSE | re.IGNORECASE,
)
_RETIRED = re.compile(
    r"""
    \b (?: old | disabled? | previous(?:ly)? | removed? | deprecated | legacy | temporar\w+ | uncomment
    | for\ now | not\ used | unused | todo | fixme | hack | xxx | until | broken | doesn't\ work | no\ longer
    | antes | desactivad\w | quitar ) \b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"\b(?:use|or|be|with|to|like|is|as|by|do|and|than|of|the|call|set|add|o|usar|con)$",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"\s*(?:(?:\w+\.){0,3}config\.\w[\w.]*(?:\[[^]]*\])?\s*(?:\+?=|\()|ActiveSupport\.on_load\b)"
)
_PLACEHOLDERS = re.compile(
    r"""
    \b (?: my_?(?:app|model|module|project|package|class|func|service)\w* | your_?\w+ | foo | bar | baz
    | some_?(?:thing|value|func\w*) | hello_?world\w* ) \b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MARK = re.compile(r"^@(?=(?:TODO|FIXME|XXX|NOTE|HACK)\b)", re.IGNORECASE)
_KEYWORD = re.compile(
    r"(?:import|from|return|def|class|if|elif|else|for|while|with|try|except|raise|async|await|del|assert|var"
    r"|let|const|function|export|func|go|defer|type|public|private|protected|static|fn|use|val|fun|end|case"
    r"|break|continue|switch|throw|new)\b"
)
_PUNCTUATED = re.compile(r"[(){}=;:\[\]]|^(?:import|from) ")
_STARTS_CODE = re.compile(
    r"""
      [\w$@.:>\[\]'"-]+ \( \S
    | [\w$.\[\]'"]+ \s* (?: :?= | [-+*/|&]= ) \s
    | [)}\]<@.]
    | [\w"']+ : \s \S+ ,$
    """,
    re.VERBOSE,
)
_NESTED = re.compile(r"(?://|#)\s")
_LEAD_IN = re.compile(r"[\w ,.'’/()-]*[a-z)]\s?:|[A-Z]\w+")
_WORD = re.compile(r"[\"'`(\[]?[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*[\"'`)\],.:;!?]*")
_TWO_WORDS = re.compile(r"[A-Za-zÀ-ÿ]+ [A-Za-zÀ-ÿ]+[.!?]?")


def is_sentence(line: str) -> bool:
    """Whether a line reads as words, not as code.

    A line that is a comment once more belongs to commented-out code, so it is no sentence.
    """
    said = _MARK.sub("", line.strip())
    keyword = _KEYWORD.match(said)
    if not said or _NESTED.match(said) or _STARTS_CODE.match(said):
        return False
    if keyword and _PUNCTUATED.search(said):
        return False
    if not keyword and _LEAD_IN.fullmatch(said):
        return True
    words = said.split()
    plain = sum(1 for word in words if _WORD.fullmatch(word))
    if len(words) == 2:
        return not keyword and _TWO_WORDS.fullmatch(said) is not None
    return plain >= 3 and plain * 5 >= len(words) * 3


def announces_example(prose: Sequence[str], code: str) -> bool:
    """Whether the sentences before say that `code` is an example, a formula or an option to set."""
    if not prose:
        return False
    last = prose[-1].rstrip()
    if last.endswith(".") and _OPTION.match(code):
        return True
    if any(_RETIRED.search(line) for line in prose):
        return False
    if last.endswith((":", "...", "…")) or _UNFINISHED.search(last):
        return True
    return any(_HINT.search(line) for line in prose)


def is_example(lines: Sequence[str]) -> bool:
    """Whether code speaks of made-up names, or opens with the words of an example."""
    return bool(_HINT.match(lines[0])) or any(_PLACEHOLDERS.search(line) for line in lines)
