"""The pipelines that a repository holds: of GitHub, and of GitLab, CircleCI, Azure and Jenkins."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.formats.ci import (
    azure_pipelines,
    circleci_config,
    github_pipeline,
    gitlab_pipeline,
    jenkinsfile,
)
from auditor.formats.ci.ci_model import CiGap, CiPipeline
from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.probing.contract import ProblemKind, Trouble
from auditor.probing.repo import Repo

_GITLAB = ".gitlab-ci.yml"
_CIRCLE = (".circleci/config.yml", ".circleci/config.yaml")
_AZURE = re.compile(
    r"(?:\.?azure[\w-]*/|\.pipelines/)?azure-pipelines?(?:[-._][\w.-]+)?\.ya?ml", re.IGNORECASE
)
_AZURE_FOLDER = re.compile(
    r"(?:\.?azure[\w-]*|\.pipelines|\.vsts[\w-]*)/(?:[\w.-]+/)*[\w.-]+\.ya?ml", re.IGNORECASE
)
_IS_PIPELINE = re.compile(rb"^(?:trigger|pr|schedules)\s*:", re.MULTILINE)
_JENKINS = re.compile(r"Jenkinsfile(?:\.[\w-]+)?")
_NESTED = re.compile(r"(.+/)(?:\.gitlab-ci\.yml|\.circleci/config\.ya?ml)")
_MOST = 40
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")


@dataclass(slots=True)
class Pipelines:
    """What was read: pipelines of which the forge is known to run them, those that a server of its own
    may run (`declared`), what a forge would refuse, and what could not be read."""

    paths: list[str] = field(default_factory=list)
    pipelines: list[CiPipeline] = field(default_factory=list)
    declared: list[CiPipeline] = field(default_factory=list)
    invalid: list[tuple[str, int | None, str]] = field(default_factory=list)
    unread: list[Trouble] = field(default_factory=list)

    @property
    def gaps(self) -> list[CiGap]:
        """What the pipelines name and the repository does not hold."""
        found = (gap for p in (*self.pipelines, *self.declared) for gap in p.gaps)
        return list(dict.fromkeys(found))


def read_pipelines(repo: Repo) -> Pipelines:
    """Every pipeline at the places where its forge reads it, from the git root."""
    found = Pipelines()
    files = [e.path for e in repo.entries]
    for path in [p for p in files if _is_one(repo, p)][:_MOST]:
        found.paths.append(path)
        try:
            _read(repo, path, found)
        except Malformed as error:
            if _JENKINS.fullmatch(path):
                found.unread.append(
                    Trouble(ProblemKind.VACUOUS, str(error), "Attest with a link to a run of it.")
                )
            else:
                found.invalid.append((path, error.line, error.message))
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            found.unread.append(Trouble(kind, str(error), "Split the file, and audit again."))
        except Trouble as error:
            found.unread.append(error)
    return found


def github_pipelines(repo: Repo) -> tuple[list[CiPipeline], list[Trouble]]:
    """The workflows that GitHub runs; one that it would refuse is none."""
    found: list[CiPipeline] = []
    unread: list[Trouble] = []

    def local(path: str) -> bytes | None:
        return repo.read(path).data if path in repo.by_path else None

    for path in (e.path for e in repo.entries if _WORKFLOW.fullmatch(e.path)):
        try:
            made = github_pipeline.read(repo.read(path).data, path=path, local=local)
        except Malformed:
            continue
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            unread.append(Trouble(kind, str(error), "Split the file, and audit again."))
            continue
        except Trouble as error:
            unread.append(error)
            continue
        found += [] if made is None else [made]
    return found, unread


def misplaced(repo: Repo) -> Iterable[tuple[str, str]]:
    """Pipelines below the git root where none stands at it, so that the forge never reads them."""
    for entry in repo.service:
        nested = _NESTED.fullmatch(entry.path)
        if nested is None or "{{" in entry.path:
            continue
        at_root = entry.path.removeprefix(nested[1])
        if at_root not in repo.by_path:
            forge = "GitLab" if at_root == _GITLAB else "CircleCI"
            yield entry.path, f"is not at the git root, so {forge} does not read it"


def _is_one(repo: Repo, path: str) -> bool:
    if path == _GITLAB or path in _CIRCLE or _JENKINS.fullmatch(path):
        return True
    if not _AZURE.fullmatch(path) and not _AZURE_FOLDER.fullmatch(path):
        return False
    if path in ("azure-pipelines.yml", "azure-pipelines.yaml"):
        return True
    try:
        return _IS_PIPELINE.search(repo.read(path).data) is not None  # a template has none
    except Trouble:
        return True


def _read(repo: Repo, path: str, found: Pipelines) -> None:
    data = repo.read(path).data
    if path == _GITLAB:
        local = _Local(repo)
        found.pipelines.append(gitlab_pipeline.read(data, path=path, local=local.matching))
    elif path in _CIRCLE:
        found.pipelines += circleci_config.read(data, path=path)
    elif _JENKINS.fullmatch(path):
        found.declared.append(jenkinsfile.read(data, path=path))
    else:
        found.pipelines.append(azure_pipelines.read(data, path=path, local=_Local(repo).one))


class _Local:
    """The files of the repository that a pipeline brings in."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def one(self, path: str) -> bytes | None:
        """The content of a file by its path from the git root."""
        return self._repo.read(path).data if path in self._repo.by_path else None

    def matching(self, pattern: str) -> list[tuple[str, bytes]]:
        """The files of a path that may hold `*` and `**`."""
        wanted = posixpath.normpath(pattern.lstrip("/"))
        if "*" not in wanted:
            data = self.one(wanted)
            return [] if data is None else [(wanted, data)]
        parts = (re.escape(p) for p in re.split(r"(\*\*/|\*\*|\*)", wanted))
        body = "".join(
            {r"\*\*/": "(?:.*/)?", r"\*\*": ".*", r"\*": "[^/]*"}.get(p, p) for p in parts
        )
        paths = [p for p in self._repo.by_path if re.fullmatch(body, p)]
        return [(path, self._repo.read(path).data) for path in sorted(paths)[:_MOST]]
