"""A running Loki: the service's lines, and for how long they are kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.model.target import Deployment, Looking
from auditor.probing.doors.access import Access, Grant, access
from auditor.probing.testing import NOW, problems, run_probe, values
from probes.monitoring.loki import loki
from tests.servers.made_up import MadeUp

URL = "https://loki.test"
CONFIG = """\
limits_config: {retention_period: 30d}
compactor: {retention_enabled: true, delete_request_store: filesystem}
schema_config: {configs: []}
"""
GOOD = json.dumps({"timestamp": "2026-03-02T11:59:00Z", "level": "info", "event": "placed"})


def made_up(*lines: str, age_s: float = 10, config: Any = CONFIG, **routes: Any) -> MadeUp:
    """A Loki with these lines of the service, the newest `age_s` old."""
    at = int(NOW.timestamp() - age_s) * 1_000_000_000
    rows = [[str(at - number), text] for number, text in enumerate(lines)]
    streams = [{"stream": {"app": "service"}, "values": rows}]
    return MadeUp(
        {
            "/loki/api/v1/labels": {"status": "success", "data": ["app", "pod"]},
            "/loki/api/v1/label/app/values": {"status": "success", "data": ["billing", "service"]},
            "/loki/api/v1/query_range": {
                "status": "success",
                "data": {"resultType": "streams", "result": streams if rows else []},
            },
            "/config": config,
            **{f"/loki/api/v1/{path}": answer for path, answer in routes.items()},
        }
    )


def ask(api: MadeUp, granted: Access | None = None) -> Any:
    """The probe of an operator who named a Loki."""
    return run_probe(
        loki,
        http=api,
        deployment=Deployment("staging", loki=URL),
        looking=Looking(allow_hosts=("loki.test",)),
        access=granted or Access({"loki": Grant(URL)}),
    )


def test_present_lines_are_counted_and_read() -> None:
    evidence = ask(made_up(GOOD, GOOD))
    assert problems(evidence) == []
    assert values(evidence) == {
        "loki.streams": ['{app="service"}'],
        "loki.lines": 2,
        "loki.last_line_age_s": 10,
        "loki.structured_percent": 100,
        "loki.missing_fields": [],
        "loki.retention_days": 30,
        "loki.retention_ineffective": [],
    }


def test_missing_streams_of_the_service_are_a_count_of_nothing() -> None:
    evidence = ask(
        made_up(GOOD, **{"label/app/values": {"status": "success", "data": ["billing"]}})
    )
    assert values(evidence)["loki.streams"] == []
    assert values(evidence)["loki.lines"] == 0
    assert problems(evidence) == ["vacuous"]


def test_without_a_loki_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(loki)) == ["not_configured"]


@pytest.mark.parametrize("body", ["<html><body>sign in</body></html>", "{", '{"status": "error"}'])
def test_malformed_answers_tell_nothing(body: str) -> None:
    evidence = ask(made_up(labels=(200, body)))
    assert problems(evidence) == ["malformed"]
    assert set(values(evidence)) == {"loki.retention_days", "loki.retention_ineffective"}


def test_denied_says_which_variable_holds_the_token() -> None:
    api = made_up(GOOD)
    api.credential = "Bearer of-somebody-else"
    evidence = ask(api, access({"AUDITOR_LOKI_BASIC": "me:my-password"}, {"loki": URL}))
    assert problems(evidence) == ["denied", "denied"]
    assert "AUDITOR_LOKI_BASIC" in evidence.problems[0].hint
    assert "my-password" not in repr(evidence)


def test_a_tenant_goes_along() -> None:
    api = made_up(GOOD)
    ask(api, access({"AUDITOR_LOKI_TENANT": "team-a"}, {"loki": URL}))
    assert {headers.get("x-scope-orgid") for headers in api.sent} == {"team-a"}


def test_false_green_plain_lines_are_not_structured() -> None:
    told = values(ask(made_up(GOOD, "INFO placed an order", '"text"', "[1]")))
    assert told["loki.structured_percent"] == 25


def test_false_green_everything_in_one_field_lacks_the_others() -> None:
    told = values(ask(made_up(json.dumps({"msg": "level=info placed"}))))
    assert told["loki.missing_fields"] == ["time", "level"]


def test_false_green_a_stack_to_which_the_service_stopped_shipping() -> None:
    assert values(ask(made_up(GOOD, age_s=7200)))["loki.last_line_age_s"] == 7200
    evidence = ask(made_up())
    assert values(evidence)["loki.lines"] == 0
    assert problems(evidence) == ["vacuous"]


def test_false_green_a_period_without_a_compactor_deletes_nothing() -> None:
    evidence = ask(made_up(GOOD, config="limits_config: {retention_period: 30d}\ncompactor: {}\n"))
    assert "loki.retention_days" not in values(evidence)
    assert "compactor.retention_enabled" in values(evidence)["loki.retention_ineffective"][0]


def test_a_loki_that_hides_its_configuration_tells_the_rest() -> None:
    evidence = ask(made_up(GOOD, config=(404, {"message": "not found"})))
    assert [(p.kind.value, p.facts) for p in evidence.problems] == [
        ("malformed", ("loki.retention_days", "loki.retention_ineffective"))
    ]
    assert values(evidence)["loki.lines"] == 1
