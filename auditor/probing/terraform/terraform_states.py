"""States of Terraform that are in git: where they are, and how much they hold. Never what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.terraform.terraform_json import read_state
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_STATE = re.compile(r".+\.tfstate(?:\.[\w.-]+)?")
_ENCRYPTED = re.compile(rb"\"encrypted_data\"|\"sops\"|\A\x00GITCRYPT|\A\$ANSIBLE_VAULT")


def committed_states(repo: Repo) -> Iterator[tuple[str, str]]:
    """Path and size of each; what is encrypted, and what tests and examples hold, is left out."""
    for entry in repo.entries:
        path = entry.path
        committed = entry.tracked or not repo.tree.is_git
        if not committed or not _STATE.fullmatch(path.rpartition("/")[2]):
            continue
        if use_of(repo.below(path)) is not Use.APART:
            held = _held(repo, path)
            if held:
                yield path, held


def _held(repo: Repo, path: str) -> str:
    """How much a state holds, "" for one that is encrypted."""
    try:
        data = repo.read(path).data
    except Trouble:
        return "is a state by its name, and could not be read"
    if _ENCRYPTED.search(data):
        return ""
    try:
        state = read_state(data)
    except FormatError:
        return "is a state by its name"
    return f"is a state of {state.managed} resources"
