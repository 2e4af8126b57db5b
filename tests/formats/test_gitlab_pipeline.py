"""GitLab pipelines in the shared model: what starts a job, what waits for what, what is brought in."""

from __future__ import annotations

import pytest

from auditor.formats.ci import gitlab_pipeline
from auditor.formats.ci.ci_model import MANUAL, PUSH, REVIEW, TAG, CiPipeline
from auditor.formats.text.errors import Malformed

FILES = {
    "ci/base.yml": b".py:\n  before_script: [pip install .]\nshared:\n  script:\n    - pytest shared\n",
    "ci/more.yml": b"include: ci/base.yml\n",
}


def read(text: str) -> CiPipeline:
    def local(pattern: str) -> list[tuple[str, bytes]]:
        path = pattern.lstrip("/")
        return [(path, FILES[path])] if path in FILES else []

    return gitlab_pipeline.read(text, path=".gitlab-ci.yml", local=local)


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ("script: x", {REVIEW, PUSH, TAG, MANUAL}),
        ("{script: x, only: [main]}", {PUSH, MANUAL}),
        ("{script: x, only: [tags]}", {TAG, MANUAL}),
        ("{script: x, only: [merge_requests]}", {REVIEW}),
        ("{script: x, only: ['/^feature/']}", {REVIEW, PUSH, TAG, MANUAL}),
        ("{script: x, only: ['/^main$/']}", {PUSH, TAG, MANUAL}),
        ("{script: x, only: {changes: [a]}}", {REVIEW, PUSH, TAG, MANUAL}),
        ("{script: x, except: [branches]}", {TAG, MANUAL}),
        ("{script: x, rules: [{if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"'}]}", {REVIEW}),
        ("{script: x, rules: [{if: $CI_COMMIT_TAG}]}", {TAG, MANUAL}),
        ("{script: x, rules: [{if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}]}", {PUSH, MANUAL}),
        ("{script: x, rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]}", {PUSH, MANUAL}),
        ("{script: x, rules: [{if: '$CI_COMMIT_BRANCH =~ /^main$/'}]}", {PUSH, MANUAL}),
        ("{script: x, rules: [{when: never}]}", set()),
        ("{script: x, when: on_failure}", set()),
    ],
)
def test_what_starts_a_job(body: str, events: set[str]) -> None:
    body = body if body.startswith("{") else f"{{{body}}}"
    assert read(f"j: {body}\n").jobs[0].events == events


def test_a_local_include_is_put_in_with_its_own_lines() -> None:
    pipeline = read("include: /ci/more.yml\nown:\n  extends: .py\n  script: [pytest]\n")
    by_name = {job.name: job for job in pipeline.jobs}
    assert pipeline.gaps == ()
    assert [(s.path, s.line) for s in by_name["shared"].steps] == [("ci/base.yml", 5)]
    assert [s.text for s in by_name["own"].steps] == ["pip install .", "pytest"]


def test_the_including_file_wins() -> None:
    pipeline = read("include: [ci/base.yml]\nshared:\n  script: ['true']\n")
    assert [s.text for s in pipeline.jobs[0].steps] == ["true"]


@pytest.mark.parametrize(
    "include",
    ["absent.yml", "{project: g/p, file: t.yml}", "{remote: 'https://h/t.yml'}",
     "{local: ci/base.yml, rules: [{if: $X}]}", "{component: h/c@1}"],
)  # fmt: skip
def test_false_green_what_is_elsewhere_is_a_gap(include: str) -> None:
    pipeline = read(f"include:\n  - {include}\nj: {{script: x, extends: .far}}\n")
    assert [gap.line for gap in pipeline.gaps] == [2, 3]


def test_scans_of_gitlab_itself_are_no_gap() -> None:
    text = "include:\n  - template: Jobs/SAST.gitlab-ci.yml\nj: {script: x}\n"
    assert read(text).gaps == ()


def test_a_child_pipeline_is_a_gap() -> None:
    (gap,) = read("j: {trigger: {include: child.yml}}\n").gaps
    assert "another pipeline" in gap.what


def test_a_job_waits_for_earlier_stages_or_for_what_it_names() -> None:
    text = "stages: [a, b]\none: {stage: a, script: x}\ntwo: {stage: b, script: x}\nthree: {stage: b, needs: [], script: x}\n"
    jobs = {job.name: job.needs for job in read(text).jobs}
    assert jobs == {"one": frozenset(), "two": {"one"}, "three": frozenset()}


def test_soft_and_manual_jobs_say_why() -> None:
    text = "a: {script: x, allow_failure: true}\nb: {script: x, when: manual}\nc: {script: x, when: always}\n"
    a, b, c = read(text).jobs
    assert "allow_failure" in a.tolerated
    assert "manual" in b.tolerated
    assert (b.manual, c.always, c.tolerated) == (True, True, "")


def test_a_hidden_key_may_hold_any_value() -> None:
    text = ".paths: [a, b]\nj:\n  script:\n    - !reference [.paths]\n"
    assert read(text).jobs[0].steps[0].text.startswith("a\nb")
    with pytest.raises(Malformed):
        read("j: [a]\n")


def test_a_script_is_one_shell_so_that_it_keeps_its_folder() -> None:
    text = "j:\n  script:\n    - cd api\n    # a remark\n    - pytest\n"
    ((command, folder),) = [c for s in read(text).jobs[0].steps for c in s.commands()]
    assert (command.line, folder) == (5, "api")
