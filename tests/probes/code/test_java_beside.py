"""A Java service whose other modules lie outside of its root."""

from __future__ import annotations

from auditor.probing.testing import problems, run_probe, values
from probes.code.exceptions import exceptions

REPO = {
    "pom.xml": "<project><packaging>pom</packaging></project>",
    "orders/pom.xml": "<project/>",
    "orders/src/main/java/shop/App.java": "package shop;\nimport shop.common.Gone;\n@SpringBootApplication class App { Gone g; }\n",
    "common/pom.xml": "<project/>",
    "common/src/main/java/shop/common/Gone.java": "package shop.common;\npublic class Gone extends RuntimeException { }\n",
}


def test_false_green_absence_is_not_told_where_a_module_beside_the_root_is_used() -> None:
    found = run_probe(exceptions, repo=REPO, root="orders")
    assert values(found) == {}
    assert problems(found) == ["vacuous"]
    (problem,) = found.problems
    assert "orders/src/main/java/shop/App.java:2" in problem.message
    assert "common/src/main/java/shop/common/Gone.java" in problem.message


def test_the_folder_above_holds_both() -> None:
    assert problems(run_probe(exceptions, repo=REPO)) == []


def test_a_class_that_is_nowhere_in_the_repository_is_a_library_or_generated() -> None:
    repo = {k: v for k, v in REPO.items() if not k.startswith("common")}
    assert problems(run_probe(exceptions, repo=repo, root="orders")) == []
