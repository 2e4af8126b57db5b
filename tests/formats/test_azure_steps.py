"""The steps of Azure Pipelines."""

from __future__ import annotations

from auditor.formats.ci import azure_pipelines
from auditor.formats.ci.ci_model import CiStep


def steps(*lines: str) -> list[CiStep]:
    text = "steps:\n" + "".join(f"  {line}\n" for line in lines)
    return list(azure_pipelines.read(text, path="p", local={}.get).jobs[0].steps)


def test_a_script_goes_on_after_a_failing_line() -> None:
    (step,) = steps("- script: |", "    pytest", "    echo done")
    ((command, _),) = step.commands()
    assert (command.line, command.can_fail) == (3, False)


def test_false_green_steps_that_are_off_or_soft() -> None:
    off, soft, failing = steps(
        "- {script: pytest, enabled: false}",
        "- {script: a, condition: false}",
        "- {script: b, continueOnError: true}",
        "- {script: c, condition: failed()}",
    )
    assert off.events == frozenset()
    assert "continueOnError" in soft.tolerated
    assert (failing.rescues, failing.events) == (True, frozenset())


def test_folders_and_macros() -> None:
    (step,) = steps(
        "- script: cd $(Build.SourcesDirectory)/api && pytest $(args)",
        "  workingDirectory: $(System.DefaultWorkingDirectory)/web",
    )
    assert (step.text, step.folder) == ("cd ./api && pytest MACRO", "web")


def test_the_script_of_a_task_has_its_line() -> None:
    (step,) = steps(
        "- task: Bash@3", "  inputs:", "    targetType: inline", "    script: |", "      pytest"
    )
    assert (step.line, step.label, step.text) == (6, "", "pytest\n")
