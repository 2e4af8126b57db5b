"""From YAML events to plain values and their positions, counting against the limits on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import yaml

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.yaml_scalars import Scalar, plain_scalar

YamlValue: TypeAlias = "Scalar | list[YamlValue] | dict[str, YamlValue]"

_STANDARD = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", f"{_STANDARD}str", f"{_STANDARD}binary"})


@dataclass(frozen=True, slots=True)
class YamlLimits:
    """The most that one text may hold; the counts run over all its documents.

    `size` is in bytes (characters of a str); `expanded` counts nodes with every alias written out.
    """

    size: int = 10_000_000
    depth: int = 100
    nodes: int = 1_000_000
    anchors: int = 10_000
    aliases: int = 10_000
    expanded: int = 1_000_000


class Mark(NamedTuple):
    """Where one node starts (from 1), how it is written, and the marks of what it holds."""

    line: int
    column: int
    tag: str | None
    style: str | None
    below: dict[str, Entry] | list[Mark] | None


class Entry(NamedTuple):
    """Where the key of a mapping stands, and the mark of its value."""

    line: int
    column: int
    node: Mark


class _Built(NamedTuple):
    """A finished node; `size` counts it with everything below it, aliases written out.

    `text` is a scalar as written: keys are always text, as in the JSON that these formats map to.
    """

    value: YamlValue
    text: str
    mark: Mark
    size: int


class _Key(NamedTuple):
    text: str
    line: int
    column: int
    merge: bool


class _Frame:
    """A collection that is still open."""

    __slots__ = ("entries", "event", "items", "key", "mapping", "marks", "merged", "size")

    def __init__(self, event: yaml.CollectionStartEvent) -> None:
        self.event = event
        self.size = 1
        self.key: _Key | None = None
        self.items: list[YamlValue] | None = None
        self.marks: list[Mark] = []
        self.mapping: dict[str, YamlValue] = {}
        self.entries: dict[str, Entry] = {}
        self.merged: _Built | None = None
        if isinstance(event, yaml.SequenceStartEvent):
            self.items = []

    def close(self) -> _Built:
        value: YamlValue = self.items if self.items is not None else self.mapping
        below: list[Mark] | dict[str, Entry] = self.entries
        if self.items is not None:
            below = self.marks
        elif self.merged is not None:
            value, below = self._with_merged(self.merged)
        mark = Mark(*_place(self.event), self.event.tag, None, below)
        return _Built(value, "", mark, self.size)

    def _with_merged(self, merged: _Built) -> tuple[dict[str, YamlValue], dict[str, Entry]]:
        """The merged keys below the mapping's own; of several sources the first one wins."""
        sources = [(merged.value, merged.mark)]
        if isinstance(merged.value, list) and isinstance(merged.mark.below, list):
            sources = list(zip(merged.value, merged.mark.below, strict=True))
        values: dict[str, YamlValue] = {}
        entries: dict[str, Entry] = {}
        for value, mark in reversed(sources):
            if not isinstance(value, dict) or not isinstance(mark.below, dict):
                raise Malformed(
                    "A merge key `<<` must name a mapping, or a list of mappings.",
                    line=mark.line,
                    column=mark.column,
                )
            values |= value
            entries |= mark.below
        return values | self.mapping, entries | self.entries


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column at which an event starts, from 1 (the C parser always sets the mark)."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


