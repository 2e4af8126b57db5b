"""GitLab pipelines (`.gitlab-ci.yml`): jobs with their scripts, and what `extends` brings to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from auditor.formats.ci.gitlab_jobs import (
    GitlabInclude,
    GitlabJob,
    GitlabPipeline,
    GitlabRule,
    ScriptLine,
)
from auditor.formats.ci.gitlab_layers import Layer, Layers
from auditor.formats.text.errors import Malformed
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import (
    kind_of,
    list_of,
    mapping_of,
    need_mapping,
    text_of,
    texts_of,
)
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlLimits, YamlValue, load_all

__all__ = ["read"]

_RESERVED = words(
    "default include stages variables workflow image services cache before_script after_script spec"
)
_STAGES = (".pre", "build", "test", "deploy", ".post")
_DEEPEST = 11  # GitLab's own limit of `extends`
_MOST_LINES = 10_000
_MOST_FILES = 100
_LIMITS = YamlLimits(nodes=200_000)
_Keys = dict[str, tuple[YamlValue, Path]]


Local = Callable[[str], Iterable[tuple[str, bytes]]]
"""What a `local` include names: the paths and contents of the files of the repository."""


def _nothing(_pattern: str) -> Iterable[tuple[str, bytes]]:
    return ()


def read(
    data: bytes | str, *, name: str = "The pipeline", local: Local = _nothing
) -> GitlabPipeline:
    """The pipeline of one file, with the files that `local` finds for its includes; any other
    `include` is not looked at, only named.

    Raises Malformed where GitLab would refuse it: no visible job, a job that is no mapping or has
    nothing to run, an unknown stage, a base or a needed job that is not there. The last two and the
    stage are let pass where an include may define them. Raises TooLarge.
    """
    layers: list[Layer] = []
    includes: list[GitlabInclude] = []
    _load(data, name, local, layers, includes)
    return _Reader(layers, name, tuple(includes)).pipeline()


def _load(
    data: bytes | str, name: str, local: Local, layers: list[Layer], includes: list[GitlabInclude]
) -> None:
    """One file and, behind it, those that it includes; what cannot be had goes to `includes`."""
    documents = load_all(data, name=name, limits=_LIMITS)
    if len(documents) > 2 or (len(documents) == 2 and not _is_header(documents[0])):
        raise Malformed(f"{name} holds {len(documents)} documents where one is expected.")
    if not documents or documents[-1].value is None:
        raise Malformed(f"{name} is empty.")
    document = documents[-1]
    top = need_mapping(document, (), document.value, name)
    layers.append((document, name))
    named = _includes(document, top.get("include"), name)
    absent: list[GitlabInclude] = []
    for include in reversed(named):  # the last one wins, and stands nearest behind this file
        found = list(local(include.target)) if include.kind == "local" else []
        if not found or include.ruled or len(layers) > _MOST_FILES:
            absent.append(include)
            continue
        for path, content in found:
            if all(path != known for _, known in layers):
                _load(content, path, local, layers, includes)
    includes += reversed(absent)


def _is_header(document: YamlDocument) -> bool:
    return "spec" in mapping_of(document.value)


class _Reader:
    def __init__(self, layers: list[Layer], name: str, includes: tuple[GitlabInclude, ...]) -> None:
        self._document = Layers(layers)
        self._name = name
        self._top = mapping_of(self._document.value)
        self._includes = includes
        self._stages = texts_of(self._top.get("stages")) or _STAGES

    def pipeline(self) -> GitlabPipeline:
        found = [self._job(key) for key in self._top if self._is_job(key)]
        jobs = tuple(job for job in found if not job.hidden)
        if not jobs and not self._includes:
            raise Malformed(f"{self._name} has no visible job, so GitLab refuses it.", line=1)
        for job in jobs if not self._includes else ():
            self._check(job, {job.name for job in jobs})
        workflow = mapping_of(self._top.get("workflow"))
        return GitlabPipeline(
            jobs=jobs,
            templates=tuple(job for job in found if job.hidden),
            stages=self._stages,
            includes=self._includes,
            workflow_rules=_rules(workflow.get("rules")) if "rules" in workflow else None,
        )

    def _check(self, job: GitlabJob, names: set[str]) -> None:
        if not job.script and not job.triggers and not job.unresolved:
            raise Malformed(f"The job {job.name} has no `script`.", line=job.line)
        if job.stage not in (*self._stages, ".pre", ".post"):
            raise Malformed(f"The stage {job.stage} of {job.name} is not defined.", line=job.line)
        missing = [needed for needed in job.needs if needed not in names]
        if missing:
            raise Malformed(
                f"The job {job.name} needs {missing[0]}, which is no job here.", line=job.line
            )

    def _is_job(self, key: str) -> bool:
        """Whether a key is a job or a template of one: a hidden key may hold any value for `!reference`."""
        if key in _RESERVED:
            return False
        return not key.startswith(".") or isinstance(self._top[key], dict)

    def _job(self, name: str) -> GitlabJob:
        line = self._document.key_line((name,))
        keys, unresolved = self._resolved(name, ())
        defaults = mapping_of(self._top.get("default"))
        for key in ("before_script", "image", "services"):
            if key in defaults:
                keys.setdefault(key, (defaults[key], ("default", key)))
            elif key in self._top:
                keys.setdefault(key, (self._top[key], (key,)))
        script = [*self._lines(keys, "before_script"), *self._lines(keys, "script")]
        values = {key: value for key, (value, _) in keys.items()}
        tolerated = values.get("allow_failure")
        environment = values.get("environment")
        return GitlabJob(
            name=name,
            line=line,
            stage=text_of(values.get("stage")) or "test",
            script=tuple(script),
            rules=_rules(values["rules"]) if "rules" in values else None,
            only=_refs(values["only"], ("branches", "tags")) if "only" in values else None,
            excepted=_refs(values.get("except")),
            when=text_of(values.get("when")),
            allow_failure=None if tolerated is None else tolerated is not False,
            needs=tuple(self._needs(values.get("needs"))),
            environment=text_of(mapping_of(environment).get("name")) or text_of(environment),
            image=text_of(mapping_of(values.get("image")).get("name"))
            or text_of(values.get("image")),
            triggers="trigger" in values,
            unresolved=unresolved or any(part.unresolved for part in script),
            path=self._document.name((name,)),
            ordered="needs" in values,
        )

    def _resolved(self, name: str, seen: tuple[str, ...]) -> tuple[_Keys, bool]:
        """A job's keys over those of its bases, each with the place of its value."""
        value = self._top[name]
        line = self._document.key_line((name,))
        if not isinstance(value, dict):
            raise Malformed(
                f"The job {name} must be a mapping, and is {kind_of(value)}.", line=line
            )
        keys: _Keys = {}
        unresolved = False
        for base in texts_of(value.get("extends")):
            if base in seen or len(seen) >= _DEEPEST:
                raise Malformed(f"The job {name} extends itself in a circle.", line=line)
            if base in self._top and base not in _RESERVED:
                inherited, open_base = self._resolved(base, (*seen, name))
                keys |= inherited
                unresolved |= open_base
            elif self._includes:
                unresolved = True
            else:
                raise Malformed(f"The job {name} extends {base}, which is not defined.", line=line)
        return keys | {key: (own, (name, key)) for key, own in value.items()}, unresolved

    def _lines(self, keys: _Keys, key: str) -> list[ScriptLine]:
        found: list[ScriptLine] = []
        if key in keys:
            value, path = keys[key]
            self._collect(value, path, found, 0)
        return found

    def _collect(self, value: YamlValue, path: Path, found: list[ScriptLine], depth: int) -> None:
        """The lines of a script: texts, lists in lists, and what `!reference` names."""
        if depth > _DEEPEST or len(found) > _MOST_LINES:
            return
        line = self._document.text_line(path)
        if self._document.tag(path) == "!reference":
            target = texts_of(value)
            inner: YamlValue = self._top
            for step in target:
                inner = mapping_of(inner).get(step)
            if inner is None:
                found.append(ScriptLine("", line, True, self._document.name(path)))
            else:
                self._collect(inner, target, found, depth + 1)
        elif isinstance(value, list):
            for at, element in enumerate(value):
                if len(found) > _MOST_LINES:
                    return
                self._collect(element, (*path, at), found, depth + 1)
        elif isinstance(value, dict):
            raise Malformed("A line of a script must be text, and is a mapping.", line=line)
        elif (text := text_of(value)) is not None:
            found.append(ScriptLine(text, line, path=self._document.name(path)))

    def _needs(self, value: YamlValue) -> list[str]:
        """The jobs of this file that one waits for; those of other projects are left out."""
        names: list[str] = []
        for entry in list_of(value):
            body = entry if isinstance(entry, dict) else {"job": entry}
            name = text_of(body.get("job"))
            elsewhere = "project" in body or "pipeline" in body
            if name and not elsewhere and text_of(body.get("optional")) != "true":
                names.append(name)
        return names


