"""Which stages of Dockerfiles the repository's own scripts, Makefiles and pipelines build by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.ci import github_workflow
from auditor.formats.ci.github_workflow import Job, Step
from auditor.formats.text import json_text
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import Holdings, resolve
from auditor.probing.doors.trouble import Trouble

_SCRIPTS = re.compile(
    r"(?i)(?:^|/)(?:GNUmakefile|Makefile(?:\.\w+)?|justfile|Taskfile\.ya?ml|Jenkinsfile|package\.json"
    r"|[^/]+\.(?:mk|sh))$|^\.gitlab-ci\.ya?ml$"
)
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_COMMAND = re.compile(
    r"(?:\b(?:docker|podman|buildah|nerdctl)|\$[({]\w+[)}])[^\n;&|]*?\s(?:build|bud)\s[^\n;&|]*"
)
_TARGET = re.compile(r"\s--target[\s=]+[\"']?([\w.${}()-]+)")
_FILE = re.compile(r"\s(?:-f|--file)[\s=]+[\"']?([^\s\"']+)")
_EXPORTED = re.compile(r"\s(?:-o|--output)[\s=](?!\S*type=(?:image|registry|docker|oci))")
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_LARGEST = 512 * 1024


@dataclass(frozen=True, slots=True)
class BuildTarget:
    """One build of a stage. `files` are the paths its Dockerfile may have, from the git root; empty
    where a variable decides."""

    stage: str
    files: tuple[str, ...]

    def means(self, dockerfile: str) -> bool:
        """Whether it may be a build of that Dockerfile."""
        return not self.files or dockerfile in self.files


def build_targets(holdings: Holdings) -> list[BuildTarget]:
    """The stages that are built by name to become images; those written to a folder are none."""
    found: list[BuildTarget] = []
    for path in sorted(holdings.files):
        if _WORKFLOW.fullmatch(path):
            found += _of_workflow(_text(holdings, path))
        elif _SCRIPTS.search(path) and role(path) in SHIPPED:
            text = _text(holdings, path)
            text = "\n".join(_npm_scripts(text)) if path.endswith(".json") else text
            found += _of_text(text, path.rpartition("/")[0])
    return list(dict.fromkeys(found))


def _text(holdings: Holdings, path: str) -> str:
    try:
        return holdings.repo.read(path, limit=_LARGEST).text
    except Trouble:
        return ""


def _npm_scripts(text: str) -> list[str]:
    try:
        scripts = json_text.decode(text.encode(), dict[str, Any], name="The package.json")
    except FormatError:
        return []
    found = scripts.get("scripts")
    return [s for s in found.values() if isinstance(s, str)] if isinstance(found, dict) else []


def _of_workflow(text: str) -> Iterator[BuildTarget]:
    try:
        workflow = github_workflow.read(text)
    except FormatError:
        return
    for job in workflow.jobs:
        for step in job.steps:
            for run in _expanded(step.run or "", job):
                yield from _of_text(run, step.working_directory or "")
            if "build-push-action" in (step.uses or ""):
                yield from _of_action(step, job)


def _of_action(step: Step, job: Job) -> Iterator[BuildTarget]:
    outputs = step.argument("outputs")
    if outputs and _EXPORTED.search(f" -o {outputs}"):
        return
    context = step.argument("context") or "."
    file = step.argument("file") or f"{context.rstrip('/')}/Dockerfile"
    for target in _expanded(step.argument("target"), job):
        if target and "$" not in target:
            yield BuildTarget(target.lower(), _files([file], [""]))


def _expanded(text: str, job: Job) -> list[str]:
    """`text` for every value of the matrix entry that it names."""
    axis = _MATRIX.search(text)
    if axis is None:
        return [text]
    return [text.replace(axis.group(), value) for value in job.values(axis.group(1)) or ("",)]


def _of_text(text: str, folder: str) -> Iterator[BuildTarget]:
    lines = re.sub(r"\\\r?\n", " ", text).splitlines()
    for command in _COMMAND.findall("\n".join(x for x in lines if not x.lstrip().startswith("#"))):
        target = _TARGET.search(command)
        if target is None or "$" in target.group(1) or _EXPORTED.search(command):
            continue
        bases = [folder, ""]
        named = _FILE.search(command)
        if named:
            yield BuildTarget(target.group(1).lower(), _files([named.group(1)], bases))
            continue
        words = [w.strip("\"'") for w in command.split() if not w.startswith("-")]
        names = [f"{w.rstrip('/')}/{name}" for w in words for name in ("Dockerfile", "dockerfile")]
        unclear = "$" in command.split()[-1]
        yield BuildTarget(target.group(1).lower(), () if unclear else _files(names, bases))


def _files(names: list[str], bases: list[str]) -> tuple[str, ...]:
    """The paths that the names may mean in one of the folders; none where a variable is left in one."""
    if any("$" in name for name in names):
        return ()
    found = (resolve(base, name) for base in bases for name in names)
    return tuple(dict.fromkeys(path for path in found if path))
