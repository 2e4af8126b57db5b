"""TLS as the deployment's port shows it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTls, problems, run_probe, tls_seen, values
from auditor.probing.tls import TlsSeen
from probes.live.tls import tls

REFUSED = Trouble(ProblemKind.DENIED, "It may not be asked.")


def look(
    seen: TlsSeen | Trouble | None = None,
    *,
    plain: bool | Trouble = True,
    status: int = 301,
    location: str = "https://staging.test/",
    url: str = "https://staging.test",
    others: dict[str, TlsSeen | Trouble] | None = None,
) -> Evidence:
    """The evidence over a fake port, and a plain http that redirects as said."""

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "http"
        return httpx.Response(status, headers={"Location": location} if location else {})

    return run_probe(tls, http=handle, url=url, tls=FakeTls(seen, plain=plain, others=others))


def test_present_a_well_kept_port_is_told_in_full() -> None:
    evidence = look(tls_seen())
    assert evidence.problems == ()
    assert values(evidence) == {
        "tls.chain_trusted": True,
        "tls.hostname_matches": True,
        "tls.days_left": 60,
        "tls.weak_protocols": [],
        "tls.best_protocol": "TLSv1.3",
        "tls.http_redirects": True,
        "tls.addresses": ["192.0.2.1"],
        "tls.unreached": [],
        "tls.differing": [],
    }


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ({"chain_error": "self-signed certificate"}, "tls.chain_trusted", False),
        ({"hostname_matches": False}, "tls.hostname_matches", False),
        ({"not_after": NOW - timedelta(hours=1)}, "tls.days_left", -1),
        ({"not_after": NOW + timedelta(hours=23)}, "tls.days_left", 0),
        ({"weak_protocols": ("TLSv1.0",)}, "tls.weak_protocols", ["TLSv1.0"]),
        (
            {"weak_protocols": ("TLSv1.0",), "unclear": ("SSLv3",)},
            "tls.weak_protocols",
            ["TLSv1.0"],
        ),
        ({"best_protocol": "TLSv1.2"}, "tls.best_protocol", "TLSv1.2"),
    ],
)
def test_each_fault_of_the_port_is_a_fact(change: dict[str, Any], key: str, value: object) -> None:
    assert values(look(tls_seen(**change)))[key] == value


def test_the_reason_of_an_untrusted_chain_is_kept_with_the_fact() -> None:
    evidence = look(tls_seen(chain_error="certificate has expired"))
    [fact] = [f for f in evidence.facts if f.key == "tls.chain_trusted"]
    assert fact.source.excerpt == "certificate has expired"


def test_missing_tls_is_a_problem_that_asks_for_the_https_url() -> None:
    evidence = look(url="http://staging.test")
    assert problems(evidence) == ["not_configured"]
    assert "https URL" in evidence.problems[0].hint


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(tls)) == ["not_configured"]


def test_a_port_without_tls_is_unreachable() -> None:
    assert problems(look(None)) == ["unreachable"]


def test_a_denied_host_is_denied() -> None:
    assert problems(look(REFUSED)) == ["denied"]


def test_a_closed_port_80_serves_nothing_in_the_clear() -> None:
    evidence = look(tls_seen(), plain=False)
    [fact] = [f for f in evidence.facts if f.key == "tls.http_redirects"]
    assert fact.value is True
    assert "refuses connections" in fact.source.locator


def test_silence_of_port_80_is_unknown_and_costs_nothing_else() -> None:
    evidence = look(
        tls_seen(), plain=Trouble(ProblemKind.TIMED_OUT, "staging.test:80 did not answer.")
    )
    assert problems(evidence) == ["timed_out"]
    assert evidence.problems[0].facts == ("tls.http_redirects",)
    assert values(evidence)["tls.chain_trusted"] is True


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (200, ""),
        (200, "https://staging.test/"),
        (301, "http://www.staging.test/"),
        (301, "/login"),
        (301, ""),
        (304, "https://staging.test/"),
        (404, ""),
    ],
)
def test_false_green_only_a_redirect_straight_to_https_is_one(status: int, location: str) -> None:
    assert values(look(tls_seen(), status=status, location=location))["tls.http_redirects"] is False


def test_a_redirect_to_what_is_no_url_is_malformed() -> None:
    evidence = look(tls_seen(), location="https://[::1")
    assert problems(evidence) == ["malformed"]
    assert "tls.http_redirects" not in values(evidence)


def test_false_green_a_port_that_gives_no_clear_answer_is_not_free_of_weak_versions() -> None:
    evidence = look(tls_seen(unclear=("TLSv1.0",)))
    assert "tls.weak_protocols" not in values(evidence)
    assert evidence.problems[0].facts == ("tls.weak_protocols",)


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ({"chain_error": "certificate has expired"}, "tls.chain_trusted", False),
        ({"hostname_matches": False}, "tls.hostname_matches", False),
        ({"not_after": NOW + timedelta(days=2)}, "tls.days_left", 2),
        ({"weak_protocols": ("TLSv1.0",)}, "tls.weak_protocols", ["TLSv1.0"]),
        ({"best_protocol": "TLSv1.2"}, "tls.best_protocol", "TLSv1.2"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_false_green_of_several_addresses_the_weakest_counts(
    change: dict[str, Any], key: str, value: object, first: bool
) -> None:
    good, bad = tls_seen(), tls_seen(**change)
    seen, other = (bad, good) if first else (good, bad)
    found = values(look(seen, others={"2001:db8::2": other}))
    assert found[key] == value
    assert found["tls.addresses"] == ["192.0.2.1", "2001:db8::2"]
    assert len(found["tls.differing"]) == 2  # type: ignore[arg-type]


def test_the_address_of_an_untrusted_chain_is_told() -> None:
    bad = tls_seen(chain_error="certificate has expired")
    evidence = look(tls_seen(), others={"2001:db8::2": bad})
    [fact] = [f for f in evidence.facts if f.key == "tls.chain_trusted"]
    assert fact.source.excerpt == "certificate has expired (at 2001:db8::2)"


def test_an_address_that_cannot_be_reached_from_here_is_told_and_decides_nothing() -> None:
    away = Trouble(ProblemKind.UNREACHABLE, "staging.test:443 could not be reached: no route.")
    found = values(look(tls_seen(), others={"2001:db8::2": away}))
    assert found["tls.unreached"] == [
        "2001:db8::2: staging.test:443 could not be reached: no route."
    ]
    assert found["tls.chain_trusted"] is True
    assert found["tls.differing"] == []


def test_a_name_of_which_no_address_can_be_reached_is_unreachable() -> None:
    away = Trouble(ProblemKind.TIMED_OUT, "It gave no answer.")
    evidence = look(None, others={"2001:db8::2": away})
    assert problems(evidence) == ["unreachable"]
    assert evidence.facts == ()