def _includes(document: YamlDocument, value: YamlValue, file: str) -> list[GitlabInclude]:
    found: list[GitlabInclude] = []
    entries = value if isinstance(value, list) else [value]
    for at, entry in enumerate(entries):
        path: Path = ("include", at) if isinstance(value, list) else ("include",)
        body = entry if isinstance(entry, dict) else {"local": entry}
        for kind in ("local", "remote", "template", "component", "file"):
            for target in texts_of(body.get(kind)):
                remote = kind == "local" and target.startswith(("http://", "https://"))
                name = "remote" if remote else "project" if kind == "file" else kind
                found.append(
                    GitlabInclude(name, target, document.key_line(path), file, "rules" in body)
                )
    return found


def _rules(value: YamlValue) -> tuple[GitlabRule, ...]:
    found: list[GitlabRule] = []
    for entry in list_of(value):
        body = mapping_of(entry)
        tolerated = body.get("allow_failure")
        found.append(
            GitlabRule(
                condition=text_of(body.get("if")),
                when=text_of(body.get("when")),
                allow_failure=None if tolerated is None else tolerated is not False,
                by_files="changes" in body or "exists" in body,
            )
        )
    return tuple(found)


def _refs(value: YamlValue, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """`only` and `except` in the short form and in the long one with `refs`."""
    if not isinstance(value, dict):
        return texts_of(value)
    # Without `refs`, the other conditions of the long form leave every branch and tag in.
    return texts_of(value["refs"]) if "refs" in value else default
