"""The fourteen false greens that other tools have, each through an audit or a gate of a real repository.

Every checklist here asks in the most naive way, so that no wise requirement stands in for a guard; and
every test shows the sound case beside the false one, so that none of them is green for want of evidence.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from auditor.formats.text.config_text import Mistake
from auditor.model.report import Report
from auditor.model.verdict import Outcome
from auditor.pipeline import Options, audit, met, own_policy
from tests.integration.gate_world import CLEAN, SECRET, SOUND, WAIVER, Change, items, junit
from tests.repositories import Repository

COMMITTED = "2026-03-01T12:00:00+00:00"
NOW = datetime(2026, 3, 1, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = "2099-02-01T00:00:00+00:00"
PASS, UNKNOWN, FAIL = Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL
SOURCE = {
    "app/main.py": "def add(a, b):\n    c = a + b\n    return c\n",
    ".gitignore": "reports/\n",
}
TESTS = {"tests.failed": "== 0"}
SCAN = {"analysis.high": "== 0"}
COVERAGE = {"coverage.line_percent": ">= 90"}


class World:
    """A committed service, reports that were made after its commit, and a naive checklist."""

    def __init__(self, repository: Repository, scratch: Path) -> None:
        self.repository, self.checklist = repository, scratch / "naive.yaml"
        for name, text in SOURCE.items():
            repository.write(name, text)
        repository.commit()

    def report(
        self,
        require: dict[str, Any],
        *only: str,
        files: dict[str, str] | None = None,
        urls: dict[str, str] | None = None,
        **item: Any,
    ) -> Report:
        """The report of an audit in which one item asks `require`."""
        for name, text in (files or {}).items():
            self.repository.write(name, text)
        one = {
            "id": "all.one", "number": "1.1.1", "title": "One", "severity": "blocker",
            "floor": "reported", "require": require, "why": "x", "fix": "x", "produce": "x",
        }  # fmt: skip
        section = {"id": "all.all", "number": "1.1", "title": "All", "items": [one | item]}
        category = {
            "id": "all", "number": "1", "title": "All", "weight": 100, "sections": [section]
        }  # fmt: skip
        head = {"id": "naive", "version": "1", "title": "Naive", "categories": [category]}
        self.checklist.write_text(json.dumps(head), encoding="utf-8")
        options = Options(
            self.repository.root, checklist=str(self.checklist), only=only, urls=urls or {}
        )
        return audit(options, now=lambda: NOW).report

    def outcome(self, require: dict[str, Any], *only: str, **more: Any) -> Outcome:
        """What the item is judged to be."""
        (verdict,) = self.report(require, *only, **more).verdicts()
        return verdict.outcome


@pytest.fixture
def world(repository: Repository, tmp_path: Path) -> World:
    return World(repository, tmp_path)


def ran(count: int, failed: int = 0, *, at: datetime = NOW - HOUR) -> str:
    """A JUnit report that was made at `at`."""
    return junit(count, failed).replace("2026-03-01T11:00:00+00:00", at.isoformat())


def sarif(**changes: Any) -> str:
    """A log of an analyser of the service's language, without a result."""
    run = {
        "tool": {"driver": {"name": "CodeQL", "rules": [{"id": "py/injection"}]}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": (NOW - HOUR).isoformat()}],
        "results": [],
    }
    return json.dumps({"version": "2.1.0", "runs": [run | changes]})


def cobertura(hits: list[int]) -> str:
    """A coverage report of app/main.py; without lines it says what tools say then: a rate of 1."""
    lines = "".join(f'<line number="{n}" hits="{h}"/>' for n, h in enumerate(hits, 1))
    stamp = int((NOW - HOUR).timestamp() * 1000)
    rate = sum(h > 0 for h in hits) / len(hits) if hits else 1
    return (
        f'<?xml version="1.0" ?><coverage version="7.6" timestamp="{stamp}" line-rate="{rate}">'
        '<packages><package name="app"><classes><class name="main.py" filename="app/main.py"'
        f' line-rate="{rate}"><methods/><lines>{lines}</lines></class></classes></package>'
        "</packages></coverage>"
    )


def test_01_lost_evidence_does_not_leave_the_denominator(world: World) -> None:
    full = world.report(TESTS, "reports.tests", files={"reports/junit.xml": ran(4)})
    (world.repository.root / "reports" / "junit.xml").unlink()
    less = world.report(TESTS, "reports.tests")
    assert (full.score.proven, full.score.possible) == (1, 1)
    assert (less.score.proven, less.score.possible, less.score.coverage) == (0, 1, 0)


CRASHES = {
    "said so": sarif(invocations=[{"executionSuccessful": False, "endTimeUtc": NOW.isoformat()}]),
    "wrote no results": sarif(results=None),
    "cut off": sarif()[:-20],
    "empty": "",
    "a trace": "Traceback (most recent call last):\n",
}


@pytest.mark.parametrize("crash", CRASHES)
def test_02_a_crashed_check_has_not_found_nothing(world: World, crash: str) -> None:
    assert world.outcome(SCAN, "reports.sarif", files={"reports/a.sarif": sarif()}) is PASS
    assert (
        world.outcome(SCAN, "reports.sarif", files={"reports/a.sarif": CRASHES[crash]}) is UNKNOWN
    )


def test_03_a_prerequisite_that_was_not_collected_has_not_passed(world: World) -> None:
    both = {"all": [TESTS, COVERAGE]}
    files = {"reports/junit.xml": ran(4), "reports/coverage.xml": cobertura([1, 1, 1])}
    assert world.outcome(both, "reports.tests", "reports.coverage", files=files) is PASS
    assert world.outcome(both, "reports.tests") is UNKNOWN
    when = {"compose.files": {"empty": False}}  # which nobody looked for
    assert world.outcome(TESTS, "reports.tests", when=when) is UNKNOWN


def test_04_no_measured_line_is_not_all_of_them(world: World) -> None:
    for hits, wanted in (([1, 1, 1], PASS), ([], UNKNOWN)):
        files = {"reports/coverage.xml": cobertura(hits)}
        assert world.outcome(COVERAGE, "reports.coverage", files=files) is wanted


LOAD: dict[str, Any] = {
    "latencies": {"total": 3e12, "mean": 10e6, "50th": 9e6, "95th": 20e6, "99th": 40e6, "max": 90e6, "min": 1e6},
    "earliest": (NOW - timedelta(minutes=40)).isoformat(),
    "latest": (NOW - timedelta(minutes=30)).isoformat(),
    "end": (NOW - timedelta(minutes=30)).isoformat(),
    "duration": 600e9, "wait": 1e6, "requests": 300_000, "rate": 500.0, "throughput": 499.0, "success": 1.0,
    "status_codes": {"200": 300_000}, "errors": [],
}  # fmt: skip
NOTHING: dict[str, Any] = {
    "latencies": dict.fromkeys(LOAD["latencies"], 0), "requests": 0, "rate": 0.0, "throughput": 0.0,
    "success": 0.0, "status_codes": {}, "duration": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    "require",
    [{"load.p95_ms": "< 300"}, {"load.error_percent": "<= 1"}, {"load.failed_thresholds": {"empty": True}}],
    ids=["maximum", "errors", "objectives"],
)  # fmt: skip
def test_05_no_objective_no_maximum_and_no_history_is_no_pass(
    world: World, require: dict[str, Any]
) -> None:
    empty = {"reports/vegeta.json": json.dumps(LOAD | NOTHING)}
    assert world.outcome(require, "reports.load", files=empty) is UNKNOWN
    history = {"baseline.slower_percent": "<= 10"}
    assert world.outcome(history, "reports.baseline") is UNKNOWN
    if "load.failed_thresholds" in require:  # a tool that knows no objectives met none
        return
    sound = {"reports/vegeta.json": json.dumps(LOAD)}
    assert world.outcome(require, "reports.load", files=sound) is PASS


def test_06_an_errored_report_meets_no_maximum_and_no_report_is_not_met(world: World) -> None:
    at_most = {"any": [{"analysis.high": "<= 5"}, {"analysis.medium": "< 9"}]}
    none = world.report(at_most, "reports.sarif")
    broken = {"reports/a.sarif": CRASHES["said so"]}
    errored = world.report(at_most, "reports.sarif", files=broken)
    for report in (none, errored):
        assert [v.outcome for v in report.verdicts()] == [UNKNOWN]
        assert not met(report, "blocker")
        assert not met(report, "not-ready")
    sound = world.report(at_most, "reports.sarif", files={"reports/a.sarif": sarif()})
    assert met(sound, "blocker")


def test_07_the_best_of_several_runs_does_not_decide(world: World) -> None:
    good = {"reports/a.xml": ran(4), "reports/c.xml": ran(4)}
    assert world.outcome(TESTS, "reports.tests", files=good) is PASS
    bad = {"reports/b.xml": ran(4, failed=1)}
    assert world.outcome(TESTS, "reports.tests", files=bad) is FAIL
    best = {f"reports/{n}/coverage.xml": cobertura([1, 1, 1]) for n in "ac"}
    worst = {"reports/b/coverage.xml": cobertura([0, 0, 1])}
    assert world.outcome(COVERAGE, "reports.coverage", files=best) is PASS
    assert world.outcome(COVERAGE, "reports.coverage", files=worst) is not PASS


def test_08_a_waiver_ends_and_its_id_is_taken_to_the_letter(repository: Repository) -> None:
    change = Change(repository)
    waived = WAIVER.format(item="code.secrets", expires=LATER)
    change.base_also({"compose.yaml": SECRET, "readiness/waivers.yaml": waived})
    assert change.gate()[0] == 0
    change.base_also({"readiness/waivers.yaml": waived.replace("2099", "2020")})
    code, said = change.gate()
    assert (code, items(said["new_blockers"])) == (1, {"code.secrets": "waiver_expired"})
    change.base_also({"readiness/waivers.yaml": waived.replace("code.secrets", "code.markers")})
    change.commit({"compose.yaml": SECRET + "      API_KEY: aZ3kq9-real\n"})
    assert change.gate()[0] == 1, "the waiver of one item is none of another"
    for loose in ("code.secret", "CODE.SECRETS", "code.*", "code", "1.1.1"):
        repository.write("readiness/waivers.yaml", waived.replace("code.secrets", f"'{loose}'"))
        with pytest.raises(Mistake, match="No item is called"):
            own_policy(Options(change.root))


def test_09_no_change_is_too_small_for_the_gate(repository: Repository) -> None:
    change = Change(repository)
    key = "    environment:\n      POSTGRES_PASSWORD: aZ3kq9-real\n"
    change.base_also({"compose.yaml": CLEAN + key.replace("aZ3kq9-real", "${PASSWORD:?}")})
    change.commit({"compose.yaml": CLEAN + key})  # a word of one line
    code, said = change.gate()
    assert (code, items(said["new_blockers"])) == (1, {"code.secrets": "code"})


def test_10_a_deleted_test_is_a_change(repository: Repository) -> None:
    change = Change(repository)
    change.base_also({"tests/test_price.py": "def test_a():\n    assert True\n"})
    change.commit({"tests/test_price.py": None, "reports/junit.xml": junit(2)})
    code, said = change.gate()
    assert (code, items(said["new_blockers"])) == (1, {"code.tests": "code"})


BAD_WAIVERS: dict[str, Callable[[str], str]] = {
    "no YAML": lambda good: good + "- {item: [",
    "no time zone": lambda good: good.replace("+00:00", ""),
    "no approver": lambda good: good.replace("  approver: lee@x.invalid\n", ""),
    "an unknown key": lambda good: good + "  forever: true\n",
    "no list": lambda good: "code.secrets\n",
}


@pytest.mark.parametrize("bad", BAD_WAIVERS)
def test_11_a_bad_waivers_file_stops_the_audit(repository: Repository, bad: str) -> None:
    change = Change(repository)
    good = WAIVER.format(item="code.secrets", expires=LATER)
    change.commit({"compose.yaml": SECRET, "readiness/waivers.yaml": BAD_WAIVERS[bad](good)})
    code, said = change.gate()
    assert code == 2
    assert "waivers.yaml:" in said
    with pytest.raises(Mistake):
        audit(Options(change.root, only=("infra.compose",)))
    change.commit({"readiness/waivers.yaml": None})
    assert change.gate()[0] == 1


def test_12_severity_zero_is_not_not_applicable(world: World) -> None:
    for severity in (0, "0", "none", ""):
        with pytest.raises(Mistake, match="severity"):
            world.report(TESTS, "reports.tests", severity=severity)
    with pytest.raises(Mistake, match="weight"):
        world.report(TESTS, "reports.tests", weight=0)
    for severity in ("blocker", "critical", "important", "nice"):
        report = world.report(TESTS, "reports.tests", severity=severity)
        assert (report.score.proven, report.score.possible) == (0, 1)


@contextmanager
def forbidding(status: int) -> Iterator[str]:
    """A deployment that answers everything with one status; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"status": "UP"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_13_what_may_not_be_looked_at_has_not_passed(world: World, tmp_path: Path) -> None:
    live = {"health.live_status": ">= 200"}
    for status, wanted in ((200, PASS), (401, None), (403, None)):
        with forbidding(status) as url:
            outcome = world.outcome(live, "live.health", urls={"url": url})
        assert (outcome is PASS) is (wanted is PASS), status
    elsewhere = tmp_path / "elsewhere.xml"
    elsewhere.write_text(ran(4), encoding="utf-8")
    (world.repository.root / "reports").mkdir()
    os.symlink(elsewhere, world.repository.root / "reports" / "junit.xml")
    assert world.outcome(TESTS, "reports.tests") is UNKNOWN


def test_14_a_stale_report_is_not_evidence_of_today(world: World) -> None:
    recent = {"reports/junit.xml": ran(4)}
    assert world.outcome(TESTS, "reports.tests", files=recent, max_age="7d") is PASS
    before = datetime.fromisoformat(COMMITTED) - timedelta(minutes=5)
    for at in (before, NOW - timedelta(days=90), NOW + timedelta(days=1)):
        stale = {"reports/junit.xml": ran(4, at=at)}
        assert world.outcome(TESTS, "reports.tests", files=stale, max_age="7d") is UNKNOWN, at
    world.repository.write("app/main.py", SOURCE["app/main.py"] + "\n\nX = 1\n")
    world.repository.commit(at=(NOW - timedelta(minutes=1)).isoformat())
    overtaken = world.outcome(TESTS, "reports.tests", files=recent, max_age="7d")
    assert overtaken is UNKNOWN, "the code changed after the tests ran"


def test_the_sound_service_of_these_tests_passes_its_gate(repository: Repository) -> None:
    change = Change(repository)
    change.commit({"notes.txt": "x\n"} | {"README.md": SOUND["README.md"] + "more\n"})
    code, said = change.gate()
    assert (code, said["met"], said["still_open"]) == (0, True, [])
