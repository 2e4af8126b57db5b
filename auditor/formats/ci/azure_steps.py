"""The steps of Azure Pipelines: scripts, and the tasks that are known by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from auditor.formats.ci import azure_tasks
from auditor.formats.ci.azure_templates import Parameters, Place, Templates, filled
from auditor.formats.ci.ci_model import CiStep
from auditor.formats.shell.shell_fate import ShellOptions
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import mapping_of, text_of

Alive = Callable[[Place, Parameters, frozenset[str]], frozenset[str]]
_SHELLS = ("script", "bash", "pwsh", "powershell")
_KINDS = frozenset({
    *_SHELLS, "task", "checkout", "download", "downloadBuild", "getPackage", "publish", "reviewApp", "template",
    "upload", "bash", "invokeRESTAPI",
})  # fmt: skip
_ROOT = re.compile(
    r"\$\((?:Build\.(?:SourcesDirectory|Repository\.LocalPath)|System\.DefaultWorkingDirectory"
    r"|Pipeline\.Workspace(?=/s\b))\)(?:/s(?=/|$))?",
    re.IGNORECASE,
)
_MACRO = re.compile(r"\$\([A-Za-z_][\w-]*(?:\.[\w.-]+)?\)")


def soft(place: Place, given: Parameters) -> str:
    """Why `continueOnError` hides a failure; "" where it does not."""
    text = filled(text_of(place.below("continueOnError").value) or "false", given).strip()
    return "" if text.lower() in ("false", "") else "`continueOnError` hides its failure"


class AzureSteps:
    """Reads lists of steps."""

    def __init__(self, templates: Templates, alive: Alive, always: Callable[[str], bool]) -> None:
        self._templates, self._alive, self._always = templates, alive, always

    def of(self, place: Place, given: Parameters, events: frozenset[str]) -> Iterator[CiStep]:
        """The steps of a list that run a script or a known task."""
        for entry, known in self._templates.expand("steps", place, given):
            body = mapping_of(entry.value)
            if not body or not _KINDS.intersection(body):
                if any("${{" in key for key in body):
                    continue
                raise Malformed("A step has neither a script nor a task.", line=entry.line)
            if filled(text_of(body.get("enabled")) or "true", known).lower() == "false":
                continue
            step = self._step(entry, known, events)
            if step is not None:
                yield step

    def _step(self, entry: Place, given: Parameters, events: frozenset[str]) -> CiStep | None:
        body = mapping_of(entry.value)
        kind = next((key for key in _SHELLS if key in body), "")
        label = ""
        if kind:
            text = text_of(body.get(kind)) or ""
            plain = kind in ("script", "bash")
            options = ShellOptions(errexit=not plain, pipefail=False)
            line = entry.document.text_line(entry.below(kind).path) or entry.line
            folder = text_of(body.get("workingDirectory")) or ""
        elif "task" in body:
            label = filled(text_of(body.get("task")) or "", given)
            inputs = entry.below("inputs")
            keys = {key.lower(): key for key in mapping_of(inputs.value)}
            texts = {
                low: filled(given_text, given)
                for low, key in keys.items()
                if (given_text := text_of(inputs.below(key).value)) is not None
            }
            task = azure_tasks.command(label, texts)
            if task is None:
                return None
            text, options, line = task.text, task.options, entry.line
            folder = texts.get("workingdirectory", "")
            if task.written and (key := keys.get(task.written)):
                line = entry.document.text_line(inputs.below(key).path) or line
                label = ""
        else:
            return None
        said = filled(text_of(body.get("condition")) or "", given).strip()
        environment = mapping_of(body.get("env"))
        return CiStep(
            text=_MACRO.sub("MACRO", _ROOT.sub(".", filled(text, given))),
            path=entry.file,
            line=line,
            options=options,
            events=self._alive(entry, given, events),
            folder=_MACRO.sub("", _ROOT.sub("", filled(folder, given))).strip("/"),
            tolerated=soft(entry, given),
            always=self._always(said),
            label=label,
            rescues=re.match(r"(?i)(?:and\()?\s*failed\(", said) is not None,
            environment=tuple(
                (k, t) for k, v in environment.items() if (t := text_of(v)) is not None
            ),
        )
