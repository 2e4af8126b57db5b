"""Where the gates of a target are looked for."""

from __future__ import annotations

import json

from auditor.model.evidence import Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.reports.coverage_limits import target_gates
from auditor.probing.testing import FakeTree

FILES: dict[str, str] = {
    "pyproject.toml": "[tool.coverage.report]\nfail_under = 91\n",
    "pytest.ini": "[pytest]\naddopts = --cov-fail-under=82\n",
    "Makefile": "test:\n\tpytest --cov-fail-under=83\n",
    "package.json": json.dumps({"jest": {"coverageThreshold": {"global": {"lines": 84}}}}),
    "vitest.config.ts": "export default { test: { coverage: { thresholds: { lines: 85 } } } }\n",
    ".nycrc": '{"check-coverage": true, "lines": 86}',
    "pom.xml": "<project><limit><minimum>0.87</minimum></limit></project>",
    "core/build.gradle.kts": "jacoco { limit { minimum = 0.88 } }\n",
    ".github/workflows/ci.yml": "jobs:\n  a:\n    run: pytest --cov-fail-under=89\n",
    "codecov.yml": "coverage: {status: {project: {default: {target: 90%}}}}\n",
    ".codecov.yml": "coverage: {status: {project: {default: {target: 1%}}}}\n",
    "sub/.github/workflows/ci.yml": "run: pytest --cov-fail-under=2\n",
}


def found(files: dict[str, str], root: str = "") -> dict[str, float]:
    seen = list(target_gates(Repo(FakeTree(files), root=root), "x"))
    gates = [one for one in seen if not isinstance(one, Problem)]
    assert len(gates) == len(seen)
    return {str(place): gate.percent for gate, place in gates}


def test_every_place_in_which_a_tool_looks_is_read_and_no_other() -> None:
    assert sorted(found(FILES).values()) == [float(n) for n in range(82, 92)]
    assert found(FILES)["pytest.ini:2"] == 82.0
    assert found(FILES)[".github/workflows/ci.yml:3"] == 89.0


def test_settings_are_those_of_the_service_and_workflows_those_of_the_git_root() -> None:
    files = {
        "svc/setup.cfg": "[coverage:report]\nfail_under = 70\n",
        "setup.cfg": "[coverage:report]\nfail_under = 10\n",
        ".github/workflows/ci.yml": "run: pytest --cov-fail-under=60\n",
    }
    assert found(files, root="svc") == {"svc/setup.cfg:2": 70.0, ".github/workflows/ci.yml:1": 60.0}


def test_no_settings_are_no_gate() -> None:
    assert found({}) == {}


def test_what_cannot_be_read_is_a_problem() -> None:
    tree = FakeTree({"package.json": "{", "setup.cfg": Trouble(ProblemKind.DENIED, "No.")})
    seen = list(target_gates(Repo(tree), "x"))
    assert [one.kind for one in seen if isinstance(one, Problem)] == [
        ProblemKind.DENIED,
        ProblemKind.MALFORMED,
    ]
    assert all(isinstance(one, Problem) and one.facts == ("x",) for one in seen)
