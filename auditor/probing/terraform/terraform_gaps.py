"""What the Terraform of a service leaves open: locks, versions, secrets, modules that nothing takes."""

from __future__ import annotations

from auditor.formats.terraform.terraform_config import Backend, bounded
from auditor.model.evidence import Location
from auditor.model.probe import FactSpec, FactType
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries
from auditor.probing.terraform.terraform_look import TerraformLook, Tree, locked

_LIST = FactType.LIST
INVALID = FactSpec("terraform.invalid", _LIST, "What `terraform validate` would refuse.")
RESOURCES = FactSpec(
    "terraform.resources", FactType.NUMBER, "Resources and modules that would be made."
)
UNLOCKED = FactSpec(
    "terraform.unlocked_backends", _LIST, "Backends that two runs may write to at once."
)
PROVIDERS = FactSpec(
    "terraform.unpinned_providers", _LIST, "Providers that nothing holds to a range of versions."
)
LOCKS = FactSpec("terraform.lock_missing", _LIST, "Applied folders whose providers are not locked.")
MODULES = FactSpec("terraform.unpinned_modules", _LIST, "Remote modules without a version.")
SECRETS = FactSpec("terraform.literal_secrets", _LIST, "Secrets whose value the files write.")
UNUSED = FactSpec("terraform.unreferenced_modules", _LIST, "Modules that nothing here takes.")
OF_CODE = (INVALID, RESOURCES, UNLOCKED, PROVIDERS, LOCKS, MODULES, SECRETS, UNUSED)


def judge(repo: Repo, look: TerraformLook, tree: Tree, seen: Entries) -> None:
    """Entries for what is applied by itself."""
    for path, one in tree.resources:
        if one.real:
            seen.add(RESOURCES, path, one.line, f"makes {one}")
    for path, call in tree.remote_calls:
        seen.add(RESOURCES, path, call.line, f"makes the module {call.name}")
        if call.unpinned:
            seen.add(MODULES, path, call.line, f"takes {call.unpinned}")
    if not tree.folders:
        seen.add(RESOURCES, tree.units[0], None, "makes a module from elsewhere")
    kept = look.backend(tree)
    if kept is not None and kept[1].locks is False and kept[1].remote:
        said = f"keeps the state in {kept[1].kind}, without a lock"
        seen.add(UNLOCKED, kept[0], kept[1].line, said)
    _providers(repo, tree, seen)


def _providers(repo: Repo, tree: Tree, seen: Entries) -> None:
    """Versions of providers: the lock file holds them, else a constraint with an upper end."""
    needed = tree.needed
    held = locked(repo, tree.root, seen, INVALID)
    if held is None and needed and not tree.units:  # Terragrunt keeps a lock beside its own file
        said = f"{tree.name} has no .terraform.lock.hcl in git"
        seen.add(LOCKS, tree.root.files[0].path, None, said)
    for name, wanted in needed.items():
        address = next((one.source for one in wanted), f"hashicorp/{name}")
        if held is not None and address not in held:
            seen.add(LOCKS, tree.root.lock or "", None, f"does not lock {address}")
        if not any(bounded(one.version) for one in wanted) and address not in (held or ()):
            path, line = _place(tree, name)
            said = f"{name} may be of any version, or of any newer one, in {tree.name}"
            seen.add(PROVIDERS, path, line, said)


def _place(tree: Tree, name: str) -> tuple[str, int | None]:
    """Where a provider is required, else where it is first used."""
    files = [file for folder in tree.folders for file in folder.files]
    required = [(f.path, p.line) for f in files for p in f.providers if p.name == name]
    used = [(f.path, r.line) for f in files for r in f.resources if r.provider == name]
    return next(iter((*required, *used)), (files[0].path, None))


def judge_files(look: TerraformLook, seen: Entries) -> None:
    """Entries for every file that is applied, and for the modules that are not."""
    judged = {id(folder): folder for tree in look.trees for folder in tree.folders}
    for folder in judged.values():
        for file in (*folder.files, *folder.values):
            for name, line in file.secrets:
                seen.add(SECRETS, file.path, line, f"the value of {name} is written in the file")
    for folder in look.unused:
        seen.add(UNUSED, folder.files[0].path, None, f"nothing takes the module {folder.path}")


def worst_backend(look: TerraformLook) -> tuple[str, list[Location]] | None:
    """Where the state of applied folders is kept, and where that is said; None where they make nothing."""
    kept: dict[str, list[Location]] = {}
    for tree in look.trees:
        if not _makes(tree):
            continue
        found = look.backend(tree)
        if found is None:
            first = tree.root.files[0].path if tree.root.files else tree.units[0]
            kept.setdefault("none", []).append(Location(path=first))
        else:
            kept.setdefault(_named(found[1]), []).append(Location(found[0], found[1].line))
    worst = next((name for name in ("none", "local", "remote") if name in kept), None)
    return None if worst is None else (worst, kept[worst])


def _named(backend: Backend) -> str:
    return "remote" if backend.remote else "local"


def _makes(tree: Tree) -> bool:
    real = any(one.real for _, one in tree.resources)
    return real or next(tree.remote_calls, None) is not None or not tree.folders
