"""What code.annotations says of shipped source."""

from __future__ import annotations

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.annotations import type_annotations

TYPED = "def add(a: int, b: int) -> int:\n    return a + b\n"
BARE = "\n\ndef sub(a, b):\n    return a - b\n"


def test_present_functions_are_counted_with_the_places_of_those_that_lack_types() -> None:
    evidence = run_probe(type_annotations, repo={"app/a.py": TYPED + BARE, "app/b.py": TYPED})
    assert values(evidence) == {"annotations.percent": 66.6, "annotations.functions": 3}
    assert [(p.path, p.line) for p in evidence.facts[0].locations] == [("app/a.py", 5)]


def test_missing_functions_give_no_share() -> None:
    evidence = run_probe(type_annotations, repo={"app.py": "x = 1\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_an_empty_repository_has_no_functions() -> None:
    assert problems(run_probe(type_annotations, repo={})) == ["vacuous"]


def test_a_file_that_cannot_be_parsed_leaves_the_share_open() -> None:
    evidence = run_probe(type_annotations, repo={"a.py": TYPED, "b.py": "x = 1\x00\n"})
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_a_file_that_may_not_be_read_leaves_the_share_open() -> None:
    evidence = run_probe(
        type_annotations, repo={"a.py": TYPED, "b.py": Trouble(ProblemKind.DENIED, "no")}
    )
    assert values(evidence) == {}
    assert "denied" in problems(evidence)


def test_a_compiled_language_needs_no_annotations() -> None:
    evidence = run_probe(type_annotations, repo={"main.go": "package main\n\nfunc main() {}\n"})
    assert "compiler" in evidence.problems[0].message


def test_false_green_annotated_tests_and_any_do_not_help() -> None:
    loose = "from typing import Any\n\n\ndef f(a: Any) -> Any:\n    return a\n"
    evidence = run_probe(type_annotations, repo={"app.py": loose, "tests/test_app.py": TYPED * 9})
    assert values(evidence) == {"annotations.percent": 0.0, "annotations.functions": 1}


def test_false_green_a_typed_corner_of_a_javascript_service_does_not_speak_for_it() -> None:
    files = {"src/a.ts": "export function f(a: number) { return a }\n", "src/b.js": "f(1)\n" * 40}
    evidence = run_probe(type_annotations, repo=files)
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]
