"""JSON in and out: deterministic, strict about types, and robust against hostile names."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.codec import Undecodable, Unencodable, decode, encode, schema
from auditor.model.evidence import Evidence, Problem, ProblemKind, Status
from auditor.model.target import Deployment, Target

EVIDENCE = Evidence(
    "a.probe", "1", Status.FAILED, problems=(Problem(ProblemKind.DENIED, "It may not.", "Ask."),)
)


def test_keys_are_sorted_lines_indented_and_the_file_ends() -> None:
    assert encode({"b": 1, "a": {"d": [2], "c": None}}) == (
        b'{\n  "a": {\n    "c": null,\n    "d": [\n      2\n    ]\n  },\n  "b": 1\n}\n'
    )


def test_values_come_back_as_they_were() -> None:
    target = Target(
        "orders", "shop", "services/orders", deployment=Deployment("staging", "https://x")
    )
    assert decode(encode(target), Target) == target
    assert decode(encode(EVIDENCE), Evidence) == EVIDENCE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_the_same_value_always_gives_the_same_bytes(value: object) -> None:
    data = encode(value)
    assert encode(value) == data
    assert encode(json.loads(data)) == data
    assert data.decode().endswith("\n")


@given(st.dictionaries(st.text(), st.integers(-9, 9), min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert encode(dict(reversed(value.items()))) == encode(value)


def test_a_name_in_another_encoding_is_spelled_out() -> None:
    name = b"caf\xe9.py".decode(errors="surrogateescape")
    assert (
        encode({"at": [name], name: 1})
        == b'{\n  "at": [\n    "caf\\\\udce9.py"\n  ],\n  "caf\\\\udce9.py": 1\n}\n'
    )
    problem = Problem(ProblemKind.DENIED, name)
    assert decode(encode(problem), Problem).message == "caf\\udce9.py"


@pytest.mark.parametrize("value", [object(), PurePosixPath("a"), Fraction(1, 3), {1: 2}, 3 + 4j])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(Unencodable):
        encode(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(Unencodable):
        encode(loop)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"probe": "\xff"}',
        b'{"probe": "p"}',
        b'{"probe": 1, "version": "1", "status": "ok"}',
        b'{"probe": "p", "version": "1", "status": "fine"}',
        b'{"probe": "p", "version": "1", "status": "ok", "duration_s": 1e999}',
        b'{"probe": "p", "version": "1", "status": "ok", "facts": [{"key": "k"}]}',
        b'{"probe": "p", "version": "1", "status": "ok"} trailing',
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_not_the_type_asked_for_are_undecodable(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(data, Evidence)


@given(st.binary(max_size=60))
def test_no_bytes_break_it(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(data, Evidence)


def test_fields_that_a_later_version_added_are_ignored() -> None:
    data = json.loads(encode(EVIDENCE)) | {"added_later": {"x": 1}}
    assert decode(json.dumps(data).encode(), Evidence) == EVIDENCE


def test_a_schema_names_its_dialect_and_is_the_same_each_time() -> None:
    made = schema(Evidence)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made == schema(Evidence)
    assert "Evidence" in json.dumps(made)
