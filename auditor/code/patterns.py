"""Patterns of library use as data: which calls of which library play which role.

A file of `config/patterns/` is one topic. A rule names calls by their full name (`requests.{get,post}`, or
`fetch`) or, with `of`, the methods of what another rule's call made. Every mistake names file and line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from auditor.code.scan import last_name
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_text import YamlDocument, YamlValue, load

LANGUAGES = ("python", "javascript", "go", "java")
_KEYS = {"id", "language", "library", "role", "calls", "of", "methods", "bases", "references", "settings"}  # fmt: skip
_NEEDED = ("id", "language", "library", "role")
_ID = re.compile(r"[a-z][a-z0-9_.]*")
_BRACES = re.compile(r"\{([^{}]*)\}")


class PatternMistake(ValueError):
    """A mistake in a file of patterns; its message opens with `file:line`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `calls` are full names, `methods` names on what the rules `of` made, `bases` classes
    that a class derives from, `references` names in texts; `settings` belong to the topic."""

    id: str
    language: str
    library: str
    role: str
    calls: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    settings: Mapping[str, YamlValue] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A setting as text."""
        value = self.settings.get(name, default)
        return value if isinstance(value, str) else default

    def texts(self, name: str) -> tuple[str, ...]:
        """A setting as a list of texts."""
        value = self.settings.get(name)
        every = value if isinstance(value, list) else [value]
        return tuple(str(v) for v in every if v is not None)

    def number(self, name: str) -> float | None:
        """A setting as a number."""
        value = self.settings.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class Patterns:
    """The rules of every topic; `digest` changes with what a scan of a file depends on."""

    topics: Mapping[str, tuple[Rule, ...]]

    def rules(self, topic: str, language: str) -> tuple[Rule, ...]:
        """The rules of a topic for one family of languages."""
        return tuple(r for r in self.topics.get(topic, ()) if r.language == language)

    def wanted(self, language: str) -> frozenset[str]:
        """The last names of all calls that a scan must keep."""
        return self._wanted[language]

    def digest(self, language: str) -> str:
        """Of `wanted`."""
        return self._digests[language]

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {
            language: hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]
            for language, names in self._wanted.items()
        }

    @cached_property
    def _wanted(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        for rules in self.topics.values():
            for rule in rules:
                mine = found[rule.language]
                mine.update(last_name(name) for name in rule.calls)
                mine.update(re.split(r"[./]", name)[-1] for name in rule.calls)
                mine.update(rule.methods)
        return {language: frozenset(names) for language, names in found.items()}


def read_patterns(files: Mapping[str, bytes]) -> Patterns:
    """The patterns in files by name. Raises PatternMistake."""
    topics: dict[str, tuple[Rule, ...]] = {}
    for name, data in sorted(files.items()):
        topic, rules = _read(name, data)
        if topic in topics:
            raise PatternMistake(f"{name}:1: The topic {topic!r} is in two files.")
        topics[topic] = rules
    return Patterns(topics)


def _read(name: str, data: bytes) -> tuple[str, tuple[Rule, ...]]:
    try:
        document = load(data, name=name)
    except FormatError as error:
        raise PatternMistake(f"{name}:{error.line or 1}: {error.message}") from None
    reader = _Reader(name, document)
    top = document.value
    if not isinstance(top, dict) or set(top) != {"topic", "rules"}:
        raise reader.mistake((), "A file of patterns has the keys topic and rules.")
    topic, listed = top["topic"], top["rules"]
    if not isinstance(topic, str) or not isinstance(listed, list) or not listed:
        raise reader.mistake(("rules",), "topic is a text, and rules a list of at least one rule.")
    rules = tuple(reader.rule(place, raw) for place, raw in enumerate(listed))
    ids: set[str] = set()
    for place, rule in enumerate(rules):
        if rule.id in ids:
            raise reader.mistake(("rules", place), f"The id {rule.id!r} is used twice.")
        ids.add(rule.id)
    for place, rule in enumerate(rules):
        for other in rule.of:
            if other not in ids:
                raise reader.mistake(("rules", place), f"of: no rule here has the id {other!r}.")
    return topic, rules


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    document: YamlDocument

    def mistake(self, path: tuple[str | int, ...], what: str) -> PatternMistake:
        line = self.document.key_line(path) or self.document.line(path) or 1
        return PatternMistake(f"{self.name}:{line}: {what}")

    def rule(self, place: int, raw: YamlValue) -> Rule:
        path = ("rules", place)
        if not isinstance(raw, dict):
            raise self.mistake(path, "A rule is a mapping.")
        for key in raw:
            if key not in _KEYS:
                known = ", ".join(sorted(_KEYS))
                raise self.mistake((*path, key), f"A rule has no key {key!r}; it has {known}.")
        texts = {key: self._text(path, raw, key) for key in _NEEDED}
        if texts["language"] not in LANGUAGES:
            listed = ", ".join(LANGUAGES)
            raise self.mistake((*path, "language"), f"language is one of {listed}.")
        if _ID.fullmatch(texts["id"]) is None:
            raise self.mistake((*path, "id"), "An id has small letters, digits, dots and _.")
        lists = {
            key: self._texts(path, raw, key)
            for key in ("calls", "of", "methods", "bases", "references")
        }
        if bool(lists["of"]) != bool(lists["methods"]):
            raise self.mistake(path, "of and methods go together: which methods of what.")
        if not any(lists.values()):
            raise self.mistake(path, "A rule needs calls, methods, bases or references.")
        settings = raw.get("settings", {})
        if not isinstance(settings, dict):
            raise self.mistake((*path, "settings"), "settings is a mapping.")
        return Rule(
            id=texts["id"],
            language=texts["language"],
            library=texts["library"],
            role=texts["role"],
            calls=lists["calls"],
            of=lists["of"],
            methods=lists["methods"],
            bases=lists["bases"],
            references=lists["references"],
            settings=settings,
        )

    def _text(self, path: tuple[str | int, ...], raw: Mapping[str, YamlValue], key: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value:
            raise self.mistake((*path, key) if key in raw else path, f"A rule needs {key}, a text.")
        return value

    def _texts(
        self, path: tuple[str | int, ...], raw: Mapping[str, YamlValue], key: str
    ) -> tuple[str, ...]:
        value = raw.get(key, [])
        every = [value] if isinstance(value, str) else value
        if not isinstance(every, list) or not all(isinstance(v, str) and v for v in every):
            raise self.mistake((*path, key), f"{key} is a text or a list of texts.")
        return tuple(name for v in every for name in spread_braces(str(v)))


def spread_braces(text: str) -> Iterable[str]:
    """`a.{b,c}` as `a.b` and `a.c`."""
    match = _BRACES.search(text)
    if match is None:
        return [text]
    choices = (text[: match.start()] + c.strip() + text[match.end() :] for c in match[1].split(","))
    return [name for choice in choices for name in spread_braces(choice)]
