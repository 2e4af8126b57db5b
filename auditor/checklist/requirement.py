"""Requirement trees from YAML, each constraint checked against the facts that probes promise."""

from __future__ import annotations

import re
from collections.abc import Mapping

from auditor.evaluate.matchers import COMPARISONS, OPERATORS, split_comparison
from auditor.formats.text.config_text import Node, nearest
from auditor.model.item import All, Any, Constraint, Matcher, Not, Requirement, Threshold
from auditor.model.probe import FactSpec, FactType

_THRESHOLD = re.compile(r"\$([a-z][a-z0-9_]*)")


class Reader:
    """Reads trees over a vocabulary of facts and a table of thresholds."""

    def __init__(self, facts: Mapping[str, FactSpec], thresholds: Mapping[str, Threshold]) -> None:
        self._facts = facts
        self._thresholds = thresholds

    def tree(self, node: Node) -> Requirement:
        """A mapping of constraints (all must hold), or `all`, `any`, `not`."""
        entries = node.mapping()
        if not entries:
            raise node.mistake(
                f"{node.name} names no fact: an empty requirement would always hold."
            )
        parts = tuple(self._entry(key, entry) for key, entry in entries.items())
        return parts[0] if len(parts) == 1 else All(parts)

    def _entry(self, key: str, node: Node) -> Requirement:
        if key in ("all", "any"):
            parts = tuple(self.tree(n) for n in node.sequence())
            if not parts:
                raise node.mistake(
                    f"{node.name} is empty: it would always be decided the same way."
                )
            return All(parts) if key == "all" else Any(parts)
        if key == "not":
            return Not(self.tree(node))
        return self._constraint(key, node)

    def _constraint(self, written: str, node: Node) -> Constraint:
        key, _, subject = written.partition("@")
        spec = self._facts.get(key)
        if spec is None:
            raise node.key_mistake(
                f"No probe promises the fact {key!r}.{nearest(key, self._facts)}"
            )
        if spec.subjects and "*" not in spec.subjects and subject not in spec.subjects:
            known = ", ".join(spec.subjects)
            raise node.key_mistake(
                f"{key} is about one of {known}; write {key}@{spec.subjects[0]}.{nearest(subject, spec.subjects)}"
            )
        if (subject and not spec.subjects) or (spec.subjects and not subject):
            raise node.key_mistake(f"{written!r} does not fit the fact {key}, {_subjects(spec)}.")
        return Constraint(key, subject, self._matcher(spec, node))

    def _matcher(self, spec: FactSpec, node: Node) -> Matcher:
        value = node.value
        if isinstance(value, dict):
            entries = node.mapping(n for n in OPERATORS if n not in COMPARISONS)
            if len(entries) != 1:
                raise node.mistake(
                    f"{node.name} should hold exactly one test, such as {{empty: true}}."
                )
            operator, operand = next(iter(entries.items()))
            return self._typed(
                spec,
                node,
                operator,
                self._operand(operator, operand),
                f"{operator}: {operand.value}",
            )
        if isinstance(value, str) and value.lstrip().startswith((">", "<", "==", "!=")):
            text = self._resolved(value, node)
            try:
                sign, number = split_comparison(text)
            except ValueError as error:
                raise node.mistake(f"{error}.") from None
            return self._typed(spec, node, sign, number, text)
        if isinstance(value, bool | str):
            return self._typed(spec, node, "equals", value, str(value))
        if isinstance(value, int | float):
            return self._typed(spec, node, "equals", node.number(), f"{value}")
        raise node.mistake(
            f"{node.name} should be a test such as '>= 90', true or {{empty: true}}."
        )

    def _operand(self, operator: str, node: Node) -> bool | str | tuple[str, ...]:
        if operator == "empty":
            return node.boolean()
        if operator == "one_of":
            return node.texts()
        if operator == "count":
            text = self._resolved(node.text(), node)
            try:
                split_comparison(text)
            except ValueError as error:
                raise node.mistake(f"{error}.") from None
            return text
        if operator == "matches":
            try:
                re.compile(node.text())
            except re.error as error:
                raise node.mistake(f"{node.name} is not a regular expression: {error}.") from None
        return node.text()

    def _typed(
        self,
        spec: FactSpec,
        node: Node,
        operator: str,
        operand: bool | float | str | tuple[str, ...],
        text: str,
    ) -> Matcher:
        allowed = OPERATORS[operator].types
        fits = spec.type in allowed
        if operator == "equals":
            fits = {FactType.BOOLEAN: bool, FactType.TEXT: str, FactType.NUMBER: float}.get(
                spec.type
            ) is type(operand)
        if not fits:
            raise node.mistake(
                f"{spec.key} is a {spec.type.value}, which cannot be tested with {text!r}."
            )
        return Matcher(operator, operand, text)

    def _resolved(self, text: str, node: Node) -> str:
        """`>= $line_coverage` with the number in the place of the name."""

        def number(match: re.Match[str]) -> str:
            threshold = self._thresholds.get(match[1])
            if threshold is None:
                raise node.mistake(
                    f"No threshold is called {match[1]!r}.{nearest(match[1], self._thresholds)}"
                )
            return repr(threshold.value).removesuffix(".0")

        return _THRESHOLD.sub(number, text)


def _subjects(spec: FactSpec) -> str:
    return f"which needs a subject ({spec.key}@name)" if spec.subjects else "which has no subject"
