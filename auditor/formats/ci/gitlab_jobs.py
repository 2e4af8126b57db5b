"""The values that a GitLab pipeline is read into, and which pipelines a job is part of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.shell.shell_fate import ShellOptions
from auditor.formats.text.word_list import words

SHELL = ShellOptions(errexit=True, pipefail=True)
"""How GitLab's runner starts bash: at the first failing line the job ends, pipes included."""

MERGE_REQUEST = "merge_request_event"
PUSH = "push"
"""A push to any branch."""
BRANCH = "push to another branch"
MAIN = "push to the main branch"
TAGGED = "push of a tag"

_SET = "(set)"  # a value that is there, and not known

_BRANCHES = ("$CI_COMMIT_BRANCH", "$CI_COMMIT_REF_NAME")
_MATCH = re.compile(r"(\$\w+)\s*(=~|!~)\s*(/.*/)")
_TERM = re.compile(
    r"""(\$\w+|"[^"]*"|'[^']*'|null)\s*(?:(==|!=)\s*(\$\w+|"[^"]*"|'[^']*'|null))?"""
)


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One entry of a script, which may hold several lines; `unresolved` where a reference leads out
    of the file. `path` is the file that it stands in."""

    text: str
    line: int | None
    unresolved: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True)
class GitlabRule:
    """One entry of `rules`; `by_files` where changed or present files decide as well."""

    condition: str | None
    when: str | None
    allow_failure: bool | None
    by_files: bool


@dataclass(frozen=True, slots=True)
class GitlabInclude:
    """One file that is brought in: "local", "remote", "template", "component" or "project".

    `path` is the file that names it; `ruled` says that `rules` decide whether it is.
    """

    kind: str
    target: str
    line: int | None
    path: str = ""
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class GitlabJob:
    """One job with what it inherits. `script` begins with its `before_script`.

    `rules`, `only` and `allow_failure` are None where nothing is written; a list of exit codes
    counts as allowed failure. `unresolved` where a part of it lies outside the file. `path` is the
    file that it stands in; `ordered` says that `needs` are written, in place of the order of stages.
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
    path: str = ""
    ordered: bool = False

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

    def manual(self, source: str) -> bool:
        """Whether a person must start it in the pipeline of `source`."""
        rule = self._rule(source)
        said = rule.when if rule is not None and rule.when is not None else self.when
        return said == "manual"

    def always(self, source: str) -> bool:
        """Whether it also runs where a job before it has failed."""
        rule = self._rule(source)
        said = rule.when if rule is not None and rule.when is not None else self.when
        return said == "always"

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
        """Whether it is part of a pipeline that MERGE_REQUEST, PUSH (to any branch), BRANCH, MAIN or
        TAGGED starts.

        None where a variable decides that the file does not tell.
        """
        if self.when in ("never", "on_failure"):
            return False
        if self.rules is not None:
            return _decide(self.rules, source)
        if self.only is None and not self.excepted:
            return source != MERGE_REQUEST
        wanted = self.only if self.only is not None else ("branches", "tags")
        if _named_alone(self.excepted, source):
            return False
        return _named(wanted, source)

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
            outcomes.add(rule.when not in ("never", "on_failure"))
        if held is True and not rule.by_files:
            break
    else:
        outcomes.add(False)
    return outcomes.pop() if len(outcomes) == 1 else None


_SOURCES = words(
    "merge_requests external_pull_requests tags schedules api triggers web pipelines chat external"
)


def _named(refs: tuple[str, ...], source: str) -> bool | None:
    """Whether `only` names a source; None where the pattern of a branch decides."""
    if source == MERGE_REQUEST:
        return "merge_requests" in refs or "external_pull_requests" in refs
    patterns = [ref for ref in refs if ref not in _SOURCES and ref not in ("branches", "pushes")]
    if source == TAGGED:
        return "tags" in refs or (None if any(p.startswith("/") for p in patterns) else False)
    if "branches" in refs or "pushes" in refs:
        return True
    if source == BRANCH:
        return None if any(p.startswith("/") and not _is_main(p) for p in patterns) else False
    return bool(patterns)


def _is_main(pattern: str) -> bool:
    """Whether a pattern meets the main branch alone."""
    return (
        re.fullmatch(r"/\^?\(?(?:main|master|trunk)(?:\|(?:main|master))?\)?\$?/", pattern)
        is not None
    )


def _named_alone(refs: tuple[str, ...], source: str) -> bool:
    """Whether `except` shuts a source out: the whole source, not one branch of it."""
    if source == MERGE_REQUEST:
        return "merge_requests" in refs
    if source == TAGGED:
        return "tags" in refs
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
        return _matched(text, source)
    left, operator, right = found.groups()
    known, first = _value(left, source)
    if not known:
        return None
    if operator is None:
        return bool(first)
    if right == "$CI_DEFAULT_BRANCH":
        return _default_branch(left, first, source, operator == "==")
    known, second = _value(right, source)
    if not known or (_SET in (first, second) and None not in (first, second)):
        return _one_branch(left, source, operator == "==") if known else None
    return (first == second) is (operator == "==")


def _matched(text: str, source: str) -> bool | None:
    """`$CI_COMMIT_BRANCH =~ /main/`, where the pattern tells it."""
    found = _MATCH.fullmatch(text)
    if found is None:
        return None
    name, operator, pattern = found.groups()
    known, value = _value(name, source)
    if known and value is None:
        return operator == "!~"
    if source == BRANCH and name in _BRANCHES and _is_main(pattern):
        return operator == "!~"
    return None


def _default_branch(left: str, first: str | None, source: str, equal: bool) -> bool | None:
    """A comparison with the name of the main branch, which is always set."""
    if first is None or (source == BRANCH and left in _BRANCHES):
        return not equal
    return equal if source == MAIN and left in _BRANCHES else None


def _one_branch(left: str, source: str, equal: bool) -> bool | None:
    """A comparison with the written name of a branch: another branch is not it."""
    return (not equal) if source == BRANCH and left in _BRANCHES else None


def _value(text: str, source: str) -> tuple[bool, str | None]:
    """Whether the text is known, and what it stands for (None: not set)."""
    if not text.startswith("$"):
        return True, None if text == "null" else text[1:-1]
    in_request = source == MERGE_REQUEST
    if text == "$CI_PIPELINE_SOURCE":
        return True, source if in_request else PUSH
    if text in ("$CI_MERGE_REQUEST_IID", "$CI_MERGE_REQUEST_ID"):
        return True, "1" if in_request else None
    if text.startswith("$CI_MERGE_REQUEST_") and not in_request:
        return True, None
    if text == "$CI_COMMIT_TAG":
        return True, _SET if source == TAGGED else None
    if text == "$CI_PIPELINE_TRIGGERED":
        return True, None
    if text == "$CI_COMMIT_BRANCH":
        if in_request or source == TAGGED:
            return True, None
        return (True, _SET) if source in (BRANCH, MAIN) else (False, None)
    if text == "$CI_COMMIT_REF_NAME" and source in (BRANCH, MAIN):
        return True, _SET
    return False, None
