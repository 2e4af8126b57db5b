"""Settings that a file writes for one environment: keys, values and lines, whatever the format.

Reads `.env` and Java properties, YAML, JSON, TOML, Terraform variables, and assignments of Python modules.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.terraform import hcl_text
from auditor.formats.terraform.hcl_text import Expression, HclValue, Object
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.text_file import decode
from auditor.formats.text.yaml_shapes import text_of
from auditor.formats.text.yaml_text import Path, YamlValue, load_all

_LIMIT = 2_000_000
_DEEPEST = 40
_ENTRY = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.\-\[\]]*)\s*[=:]\s*(.*)")
_ASSIGNED = re.compile(r"([A-Z][A-Z0-9_]*)\s*(?::[^=\n]+)?=\s*([^=\n].*)")
_FALLS_BACK = re.compile(r".*(?:default\s*=\s*|,\s*)(True|False|[\"'][^\"']*[\"'])\s*,?\s*\)+")
_LONGEST = 1_000
_MOST = 200
_TOML_KEY = re.compile(r"[ \t]*\"?([\w-]+)\"?[ \t]*=")
_LINE_COMMENT = re.compile(r"(?m)^[ \t]*//[^\n]*$")
_ALL_OF = re.compile(r"[\[(]\s*([\"'])(.*?)\1\s*,?\s*[\])]")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value: its key with dots, its text ("" for none; the elements of a list joined by `,`), its line."""

    key: str
    value: str
    line: int | None


def read(data: bytes | str, *, path: str) -> dict[str, Setting]:
    """The settings by key; of a key that stands twice the last. Raises Malformed and TooLarge."""
    text = decode(data, name=path, limit=_LIMIT).text
    ending = path.rpartition("/")[2].lower().removesuffix(".example").rpartition(".")[2]
    reader = _READERS.get(ending, _plain)
    return {one.key: one for one in reader(text, path)}


def _plain(text: str, path: str) -> Iterator[Setting]:
    for at, line in enumerate(text.split("\n"), 1):
        found = None if line.lstrip().startswith(("#", "!")) else _ENTRY.fullmatch(line.rstrip())
        if found:
            yield Setting(found[1], _bare(found[2]).strip("\"'"), at)


def _bare(text: str) -> str:
    """Without the comment at its end, which a blank sets off."""
    return text.partition(" #")[0].partition("\t#")[0].strip()


def _python(text: str, path: str) -> Iterator[Setting]:
    """What is written at the top of a module; a call stands for what it falls back to."""
    lines = text.split("\n")
    for at, line in enumerate(lines, 1):
        top = len(line) <= _LONGEST and not line[:1].isspace()
        found = (
            _ASSIGNED.fullmatch(_bare(line) + _rest(line, lines[at : at + _MOST])) if top else None
        )
        if found is None:
            continue
        default, listed = _FALLS_BACK.fullmatch(found[2]), _ALL_OF.fullmatch(found[2])
        value = listed[2] if listed else default[1] if default else found[2]
        plain = value in ("True", "False") or value[:1] in "\"'" or listed is not None
        yield Setting(found[1], value.strip("\"'") if plain else "", at)


def _rest(line: str, below: list[str]) -> str:
    """The lines of a list that `line` opens, up to the bracket that closes it; "" where it is no list."""
    if _bare(line)[-1:] not in ("[", "("):
        return ""
    taken: list[str] = []
    for one in map(_bare, below):
        if one[:1] in ("]", ")"):
            whole = " ".join(" ".join([*taken, one]).split())
            return whole if len(whole) <= _LONGEST * 4 else ""
        if not one.startswith("#"):
            taken.append(one)
    return ""


def _yaml(text: str, path: str) -> Iterator[Setting]:
    for document in load_all(text, name=path):
        for key, value, place in _leaves(document.value, (), path):
            yield Setting(key, value, document.key_line(place) or document.line(place))


def _json(text: str, path: str) -> Iterator[Setting]:
    """JSON is YAML too, which tells the lines; settings of .NET have comments."""
    bare = _LINE_COMMENT.sub("", text).replace("\t", "  ")
    return _yaml(bare, path)


def _toml(text: str, path: str) -> Iterator[Setting]:
    try:
        body = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{path} is not valid TOML: {str(error)[:200]}.") from None
    lines: dict[str, int] = {}
    for at, line in enumerate(text.split("\n"), 1):
        found = _TOML_KEY.match(line)
        if found:
            lines.setdefault(found[1], at)
    for key, value, _ in _leaves(body, (), path):
        yield Setting(key, value, lines.get(key.rpartition(".")[2]))


def _variables(text: str, path: str) -> Iterator[Setting]:
    for one in hcl_text.read(text, path=path).attributes:
        yield Setting(one.name, _written(one.value), one.line)


def _written(value: HclValue) -> str:
    if isinstance(value, (Object, Expression)):
        return ""
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    return text_of(value) or ""


def _leaves(value: object, at: Path, path: str) -> Iterator[tuple[str, str, Path]]:
    """Key, text and place of everything that is no mapping of something."""
    if len(at) > _DEEPEST:
        raise TooLarge(f"{path} is nested more than {_DEEPEST} levels deep.")
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _leaves(below, (*at, str(key)), path)
    elif at:
        yield ".".join(map(str, at)), _text(value), at


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_text(one) for one in value if not isinstance(one, (list, dict)))
    scalar: YamlValue = value if isinstance(value, (str, int, float, bool)) else None
    return text_of(scalar) or ""


_READERS = {
    "yaml": _yaml,
    "yml": _yaml,
    "json": _json,
    "toml": _toml,
    "tfvars": _variables,
    "py": _python,
}
