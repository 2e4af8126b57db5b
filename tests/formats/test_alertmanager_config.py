"""Who is told of an alert, and whether the way there is real."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring import alertmanager_config
from auditor.formats.monitoring.alertmanager_config import Integration
from auditor.formats.text.errors import FormatError, Malformed


def integration(kind: str, body: str, general: str = "{}") -> Integration:
    """The only integration of a configuration, `body` being its flow mapping."""
    config = alertmanager_config.read(
        f"global: {general}\nroute: {{receiver: a}}\n"
        f"receivers:\n  - name: a\n    {kind}_configs:\n      - {body}\n"
    )
    return config.receivers[0].integrations[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("- a", "must be a mapping"),
        ("groups: []", "neither `route` nor `receivers`"),
        ("route: [a]", "`route` must be a mapping"),
        ("receivers: a", "`receivers` must be a list"),
        ("receivers: [a]", "A receiver must be a mapping"),
        ("route: {receiver: a, routes: {}}", "`routes` must be a list"),
        ("receivers: [{name: a, slack_configs: {}}]", "`slack_configs` must be a list"),
    ],
)
def test_another_format_is_malformed(text: str, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        alertmanager_config.read(text)
    assert words in caught.value.message


REAL = [
    ("webhook", "{url: 'https://hooks.corp.net/x'}", "{}", "hooks.corp.net"),
    ("webhook", "{url: 'http://bridge:8080/alerts'}", "{}", "bridge"),
    ("webhook", "{url_file: /etc/secret}", "{}", None),
    (
        "slack",
        "{api_url: 'https://hooks.slack.com/services/T1/B2/k3y', channel: '#a'}",
        "{}",
        "hooks.slack.com",
    ),
    ("slack", "{channel: '#a'}", "{slack_api_url_file: /x}", None),
    ("slack", "{channel: '#a', app_token: xoxb-1-abc}", "{}", None),
    (
        "email",
        "{to: ops@corp.net}",
        "{smtp_smarthost: 'mx.corp.net:25', smtp_from: a@corp.net}",
        None,
    ),
    ("email", "{to: 'a@example.com, b@corp.net', smarthost: 'mx:25', from: a@b.net}", "{}", None),
    ("pagerduty", "{routing_key: 0123456789abcdef0123456789abcdef}", "{}", None),
    ("pagerduty", "{service_key_file: /x}", "{}", None),
    ("opsgenie", "{responders: []}", "{opsgenie_api_key: k3y}", None),
    ("telegram", "{bot_token: '1:a', chat_id: -100}", "{}", None),
    ("sns", "{topic_arn: 'arn:aws:sns:eu:1:t'}", "{}", None),
    (
        "msteams",
        "{webhook_url: 'https://corp.webhook.office.com/x'}",
        "{}",
        "corp.webhook.office.com",
    ),
]


@pytest.mark.parametrize(("kind", "body", "general", "host"), REAL)
def test_a_target_that_is_given_is_real(
    kind: str, body: str, general: str, host: str | None
) -> None:
    found = integration(kind, body, general)
    assert (found.real, found.why_not, found.host) == (True, "", host)


UNREAL = [
    ("webhook", "{}", "{}", "it has no `url`"),
    ("webhook", "{url: ''}", "{}", "it has no `url`"),
    ("webhook", "{url: 'http://example.com/x'}", "{}", "leads to a host of an example"),
    ("webhook", "{url: 'http://hooks.example.org/x'}", "{}", "leads to a host of an example"),
    ("webhook", "{url: 'http://localhost:5001/'}", "{}", "leads to this very machine"),
    ("webhook", "{url: 'http://127.0.0.1:5001/'}", "{}", "leads to this very machine"),
    ("webhook", "{url: 'http://[::1]:5001/'}", "{}", "leads to this very machine"),
    ("webhook", "{url: '${WEBHOOK_URL}'}", "{}", "holds a variable"),
    ("webhook", "{url: 'https://x/${TOKEN}'}", "{}", "holds a variable"),
    ("webhook", "{url: '$WEBHOOK_URL'}", "{}", "holds a variable"),
    ("webhook", "{url: '{{ .Values.url }}'}", "{}", "holds a variable"),
    ("webhook", "{url: nonsense}", "{}", "is no address"),
    ("slack", "{channel: '#a'}", "{}", "it has no `api_url`"),
    ("slack", "{api_url: 'https://hooks.slack.com/services/XXX/YYY/XXXXXXXX'}", "{}", "stand-in"),
    (
        "slack",
        "{api_url: 'https://hooks.slack.com/services/T00000000/B00000000/abc'}",
        "{}",
        "stand-in",
    ),
    ("slack", "{channel: '#a'}", "{slack_api_url: 'https://hooks.slack.com/<id>'}", "stand-in"),
    ("slack", "{app_token: xoxb-1, app_url: 'http://api.slack.example/'}", "{}", "example"),
    ("email", "{to: ops@corp.net}", "{}", "it has no `smarthost`"),
    ("email", "{to: ops@example.com, smarthost: 'mx:25', from: a@b.net}", "{}", "of an example"),
    ("email", "{to: 'ops', smarthost: 'mx:25', from: a@b.net}", "{}", "no mail address"),
    (
        "email",
        "{to: o@corp.net, smarthost: 'localhost:25', from: a@b.net}",
        "{}",
        "this very machine",
    ),
    ("pagerduty", "{routing_key: '<key>'}", "{}", "stand-in"),
    ("pagerduty", "{routing_key: YOUR_PAGERDUTY_KEY}", "{}", "stand-in"),
    ("pagerduty", "{routing_key: your-key}", "{}", "stand-in"),
    ("opsgenie", "{api_key: changeme}", "{}", "stand-in"),
    ("telegram", "{bot_token: '1:a'}", "{}", "it has no `chat_id`"),
    ("carrier_pigeon", "{url: 'https://x.net'}", "{}", "no kind of integration"),
]


@pytest.mark.parametrize(("kind", "body", "general", "words"), UNREAL)
def test_a_target_that_nobody_reads_says_why(
    kind: str, body: str, general: str, words: str
) -> None:
    found = integration(kind, body, general)
    assert not found.real
    assert words in found.why_not


def test_addresses_and_keys_are_never_kept() -> None:
    config = alertmanager_config.read(
        "route: {receiver: a}\nreceivers:\n  - name: a\n    webhook_configs:\n"
        "      - url: https://corp.net/s3cret\n    pagerduty_configs:\n      - routing_key: s3cret\n"
    )
    assert "s3cret" not in repr(config)


def test_the_routes_are_a_tree_that_inherits_its_receiver() -> None:
    config = alertmanager_config.read(
        "route:\n  receiver: a\n  routes:\n    - matchers: [severity=critical]\n      receiver: b\n"
        "      routes:\n        - match: {team: x}\n          continue: true\n"
        "    - match_re: {job: 'api.*'}\n"
        "receivers: [{name: a}, {name: b}, {name: c}]\ninhibit_rules: [{}, {}]\ntemplates: [x.tmpl]\n"
    )
    assert config.route is not None
    assert [(route.receiver, route.matchers, route.line) for route in config.route.walk()] == [
        ("a", (), 1),
        ("b", ("severity=critical",), 4),
        ("b", ('team="x"',), 7),
        ("a", ('job=~"api.*"',), 9),
    ]
    assert config.route.routes[0].routes[0].continues
    assert [receiver.name for receiver in config.routed] == ["a", "b"]
    assert (config.inhibit_rules, config.templates, config.refusals) == (2, ("x.tmpl",), ())
    assert not config.receivers[0].real


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("receivers: [{name: a}]", "There is no `route`.", 1),
        ("route: {receiver: b}\nreceivers: [{name: a}]", "`b` of a route is not defined", 1),
        ("route: {}\nreceivers: [{name: a}]", "The root route names no receiver", 1),
        (
            "route: {receiver: a, match: {x: y}}\nreceivers: [{name: a}]",
            "must not have matchers",
            1,
        ),
        (
            "route: {receiver: a}\nreceivers:\n- name: a\n- name: a",
            "Two receivers are called `a`",
            4,
        ),
        ("route: {receiver: a}\nreceivers:\n- name: a\n  slack: []", "`slack` is no key", 4),
        (
            "route: {receiver: a}\nreceivers: [{name: a}]\nslack_configs: []",
            "`slack_configs` is",
            3,
        ),
    ],
)
def test_what_alertmanager_refuses_is_said(text: str, message: str, line: int) -> None:
    (refusal,) = alertmanager_config.read(text).refusals
    assert message in refusal.message
    assert refusal.line == line


KEYS = st.sampled_from(
    ["receiver", "routes", "match", "name", "slack_configs", "api_url", "to", "x"]
)
TREES = st.recursive(
    st.sampled_from(["null", "x", "1", "'http://[x'", "'${A}'"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda parts: "{" + ", ".join(f"{key}: {part}" for key, part in parts.items()) + "}"
        ),
    ),
    max_leaves=12,
)


@given(TREES, TREES, TREES)
def test_no_shape_of_yaml_raises_anything_but_a_format_error(
    first: str, second: str, third: str
) -> None:
    with contextlib.suppress(FormatError):
        text = f"route: {first}\nreceivers: {second}\nglobal: {third}\n"
        assert isinstance(alertmanager_config.read(text).routed, tuple)
