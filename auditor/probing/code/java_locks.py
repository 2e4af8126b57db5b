"""The locks of Java services that hold across processes, and what every process runs at times."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_notes import Noted
from auditor.probing.code.java_proxies import idle
from auditor.probing.code.lock_nouns import Locks
from auditor.probing.code.stores import Spot

_SCHEDULED = (
    "org.springframework.scheduling.",
    "io.quarkus.scheduler.",
    "io.micronaut.scheduling.",
)
_SHEDLOCK = "net.javacrumbs.shedlock."
_PROVIDER = re.compile(r"\bLockProvider\b|shedlock-provider")
_PESSIMISTIC = re.compile(r"PESSIMISTIC_(?:WRITE|FORCE_INCREMENT)|UPGRADE")
_FOR_UPDATE = re.compile(r"\bselect\b[^;\"]*\bfor\s+update\b", re.IGNORECASE)
_ADVISORY = re.compile(r"pg_(?:try_)?advisory_(?:xact_)?lock|\bGET_LOCK\s*\(", re.IGNORECASE)
_CHECKED = re.compile(
    r"\.(?:eval|evalsha|watch)\(|RedisScript|\.execute\(|redis\.call|(?i:get|token|owner|holder|value|uuid|requestId)[^\n]*\.equals\("
    r"|\.equals\([^\n]*(?i:get|token|owner|holder|value|uuid)"
)
_REDIS = re.compile(
    r"[rR]edis|[jJ]edis|[vV]alueOperations|opsForValue|lettuce|[rR]edisson|[bB]ucket"
)
_CLUSTERED = re.compile(r"isClustered$", re.IGNORECASE)


def java_locks(java: JavaFiles, locks: Locks) -> None:
    """Note the locks and schedulers in the Java files that the service reaches."""
    for noted in java.noted("SchedulerLock"):
        if java.of(noted, _SHEDLOCK):
            _shedlock(noted, java, locks)
    for noted in java.noted("Lock"):
        if java.of(noted, "org.springframework.data.") and _PESSIMISTIC.search(noted.text):
            locks.used.append(Spot(noted.path, noted.line, f"@Lock on {noted.where}"))
    for noted in java.noted("Scheduled", "Schedules"):
        if java.of(noted, *_SCHEDULED) and _runs(noted, java):
            locks.schedulers.append(Spot(noted.path, noted.line, f"@Scheduled on {noted.where}"))
    for use in java.topic.reachable:
        if use.rule.role == "java.lock":
            _library(use, java, locks)
        elif use.rule.role == "java.setnx" and _REDIS.search(
            f"{use.call.name} {java.near(use.path, use.call.line)}"
        ):
            _setnx(use, java, locks)
        elif use.rule.role == "java.rows" and (
            _PESSIMISTIC.search(" ".join(use.call.arguments))
            or last_name(use.call.name) == "forUpdate"
        ):
            locks.used.append(Spot(use.path, use.call.line, f"{last_name(use.call.name)} of rows"))
        elif use.rule.role == "java.ticks":
            locks.ticks.append(Spot(use.path, use.call.line, last_name(use.call.name)))
    locks.used += _written(java)
    for name, one in java.settings.items():
        if "quartz" in name and _CLUSTERED.search(name) and one.value == "true":
            locks.used.append(Spot(one.path, one.line, "clustered Quartz"))


def _runs(noted: Noted, java: JavaFiles) -> bool:
    """Whether a method is run at times: Spring must be told so."""
    if java.of(noted, "org.springframework."):
        return bool(java.enabled("EnableScheduling")) and java.is_bean(noted.path, noted.owner)
    return True


def _shedlock(noted: Noted, java: JavaFiles, locks: Locks) -> None:
    spot = Spot(noted.path, noted.line, f"@SchedulerLock on {noted.where}")
    method = noted.method
    scheduled = method is not None and any(d.startswith("Scheduled") for d in method.decorators)
    enabled = java.enabled("EnableSchedulerLock") or java.imported("io.micronaut.", "io.quarkus.")
    provided = _PROVIDER.search(java.build) or any(
        _PROVIDER.search(java.code(p)) for p in java.paths
    )
    if not enabled or not provided or (not scheduled and idle(noted, java)):
        return  # nothing acts on it
    locks.used.append(spot)
    default = next((n.given("defaultLockAtMostFor") for n in java.noted("EnableSchedulerLock")), "")
    if not (noted.given("lockAtMostFor", "lockAtMostForString") or default):
        locks.without_expiry.append(spot)


def _library(use: Use, java: JavaFiles, locks: Locks) -> None:
    """A lock of a library, that lets it go by itself when its holder dies; taken somewhere in the same file."""
    rule = use.rule
    needs = rule.text("needs")
    if needs and not any(
        re.search(rf"\b\w*(?:{needs})\w*LockRegistry\b", java.bare(p)) for p in java.paths
    ):
        return  # a registry in memory guards one process alone
    if re.search(rule.text("takes"), java.bare(use.path)):
        locks.used.append(
            Spot(use.path, use.call.line, f"{rule.library}: {last_name(use.call.name)}")
        )


def _setnx(use: Use, java: JavaFiles, locks: Locks) -> None:
    spot = Spot(use.path, use.call.line, f"{last_name(use.call.name)} of a new key")
    locks.used.append(spot)
    near = java.near(use.path, use.call.line)
    timed = len(use.call.arguments) > 2 or re.search(
        r"\.p?expire(?:At)?\(|\.set\([^;]*(?:\.px\(|\.ex\()", near
    )
    if not timed:
        locks.without_expiry.append(spot)
    key = re.escape(use.call.arguments[0]) if use.call.arguments else "-"
    for match in re.finditer(rf"\.(?:delete|del|unlink)\(\s*{key}\s*\)", java.code(use.path)):
        line = java.code(use.path).count("\n", 0, match.start()) + 1
        method = java.around(use.path, line)
        text = java.body(use.path, method) if method is not None else ""
        before = "\n".join(text.split("\n")[: line - (method.line if method else line) + 1][-6:])
        if not _CHECKED.search(before):
            locks.unconditional.append(
                Spot(
                    use.path,
                    line,
                    f"deleted without a look at its holder (set in line {use.call.line})",
                )
            )


def _written(java: JavaFiles) -> Iterator[Spot]:
    for path in java.paths:
        code = java.code(path)
        for pattern, what in ((_ADVISORY, "advisory lock"), (_FOR_UPDATE, "SELECT ... FOR UPDATE")):
            for match in pattern.finditer(code):
                yield Spot(path, code.count("\n", 0, match.end()) + 1, what)
