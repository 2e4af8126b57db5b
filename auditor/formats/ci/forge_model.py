"""What a forge tells of a repository, in the same words for GitHub and GitLab."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Protection:
    """What guards a branch. None: the token may not see it.

    `checks` are those that must pass before a merge; `reviews` how many approvals it takes; `pushes` and
    `forced` whether somebody may push without a merge request, and rewrite the branch.
    """

    checks: tuple[str, ...] | None = None
    reviews: int | None = None
    pushes: bool | None = None
    forced: bool | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run of a pipeline. `passed` is None where it was cancelled or skipped."""

    name: str
    commit: str
    outcome: str
    passed: bool | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Release:
    """A published release; `words` are those of its notes."""

    tag: str
    words: int
    at: datetime | None


def strictest(one: Protection, other: Protection) -> Protection:
    """What holds where two sets of rules are in force at once.

    Where one of them is not shown, what the other demands is the least that holds, and what it does not
    demand stays unknown.
    """
    hidden = None in (one.checks, other.checks)
    checks = tuple(dict.fromkeys([*(one.checks or ()), *(other.checks or ())]))
    reviews = max(one.reviews or 0, other.reviews or 0)
    return Protection(
        None if hidden and not checks else checks,
        None if None in (one.reviews, other.reviews) and not reviews else reviews,
        _both(one.pushes, other.pushes),
        _both(one.forced, other.forced),
    )


def _both(one: bool | None, other: bool | None) -> bool | None:
    """Allowed only where both allow it; refused where one refuses."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
