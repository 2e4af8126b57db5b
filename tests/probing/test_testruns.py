"""Test reports become runs, and are read once for each audit however many probes ask for them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from auditor.model.evidence import ProblemKind
from auditor.model.level import Level
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Entry
from auditor.probing.reports.testruns import find_runs
from auditor.probing.testing import NOW, Contents, FakeTree, make_context

FILES = {"app.py": "x = 1\n"}
BROKEN = "<testsuites><testsuite><testcase name='a'>"


class CountingTree(FakeTree):
    """A work tree that counts how often each file is opened, and how often it is searched for reports."""

    def __init__(self, reports: Contents) -> None:
        super().__init__(FILES, ignored=reports)
        self.opened: Counter[str] = Counter()
        self.searched = 0

    def read(self, path: str, limit: int) -> bytes:
        self.opened[path] += 1
        return super().read(path, limit)

    def head(self, path: str, size: int) -> bytes:
        self.opened[path] += 1
        return super().head(path, size)

    def artefacts(self, patterns: Iterable[str]) -> list[Entry]:
        self.searched += 1
        return super().artefacts(patterns)


def suite(*cases: str, name: str = "s") -> str:
    body = "".join(f'<testcase classname="t" name="{case}"/>' for case in cases)
    return f'<testsuite name="{name}" tests="{len(cases)}" timestamp="{NOW.isoformat()}">{body}</testsuite>'


def looked_at(reports: Contents) -> tuple[CountingTree, Context]:
    tree = CountingTree(reports)
    return tree, make_context(repo=tree)


def names(ctx: Context) -> list[list[str]]:
    return [[case.name for case in run.cases] for run in find_runs(ctx, "x")[0]]


def test_the_second_call_for_a_repository_opens_nothing_and_tells_the_same() -> None:
    tree, ctx = looked_at({"reports/junit.xml": suite("a", "b"), "reports/broken.xml": BROKEN})
    runs, unread = find_runs(ctx, "x")
    opened, searched = Counter(tree.opened), tree.searched
    assert opened["reports/junit.xml"]
    assert opened["reports/broken.xml"]
    assert find_runs(ctx, "x") == (runs, unread)
    assert (tree.opened, tree.searched) == (opened, searched)


def test_that_there_is_no_report_is_found_out_once_as_well() -> None:
    tree, ctx = looked_at({})
    assert find_runs(ctx, "x") == ([], [])
    searched = tree.searched
    assert searched
    assert find_runs(ctx, "y") == ([], [])
    assert tree.searched == searched


def test_each_caller_is_told_of_its_own_facts() -> None:
    _, ctx = looked_at({"reports/broken.xml": BROKEN})
    first, second = (find_runs(ctx, *facts)[1] for facts in (("a.b", "c.d"), ("e.f",)))
    assert [one.facts for one in first] == [("a.b", "c.d")]
    assert [one.facts for one in second] == [("e.f",)]
    assert [one.kind for one in (*first, *second)] == [ProblemKind.MALFORMED] * 2
    assert [one.facts for one in find_runs(ctx)[1]] == [()]


def test_what_a_caller_does_to_its_lists_is_not_seen_by_the_next_one() -> None:
    _, ctx = looked_at({"reports/junit.xml": suite("a"), "reports/broken.xml": BROKEN})
    runs, unread = find_runs(ctx, "x")
    runs.clear()
    unread.clear()
    again, still_unread = find_runs(ctx, "x")
    assert (len(again), len(still_unread)) == (1, 1)


def test_false_green_another_repository_is_read_for_itself() -> None:
    (one, here), (other, there) = (
        looked_at({"reports/junit.xml": suite(case)}) for case in ("here", "there")
    )
    assert (names(here), names(there)) == ([["here"]], [["there"]])
    assert (names(here), names(there)) == ([["here"]], [["there"]])
    assert one.opened == other.opened


def test_false_green_a_second_audit_of_the_same_files_reads_them_again() -> None:
    tree, ctx = looked_at({"reports/junit.xml": suite("a")})
    assert names(ctx) == [["a"]]
    opened = tree.opened["reports/junit.xml"]
    assert names(make_context(repo=tree)) == [["a"]]
    assert tree.opened["reports/junit.xml"] == 2 * opened


def test_false_green_repositories_that_come_and_go_are_not_taken_for_each_other() -> None:
    for number in range(200):
        _, ctx = looked_at({"reports/junit.xml": suite(f"a{number}")})
        assert names(ctx) == [[f"a{number}"]]
        del ctx  # the next one may lie in the same place of the memory


def test_probes_that_ask_at_the_same_time_cause_one_reading() -> None:
    tree, ctx = looked_at({"reports/junit.xml": suite("a"), "reports/broken.xml": BROKEN})
    start = threading.Barrier(8)
    told: list[int] = []

    def ask() -> None:
        start.wait()
        told.append(len(find_runs(ctx, "x")[0]))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone, other = looked_at({"reports/junit.xml": suite("a"), "reports/broken.xml": BROKEN})
    find_runs(other, "x")
    assert told == [1] * 8
    assert (tree.opened, tree.searched) == (alone.opened, alone.searched)


def test_a_report_that_may_not_be_read_is_a_problem_for_every_caller() -> None:
    denied = Trouble(ProblemKind.DENIED, "It may not be read.")
    _, ctx = looked_at({"reports/junit.xml": denied})
    for facts in (("a.b",), ("c.d",)):
        runs, unread = find_runs(ctx, *facts)
        assert runs == []
        assert {(one.kind, one.facts) for one in unread} == {(ProblemKind.DENIED, facts)}


def test_what_is_kept_holds_no_bytes_of_the_files() -> None:
    _, ctx = looked_at({"reports/junit.xml": suite("a", "b")})
    (run,) = find_runs(ctx, "x")[0]
    assert [report.file.data for report in run.reports] == [b""]
    assert len(run.cases) == 2


def test_files_of_one_folder_are_one_run_and_folders_are_sorted() -> None:
    _, ctx = looked_at(
        {
            "reports/unit/b.xml": suite("b"),
            "reports/unit/a.xml": suite("a"),
            "reports/e2e/c.xml": suite("c"),
        }
    )
    runs, _ = find_runs(ctx, "x")
    assert [run.name for run in runs] == ["reports/e2e", "reports/unit"]
    assert [sorted(case.name for case in run.cases) for run in runs] == [["c"], ["a", "b"]]
    assert {run.level for run in runs} == {Level.REPORTED}
