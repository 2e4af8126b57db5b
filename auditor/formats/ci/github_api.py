"""Answers of the REST API of GitHub: a repository, what guards its branch, runs, releases, alerts."""

from __future__ import annotations

from typing import Any

import msgspec

from auditor.formats.ci.forge_model import Protection, Release, Run
from auditor.formats.text import iso_time
from auditor.formats.text.json_text import decode

_NAME = "The answer of GitHub"
_PASSED = {"success": True, "failure": False, "timed_out": False, "startup_failure": False}


class _Repository(msgspec.Struct):
    full_name: str
    default_branch: str


class _Rule(msgspec.Struct):
    type: str
    parameters: dict[str, Any] | None = None


class _Check(msgspec.Struct):
    context: str


class _Checks(msgspec.Struct):
    contexts: list[str] = []
    checks: list[_Check] = []
    enforcement_level: str = "everyone"


class _Reviews(msgspec.Struct):
    required_approving_review_count: int = 1


class _Enabled(msgspec.Struct):
    enabled: bool = False


class _Protection(msgspec.Struct):
    required_status_checks: _Checks | None = None
    required_pull_request_reviews: _Reviews | None = None
    allow_force_pushes: _Enabled | None = None


class _BranchProtection(msgspec.Struct):
    enabled: bool = False
    required_status_checks: _Checks | None = None


class _Branch(msgspec.Struct):
    name: str
    protected: bool = False
    protection: _BranchProtection | None = None


class _Run(msgspec.Struct):
    workflow_id: int
    head_sha: str
    status: str | None
    name: str | None = None
    conclusion: str | None = None
    created_at: str = ""


class _Runs(msgspec.Struct):
    workflow_runs: list[_Run]


class _Release(msgspec.Struct):
    tag_name: str
    body: str | None = None
    draft: bool = False
    published_at: str | None = None


class _Advisory(msgspec.Struct):
    severity: str = ""


class _Package(msgspec.Struct):
    name: str = ""


class _Vulnerability(msgspec.Struct):
    package: _Package = msgspec.field(default_factory=_Package)


class _Alert(msgspec.Struct):
    state: str
    security_advisory: _Advisory = msgspec.field(default_factory=_Advisory)
    security_vulnerability: _Vulnerability = msgspec.field(default_factory=_Vulnerability)


def repository(body: bytes) -> tuple[str, str]:
    """Full name and default branch of `/repos/<owner>/<name>`. Raises Malformed and TooLarge."""
    found = decode(body, _Repository, name=_NAME)
    return found.full_name, found.default_branch


def rules(body: bytes) -> Protection:
    """What the active rulesets demand, of `/repos/…/rules/branches/<branch>`. Raises as `repository` does."""
    found = decode(body, list[_Rule], name=_NAME)
    checks: list[str] = []
    reviews, pushes, forced = 0, True, True
    for rule in found:
        given = rule.parameters or {}
        if rule.type == "required_status_checks":
            wanted = given.get("required_status_checks")
            names = (
                [c.get("context") for c in wanted if isinstance(c, dict)]
                if isinstance(wanted, list)
                else []
            )
            checks += [name for name in names if isinstance(name, str)]
        elif rule.type == "pull_request":
            count = given.get("required_approving_review_count", 0)
            reviews = max(reviews, count if isinstance(count, int) else 0)
            pushes = False
        elif rule.type == "non_fast_forward":
            forced = False
        elif rule.type in ("update", "merge_queue"):
            pushes = False
    return Protection(tuple(dict.fromkeys(checks)), reviews, pushes, forced)


def branch(body: bytes) -> Protection:
    """What a reader is shown of the classic protection, of `/repos/…/branches/<branch>`.

    Where there is one, only its checks are shown. Raises as `repository` does.
    """
    found = decode(body, _Branch, name=_NAME)
    classic = found.protection
    if classic is None or not classic.enabled:
        # `protected` is true for rulesets as well; the classic one is off, or not shown at all.
        return (
            Protection() if classic is None and found.protected else Protection((), 0, True, True)
        )
    return Protection(checks=_contexts(classic.required_status_checks))


def protection(body: bytes) -> Protection:
    """The classic protection in full, of `/repos/…/branches/<branch>/protection`. Raises as `repository` does."""
    found = decode(body, _Protection, name=_NAME)
    reviews = found.required_pull_request_reviews
    forced = found.allow_force_pushes
    return Protection(
        _contexts(found.required_status_checks),
        reviews.required_approving_review_count if reviews else 0,
        reviews is None,
        bool(forced and forced.enabled),
    )


def _contexts(checks: _Checks | None) -> tuple[str, ...]:
    if checks is None or checks.enforcement_level == "off":
        return ()
    names = [*checks.contexts, *(check.context for check in checks.checks)]
    return tuple(dict.fromkeys(names))


def runs(body: bytes) -> list[Run]:
    """The last finished run of each workflow, of `/repos/…/actions/runs`. Raises as `repository` does."""
    last: dict[int, Run] = {}
    for one in decode(body, _Runs, name=_NAME).workflow_runs:
        if one.status != "completed" or one.workflow_id in last:
            continue
        outcome = one.conclusion or "unknown"
        name = one.name or f"workflow {one.workflow_id}"
        at = iso_time.read(one.created_at)
        last[one.workflow_id] = Run(name, one.head_sha, outcome, _PASSED.get(outcome), at)
    return list(last.values())


def releases(body: bytes) -> list[Release]:
    """The published ones of `/repos/…/releases`. Raises as `repository` does."""
    return [
        Release(
            one.tag_name,
            len((one.body or "").split()),
            iso_time.read(one.published_at) if one.published_at else None,
        )
        for one in decode(body, list[_Release], name=_NAME)
        if not one.draft
    ]


def alerts(body: bytes) -> list[str]:
    """The open ones of `/repos/…/dependabot/alerts`, as package and severity. Raises as `repository` does."""
    return [
        f"{one.security_vulnerability.package.name or '?'} ({one.security_advisory.severity or '?'})"
        for one in decode(body, list[_Alert], name=_NAME)
        if one.state == "open"
    ]
