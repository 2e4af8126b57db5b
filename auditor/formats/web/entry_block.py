"""Adds an entry to a YAML list that people keep, or renews one: every other byte stays as it was."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import text_of
from auditor.formats.text.yaml_text import YamlValue, load

_SPECIAL = set("!&*?|>@`\"'%#{}[],:-")


def append(data: bytes, entry: Mapping[str, str], *, key: str, name: str) -> bytes:
    """`data` with `entry` as the last of its list, which is the whole document or lies under `key`.

    An empty document, or one of comments, gets the list. Raises Malformed where the list is not
    written in block style (`- item: …`), so that it cannot be added to line by line.
    """
    lines, ending = _lines_of(data, name)
    places, nested = _places(data, key=key, name=name)
    indent = _dash_indent(lines, places[-1], name) if places else "  " * nested
    while lines and not lines[-1].strip():
        lines.pop()
    gap = [""] if lines else []
    new = ending.join([*lines, *gap, *_block(entry, indent), ""]).encode()
    return _checked(new, [*_entries(data, key), dict(entry)], key, name)


def replace(data: bytes, entry: Mapping[str, str], *, item: str, key: str, name: str) -> bytes:
    """`data` with the first entry of `item` replaced by `entry`. Raises Malformed like `append`."""
    lines, ending = _lines_of(data, name)
    places, _ = _places(data, key=key, name=name)
    entries = _entries(data, key)
    mine = [_item(e) for e in entries].index(item)
    start = places[mine] - 1
    indent = _dash_indent(lines, start + 1, name)
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(indent + " ")):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    lines[start:end] = _block(entry, indent)
    entries[mine] = dict(entry)
    return _checked(ending.join(lines).encode(), entries, key, name)


def find(data: bytes, item: str, *, key: str, name: str) -> list[int]:
    """The lines of the entries for `item`. Raises Malformed."""
    places, _ = _places(data, key=key, name=name)
    mine = [_item(e) == item for e in _entries(data, key)]
    return [line for line, is_mine in zip(places, mine, strict=True) if is_mine]


def _places(data: bytes, *, key: str, name: str) -> tuple[list[int], bool]:
    """The line of each entry, and whether the list lies under `key`."""
    document = load(data, name=name)
    value = document.value
    root: tuple[str | int, ...] = ()
    if isinstance(value, dict) and set(value) == {key}:
        value, root = value[key], (key,)
    if value is None or value == {}:
        return [], bool(root)
    if not isinstance(value, list):
        raise _not_a_list(name)
    return [document.key_line((*root, i)) or 1 for i in range(len(value))], bool(root)


def _entries(data: bytes, key: str) -> list[YamlValue]:
    value = load(data).value
    entries = value.get(key) if isinstance(value, dict) else value
    return entries if isinstance(entries, list) else []


def _item(entry: YamlValue) -> str | None:
    return text_of(entry.get("item")) if isinstance(entry, dict) else None


def _checked(new: bytes, wanted: list[YamlValue], key: str, name: str) -> bytes:
    """`new`, after it was read back: whatever the layout was, the list must be what was meant."""
    try:
        written = _entries(new, key)
    except Malformed:
        raise _not_a_list(name) from None
    if written != wanted:
        raise _not_a_list(name)
    return new


def _dash_indent(lines: list[str], line: int, name: str) -> str:
    """What stands before the dash of the entry on `line`."""
    written = lines[line - 1]
    if not written.lstrip(" ").startswith("- "):
        raise _not_a_list(name, line)
    return written[: len(written) - len(written.lstrip(" "))]


def _not_a_list(name: str, line: int | None = None) -> Malformed:
    message = (
        f"{name} is not a list with an entry per dash (`- item: …`), so nothing can be added to it"
        " without changing the rest. Write it so, or add the entry by hand."
    )
    return Malformed(message, line=line)


def _lines_of(data: bytes, name: str) -> tuple[list[str], str]:
    """The lines without their ends, and the line end that the file uses."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"{name} is not written in UTF-8; save it so first.") from None
    ending = "\r\n" if "\r\n" in text else "\n"
    return text.split(ending), ending


def _block(entry: Mapping[str, str], indent: str) -> list[str]:
    lines = [f"{key}: {_scalar(value)}" for key, value in entry.items()]
    return [f"{indent}{'- ' if i == 0 else '  '}{line}" for i, line in enumerate(lines)]


def _scalar(text: str) -> str:
    """A YAML scalar of one line that reads back as `text`: plain where that is safe, else quoted."""
    plain = (
        text == text.strip()
        and text
        and text[0] not in _SPECIAL
        and ": " not in text
        and " #" not in text
        and not text.endswith(":")
        and text.isprintable()
        and load(f"- {text}").value == [text]
    )
    if plain:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escape(c) for c in escaped) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
