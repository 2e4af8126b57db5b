"""The stack of the target: its main language and test runner, and the command that makes a missing report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from auditor.code.lexical.places import looks_generated
from auditor.formats.text import json_text
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Problem
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Entry, Repo
from auditor.probing.reports.coverage_sources import GLUE, family
from auditor.probing.repository.stack_commands import CHECKS, COMMANDS, Wanted
from auditor.probing.repository.stack_managers import in_its_words
from auditor.probing.sources import mostly_other, shipped

__all__ = ["Wanted", "advice", "check_for", "command_for", "main_language", "unread_language"]

_LIMIT = 1024 * 1024
_GRADLE = ("**/build.gradle", "**/build.gradle.kts")
_NAMING_PYTEST = (
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    "**/requirements*.txt",
    "**/requirements/*.txt",
    "Pipfile",
)
_SOME = 20
_LARGE_SCRIPT = 40_000
_RUNNERS = ("vitest", "jest", "mocha", "bun")


class _Package(msgspec.Struct):
    scripts: dict[str, Any] = {}
    dependencies: dict[str, Any] = {}
    devDependencies: dict[str, Any] = {}


def main_language(repo: Repo) -> str | None:
    """The family of languages that most of the shipped source is in, by bytes.

    A family goes by one name: TypeScript and Vue are "javascript", Kotlin is "java".
    """
    sizes = _sizes(repo)
    return min(sizes, key=lambda name: (-sizes[name], name)) if sizes else None


def command_for(repo: Repo, wanted: Wanted, language: str | None = None) -> str | None:
    """The command that makes a report of `wanted` which a probe reads; None where none is known.

    `language` is a family of languages of the service, by default its main one.
    """
    return _of(COMMANDS, repo, wanted, language)


def check_for(repo: Repo, wanted: Wanted, language: str | None = None) -> str | None:
    """The command that checks `wanted`, of which no report is read; None where none is known."""
    return _of(CHECKS, repo, wanted, language)


def advice(repo: Repo, wanted: Wanted, otherwise: str, language: str | None = None) -> str:
    """A next step: make the report and audit again, else attest a check, else `otherwise`."""
    command = command_for(repo, wanted, language)
    if command is not None:
        call, _, needs = command.partition("  # ")
        return f"Run `{call}`{f' ({needs})' if needs else ''}, then audit again."
    check = check_for(repo, wanted, language)
    return (
        f"Run `{check}` in CI, and attest that run: its report is not read." if check else otherwise
    )


def unread_language(ctx: Context, language: str, wanted: Wanted, *facts: str) -> Problem | None:
    """As `mostly_other`, with the next step of the other language that most of the service is in."""
    problem = mostly_other(ctx, language, *facts)
    if problem is None:
        return None
    sizes = _sizes(ctx.repo)
    others = [name for name in sizes if name != language]
    if not others:
        return problem
    step = advice(ctx.repo, wanted, problem.hint, max(others, key=lambda name: sizes[name]))
    if main_language(ctx.repo) == language and step != problem.hint:
        step += f" Or audit the {language} service alone with --root."
    return replace(problem, hint=step)


def _sizes(repo: Repo) -> Counter[str]:
    """Bytes of shipped source by family of languages, glue such as shell scripts left out."""
    return repo.once("sizes", lambda: _summed(repo))


def _summed(repo: Repo) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for entry in shipped(repo):
        if family(entry.path) not in GLUE and not _is_bundle(repo, entry):
            sizes[family(entry.path)] += entry.size
    return sizes


def _is_bundle(repo: Repo, entry: Entry) -> bool:
    """Whether a large script is what a build made: it would outweigh what people wrote."""
    if entry.size < _LARGE_SCRIPT or family(entry.path) != "javascript":
        return False
    try:
        return looks_generated(repo.head(entry.path).decode("utf-8", "replace"))
    except Trouble:
        return False


def _of(
    table: Mapping[str, Mapping[Wanted, str]], repo: Repo, wanted: Wanted, language: str | None
) -> str | None:
    language = main_language(repo) if language is None else language
    if language is None:
        return None
    named = repo.once(f"stack {language}", lambda: (*_of_browsers(repo), *_tools(repo, language)))
    stacks = (*named, language, "")
    command = next((table[s][wanted] for s in stacks if wanted in table.get(s, {})), None)
    return None if command is None else in_its_words(repo, language, command)


def _of_browsers(repo: Repo) -> Iterator[str]:
    """What drives a browser, whatever the service is written in."""
    for tool in ("playwright", "cypress"):
        if repo.find(f"**/{tool}.config.{{ts,js,mjs,cjs,mts}}"):
            yield tool


def _tools(repo: Repo, language: str) -> Iterator[str]:
    """The test runner, build tool or framework of the service, as its manifests name them."""
    if language == "java":
        yield "gradle" if repo.find(*_GRADLE) and not repo.find("pom.xml") else "maven"
    elif language == "javascript":
        yield from _node(repo)
    elif language == "python":
        yield from _python(repo)
    elif language == "ruby":
        if repo.find("config/application.rb"):
            yield "rails"
        if repo.find(".rspec", "spec/spec_helper.rb"):
            yield "rspec"
    elif language == "php" and repo.find("tests/Pest.php"):
        yield "pest"


def _python(repo: Repo) -> Iterator[str]:
    """Django's own test runner or unittest's, where nothing of the service names pytest."""
    if repo.find("**/conftest.py", "**/pytest.ini") or "pytest" in _texts(repo, *_NAMING_PYTEST):
        return
    if repo.find("manage.py"):
        yield "django"
    elif "unittest" in _texts(repo, "**/test_*.py"):
        yield "unittest"


def _texts(repo: Repo, *patterns: str) -> str:
    """The text of some of the files that match; of none that cannot be read."""
    texts = []
    for entry in repo.find(*patterns)[:_SOME]:
        try:
            texts.append(repo.read(entry.path, limit=_LIMIT).text)
        except Trouble:
            continue
    return "\n".join(texts)


def _node(repo: Repo) -> Iterator[str]:
    """The runner that a script calls, else the first that is depended upon; whether npm locks; Biome."""
    if repo.find("package-lock.json", "npm-shrinkwrap.json"):
        yield "lock of npm"
    if repo.find("biome.json", "biome.jsonc"):
        yield "biome"
    for entry in repo.find("package.json"):
        try:
            package = json_text.decode(
                repo.read(entry.path, limit=_LIMIT).data, _Package, name="package.json"
            )
        except (Trouble, FormatError):
            return
        called = {
            word.rpartition("/")[2]
            for script in ("test", *sorted(package.scripts))
            for word in str(package.scripts.get(script, "")).split()
        }
        known = package.dependencies | package.devDependencies
        for names in (called, known.keys()):
            runner = next((one for one in _RUNNERS if one in names), None)
            if runner is not None:
                yield runner
                return
