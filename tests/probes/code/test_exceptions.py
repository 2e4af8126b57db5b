"""What code.exceptions says of families of exception classes, and of what is raised."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.exceptions import exceptions

APP = "from fastapi import FastAPI\nfrom own import Gone\n\napp = FastAPI()\n\n\ndef route():\n    raise Gone('x')\n"
OWN = "class AppError(Exception):\n    pass\n\n\nclass Gone(AppError):\n    pass\n"


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(exceptions, repo=files))
    return {key.removeprefix("exceptions."): value for key, value in facts.items()}


def script(**files: str) -> dict[str, Value]:
    """The facts of a Node service in TypeScript."""
    package = '{"scripts": {"start": "node dist/index.js"}}'
    return seen({"package.json": package} | {f"src/{n}.ts": t for n, t in files.items()})


def test_a_present_family_is_told_with_what_is_raised() -> None:
    assert seen({"app.py": APP, "own.py": OWN}) == {
        "base": ["own.py:1 AppError"],
        "raised": ["app.py:8 Gone"],
        "never_raised": [],
        "generic_raises": [],
        "generic_share": 0,
    }


def test_a_missing_family_gives_empty_lists() -> None:
    app = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\ndef f():\n    raise Exception('x')\n"
    assert seen({"app.py": app}) == {
        "base": [], "raised": [], "never_raised": [], "generic_raises": ["app.py:7 Exception"], "generic_share": 100,
    }  # fmt: skip


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(exceptions, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    app = "from fastapi import FastAPI\nimport b\n\napp = FastAPI()\n"
    evidence = run_probe(exceptions, repo={"app.py": app, "b.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    app = "from fastapi import FastAPI\nimport b\n\napp = FastAPI()\n"
    files = {"app.py": app, "b.py": Trouble(ProblemKind.DENIED, "no")}
    assert values(run_probe(exceptions, repo=files)) == {}


def test_a_family_may_be_spread_over_packages() -> None:
    files = {
        "app.py": "from fastapi import FastAPI\nfrom pkg import Gone\n\napp = FastAPI()\n\n\ndef f():\n    raise Gone\n",
        "pkg/__init__.py": "from pkg.all import Gone\n",
        "pkg/all.py": "from pkg.base import Root\n\n\nclass Gone(Root):\n    pass\n",
        "pkg/base.py": "from fastapi import HTTPException\n\n\nclass Root(HTTPException):\n    pass\n",
    }
    found = seen(files)
    assert found["base"] == ["pkg/base.py:4 Root"]
    assert found["raised"] == ["app.py:8 Gone"]


def test_scripts() -> None:
    errors = "export abstract class AppError extends Error {}\nexport class Gone extends AppError {}\nexport class Idle extends AppError {}\n"
    index = "import { Gone } from './errors';\nfunction f(next) { next(new Gone()); throw new Error('x'); }\n"
    found = script(index=index, errors=errors)
    assert found["base"] == ["src/errors.ts:1 AppError"]
    assert found["raised"] == ["src/index.ts:2 Gone"]
    assert found["never_raised"] == ["src/errors.ts:3 Idle"]
    assert (found["generic_raises"], found["generic_share"]) == (["src/index.ts:2 Error"], 50)


GO = (
    'package main\n\nimport "errors"\n\nvar ErrGone = errors.New("gone")\n\nfunc main() {\n\tif err := f(); errors.Is(err, ErrGone) {\n'
    "\t\treturn\n\t}\n}\n\nfunc f() error {\n\treturn ErrGone\n}\n"
)


def test_go_sentinels_that_are_asked_for_are_a_family() -> None:
    found = seen({"go.mod": "module x\n", "main.go": GO})
    assert found["base"] == ["main.go:5 ErrGone"]
    assert found["raised"] == ["main.go:14 ErrGone"]


@pytest.mark.parametrize(
    ("old", "new"), [("errors.Is(err, ErrGone)", "err != nil"), ("return ErrGone", "return nil")]
)
def test_false_green_a_go_sentinel_that_nobody_asks_for_or_gives_back(old: str, new: str) -> None:
    found = seen({"go.mod": "module x\n", "main.go": GO.replace(old, new)})
    assert found["base"] == [] or found["raised"] == []


def test_false_green_classes_that_are_never_raised() -> None:
    found = seen({"app.py": APP.replace("raise Gone('x')", "pass"), "own.py": OWN})
    assert found["base"] == ["own.py:1 AppError"]
    assert found["raised"] == []
    assert found["never_raised"] == ["own.py:5 Gone"]


def test_false_green_a_single_class_is_no_family() -> None:
    found = seen({"app.py": APP, "own.py": "class Gone(Exception):\n    pass\n"})
    assert (found["base"], found["raised"]) == ([], [])


def test_false_green_a_family_in_a_file_that_nobody_imports() -> None:
    unused = OWN + "\n\ndef f():\n    raise Gone\n"
    app = "from fastapi import FastAPI\n\napp = FastAPI()\n"
    assert seen({"app.py": app, "unused.py": unused})["base"] == []


def test_false_green_classes_that_are_no_exceptions() -> None:
    own = "class Base:\n    pass\n\n\nclass Gone(Base):\n    pass\n"
    assert seen({"app.py": APP, "own.py": own})["base"] == []


def test_false_green_a_raise_in_a_comment_or_a_text() -> None:
    app = APP.replace("raise Gone('x')", "return 'raise Gone'  # raise Gone")
    assert seen({"app.py": app, "own.py": OWN})["raised"] == []


def test_a_class_that_is_handed_on_is_not_told_as_never_raised() -> None:
    app = APP.replace("raise Gone('x')", "table = {404: Gone}\n    raise table[404]")
    assert seen({"app.py": app, "own.py": OWN})["never_raised"] == []
    table = "def find(code):\n    return AppError.__subclasses__()\n"
    assert (
        seen({"app.py": APP.replace("raise Gone('x')", "pass"), "own.py": OWN + table})[
            "never_raised"
        ]
        == []
    )
