"""The steps of CircleCI: both forms of `run`, commands of the file, and switches."""

from __future__ import annotations

import pytest

from auditor.formats.ci import circleci_config
from auditor.formats.ci.ci_model import CiStep
from auditor.formats.ci.circleci_steps import filled, options_of

HEAD = """commands:
  check:
    parameters:
      what: {type: string, default: unit}
    steps:
      - run: pytest << parameters.what >>
jobs:
  build:
    docker: [{image: x}]
    working_directory: ~/project/api
    steps:
"""


def steps(*lines: str) -> list[CiStep]:
    text = HEAD + "".join(f"      {line}\n" for line in lines)
    return list(circleci_config.read(text, path="c")[0].jobs[0].steps)


def test_both_forms_of_run() -> None:
    short, long = steps("- run: a", "- run: {name: n, command: b, working_directory: web}")
    assert (short.text, short.folder, long.text, long.folder) == ("a", "api", "b", "web")


def test_a_command_of_the_file_gets_its_parameters() -> None:
    given, default = steps("- check: {what: all}", "- check")
    assert (given.text, default.text, given.line) == ("pytest all", "pytest unit", 6)


def test_what_is_not_known_never_becomes_a_here_document() -> None:
    (step,) = steps("- run: pytest << pipeline.number >>")
    assert step.text == "pytest EXPRESSION"


@pytest.mark.parametrize(
    "line",
    ["- when: {condition: false, steps: [{run: pytest}]}", "- unless: {condition: true, steps: [{run: pytest}]}",
     "- checkout", "- run: {command: pytest, shell: /usr/bin/fish}"],
)  # fmt: skip
def test_false_green_a_step_that_is_off(line: str) -> None:
    assert steps(line, "- run: x")[0].text == "x"


def test_steps_after_a_failure_and_in_the_background_are_marked() -> None:
    failing, always, behind = steps(
        "- run: {command: a, when: on_fail}",
        "- run: {command: b, when: always}",
        "- run: {command: c, background: true}",
    )
    assert (failing.rescues, failing.events) == (True, frozenset())
    assert (always.always, "background" in behind.tolerated) == (True, True)


def test_shells() -> None:
    assert options_of("") == options_of("/bin/bash -eo pipefail")
    sh = options_of("/bin/sh")
    assert sh is not None
    assert not sh.errexit
    assert options_of("python") is None
    assert filled("<< parameters.a >> << parameters.b >>", {"a": "1"}) == "1 << parameters.b >>"
