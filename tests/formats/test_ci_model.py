"""The model that pipelines of all forges share."""

from __future__ import annotations

from auditor.formats.ci.ci_model import EVERYTHING, CiJob, CiPipeline, CiStep
from auditor.formats.ci.ci_rules_release import RELEASE_RULES
from auditor.formats.shell.shell_fate import ShellOptions

STRICT = ShellOptions(True, True)


def job(name: str, *needs: str, always: bool = False) -> CiJob:
    return CiJob(name, "f", 1, (), EVERYTHING, frozenset(needs), always=always)


def test_commands_stand_at_their_line_and_in_their_folder() -> None:
    step = CiStep("pip install .\ncd api\npytest -q", "f.yml", 10, STRICT)
    ((command, folder),) = step.commands()
    assert (command.line, folder, command.can_fail) == (12, "api", True)


def test_other_rules_find_other_commands() -> None:
    step = CiStep("helm lint chart\npytest", "f.yml", 1, STRICT, folder="deploy/")
    ((command, folder),) = step.commands(RELEASE_RULES)
    assert (command.text, command.kind.value, folder) == ("helm lint chart", "preflight", "deploy")


def test_a_variable_of_the_environment_can_switch_tests_off() -> None:
    step = CiStep("pytest", "f", 1, STRICT, environment=(("PYTEST_ADDOPTS", "--collect-only"),))
    ((command, _),) = step.commands()
    assert command.idle


def test_jobs_before_a_job_are_those_whose_failure_stops_it() -> None:
    pipeline = CiPipeline(
        "x", "f", "", (job("a"), job("b", "a"), job("c", "b"), job("d", "c", always=True))
    )
    assert [j.name for j in pipeline.before(pipeline.jobs[2])] == ["b", "a"]
    assert pipeline.before(pipeline.jobs[3]) == ()
    circle = CiPipeline("x", "f", "", (job("a", "b"), job("b", "a")))
    assert {j.name for j in circle.before(circle.jobs[0])} == {"a", "b"}


def test_events_are_those_of_all_jobs() -> None:
    assert CiPipeline("x", "f", "", ()).events == frozenset()
    assert CiPipeline("x", "f", "", (job("a"),)).events == EVERYTHING
