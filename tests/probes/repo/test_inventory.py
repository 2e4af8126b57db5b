"""repo.inventory counts what ships; a hollow repository comes out empty, an unread one unknown."""

from __future__ import annotations

from auditor.model.evidence import Location, ProblemKind
from auditor.model.level import Level
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, FakeTree, problems, run_probe, values
from probes.repo.inventory import inventory

_APP = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/x')\ndef x():\n    return {'x': 1}\n"
_SERVICE = {
    "pyproject.toml": "[project]\nname = 'x'\n",
    "README.md": "# x",
    "app/__init__.py": "",
    "app/main.py": _APP,
    "tests/test_x.py": "def test_x():\n    assert 1\n",
    "docs/conf.py": "x = 1\n",
    "app/x_pb2.py": "y = 1\n",
}


def test_a_service_is_counted_and_its_start_is_found() -> None:
    evidence = run_probe(inventory, repo=_SERVICE)
    assert values(evidence) == {
        "repo.commit": COMMIT,
        "repo.files": 7,
        "repo.languages": ["python"],
        "repo.service_roots": ["."],
        "repo.entry_points": ["FastAPI app (app/main.py:3)"],
        "repo.code_lines": 4,
    }
    assert evidence.problems == ()
    facts = {f.key: f for f in evidence.facts}
    assert facts["repo.entry_points"].locations == (Location("app/main.py", 3),)
    assert facts["repo.code_lines"].level is Level.OBSERVED


def test_false_green_a_hollow_repository_has_no_code() -> None:
    hollow = {
        "setup.py": "from setuptools import setup\n",
        "app/__init__.py": '"""The app."""\n\n__version__ = "1.0"\n',
        "app/orders.py": "import os\n\n\nclass Orders:\n    '''Orders.'''\n\n    def place(self): ...\n",
        "app/pay.py": "def pay():\n    raise NotImplementedError\n",
        "web/index.js": "export const f = () => {};\n",
        "main.go": "package main\n\nfunc main() {}\n",
        "Dockerfile": "FROM x\nCMD true\n",
        "tests/test_a.py": "def test_a():\n    assert 1 + 1 == 2\n",
    }
    seen = values(run_probe(inventory, repo=hollow))
    assert (seen["repo.code_lines"], seen["repo.languages"]) == (0, [])
    assert seen["repo.service_roots"] == []


def test_an_empty_repository_has_nothing() -> None:
    seen = values(run_probe(inventory, repo={"README.md": "x"}))
    assert seen["repo.code_lines"] == 0
    assert seen["repo.languages"] == seen["repo.entry_points"] == seen["repo.service_roots"] == []


def test_a_language_counts_from_a_share_or_a_number_of_lines() -> None:
    def lines(count: int) -> str:
        return "".join(f"x{n} = f({n})\n" for n in range(count))

    repo = {
        "a.py": lines(5_000),
        "b.js": lines(200),
        "c.rb": lines(199),
        "d.php": "<?php\n$x = 1;\n",
    }
    seen = values(run_probe(inventory, repo=repo))
    assert seen["repo.languages"] == ["python", "javascript"]
    assert seen["repo.code_lines"] == 5_400


def test_without_git_there_is_no_commit_but_the_rest_is_known() -> None:
    tree = FakeTree(_SERVICE, commit=None)
    tree.is_git = False
    evidence = run_probe(inventory, repo=tree)
    assert "repo.commit" not in values(evidence)
    assert values(evidence)["repo.code_lines"] == 4
    (problem,) = evidence.problems
    assert problem.kind is ProblemKind.NOT_CONFIGURED
    assert problem.facts == ("repo.commit",)
    assert "not a git repository" in problem.message
    assert problem.hint.startswith("git init && git add .")


def test_without_a_commit_the_hint_is_to_make_one() -> None:
    (problem,) = run_probe(inventory, repo=FakeTree(_SERVICE, commit=None)).problems
    assert "no commit yet" in problem.message
    assert problem.hint.startswith("git add .")


def test_files_count_below_the_service_root_and_roots_in_the_whole_repository() -> None:
    repo = {f"svc/{path}": text for path, text in _SERVICE.items()} | {
        "web/package.json": '{"scripts": {"start": "vite"}}',
        "web/main.ts": "run(1)\n",
    }
    seen = values(run_probe(inventory, repo=repo, root="svc"))
    assert seen["repo.files"] == 7
    assert seen["repo.service_roots"] == ["svc", "web"]
    assert seen["repo.languages"] == ["python"]
    assert seen["repo.entry_points"] == ["FastAPI app (svc/app/main.py:3)"]


def test_a_service_among_examples_is_found_when_it_is_the_one_under_audit() -> None:
    repo = {f"examples/orders/{path}": text for path, text in _SERVICE.items()} | {"README.md": ""}
    assert values(run_probe(inventory, repo=repo))["repo.service_roots"] == []
    seen = values(run_probe(inventory, repo=repo, root="examples/orders"))
    assert seen["repo.service_roots"] == ["examples/orders"]
    assert seen["repo.code_lines"] == 4


def test_false_green_unread_source_is_not_an_absent_language() -> None:
    big = Trouble(ProblemKind.TOO_LARGE, "b.rb is larger than the limit and was not read.")
    tree = FakeTree(_SERVICE | {"b.rb": big})
    evidence = run_probe(inventory, repo=tree)
    assert "too_large" in problems(evidence)
    assert values(evidence)["repo.code_lines"] == 4
    assert "repo.languages" not in values(evidence)


def test_no_number_is_given_where_nothing_was_read() -> None:
    locked = Trouble(ProblemKind.DENIED, "app.py could not be read: Permission denied.")
    evidence = run_probe(inventory, repo={"app.py": locked, "pyproject.toml": ""})
    assert not {"repo.code_lines", "repo.languages", "repo.entry_points"} & set(values(evidence))
    assert set(problems(evidence)) == {"denied"}


def test_a_broken_file_is_named_and_the_rest_is_counted() -> None:
    evidence = run_probe(inventory, repo=_SERVICE | {"app/bad.py": ")(}{ = = ][ \n"})
    assert values(evidence)["repo.code_lines"] == 4
    assert [p.message.partition(" was")[0] for p in evidence.problems] == ["app/bad.py"]


def test_a_language_without_grammar_is_counted_by_its_lines() -> None:
    seen = values(run_probe(inventory, repo={"a.groovy": "// c\n\nx = 1\ny()\n"}))
    assert (seen["repo.languages"], seen["repo.code_lines"]) == (["groovy"], 2)


def test_scripts_of_components_count_as_their_language() -> None:
    vue = "<template><p/></template>\n<script lang='ts'>\nrun(1)\n</script>\n"
    assert values(run_probe(inventory, repo={"ui/A.vue": vue}))["repo.languages"] == ["typescript"]
