"""Coverage gates are found where the tools read them, and nowhere else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.coverage.coverage_gates import (
    Gate,
    codecov,
    commands,
    nycrc,
    package_json,
    script,
)
from auditor.formats.coverage.coverage_gates_jvm import gradle, pom
from auditor.formats.coverage.coverage_gates_python import python_gates
from auditor.formats.text.errors import FormatError, Malformed


@pytest.mark.parametrize(
    ("line", "percent"),
    [
        ("pytest --cov --cov-fail-under=25", 25.0),
        ('      run: pytest --cov-fail-under "72.5" -q', 72.5),
        ("coverage report -m --fail-under=80", 80.0),
        ("cargo llvm-cov --lcov --fail-under-lines 60", 60.0),
        ("npx nyc --check-coverage --lines 55 mocha", 55.0),
        ("pytest --cov-fail-under=0", 0.0),
    ],
)
def test_a_gate_on_a_command_line_is_found(line: str, percent: float) -> None:
    assert commands(f"a:\n{line}\n") == [Gate(percent, 2)]


@pytest.mark.parametrize(
    "line",
    [
        "# pytest --cov-fail-under=25",
        "pytest -q  # was: --cov-fail-under=25",
        "pylint --fail-under=9 app",
        "interrogate --fail-under 50 app",
        "pytest --cov-fail-under=$LIMIT",
        "pytest --cov-fail-under=250",
        "coverage report; pylint --fail-under=9 app",
    ],
)
def test_comments_other_tools_and_variables_are_no_gate(line: str) -> None:
    assert commands(line) == []


def test_pytest_reads_the_first_file_that_is_its_own() -> None:
    options = b"[tool:pytest]\naddopts = --cov\n    --cov-fail-under=25\n"
    assert python_gates({"setup.cfg": options}) == [("setup.cfg", Gate(25.0, 3))]
    assert python_gates({"setup.cfg": options, "pytest.ini": b""}) == []
    toml = b'[tool.pytest.ini_options]\naddopts = ["--cov", "--cov-fail-under=70"]\n'
    assert python_gates({"pyproject.toml": toml, "setup.cfg": options}) == [
        ("pyproject.toml", Gate(70.0, 2))
    ]


def test_coverage_py_reads_the_first_file_with_a_section_of_its_own() -> None:
    toml = b"[tool.coverage.report]\nfail_under = 90\n"
    assert python_gates({"pyproject.toml": toml}) == [("pyproject.toml", Gate(90.0, 2))]
    own = {"pyproject.toml": toml, ".coveragerc": b"[run]\nbranch = true\n"}
    assert python_gates(own) == []
    setup = {"setup.cfg": b"[coverage:report]\nfail_under = 33.5\n", "pyproject.toml": toml}
    assert python_gates(setup) == [("setup.cfg", Gate(33.5, 2))]


def test_a_section_that_no_tool_reads_is_inert() -> None:
    inert = {
        "setup.cfg": b"[report]\nfail_under = 10\n[pytest]\naddopts = --cov-fail-under=10\n",
        "pyproject.toml": b"[coverage.report]\nfail_under = 10\n# fail_under = 10\n",
        "tox.ini": b"[tool:pytest]\naddopts = --cov-fail-under=10\n",
    }
    assert python_gates(inert) == []
    assert python_gates({".coveragerc": b"[report]\n# fail_under = 10\n"}) == []
    assert python_gates({".coveragerc": b"[report]\nfail_under = ninety\n"}) == []


@pytest.mark.parametrize(("name", "data"), [("pyproject.toml", b"[a\n"), ("setup.cfg", b"a = 1\n")])
def test_settings_that_no_tool_could_read_are_malformed(name: str, data: bytes) -> None:
    with pytest.raises(Malformed, match=name):
        python_gates({name: data})


def test_codecov_targets_of_the_project_count() -> None:
    text = b"""coverage:
  status:
    project:
      default:
        target: 75%
      docs: {target: auto}
      loose: {target: 10, informational: true}
    patch:
      default: {target: 5%}
