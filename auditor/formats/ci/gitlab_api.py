"""Answers of the REST API of GitLab, version 4: a project, what guards its branch, pipelines, releases."""

from __future__ import annotations

from fnmatch import fnmatchcase

import msgspec

from auditor.formats.ci.forge_model import Protection, Release, Run
from auditor.formats.text import iso_time
from auditor.formats.text.json_text import decode

_NAME = "The answer of GitLab"
_PASSED = {"success": True, "failed": False}
_RUNNING = (
    "created", "waiting_for_resource", "preparing", "pending", "running", "manual", "scheduled",
)  # fmt: skip
_NOBODY = 0


class _Project(msgspec.Struct):
    path_with_namespace: str
    default_branch: str | None = None
    only_allow_merge_if_pipeline_succeeds: bool = False
    approvals_before_merge: int | None = None


class _Level(msgspec.Struct):
    access_level: int | None = None


class _Protected(msgspec.Struct):
    name: str
    allow_force_push: bool = False
    push_access_levels: list[_Level] = []


class _Pipeline(msgspec.Struct):
    id: int
    status: str
    sha: str
    created_at: str = ""


class _Release(msgspec.Struct):
    tag_name: str
    description: str | None = None
    released_at: str | None = None
    upcoming_release: bool = False


class _Rule(msgspec.Struct):
    approvals_required: int = 0


def project(body: bytes) -> tuple[str, str, Protection]:
    """Path, default branch, and what guards every merge, of `/projects/<id>`. Raises Malformed and TooLarge."""
    found = decode(body, _Project, name=_NAME)
    checks = ("pipeline",) if found.only_allow_merge_if_pipeline_succeeds else ()
    reviews = found.approvals_before_merge
    return found.path_with_namespace, found.default_branch or "", Protection(checks, reviews)


def protected(body: bytes, branch: str) -> Protection:
    """What guards a branch, of `/projects/<id>/protected_branches`. Raises as `project` does.

    Of several patterns that match it, GitLab lets the most lenient one decide.
    """
    found = [
        one for one in decode(body, list[_Protected], name=_NAME) if fnmatchcase(branch, one.name)
    ]
    levels = [level.access_level for one in found for level in one.push_access_levels]
    pushes = not found or any(level != _NOBODY for level in levels)
    return Protection(pushes=pushes, forced=not found or any(o.allow_force_push for o in found))


def approvals(body: bytes) -> int:
    """The most approvals that a rule of `/projects/<id>/approval_rules` demands. Raises as `project` does."""
    return max((r.approvals_required for r in decode(body, list[_Rule], name=_NAME)), default=0)


def runs(body: bytes) -> list[Run]:
    """The last finished one of `/projects/<id>/pipelines`, newest first. Raises as `project` does."""
    for one in decode(body, list[_Pipeline], name=_NAME):
        if one.status not in _RUNNING:
            at = iso_time.read(one.created_at)
            return [Run("pipeline", one.sha, one.status, _PASSED.get(one.status), at)]
    return []


def releases(body: bytes) -> list[Release]:
    """Those of `/projects/<id>/releases` that are out. Raises as `project` does."""
    return [
        Release(
            one.tag_name,
            len((one.description or "").split()),
            iso_time.read(one.released_at) if one.released_at else None,
        )
        for one in decode(body, list[_Release], name=_NAME)
        if not one.upcoming_release
    ]
