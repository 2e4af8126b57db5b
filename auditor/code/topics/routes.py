"""The nouns of input: a route that takes some, and whether a schema checks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is known of a route's input."""

    SCHEMA = "schema"
    RAW = "raw"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Route:
    """A route that takes input; `by` names the schema, or says why there is none that counts."""

    line: int
    what: str
    check: Check
    by: str = ""


Text = Callable[[str], list[str]]
"""The code, comments left out, of the functions or classes of a name in the service."""

VERBS = ("get", "post", "put", "patch", "delete", "head", "options")

VALIDATES = re.compile(
    r"model_validate\w*\(|\bparse_obj\(|\bparse_raw\(|TypeAdapter\(|\bvalidate_(?:python|json)\("
    r"|\b\w*[sS]chema\w*(?:\([^()]{0,200}\))?\.(?:load|loads|validate|deserialize|parse)\(|\bis_valid\(|\bvalidated_data\b"
    r"|\bcleaned_data\b|\bvalidate_on_submit\(|\bfull_clean\(|\brun_validation\(|\bconstruct_event\(|\bparse_args\("
    r"|\bjsonschema\.validate\(|\bvalidate\(|\.validate\(|\bmsgspec\.(?:json\.decode|convert)\([^\n]{0,300}type\s*="
)
"""Calls that check data against a schema, in Python."""

_DATA = (
    r"\(\s*(?:await\s+)?(?:\{|[\w.$\[\]'\"]*\b(?:req|request|body|query|params?|data|input|payload|json|object|obj|values?"
    r"|dto|args|event|raw|content|form\w*|ctx|c)\b)"
)
SCRIPT_VALIDATES = re.compile(
    rf"\.safeParse(?:Async)?\(|(?<!JSON)\.parse(?:Async)?{_DATA}|\.validate(?:Async|Sync)?{_DATA}|\bvalidate\w*{_DATA}"
    rf"|\bvalidationResult\(|\bmatchedData\(|\bvalidateOrReject\(|\bcelebrate\(|\bajv\b|\bconstructEvent(?:Async)?\("
    rf"|\bassertIs\(|\bparse\(\s*\w*[sS]chema"
)
"""The same in a script."""


def short(text: str) -> str:
    """A text on one line, cut to what fits."""
    return " ".join(text.split())[:80]
