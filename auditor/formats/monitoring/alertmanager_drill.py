"""Test alerts as Alertmanager takes and shows them, and its own count of the notifications that went out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from auditor.formats.monitoring.exposition_lines import Sample, read_line
from auditor.formats.text.json_text import decode

_NAME = "The answer of Alertmanager"
_TRIED = "alertmanager_notification_requests_total"
_FAILED = "alertmanager_notification_requests_failed_total"
_INTEGRATION = re.compile(r'(?:^|,)\s*integration\s*=\s*"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that Alertmanager holds: by its labels, whom it goes to, and whether it is kept back."""

    labels: Mapping[str, str]
    receivers: tuple[str, ...]
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Count:
    """Requests to the outside of one kind of integration, since Alertmanager started."""

    tried: float = 0.0
    failed: float = 0.0

    def since(self, before: Count) -> Count:
        """What came on top; after a restart, everything."""
        if self.tried < before.tried or self.failed < before.failed:
            return self
        return Count(self.tried - before.tried, self.failed - before.failed)


class _Receiver(msgspec.Struct):
    name: str


class _Status(msgspec.Struct, frozen=True):
    state: str = ""


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    receivers: list[_Receiver] = []
    status: _Status = _Status()


class _Cluster(msgspec.Struct, frozen=True):
    status: str = ""
    peers: tuple[msgspec.Raw, ...] = ()


class _Answer(msgspec.Struct):
    cluster: _Cluster = _Cluster()


def alerts(body: bytes) -> list[Standing]:
    """Those of `/api/v2/alerts`. Raises Malformed, and TooLarge."""
    return [
        Standing(one.labels, tuple(r.name for r in one.receivers), one.status.state == "suppressed")
        for one in decode(body, list[_Alert], name=_NAME)
    ]


def cluster(body: bytes) -> tuple[str, int]:
    """The state of the cluster and its members by `/api/v2/status`; "" where it tells none.

    Raises Malformed, and TooLarge.
    """
    found = decode(body, _Answer, name=_NAME).cluster
    return found.status[:40], len(found.peers)


def counts(body: bytes) -> dict[str, Count]:
    """Requests by integration, of `/metrics`; empty where it does not count them. Raises Malformed."""
    sums: dict[tuple[str, str], float] = {}
    for line in body.decode("utf-8", "replace").split("\n"):
        if not line.startswith((_TRIED, _FAILED)):
            continue
        sample = read_line(line)
        kind = _INTEGRATION.search(sample.labels or "") if isinstance(sample, Sample) else None
        if isinstance(sample, Sample) and kind and sample.value >= 0:
            key = sample.name, kind[1]
            sums[key] = sums.get(key, 0.0) + sample.value
    return {
        kind: Count(tried, sums.get((_FAILED, kind), 0.0))
        for (name, kind), tried in sums.items()
        if name == _TRIED
    }


def document(labels: Iterable[Mapping[str, str]], text: str, ends: datetime) -> bytes:
    """What to POST to `/api/v2/alerts`: an alert of each set of labels that ends by itself at `ends`."""
    return msgspec.json.encode(
        [
            {
                "labels": dict(one),
                "annotations": {"summary": text, "description": text},
                "endsAt": ends.isoformat(),
            }
            for one in labels
        ]
    )
