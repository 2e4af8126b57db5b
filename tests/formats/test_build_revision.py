"""Commit ids where a service names its build, and not where something else looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.containers.build_revision import of_exposition, of_headers, of_json

SHA = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c"


@pytest.mark.parametrize(
    "value",
    [
        {"commit": SHA},
        {"version": "1.2.0", "git_sha": SHA},
        {"git": {"commit": {"id": SHA[:7], "time": "2026"}}},
        {"build": {"revision": SHA}},
        {"data": {"gitCommit": SHA}},
        {"app": {"commitHash": SHA.upper()}},
    ],
)
def test_a_key_that_means_the_build_names_it(value: object) -> None:
    assert [SHA.startswith(found) for found in of_json(value)] == [True]


@pytest.mark.parametrize(
    "value",
    [
        {"id": SHA}, {"etag": SHA}, {"session_hash_key": SHA}, {"commit": "unknown"}, {"commit": "1.2.0"},
        {"commit": "abcdef"}, {"commits": [SHA]}, {"user": {"password": SHA}}, [SHA], SHA, None,
    ],
)  # fmt: skip
def test_other_hexadecimal_texts_are_no_builds(value: object) -> None:
    assert of_json(value) == []


def test_headers_and_metrics_name_it_too() -> None:
    assert of_headers([("x-git-commit", SHA), ("etag", SHA), ("x-request-id", SHA)]) == [SHA]
    text = f'# TYPE a_build_info gauge\na_build_info{{version="1.0",revision="{SHA}"}} 1.0\n'
    assert of_exposition(text) == [SHA]
    assert of_exposition(text.replace("} 1.0", "} 0.0")) == []
    assert of_exposition('python_info{revision="1f2e3d4"} 1\n') == []


@given(
    st.text(max_size=200),
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=50)), max_size=5),
)
def test_whatever_is_read_nothing_raises(text: str, headers: list[tuple[str, str]]) -> None:
    found = of_exposition(text) + of_headers(headers) + of_json({"a": text})
    assert all(isinstance(one, str) for one in found)
