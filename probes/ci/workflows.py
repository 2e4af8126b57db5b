"""Reads the GitHub Actions workflows at the git root: triggers, test steps that can fail, deployments.

A test step counts where a pull request, a merge queue or a push to a branch runs it and its failure fails
the workflow. Reusable workflows, composite actions, make targets, package scripts and shell scripts of the
repository are followed. A step whose folder, or whose workflow's path filter, is that of another part of
the repository does not count. Not seen: required checks of the branch, secrets and variables that switch
steps off, other systems than GitHub Actions (where they hold the tests, the facts stay unknown).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.code.places import SHIPPED, role
from auditor.formats import github_workflow
from auditor.formats.ci_commands import CiCommand, CommandKind, find_commands, shell_options
from auditor.formats.errors import FormatError, Malformed, TooLarge
from auditor.formats.github_condition import holds
from auditor.formats.github_workflow import Job, Step, Trigger, Workflow
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.repo import Repo
from probes.ci import MANIFESTS, Recipes

VALID = FactSpec("ci.workflows", FactType.NUMBER, "Valid workflows in the place that GitHub reads.")
INVALID = FactSpec("ci.invalid", FactType.LIST, "What GitHub would refuse to run.")
MISPLACED = FactSpec(
    "ci.misplaced", FactType.LIST, "Workflows below the git root, which never run."
)
REVIEWED = FactSpec(
    "ci.pull_request_workflows", FactType.NUMBER, "Workflows that pull requests start."
)
TESTS = FactSpec(
    "ci.test_steps", FactType.NUMBER, "Test steps on pull request or push that can fail."
)
UNFAILING = FactSpec(
    "ci.unfailing_test_steps", FactType.NUMBER, "Test steps whose failure is hidden."
)
DEPLOYS = FactSpec("ci.deploy_steps", FactType.NUMBER, "Steps that deploy, by what they call.")
FACTS = (VALID, INVALID, MISPLACED, REVIEWED, TESTS, UNFAILING, DEPLOYS)

_PLACE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_NESTED = re.compile(r"(.+/)\.github/workflows/[^/]+\.ya?ml")
_OTHER = re.compile(
    r"\.gitlab-ci\.ya?ml|Jenkinsfile(?:\..*)?|(?:\.azure/)?azure-pipelines\.ya?ml|\.circleci/config\.ya?ml"
    r"|\.travis\.yml|bitbucket-pipelines\.yml|\.drone\.ya?ml|\.woodpecker(?:/[^/]+)?\.ya?ml|\.cirrus\.yml"
    r"|\.buildkite/[^/]+\.ya?ml|\.(?:gitea|forgejo)/workflows/[^/]+\.ya?ml|\.teamcity/settings\.kts"
)
_REVIEWS = ("pull_request", "pull_request_target", "merge_group")
_DELIVERS = (
    "push",
    "release",
    "workflow_run",
    "workflow_dispatch",
    "repository_dispatch",
    "deployment",
)
_CHANGES = frozenset({"opened", "synchronize", "reopened", "ready_for_review", "edited"})
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_CHANGES_FOLDER = re.compile(r"(?:^|[;&|(]\s*)(?:cd|pushd)\s+[\"']?([^\s\"';&|)]+)", re.MULTILINE)
_TEST_ACTIONS = re.compile(
    r"cypress-io/github-action|julia-actions/julia-runtest|r-lib/actions/check-r-package"
)
_DEPLOY_ACTIONS = re.compile(
    r"azure/(?:webapps-deploy|functions-action|k8s-deploy|container-apps-deploy-action|static-web-apps-deploy"
    r"|aci-deploy)|aws-actions/(?:amazon-ecs-deploy-task-definition|aws-cloudformation-github-deploy"
    r"|aws-lambda-deploy|amazon-ecs-deploy-express-service)"
    r"|google-github-actions/deploy-(?:cloudrun|appengine|cloud-functions)"
    r"|akhileshns/heroku-deploy|(?:cloudflare|amondnet|nwtgck)/(?:wrangler-action|pages-action|vercel-action"
    r"|actions-netlify)|firebaseextended/action-hosting-deploy|digitalocean/app_action(?:/deploy)?"
    r"|johnbeynon/render-deploy-action|easingthemes/ssh-deploy|burnett01/rsync-deployments"
    r"|samkirkland/ftp-deploy-action|caprover/deploy-from-github|dokku/github-action|deliverybot/helm"
    r"|einaregilsson/beanstalk-deploy|jakejarvis/s3-sync-action|kamal-deploy/\S+",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Seen:
    """What a look found: for each fact its entries by place."""

    found: dict[str, dict[tuple[str, int | None], str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

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
                # That a step deploys is only said by what it calls; that none does is seen.
                level=Level.DECLARED if fact is DEPLOYS and found else Level.EFFECTIVE,
                source=ctx.repo.source(locator),
                locations=places,
                produced_at=ctx.observed_at,
            )


@dataclass(frozen=True, slots=True)
class Run:
    """One job as some events run it; `path` is the file that its steps stand in."""

    path: str
    job: Job
    events: frozenset[str]
    tolerated: str


@probe("ci.workflows", title="Pipelines", needs=[Need.REPOSITORY], emits=FACTS)
def workflows(ctx: Context) -> Iterator[Observation]:
    """Give every fact when all workflows could be read; else those that hold something already."""
    repo, seen = ctx.repo, Seen()
    paths = [e.path for e in repo.entries if _PLACE.fullmatch(e.path)]
    reader = Reader(repo, seen)
    for path in paths:
        reader.workflow(path)
    for entry in repo.service:
        nested = _NESTED.fullmatch(entry.path)
        if nested and role(repo.below(entry.path)) in SHIPPED and "{{" not in entry.path:
            seen.add(MISPLACED, entry.path, None, "is not at the git root, so GitHub never runs it")
    others = [e.path for e in repo.entries if _OTHER.fullmatch(e.path)]
    if others and not seen.get(TESTS):
        seen.problems.append(_unread(others, paths, seen))
    yield from seen.observations(ctx, ", ".join(paths) or "searched: .github/workflows/*.y*ml")


def _unread(others: list[str], paths: list[str], seen: Seen) -> Problem:
    """The pipeline may live where this probe does not look: unknown, and not missing."""
    unsure = (REVIEWED, TESTS, DEPLOYS) if paths else FACTS
    return Problem(
        ProblemKind.VACUOUS,
        f"{others[0]} belongs to a pipeline that is not read yet; only GitHub Actions are.",
        "Attest these items with a link to a run of the pipeline.",
        tuple(fact.key for fact in unsure if not seen.get(fact)),
    )


class Reader:
    """Follows workflows into what they call, and sorts what they run."""

    def __init__(self, repo: Repo, seen: Seen) -> None:
        self._repo = repo
        self._seen = seen
        self._recipes = Recipes(repo)
        self._files = frozenset(repo.by_path)
        self._folders = frozenset(f for path in self._files for f in _above(path))
        self._broken: set[str] = set()

    def workflow(self, path: str) -> None:
        """One workflow that events of the forge start."""
        workflow = self._read(path)
        if workflow is None:
            return
        self._seen.add(VALID, path, None, "")
        fired = [t for t in workflow.triggers if self._fires(t)]
        events = frozenset(t.event for t in fired)
        if any(_some_job(workflow, event) for event in events.intersection(_REVIEWS)):
            self._seen.add(REVIEWED, path, None, "")
        gates = frozenset(t.event for t in fired if t.event in _REVIEWS or _pushes(t))
        for run in self._runs(path, workflow, events, 0):
            self._job(run, gates)

    def _read(self, path: str) -> Workflow | None:
        try:
            return github_workflow.read(self._repo.read(path).data, name=path)
        except (FormatError, Trouble) as error:
            self._refused(path, error)
        return None

    def _refused(self, path: str, error: FormatError | Trouble) -> None:
        if isinstance(error, Malformed):
            self._seen.add(INVALID, path, error.line, error.message)
            return
        if path in self._broken:
            return
        self._broken.add(path)
        hidden = tuple(fact.key for fact in FACTS if not self._seen.get(fact))
        if isinstance(error, Trouble):
            problem = error.problem(*hidden)
        else:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            problem = Problem(kind, str(error), "Split the file, and audit again.", hidden)
        self._seen.problems.append(problem)

    def _fires(self, trigger: Trigger) -> bool:
        """Whether an event that changes the service starts the workflow."""
        if (
            trigger.event in _REVIEWS[:2]
            and trigger.types
            and not _CHANGES.intersection(trigger.types)
        ):
            return False
        if {"**", "*"}.intersection(trigger.branches_ignore) or "**" in trigger.paths_ignore:
            return False
        wanted = [p for p in trigger.paths if not p.startswith("!")]
        return not wanted or any(self._meets(_literal(p)) for p in wanted)

    def _meets(self, folder: str) -> bool:
        """Whether a path from the git root is, holds or lies in the service."""
        root = self._repo.root
        return (
            not root
            or not folder
            or folder == root
            or _inside(folder, root)
            or _inside(root, folder)
        )

    def _runs(
        self, path: str, workflow: Workflow, events: frozenset[str], depth: int
    ) -> Iterator[Run]:
        """The jobs, with those of reusable workflows of this repository."""
        for job in workflow.jobs:
            alive = frozenset(e for e in events if _comes(workflow, job, e))
            if job.uses is None:
                yield Run(path, job, alive, _tolerated(job.continue_on_error, job, alive))
            elif job.uses.startswith("./"):
                called = posixpath.normpath(job.uses)
                if called not in self._files:
                    self._seen.add(INVALID, path, job.line, f"uses {called}, which is not there")
                elif depth < 2:
                    below = self._read(called)
                    yield from () if below is None else self._runs(called, below, alive, depth + 1)

    def _job(self, run: Run, gates: frozenset[str]) -> None:
        for step in run.job.steps:
            self._step(run, step, run.path, gates, 0)

    def _step(self, run: Run, step: Step, path: str, gates: frozenset[str], depth: int) -> None:
        events = frozenset(e for e in run.events if holds(step.condition, e) is not False)
        if not events and not self._switched_off(run, step):
            return
        why = "" if events else "never runs, for its condition is always false"
        why = why or run.tolerated or _step_tolerated(step, run, events)
        if step.uses is not None:
            self._action(run, step, path, gates, depth, why)
            return
        gated = bool(gates & events) or (not events and bool(gates))
        delivers = bool(events.intersection(_DELIVERS))
        for command in self._commands(step, run.job):
            if not self._ours(command, step):
                continue
            if command.kind is CommandKind.TEST and gated:
                self._test(command, path, step, why)
            if command.kind is CommandKind.DEPLOY and delivers and self._deploys(command, step):
                self._seen.add(DEPLOYS, path, command.line, command.text)

    def _switched_off(self, run: Run, step: Step) -> bool:
        """Whether nothing but `if: false` keeps a step from running."""
        return holds(run.job.condition, None) is False or (
            bool(run.events) and holds(step.condition, None) is False
        )

    def _commands(self, step: Step, job: Job) -> Iterator[CiCommand]:
        options = shell_options(step.shell)
        if options is None or step.run is None:
            return
        named = _MATRIX.search(step.run)
        values = job.values(named.group(1)) if named else ("",)
        for value in dict.fromkeys(values[:50]):
            script = step.run
            if named and value:
                script = script.replace(named.group(), value)
            script = _EXPRESSION.sub("EXPRESSION", script)
            yield from find_commands(script, options, first_line=step.line)

    def _folder(self, command: CiCommand, step: Step) -> str:
        """The folder that a command runs in, as far as it is written."""
        folder = _EXPRESSION.sub("", step.working_directory or "").strip("/")
        before = (step.run or "").splitlines()[: max(0, command.line - step.line) + 1]
        if before:
            before[-1] = (
                before[-1].partition(command.text[:60])[0]
                if command.text[:60] in before[-1]
                else before[-1]
            )
        moves = [
            m for m in _CHANGES_FOLDER.findall("\n".join(before)) if not re.match(r"[-$~/]", m)
        ]
        if moves and len(moves) < 4:
            folder = posixpath.join(folder, moves[-1])
        folder = posixpath.normpath(folder) if folder else ""
        return "" if folder.startswith(".") and not folder.startswith(".git") else folder

    def _ours(self, command: CiCommand, step: Step) -> bool:
        """Whether nothing says that a command is about another part of the repository."""
        folder = self._folder(command, step)
        if not self._meets(folder):
            return False
        named: list[str] = []
        for word in re.split(r"[\s=]", command.text)[1:]:
            place = posixpath.normpath(posixpath.join(folder, word.removesuffix("...")))
            if place in self._folders and any(f"{f}/{m}" in self._files for f in (place, *_above(place))
                                              for m in MANIFESTS if f):  # fmt: skip
                named.append(place)
        return not named or any(map(self._meets, named))

    def _test(self, command: CiCommand, path: str, step: Step, why: str) -> None:
        """Sorts one test command: it can fail, it cannot, or it is none."""
        if command.idle:
            return
        why = why or command.why_not
        if command.delegated:
            work = self._recipes.work(command, self._folder(command, step))
            if not work.does:
                return
            why = why or work.why_not
        if not why:
            self._seen.add(TESTS, path, command.line, command.text)
            self._seen.get(UNFAILING).pop((path, command.line), None)
        elif (path, command.line) not in self._seen.get(TESTS):
            self._seen.add(UNFAILING, path, command.line, f"`{command.text}` cannot fail: {why}")

    def _deploys(self, command: CiCommand, step: Step) -> bool:
        if not command.delegated or not command.can_fail:
            return command.can_fail
        return self._recipes.work(command, self._folder(command, step)).does

    def _action(
        self, run: Run, step: Step, path: str, gates: frozenset[str], depth: int, why: str
    ) -> None:
        """A step that uses an action: one of this repository is followed, some are known by name."""
        uses = step.uses or ""
        if uses.startswith("./"):
            self._local(run, step, path, gates, depth, why)
            return
        name = uses.partition("@")[0]
        folder = step.argument("working-directory").strip("./")
        if why.startswith("never") or not self._meets(folder):
            return
        if (
            _TEST_ACTIONS.fullmatch(name)
            and gates & run.events
            and step.argument("runTests") != "false"
        ):
            fact = UNFAILING if why else TESTS
            self._seen.add(fact, path, step.line, f"{name} cannot fail: {why}" if why else name)
        script = step.argument("script") if name.endswith("/ssh-action") else ""
        deploys = bool(_DEPLOY_ACTIONS.fullmatch(name)) or bool(
            script and any(self._remote(line) for line in script.splitlines())
        )
        if deploys and not why and run.events.intersection(_DELIVERS):
            self._seen.add(DEPLOYS, path, step.line, name)

    @staticmethod
    def _remote(line: str) -> bool:
        """Whether a line that runs on the server brings a new version to life there."""
        return re.match(
            r"\s*(?:sudo\s+)?(?:docker(?:[- ]compose)?\s.*\b(?:up|pull|run|update|deploy)\b|systemctl\s+(?:re)?start"
            r"|kubectl\s|helm\s|git\s+pull|pm2\s|(?:bash\s+)?\S*deploy\S*)", line
        ) is not None  # fmt: skip

    def _local(
        self, run: Run, step: Step, path: str, gates: frozenset[str], depth: int, why: str
    ) -> None:
        folder = posixpath.normpath(step.uses or "")
        files = [posixpath.join(folder, n) for n in ("action.yml", "action.yaml")]
        action = next((f for f in files if f in self._files), None)
        if action is None or depth >= 2:
            return
        try:
            steps = github_workflow.read_action(self._repo.read(action).data, name=action)
        except (FormatError, Trouble) as error:
            self._refused(action, error)
            return
        alive = frozenset(e for e in run.events if holds(step.condition, e) is not False)
        below = Run(action, run.job, alive, why)
        for inner in steps:
            self._step(below, inner, action, gates, depth + 1)


def _above(path: str) -> Iterator[str]:
    """The folders that a path lies in, without the git root."""
    while path := path.rpartition("/")[0]:
        yield path


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder + "/")


def _literal(pattern: str) -> str:
    """The folders of a path pattern before its first wildcard."""
    return re.split(r"/?[^/]*[*?\[+]", pattern, maxsplit=1)[0].strip("/")


def _pushes(trigger: Trigger) -> bool:
    """Whether a push to a branch starts it; one of tags alone comes after every check."""
    branches = trigger.branches or trigger.branches_ignore
    return trigger.event == "push" and (bool(branches) or not trigger.tags)


def _some_job(workflow: Workflow, event: str) -> bool:
    return any(_comes(workflow, job, event) for job in workflow.jobs)


def _comes(workflow: Workflow, job: Job, event: str, depth: int = 0) -> bool:
    """Whether an event may run a job: by its condition, and by those of the jobs that it needs."""
    if holds(job.condition, event) is False:
        return False
    if depth > 20 or "always()" in (job.condition or "") or "cancelled()" in (job.condition or ""):
        return True
    needed = [other for other in workflow.jobs if other.id in job.needs]
    return all(_comes(workflow, other, event, depth + 1) for other in needed)


def _tolerated(value: str | None, job: Job, events: frozenset[str]) -> str:
    """Why `continue-on-error` hides a failure; "" where it does not."""
    text = (value or "false").strip()
    named = _MATRIX.fullmatch(text)
    if named:
        known = [v for v in job.values(named.group(1)) if job.matrix or job.include]
        hides = not known or all(v not in ("", "0", "false") for v in known)
    elif "${{" in text:
        hides = not any(holds(text, event) is False for event in events)
    else:
        hides = text != "false"
    return "`continue-on-error` hides its failure" if hides else ""


def _step_tolerated(step: Step, run: Run, events: frozenset[str]) -> str:
    """The same for a step, unless a later step looks at its outcome and fails."""
    why = _tolerated(step.continue_on_error, run.job, events)
    outcome = re.compile(rf"steps\.{re.escape(step.id or '-')}\.outcome\b")
    for later in run.job.steps if why and step.id else ():
        asks = outcome.search(f"{later.condition or ''}\n{later.run or ''}")
        if asks and re.search(r"\bexit\s+[1-9]|^\s*false\b", later.run or "", re.MULTILINE):
            return ""
    return why
