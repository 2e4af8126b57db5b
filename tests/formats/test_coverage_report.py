"""What a coverage report says of itself beside what its files hold."""

from __future__ import annotations

from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage


def report(*files: FileCoverage, declared: Declared | None = None) -> CoverageReport:
    return CoverageReport(files, declared or Declared(), "test")


def test_no_measured_lines_are_never_a_percentage() -> None:
    assert report().line_percent is None
    assert report(FileCoverage("a.py", 0, 0, branches=0, covered_branches=0)).line_percent is None
    assert report(FileCoverage("a.py", 0, 0, branches=0, covered_branches=0)).branch_percent is None


def test_percentages_are_over_all_files() -> None:
    both = report(FileCoverage("a.py", 9, 9, 1, 3, 3), FileCoverage("b.py", 1, 0, 2, 1, 0))
    assert (both.line_percent, both.branch_percent, both.excluded_lines) == (90.0, 75.0, 3)


def test_unmeasured_branches_are_none_and_not_zero() -> None:
    lines_only = report(FileCoverage("a.py", 2, 1))
    assert (lines_only.branches, lines_only.branch_percent) == (None, None)
    assert lines_only.excluded_lines is None


def test_a_stated_total_that_the_files_contradict_is_told() -> None:
    boasting = report(
        FileCoverage("a.py", 10, 1),
        declared=Declared(line_percent=99.0, statements=10, covered=9, branches=4),
    )
    assert boasting.disagreement == (
        "The report states 9 covered lines, and its files add up to 1.",
        "The report states 99.00 % line coverage, and holds 10.00 %.",
    )
    assert boasting.branch_disagreement == (
        "The report states 4 branches, and its files add up to 0.",
    )


def test_a_rate_of_no_lines_is_told() -> None:
    empty = report(declared=Declared(line_percent=100.0))
    assert empty.disagreement == ("The report states 100.00 % line coverage and holds no line.",)
    assert report(declared=Declared(line_percent=0.0)).disagreement == ()


def test_a_rate_rounded_to_two_decimals_agrees() -> None:
    assert report(FileCoverage("a", 3, 2), declared=Declared(line_percent=67.0)).disagreement == ()


def test_of_two_branch_rates_the_lower_counts() -> None:
    file = FileCoverage("a.ts", 1, 1, branches=2, covered_branches=2)
    stated = Declared(branches=4, covered_branches=2)
    assert report(file, declared=stated).branch_percent == 50.0
