"""What would decide what is unknown, by what decides most."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.evaluate.assess import assess
from auditor.model.evidence import Problem, ProblemKind
from auditor.model.item import All
from auditor.model.item import Any as Either
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.model.target import Deployment
from auditor.model.verdict import Reason
from auditor.report.doctor import Tried, as_json, text
from auditor.report.unlocks import Kind, unknown, unlocks, way_of
from tests.evaluate.worlds import asks, bundle_of, checklist, fact, item, seen

URL = Problem(
    ProblemKind.NOT_CONFIGURED, "No deployment was given.", "Run again with --url https://x."
)
GRAFANA = Problem(
    ProblemKind.NOT_CONFIGURED,
    "No Grafana was given.",
    "Run again with --grafana URL and AUDITOR_GRAFANA_TOKEN, of a service account with the role Viewer.",
)
DENIED = Problem(
    ProblemKind.DENIED,
    "GitHub answers GET /x with 403.",
    "Give the token in AUDITOR_GITHUB_TOKEN the right to look: read-only suffices.",
)
COMMAND = Problem(
    ProblemKind.NOT_CONFIGURED, "No report was found.", "Run `pytest --cov`, then audit again."
)
TOOL = Problem(ProblemKind.TOOL_MISSING, "The tool helm is not installed.", "Install Helm 3.")
PROBLEMS = {
    "a.url": URL,
    "b.url": URL,
    "c.grafana": GRAFANA,
    "d.token": DENIED,
    "e.run": COMMAND,
    "f.tool": TOOL,
}


def made(*items: Any, facts: tuple[Any, ...] = ()) -> Any:
    """The report of these items, where nothing is known of the facts in PROBLEMS."""
    promised = [FactSpec(key, FactType.NUMBER, f"About {key}.") for key in PROBLEMS]
    found = seen(*facts, promised=promised, problems=PROBLEMS)
    return assess(bundle_of(found), checklist(*items))


def told(report: Any) -> dict[str, tuple[list[str], list[str]]]:
    """What each way decides alone, and what it helps with, by its name."""
    return {
        u.way.name: ([v.item.id for v in u.decides], [v.item.id for v in u.helps])
        for u in unlocks(report)
    }


def test_ways_are_ordered_by_what_they_decide_alone() -> None:
    report = made(
        item("one", asks("a.url", "> 0")),
        item("two", asks("b.url", "> 0")),
        item("three", asks("c.grafana", "> 0")),
    )
    assert told(report) == {"--url": (["one", "two"], []), "--grafana": (["three"], [])}
    assert [u.way.name for u in unlocks(report)] == ["--url", "--grafana"]


def test_what_takes_two_is_decided_by_neither_alone() -> None:
    report = made(item("both", All((asks("a.url", "> 0"), asks("c.grafana", "> 0")))))
    assert told(report) == {"--grafana": ([], ["both"]), "--url": ([], ["both"])}
    assert all(u.decided == 0 and u.helped > 0 for u in unlocks(report))


def test_of_alternatives_each_decides() -> None:
    report = made(item("either", Either((asks("a.url", "> 0"), asks("c.grafana", "> 0")))))
    assert told(report) == {"--grafana": (["either"], []), "--url": (["either"], [])}


def test_false_green_an_alternative_that_failed_unlocks_nothing() -> None:
    tree = Either((All((asks("g.seen", "> 9"), asks("a.url", "> 0"))), asks("c.grafana", "> 0")))
    report = made(item("either", tree), facts=(fact("g.seen", 1, Level.OBSERVED),))
    assert told(report) == {"--grafana": (["either"], [])}


def test_items_that_failed_or_passed_are_not_told() -> None:
    report = made(item("done", asks("g.seen", "> 0")), facts=(fact("g.seen", 1, Level.OBSERVED),))
    assert (unknown(report), unlocks(report)) == ([], [])


def test_an_item_that_nothing_decides_takes_a_persons_word() -> None:
    report = made(item("word", attestable=Level.REPORTED))
    (one,) = unlocks(report)
    assert (one.way.kind, one.way.name) == (Kind.ATTESTATION, "auditor attest word")


@pytest.mark.parametrize(
    ("problem", "kind", "name"),
    [
        (URL, Kind.URL, "--url"),
        (GRAFANA, Kind.URL, "--grafana"),
        (DENIED, Kind.TOKEN, "AUDITOR_GITHUB_TOKEN"),
        (COMMAND, Kind.COMMAND, "pytest --cov"),
        (TOOL, Kind.TOOL, "Install Helm 3."),
        (
            Problem(
                ProblemKind.DENIED, "It was not selected.", "Run again with --allow-load, and more."
            ),
            Kind.PERMISSION,
            "--allow-load",
        ),
        (
            Problem(ProblemKind.VACUOUS, "Nothing.", "Say `why` there."),
            Kind.OTHER,
            "Say `why` there.",
        ),
    ],
)
def test_a_hint_is_read_as_what_it_asks_for(problem: Problem, kind: Kind, name: str) -> None:
    way = way_of(Reason(problem.message, "x.y", problem=problem.kind.value, hint=problem.hint))
    assert (way.kind, way.name) == (kind, name)


def test_false_green_leave_to_load_a_deployment_decides_nothing_while_none_is_named() -> None:
    hint = "Run again with --allow-load or --allow-intrusive, and --allow-host for a host."
    load = Problem(ProblemKind.DENIED, "It puts load on the deployment.", hint)
    promised = [FactSpec("l.rate", FactType.NUMBER, "Rate.")]
    found = seen(promised=promised, problems={"l.rate": load})
    bundle = bundle_of(found)
    report = assess(bundle, checklist(item("load", asks("l.rate", "> 0"))))
    assert told(report) == {"--allow-load": ([], ["load"]), "--url": ([], ["load"])}
    named = replace(report.target, deployment=Deployment("staging", "https://staging.example.net"))
    assert told(replace(report, target=named)) == {"--allow-load": (["load"], [])}


def test_the_text_fits_the_terminal_and_says_what_works() -> None:
    report = made(item("one", asks("a.url", "> 0"), number="3.2.4"))
    said = text(
        report,
        [Tried("tool", "git", True, "2.39"), Tried("url", "--grafana x", False, "403")],
        width=80,
    )
    assert all(len(line) <= 80 for line in said.splitlines())
    assert "1 of 1 items are unknown, 100.0 % of the score" in said
    assert said.index("does not work") < said.index("Set, and works")
    assert "decides 1 item, 100.0 % of the score" in said
    assert "items 3.2.4" in said


def test_control_characters_of_a_hostile_name_are_spelled_out() -> None:
    report = made(item("one", asks("a.url", "> 0"), number="1\x1b[2J"))
    hostile = replace(report, target=replace(report.target, service="x\x1b]0;owned\x07"))
    assert "\x1b" not in text(hostile, [Tried("tool", "a\x1b[2J", True, "b\x1b[2J")])


def test_the_json_lists_everything() -> None:
    report = made(item("one", All((asks("a.url", "> 0"), asks("c.grafana", "> 0")))))
    document = json.loads(as_json(report, [Tried("token", "X", False, "no")]))
    assert document["checks"] == [{"kind": "token", "name": "X", "works": False, "told": "no"}]
    assert [one["id"] for one in document["unknown"]] == ["one"]
    assert {u["name"]: u["helps"] for u in document["unlocks"]} == {
        "--grafana": ["one"],
        "--url": ["one"],
    }
