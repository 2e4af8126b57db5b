"""Chaos Toolkit experiments, as JSON or YAML: what is declared; that it ran, only a journal tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.chaos.fault_kinds import kind_of_fault
from auditor.formats.text import json_text, yaml_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import YamlValue

_NAME = "The Chaos Toolkit experiment"
_HYPOTHESIS = re.compile(rb"""(?:^|[{,]\s*)["']?steady-state-hypothesis["']?\s*:""", re.MULTILINE)
_METHOD = re.compile(rb"""(?:^|[{,]\s*)["']?method["']?\s*:\s*(?:\[|\n\s*-)""", re.MULTILINE)
_ACTIVITY = re.compile(rb"""["']?type["']?\s*:\s*["']?(?:action|probe)\b""")
_TITLE = re.compile(rb"""(?:^|[{,]\s*)["']?title["']?\s*:""", re.MULTILINE)
_IDLE = frozenset({"echo", "true", "sleep", "printf", ":", "exit", "time.sleep", "builtins.print"})
_JOURNAL = re.compile(rb'"chaoslib-version"\s*:|"steady_states"\s*:')


@dataclass(frozen=True, slots=True)
class Activity:
    """A step of the method: an action or a probe; `words` say what it does, `pause_s` what follows."""

    type: str
    name: str
    words: tuple[str, ...]
    pause_s: float

    @property
    def is_idle(self) -> bool:
        """Whether it only prints or waits: a stub in the place of a fault."""
        tool = self.words[0].replace("\\", "/").rpartition("/")[2] if self.words else ""
        return tool in _IDLE or ".".join(self.words[:2]) in _IDLE


@dataclass(frozen=True, slots=True)
class Experiment:
    """What an experiment declares. `dry` is whether its actions are left out."""

    title: str
    version: str | None
    tags: tuple[str, ...]
    method: tuple[Activity, ...]
    refs: int
    hypothesis: bool
    hypothesis_probes: int
    rollbacks: int
    controls: bool
    dry: bool

    @property
    def actions(self) -> tuple[Activity, ...]:
        """The steps that do something; one that only prints or waits does not."""
        return tuple(step for step in self.method if step.type == "action" and not step.is_idle)

    @property
    def probes(self) -> tuple[Activity, ...]:
        """The steps that look."""
        return tuple(step for step in self.method if step.type == "probe")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of failure, empty where no known word speaks of one."""
        spoken = [text for step in self.actions for text in (step.name, *step.words)]
        return kind_of_fault(spoken, self.tags, self.title)


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like an experiment, not like the journal of one."""
    text = json_text.opening(head)
    if _JOURNAL.search(text) or not _TITLE.search(text):
        return False
    return bool(_HYPOTHESIS.search(text) or (_METHOD.search(text) and _ACTIVITY.search(text)))


def parse(data: bytes) -> Experiment:
    """The experiment. Raises Malformed and TooLarge."""
    if not data.strip():
        raise Malformed(f"{_NAME} is empty.")
    if json_text.opening(data[:64]).lstrip().startswith(b"{"):
        return read(json_text.decode(data, dict[str, object], name=_NAME))
    return read(yaml_text.load(data, name=_NAME).value)


def read(value: object) -> Experiment:
    """The experiment in a value that JSON or YAML gave. Raises Malformed."""
    root = _mapping(value)
    method = root.get("method")
    title = text_of(_plain(root.get("title")))
    if not isinstance(method, list) or not title:
        raise Malformed(f"{_NAME} lacks a `title` or a `method`, which it must have.")
    hypothesis = _mapping(root.get("steady-state-hypothesis"))
    steps = [_mapping(step) for step in method]
    return Experiment(
        title=title[:300],
        version=text_of(_plain(root.get("version"))),
        tags=texts_of(_plain(root.get("tags"))),
        method=tuple(_activity(step) for step in steps if "ref" not in step),
        refs=sum("ref" in step for step in steps),
        hypothesis=bool(hypothesis),
        hypothesis_probes=len(list_of(_plain(hypothesis.get("probes")))),
        rollbacks=len(list_of(_plain(root.get("rollbacks")))),
        controls=bool(root.get("controls")),
        dry=bool(root.get("dry")),
    )


def _activity(step: dict[str, YamlValue]) -> Activity:
    provider = _mapping(step.get("provider"))
    arguments = provider.get("arguments")
    said = [text_of(provider.get(key)) for key in ("module", "func", "path", "url")]
    given = mapping_of(arguments).values() if isinstance(arguments, dict) else [arguments]
    spoken = [text for value in given for text in texts_of(value)]
    pause = mapping_of(step.get("pauses")).get("after")
    long = isinstance(pause, (int, float)) and not isinstance(pause, bool)
    return Activity(
        type=text_of(step.get("type")) or "",
        name=(text_of(step.get("name")) or "")[:200],
        words=tuple(text[:500] for text in (*said, *spoken[:20]) if text),
        pause_s=float(pause)
        if long and isinstance(pause, (int, float)) and 0 < pause < 1e6
        else 0.0,
    )


def _plain(value: object) -> YamlValue:
    """JSON and YAML give the same plain values."""
    return value  # type: ignore[return-value]


def _mapping(value: object) -> dict[str, YamlValue]:
    return mapping_of(_plain(value))
