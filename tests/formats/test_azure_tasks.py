"""Tasks as the commands that they run."""

from __future__ import annotations

import pytest

from auditor.formats.ci.azure_tasks import command
from auditor.formats.ci.ci_commands import classify


def kind(task: str, **given: str) -> str:
    found = command(task, given)
    rule = classify(tuple(found.text.split())) if found else None
    return rule[0].kind.value if rule else ""


@pytest.mark.parametrize(
    ("task", "given", "expected"),
    [
        ("DotNetCoreCLI@2", {"command": "test", "projects": "**/*.csproj"}, "test"),
        ("DotNetCoreCLI@2", {"command": "build"}, ""),
        ("VSTest@2", {}, "test"),
        ("Maven@4", {}, "test"),
        ("Maven@4", {"options": "-DskipTests", "goals": "package"}, "test"),
        ("Gradle@3", {"tasks": "build"}, "test"),
        ("Npm@1", {"command": "custom", "customcommand": "run test"}, "test"),
        ("Npm@1", {"command": "ci"}, ""),
        ("AzureWebApp@1", {}, "deploy"),
        ("AzureFunctionApp@2", {}, "deploy"),
        ("AzureContainerApps@1", {}, "deploy"),
        ("KubernetesManifest@1", {"action": "deploy"}, "deploy"),
        ("KubernetesManifest@1", {"action": "bake"}, ""),
        ("HelmDeploy@0", {"command": "upgrade"}, "deploy"),
        ("HelmDeploy@0", {"command": "package"}, ""),
        ("Kubernetes@1", {"command": "apply", "arguments": "-f k8s"}, "deploy"),
        ("TerraformTaskV4@4", {"command": "apply"}, "deploy"),
        ("TerraformInstaller@1", {}, ""),
        ("SSH@0", {"inline": "docker compose pull"}, "deploy"),
        ("AzureResourceManagerTemplateDeployment@3", {}, "deploy"),
        ("PublishTestResults@2", {}, ""),
        ("Docker@2", {"command": "push"}, "publish"),
    ],
)
def test_known_tasks(task: str, given: dict[str, str], expected: str) -> None:
    assert kind(task, **given) == expected


def test_a_script_in_the_file_is_told_from_one_of_the_repository() -> None:
    inline = command("Bash@3", {"targettype": "inline", "script": "pytest"})
    assert inline is not None
    assert (inline.text, inline.written, inline.options.errexit) == ("pytest", "script", False)
    file = command("Bash@3", {"filepath": "ci/test.sh", "arguments": "-x"})
    assert file is not None
    assert (file.text, file.written) == ("bash ci/test.sh -x", "")
    assert command("PythonScript@0", {"script": "print(1)"}) is None
    cli = command("AzureCLI@2", {"inlinescript": "az webapp up"})
    assert cli is not None
    assert cli.written == "inlinescript"
    assert command("SSH@0", {"inline": "it's"}) is None
