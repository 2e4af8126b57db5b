"""Reads the Terraform or OpenTofu of the service: where its state is kept, what is pinned, what a plan says.

A folder is applied by itself where no other takes it as a module, or Terragrunt applies it; those for
development and tests are judged only where there are no others. Backends and providers come from the files
themselves; what `-backend-config` adds is not seen, nor is a state that a service keeps which applies by
itself (HCP Terraform by its connection to the repository, Spacelift, env0): there the backend is "none".
Configuration in JSON is not read. Of a resource it is asked that it makes something: random numbers,
local files and null resources do not count. Whether a file is valid is only said as far as its grammar, names
of blocks, and modules of the repository go; no provider is asked.

A plan counts where it is one of `terraform show -json`, is whole, and holds all that its folder declares. Only
a plan can show drift, and only one that refreshed the state. A plan or state is never stored, since both
hold secrets. CloudFormation, Pulumi, CDK and the like are told as present, and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    probe,
)
from auditor.probing.repository.entries import Entries
from auditor.probing.terraform.iac_tools import other_tools
from auditor.probing.terraform.terraform_gaps import (
    INVALID,
    OF_CODE,
    SECRETS,
    judge,
    judge_files,
    worst_backend,
)
from auditor.probing.terraform.terraform_look import TerraformLook, look_at_terraform
from auditor.probing.terraform.terraform_plans import plan_changes
from auditor.probing.terraform.terraform_states import committed_states

_LIST = FactType.LIST
FILES = FactSpec("terraform.files", _LIST, "Files of Terraform, OpenTofu or Terragrunt.")
STATE = FactSpec("terraform.state_committed", _LIST, "States in git, with all their secrets.")
OTHERS = FactSpec(
    "terraform.other_tools", _LIST, "Files of other tools that describe infrastructure."
)
BACKEND = FactSpec(
    "terraform.backend", FactType.TEXT, "Where the state is kept: remote, local or none (not said)."
)
PLAN = FactSpec(
    "terraform.plan_changes",
    FactType.NUMBER,
    "Changes that the newest plans would make.",
    "changes",
)
_ALWAYS = (STATE, OTHERS)
_JSON = "Audit what it is made from."


@probe(
    "infra.terraform",
    title="Terraform and OpenTofu",
    needs=[Need.REPOSITORY],
    emits=[FILES, *_ALWAYS, *OF_CODE, BACKEND, PLAN],
    pure=True,
)
def terraform(ctx: Context) -> Iterator[Observation]:
    """Facts about code only where there is some: of none, nothing lacks a lock."""
    seen, now = Entries(OF_CODE), ctx.observed_at
    look = look_at_terraform(ctx.repo, seen, INVALID)
    source, places = ctx.repo.source(_told(look)), map(Location, look.files)
    yield FILES.of(
        look.files, level=Level.EFFECTIVE, source=source, locations=places, produced_at=now
    )
    apart = Entries(_ALWAYS)
    for path, held in committed_states(ctx.repo):
        apart.add(STATE, path, None, held)
    for path, tool in other_tools(ctx.repo):
        apart.add(OTHERS, path, None, tool)
    yield from apart.observations(ctx, source)
    if not look.trees and not seen.problems:
        yield _nothing(look, apart)
        return
    if look.unread:
        said = f"{look.unread[0]} is configuration in JSON, which is not read."
        seen.problems.append(Problem(ProblemKind.NOT_CONFIGURED, said, _JSON))
    for tree in look.trees:
        judge(ctx.repo, look, tree, seen)
    judge_files(look, seen)
    for text, place in seen.found.get(SECRETS.key, []):
        yield Finding("literal-secret", f"{text}.", SECRETS.key, location=place)
    yield from seen.observations(ctx, source)
    yield from _backend(ctx, look, seen)
    yield from plan_changes(ctx, look, PLAN)


def _told(look: TerraformLook) -> str:
    left = f"; not judged, for development: {', '.join(look.left)}" if look.left else ""
    searched = "searched: *.tf, *.tofu, *.tfvars, terragrunt.hcl"
    return (", ".join(look.files) or searched) + left


def _nothing(look: TerraformLook, apart: Entries) -> Problem:
    hidden = tuple(fact.key for fact in (*OF_CODE, BACKEND, PLAN))
    others = [text for text, _ in apart.found.get(OTHERS.key, [])]
    hint = "Where it is in another repository, audit that one, or attest with a link to its plan."
    if look.unread:
        said, hint = f"{look.unread[0]} is configuration in JSON, which is not read.", _JSON
    elif look.files:
        said = (
            f"Nothing in the Terraform here ({look.files[0]} and so on) would be applied by itself."
        )
    elif others:
        said = f"There is no Terraform, and what there is instead is not read: {others[0]}."
        hint = "Attest with a link to its latest comparison with what runs."
    else:
        said = "The repository describes no infrastructure as code."
    return Problem(ProblemKind.NOT_CONFIGURED, said, hint, hidden)


def _backend(ctx: Context, look: TerraformLook, seen: Entries) -> Iterator[Observation]:
    """The worst of the applied folders; what was not read may say another."""
    found = None if seen.problems else worst_backend(look)
    if found is None:
        said = "No folder of Terraform that makes anything was read whole."
        yield Problem(
            ProblemKind.VACUOUS, said, "Run `terraform validate` in each.", (BACKEND.key,)
        )
        return
    yield BACKEND.of(
        found[0],
        level=Level.EFFECTIVE,
        source=ctx.repo.source(", ".join(tree.name for tree in look.trees)),
        locations=found[1],
        produced_at=ctx.observed_at,
    )
