"""Azure Pipelines (`azure-pipelines.yml`) in the model that all forges share, with local templates put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditor.formats.ci import azure_condition
from auditor.formats.ci.azure_steps import AzureSteps, soft
from auditor.formats.ci.azure_templates import Local, Parameters, Place, Templates, defaults, filled
from auditor.formats.ci.ci_model import MANUAL, PUSH, REVIEW, TAG, CiJob, CiPipeline, CiStep
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import mapping_of, need_mapping, text_of, texts_of
from auditor.formats.text.yaml_text import YamlValue, load

_SOME = re.compile(r"\*|(?!releases?/|hotfix).*/?\*")
_VALUES: Mapping[str, Mapping[str, str | None]] = {
    REVIEW: {
        "build.reason": "PullRequest",
        "build.sourcebranch": "refs/pull/1/merge",
        "build.sourcebranchname": "merge",
    },
    PUSH: {"build.reason": "IndividualCI", "system.pullrequest.pullrequestid": None},
    TAG: {
        "build.reason": "IndividualCI",
        "build.sourcebranch": "refs/tags/v1",
        "system.pullrequest.pullrequestid": None,
    },
    MANUAL: {"build.reason": "Manual", "system.pullrequest.pullrequestid": None},
}
_PHASES = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")


def read(data: bytes | str, *, path: str, local: Local) -> CiPipeline:
    """The pipeline of one file; `local` finds its templates.

    Raises Malformed where Azure would refuse it: nothing to run, a step or job of no known kind, or one
    that waits for what is not there. Raises TooLarge.
    """
    document = load(data, name=path)
    top = need_mapping(document, (), document.value, path)
    templates = Templates(local)
    reader = _Reader(templates, _events(top))
    place = Place(top, document, path, ())
    jobs = tuple(reader.whole(place, defaults(place)))
    if not jobs and not templates.gaps:
        raise Malformed(f"{path} has neither stages nor jobs nor steps.", line=1)
    return CiPipeline("Azure Pipelines", path, "", jobs, tuple(dict.fromkeys(templates.gaps)))


def _branches(value: YamlValue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    branches = mapping_of(value).get("branches", value)
    if isinstance(branches, dict):
        return texts_of(branches.get("include")), texts_of(branches.get("exclude"))
    return texts_of(branches) if not isinstance(value, dict) or "branches" in value else (), ()


def _events(top: dict[str, YamlValue]) -> frozenset[str]:
    """What starts a pipeline: every branch and every pull request, unless something else is written."""
    events = {MANUAL}
    trigger, reviews = top.get("trigger"), top.get("pr")
    if text_of(reviews) != "none":
        events.add(REVIEW)
    if text_of(trigger) == "none":
        return frozenset(events)
    wanted, _ = _branches(trigger)
    tags = texts_of(mapping_of(mapping_of(trigger).get("tags")).get("include"))
    if tags or any(b.startswith("refs/tags") for b in wanted):
        events.add(TAG)
    if wanted or not tags:
        events.add(PUSH)
    if (not wanted and not tags) or any(
        _SOME.fullmatch(b.removeprefix("refs/heads/")) and "tags" not in b for b in wanted
    ):
        events.add(REVIEW)
    return frozenset(events)


def _alive(place: Place, given: Parameters, events: frozenset[str]) -> frozenset[str]:
    """The events under which `condition` may hold."""
    text = condition(place, given)
    if not text:
        return events
    return frozenset(e for e in events if azure_condition.truth(text, _VALUES[e]) is not False)


def condition(place: Place, given: Parameters) -> str:
    """The condition of a stage, job or step with its parameters; "" where it has none."""
    return filled(text_of(place.below("condition").value) or "", given).strip()


def _always(text: str) -> bool:
    """Whether a condition also lets run what stands behind a failure: it must ask for success itself."""
    return bool(text) and re.search(r"(?i)\bsucceeded\s*\(", text) is None


class _Reader:
    def __init__(self, templates: Templates, events: frozenset[str]) -> None:
        self._templates, self._events = templates, events
        self._steps = AzureSteps(templates, _alive, _always)

    def whole(self, top: Place, given: Parameters, depth: int = 0) -> Iterator[CiJob]:
        """The jobs of a pipeline, or of the template that it extends."""
        extends = top.below("extends")
        if extends.value is not None and depth < 3:
            opened = self._templates.open(extends, given)
            if opened is not None:
                yield from self.whole(*opened, depth + 1)
            return
        if top.below("stages").value is not None:
            yield from self._stages(top, given)
        else:
            yield from self._jobs(top, given, "", self._events, frozenset(), False, "")

    def _stages(self, top: Place, given: Parameters) -> Iterator[CiJob]:
        made: dict[str, list[CiJob]] = {}
        last = ""
        for at, (stage, known) in enumerate(
            self._templates.expand("stages", top.below("stages"), given)
        ):
            body = mapping_of(stage.value)
            name = filled(text_of(body.get("stage")) or "", known) or f"stage {at + 1}"
            needs = texts_of(body["dependsOn"]) if "dependsOn" in body else (last,) if last else ()
            waited = frozenset(
                job.name for need in needs for job in made.get(filled(need, known), [])
            )
            missing = [
                n
                for n in needs
                if n and filled(n, known) not in made and "EXPRESSION" not in filled(n, known)
            ]
            if missing and not self._templates.gaps:
                raise Malformed(
                    f"The stage {name} depends on {missing[0]}, which is no stage before it.",
                    line=stage.line,
                )
            said = condition(stage, known)
            jobs = list(
                self._jobs(
                    stage,
                    known,
                    f"{name}/",
                    _alive(stage, known, self._events),
                    waited,
                    _always(said),
                    "",
                )
            )
            made[name] = jobs
            last = name
            yield from jobs

    def _jobs(
        self, holder: Place, given: Parameters, prefix: str, events: frozenset[str],
        waited: frozenset[str], always: bool, why: str,
    ) -> Iterator[CiJob]:  # fmt: skip
        if holder.below("jobs").value is None:
            steps = tuple(self._steps.of(holder.below("steps"), given, events))
            if steps or holder.below("steps").value is not None:
                yield CiJob(
                    f"{prefix}job", holder.file, holder.line, steps, events, waited, why, always
                )
            return
        for at, (job, known) in enumerate(
            self._templates.expand("jobs", holder.below("jobs"), given)
        ):
            body = mapping_of(job.value)
            name = filled(text_of(body.get("job")) or text_of(body.get("deployment")) or "", known)
            if "job" not in body and "deployment" not in body:
                raise Malformed(
                    "An entry of `jobs` is neither a job, a deployment nor a template.",
                    line=job.line,
                )
            alive = _alive(job, known, events)
            needs = frozenset(
                f"{prefix}{filled(n, known)}" for n in texts_of(body.get("dependsOn"))
            )
            said = condition(job, known)
            yield CiJob(
                name=f"{prefix}{name or f'job {at + 1}'}",
                path=job.file,
                line=job.line,
                steps=tuple(self._job_steps(job, known, alive)),
                events=alive,
                needs=needs | waited,
                tolerated=soft(job, known) or why,
                always=_always(said) if needs else always or _always(said),
            )  # fmt: skip

    def _job_steps(self, job: Place, given: Parameters, events: frozenset[str]) -> Iterator[CiStep]:
        yield from self._steps.of(job.below("steps"), given, events)
        strategies = job.below("strategy")
        for kind in ("runOnce", "rolling", "canary"):
            for phase in _PHASES:
                yield from self._steps.of(strategies.below(kind, phase, "steps"), given, events)
