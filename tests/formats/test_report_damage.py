"""Whatever is done to a report, its parser reads it or refuses it, and raises nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.formats import (
    bandit_json,
    cobertura,
    coverage_json,
    exposition,
    junit,
    pip_audit_json,
    prometheus_rules,
    ruff_json,
)
from auditor.formats.errors import Malformed, TooLarge


@dataclass(frozen=True)
class Format:
    """A parser with a small document of each of its dialects."""

    name: str
    parse: Callable[[bytes], object]
    sniff: Callable[[bytes], bool]
    seeds: tuple[bytes, ...]


SUMMARY = {"covered_lines": 1, "num_statements": 2, "percent_covered": 50.0, "missing_lines": 1}
COUNTS = SUMMARY | {"num_branches": 2, "covered_branches": 1, "percent_covered": 50.0}
COVERAGE = {
    "meta": {"version": "7", "timestamp": "2025-01-01T00:00:00", "branch_coverage": True},
    "files": {
        "a.py": {
            "executed_lines": [1],
            "summary": COUNTS,
            "missing_lines": [2],
            "excluded_lines": [],
            "missing_branches": [[1, 2]],
        }
    },
    "totals": COUNTS,
}
TOTALS = {f"SEVERITY.{level}": 0 for level in ("UNDEFINED", "LOW", "MEDIUM", "HIGH")}
BANDIT = {
    "errors": [{"filename": "b.py", "reason": "x"}],
    "generated_at": "2025-01-01T00:00:00Z",
    "metrics": {"_totals": TOTALS | {"loc": 1, "nosec": 0}, "a.py": {"loc": 1, "nosec": 0}},
    "results": [
        {"filename": "a.py", "issue_severity": "LOW", "issue_confidence": "HIGH", "test_id": "B1"}
        | {"issue_text": "x", "line_number": 1}
    ],
}
PIP = [
    {"name": "a", "version": "1", "vulns": [{"id": "X", "fix_versions": ["2"], "aliases": []}]},
    {"name": "b", "skip_reason": "no"},
]
RUFF = [
    {"code": "F401", "filename": "a.py", "location": {"row": 1, "column": 2}, "message": "x"}
    | {"fix": None, "noqa_row": 1}
]
RULES = {"name": "g", "rules": [{"alert": "A", "expr": "up == 0", "for": "5m", "labels": {}}]}

FORMATS = (
    Format(
        "cobertura",
        cobertura.parse,
        cobertura.sniff,
        (
            b'<?xml version="1.0"?><coverage line-rate="0.5" lines-valid="2" timestamp="1">'
            b"<sources><source>/a</source></sources><packages><package><classes>"
            b'<class filename="a.py"><lines><line number="1" hits="1" branch="true" '
            b'condition-coverage="50% (1/2)"/></lines></class></classes></package></packages>'
            b"</coverage>",
        ),
    ),
    Format(
        "junit",
        junit.parse,
        junit.sniff,
        (
            b'<testsuites tests="2"><testsuite name="s" tests="2" failures="1" '
            b'timestamp="2025-01-01T00:00:00"><properties><property name="a" value="b"/>'
            b'</properties><testcase classname="c" name="n" time="0.1"><failure message="m">'
            b'<![CDATA[t]]></failure></testcase><testcase status="notrun"/></testsuite>'
            b"</testsuites>",
        ),
    ),
    Format(
        "coverage_json",
        coverage_json.parse,
        coverage_json.sniff,
        (json.dumps(COVERAGE).encode(),),
    ),
    Format("bandit_json", bandit_json.parse, bandit_json.sniff, (json.dumps(BANDIT).encode(),)),
    Format(
        "pip_audit_json",
        pip_audit_json.parse,
        pip_audit_json.sniff,
        (json.dumps(PIP).encode(), json.dumps({"dependencies": PIP, "fixes": []}).encode()),
    ),
    Format("ruff_json", ruff_json.parse, ruff_json.sniff, (json.dumps(RUFF).encode(),)),
    Format(
        "exposition",
        exposition.parse,
        exposition.sniff,
        (
            b'# HELP a A.\n# TYPE a counter\na{b="c",d="\\"e"} 1 17\n# TYPE h histogram\n'
            b'h_bucket{le="+Inf"} 1\nh_sum 2\nh_count 1\n',
            b'# TYPE a counter\na_total{b="c"} 1.0\na_created{b="c"} 2.0\n# EOF\n',
        ),
    ),
    Format(
        "prometheus_rules",
        prometheus_rules.parse,
        prometheus_rules.sniff,
        (
            json.dumps({"groups": [RULES]}).encode(),
            b"kind: PrometheusRule\nspec:\n  groups:\n  - name: g\n    rules:\n    - record: a:b\n"
            b"      expr: sum(rate(x[5m])) > 0.5\n",
        ),
    ),
)
each_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
quick = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)

JUNK = st.sampled_from(
    [
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"<",
        b"&",
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b"-1",
        b"NaN",
        b"1e999",
        b"9" * 400,
        b"null",
        b"\n",
        b"\t",
        b"\\",
        b"\\ud800",
        b"<!--",
        b"<!DOCTYPE a [",
        b"]>",
        b"<![CDATA[",
        b"]]>",
        b": ",
        b"- ",
        b"*a",
        b"&a ",
        b"!!str ",
        "é€😀".encode(),
        b"\x1b[31m",
        b"'",
        b"#",
        b"{{",
        b"0x",
        b"true",
        b"2025-99-99",
        b"-",
    ]
) | st.binary(max_size=6)
WORDS = st.sampled_from(
    [
        "coverage",
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "class",
        "lines",
        "line",
        "sources",
        "source",
        "property",
        "flakyFailure",
        "project",
    ]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        [
            "line-rate",
            "lines-valid",
            "filename",
            "hits",
            "number",
            "condition-coverage",
            "name",
            "tests",
            "failures",
            "time",
            "timestamp",
            "classname",
            "status",
            "branch",
        ]
    ),
    st.sampled_from(["0", "1", "-1", "", "NaN", "x", "50% (1/2)", "1e9", "9" * 30, "a.py"]),
    max_size=4,
)


def values(thing: object) -> Iterator[object]:
    """Reads every field and property of a result, at any depth."""
    if is_dataclass(thing):
        names = {field.name for field in fields(thing)}
        names |= {key for key, one in vars(type(thing)).items() if isinstance(one, property)}
        for name in sorted(names):
            yield from values(getattr(thing, name))
    elif isinstance(thing, tuple | list):
        for one in thing:
            yield from values(one)
    else:
        yield thing


def read_or_refused(fmt: Format, data: bytes) -> None:
    assert fmt.sniff(data) in (True, False)
    try:
        result = fmt.parse(data)
    except (Malformed, TooLarge):
        return
    assert list(values(result))


@each_format
def test_the_small_documents_themselves_are_read_and_recognised(fmt: Format) -> None:
    for seed in fmt.seeds:
        assert fmt.sniff(seed)
        assert fmt.parse(seed) == fmt.parse(seed)


@each_format
def test_only_its_own_parser_recognises_a_document(fmt: Format) -> None:
    for seed in fmt.seeds:
        assert [other.name for other in FORMATS if other.sniff(seed)] == [fmt.name]


@each_format
def test_a_document_cut_anywhere_is_read_or_refused(fmt: Format) -> None:
    for seed in fmt.seeds:
        for length in range(len(seed)):
            read_or_refused(fmt, seed[:length])


@each_format
@quick
@given(data=st.data())
def test_a_document_with_something_pasted_or_cut_out_is_read_or_refused(
    fmt: Format, data: st.DataObject
) -> None:
    document = data.draw(st.sampled_from(fmt.seeds))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document)))
        until = data.draw(st.integers(at, min(at + 12, len(document))))
        document = document[:at] + data.draw(JUNK) + document[until:]
    read_or_refused(fmt, document)


@each_format
@quick
@given(document=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(fmt: Format, document: bytes) -> None:
    read_or_refused(fmt, document)


def xml(node: Any) -> str:
    name, attributes, below = node
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(map(xml, below))}</{name}>"


TREES: st.SearchStrategy[Any] = st.recursive(
    st.tuples(WORDS, ATTRIBUTES, st.just([])),
    lambda below: st.tuples(WORDS, ATTRIBUTES, st.lists(below, max_size=4)),
    max_leaves=12,
)


@pytest.mark.parametrize("fmt", FORMATS[:2], ids=lambda fmt: fmt.name)
@quick
@given(tree=TREES)
def test_any_tree_of_known_elements_is_read_or_refused(fmt: Format, tree: Any) -> None:
    read_or_refused(fmt, xml(tree).encode())


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


def replaced(document: Any, data: st.DataObject) -> Any:
    """The document with one value, somewhere in it, replaced by one of any type."""
    if isinstance(document, dict | list) and document and data.draw(st.integers(0, 4)):
        copy = document.copy()
        keys = list(copy) if isinstance(copy, dict) else list(range(len(copy)))
        key = data.draw(st.sampled_from(keys))
        copy[key] = replaced(copy[key], data)
        return copy
    return data.draw(SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS))


@pytest.mark.parametrize(
    "fmt", [fmt for fmt in FORMATS if fmt.seeds[0][:1] in b"{["], ids=lambda fmt: fmt.name
)
@quick
@given(data=st.data())
def test_a_value_of_any_type_anywhere_is_read_or_refused(fmt: Format, data: st.DataObject) -> None:
    document = replaced(json.loads(fmt.seeds[0]), data)
    read_or_refused(fmt, json.dumps(document).encode())