class Builder:
    """Takes events in order; `finished` holds the documents that are complete."""

    def __init__(self, limits: YamlLimits, subject: str) -> None:
        self.finished: list[tuple[YamlValue, Mark]] = []
        self._limits = limits
        self._subject = subject
        self._open: list[_Frame] = []
        self._anchors: dict[str, _Built | None] = {}
        self._nodes = self._aliases = self._anchor_count = self._expanded = 0

    def take(self, event: yaml.Event) -> None:
        """Adds one event. Raises Malformed and TooLarge."""
        if isinstance(event, yaml.ScalarEvent):
            self._count_node(event)
            self._add(self._scalar(event), event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._count_node(event)
            if len(self._open) >= self._limits.depth:
                raise self._too_large(event, "depth", self._limits.depth)
            self._refuse_as_key(event)
            self._open.append(_Frame(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = self._open.pop()
            built = frame.close()
            if frame.event.anchor is not None:
                self._anchors[frame.event.anchor] = built
            self._add(built, frame.event)
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._alias(event), event)
        elif isinstance(event, yaml.DocumentEndEvent):
            self._anchors = {}

    def _count_node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise self._too_large(event, "number of nodes", self._limits.nodes)
        self._count_expanded(event, 1)
        if event.anchor is not None:
            self._anchor_count += 1
            if self._anchor_count > self._limits.anchors:
                raise self._too_large(event, "number of anchors", self._limits.anchors)
            self._anchors[event.anchor] = None

    def _count_expanded(self, event: yaml.NodeEvent, size: int) -> None:
        self._expanded += size
        if self._expanded > self._limits.expanded:
            raise self._too_large(event, "size with every alias expanded", self._limits.expanded)

    def _scalar(self, event: yaml.ScalarEvent) -> _Built:
        value: Scalar = event.value
        unquoted = event.style in (None, "") or (event.tag or "").startswith(_STANDARD)
        if unquoted and event.tag not in _TEXT_TAGS:
            value = plain_scalar(event.value)
        mark = Mark(*_place(event), event.tag, event.style, None)
        built = _Built(value, event.value, mark, 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = built
        return built

    def _alias(self, event: yaml.AliasEvent) -> _Built:
        self._aliases += 1
        if self._aliases > self._limits.aliases:
            raise self._too_large(event, "number of aliases", self._limits.aliases)
        if event.anchor not in self._anchors:
            raise self._malformed(event, f"the alias `*{event.anchor}` has no anchor before it")
        target = self._anchors[event.anchor]
        if target is None:
            raise self._malformed(event, f"the alias `*{event.anchor}` lies inside its own anchor")
        self._count_expanded(event, target.size)
        return target

    def _refuse_as_key(self, event: yaml.NodeEvent) -> None:
        frame = self._open[-1] if self._open else None
        if frame is not None and frame.items is None and frame.key is None:
            raise self._malformed(
                event,
                "a key is itself a list or a mapping, as in an unquoted `{{ template }}`; "
                "quote the text, or render the template first",
            )

    def _add(self, built: _Built, event: yaml.Event) -> None:
        """Puts a finished node where it belongs: the document, a list, a key or a value."""
        if not self._open:
            self.finished.append((built.value, built.mark))
            return
        frame = self._open[-1]
        frame.size += built.size
        if frame.items is not None:
            frame.items.append(built.value)
            frame.marks.append(built.mark)
        elif frame.key is None:
            frame.key = self._key(frame, built, event)
        else:
            key, frame.key = frame.key, None
            if key.merge:
                frame.merged = built
            else:
                frame.mapping[key.text] = built.value
                frame.entries[key.text] = Entry(key.line, key.column, built.mark)

    def _key(self, frame: _Frame, built: _Built, event: yaml.Event) -> _Key:
        if isinstance(built.value, (list, dict)):
            raise self._malformed(event, "a key is itself a list or a mapping")
        merge = built.text == "<<" and built.mark.style in (None, "")
        if built.text in frame.mapping or (merge and frame.merged is not None):
            raise self._malformed(event, f"the key `{built.text[:80]}` stands there twice")
        return _Key(built.text, *_place(event), merge)

    def _malformed(self, event: yaml.Event, problem: str) -> Malformed:
        line, column = _place(event)
        return Malformed(f"{self._subject} cannot be read: {problem}.", line=line, column=column)

    def _too_large(self, event: yaml.Event, what: str, limit: int) -> TooLarge:
        line, column = _place(event)
        text = f"{self._subject} is refused: its {what} passes the limit of {limit:,}."
        return TooLarge(text, line=line, column=column)
