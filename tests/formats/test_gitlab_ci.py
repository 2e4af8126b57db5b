"""GitLab pipelines: what runs, when, and where its lines stand."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.ci import gitlab_ci
from auditor.formats.ci.ci_commands import find_commands
from auditor.formats.ci.gitlab_jobs import MERGE_REQUEST, PUSH, SHELL, GitlabJob
from auditor.formats.text.errors import FormatError, Malformed


def job(body: str, rest: str = "") -> GitlabJob:
    """The job `j`, `body` being its flow mapping."""
    pipeline = gitlab_ci.read(f"{rest}\nj: {body}\n")
    return next(found for found in pipeline.jobs if found.name == "j")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("- a", "must be a mapping"),
        ("stages: [a]\n", "no visible job"),
        (".hidden: {script: a}\n", "no visible job"),
        ("j: text\n", "The job j must be a mapping, and is a text"),
        ("j: {stage: test}\n", "The job j has no `script`"),
        ("stages: [a]\nj: {script: x, stage: b}\n", "The stage b of j is not defined"),
        ("j: {script: x, needs: [k]}\n", "needs k, which is no job here"),
        ("j: {script: x, extends: .gone}\n", "extends .gone, which is not defined"),
        ("j: {extends: j}\n", "in a circle"),
        (".a: {extends: .b}\n.b: {extends: .a}\nj: {extends: .a}\n", "in a circle"),
        ("j: {script: [{a: b}]}\n", "must be text, and is a mapping"),
        ("j: {script: x}\n---\nk: {script: x}\n", "holds 2 documents"),
    ],
)
def test_what_gitlab_refuses_is_malformed(text: str, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        gitlab_ci.read(text)
    assert words in caught.value.message


@pytest.mark.parametrize(
    "body", ["{stage: odd, script: x}", "{needs: [gone], script: x}", "{extends: .gone}"]
)
def test_an_include_may_define_what_is_missing(body: str) -> None:
    found = job(body, "include: other.yml")
    assert found.unresolved is (body == "{extends: .gone}")


def test_includes_are_named_and_not_followed() -> None:
    pipeline = gitlab_ci.read(
        "include:\n  - /a.yml\n  - https://host/b.yml\n  - template: C.yml\n"
        "  - {project: g/p, file: [d.yml, e.yml]}\n  - component: f@1\n"
    )
    assert [(found.kind, found.target) for found in pipeline.includes] == [
        ("local", "/a.yml"),
        ("remote", "https://host/b.yml"),
        ("template", "C.yml"),
        ("project", "d.yml"),
        ("project", "e.yml"),
        ("component", "f@1"),
    ]
    assert pipeline.includes[2].line == 4


def test_a_header_document_is_no_pipeline() -> None:
    pipeline = gitlab_ci.read("spec: {inputs: {a: {}}}\n---\nj: {script: x}\n")
    assert [found.name for found in pipeline.jobs] == ["j"]


def test_scripts_take_what_they_inherit_and_keep_their_lines() -> None:
    pipeline = gitlab_ci.read(
        "default:\n"
        "  before_script:\n"
        "    - pip install tox\n"
        ".base:\n"
        "  script:\n"
        "    - echo start\n"
        "    - |\n"
        "      cd app\n"
        "      pytest || true\n"
        "unit:\n"
        "  extends: .base\n"
        "lint:\n"
        "  extends: [.base]\n"
        "  before_script: []\n"
        "  script:\n"
        "    - !reference [.base, script]\n"
        "    - ruff check .\n"
    )
    unit, lint = pipeline.jobs
    assert unit.script_text == "pip install tox\necho start\ncd app\npytest || true\n"
    assert [unit.line_of(number) for number in range(1, 5)] == [3, 6, 8, 9]
    (command,) = find_commands(unit.script_text, SHELL)
    assert (unit.line_of(command.line), command.can_fail) == (9, False)
    last = find_commands(lint.script_text, SHELL)[-1]
    assert (last.tool, lint.line_of(last.line)) == ("ruff", 17)
    assert [template.name for template in pipeline.templates] == [".base"]


def test_a_reference_out_of_the_file_is_marked() -> None:
    found = job("{script: [!reference [.gone, script], make]}", "include: o.yml")
    assert found.unresolved
    assert found.script_text == "\nmake"


@pytest.mark.parametrize(
    ("body", "on_request", "on_push"),
    [
        ("{script: x}", False, True),
        ("{script: x, only: [merge_requests]}", True, False),
        ("{script: x, only: [main]}", False, True),
        ("{script: x, only: [tags]}", False, False),
        ("{script: x, only: {refs: [merge_requests, main]}}", True, True),
        ("{script: x, only: [merge_requests], except: [merge_requests]}", False, False),
        ("{script: x, when: never}", False, False),
        (
            "{script: x, rules: [{if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"'}]}",
            True,
            False,
        ),
        ("{script: x, rules: [{if: $CI_MERGE_REQUEST_IID}]}", True, False),
        ("{script: x, rules: [{if: $CI_COMMIT_TAG}]}", False, False),
        ("{script: x, rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]}", False, None),
        ("{script: x, rules: [{when: always}]}", True, True),
        ("{script: x, rules: [{when: never}]}", False, False),
        ("{script: x, rules: [{changes: [a]}]}", None, None),
        ("{script: x, rules: [{if: $SKIP, when: never}, {when: on_success}]}", None, None),
        ("{script: x, rules: [{if: $RUN}, {when: on_success}]}", True, True),
        (
            "{script: x, rules: [{if: '$CI_PIPELINE_SOURCE == \"schedule\" || $CI_COMMIT_TAG'}]}",
            False,
            False,
        ),
        (
            "{script: x, rules: [{if: '$A && $CI_PIPELINE_SOURCE == \"merge_request_event\"'}]}",
            None,
            False,
        ),
    ],
)
def test_which_pipelines_a_job_is_part_of(
    body: str, on_request: bool | None, on_push: bool | None
) -> None:
    found = job(body)
    assert found.runs_on(MERGE_REQUEST) is on_request
    assert found.runs_on(PUSH) is on_push


@pytest.mark.parametrize(
    ("body", "tolerated"),
    [
        ("{script: x}", False),
        ("{script: x, allow_failure: true}", True),
        ("{script: x, allow_failure: {exit_codes: [1]}}", True),
        ("{script: x, when: manual}", True),
        ("{script: x, when: manual, allow_failure: false}", False),
        ("{script: x, rules: [{when: manual}]}", True),
        ("{script: x, rules: [{allow_failure: true}]}", True),
        ("{script: x, allow_failure: true, rules: [{allow_failure: false}]}", False),
    ],
)
def test_a_failure_may_be_tolerated(body: str, tolerated: bool) -> None:
    assert job(body).tolerated(MERGE_REQUEST) is tolerated


def test_workflow_rules_decide_whether_there_is_a_pipeline() -> None:
    pipeline = gitlab_ci.read(
        "workflow: {rules: [{if: $CI_MERGE_REQUEST_IID}, {when: never}]}\nj: {script: x}\n"
    )
    assert pipeline.starts_on(MERGE_REQUEST) is True
    assert pipeline.starts_on(PUSH) is False
    assert gitlab_ci.read("j: {script: x}\n").starts_on(PUSH) is True


def test_environment_image_and_needs_in_their_forms() -> None:
    found = job(
        "{script: x, environment: {name: prod}, image: {name: a}, stage: deploy,"
        " needs: [k, {job: l, optional: true}, {project: p, job: m}, {job: k}]}",
        "k: {script: x}",
    )
    assert (found.environment, found.image, found.needs) == ("prod", "a", ("k", "k"))


KEYS = ["script", "extends", "rules", "needs", "include", "j", ".b", "default", "only", "image"]
TREES = st.recursive(
    st.sampled_from(["null", "x", "j", ".b", "1", "true", "!reference [j, script]", "'$A == $B'"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda parts: "{" + ", ".join(f"{key}: {part}" for key, part in parts.items()) + "}"
        ),
    ),
    max_leaves=15,
)


@given(TREES, TREES)
def test_no_shape_of_yaml_raises_anything_but_a_format_error(first: str, second: str) -> None:
    with contextlib.suppress(FormatError):
        for found in gitlab_ci.read(f"j: {first}\n.b: {second}\n").jobs:
            assert found.runs_on(PUSH) in (True, False, None)
            assert isinstance(found.script_text, str)
