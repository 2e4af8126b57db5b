"""Where the id of a request is put on log lines: by both halves of a library, or by own code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.lexical.names import mentions
from auditor.code.logs.log_ids import WANTED, names_an_id, own_ids
from auditor.code.patterns import Rule
from auditor.code.reach.flow import called_name, scope_of
from auditor.probing.code.code_trees import Trees
from auditor.probing.code.log_seen import Seen, log_rules

_REQUEST_LOGGERS = ("pino", "fastify", "hono")
_WANTED = re.compile(WANTED.pattern + r"|\b(?:req|request|ctx|reply|res)\.log\.")


@dataclass(frozen=True, slots=True)
class Ids:
    """Looks for ids; `structured` are the set-ups that write JSON."""

    trees: Trees
    structured: list[Seen]

    def run(self) -> list[Seen]:
        """Every place that puts an id on log lines."""
        found: list[Seen] = []
        for family in ("python", "javascript", "go"):
            for rule in log_rules("correlation", family):
                found += self._bound(rule, family)
        request_loggers = [s for s in self.structured if any(n in s.what for n in _REQUEST_LOGGERS)]
        for tree in self.trees.of(_WANTED):
            for line, what, name in own_ids(tree.root, tree.text, tree.family):
                if name == "\0request.log":
                    if request_loggers:
                        found.append(Seen(tree.path, line, what))
                elif self.trees.is_called(name):
                    found.append(Seen(tree.path, line, what))

        return found

    def _bound(self, rule: Rule, family: str) -> list[Seen]:
        sources = list(self._mentioned(rule.references, family, rule))
        binds = rule.texts("binds")
        if not sources or (binds and next(self._mentioned(binds, family, None), None) is None):
            return []
        return sources[:5]

    def _mentioned(self, wanted: tuple[str, ...], family: str, rule: Rule | None) -> Iterator[Seen]:
        names = frozenset(wanted)
        last = re.compile(
            "|".join(sorted({rf"\b{re.escape(re.split(r'[./]', n)[-1])}\b" for n in wanted}))
        )
        for tree in self.trees.of(last, family):
            scan = self.trees.code.scans.get(tree.path)
            if scan is not None and rule is None and names & set(scan.references):
                yield Seen(tree.path, 1, "named in a text")
            if scan is not None and rule is not None and not rule.settings.get("keyword"):
                for name in sorted(names & set(scan.references)):
                    yield Seen(tree.path, _line(tree.text, name), name)
            for full, node in mentions(tree.root, self.trees.names(tree.path), names):
                above = node.parent()
                if rule is not None and rule.settings.get("keyword"):
                    call = above if above is not None and above.kind() == "call" else None
                    if call is None or called_name(call) != node.text() or not names_an_id(call):
                        continue
                if self.trees.is_called(scope_of(node)):
                    yield Seen(tree.path, node.range().start.line + 1, full)


def _line(text: str, name: str) -> int:
    return text.count("\n", 0, max(0, text.find(name))) + 1
