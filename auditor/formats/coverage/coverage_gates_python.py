"""Coverage gates in the settings of coverage.py and pytest, only in the file that the tool reads."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Mapping

from auditor.formats.coverage.coverage_gates import Gate, commands, number
from auditor.formats.text.errors import Malformed, TooLarge

COVERAGE_FILES = (".coveragerc", "setup.cfg", "tox.ini", "pyproject.toml")
"""In the order in which coverage.py looks; the first with a section of its own is read."""
PYTEST_FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""In the order in which pytest looks."""

_DEEPEST_KEY = 200
_LARGEST = 4 * 1024 * 1024

_Table = dict[str, object]


def python_gates(files: Mapping[str, bytes]) -> list[tuple[str, Gate]]:
    """The gates in the settings of one folder, each with its file; `files` by name.

    Raises Malformed for a file that the tools could not read either, and TooLarge.
    """
    read = {name: _sections(name, files[name]) for name in files}
    found: list[tuple[str, Gate]] = []
    for name in COVERAGE_FILES:
        report = _coverage(name, read.get(name))
        if report is not None:
            percent = number(report.get("fail_under"))
            if percent is not None:
                found.append((name, Gate(percent, _line(files[name], "fail_under"))))
            break
    for name in PYTEST_FILES:
        options = _pytest(name, read.get(name))
        if options is not None:
            line = _line(files[name], "cov-fail-under")
            found += [(name, Gate(gate.percent, line)) for gate in commands(options)]
            break
    return found


def _coverage(name: str, sections: _Table | None) -> _Table | None:
    """The report settings of coverage.py; None where the file holds none of its sections."""
    if sections is None:
        return None
    if name == "pyproject.toml":
        tool = _table(_table(sections.get("tool")).get("coverage"))
        return _table(tool.get("report")) if tool else None
    if name == ".coveragerc":
        own = {key.removeprefix("coverage:"): value for key, value in sections.items()}
        return _table(own.get("report"))
    if not any(key.startswith("coverage:") for key in sections):
        return None
    return _table(sections.get("coverage:report"))


def _pytest(name: str, sections: _Table | None) -> str | None:
    """The options that pytest adds; None where the file holds no section of its."""
    if sections is None:
        return None
    if name == "pyproject.toml":
        tool = _table(_table(sections.get("tool")).get("pytest"))
        own = tool.get("ini_options")
    else:
        own = sections.get("tool:pytest" if name == "setup.cfg" else "pytest")
        own = {} if own is None and name in PYTEST_FILES[:2] else own
    if not isinstance(own, dict):
        return None
    options = own.get("addopts", "")
    return " ".join(map(str, options)) if isinstance(options, list) else str(options)


def _sections(name: str, data: bytes) -> _Table:
    if len(data) > _LARGEST:
        raise TooLarge(f"{name} is larger than the limit of {_LARGEST:,} bytes.")
    text = data.decode("utf-8-sig", "replace")
    return _toml(name, text) if name.endswith(".toml") else _ini(name, text)


def _toml(name: str, text: str) -> _Table:
    if any(line.count(".") > _DEEPEST_KEY for line in text.splitlines()):
        # A key of ten thousand parts takes tomllib seconds.
        raise TooLarge(f"{name} nests too deeply.")
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise Malformed(f"{name} is not valid TOML: {error}.") from None
    except RecursionError:
        raise TooLarge(f"{name} nests too deeply.") from None


def _ini(name: str, text: str) -> _Table:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        raise Malformed(f"{name} is no settings file.", line=line) from None
    sections: _Table = {
        section: {key: " ".join((value or "").split()) for key, value in parser.items(section)}
        for section in parser.sections()
    }
    return sections


def _table(value: object) -> _Table:
    return value if isinstance(value, dict) else {}


def _line(data: bytes, word: str) -> int | None:
    found = re.search(rf"^[^#;\n]*{re.escape(word)}".encode(), data, re.MULTILINE)
    return data.count(b"\n", 0, found.end()) + 1 if found else None
