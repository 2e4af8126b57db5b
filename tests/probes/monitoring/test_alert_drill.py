"""A test alert: sent with leave alone, followed to what Alertmanager counts, and always taken back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from auditor.model.evidence import Evidence, Status
from auditor.model.target import Deployment, Looking
from auditor.probing.contract import Probe
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.alert_drill import alert_drill, followed
from tests.probes.monitoring.apis import ALERTMANAGER, PROMETHEUS, RULES_YML, Apis, rule, target

CONFIG = """\
route:
  receiver: tickets
  routes: [{receiver: on-call, matchers: ['severity="critical"']}]
receivers:
- name: on-call
  pagerduty_configs: [{routing_key: <secret>}]
- name: tickets
  slack_configs: [{api_url: <secret>, channel: '#a'}]
"""
LEAVE = Looking(allow_intrusive=True, allow_hosts=("alertmanager.test", "prometheus.test"))
TO = {"critical": ["on-call"], "warning": ["tickets"]}


@dataclass
class Alerting(Apis):
    """An Alertmanager that takes alerts, and notifies as `fails` and `slow` let it."""

    configuration: str = CONFIG
    routes: dict[str, list[str]] = field(default_factory=lambda: dict(TO))
    fails: tuple[str, ...] = ()
    others: int = 0
    slow: tuple[str, ...] = ()
    state: str = "active"
    counts: bool = True
    forgets: bool = False
    refuses: int = 0
    posted: list[list[dict[str, Any]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "alertmanager.test":
            if request.method == "POST":
                assert request.headers["content-type"] == "application/json"
                self.posted.append(json.loads(request.content))
                return httpx.Response(self.refuses or 200)
            if request.url.path == "/api/v2/alerts":
                return httpx.Response(200, json=self._held(request.url.params["filter"]))
            if request.url.path == "/metrics":
                return httpx.Response(200, text=self._counted())
        return super().__call__(request)

    def _held(self, asked: str) -> list[dict[str, Any]]:
        sent = [] if self.forgets or not self.posted else self.posted[0]
        assert all(asked == f'alertname="{one["labels"]["alertname"]}"' for one in sent)
        return [
            {
                "labels": one["labels"],
                "receivers": [{"name": n} for n in self.routes.get(one["labels"]["severity"], [])],
                "status": {"state": self.state, "silencedBy": [], "inhibitedBy": []},
            }
            for one in sent
        ]

    def _counted(self) -> str:
        if not self.counts:
            return "alertmanager_build_info 1\n"
        lines = []
        for kind in ("pagerduty", "slack", "email"):
            went = bool(self.posted) and kind not in self.slow and kind != "email"
            failed = went and kind in self.fails
            lines += [
                f'alertmanager_notification_requests_total{{integration="{kind}"}} {7 + went * (1 + self.others)}',
                f'alertmanager_notification_requests_failed_total{{integration="{kind}"}} {2 + failed}',
            ]
        return "\n".join(lines)


HASTY = replace(alert_drill, look=lambda ctx: followed(ctx, lambda _: None))
"""The probe as it is, but for its waiting."""


def ask(apis: Apis, looking: Looking = LEAVE, probe: Probe = HASTY, **more: Any) -> Evidence:
    """The probe of an operator who named both."""
    options: dict[str, Any] = {
        "repo": {"rules/orders.yml": RULES_YML},
        "deployment": Deployment("staging", prometheus=PROMETHEUS, alertmanager=ALERTMANAGER),
    } | more
    return run_probe(probe, http=apis, looking=looking, **options)


def test_present_every_severity_is_followed_to_its_receiver() -> None:
    apis = Alerting()
    evidence = ask(apis)
    assert problems(evidence) == []
    assert values(evidence) == {
        "drill.alerts": ["critical: on-call", "warning: tickets"],
        "drill.delivered": ["on-call (pagerduty)", "tickets (slack)"],
        "drill.undelivered": [],
    }
    sent, ended = apis.posted
    assert [one["labels"] for one in sent] == [one["labels"] for one in ended]
    for one in sent:
        assert one["labels"]["synthetic"] == "true"
        assert one["labels"]["alertname"].startswith("AuditorTestAlert_")
        assert one["labels"]["job"] == "service", "routed as the service's own alert is"
        assert "Nothing is wrong" in one["annotations"]["summary"]
    assert ended[0]["endsAt"] < sent[0]["endsAt"], "taken back"


@pytest.mark.parametrize(
    "looking",
    [
        Looking(),
        Looking(allow_intrusive=True),
        Looking(allow_hosts=("alertmanager.test",)),
        Looking(allow_load=True, allow_hosts=("alertmanager.test",)),
        Looking(allow_intrusive=True, allow_hosts=("staging.test",)),
    ],
)
def test_denied_without_leave_for_this_very_host_nobody_is_asked_or_told(looking: Looking) -> None:
    apis = Alerting()
    evidence = ask(apis, looking)
    assert (evidence.status, problems(evidence)) == (Status.OK, ["not_configured"])
    assert "--allow-intrusive" in evidence.problems[0].hint
    assert (apis.asked, apis.posted) == ([], [])


def test_without_an_alertmanager_there_is_nothing_to_look_at() -> None:
    evidence = ask(Alerting(), deployment=Deployment("staging"))
    assert problems(evidence) == ["not_configured"]


def test_missing_alerts_leave_nothing_to_try() -> None:
    apis = Alerting(targets=[target()], rules=[])
    assert problems(ask(apis, repo={})) == ["vacuous"]
    assert apis.posted == []


def test_alerts_that_only_prometheus_has_are_tried() -> None:
    apis = Alerting(
        targets=[target()],
        rules=[rule("Down", 'up{job="service"} == 0')],
        routes={"critical": ["on-call"]},
    )
    assert values(ask(apis, repo={}))["drill.alerts"] == ["critical: on-call"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [({"body": "<html>login"}, "malformed"), ({"status": 500}, "unreachable")],
)
def test_malformed_answers_are_told_and_nothing_is_sent(answer: dict[str, Any], kind: str) -> None:
    class Broken(Alerting):
        def _counted(self) -> str:
            return ""

        def __call__(self, request: httpx.Request) -> httpx.Response:
            return Apis.__call__(self, request)

    apis = Broken(**answer)
    assert problems(ask(apis)) == [kind]
    assert apis.posted == []


def test_an_alertmanager_that_does_not_count_is_sent_nothing() -> None:
    apis = Alerting(counts=False)
    assert problems(ask(apis)) == ["vacuous"]
    assert apis.posted == []


def test_a_refused_alert_is_denied() -> None:
    evidence = ask(Alerting(refuses=403))
    assert problems(evidence) == ["denied"]
    assert "POST /api/v2/alerts" in evidence.problems[0].message


def test_false_green_a_request_that_failed_is_no_delivery() -> None:
    found = values(ask(Alerting(fails=("slack",))))
    assert found["drill.delivered"] == ["on-call (pagerduty)"]
    assert found["drill.undelivered"] == ["tickets: 1 of 1 requests of slack failed"]


def test_false_green_a_failure_among_notifications_of_other_alerts_is_told() -> None:
    found = values(ask(Alerting(fails=("slack",), others=3)))
    assert found["drill.undelivered"] == ["tickets: 1 of 4 requests of slack failed"]


def test_false_green_what_has_not_gone_out_in_time_is_neither_delivered_nor_lost() -> None:
    evidence = ask(Alerting(slow=("slack",)))
    found = values(evidence)
    assert found["drill.delivered"] == ["on-call (pagerduty)"]
    assert "drill.undelivered" not in found
    assert problems(evidence) == ["timed_out"]


def test_false_green_a_silenced_alert_has_reached_nobody() -> None:
    found = values(ask(Alerting(state="suppressed", slow=("slack", "pagerduty"))))
    assert found["drill.undelivered"] == [
        *(f"{name}: silenced or inhibited" for name in ("critical", "warning")),
    ]


def test_false_green_a_receiver_without_integrations_tells_nobody() -> None:
    silent = CONFIG.replace("  slack_configs: [{api_url: <secret>, channel: '#a'}]\n", "")
    found = values(ask(Alerting(configuration=silent)))
    assert found["drill.undelivered"] == ["tickets: it tells nobody"]


def test_false_green_a_severity_that_no_receiver_took_is_told() -> None:
    found = values(ask(Alerting(routes={"critical": ["on-call"]})))
    assert found["drill.undelivered"] == ["warning: no receiver took it"]


def test_false_green_an_alert_that_is_nowhere_to_be_seen_shows_nothing_and_is_taken_back() -> None:
    apis = Alerting(forgets=True)
    assert problems(ask(apis)) == ["vacuous"]
    assert len(apis.posted) == 2
