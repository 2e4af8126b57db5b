"""Plans of Terraform as JSON, matched with the configuration that they are of: what is still to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.formats.terraform.terraform_json import Plan, read_plan, sniff_plan
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Location
from auditor.model.level import weakest
from auditor.probing.contract import Context, FactSpec, Observation, Problem, ProblemKind, Trouble
from auditor.probing.guards import Standing, standing
from auditor.probing.repo import Entry
from auditor.probing.reports.reports import may_be_report
from auditor.probing.terraform.terraform_look import TerraformLook, Tree

MAKE = (
    "In the folder that is applied: `terraform plan -input=false -out=tfplan && terraform show -json tfplan >"
    " tfplan.json`, and audit with the file in `evidence:`."
)
_LIMIT = 64 * 1024 * 1024
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """One plan, the tree that it is of, and what it is worth."""

    entry: Entry
    plan: Plan
    tree: Tree
    worth: Standing

    @property
    def pending(self) -> int:
        """Resources and outputs that a run would change, or that changed by themselves."""
        plan = self.plan
        return len({*plan.changed, *plan.drifted}) + plan.changed_outputs


def plan_changes(ctx: Context, look: TerraformLook, fact: FactSpec) -> Iterator[Observation]:
    """The changes that the newest plan of each tree would make; only where each has one, or some would."""
    newest: dict[str, Made] = {}
    for one in _plans(ctx, look, fact):
        if isinstance(one, Problem):
            yield one
            continue
        kept = newest.get(one.tree.name)
        if kept is None or (_when(one), one.pending) > (_when(kept), kept.pending):
            newest[one.tree.name] = one
    without = [tree.name for tree in look.trees if tree.name not in newest]
    pending = sum(one.pending for one in newest.values())
    if without:
        hidden = () if pending else (fact.key,)
        said = f"There is no plan as JSON of {', '.join(without[:5])}."
        yield Problem(ProblemKind.NOT_CONFIGURED, said, MAKE, hidden)
    for one in newest.values():
        weak = one.worth.problem(one.entry.path)
        if weak is not None:
            yield weak
    if newest and (pending or not without):
        times = [one.worth.produced_at for one in newest.values()]
        yield fact.of(
            pending,
            level=weakest([one.worth.level for one in newest.values()]),
            source=ctx.repo.source(", ".join(sorted(one.entry.path for one in newest.values()))),
            locations=[Location(path=one.entry.path) for one in newest.values()],
            produced_at=None if None in times else min(t for t in times if t),
        )


def _when(one: Made) -> datetime:
    return one.plan.made_at or _NEVER


def _plans(ctx: Context, look: TerraformLook, fact: FactSpec) -> Iterator[Made | Problem]:
    """A plan holds secrets, so that none of its bytes are kept."""
    repo = ctx.repo
    for entry in repo.reports("**/*.json"):
        if not may_be_report(repo, entry.path):
            continue
        try:
            if not sniff_plan(repo.head(entry.path)):
                continue
            plan = read_plan(repo.read(entry.path, limit=_LIMIT).data)
        except Trouble as trouble:
            yield trouble.problem(fact.key)
            continue
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            yield Problem(kind, f"{entry.path}: {error}", MAKE, (fact.key,))
            continue
        made = _matched(ctx, look, entry, plan)
        yield (
            made
            if isinstance(made, Made)
            else Problem(ProblemKind.VACUOUS, f"{entry.path} {made}.", MAKE, (fact.key,))
        )


def _matched(ctx: Context, look: TerraformLook, entry: Entry, plan: Plan) -> Made | str:
    """The plan with its tree, or why it tells nothing."""
    if not plan.complete:
        return "is of a plan that failed, or left something out"
    if not plan.resources and not plan.changed:
        return "plans no resource"
    shared = {tree.name: len(plan.declared & _declared(tree)) for tree in look.trees}
    best = max(shared.values(), default=0)
    named = [tree for tree in look.trees if best and shared[tree.name] == best]
    fitting = named if len(named) == 1 else [t for t in named if _beside(entry.path, t)]
    if len(fitting) != 1:
        return "is of none of the folders that are applied here, or of more than one"
    tree = fitting[0]
    lacking = _declared(tree) - plan.declared
    if lacking:
        return (
            f"lacks {sorted(lacking)[0]} of {tree.name}, so it is of another version or of a part"
        )
    measured = [file.path for folder in tree.folders for file in folder.files]
    worth = standing(ctx.repo, entry, made_at=plan.made_at, now=ctx.now, measured=measured)
    return Made(entry, plan, tree, worth)


def _beside(path: str, tree: Tree) -> bool:
    return path.rpartition("/")[0] == tree.root.path


def _declared(tree: Tree) -> frozenset[str]:
    """Addresses in the folder itself."""
    found = {f"module.{call.name}" for _, call in tree.root.calls}
    for file in tree.root.files:
        found |= {str(r) if r.managed else f"data.{r}" for r in file.resources}
    return frozenset(found)
