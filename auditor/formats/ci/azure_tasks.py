"""Tasks of Azure Pipelines as the commands that they run, so that one set of rules judges all forges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.formats.shell.shell_fate import ShellOptions

# A script of the agent goes on after a failing command; only its last one decides.
_PLAIN = ShellOptions(errexit=False, pipefail=False)
_STRICT = ShellOptions(errexit=True, pipefail=True)
_DEPLOYS = re.compile(
    r"(?:azurewebapp|azurermwebappdeployment|azurefunctionapp|azurewebappcontainer|azurefunctionappcontainer"
    r"|azurecontainerapps|azurestaticwebapp|servicefabricdeploy|iiswebappdeploymentonmachinegroup"
    r"|iisweb\w*deploy\w*|sqlazuredacpacdeployment|azurespringcloud|azureappserviceSwap)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Given:
    """The script of a task; `written` where it is one of the file, and not one that is made up here.
    `file` where it is that of a file of the repository."""

    text: str
    options: ShellOptions = _STRICT
    written: str = ""


def command(task: str, given: Mapping[str, str]) -> Given | None:
    """What a task runs; None for one that neither tests nor deploys nor runs a script.

    `given` are its inputs, names in small letters.
    """
    name = task.partition("@")[0].rpartition(".")[2].lower()
    if name in ("bash", "cmdline", "powershell", "shellscript", "batchscript", "pythonscript"):
        return _script(name, given)
    if name in ("azurecli", "azurepowershell", "ssh", "awsshellscript", "awscli"):
        return _remote(name, given)
    text = _tool(name, given)
    return None if text is None else Given(text)


def _script(name: str, given: Mapping[str, str]) -> Given | None:
    for key in ("script", "inlinescript"):
        if given.get(key) and given.get("targettype", "inline").lower() != "filepath":
            if name == "pythonscript":
                return None
            strict = name == "powershell" and given.get("erroractionpreference", "stop") == "stop"
            return Given(given[key], ShellOptions(errexit=strict, pipefail=False), key)
    path = given.get("filepath") or given.get("scriptpath") or given.get("filename")
    program = {"pythonscript": "python ", "powershell": "pwsh "}.get(name, "bash ")
    return Given(f"{program}{path} {given.get('arguments', '')}".strip()) if path else None


def _remote(name: str, given: Mapping[str, str]) -> Given | None:
    inline = given.get("inlinescript") or given.get("inline") or ""
    if name == "ssh":
        text = given.get("inline") or given.get("commands") or ""
        return Given(f"ssh host '{text}'") if "'" not in text and text else None
    if inline:
        key = "inlinescript" if given.get("inlinescript") else "inline"
        return Given(inline, _PLAIN, key)
    path = given.get("scriptpath")
    return Given(f"bash {path}") if path else None


def _tool(name: str, given: Mapping[str, str]) -> str | None:  # one row a tool
    value = given.get
    verb, rest = value("command", ""), value("arguments", "")
    if name in ("dotnetcorecli", "dotnetcore"):
        if verb == "custom":
            return f"dotnet {value('custom', '')} {rest}"
        return f"dotnet {verb or 'build'} {value('projects', '')} {rest}"
    if name == "vstest":
        return "dotnet vstest"
    if name == "maven":
        goals = value("goals") or value("options") or "package"
        return f"mvn -f {value('mavenpomfile', 'pom.xml')} {value('options', '')} {goals}"
    if name == "gradle":
        return f"gradle {value('options', '')} {value('tasks', 'build')}"
    if name in ("npm", "yarn"):
        tool = name
        words = value("customcommand") if verb == "custom" else verb or rest or "install"
        folder = value("workingdir") or value("projectdirectory")
        return f"{tool} {f'--prefix {folder} ' if folder else ''}{words or ''}"
    if name == "gulp":
        return f"gulp {value('targets', '')}"
    if name == "helmdeploy":
        flags = rest if verb in ("upgrade", "install", "rollback") else ""
        return f"helm {verb} {flags}" if verb else None
    if name == "kubernetes":
        return f"kubectl {verb} {rest}" if verb else None
    if name == "kubernetesmanifest":
        verbs = {"deploy": "apply -f manifests", "patch": "patch", "reject": "rollout undo"}
        wanted = verbs.get(value("action", "deploy"))
        return f"kubectl {wanted}" if wanted else None
    if name.startswith("terraform") and "install" not in name:
        return f"terraform {verb} {value('commandoptions', '')}"
    if name in ("azureresourcemanagertemplatedeployment", "azureresourcegroupdeployment"):
        checks = value("deploymentmode", "").lower() == "validation"
        return "az deployment group validate" if checks else "az deployment group create"
    if name.startswith("azureappservicemanage") and "swap" in value("action", "swap slots").lower():
        return "az webapp deployment slot swap"
    if name == "dockercompose":
        return f"docker compose {value('dockercomposecommand') or value('action', '')}"
    if name == "docker":
        return f"docker {verb}"
    if _DEPLOYS.fullmatch(name):
        return "az webapp deploy"
    return None
