"""Where the runbook links of alerts lead."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.target import Looking
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.runbooks import runbooks
from tests.servers.made_up import MadeUp

REMOTE = "github.com/acme/orders"
PAGE = "# Runbooks\n\n## High error rate\n\nDo this.\n"
WIKI = Looking(allow_hosts=("wiki.test",))


def rules(*links: str) -> str:
    """A rule file in which alert A0 has the first link, A1 the second …"""
    alerts = [
        f"      - alert: A{number}\n        expr: up == 0\n        annotations: {{runbook_url: '{link}'}}\n"
        for number, link in enumerate(links)
    ]
    return "groups:\n  - name: g\n    rules:\n" + "".join(alerts)


def ask(*links: str, repo: Any = None, **options: Any) -> Any:
    """The probe over a repository with alerts of these links."""
    files = {"rules/a.yml": rules(*links), "docs/runbooks.md": PAGE, **(repo or {})}
    return run_probe(runbooks, repo=files, remote=REMOTE, **options)


@pytest.mark.parametrize(
    "link",
    [
        "docs/runbooks.md",
        "docs/runbooks.md#high-error-rate",
        "https://github.com/acme/orders/blob/main/docs/runbooks.md#high-error-rate",
        "https://GitHub.com/acme/orders/blob/v1.2/docs/runbooks.md",
    ],
)
def test_present_pages_of_the_repository_are_found_without_asking_anybody(link: str) -> None:
    evidence = ask(link)
    assert problems(evidence) == []
    assert values(evidence) == {"runbooks.followed": 1, "runbooks.dead": [], "runbooks.alike": []}
    assert {fact.level.value for fact in evidence.facts} == {"effective"}


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("docs/other.md", "there is no such file"),
        ("docs/runbooks.md#slow", "it has no such heading"),
        ("https://github.com/acme/orders/blob/main/docs/gone.md", "there is no such file"),
    ],
)
def test_missing_pages_are_told(link: str, why: str) -> None:
    assert values(ask(link))["runbooks.dead"] == [f"A0: {link} ({why})"]


def test_without_links_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(runbooks, repo={})) == ["vacuous"]


def test_malformed_links_are_not_known() -> None:
    evidence = ask("https://wiki.test/{{ $labels.team }}")
    assert problems(evidence) == ["malformed"]
    assert values(evidence) == {}


def test_the_name_of_the_alert_is_put_in() -> None:
    told = ask("docs/{{ $labels.alertname }}.md", repo={"docs/A0.md": "# A0"})
    assert values(told)["runbooks.dead"] == []


def test_hosts_that_the_operator_did_not_name_are_asked_nothing_and_the_hint_names_them() -> None:
    api = MadeUp({"/x": "page"})
    evidence = ask("https://wiki.test/x", "docs/gone.md", http=api)
    assert problems(evidence) == ["not_configured"]
    assert "--allow-host wiki.test" in evidence.problems[0].hint
    assert set(values(evidence)) == {"runbooks.dead"}
    assert api.asked == []


def test_a_page_that_is_served_is_observed() -> None:
    evidence = ask(
        "https://wiki.test/run/errors",
        http=MadeUp({"/run/errors": "Errors: do this"}),
        looking=WIKI,
    )
    assert values(evidence)["runbooks.dead"] == []
    assert {fact.level.value for fact in evidence.facts} == {"observed"}


def test_false_green_a_wiki_that_answers_every_path() -> None:
    class Everywhere(MadeUp):
        def __call__(self, request: Any) -> Any:
            self.routes = {request.url.path: "<html><body>Create this page</body></html>"}
            return super().__call__(request)

    told = values(ask("https://wiki.test/run/errors", http=Everywhere(), looking=WIKI))
    assert told["runbooks.dead"][0].endswith("(it shows what every path of that host shows)")


@pytest.mark.parametrize("status", [401, 403])
def test_denied_pages_are_not_known(status: int) -> None:
    evidence = ask("https://wiki.test/x", http=MadeUp({"/x": (status, "")}), looking=WIKI)
    assert problems(evidence) == ["denied"]


def test_false_green_a_login_is_no_runbook() -> None:
    api = MadeUp(
        {"/run/errors": (302, "", {"location": "/users/sign_in"}), "/users/sign_in": "who are you"}
    )
    evidence = ask("https://wiki.test/run/errors", http=api, looking=WIKI)
    assert problems(evidence) == ["denied"]
    assert "runbooks.dead" not in values(evidence)


def test_false_green_two_links_to_one_page_are_one_runbook() -> None:
    api = MadeUp({"/run/a": "Call somebody", "/run/b": "Call somebody", "/run/c": "Another page"})
    links = [f"https://wiki.test/run/{name}" for name in "abc"]
    told = values(ask(*links, http=api, looking=WIKI))
    assert told["runbooks.alike"] == links[:2]


def test_false_green_a_dead_link_among_good_ones() -> None:
    api = MadeUp({"/run/a": "Call somebody"})
    told = values(
        ask("https://wiki.test/run/a", "https://wiki.test/run/gone", http=api, looking=WIKI)
    )
    assert told["runbooks.dead"] == ["A1: https://wiki.test/run/gone (it answers 404)"]
