"""CircleCI (`.circleci/config.yml`) in the model that all forges share: jobs as the workflows run them."""

from __future__ import annotations

import re

from auditor.formats.ci.ci_model import (
    EVERYTHING,
    MANUAL,
    PUSH,
    REVIEW,
    TAG,
    CiGap,
    CiJob,
    CiPipeline,
)
from auditor.formats.ci.circleci_steps import Steps, filled
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import (
    kind_of,
    list_of,
    mapping_of,
    need_mapping,
    text_of,
    texts_of,
)
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load

_MAIN = re.compile(
    r"/?\^?\(?(?:main|master|trunk|production|prod|dev|develop)(?:\|(?:main|master))?\)?\$?/?"
)
_PARAMETER = re.compile(r"<<\s*pipeline\.parameters\.([\w-]+)\s*>>")
_MOST_JOBS = 500


def read(data: bytes | str, *, path: str) -> tuple[CiPipeline, ...]:
    """One pipeline for each workflow; of a file without workflows the one job `build`.

    Raises Malformed where CircleCI would refuse the file (no jobs, a workflow that runs or waits for
    a job that is not there) and TooLarge.
    """
    document = load(data, name=path)
    top = need_mapping(document, (), document.value, path)
    return _Reader(document, top, path).pipelines()


class _Reader:
    def __init__(self, document: YamlDocument, top: dict[str, YamlValue], path: str) -> None:
        self._document, self._top, self._path = document, top, path
        self._jobs = mapping_of(top.get("jobs"))
        self._orbs = mapping_of(top.get("orbs"))
        self._gaps: list[CiGap] = []
        self._steps = Steps(document, top, path, self._gaps)

    def pipelines(self) -> tuple[CiPipeline, ...]:
        workflows = {
            k: v for k, v in mapping_of(self._top.get("workflows")).items() if k != "version"
        }
        if not self._jobs and not self._orbs and "setup" not in self._top:
            raise Malformed(f"{self._path} has no `jobs`, so CircleCI runs nothing.", line=1)
        if text_of(self._top.get("setup")) == "true":
            line = self._document.key_line(("setup",))
            self._gaps.append(
                CiGap(self._path, line, "writes the rest of the pipeline when it runs")
            )
        if not workflows:
            if "build" not in self._jobs:
                raise Malformed(f"{self._path} has neither workflows nor a job `build`.", line=1)
            job = self._job("build", "build", {}, ("jobs", "build"), EVERYTHING)
            return (self._pipeline("", (job,), 0),)
        found: list[CiPipeline] = []
        for name, value in workflows.items():
            body = need_mapping(self._document, ("workflows", name), value, f"The workflow {name}")
            at = len(self._gaps) if found else 0
            jobs = self._workflow(name, body)
            found.append(self._pipeline(name, jobs, at))
        return tuple(found)

    def _pipeline(self, title: str, jobs: tuple[CiJob, ...], at: int) -> CiPipeline:
        gaps = tuple(dict.fromkeys(self._gaps[at:]))
        return CiPipeline("CircleCI", self._path, title, jobs, gaps)

    def _workflow(self, name: str, body: dict[str, YamlValue]) -> tuple[CiJob, ...]:
        events = frozenset() if "triggers" in body or not self._runs(body) else EVERYTHING
        entries = list_of(body.get("jobs"))
        jobs: list[CiJob] = []
        for at, entry in enumerate(entries[:_MOST_JOBS]):
            path: Path = ("workflows", name, "jobs", at)
            if isinstance(entry, dict) and len(entry) == 1:
                key, value = next(iter(entry.items()))
                settings = mapping_of(value)
            else:
                key, settings = text_of(entry) or "", {}
            jobs.append(self._entry(key, settings, path, events))
        return self._waited(name, jobs)

    def _waited(self, name: str, jobs: list[CiJob]) -> tuple[CiJob, ...]:
        """Checks `requires`, and marks what stands behind a person's approval."""
        known = {job.name for job in jobs}
        for job in jobs:
            missing = sorted(job.needs - known)
            if missing and not any("<<" in m for m in missing):
                raise Malformed(
                    f"The workflow {name} lets {job.name} wait for {missing[0]}, which is no job of it.",
                    line=job.line,
                )
        return tuple(jobs)

    def _entry(
        self, key: str, settings: dict[str, YamlValue], path: Path, events: frozenset[str]
    ) -> CiJob:
        name = text_of(settings.get("name")) or key
        alive = events & _filtered(settings.get("filters"))
        line = self._document.key_line(path) or 1
        needs = frozenset(_required(settings.get("requires")))
        if text_of(settings.get("type")) == "approval":
            return CiJob(name, self._path, line, (), alive, needs, manual=True)
        orb = key.partition("/")[0]
        axes = mapping_of(mapping_of(settings.get("matrix")).get("parameters"))
        first = {axis: values[0] for axis, v in axes.items() if (values := texts_of(v))}
        settings = {**first, **settings}
        if key in self._jobs:
            job = self._job(key, name, settings, ("jobs", key), alive)
        elif "/" in key and orb in self._orbs:
            steps = tuple(self._steps.orb(key, settings, line, job=True))
            job = CiJob(name, self._path, line, steps, alive)
        else:
            raise Malformed(f"A workflow runs `{key}`, which is no job here.", line=line)
        pre = self._steps.of(settings.get("pre-steps"), (*path, key, "pre-steps"), {})
        post = self._steps.of(settings.get("post-steps"), (*path, key, "post-steps"), {})
        return CiJob(
            name, self._path, job.line, (*pre, *job.steps, *post), alive, needs, always=False
        )

    def _job(
        self, key: str, name: str, given: dict[str, YamlValue], path: Path, events: frozenset[str]
    ) -> CiJob:
        line = self._document.key_line(path) or 1
        body = self._jobs[key]
        if not isinstance(body, dict):
            raise Malformed(f"The job {key} must be a mapping, and is {kind_of(body)}.", line=line)
        if not body.get("steps") and text_of(body.get("type")) is None:
            raise Malformed(f"The job {key} has no steps.", line=line)
        parameters = self._steps.parameters(body, given)
        folder = filled(text_of(body.get("working_directory")) or "", parameters)
        shell = filled(text_of(body.get("shell")) or "", parameters)
        environment = mapping_of(body.get("environment"))
        steps = self._steps.of(
            body.get("steps"), (*path, "steps"), parameters, folder, shell, environment
        )
        return CiJob(name, self._path, line, tuple(steps), events)

    def _runs(self, body: dict[str, YamlValue]) -> bool:
        """Whether a workflow is on, as far as `when` and `unless` hang on written defaults."""
        when, unless = body.get("when", True), body.get("unless", False)
        return self._truth(when) is not False and self._truth(unless) is not True

    def _truth(self, value: YamlValue) -> bool | None:
        if isinstance(value, bool):
            return value
        found = _PARAMETER.fullmatch((text_of(value) or "").strip())
        if found is None:
            return None
        default = mapping_of(mapping_of(self._top.get("parameters")).get(found[1])).get("default")
        return default if isinstance(default, bool) else None


