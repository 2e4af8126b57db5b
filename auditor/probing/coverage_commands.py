"""What to run for a coverage report, by language alone: a thin door to `stack_commands`."""

from __future__ import annotations

from auditor.probing import stack
from auditor.probing.repo import Repo
from auditor.probing.stack_commands import COMMANDS, Wanted

_ANY = "the tests with a report in Cobertura XML at reports/coverage.xml"
_USUAL = {"javascript": "jest", "java": "maven", "ruby": "rspec"}


def report_command(language: str) -> str:
    """What to run for a family of languages, to follow `Run `, where no repository is at hand."""
    known = COMMANDS.get(_USUAL.get(language, language), {})
    return known.get(Wanted.COVERAGE, _ANY).replace("  # ", ", ")


def main_language(repo: Repo) -> str:
    """The family of languages that most of the shipped source is in, by size; "" where there is none."""
    return stack.main_language(repo) or ""
