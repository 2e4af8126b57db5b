"""Made-up generators of load before made-up services, for tests of the load run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.probing.command import Ran
from auditor.probing.testing import FakeCommand

Answer = Callable[[float], dict[str, Any]]
"""What changes in the printed stage at a rate."""


def printed(rate: float, seconds: float, **changes: Any) -> dict[str, Any]:
    """What the generator prints of a stage in which all goes well, with `changes`."""
    sent = max(1, round(rate * seconds))
    slow = sent // 50
    return {
        "auditor_load_stage": 1,
        "tool": "locust 2.47.0",
        "rate": rate,
        "planned": sent,
        "sent": sent,
        "failed": 0,
        "dropped": 0,
        "received_bytes": sent * 100,
        "statuses": {"200": sent},
        "latency_ms": {"20": sent - slow, "40": slow},
        "lag_ms": {"0.5": sent},
        "started_at": 1772366400.0,
        "sending_s": sent / rate,
        "wall_s": sent / rate,
        "cpu_s": 0.1 * sent / rate,
        "aborted": "",
    } | changes


def slow(sent_ms: float) -> Answer:
    """Every answer takes so long."""
    return lambda _: {"latency_ms": {str(sent_ms): -1}}


@dataclass
class FakeLocust(FakeCommand):
    """Locust before a service that answers by `answer`; counts what it sent."""

    answer: Answer = lambda _: {}
    output: bytes | None = None
    plans: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        super().__init__({"locust": (0, "")})

    def run(self, args: Sequence[str], **options: Any) -> Ran:
        """One stage, by the plan that lies beside the locustfile."""
        plan = json.loads(options["files"]["plan.json"])
        assert b"FastHttpUser" in options["files"]["locustfile.py"]
        assert options["network"] is True
        assert options["timeout_s"] < plan["seconds"] + 60
        self.plans.append(plan)
        changes = self.answer(plan["rate"])
        stage = printed(plan["rate"], plan["seconds"])
        sent = changes.get("sent", stage["sent"])
        for name in ("latency_ms", "statuses", "lag_ms"):
            # -1 stands for all that were sent
            if name in changes:
                changes[name] = {k: sent if n == -1 else n for k, n in changes[name].items()}
        stage |= changes
        self.sent += stage["sent"]
        line = json.dumps(stage).encode()
        self._outputs = {
            "locust": (0, b"Some words\n" + line if self.output is None else self.output)
        }
        return super().run(args, **options)
