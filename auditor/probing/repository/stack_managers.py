"""Commands in the words of the target's own package manager or wrapper, as its files show it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from auditor.probing.repo import Repo

_T = TypeVar("_T")
_RUNS = re.compile(r"(?:^|(?<=&& ))(?=(?:pytest|mypy|pylint|coverage|python) )")
_PYTHON = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}
_NODE = {
    "pnpm-lock.yaml": ("pnpm exec", "pnpm add -D"),
    "yarn.lock": ("yarn", "yarn add -D"),
    "bun.lock": ("bunx", "bun add -d"),
    "bun.lockb": ("bunx", "bun add -d"),
}


def in_its_words(repo: Repo, language: str, command: str) -> str:
    """`command` as the service's own developers would type it."""
    if language == "python":
        manager = _first(repo, _PYTHON)
        return _RUNS.sub(f"{manager} run ", command) if manager else command
    if language == "javascript":
        words = _first(repo, _NODE)
        if words is None:
            return command
        return re.sub(r"\bnpx\b", words[0], command).replace("npm i -D", words[1])
    if language == "java":
        return _with_wrapper(repo, command)
    return command


def _first(repo: Repo, table: Mapping[str, _T]) -> _T | None:
    return next((value for name, value in table.items() if repo.find(name)), None)


def _with_wrapper(repo: Repo, command: str) -> str:
    """Maven and Gradle are called by the wrapper that the repository has, and else as installed."""
    if repo.find("mvnw"):
        command = re.sub(r"(?<![\w./])mvn\b", "./mvnw", command)
    return command if repo.find("gradlew") else command.replace("./gradlew", "gradle")
