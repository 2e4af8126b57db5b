"""The values that a GitLab pipeline is read into, and which pipelines a job is part of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.shell_fate import ShellOptions

SHELL = ShellOptions(errexit=True, pipefail=True)
"""How GitLab's runner starts bash: at the first failing line the job ends, pipes included."""

MERGE_REQUEST = "merge_request_event"
PUSH = "push"

_TERM = re.compile(
    r"""(\$\w+|"[^"]*"|'[^']*'|null)\s*(?:(==|!=)\s*(\$\w+|"[^"]*"|'[^']*'|null))?"""
)


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One entry of a script, which may hold several lines; `unresolved` where a reference leads out
    of the file."""

    text: str
    line: int | None
    unresolved: bool = False


@dataclass(frozen=True, slots=True)
class GitlabRule:
    """One entry of `rules`; `by_files` where changed or present files decide as well."""

    condition: str | None
    when: str | None
    allow_failure: bool | None
    by_files: bool


@dataclass(frozen=True, slots=True)
class GitlabInclude:
    """One file that is brought in: "local", "remote", "template", "component" or "project"."""

    kind: str
    target: str
    line: int | None


@dataclass(frozen=True, slots=True)
class GitlabJob:
    """One job with what it inherits. `script` begins with its `before_script`.

    `rules`, `only` and `allow_failure` are None where nothing is written; a list of exit codes
    counts as allowed failure. `unresolved` where a part of it lies outside the file.
    """

    name: str
    line: int | None
    stage: str
    script: tuple[ScriptLine, ...]
    rules: tuple[GitlabRule, ...] | None
    only: tuple[str, ...] | None
    excepted: tuple[str, ...]
    when: str | None
    allow_failure: bool | None
    needs: tuple[str, ...]
    environment: str | None
    image: str | None
    triggers: bool
    unresolved: bool

    @property
    def hidden(self) -> bool:
        """Whether it is a template, which never runs itself."""
        return self.name.startswith(".")

    @property
    def script_text(self) -> str:
        """The whole script, its entries one after the other as the runner's shell reads them."""
        return "\n".join(part.text for part in self.script)

    def line_of(self, number: int) -> int | None:
        """The line of the file that holds line `number`, from 1, of `script_text`."""
        for part in self.script:
            height = part.text.count("\n") + 1
            if number <= height:
                return None if part.line is None else part.line + number - 1
            number -= height
        return None

    def tolerated(self, source: str) -> bool:
        """Whether the pipeline of `source` passes when this job fails.

        A manual job is, unless it says otherwise, for nobody may ever start it.
        """
        rule = self._rule(source)
        manual = "manual" in (self.when, rule.when if rule else None)
        stated = self.allow_failure
        if rule is not None and rule.allow_failure is not None:
            stated = rule.allow_failure
        return manual if stated is None else stated

    def runs_on(self, source: str) -> bool | None:
        """Whether it is part of a pipeline that MERGE_REQUEST or PUSH (to a branch) starts.

        None where a variable decides that the file does not tell.
        """
        if self.when == "never":
            return False
        if self.rules is not None:
            return _decide(self.rules, source)
        if self.only is None and not self.excepted:
            return source == PUSH
        wanted = self.only if self.only is not None else ("branches", "tags")
        return _named(wanted, source) and not _named_alone(self.excepted, source)

    def _rule(self, source: str) -> GitlabRule | None:
        """The first rule that holds for certain, or might."""
        held = (rule for rule in self.rules or () if _holds(rule.condition, source) is not False)
        return next(held, None)


@dataclass(frozen=True, slots=True)
class GitlabPipeline:
    """One file. `workflow_rules` are None where every event makes a pipeline."""

    jobs: tuple[GitlabJob, ...]
    templates: tuple[GitlabJob, ...]
    stages: tuple[str, ...]
    includes: tuple[GitlabInclude, ...]
    workflow_rules: tuple[GitlabRule, ...] | None

    def starts_on(self, source: str) -> bool | None:
        """Whether `source` makes a pipeline at all; None where a variable decides."""
        return True if self.workflow_rules is None else _decide(self.workflow_rules, source)


def _decide(rules: tuple[GitlabRule, ...], source: str) -> bool | None:
    """What the first matching rule says; none matching means no."""
    outcomes: set[bool] = set()
    for rule in rules:
        held = _holds(rule.condition, source)
        if held is not False:
            outcomes.add(rule.when != "never")
        if held is True and not rule.by_files:
            break
    else:
        outcomes.add(False)
    return outcomes.pop() if len(outcomes) == 1 else None


def _named(refs: tuple[str, ...], source: str) -> bool:
    if source == MERGE_REQUEST:
        return "merge_requests" in refs
    others = {"merge_requests", "tags", "schedules", "api", "triggers", "web", "pipelines"}
    return any(ref not in others for ref in refs)


def _named_alone(refs: tuple[str, ...], source: str) -> bool:
    """Whether `except` shuts a source out: the whole source, not one branch of it."""
    if source == MERGE_REQUEST:
        return "merge_requests" in refs
    return "branches" in refs or "pushes" in refs


def _holds(condition: str | None, source: str) -> bool | None:
    """A condition as far as the source of the pipeline decides it."""
    if condition is None:
        return True
    if "(" in condition or len(condition) > 2_000:
        return None
    options: list[bool | None] = []
    for option in condition.split("||"):
        terms = [_term(term.strip(), source) for term in option.split("&&")]
        options.append(False if False in terms else None if None in terms else True)
    return True if True in options else None if None in options else False


def _term(text: str, source: str) -> bool | None:
    found = _TERM.fullmatch(text)
    if found is None:
        return None
    left, operator, right = found.groups()
    known, first = _value(left, source)
    if not known:
        return None
    if operator is None:
        return bool(first)
    if first is None and right == "$CI_DEFAULT_BRANCH":
        return operator == "!="  # this one is always set
    known, second = _value(right, source)
    return (first == second) is (operator == "==") if known else None


def _value(text: str, source: str) -> tuple[bool, str | None]:
    """Whether the text is known, and what it stands for (None: not set)."""
    if not text.startswith("$"):
        return True, None if text == "null" else text[1:-1]
    in_request = source == MERGE_REQUEST
    if text == "$CI_PIPELINE_SOURCE":
        return True, source
    if text in ("$CI_MERGE_REQUEST_IID", "$CI_MERGE_REQUEST_ID"):
        return True, "1" if in_request else None
    if text.startswith("$CI_MERGE_REQUEST_") and not in_request:
        return True, None
    if text in ("$CI_COMMIT_TAG", "$CI_PIPELINE_TRIGGERED"):
        return True, None
    if text == "$CI_COMMIT_BRANCH" and in_request:
        return True, None
    return False, None
