"""Lists of Azure Pipelines with their templates put in: stages, jobs and steps from files of the repository."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.formats.ci import azure_condition
from auditor.formats.ci.ci_model import CiGap
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load

Local = Callable[[str], bytes | None]
"""The content of a file of the repository by its path from the git root; None where it is not there."""

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WHOLE = re.compile(r"\s*\$\{\{\s*(.*?)\s*\}\}\s*", re.DOTALL)
_CHOICE = re.compile(r"\s*\$\{\{\s*(if|elseif|else|each)\b\s*(.*?)\s*\}\}\s*", re.DOTALL)
_DEEPEST = 12
_MOST = 3_000


@dataclass(frozen=True, slots=True)
class Place:
    """A value, the file that it stands in, and where there."""

    value: YamlValue
    document: YamlDocument
    file: str
    path: Path

    def below(self, *steps: str | int) -> Place:
        """What stands at a key or position of it; the value is None where nothing does."""
        value = self.value
        for step in steps:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int):
                value = value[step]
            else:
                value = None
        return Place(value, self.document, self.file, (*self.path, *steps))

    @property
    def line(self) -> int:
        """The line of its key, or of the element."""
        return self.document.key_line(self.path) or 1


Parameters = Mapping[str, Place]


@dataclass(slots=True)
class Templates:
    """Expands lists; what lies outside of the repository goes to `gaps`."""

    local: Local
    gaps: list[CiGap] = field(default_factory=list)
    count: int = 0

    def expand(
        self, kind: str, place: Place, given: Parameters, depth: int = 0
    ) -> Iterator[tuple[Place, Parameters]]:
        """The entries of a list of `kind` ("stages", "jobs" or "steps"), each with its parameters."""
        before: bool | None = False
        for at in range(len(list_of(place.value))):
            self.count += 1
            if self.count > _MOST or depth > _DEEPEST:
                return
            entry = place.below(at)
            whole = _WHOLE.fullmatch(entry.value) if isinstance(entry.value, str) else None
            if whole is not None:
                yield from self._handed(kind, entry, whole[1], given, depth)
                continue
            body = mapping_of(entry.value)
            key = next(iter(body), "")
            choice = _CHOICE.fullmatch(key) if len(body) == 1 else None
            if choice is not None:
                word, text = choice[1], choice[2]
                before = _chosen(word, text, given, before)
                if before is not False:
                    yield from self.expand(kind, entry.below(key), given, depth + 1)
                before = True if before is True else before
            elif "template" in body:
                yield from self._template(kind, entry, given, depth)
            else:
                yield entry, given

    def _handed(
        self, kind: str, entry: Place, text: str, given: Parameters, depth: int
    ) -> Iterator[tuple[Place, Parameters]]:
        """`${{ parameters.steps }}`: a list that the including file hands over."""
        handed = given.get(text.removeprefix("parameters."))
        if handed is None:
            self.gaps.append(CiGap(entry.file, entry.line, f"takes {kind} from `{text[:60]}`"))
            return
        yield from self.expand(kind, handed, {}, depth + 1)

    def _template(
        self, kind: str, entry: Place, given: Parameters, depth: int
    ) -> Iterator[tuple[Place, Parameters]]:
        opened = self.open(entry, given)
        if opened is not None:
            place, parameters = opened
            yield from self.expand(kind, place.below(kind), parameters, depth + 1)

    def open(self, entry: Place, given: Parameters) -> tuple[Place, Parameters] | None:
        """The file that `template` names, with its parameters; None, and a gap, where it is elsewhere."""
        name = filled(text_of(entry.below("template").value) or "", given)
        path, _, repository = name.partition("@")
        start = "" if path.startswith("/") else posixpath.dirname(entry.file)
        path = posixpath.normpath(posixpath.join(start, path.lstrip("/")))
        data = None if repository not in ("", "self") else self.local(path)
        if data is None:
            self.gaps.append(CiGap(entry.file, entry.line, f"uses the template {name[:100]}"))
            return None
        document = load(data, name=path)
        top = Place(document.value, document, path, ())
        return top, {**_defaults(top), **_given(entry.below("parameters"))}


def _chosen(word: str, text: str, given: Parameters, before: bool | None) -> bool | None:
    """Whether the part behind `if`, `elseif`, `else` or `each` is taken; None where it may be."""
    if word == "each":
        return None
    if word != "if" and before is True:
        return False
    return None if word == "else" and before is None else holds(text, given) if text else True


def _defaults(top: Place) -> dict[str, Place]:
    """The parameters of a template with their defaults: a list of declarations, or a mapping."""
    parameters = top.below("parameters")
    if isinstance(parameters.value, dict):
        return {key: parameters.below(key) for key in parameters.value}
    found: dict[str, Place] = {}
    for at, entry in enumerate(list_of(parameters.value)):
        name = text_of(mapping_of(entry).get("name"))
        if name and "default" in mapping_of(entry):
            found[name] = parameters.below(at, "default")
    return found


def _given(parameters: Place) -> dict[str, Place]:
    return {key: parameters.below(key) for key in mapping_of(parameters.value)}


def defaults(top: Place) -> Parameters:
    """The parameters of a pipeline with their defaults."""
    return _defaults(top)


def holds(text: str, given: Parameters) -> bool | None:
    """Whether a template expression holds, as far as parameters decide it."""
    values = {
        f"parameters.{name}".lower(): text_of(place.value)
        for name, place in given.items()
        if not isinstance(place.value, (list, dict))
    }
    return azure_condition.truth(text, values)


def filled(text: str, given: Parameters) -> str:
    """A text with its parameters put in; `EXPRESSION` for what is not written out."""

    def one(found: re.Match[str]) -> str:
        place = given.get(found[1].strip().removeprefix("parameters."))
        value = None if place is None else text_of(place.value)
        return "EXPRESSION" if value is None or "${{" in value else value

    return _EXPRESSION.sub(one, text)
