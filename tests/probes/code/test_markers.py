"""code.markers counts what is left to do in shipped source, and says when it could not look."""

from __future__ import annotations

from auditor.model.evidence import Location, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.markers import markers

_APP = "x = 1\n# TODO: validate\ny = 2  # FIXME\n"


def test_markers_are_counted_with_their_places() -> None:
    evidence = run_probe(markers, repo={"app/a.py": _APP, "app/b.py": "x = 1\n"})
    assert values(evidence) == {"code.todo_markers": 2, "code.marker_files_read": 2}
    assert [(f.rule, str(f.location)) for f in evidence.findings] == [
        ("TODO", "app/a.py:2"),
        ("FIXME", "app/a.py:3"),
    ]
    (fact,) = [f for f in evidence.facts if f.key == "code.todo_markers"]
    assert fact.locations == (Location("app/a.py", 2), Location("app/a.py", 3))
    assert fact.source.locator == ".: 2 source files read"


def test_clean_source_has_none() -> None:
    evidence = run_probe(markers, repo={"a.py": "x = 'TODO'\n", "b.go": "package b\n"})
    assert values(evidence) == {"code.todo_markers": 0, "code.marker_files_read": 2}
    assert evidence.problems == ()


def test_false_green_no_source_is_not_no_marker() -> None:
    evidence = run_probe(markers, repo={"README.md": "TODO", "tests/test_a.py": _APP})
    assert values(evidence) == {"code.marker_files_read": 0}
    assert problems(evidence) == ["vacuous"]
    assert "left out: 1 test" in evidence.problems[0].message


def test_false_green_a_file_that_may_not_be_read_leaves_the_number_open() -> None:
    locked = Trouble(ProblemKind.DENIED, "b.py could not be read: Permission denied.")
    evidence = run_probe(markers, repo={"a.py": _APP, "b.py": locked})
    assert values(evidence) == {"code.marker_files_read": 1}
    assert problems(evidence) == ["denied", "denied"]
    assert "1 of 2 source files" in evidence.problems[0].message
    assert "2 were found" in evidence.problems[0].message
    assert len(evidence.findings) == 2


def test_false_green_a_marker_word_where_the_grammar_is_lost_leaves_the_number_open() -> None:
    evidence = run_probe(markers, repo={"a.py": ")(}{ = = TODO ][ \n" * 3})
    assert values(evidence) == {"code.marker_files_read": 0}
    assert problems(evidence) == ["malformed", "malformed"]


def test_a_broken_file_without_the_words_has_no_marker() -> None:
    evidence = run_probe(markers, repo={"a.py": ")(}{ = = ][ \n"})
    assert values(evidence) == {"code.todo_markers": 0, "code.marker_files_read": 1}


def test_a_broken_part_does_not_hide_the_rest() -> None:
    text = "x = 1\n" * 30 + "y = = 2\n# TODO: here\n"
    assert values(run_probe(markers, repo={"a.py": text}))["code.todo_markers"] == 1


def test_a_word_in_a_broken_part_leaves_the_number_open() -> None:
    text = "x = 1\n" * 30 + "y = = ) TODO\n"
    assert "code.todo_markers" not in values(run_probe(markers, repo={"a.py": text}))


def test_a_language_without_grammar_is_read_by_its_comment_sign() -> None:
    repo = {"a.ps1": "Write-Host 'x' # TODO: y\n", "b.groovy": "// fine\n"}
    assert values(run_probe(markers, repo=repo))["code.todo_markers"] == 1


def test_a_word_outside_comments_of_such_a_language_leaves_the_number_open() -> None:
    evidence = run_probe(markers, repo={"a.ps1": "<#\nTODO: y\n#>\n"})
    assert "code.todo_markers" not in values(evidence)
    assert problems(evidence) == ["malformed", "malformed"]


def test_only_the_service_is_searched_and_roles_are_judged_from_its_root() -> None:
    repo = {"examples/orders/app.py": _APP, "other/app.py": _APP}
    evidence = run_probe(markers, repo=repo, root="examples/orders")
    assert values(evidence) == {"code.todo_markers": 2, "code.marker_files_read": 1}


def test_a_secret_in_a_marker_is_masked() -> None:
    evidence = run_probe(markers, repo={"a.py": "# TODO: password=hunter22aa\n"})
    assert "hunter22aa" not in evidence.findings[0].message
