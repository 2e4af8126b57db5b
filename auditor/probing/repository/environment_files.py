"""Files that hold the configuration of one environment each, in families: by their names and folders."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.formats.settings import settings_file
from auditor.formats.settings.settings_file import Setting
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.contract import FactSpec
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries
from auditor.probing.repository.settings_module import settings_module

_WORDS = {
    "production": "production prod prd live",
    "staging": "staging stage stg uat qa preprod pre-prod preproduction pre-production acceptance sandbox",
    "development": "development develop dev local",
    "test": "test testing tests ci",
}
_NAMED = {word: name for name, text in _WORDS.items() for word in text.split()}
_ENV = "(?P<env>" + "|".join(sorted(_NAMED, key=len, reverse=True)) + ")"
_EXAMPLE = r"(?P<example>\.(?:example|sample|template|dist|tpl))?"
_TEXT = r"(?:ya?ml|json|toml|properties)"
_KNOWN = r"(?:configs?|conf|settings|envs?|environments?|profiles)"


class Form(StrEnum):
    """How the files of a family are read. LAYERED lie over a file for all; NAMED are not compared."""

    WHOLE = "whole"
    LAYERED = "layered"
    NAMED = "named"


_OTHER = _ENV.replace("env>", "other>")  # a name stands once in a pattern
_IN_FOLDER = rf"(?:values\.ya?ml|terraform\.tfvars|\.env|(?:config|settings)\.{_TEXT})"
_FORMS = [
    (rf"(?:\.?env\.{_ENV}|\.?{_OTHER}\.env){_EXAMPLE}", Form.WHOLE),
    (rf"application-{_ENV}\.(?:ya?ml|properties)|appsettings\.{_OTHER}\.json", Form.LAYERED),
    (rf"(?:config|settings|conf|app)[._-]{_ENV}\.{_TEXT}{_EXAMPLE}", Form.LAYERED),
    (rf"(?:values[._-]{_ENV}|{_OTHER}[._-]values)\.ya?ml", Form.LAYERED),
    (rf"{_KNOWN}/(?:[\w-]+/)?{_ENV}\.(?:{_TEXT}|env)", Form.LAYERED),
    (rf"{_ENV}(?:\.auto)?\.tfvars", Form.WHOLE),
    (rf"(?:{_KNOWN}|values|deploy\w*|helm|clusters?)/{_ENV}/{_IN_FOLDER}", Form.LAYERED),
    (rf"settings/{_ENV}\.py", Form.NAMED),
    (rf"(?:overlays?|environments?|envs?)/{_ENV}/kustomization\.ya?ml", Form.NAMED),
    (rf"(?:docker-)?compose[._-]{_ENV}\.ya?ml", Form.NAMED),
]
_PATTERNS = [(re.compile(rf"(?i)(?:.*/)?(?:{text})"), form) for text, form in _FORMS]
_BASES = {"base", "default", "defaults", "common", "shared", "all", "global"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ASIDE = frozenset({"debug", "dev", "local", "mock", "test", "hot", "mailhog", "mailpit"})
_STAR = re.compile(r"(?m)^from \.(\w+) import \*")
_UNREAD = re.compile(r"(?i)kustomization\.ya?ml|(?:docker-)?compose[._-].*")


@dataclass(slots=True)
class EnvironmentFile:
    """One file: its environment as it is called everywhere, and whether it is an example to copy.

    `how` says how the environment is seen, "" where the name of the file tells it.
    """

    path: str
    environment: str
    example: bool
    how: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)


@dataclass(slots=True)
class Family:
    """Files of one form in one place; `name` has `*` for the environment. `base` is what they lie over."""

    name: str
    form: Form
    files: list[EnvironmentFile] = field(default_factory=list)
    base: dict[str, Setting] = field(default_factory=dict)
    base_path: str = ""

    @property
    def compared(self) -> list[EnvironmentFile]:
        """The files whose keys must be the same: of what is deployed, else those with development."""
        if self.form is Form.NAMED or (_helm(self.name) and not self.base_path):
            return []
        deployed = [f for f in self.files if f.environment in ("production", "staging")]
        if {f.environment for f in deployed} == {"production"}:
            deployed += [f for f in self.files if f.environment == "development"]
        return deployed if len({f.environment for f in deployed}) > 1 else []


def _helm(name: str) -> bool:
    return "values" in posixpath.basename(name).lower()


def environment_families(repo: Repo, seen: Entries, invalid: FactSpec) -> list[Family]:
    """Every family of the service; what cannot be read goes into `seen`."""
    found: dict[str, Family] = {}
    for entry in repo.service:
        told = _told(repo.below(entry.path))
        if told is None:
            continue
        form, word, name, example = told
        if use_of(posixpath.join(posixpath.dirname(name), "file")) is Use.APART:
            continue
        family = found.setdefault(name, Family(name, form))
        family.files.append(EnvironmentFile(entry.path, _NAMED[word.lower()], example))
    _add_named(repo, found)
    for family in found.values():
        for one in family.files:
            if not _UNREAD.fullmatch(posixpath.basename(one.path)):
                one.settings = _read(repo, one.path, seen, invalid)
        below = (*_bases(family.files[0].path), *_imported(repo, family))
        family.base_path = next((p for p in below if p in repo.by_path), "")
        if family.base_path:
            family.base = _read(repo, family.base_path, seen, invalid)
    return [found[name] for name in sorted(found)]


def _add_named(repo: Repo, found: dict[str, Family]) -> None:
    """The module of settings that the image names is production's, where its family has no such file."""
    path = settings_module(repo)
    family = found.get(posixpath.join(posixpath.dirname(repo.below(path)), "*.py"))
    if not path or family is None:
        return
    known = any(one.path == path or one.environment == "production" for one in family.files)
    if not known:
        how = ", since the image sets it as DJANGO_SETTINGS_MODULE"
        family.files.append(EnvironmentFile(path, "production", False, how))


