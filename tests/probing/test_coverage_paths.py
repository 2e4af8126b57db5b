"""What reports write for a file, and which file of the repository that is."""

from __future__ import annotations

import pytest

from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.probing.repo import Repo
from auditor.probing.reports.coverage_paths import CoveragePaths
from auditor.probing.testing import FakeTree


def paths(*files: str, root: str = "", **texts: str) -> CoveragePaths:
    contents = dict.fromkeys(files, "x\n") | {k.replace("__", "/"): v for k, v in texts.items()}
    return CoveragePaths(Repo(FakeTree(contents), root=root))


def report(*files: FileCoverage | str, producer: str = "x") -> CoverageReport:
    made = [FileCoverage(f, 1, 1) if isinstance(f, str) else f for f in files]
    return CoverageReport(tuple(made), Declared(), producer)


@pytest.mark.parametrize(
    "written",
    ["app/main.py", "./app/main.py", "/ci/build/app/main.py", "C:\\ci\\app\\main.py", "main.py"],
)
def test_relative_absolute_and_windows_paths_are_found(written: str) -> None:
    assert paths("app/main.py", "web/index.ts").find(written) == "app/main.py"


def test_sources_come_before_the_bare_path() -> None:
    found = paths("a/models.py", "b/models.py")
    assert found.find("models.py") is None
    assert found.find("models.py", ["/ci/b"]) == "b/models.py"


def test_the_longest_common_end_wins_and_a_tie_means_neither() -> None:
    found = paths("a/models.py", "b/models.py", "c/b/models.py")
    assert found.find("models.py") is None
    assert found.find("/x/b/models.py") == "b/models.py"
    assert found.find("/x/c/b/models.py") == "c/b/models.py"
    assert found.find("/x/a/models.py") == "a/models.py"


def test_a_file_of_another_service_is_not_taken_for_the_own_one() -> None:
    found = paths("a/app/main.py", "b/app/main.py", root="a")
    assert list(found.of(report("b/app/main.py"))) == []
    assert list(found.of(report("/ci/b/app/main.py"))) == []
    assert list(found.of(report("app/main.py"))) == ["a/app/main.py"]
    assert list(found.of(report("a/app/main.py"))) == ["a/app/main.py"]


def test_an_installed_package_is_not_the_service() -> None:
    found = paths("main.py", "app/main.py")
    assert found.find("/usr/lib/python3/site-packages/main.py") is None
    assert found.find("/ci/node_modules/x/main.py") is None


def test_go_import_paths_are_resolved_by_the_longest_module() -> None:
    found = paths(
        "main.go", "db/main.go", "tools/main.go", "tools/gen/main.go",
        **{"go.mod": "// x\nmodule example.com/shop\n", "tools__go.mod": 'module "example.com/shop/kit"\n'},
    )  # fmt: skip
    written = {
        "example.com/shop/main.go": "main.go",
        "example.com/shop/db/main.go": "db/main.go",
        "example.com/shop/kit/gen/main.go": "tools/gen/main.go",
        "example.com/other/main.go": None,
        "example.com/shopping/main.go": None,
        "example.com/shop/gone/main.go": None,
        "example.com/shop/../../main.go": None,
    }
    for name, path in written.items():
        assert list(found.of(report(name, producer="go"))) == ([path] if path else []), name


def test_without_a_module_go_paths_are_found_by_their_ends() -> None:
    found = paths("db/main.go")
    assert list(found.of(report("example.com/shop/db/main.go", producer="go"))) == ["db/main.go"]


def test_packages_of_java_lie_below_any_source_folder() -> None:
    found = paths("src/main/java/acme/A.java", "src/main/java/other/A.java")
    assert list(found.of(report("acme/A.java", producer="jacoco"))) == ["src/main/java/acme/A.java"]
    assert list(found.of(report("A.java", producer="jacoco"))) == []
    assert list(found.of(report("gone/A.java", producer="jacoco"))) == []


def test_the_module_of_the_build_tells_files_of_one_name_apart() -> None:
    found = paths("core/src/main/java/acme/A.java", "web/src/main/java/acme/A.java")
    one = FileCoverage("acme/A.java", 1, 1, module="all/web")
    assert list(found.of(report(one, producer="jacoco"))) == ["web/src/main/java/acme/A.java"]
    assert list(found.of(report("acme/A.java", producer="jacoco"))) == []


def test_kotlin_may_leave_out_the_packages_that_all_files_share() -> None:
    found = paths("src/main/kotlin/orders/Order.kt", "src/main/kotlin/App.kt", "docs/Order.kt")
    wanted = {
        "com/acme/orders/Order.kt": ["src/main/kotlin/orders/Order.kt"],
        "com/acme/App.kt": ["src/main/kotlin/App.kt"],
        "com/acme/other/Order.kt": [],
    }
    for written, path in wanted.items():
        assert list(found.of(report(written, producer="jacoco"))) == path, written


def test_of_two_entries_for_one_file_the_worse_counts() -> None:
    found = paths("app/a.py")
    good, bad = FileCoverage("app/a.py", 4, 4), FileCoverage("/ci/app/a.py", 4, 1)
    empty = FileCoverage("./app/a.py", 0, 0)
    for files in ((good, bad, empty), (empty, bad, good)):
        assert found.of(report(*files)) == {"app/a.py": bad}
