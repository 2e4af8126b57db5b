"""What is not known, by what would make it known: the address, token, tool or command that decides most."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import islice, product
from shlex import quote

from auditor.evaluate.plan_score import gains
from auditor.model.item import Any, Constraint, Not, Requirement
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Reason, Verdict

_OPTION = re.compile(
    r"--(?:url|prometheus|alertmanager|grafana|loki|kubernetes|namespace|on-call|forge|deployment|root|offline|only"
    r"|allow-(?:exec|load|intrusive|host))\b"
)
_VARIABLE = re.compile(r"\b(?:AUDITOR_[A-Z_]+|GITHUB_TOKEN|GITLAB_TOKEN)\b")
_COMMAND = re.compile(r"Run `([^`]{3,400})`")
_MOST_WAYS = 12
_PERMITS = ("--allow-", "--offline", "--only")
_ACTS = ("--allow-load", "--allow-intrusive")


class Kind(StrEnum):
    """What a way of unlocking is."""

    URL = "url"
    TOKEN = "token"
    PERMISSION = "permission"
    TOOL = "tool"
    COMMAND = "command"
    ATTESTATION = "attestation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that an operator can do: its name, and how in words."""

    kind: Kind
    name: str
    how: str = ""


_URL = Way(Kind.URL, "--url", "Run again with --url https://your-staging-host.")


@dataclass(frozen=True, slots=True)
class Unlock:
    """A way, the items that it decides alone, and those for which it takes more. Shares are of the score."""

    way: Way
    decides: tuple[Verdict, ...]
    helps: tuple[Verdict, ...]
    decided: Fraction
    helped: Fraction


def unlocks(report: Report) -> list[Unlock]:
    """The ways, those that decide most of the score alone first; what is not known otherwise stays out."""
    worth = gains(report)
    alone: dict[tuple[Kind, str], list[Verdict]] = {}
    together: dict[tuple[Kind, str], list[Verdict]] = {}
    ways: dict[tuple[Kind, str], Way] = {}
    for verdict in unknown(report):
        sets = ways_of(verdict, has_url=_has_url(report))
        named = {(way.kind, way.name): way for one in sets for way in one}
        for key, way in named.items():
            ways.setdefault(key, way)
            decides = any({(w.kind, w.name) for w in one} == {key} for one in sets)
            (alone if decides else together).setdefault(key, []).append(verdict)
    found = [
        Unlock(
            way,
            tuple(alone.get(key, ())),
            tuple(together.get(key, ())),
            _sum(alone.get(key, ()), worth),
            _sum(together.get(key, ()), worth),
        )
        for key, way in ways.items()
    ]
    return sorted(found, key=lambda u: (-u.decided, -u.helped, u.way.kind.value, u.way.name))


def unknown(report: Report) -> list[Verdict]:
    """The items of which too little is known, in the order of the checklist."""
    return [v for v in report.verdicts() if v.outcome is Outcome.UNKNOWN]


def share(report: Report, verdicts: Iterable[Verdict]) -> Fraction:
    """What items are worth of the whole score, between 0 and 1."""
    return _sum(verdicts, gains(report))


def _sum(verdicts: Iterable[Verdict], worth: dict[str, Fraction]) -> Fraction:
    return sum((worth.get(v.item.id, Fraction(0)) for v in verdicts), Fraction(0))


def _has_url(report: Report) -> bool:
    return report.target.deployment is not None and bool(report.target.deployment.url)


def ways_of(verdict: Verdict, *, has_url: bool = True) -> list[frozenset[Way]]:
    """Alternative sets of ways, each of which may decide an unknown item; one that holds another is left out.

    Without a deployment (`has_url`), leave to load one is not enough: it has to be named, too.
    """
    reasons = {r.fact: r for r in verdict.reasons if r.fact}
    sets = _ways(verdict.item.require, reasons) if verdict.item.require is not None else []
    found = [one if has_url else _with_url(one) for one in sets if one]
    for check in verdict.checks:
        if check.outcome is Outcome.UNKNOWN:
            below = ways_of(check, has_url=has_url) or [frozenset()]
            found = [a | b for a, b in islice(product(found or [frozenset()], below), _MOST_WAYS)]
    if not found and verdict.item.attestable is not None:
        found = [frozenset({_attestation(verdict)})]
    smallest = sorted(set(found), key=lambda one: (len(one), sorted(w.name for w in one)))
    kept: list[frozenset[Way]] = []
    for one in smallest:
        if one and not any(other <= one for other in kept):
            kept.append(one)
    return kept


def _with_url(ways: frozenset[Way]) -> frozenset[Way]:
    """The ways, and the address where one of them is leave to do something to a deployment."""
    acts = any(way.kind is Kind.PERMISSION and way.name in _ACTS for way in ways)
    named = any(way.name == _URL.name for way in ways)
    return ways | {_URL} if acts and not named else ways


def _ways(tree: Requirement, reasons: dict[str, Reason]) -> list[frozenset[Way]]:
    """What would decide a tree: [] where nothing can, the empty set where it is decided already."""
    if isinstance(tree, Constraint):
        reason = reasons.get(tree.name)
        if reason is None:
            return [frozenset()]
        return [frozenset({way_of(reason)})] if reason.problem else []
    if isinstance(tree, Not):
        return _ways(tree.part, reasons)
    parts = [_ways(part, reasons) for part in tree.parts]
    if isinstance(tree, Any):
        return [one for part in parts for one in part][:_MOST_WAYS]
    return [frozenset().union(*some) for some in islice(product(*parts), _MOST_WAYS)]


def way_of(reason: Reason) -> Way:
    """What the hint of a missing fact asks for."""
    hint = " ".join(reason.hint.split())
    option, variable = _OPTION.search(hint), _VARIABLE.search(hint)
    if reason.problem == "tool_missing":
        return Way(Kind.TOOL, hint or reason.text, hint)
    if option:
        permits = option[0].startswith(_PERMITS)
        return Way(Kind.PERMISSION if permits else Kind.URL, option[0], hint)
    if variable:
        return Way(Kind.TOKEN, variable[0], hint)
    command = _COMMAND.match(hint)
    if command:
        return Way(Kind.COMMAND, command[1], hint[command.end() :].lstrip(" ,."))
    if reason.problem == "below_floor":
        return Way(Kind.OTHER, "stronger evidence", "What was seen is too weak; see the report.")
    return Way(Kind.OTHER, hint or reason.text.partition(": ")[2] or reason.text, hint)


def _attestation(verdict: Verdict) -> Way:
    name = f"auditor attest {quote(verdict.item.id)}"
    return Way(Kind.ATTESTATION, name, " ".join(verdict.item.produce.split()))
