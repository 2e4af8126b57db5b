"""The recognised commands of a script: their lines, their shells, and whether they can fail it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.ci.ci_commands import CiCommand, find_commands, shell_options
from auditor.formats.shell.shell_fate import ShellOptions
from tests.clocks import at_most

GITHUB = ShellOptions(errexit=True, pipefail=False)


def found(script: str) -> tuple[CiCommand, ...]:
    return find_commands(script, GITHUB)


def test_the_reason_names_the_option() -> None:
    assert found("flake8 . --exit-zero")[0].why_not == "`--exit-zero` keeps it from failing"
    assert found("trivy image x")[0].why_not == (
        "trivy reports findings without failing unless told to"
    )
    assert found("black .")[0].why_not == "black rewrites files here instead of checking them"


def test_skipping_nothing_is_no_skipping() -> None:
    assert found("mvn verify -DskipTests=false")[0].can_fail
    assert found("ruff check --fix --exit-non-zero-on-fix .")[0].can_fail
    assert found("helm upgrade --dry-run=none app .")[0].can_fail


def test_the_shell_can_take_them_as_well() -> None:
    (command,) = found("pytest || true")
    assert (command.text, command.why_not) == ("pytest", "`|| true` follows it")


def test_several_commands_keep_their_lines_and_order() -> None:
    script = (
        "pip install -e .\nruff check .\npytest \\\n  -x | tee log\n\nif false; then\n  mypy .\nfi"
    )
    assert [
        (command.tool, command.line, command.can_fail)
        for command in find_commands(script, GITHUB, first_line=10)
    ] == [("ruff", 11, True), ("pytest", 12, False), ("mypy", 16, False)]


def test_commands_inside_another_shell_are_found() -> None:
    assert [command.tool for command in found("docker run x sh -c 'cd /a && pytest'")] == ["pytest"]
    assert not found("docker run x sh -c 'pytest; exit 0'")[0].can_fail


def test_scripts_that_only_their_name_describes_are_marked() -> None:
    assert [command.delegated for command in found("make test\nnpm test\n./run_tests.sh")] == [
        True,
        True,
        True,
    ]
    assert not found("pytest")[0].delegated


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        (None, ShellOptions(True, False)),
        ("", ShellOptions(True, False)),
        ("bash", ShellOptions(True, True)),
        ("sh", ShellOptions(True, False)),
        ("bash -l {0}", ShellOptions(False, False)),
        ("bash -el {0}", ShellOptions(True, False)),
        ("bash --noprofile --norc -eo pipefail {0}", ShellOptions(True, True)),
        ("pwsh", ShellOptions(False, False)),
        ("cmd", ShellOptions(False, False)),
        ("python", None),
        ("python {0}", None),
    ],
)
def test_how_each_shell_is_started(shell: str | None, expected: ShellOptions | None) -> None:
    assert shell_options(shell) == expected


@pytest.mark.parametrize(
    "head", ["docker", "npm run", "make", "tox -e", "mvn", "gcloud", "./", "rsync"]
)
@pytest.mark.parametrize(
    "tail", [" --x", " -a", "a_", "a-", " a", "test_", "a:", " -C a", "[[ ", "$(a)"]
)
def test_repetition_takes_no_time(head: str, tail: str) -> None:
    with at_most(2):
        found(f"{head} {tail * 2_000}")


WORDS = st.sampled_from(
    ["pytest", "npm", "test", "-x", "--", "run", "docker", "sudo", "python", "-m", "bash", "-c", "env",
     "A=1", "make", "'", "&&", "||", "true", "coverage", "tox", "-e"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=12))
def test_no_words_are_refused(words: list[str]) -> None:
    assert isinstance(found(" ".join(words)), tuple)


@pytest.mark.parametrize("script", ["mvn -B -V verify", "ctest -V", "gradle -V test"])
def test_an_option_that_only_makes_it_talk_takes_no_teeth(script: str) -> None:
    assert [command.can_fail for command in found(script)] == [True]


def test_idle_is_what_runs_nothing_and_not_what_hides_a_failure() -> None:
    idle, hidden = found("mvn package -DskipTests\nmvn test -fn")
    assert (idle.idle, hidden.idle) == (True, False)


def test_arithmetic_does_not_break_the_reading_of_a_script() -> None:
    script = (
        "A=0\nuntil pg; do\n  sleep $(( A++ ))\ndone\nif [ $A -eq 9 ]; then\n  exit 1\nfi\npytest"
    )
    assert [command.can_fail for command in found(script)] == [True]
