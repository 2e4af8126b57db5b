"""Calls that write to the output past every logger: print, console.log, fmt.Println."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Default, conditions, in_production
from auditor.code.reach.flow import called_name, keyword, line_of
from auditor.code.scan import qualified

ASIDE = re.compile(
    r"(?:^|/)(?:management/commands|commands?|cli|bin|scripts?|tools?|migrations?|seeds?|seeders?|fixtures|hack|dev|cron_scripts)/"
    r"|(?:^|/)(?:manage|cli|__main__|setup|conftest|gunicorn[\w.]*|seed\w*|\w+_cli|knexfile|ormconfig|data-source)\.[a-z]+$"
)
"""Files of programs that a person runs, by their path."""

WANTED = re.compile(r"\bp?print\(|\bconsole\.\w|\bfmt\.Print|\bprintln\(")

_STRUCTURED = re.compile(r"json\.dumps\(|JSON\.stringify\(|\bdumps\(|to_json\(|json\.Marshal")


def prints(
    root: SgNode, names: dict[str, str], wanted: frozenset[str], default: Default
) -> Iterator[tuple[int, str]]:
    """Line and name of each; what writes JSON, to a file, or outside production is none."""
    for node in nodes(root, ("call", "call_expression")):
        name = called_name(node)
        if qualified(name, names) not in wanted and not (name in wanted and name == "print"):
            continue
        target = keyword(node, "file") if node.kind() == "call" else None
        if target is not None and not re.search(r"std(?:out|err)", target.text()):
            continue
        given = node.field("arguments")
        if given is not None and _STRUCTURED.search(given.text()):
            continue
        around = conditions(node)
        if any("__name__" in text or "require.main" in text for text, _ in around):
            continue
        if in_production(around, default) is not False:
            yield line_of(node), name