def _told(path: str) -> tuple[Form, str, str, bool] | None:
    for pattern, form in _PATTERNS:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        parts = match.groupdict()
        group = "env" if parts["env"] else "other"
        word, start = parts[group], match.start(group)
        name = path[:start] + "*" + path[start + len(word) :]
        example = parts.get("example")
        return form, word, name.removesuffix(example or "\0"), bool(example)
    return None


def _bases(path: str) -> Iterator[str]:
    """What a file may lie over: `application.yml`, `appsettings.json`, `values.yaml`, `config/default.json`."""
    folder, name = posixpath.split(path)
    bare = re.sub(rf"(?i)[._-]{_ENV}(?=\.)", "", name, count=1)
    if bare != name and not name.lower().startswith((".env", "env")):
        yield posixpath.join(folder, bare)
    if name.lower().startswith(".env"):
        yield posixpath.join(folder, ".env")
    stem, dot, ending = name.rpartition(".")
    for base in sorted(_BASES) if stem.lower() in _NAMED else ():
        yield posixpath.join(folder, f"{base}{dot}{ending}")
    above, last = posixpath.split(folder)
    if last.lower() in _NAMED:
        yield from (posixpath.join(above, base, name) for base in sorted(_BASES))
        yield posixpath.join(above, name)
        yield posixpath.join(posixpath.dirname(above), name)


def _imported(repo: Repo, family: Family) -> Iterator[str]:
    """The module beside it that a module of production takes all of."""
    for one in family.files:
        if one.environment == "production" and one.path.endswith(".py"):
            try:
                found = _STAR.search(repo.read(one.path).text)
            except Trouble:
                continue
            if found:
                yield posixpath.join(posixpath.dirname(one.path), f"{found[1]}.py")


def _read(repo: Repo, path: str, seen: Entries, invalid: FactSpec) -> dict[str, Setting]:
    with seen.reading(path, invalid, "your own reader of it"):
        return settings_file.read(repo.read(path).data, path=path)
    return {}


def missing_keys(family: Family) -> Iterator[tuple[EnvironmentFile, str]]:
    """Keys that another environment has, and this one has neither itself nor by what it lies over."""
    files = family.compared
    wanted = sorted({key for one in files for key in one.settings})
    for one in files:
        held = {*one.settings, *family.base}
        inner = {key.rpartition(".")[0] for key in held}
        for key in wanted:
            if key not in held and key not in inner and not _only_there(key):
                yield one, key


def _only_there(key: str) -> bool:
    """Whether a key speaks of development itself, or of how profiles are put together."""
    parts = re.split(r"[^a-z0-9]+", _CAMEL.sub("_", key).lower())
    return key.startswith("spring.profiles.") or not _ASIDE.isdisjoint(parts)


def copies(family: Family) -> Iterator[tuple[EnvironmentFile, EnvironmentFile]]:
    """Files of two environments with the very same values."""
    files = family.compared
    for at, one in enumerate(files):
        for other in files[:at]:
            values = [{k: s.value for k, s in f.settings.items()} for f in (one, other)]
            if one.environment != other.environment and values[0] and values[0] == values[1]:
                yield one, other
