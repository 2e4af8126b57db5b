"""An API description cut down to some of its operations, and to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.web.openapi_prune import only

OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
TOP: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}


def pruned(paths: dict[str, Any], *wanted: tuple[str, str], **top: Any) -> dict[str, Any]:
    found = json.loads(only(json.dumps({**TOP, **top, "paths": paths}).encode(), set(wanted)))
    assert isinstance(found, dict)
    return found


def test_only_what_is_wanted_is_kept_with_what_all_methods_of_a_path_share() -> None:
    shared = [{"name": "a", "in": "query"}]
    paths = {
        "/a": {"get": OK, "delete": OK, "parameters": shared},
        "/b": {"get": OK},
        "/c": {"$ref": "#/x"},
    }
    assert pruned(paths, ("GET", "/a"), ("DELETE", "/b"))["paths"] == {
        "/a": {"get": OK, "parameters": shared}
    }


def test_what_leads_elsewhere_is_left_out() -> None:
    operation = {
        **OK,
        "servers": [{"url": "http://other.test"}],
        "callbacks": {"done": {"{$request.body#/url}": {"post": OK}}},
        "parameters": [{"name": "a", "in": "query", "examples": {"x": {"externalValue": "http://other.test/x"}}}],
    }  # fmt: skip
    found = pruned(
        {"/a": {"get": operation}},
        ("GET", "/a"),
        servers=[{"url": "http://other.test"}],
        webhooks={"new": {"post": OK}},
        jsonSchemaDialect="http://other.test/dialect",
        components={
            "schemas": {"A": {"$id": "http://other.test/a", "$schema": "http://other.test/s"}}
        },
    )
    assert "other.test" not in json.dumps(found)


def test_properties_that_are_called_like_it_are_kept() -> None:
    schema = {
        "type": "object",
        "properties": {"links": {"type": "array"}, "host": {"type": "string"}},
    }
    found = pruned({"/a": {"get": OK}}, ("GET", "/a"), components={"schemas": {"A": schema}})
    assert found["components"]["schemas"]["A"] == schema


@pytest.mark.parametrize("key", ["$ref", "$dynamicRef", "operationRef"])
@pytest.mark.parametrize("reference", ["http://a.test/x", "x.yaml", "file:///etc/passwd", ""])
def test_a_reference_out_of_the_document_is_malformed(key: str, reference: str) -> None:
    with pytest.raises(Malformed, match="not part of it"):
        pruned({"/a": {"get": {**OK, "x": [{key: reference}]}}}, ("GET", "/a"))


def test_references_inside_stay() -> None:
    operation = {"responses": {"200": {"$ref": "#/components/responses/A"}}}
    found = pruned({"/a": {"get": operation}}, ("GET", "/a"))
    assert found["paths"]["/a"]["get"] == operation


def test_deep_nesting_is_too_large() -> None:
    value: dict[str, Any] = {}
    for _ in range(300):
        value = {"a": value}
    with pytest.raises(TooLarge):
        pruned({"/a": {"get": {**OK, "x-deep": value}}}, ("GET", "/a"))


def test_yaml_becomes_json() -> None:
    text = "openapi: 3.0.3\ninfo: {title: t, version: 1}\npaths:\n  /a:\n    get:\n      responses:\n        200: {description: ok}\n"
    found = json.loads(only(text.encode(), {("GET", "/a")}))
    assert found["paths"]["/a"]["get"]["responses"] == {"200": {"description": "ok"}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["#/a", "http://o.test", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$ref", "servers", "links", "a", "type", "get", "$id", "externalValue"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["/a", "/b"]), json_values, max_size=2))
def test_whatever_is_described_nothing_leads_out(paths: dict[str, Any]) -> None:
    try:
        found = pruned(paths, ("GET", "/a"))
    except Malformed:
        return
    assert set(found["paths"]) <= {"/a"}
    assert not list(_references(found))


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _references(one)]
    if not isinstance(value, dict):
        return []
    mine = value.get("$ref")
    outside = [mine] if isinstance(mine, str) and not mine.startswith("#") else []
    return outside + [text for one in value.values() for text in _references(one)]
