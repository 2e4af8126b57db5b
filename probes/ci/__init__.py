"""Probes of pipelines, and what they share: the facts of `ci.workflows`, and what a look has found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.ci.ci_model import CiPipeline
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.ci.pipeline_judge import judge, reviewed
from auditor.probing.ci.pipeline_recipes import Recipes
from auditor.probing.ci.pipelines import misplaced, read_pipelines
from auditor.probing.contract import Context, FactSpec, Finding, Observation, Problem, ProblemKind
from auditor.probing.repo import Repo

VALID = FactSpec(
    "ci.workflows", FactType.NUMBER, "Valid workflows in the place that the forge reads."
)
INVALID = FactSpec("ci.invalid", FactType.LIST, "What the forge would refuse to run.")
MISPLACED = FactSpec(
    "ci.misplaced", FactType.LIST, "Workflows below the git root, which never run."
)
REVIEWED = FactSpec(
    "ci.pull_request_workflows", FactType.NUMBER, "Workflows that pull or merge requests start."
)
TESTS = FactSpec(
    "ci.test_steps", FactType.NUMBER, "Test steps on pull request or push that can fail."
)
UNFAILING = FactSpec(
    "ci.unfailing_test_steps", FactType.NUMBER, "Test steps whose failure is hidden."
)
DEPLOYS = FactSpec("ci.deploy_steps", FactType.NUMBER, "Steps that deploy, by what they call.")
FACTS = (VALID, INVALID, MISPLACED, REVIEWED, TESTS, UNFAILING, DEPLOYS)


@dataclass(slots=True)
class Seen:
    """What a look found: for each fact its entries by place."""

    found: dict[str, dict[tuple[str, int | None], str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)

    def add(self, fact: FactSpec, path: str, line: int | None, what: str) -> None:
        """One entry; a second one at the same place adds nothing."""
        self.found.setdefault(fact.key, {}).setdefault((path, line), what)

    def get(self, fact: FactSpec) -> dict[tuple[str, int | None], str]:
        """The entries of a fact."""
        return self.found.get(fact.key, {})

    def observations(self, ctx: Context, locator: str) -> Iterator[Observation]:
        """The problems, and every fact that they do not make doubtful."""
        hidden = {key for problem in self.problems for key in problem.facts}
        yield from self.problems
        for (path, line), what in self.get(UNFAILING).items():
            place = Location(path=path, line=line)
            yield Finding("unfailing-test", f"{place} {what}.", UNFAILING.key, location=place)
        for fact in FACTS:
            found = self.get(fact)
            if not found and fact.key in hidden:
                continue
            places = [Location(path=path, line=line) for path, line in found]
            texts = [f"{p} {what}".strip() for p, what in zip(places, found.values(), strict=True)]
            yield fact.of(
                texts if fact.type is FactType.LIST else len(texts),
                level=self._level(fact, bool(found)),
                source=ctx.repo.source(locator),
                locations=places,
                produced_at=ctx.observed_at,
            )

    def _level(self, fact: FactSpec, found: bool) -> Level:
        """That a step deploys is only said by what it calls; that none does is seen."""
        said = fact is DEPLOYS or fact.key in self.declared
        return Level.DECLARED if said and found else Level.EFFECTIVE


class Forges:
    """The pipelines of GitLab, CircleCI, Azure and Jenkins, told in the same facts."""

    def __init__(self, repo: Repo, recipes: Recipes, seen: Seen) -> None:
        self._repo, self._recipes, self._seen = repo, recipes, seen
        self._read = read_pipelines(repo)
        self.paths = self._read.paths
        self.unclear: list[tuple[Location, str]] = []

    def look(self, *, alone: bool) -> None:
        """Adds what the pipelines hold; a Jenkinsfile only where nothing stronger says it.

        `alone`: GitHub runs nothing of this repository, so a pipeline below the git root is missed.
        """
        seen = self._seen
        for path, line, message in self._read.invalid:
            seen.add(INVALID, path, line, message)
        for path, what in misplaced(self._repo) if alone and not self.paths else ():
            if role(self._repo.below(path)) in SHIPPED:
                seen.add(MISPLACED, path, None, what)
        self._take(self._read.pipelines, FACTS)
        weak = [fact for fact in (VALID, TESTS, DEPLOYS) if not seen.get(fact)]
        self._take(self._read.declared, (*weak, UNFAILING))
        seen.declared |= {fact.key for fact in weak if seen.get(fact)}
        for trouble in self._read.unread:
            hidden = (fact.key for fact in FACTS if not seen.get(fact))
            seen.problems.append(trouble.problem(*hidden))

    def _take(self, pipelines: list[CiPipeline], wanted: tuple[FactSpec, ...]) -> None:
        seen, judged = self._seen, judge(pipelines, self._recipes)
        self.unclear += judged.unclear
        for pipeline in pipelines:
            if VALID in wanted:
                seen.add(VALID, pipeline.path, None, "")
            if REVIEWED in wanted and reviewed(pipeline):
                seen.add(REVIEWED, pipeline.path, None, "")
        told = ((TESTS, judged.tests), (UNFAILING, judged.unfailing), (DEPLOYS, judged.deploys))
        for fact, entries in told:
            for path, line, what in entries if fact in wanted else ():
                if fact is not UNFAILING or (path, line) not in seen.get(TESTS):
                    seen.add(fact, path, line, what)

    def doubts(self) -> list[Problem]:
        """What the pipelines of the repository leave open, as problems of the facts that are empty."""
        seen, found = self._seen, []
        gaps = self._read.gaps
        if gaps:
            empty = [REVIEWED, TESTS, DEPLOYS, *(() if seen.get(TESTS) else (UNFAILING,))]
            more = f" (and {len(gaps) - 1} more such)" if len(gaps) > 1 else ""
            place = Location(path=gaps[0].path, line=gaps[0].line)
            found.append(
                Problem(
                    ProblemKind.VACUOUS,
                    f"{place} {gaps[0].what}{more}, which is not in the repository and was not read.",
                    "Keep the test job in the repository, or attest with a link to a run of the pipeline.",
                    tuple(fact.key for fact in empty if not seen.get(fact)),
                    tuple(Location(path=g.path, line=g.line) for g in gaps[:20]),
                )
            )
        if self._read.declared and not seen.get(REVIEWED):
            found.append(
                Problem(
                    ProblemKind.VACUOUS,
                    f"{self._read.declared[0].path} does not say what starts it: that is set in Jenkins.",
                    "Attest with a link to a run that a pull request started.",
                    (REVIEWED.key,),
                )
            )
        return [problem for problem in found if problem.facts]


def unread(others: list[str], paths: list[str], seen: Seen) -> Problem:
    """The pipeline may live where this probe does not look: unknown, and not missing."""
    unsure = (REVIEWED, TESTS, DEPLOYS) if paths else FACTS
    return Problem(
        ProblemKind.VACUOUS,
        f"{others[0]} belongs to a pipeline that is not read; those of GitHub, GitLab, CircleCI, Azure and Jenkins are.",
        "Attest these items with a link to a run of the pipeline.",
        tuple(fact.key for fact in unsure if not seen.get(fact)),
    )


def no_deployment(paths: list[str]) -> Problem:
    """What deploys may live elsewhere, so that none here is unknown, and not missing."""
    what = "No step of a workflow deploys" if paths else "There is no workflow that could deploy"
    return Problem(
        ProblemKind.NOT_CONFIGURED,
        f"{what}; another repository or a controller such as Argo CD or Flux may do so.",
        "Deploy by the pipeline, or attest what does with a link to the record of a deployment.",
        (DEPLOYS.key,),
    )


_HERE = (
    (".gitlab-ci", "start the job by `rules: [{{changes: ['{root}/**/*']}}]`"),
    (".circleci/", "set `working_directory: {root}` for the step"),
    (
        "azure-pipelines",
        "set `workingDirectory: {root}` for the step, or `paths: {{include: [{root}]}}` for `pr:`",
    ),
    ("Jenkinsfile", "put the step into `dir('{root}') {{ … }}`"),
    (
        "",
        "set `working-directory: {root}` for the step, or start the workflow by `paths: ['{root}/**']`",
    ),
)


def unclear(steps: list[tuple[Location, str]], root: str) -> Problem:
    """Tests that may be those of another part: neither counted nor taken for none."""
    place, text = steps[0]
    more = f" (and {len(steps) - 1} more such)" if len(steps) > 1 else ""
    way = next(way for name, way in _HERE if name in (place.path or ""))
    return Problem(
        ProblemKind.VACUOUS,
        f"{place} runs `{text}`{more}, and nothing shows that this tests {root}.",
        f"Name {root} in the command, or {way.format(root=root)}.",
        (TESTS.key,),
        tuple(place for place, _ in steps[:20]),
    )
