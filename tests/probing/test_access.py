"""What the operator lets the audit ask, and what never becomes known of the credentials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probing.doors.access import SYSTEMS, Access, BadCredential, access
from auditor.probing.doors.git import plain_remote
from auditor.probing.doors.recorder import Recorder

TOKEN = "a-token-that-nobody-may-see"


@pytest.mark.parametrize(
    ("name", "variable", "header"),
    [
        ("grafana", "AUDITOR_GRAFANA_TOKEN", f"Bearer {TOKEN}"),
        ("pagerduty", "AUDITOR_PAGERDUTY_TOKEN", f"Token token={TOKEN}"),
        ("opsgenie", "AUDITOR_OPSGENIE_TOKEN", f"GenieKey {TOKEN}"),
        ("github", "GITHUB_TOKEN", f"Bearer {TOKEN}"),
        ("gitlab", "AUDITOR_GITLAB_TOKEN", f"Bearer {TOKEN}"),
    ],
)
def test_each_system_is_told_in_its_own_way_who_asks(name: str, variable: str, header: str) -> None:
    granted = access({variable: f" {TOKEN}\n"}, {})
    grant = granted.grant(name)
    assert grant is not None
    assert grant.headers == (("Authorization", header),)
    assert grant.variable == variable
    assert [n for n in SYSTEMS if granted.grant(n)] == [name]


def test_without_a_token_a_provider_is_not_asked_at_all() -> None:
    assert access({}, {}).bases == []
    assert access({"AUDITOR_PAGERDUTY_URL": ""}, {"grafana": None}).bases == []


def test_the_address_is_the_operators_where_one_is_given() -> None:
    granted = access(
        {"AUDITOR_GITHUB_TOKEN": TOKEN, "AUDITOR_GITHUB_URL": "https://git.test/api/v3/"}, {}
    )
    assert granted.base("github") == "https://git.test/api/v3"
    assert access({"AUDITOR_GITHUB_TOKEN": TOKEN}, {}).base("github") == "https://api.github.com"


def test_the_auditors_own_variable_goes_before_the_common_one() -> None:
    granted = access({"GITHUB_TOKEN": "of-everybody", "AUDITOR_GITHUB_TOKEN": TOKEN}, {})
    grant = granted.grant("github")
    assert grant is not None
    assert grant.variable == "AUDITOR_GITHUB_TOKEN"


@pytest.mark.parametrize(
    "environment",
    [
        {"AUDITOR_GRAFANA_TOKEN": "two words"},
        {"AUDITOR_GRAFANA_TOKEN": "a\r\nX-Header: b"},
        {"AUDITOR_GRAFANA_BASIC": "no-colon"},
        {"AUDITOR_LOKI_TENANT": "a b"},
    ],
)
def test_what_cannot_be_a_credential_is_refused_and_not_shown(environment: dict[str, str]) -> None:
    with pytest.raises(BadCredential) as refused:
        access(environment, {"loki": "https://loki.test"})
    ((variable, value),) = environment.items()
    assert variable in str(refused.value)
    assert value not in str(refused.value)


def test_no_credential_shows_in_what_stands_for_it() -> None:
    granted = access(
        {"AUDITOR_GRAFANA_BASIC": f"me:{TOKEN}", "GITHUB_TOKEN": TOKEN},
        {"grafana": "https://g.test"},
    )
    assert TOKEN not in f"{granted!r} {granted.grant('grafana')!r} {granted.grant('github')!r}"


def test_what_a_system_gives_back_of_a_credential_is_taken_out() -> None:
    granted = access({"AUDITOR_LOKI_BASIC": f"me:{TOKEN}"}, {"loki": "https://loki.test"})
    grant = granted.grant("loki")
    assert grant is not None
    sent = grant.headers[0][1].removeprefix("Basic ")
    recorder = Recorder(clean=granted.clean)
    digest = recorder.keep(f"hello {TOKEN}, you sent {sent}".encode())
    assert digest is not None
    assert recorder.blobs[digest] == b"hello [redacted], you sent [redacted]"


def test_short_words_are_left_alone() -> None:
    assert Access({}, ("true",)).clean(b'{"a": true}') == b'{"a": true}'


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_a_token_is_taken_out_wherever_it_stands(before: bytes, after: bytes) -> None:
    granted = access({"GITHUB_TOKEN": TOKEN}, {})
    assert TOKEN.encode() not in granted.clean(before + TOKEN.encode() + after)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("git@github.com:acme/orders.git", "github.com/acme/orders"),
        ("https://github.com/acme/orders", "github.com/acme/orders"),
        (
            "https://user:secret@git.acme.test:8443/group/sub/orders.git/",
            "git.acme.test/group/sub/orders",
        ),
        ("ssh://git@GitLab.com:22/acme/orders.git", "gitlab.com/acme/orders"),
        ("/srv/git/orders.git", ""),
        ("C:\\repos\\orders", ""),
        ("file:///srv/git/orders", ""),
        ("", ""),
    ],
)
def test_a_remote_is_told_without_credentials(url: str, told: str) -> None:
    assert plain_remote(url) == told


@given(st.text(max_size=80))
def test_no_remote_breaks_the_reading(url: str) -> None:
    assert "@" not in plain_remote(url)
