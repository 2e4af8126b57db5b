"""Two audits side by side: what is kept of each, what changed between them, and what a gate says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from auditor.model.evidence import Location
from auditor.model.item import Severity
from auditor.model.verdict import Outcome, Waiver

NOWHERE = Location()


class Cause(StrEnum):
    """Why an item is not what it was."""

    CODE = "code"
    ENVIRONMENT = "environment"
    CHECKLIST = "checklist"
    TOOL_VERSION = "tool_version"
    EVIDENCE_LOST = "evidence_lost"
    WAIVER_EXPIRED = "waiver_expired"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One constraint of an item: whether it holds (None: not known), and the number seen, if it is one.

    `better` is 1 where more is better, -1 where less is, 0 where it is no number to compare. `outside`
    says that the fact comes from a running system, not from the repository.
    """

    name: str
    expected: str
    truth: bool | None
    observed: str = ""
    number: float | None = None
    better: int = 0
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A finding, to be found again in another audit.

    `words` is its message without paths and line numbers; `print` is the digest of the rule and of the
    source line, wherever that line is now; None where the source was not at hand.
    """

    fact: str
    rule: str
    message: str
    words: str
    location: Location = NOWHERE
    print: str | None = None


@dataclass(frozen=True, slots=True)
class ItemState:
    """What an audit said of an item. `asks` is a digest of what was asked; empty where not known."""

    id: str
    number: str
    title: str
    severity: Severity
    outcome: Outcome
    waived: bool = False
    asks: str = ""
    reason: str = ""
    probes: tuple[str, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    outside: bool = False
    pending: str = ""

    @property
    def open(self) -> bool:
        """Fail or unknown, and neither waived nor pending."""
        unsettled = self.outcome in (Outcome.FAIL, Outcome.UNKNOWN)
        return unsettled and not self.waived and not self.pending

    @property
    def state(self) -> str:
        """pass, fail, unknown, not_applicable, waived or pending."""
        if self.waived:
            return "waived"
        return "pending" if self.pending else self.outcome.value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An audit, as far as a later one is compared with it. `probes` is probe id → version; `broken` are
    the probes that crashed or ran out of time, so that what they did not see says nothing of the target.
    """

    tool_version: str
    started_at: str
    service: str
    repository: str
    root: str
    commit: str | None
    dirty: bool
    checklist: str
    checklist_version: str
    checklist_digest: str
    items: tuple[ItemState, ...]
    findings: tuple[Spot, ...] = ()
    probes: dict[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    proven: float = 0.0
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """An item that is in another state than before; a state may also be `absent`."""

    item: str
    number: str
    title: str
    severity: Severity
    before: str
    after: str
    cause: Cause
    text: str


@dataclass(frozen=True, slots=True)
class Worse:
    """Something inside an open item that was better before.

    `kind` is finding (a new one), number (further from what is wanted), part (held, and holds no more),
    unseen (could be told before), or unseen_number.
    """

    item: str
    severity: Severity
    kind: str
    fact: str
    text: str
    location: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two audits.

    `new` are items that were not open and are, `resolved` were open and pass, `still_open` are open in
    both. `better` are sentences; `proven` is in percent, before and after.
    """

    changes: tuple[Change, ...] = ()
    new: tuple[Change, ...] = ()
    resolved: tuple[Change, ...] = ()
    still_open: tuple[Change, ...] = ()
    worse: tuple[Worse, ...] = ()
    better: tuple[str, ...] = ()
    proven: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class GateBase:
    """What the head is compared with. `kind` is audit, bundle or baseline; `ref` as the operator gave it."""

    kind: str
    ref: str
    commit: str | None
    made_at: str = ""
    tool_version: str = ""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A change to what the gate obeys, listed and not obeyed: configuration, checklist, waivers, attestations."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate's answer. `undecided` says that it is not met for want of evidence alone; `integrity`
    holds a sentence for each way to talk the gate round that is open or was not looked at.
    """

    met: bool
    undecided: bool
    base: GateBase
    new_blockers: tuple[Change, ...] = ()
    resolved: tuple[Change, ...] = ()
    evidence_lost: tuple[Change, ...] = ()
    still_open: tuple[Change, ...] = ()
    changes: tuple[Change, ...] = ()
    worse: tuple[Worse, ...] = ()
    policy: tuple[PolicyChange, ...] = ()
    tighten: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    integrity: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 met, 1 not met, 3 too little evidence to say."""
        return 0 if self.met else 3 if self.undecided else 1
