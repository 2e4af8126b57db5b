"""The settings of a Java service: application.properties and application.yml of what is packaged, as one table.

Files of profiles count where the profile is that of production, or is active by the settings and not for
development or tests; what the environment sets besides is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from auditor.code.starts.declared_starts import for_deployment
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all

_FILE = re.compile(
    r"(?:^|/)(?:src/main/resources|config)/(?:config/)?(?:application|bootstrap|microprofile-config)"
    r"(?:-([\w-]+))?\.(?:ya?ml|properties)$"
)
_OF_PRODUCTION = frozenset({"prod", "production", "cloud", "kubernetes", "docker"})
_ACTIVE = re.compile(r"spring\.profiles\.(?:active|include)(?:\[\d+\])?")
_LINE = re.compile(
    r"^[ \t]*((?:\\.|[^\\\s:=#!])(?:\\.|[^\\\s:=])*)[ \t]*[:= \t][ \t]*(.*)$", re.MULTILINE
)
_CONTINUED = re.compile(r"\\\n[ \t]*")
_PROFILE = re.compile(r"^%(?:prod|\"prod\")\.")
_OTHER_PROFILE = re.compile(r"^%")
_PLACEHOLDER = re.compile(r"\$\{[^{}:]+(?::([^{}]*))?\}")
_ON_PROFILE = ("spring.config.activate.onprofile", "spring.profiles")
_SHIPPED = re.compile(r"prod|production|default|cloud|kubernetes|docker")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value as text, "" for one that is only known where the service runs, and where it is written.

    `written` is the value as it stands there, with its placeholders; it never leaves the process.
    """

    key: str
    value: str
    path: str
    line: int
    written: str = ""


@dataclass(slots=True)
class JavaSettings:
    """Settings by their plain names (`plain`), and by folder and name; `unread` are the files that are no settings."""

    by_name: dict[str, Setting] = field(default_factory=dict)
    by_folder: dict[tuple[str, str], Setting] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def below(self, *prefixes: str) -> list[Setting]:
        """The settings whose names begin so, by name."""
        starts = tuple(plain(p) for p in prefixes)
        return [s for name, s in sorted(self.by_name.items()) if name.startswith(starts)]

    def get(self, *names: str) -> Setting | None:
        """The first of some settings that is there."""
        return next((s for n in names if (s := self.by_name.get(plain(n))) is not None), None)

    @property
    def values(self) -> dict[str, str]:
        """The values alone, by their plain names."""
        return {name: one.value for name, one in self.by_name.items()}


def plain(key: str) -> str:
    """A name as Spring compares names: small letters, no dashes."""
    return key.replace("-", "").replace("_", "").replace('"', "").lower()


def is_settings(path: str, active: frozenset[str] = frozenset()) -> bool:
    """Whether a file is packaged with the service and holds its settings in production; `active`: more profiles."""
    match = _FILE.search(path)
    if match is None or "/test/" in f"/{path}":
        return False
    return match[1] is None or match[1] in _OF_PRODUCTION | active


def java_settings(paths: Iterable[str], read: Callable[[str], str]) -> JavaSettings:
    """The settings in the files among `paths`; those of a profile win over the others."""
    every = [p for p in paths if _FILE.search(p)]
    found = _settings(every, read, frozenset())
    active = _active(found)
    return _settings(every, read, active) if active else found


def _active(found: JavaSettings) -> frozenset[str]:
    """The profiles that the settings make active, those for development and tests left out."""
    said = [s.value for name, s in found.by_name.items() if _ACTIVE.fullmatch(name)]
    names = {n.strip() for text in said for n in text.split(",")} - {""} - _OF_PRODUCTION
    return frozenset(n for n in names if for_deployment(n))


def _settings(
    paths: Iterable[str], read: Callable[[str], str], active: frozenset[str]
) -> JavaSettings:
    found = JavaSettings()
    mine = (p for p in paths if is_settings(p, active))
    for path in sorted(mine, key=lambda p: (_name(p).count("-"), p)):
        text = read(path)
        try:
            listed = list(_properties(text) if path.endswith(".properties") else _yaml(text))
        except FormatError:
            found.unread.append(path)
            continue
        for key, value, line in listed:
            name = key
            if _OTHER_PROFILE.match(key):
                if not _PROFILE.match(key):
                    continue
                name = _PROFILE.sub("", key)
            one = Setting(name, _known(value), path, line, value)
            found.by_name[plain(name)] = one
            found.by_folder[path.rpartition("/")[0], plain(name)] = one
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _known(value: str) -> str:
    """A value with its placeholders replaced by what they fall back to; "" where they have nothing."""
    match = _PLACEHOLDER.search(value)
    if match is not None and match[1] is None:
        return ""
    text = _PLACEHOLDER.sub(lambda m: m[1] or "", value)
    return "" if "${" in text else text


def _properties(text: str) -> Iterator[tuple[str, str, int]]:
    for part in re.split(r"^#---.*$", text, flags=re.MULTILINE):
        at = text.find(part)
        joined = _CONTINUED.sub(lambda m: " ", part)
        found = [
            (m[1].replace("\\", ""), m[2].strip(), text.count("\n", 0, at) + part.count("\n", 0, part.find(m[1])) + 1)
            for m in _LINE.finditer(joined)
        ]  # fmt: skip
        if _counts({plain(key): value for key, value, _ in found}):
            yield from found


def _yaml(text: str) -> Iterator[tuple[str, str, int]]:
    for document in load_all(text):
        found = list(_leaves(document, document.value, ()))
        if _counts({plain(key): value for key, value, _ in found}):
            yield from found


def _counts(values: dict[str, str]) -> bool:
    """Whether a part of a file is not that of a profile for something else than production."""
    profiles = [values[name] for name in _ON_PROFILE if name in values]
    return all(_SHIPPED.search(p) and "!" not in p for p in profiles)


def _leaves(document: YamlDocument, value: YamlValue, path: Path) -> Iterator[tuple[str, str, int]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(document, inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(document, inner, (*path, place))
    else:
        key = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).removeprefix(".")
        text = (
            str(value).lower() if isinstance(value, bool) else str("" if value is None else value)
        )
        yield key, text, document.line(path) or 1