"""
    assert codecov(text) == [Gate(75.0, 5)]
    assert codecov(b"coverage: {status: {project: off}}\n") == []
    assert codecov(b"") == []
    with pytest.raises(Malformed):
        codecov(b"coverage: [")


def test_thresholds_of_jest_and_vitest_are_read_as_text() -> None:
    jest = """module.exports = {
  // coverageThreshold: { global: { lines: 1 } },
  /* thresholds: { lines: 2 } */
  coverageThreshold: {
    global: { branches: 10, lines: 70.5, "statements": 65 },
  },
  lines: 3,
};
"""
    assert script(jest) == [Gate(70.5, 5), Gate(65.0, 5)]
    assert script("coverage: { thresholds: { lines: 80, functions: 2 } }") == [Gate(80.0, 1)]
    assert script("coverageThreshold: { global: { lines: -10 } }") == []
    assert script("coverageThreshold: { lines: 10") == []


def test_a_package_json_may_hold_gates_of_three_tools() -> None:
    package = {
        "jest": {
            "coverageThreshold": {"global": {"lines": 60, "branches": 1}, "./a": {"lines": 90}}
        },
        "nyc": {"check-coverage": True, "lines": 50, "functions": 1},
        "c8": {"lines": 2},
        "scripts": {"test": "c8 --check-coverage --lines 40 mocha", "odd": 3},
    }
    found = package_json(json.dumps(package).encode())
    assert [gate.percent for gate in found] == [60.0, 90.0, 50.0, 40.0]
    assert nycrc(b'{"check-coverage": true, "lines": 44}') == [Gate(44.0)]
    assert nycrc(b'{"check-coverage": false, "lines": 44}') == []
    with pytest.raises(Malformed):
        package_json(b"{")


def test_limits_of_jacoco_in_maven_are_lines_or_instructions() -> None:
    def limit(inner: str) -> bytes:
        return f"<project><!-- <limit/> --><rule><limit>{inner}</limit></rule></project>".encode()

    assert pom(limit("<counter>LINE</counter><minimum>0.80</minimum>")) == [Gate(80.0)]
    assert pom(limit("<minimum>75%</minimum>")) == [Gate(75.0)]
    missed = "<counter>LINE</counter><value>MISSEDRATIO</value><maximum>0.3</maximum>"
    assert pom(limit(missed)) == [Gate(70.0)]
    assert pom(limit("<counter>BRANCH</counter><minimum>0.10</minimum>")) == []
    assert pom(limit("<value>MISSEDCOUNT</value><maximum>0</maximum>")) == []
    assert pom(limit("<minimum>${least}</minimum>")) == []


def test_limits_of_jacoco_in_gradle_are_read_as_text() -> None:
    text = """jacocoTestCoverageVerification {
  violationRules { rule {
    // limit { minimum = 0.1 }
    limit { counter = 'LINE'
      minimum = 0.85 }
    limit { counter = 'BRANCH'; minimum = 0.2 }
    limit { minimum = "0.6".toBigDecimal() }
  } } }
"""
    assert gradle(text) == [Gate(85.0, 4), Gate(60.0, 7)]
    assert gradle(text.replace("jacoco", "other")) == []
    assert gradle("jacoco\nlimit { minimum.set(0.5) }") == [Gate(50.0, 2)]


@given(st.text(max_size=80), st.sampled_from(["", "coverageThreshold: {", "jacoco limit {", "/*"]))
def test_any_text_is_read_or_refused(text: str, before: str) -> None:
    for read in (commands, script, gradle):
        assert all(0 <= gate.percent <= 100 for gate in read(before + text))
    data = (before + text).encode("utf-8", "replace")
    for parse in (codecov, package_json, nycrc, pom):
        try:
            parse(data)
        except FormatError:
            continue
    for name in ("setup.cfg", "pyproject.toml"):
        try:
            assert isinstance(python_gates({name: data}), list)
        except FormatError:
            continue


def test_hostile_repetition_is_read_quickly() -> None:
    assert script("/*" * 300_000) == []
    assert script("thresholds: {" * 50_000) == []
    assert gradle("jacoco" + "limit {" * 50_000) == []
    assert commands("coverage " * 50_000 + "--") == []
