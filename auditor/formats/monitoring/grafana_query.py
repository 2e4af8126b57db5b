"""PromQL as dashboards write it: Grafana's variables are put in, then the expression is parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from auditor.formats.monitoring.grafana_model import Variable
from auditor.formats.monitoring.promql import Expression, parse
from auditor.formats.text.errors import FormatError, Malformed

_LONGEST = 50_000
_STAND_IN = "grafana_variable"
_VARIABLE = re.compile(r"\$\{(\w+)[^{}]{0,200}\}|\[\[(\w+)[^\[\]]{0,200}\]\]|\$(\w+)")
_STRINGS = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|`[^`]*+`""", re.DOTALL)
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks: the metrics that it names in full, and whether it asks for any other.

    `error` says why it is no PromQL, "" where it is; `open` that a variable may be why it is not read.
    """

    metrics: frozenset[str] = frozenset()
    any_metric: bool = False
    error: str = ""
    open: bool = False

    @property
    def selects(self) -> bool:
        """Whether it asks for any series at all, as far as is known."""
        return bool(self.metrics) or self.any_metric or self.open


def asked(expr: str, variables: Iterable[Variable] = ()) -> Asked:
    """What an expression asks for. Never fails: what is wrong stands in the result."""
    if len(expr) > _LONGEST:
        return Asked(open=True)
    known = {v.name: v.query for v in variables if v.type == "constant" and v.query}
    first: FormatError | None = None
    varied = _VARIABLE.search(expr) is not None
    for outside in (_by_context, _as_name, _as_number):
        try:
            return _told(parse(_put_in(expr, known, outside)))
        except FormatError as error:
            first = first or error
            if not varied:
                break
    if varied or not isinstance(first, Malformed):
        return Asked(open=True)
    return Asked(error=first.message)


def _told(found: Expression) -> Asked:
    whole = {name for name in found.metrics if _STAND_IN not in name and _METRIC.fullmatch(name)}
    return Asked(frozenset(whole), found.any_metric or len(whole) < len(found.metrics))


_Chooser = Callable[[str, str], str]


def _put_in(expr: str, known: dict[str, str], outside: _Chooser) -> str:
    """The expression with each variable replaced by what may stand where it does."""
    parts: list[str] = []
    at = 0
    for string in _STRINGS.finditer(expr):
        parts.append(_between(expr[at : string.start()], "".join(parts), known, outside))
        parts.append(_VARIABLE.sub(lambda m: known.get(_name(m), "x"), string.group()))
        at = string.end()
    parts.append(_between(expr[at:], "".join(parts), known, outside))
    return "".join(parts)


def _name(found: re.Match[str]) -> str:
    return found[1] or found[2] or found[3]


def _between(text: str, before: str, known: dict[str, str], outside: _Chooser) -> str:
    done = before
    at = 0
    for found in _VARIABLE.finditer(text):
        done += text[at : found.start()]
        after = text[found.end() : found.end() + 40]
        value = known.get(_name(found))
        done += value if value is not None else _in_brackets(done, after) or outside(done, after)
        at = found.end()
    return (done + text[at:])[len(before) :]


def _in_brackets(before: str, after: str) -> str:
    """A duration, where one must stand: in `[…]`, or behind `offset`; "" elsewhere."""
    inside = before.rfind("[") > before.rfind("]")
    if inside or re.search(r"\boffset\s+-?$", before):
        if re.search(r"\d$", before):
            return "m"
        return "5" if re.match(r"[smhdwy]", after) else "5m"
    return ""


def _by_context(before: str, after: str) -> str:
    if re.match(r"\s*(?:\(|by\b|without\b)", after):
        return "sum"
    if re.match(r"[\w:{\[]", after) or re.search(r"[\w:]$", before):
        return _STAND_IN
    if re.search(
        r"(?:[-+*/%^]|[<>=]=?|(?:quantile|topk|bottomk|histogram_quantile)\s*\()\s*$", before
    ):
        return "1"
    return _STAND_IN


def _as_name(before: str, after: str) -> str:
    return "rate" if re.match(r"\s*\(", after) else _STAND_IN


def _as_number(before: str, after: str) -> str:
    return "1"
