"""Reports are found by what they hold, wherever they lie; what parsers are tested with is nobody's evidence."""

from __future__ import annotations

import pytest

from auditor.formats.text.errors import Malformed
from auditor.model.evidence import Problem, ProblemKind
from auditor.probing.repo import Repo
from auditor.probing.reports.reports import may_be_report, places, read_reports
from auditor.probing.testing import FakeTree

MARK = b"REPORT "


def sniff(head: bytes) -> bool:
    return head.startswith(MARK)


def parse(data: bytes) -> str:
    text = data.removeprefix(MARK).decode()
    if text == "broken":
        raise Malformed("It is broken.", line=7)
    return text


def found(tree: FakeTree, *evidence: str, root: str = "") -> dict[str, str]:
    repo = Repo(tree, root=root, evidence=evidence)
    seen = list(read_reports(repo, places("json"), sniff, parse, "a.fact"))
    return {r.entry.path: r.content for r in seen if not isinstance(r, Problem)}


@pytest.mark.parametrize(
    "path",
    ["scan.json", "out/deep/down/x.xml", "build/reports/tests/a.txt", "service.log", "a/target/site/b.csv",
     "tests/reports/junit.xml", "docs/reports/zap.json", "e2e/test-results/r.json"],
)  # fmt: skip
@pytest.mark.parametrize("ignored", [True, False])
def test_a_report_is_found_by_content_whatever_its_name_tracked_or_ignored(
    path: str, ignored: bool
) -> None:
    tree = FakeTree({}, ignored={path: "REPORT x"}) if ignored else FakeTree({path: "REPORT x"})
    assert found(tree) == {path: "x"}


@pytest.mark.parametrize(
    "path",
    ["tests/fixtures/junit.xml", "tests/data/a.json", "app/testdata/b.json", "examples/c.json",
     "docs/d.json", "web/node_modules/e/coverage/f.json", "reports/fixtures/g.json"],
)  # fmt: skip
def test_what_parsers_are_tested_with_is_nobodys_evidence_unless_the_operator_names_it(
    path: str,
) -> None:
    tree = FakeTree({path: "REPORT x"})
    assert found(tree) == {}
    assert found(tree, path) == {path: "x"}


def test_a_file_of_another_kind_is_not_parsed() -> None:
    assert found(FakeTree({"a.json": "{}", "b.py": "REPORT x"})) == {}


def test_another_service_of_the_repository_gives_no_evidence() -> None:
    tree = FakeTree({"one/a.json": "REPORT 1", "two/a.json": "REPORT 2"})
    assert found(tree, root="one") == {"one/a.json": "1"}
    assert found(tree, "../two/*.json", root="one") == {"one/a.json": "1", "two/a.json": "2"}


def test_reports_of_one_kind_are_all_kept() -> None:
    tree = FakeTree({"b.json": "REPORT 2", "a/a.json": "REPORT 1"})
    assert found(tree) == {"a/a.json": "1", "b.json": "2"}


def test_a_broken_report_is_a_problem_with_its_line_that_hides_its_facts() -> None:
    repo = Repo(FakeTree({"a.json": "REPORT broken"}))
    (problem,) = read_reports(repo, places("json"), sniff, parse, "a.fact")
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.MALFORMED
    assert problem.facts == ("a.fact",)
    assert problem.locations[0].line == 7


def test_the_path_of_the_service_itself_does_not_make_its_files_test_data() -> None:
    repo = Repo(FakeTree({"examples/orders/a.json": "x"}), root="examples/orders")
    assert may_be_report(repo, "examples/orders/a.json")
