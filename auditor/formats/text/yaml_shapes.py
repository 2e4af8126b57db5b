"""Reading loosely shaped YAML: what is text, a list or a mapping, and what to say if it is not."""

from __future__ import annotations

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue


def text_of(value: YamlValue) -> str | None:
    """A scalar as the text that it stands for (true as "true"); None for null, lists, mappings."""
    if value is None or isinstance(value, (list, dict)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def texts_of(value: YamlValue) -> tuple[str, ...]:
    """The scalars of a list, or the one scalar that stands in place of a list."""
    elements = value if isinstance(value, list) else [value]
    return tuple(text for text in map(text_of, elements) if text is not None)


def mapping_of(value: YamlValue) -> dict[str, YamlValue]:
    """The mapping, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def list_of(value: YamlValue) -> list[YamlValue]:
    """The list, or an empty one where something else stands."""
    return value if isinstance(value, list) else []


def need_mapping(
    document: YamlDocument, path: Path, value: YamlValue, what: str
) -> dict[str, YamlValue]:
    """The mapping at `path`. Raises Malformed, naming `what`, where something else stands."""
    if isinstance(value, dict):
        return value
    raise Malformed(
        f"{what} must be a mapping, and is {kind_of(value)}.", line=document.key_line(path)
    )


def need_list(document: YamlDocument, path: Path, value: YamlValue, what: str) -> list[YamlValue]:
    """The list at `path`. Raises Malformed, naming `what`, where something else stands."""
    if isinstance(value, list):
        return value
    raise Malformed(
        f"{what} must be a list, and is {kind_of(value)}.", line=document.key_line(path)
    )


def kind_of(value: YamlValue) -> str:
    """The kind of `value` in words."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "a boolean"
    return "a text" if isinstance(value, str) else "a number"