def _required(value: YamlValue) -> list[str]:
    """The jobs of `requires`, each a name or a name with the outcomes that are waited for."""
    names: list[str] = []
    for entry in list_of(value) or [value]:
        names += list(entry) if isinstance(entry, dict) else list(texts_of(entry))
    return names


def _filtered(value: YamlValue) -> frozenset[str]:
    """The events that the filters of a job let through; tags start nothing that does not ask for them."""
    filters = mapping_of(value)
    if value is not None and not filters:
        return EVERYTHING - {TAG}
    events = {REVIEW, PUSH, MANUAL}
    branches, tags = mapping_of(filters.get("branches")), mapping_of(filters.get("tags"))
    only, ignored = texts_of(branches.get("only")), texts_of(branches.get("ignore"))
    # A branch that is named in full is one that changes are merged into.
    if only and not any(p.startswith("/") and not _MAIN.fullmatch(p) for p in only):
        events.discard(REVIEW)
    if any(pattern in ("/.*/", "/.+/", "/^.*$/", "/.*") for pattern in ignored):
        events -= {REVIEW, PUSH}
    elif ignored and all(_MAIN.fullmatch(pattern) for pattern in ignored):
        events.discard(PUSH)
    if texts_of(tags.get("only")) or texts_of(tags.get("ignore")):
        events.add(TAG)
    return frozenset(events)
