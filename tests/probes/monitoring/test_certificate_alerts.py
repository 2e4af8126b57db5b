"""monitoring.certificate_alerts finds the alerts that come before a certificate ends."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.certificate_alerts import certificate_alerts

BEFORE = "probe_ssl_earliest_cert_expiry - time() < 86400 * 21"


def rules(expr: str) -> str:
    """A rule file with one alert."""
    return (
        "groups:\n  - name: tls\n    rules:\n      - alert: CertificateEndsSoon\n"
        f"        expr: {expr}\n        for: 1h\n        labels: {{severity: warning}}\n"
    )


def look(files: dict[str, Any]) -> dict[str, Any]:
    """The facts without `certificate_alerts.`."""
    found = values(run_probe(certificate_alerts, repo=files))
    return {key.removeprefix("certificate_alerts."): value for key, value in found.items()}


@pytest.mark.parametrize(
    "expr",
    [
        BEFORE,
        "certmanager_certificate_expiration_timestamp_seconds - time() < 1209600",
        "(ssl_cert_not_after - time()) / 86400 <= 14",
        "x509_cert_expires_in_seconds < 14 * 86400",
    ],
)
def test_present(expr: str) -> None:
    assert look({"rules.yml": rules(expr)}) == {
        "rules": ["rules.yml:4 CertificateEndsSoon"],
        "late": [],
    }


def test_missing_is_unknown_since_a_vendor_may_watch() -> None:
    evidence = run_probe(certificate_alerts, repo={"rules.yml": rules("up == 0")})
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_nothing_to_look_at() -> None:
    assert look({}) == {}


def test_malformed() -> None:
    """A file that Prometheus would refuse holds no rule that counts."""
    found = look({"rules.yml": rules("probe_ssl_earliest_cert_expiry - < 3")})
    assert found.get("rules", []) == []


def test_denied() -> None:
    evidence = run_probe(
        certificate_alerts, repo={"rules.yml": Trouble(ProblemKind.DENIED, "rules.yml")}
    )
    assert "denied" in problems(evidence)
    assert values(evidence) == {}


@pytest.mark.parametrize(
    "expr", ["probe_ssl_earliest_cert_expiry - time() < 0", "probe_ssl_earliest_cert_expiry", "x509_cert_expired"]
)  # fmt: skip
def test_false_green_an_alert_after_the_end_leaves_no_time(expr: str) -> None:
    found = look({"rules.yml": rules(expr)})
    assert (found["rules"], len(found["late"])) == ([], 1)


@pytest.mark.parametrize(
    "text", ["# " + BEFORE, rules("up < 1") + "# probe_ssl_earliest_cert_expiry < 3\n"]
)
def test_false_green_a_comment_is_no_alert(text: str) -> None:
    assert look({"rules.yml": text}) == {}
