"""Traefik as one flat table of options: static and dynamic files, command-line flags, container labels.

Keys are small letters without brackets: `http.routers.api.middlewares`, `entrypoints.web.address`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all
from auditor.formats.web.template_text import without_tags

_PLACE = re.compile(r"\[(\d+)\]")
_SNIFF = re.compile(
    r"^[ \t]*\[?(?:entry[pP]oints|certificates[rR]esolvers|(?:http|tcp)\.(?:routers|middlewares))\b|^\[tls\.options"
    r"|^(?:http|tcp):[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n){0,9}[ \t]+(?:routers|middlewares|services)[ \t]*:"
    r"|^tls:[ \t]*\n[ \t]+options[ \t]*:",
    re.MULTILINE,
)
_LIMIT = 2_000_000
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its value as text, and where it is written."""

    value: str
    path: str
    line: int | None


@dataclass(slots=True)
class TraefikConfig:
    """The options by their keys."""

    options: dict[str, Option] = field(default_factory=dict)

    def below(self, prefix: str) -> dict[str, Option]:
        """What follows a prefix that ends in a dot, by the rest of the key."""
        return {k[len(prefix) :]: o for k, o in self.options.items() if k.startswith(prefix)}

    def named(self, prefix: str) -> dict[str, dict[str, Option]]:
        """The things of a kind (`http.routers.`) by name, each with its options."""
        found: dict[str, dict[str, Option]] = {}
        for key, option in self.below(prefix).items():
            name, _, rest = key.partition(".")
            found.setdefault(name, {})[rest] = option
        return found

    def add(self, key: str, option: Option) -> None:
        """One option; the first that is written counts."""
        self.options.setdefault(_PLACE.sub(r".\1", key.strip()).lower(), option)


def is_traefik(text: str) -> bool:
    """Whether a YAML or TOML text reads like a configuration of Traefik."""
    return _SNIFF.search(text) is not None


def read_file(text: str, *, path: str) -> Iterator[tuple[str, Option]]:
    """The options of a file of YAML or TOML. Raises Malformed and TooLarge."""
    if len(text) > _LIMIT:
        raise TooLarge(f"{path} is larger than the limit of {_LIMIT:,} characters.")
    bare = without_tags(text)
    if path.lower().endswith(".toml"):
        try:
            document = tomllib.loads(bare)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise Malformed(f"{path} is not valid TOML: {error}.") from None
        yield from _flat(document, path, "", None, (), 0)
        return
    for document_ in load_all(bare, name=path):
        yield from _flat(document_.value, path, "", document_, (), 0)


def _flat(
    value: object, path: str, key: str, document: YamlDocument | None, at: Path, depth: int
) -> Iterator[tuple[str, Option]]:
    line = document.key_line(at) if document is not None and at else None
    if depth > 30:
        return
    if isinstance(value, Mapping):
        if not value and key:
            yield key, Option("true", path, line)
        for name, inner in value.items():
            joined = f"{key}.{name}" if key else str(name)
            yield from _flat(inner, path, joined, document, (*at, str(name)), depth + 1)
    elif isinstance(value, list):
        if all(not isinstance(one, Mapping | list) for one in value):
            yield key, Option(",".join(_text(one) for one in value), path, line)
            return
        for place, inner in enumerate(value):
            yield from _flat(inner, path, f"{key}.{place}", document, (*at, place), depth + 1)
    elif key:
        yield key, Option("true" if value is None else _text(value), path, line)


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def read_labels(labels: YamlValue, *, path: str, line: int | None) -> Iterator[tuple[str, Option]]:
    """The options in the labels of a container, as a list or a mapping."""
    pairs: Iterable[tuple[str, str]] = ()
    if isinstance(labels, Mapping):
        pairs = ((str(k), "true" if v is None else _text(v)) for k, v in labels.items())
    elif isinstance(labels, list):
        pairs = (_pair(str(one)) for one in labels)
    for key, value in pairs:
        if key.lower().startswith("traefik."):
            yield key[len("traefik.") :], Option(value.strip("\"'"), path, line)


def read_flags(
    words: Iterable[str], *, path: str, line: int | None
) -> Iterator[tuple[str, Option]]:
    """The options on a command line (`--entrypoints.web.address=:80`)."""
    for word in words:
        for one in word.split():
            if one.startswith("--"):
                key, value = _pair(one.removeprefix("--"))
                yield key, Option(value.strip("\"'"), path, line)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    return key, value if equals else "true"
