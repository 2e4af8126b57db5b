"""The table of docs/gate.md: each row is what a test of the gate asserts."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.model.gate import Cause
from auditor.report.gate_text import CAUSES

EXITS = {0: "met", 1: "not met", 2: "wrong use", 3: "not decided"}


@dataclass(frozen=True, slots=True)
class Row:
    """What happens, what the gate answers, the cause that it names, and its exit code.

    `says` stands in what the gate prints.
    """

    what: str
    answer: str
    code: int
    cause: Cause | None = None
    says: str = ""

    def cells(self) -> tuple[str, str, str, str]:
        """As the table shows it."""
        cause = CAUSES[self.cause] if self.cause else ""
        return self.what, self.answer, cause, f"{self.code} {EXITS[self.code]}"


NOT_FETCHED = Row(
    "the merge base is not fetched: a shallow clone",
    "no base; it names `git fetch --unshallow origin` and `fetch-depth: 0`",
    3,
    says="git fetch --unshallow origin",
)
NO_REF = Row(
    "the branch to compare with is not fetched",
    "no base; it names the `git fetch` that brings it",
    3,
    says="git fetch origin develop:refs/remotes/origin/develop",
)
UNRELATED = Row(
    "the head and the branch have no commit in common", "no base", 3, says="no commit in common"
)
NEW_SERVICE = Row(
    "the service is not there at the base",
    "no base; it names `audit --fail-on blocker`",
    3,
    says="has no folder services/new",
)
OTHER_REPOSITORY = Row(
    "the baseline of another repository", "refused", 2, says="is of the service 'orders'"
)
NEWER = Row(
    "a baseline newer than the head, which lacks its mend",
    "a new blocker: what the baseline says is resolved is open here",
    1,
    Cause.CODE,
)
FUTURE = Row("a baseline made in the future", "refused", 2, says="in the future")
EMPTY = Row(
    "an empty baseline: no item in it",
    "no base; never met for want of one",
    3,
    says="holds no item",
)
NO_BASELINE = Row(
    "a file that is no baseline", "refused; it names `auditor gate . --adopt FILE`", 2,
    says="auditor gate . --adopt FILE",
)  # fmt: skip
ALTERED = Row("a bundle that somebody altered", "no base", 3, says="is not what the audit wrote")
EXTENT = Row("a baseline made with other `--only`", "refused", 2, says="the same extent")
TOOL = Row(
    "a new blocker, and another version of the auditor made the baseline",
    "a new blocker",
    1,
    Cause.TOOL_VERSION,
)
ENVIRONMENT = Row(
    "a new blocker without a commit between: an untracked report changed",
    "a new blocker",
    1,
    Cause.ENVIRONMENT,
)
OVERNIGHT = Row(
    "a waiver that runs out overnight, the commit is the same",
    "a new blocker",
    1,
    Cause.WAIVER_EXPIRED,
)
IN_FORCE = Row(
    "with a baseline: the date comes from which a newer checklist asks an open item",
    "a new blocker",
    1,
    Cause.CHECKLIST,
)
LOOSER = Row("`--adopt` over a baseline that is better than today", "nothing is written", 1)
RATCHET = Row(
    "with a baseline: a number of an open item gets worse (4 tests, now 3, wanted 10)",
    "worse inside an open item",
    1,
)
TIGHTER = Row(
    "with a baseline: a number gets better", "met; it says that the baseline can be tightened", 0
)
TWO_SERVICES = Row(
    "two services in one repository, a new blocker in one",
    "a new blocker in the gate of that one; the gate of the other is met",
    1,
    Cause.CODE,
)
UNCOMMITTED = Row(
    "a new blocker in the work tree, not committed", "a new blocker; it says that it judged the work tree",
    1, Cause.CODE,
)  # fmt: skip
STORED = Row(
    "`--runs` holds a bundle of the base, whose tests passed, and tests fail now",
    "a new blocker, which a clean checkout of the base could not have told",
    1,
    Cause.CODE,
)
STORED_UNFIT = Row(
    "`--runs` holds no bundle that fits: of another commit, altered, or committed by the change",
    "the base is audited; it says why a bundle of the base was not used",
    0,
    says="was not used",
)
LOOSENED = Row(
    "`--baseline` with `--against`: a baseline in the repository that the change loosens",
    "1 new blocker; the changed baseline is listed and not obeyed",
    1,
    Cause.CODE,
)
NOT_YET = Row(
    "`--baseline` with `--against`: a baseline that the change itself brings",
    "no base; it names `--against` alone",
    3,
    says="compare with --against alone",
)
ROWS = (
    TWO_SERVICES, UNCOMMITTED, OVERNIGHT, TOOL, ENVIRONMENT, NOT_FETCHED, NO_REF, UNRELATED, NEW_SERVICE,
    OTHER_REPOSITORY, NEWER, FUTURE, EMPTY, NO_BASELINE, ALTERED, EXTENT, STORED, STORED_UNFIT,
    IN_FORCE, RATCHET, TIGHTER, LOOSER, LOOSENED, NOT_YET,
)  # fmt: skip
