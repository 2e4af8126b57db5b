"""Coverage gates that a project sets itself: on the command line, for Codecov, nyc, jest and vitest."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import mapping_of
from auditor.formats.text.yaml_text import load

_NUMBER = r"(\d{1,3}(?:\.\d{1,9})?)"
_OPTION = re.compile(rf"--cov-fail-under[= ]\s*[\"']?{_NUMBER}(?![\w.])")
# pylint and interrogate have an option of the same name, for a score of their own.
_OTHER = re.compile(
    rf"\b(?:coverage|tarpaulin|llvm-cov|gcovr)\b[^|;&]*?"
    rf" --fail-under(?:-lines?)?[= ]\s*[\"']?{_NUMBER}(?![\w.])"
)
_NYC = re.compile(rf"\b(?:nyc|c8)\b[^|;&]*? --(?:lines|statements)[= ]\s*{_NUMBER}(?![\w.])")
_COMMENT = re.compile(r"^\s*(?:#|//|<!--).*$|\s#\s.*$")
_THRESHOLDS = re.compile(r"\b(?:coverageThreshold|thresholds)\b[\"']?\s*[:=]\s*\{")
_LINES = re.compile(rf"\b(?:lines|statements)\b[\"']?\s*:\s*{_NUMBER}(?![\w.])")
_BLOCK = 4_000
_LONGEST_LINE = 1_000
_MOST_BLOCKS = 100
# A comment that never closes goes on to the end, or each of many would be searched to it.
_SCRIPT_COMMENT = re.compile(r"(?<![:\"'])//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_PERCENT = re.compile(rf"\s*{_NUMBER}\s*%?\s*")


@dataclass(frozen=True, slots=True)
class Gate:
    """The least line coverage that something asks for, in percent, and the line that says so."""

    percent: float
    line: int | None = None


def commands(text: str) -> list[Gate]:
    """The gates on command lines anywhere in a text (workflow, Makefile, tox.ini), comments apart."""
    found: list[Gate] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if "--" not in line:
            continue
        said = _COMMENT.sub("", line[:_LONGEST_LINE])
        for pattern in (_OPTION, _OTHER, _NYC):
            found += (Gate(float(m[1]), number) for m in pattern.finditer(said))
    return [gate for gate in found if gate.percent <= 100]


def codecov(data: bytes) -> list[Gate]:
    """The targets of the project statuses in a codecov.yml; `auto` and informational ones are none.

    Raises Malformed and TooLarge.
    """
    document = load(data, name="The Codecov file")
    found: list[Gate] = []
    path: tuple[str, ...] = ("coverage", "status", "project")
    value = document.value
    for key in path:
        value = mapping_of(value).get(key)
    for name, status in mapping_of(value).items():
        settings = mapping_of(status)
        if settings.get("informational") is True:
            continue
        percent = number(settings.get("target"))
        if percent is not None:
            found.append(Gate(percent, document.line((*path, name, "target"))))
    return found


def script(text: str) -> list[Gate]:
    """The thresholds for lines and statements in a config of jest or vitest, read as text."""
    plain = without_comments(text)
    found: list[Gate] = []
    for opened in islice(_THRESHOLDS.finditer(plain), _MOST_BLOCKS):
        block = _block(plain, opened.end() - 1)
        for line in _LINES.finditer(block):
            at = opened.end() - 1 + line.start()
            found.append(Gate(float(line[1]), plain.count("\n", 0, at) + 1))
    return [gate for gate in found if gate.percent <= 100]


def package_json(data: bytes) -> list[Gate]:
    """The gates in a package.json: of jest, of nyc or c8, and in its scripts. Raises Malformed."""
    document = _json(data, "The package.json")
    jest = _object(_object(document.get("jest")).get("coverageThreshold"))
    found = [gate for scope in jest.values() for gate in _of_lines(_object(scope))]
    for tool in ("nyc", "c8"):
        found += _checked(_object(document.get(tool)))
    for line in _object(document.get("scripts")).values():
        found += [Gate(g.percent) for g in commands(line)] if isinstance(line, str) else []
    return found


def nycrc(data: bytes) -> list[Gate]:
    """The gates in a .nycrc of JSON, where it says that they are checked. Raises Malformed."""
    return _checked(_json(data, "The nyc configuration"))


def without_comments(text: str) -> str:
    """A script of the C family without its comments; lines keep their numbers."""
    return _SCRIPT_COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text)


def number(value: object) -> float | None:
    """`80`, `80.5`, `"80%"` as percent, 0 to 100; None for anything else."""
    if isinstance(value, str):
        match = _PERCENT.fullmatch(value)
        value = float(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= 100 else None


def _block(text: str, start: int) -> str:
    depth = 0
    for at in range(start, min(len(text), start + _BLOCK)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return text[start:at]
    return ""


def _checked(settings: dict[str, object]) -> list[Gate]:
    return list(_of_lines(settings)) if settings.get("check-coverage") is True else []


def _of_lines(settings: dict[str, object]) -> Iterator[Gate]:
    for key in ("lines", "statements"):
        percent = number(settings.get(key))
        if percent is not None:
            yield Gate(percent)


def _json(data: bytes, name: str) -> dict[str, object]:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Malformed(f"{name} is not JSON.") from None
    return _object(value)


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
