"""Sends a test alert of each severity through Alertmanager and follows it to the notifications that go out.

Only with `--allow-intrusive` and the host of the Alertmanager by `--allow-host`, since it notifies whoever is on
call. Each alert has the labels of one of the service's alerts, a name of its own and `synthetic="true"`, says that
nothing is wrong, and is taken back at the end; by itself it ends after five minutes. Delivered is what Alertmanager
counts as a request of the receiver's integrations that was answered well, within a minute and a quarter: other
alerts of the same moment are counted with them. That a person has read it is not seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from auditor.formats.monitoring.alertmanager_config import AlertmanagerConfig, Receiver
from auditor.model.evidence import Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.doors.redact import redact
from auditor.probing.monitoring.alert_drill import (
    Drill,
    Sleep,
    configuration,
    drill,
    labels_of,
    mark_of,
    refuse_without_leave,
)
from auditor.probing.monitoring.alert_receivers import Judge, own_names, told
from auditor.probing.monitoring.monitoring_api import Api
from auditor.probing.monitoring.watched_alerts import watched_alerts

ALERTS = FactSpec(
    "drill.alerts", FactType.LIST, "Test alerts by severity, and the receivers that took them"
)
DELIVERED = FactSpec(
    "drill.delivered", FactType.LIST, "Receivers to which notifications of a test alert went out"
)
UNDELIVERED = FactSpec(
    "drill.undelivered",
    FactType.LIST,
    "Test alerts and receivers of which nobody was told, and why",
)
_EVERY = (ALERTS, DELIVERED, UNDELIVERED)
_KEYS = tuple(spec.key for spec in _EVERY)


@probe(
    "monitoring.alert_drill",
    title="A test alert followed to its receivers",
    emits=_EVERY,
    phase=Phase.LIVE,
    timeout_s=150.0,
)
def alert_drill(ctx: Context) -> Iterator[Observation]:
    """Nothing at all without leave; that none was given is an answer, beside which a person's word may stand."""
    yield from followed(ctx, time.sleep)


def followed(ctx: Context, sleep: Sleep) -> Iterator[Observation]:
    """The whole look; `sleep` waits between one question to Alertmanager and the next."""
    refusal = refuse_without_leave(ctx)
    if refusal is not None:
        yield refusal.problem(*_KEYS)
        return
    deployment = ctx.target.deployment
    address = (deployment.alertmanager if deployment else None) or ""
    api = Api(ctx, address, "Alertmanager", "--alertmanager")
    alerts = watched_alerts(ctx)
    if not alerts:
        message = "No alert of the service is known, so nor is which ones to try."
        hint = "Keep the alert rules in the repository, or run again with --prometheus URL too."
        yield Problem(ProblemKind.VACUOUS, message, hint, _KEYS)
        return
    config = configuration(api)
    labels = labels_of(alerts, mark_of(ctx))
    found = drill(api, config, labels, sleep)
    if not found.taken or found.exchange is None:
        raise Trouble(
            ProblemKind.VACUOUS,
            "Alertmanager took the test alerts and shows none of them.",
            "Check that it is one instance, or that its cluster has settled.",
        )
    yield from _told(ctx, config, found, list(labels))


def _told(
    ctx: Context, config: AlertmanagerConfig, found: Drill, severities: list[str]
) -> Iterator[Observation]:
    assert found.exchange is not None
    receivers = [
        receiver
        for name in sorted({name for names in found.taken.values() for name in names})
        if (receiver := config.receiver(name)) is not None
    ]
    judge = Judge(own_names(ctx.target))
    reached = [one for one in receivers if not _against(one, found, judge)]
    lost = [
        redact(f"{one.name}: {why}") for one in receivers if (why := _against(one, found, judge))
    ]
    lost += [
        f"{severity}: no receiver took it" for severity in severities if severity not in found.taken
    ]
    lost += [f"{severity}: silenced or inhibited" for severity in found.suppressed]
    taken = [redact(f"{severity}: {', '.join(to)}") for severity, to in found.taken.items()]
    waited = [kind for kind in found.wanted if found.against(kind) and not found.failed(kind)]
    values: dict[FactSpec, Value] = {ALERTS: taken, DELIVERED: [redact(t) for t in told(reached)]}
    if waited and not any(found.failed(kind) for kind in found.wanted):
        yield Problem(
            ProblemKind.TIMED_OUT,
            f"{found.against(waited[0])} within the time that was waited.",
            "Try again when no other alert is active, or shorten group_wait.",
            (UNDELIVERED.key,),
        )
    else:
        values[UNDELIVERED] = lost
    for spec, value in values.items():
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=found.exchange.source,
            locations=[found.exchange.location],
            produced_at=ctx.observed_at,
        )


def _against(receiver: Receiver, found: Drill, judge: Judge) -> str:
    """Why a receiver was not told, "" where it was; of its integrations every one that is real has to be."""
    if not receiver.integrations:
        return "it tells nobody"
    if not judge.reaches(receiver):
        return judge.against(receiver.integrations[0])
    return next((why for i in receiver.integrations if (why := found.against(i.kind))), "")
