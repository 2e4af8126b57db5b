"""code.commented_out counts commented-out blocks of shipped source, and says when it could not look."""

from __future__ import annotations

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.commented_out import commented_out

_BLOCK = "x = 1\n# if x:\n#     send(x, 'now')\ny = 2\n"


def test_blocks_are_counted_with_their_places() -> None:
    evidence = run_probe(
        commented_out, repo={"a.py": _BLOCK, "b.js": "f()\n// console.log('x');\n"}
    )
    assert values(evidence) == {"code.commented_out_blocks": 2, "code.comment_files_read": 2}
    assert [(str(f.location), f.message) for f in evidence.findings] == [
        ("a.py:2", "2 lines of commented-out code: if x:"),
        ("b.js:2", "1 line of commented-out code: console.log('x');"),
    ]


def test_source_with_prose_alone_has_none() -> None:
    evidence = run_probe(commented_out, repo={"a.py": "# Sends the order (once).\nx = 1\n"})
    assert values(evidence) == {"code.commented_out_blocks": 0, "code.comment_files_read": 1}
    assert evidence.problems == ()


def test_false_green_no_source_is_not_no_block() -> None:
    evidence = run_probe(commented_out, repo={"README.md": "x", "tests/test_a.py": _BLOCK})
    assert values(evidence) == {"code.comment_files_read": 0}
    assert problems(evidence) == ["vacuous"]


def test_false_green_a_file_that_does_not_parse_leaves_the_number_open() -> None:
    evidence = run_probe(commented_out, repo={"a.py": "x = 1\n", "b.py": ")(}{ = = ][ \n"})
    assert values(evidence) == {"code.comment_files_read": 1}
    assert problems(evidence) == ["malformed", "malformed"]
    assert "b.py was not parsed" in evidence.problems[1].message


def test_a_file_that_may_not_be_read_leaves_the_number_open() -> None:
    locked = Trouble(ProblemKind.DENIED, "b.py could not be read: Permission denied.")
    evidence = run_probe(commented_out, repo={"a.py": _BLOCK, "b.py": locked})
    assert values(evidence) == {"code.comment_files_read": 1}
    assert problems(evidence) == ["denied", "denied"]
    assert len(evidence.findings) == 1


def test_false_green_a_service_in_a_language_that_is_not_judged_is_not_clean() -> None:
    evidence = run_probe(commented_out, repo={"lib/a.ex": "x = 1\n", "lib/b.ex": "y = 2\n"})
    assert values(evidence) == {"code.comment_files_read": 0}
    assert problems(evidence) == ["not_configured"]
    assert "2 elixir" in evidence.problems[0].message


def test_a_few_files_of_such_a_language_are_only_told() -> None:
    repo = {f"a{n}.py": "x = 1\n" for n in range(40)} | {"install.ps1": "x"}
    evidence = run_probe(commented_out, repo=repo)
    assert values(evidence) == {"code.commented_out_blocks": 0, "code.comment_files_read": 40}
    assert evidence.facts[0].source.locator.endswith("not judged: 1 powershell")


def test_only_the_service_is_judged() -> None:
    evidence = run_probe(commented_out, repo={"svc/a.py": "x = 1\n", "b.py": _BLOCK}, root="svc")
    assert values(evidence)["code.commented_out_blocks"] == 0
