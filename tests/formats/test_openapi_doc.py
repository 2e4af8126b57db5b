"""OpenAPI documents: operations, what describes and secures them, and where they break the rules."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.formats.web import openapi_doc
from auditor.formats.web.openapi_doc import Operation
from tests.formats.conftest import SampleReader

SCHEMA = {
    "content": {"application/json": {"schema": {"type": "object"}}},
    "description": "An order.",
}
GET: dict[str, Any] = {"summary": "One order", "responses": {"200": SCHEMA}}


def document(path: str = "/orders", method: str = "get", /, **changes: Any) -> bytes:
    """A good document of one operation; `top_…` changes the document, the rest the operation."""
    top = {k.removeprefix("top_"): v for k, v in changes.items() if k.startswith("top_")}
    own = {k: v for k, v in changes.items() if not k.startswith("top_")}
    operation = {k: v for k, v in (GET | own).items() if v is not None}
    whole = {
        "openapi": "3.0.3",
        "info": {"title": "Orders", "version": "1.2.0"},
        "paths": {path: {method: operation}},
    } | top
    return json.dumps(whole).encode()


def is_read(data: bytes) -> bool:
    """Whether it was read, not refused; any other exception goes through."""
    try:
        openapi_doc.read(data)
    except FormatError:
        return False
    return True


def only(data: bytes) -> Operation:
    (operation,) = openapi_doc.read(data).operations
    return operation


def test_published_documents_break_no_rule(samples: SampleReader) -> None:
    assert {
        n: openapi_doc.read(d).faults for n, (d, _) in samples("openapi").items()
    } == dict.fromkeys(samples("openapi"), ())


def test_a_good_document_has_a_described_operation_and_no_fault() -> None:
    read = openapi_doc.read(document())
    assert read.faults == ()
    assert (read.title, read.info_version, read.version) == ("Orders", "1.2.0", "3.0.3")
    assert [o.name for o in read.operations] == ["GET /orders"]
    assert read.operations[0].described
    assert read.operations[0].response_schema
    assert read.operations[0].security is None


def test_yaml_and_an_unquoted_version_of_swagger_are_read() -> None:
    read = openapi_doc.read(
        b"swagger: 2.0\ninfo: {title: T, version: 1.0}\nbasePath: /api\npaths:\n"
        b"  /a:\n    get:\n      responses:\n        200: {description: x, schema: {type: string}}\n"
    )
    assert (read.version, read.base_path, read.info_version) == ("2.0", "/api", "1.0")
    assert read.operations[0].response_schema
    assert read.faults == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html></html>",
        b'{"openapi": "3.0.0"}',
        b'{"openapi": "4.0.0", "paths": {}}',
        b'{"openapi": true, "paths": {}}',
        b'{"swagger": "3.0.0", "paths": {}}',
        b'{"openapi": "3.0.0", "paths": []}',
        b'{"openapi": "3.0.0", "openapi": "3.1.0", "paths": {}}',
        b"openapi: [",
    ],
)
def test_what_is_no_openapi_document_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        openapi_doc.read(data)


def test_too_many_operations_are_refused() -> None:
    paths = {f"/{n}": {"get": {}} for n in range(20_001)}
    with pytest.raises(TooLarge):
        openapi_doc.read(json.dumps({"openapi": "3.1.0", "paths": paths}).encode())


@pytest.mark.parametrize(
    ("words", "described"),
    [
        ({"summary": "One order"}, True),
        ({"summary": None, "description": "One order."}, True),
        ({"summary": None}, False),
        ({"summary": "  ", "description": ""}, False),
        ({"summary": "TODO", "description": "string"}, False),
        ({"summary": 5, "description": []}, True),
        ({"summary": "Read Order", "operationId": "readOrder"}, True),
    ],
)
def test_an_operation_is_described_by_words_of_its_own(
    words: dict[str, Any], described: bool
) -> None:
    assert only(document(**words)).described is described


def test_false_green_a_summary_that_fastapi_makes_of_the_functions_name_describes_nothing() -> None:
    made = {"summary": "Read Order", "operationId": "read_order_orders__order_id__get"}
    assert not only(document("/orders/{order_id}", **made)).described
    assert only(document("/orders/{order_id}", **made, description="What was ordered.")).described


@pytest.mark.parametrize(
    ("method", "responses", "told"),
    [
        ("get", {"200": SCHEMA}, True),
        (
            "get",
            {"200": {"description": "x", "content": {"application/json": {"schema": {}}}}},
            False,
        ),
        ("get", {"200": {"description": "x"}}, False),
        ("get", {"200": {"description": "x", "content": {"text/plain": {}}}}, True),
        ("get", {"default": SCHEMA}, True),
        ("get", {"302": {"description": "x"}}, True),
        ("get", {"404": SCHEMA}, False),
        ("get", {}, False),
        ("get", {"200": {"$ref": "#/components/responses/Order"}}, True),
        ("post", {"201": {"description": "made"}}, True),
        ("delete", {"204": {"description": "gone"}}, True),
        ("head", {"200": {"description": "x"}}, True),
    ],
)
def test_a_response_schema_says_what_a_successful_answer_holds(
    method: str, responses: dict[str, Any], told: bool
) -> None:
    components = {"responses": {"Order": SCHEMA}}
    data = document("/orders", method, responses=responses, top_components=components)
    assert only(data).response_schema is told


@pytest.mark.parametrize(
    ("own", "everywhere", "security", "public"),
    [
        (None, None, None, False),
        ([], None, (), True),
        ([{"key": []}], None, (("key",),), False),
        (None, [{"key": []}], (("key",),), False),
        ([], [{"key": []}], (), True),
        ([{}, {"key": []}], None, ((), ("key",)), True),
        ([{"key": [], "id": []}], None, (("key", "id"),), False),
    ],
)
def test_security_is_that_of_the_operation_else_of_the_document(
    own: Any, everywhere: Any, security: Any, public: bool
) -> None:
    schemes = {"securitySchemes": {"key": {}, "id": {}}}
    top = {"top_security": everywhere} if everywhere is not None else {}
    operation = only(document(security=own, top_components=schemes, **top))
    assert operation.security == security
    assert operation.public is public


def test_parameters_of_the_path_are_inherited_and_references_followed() -> None:
    path = {
        "parameters": [{"$ref": "#/components/parameters/id"}, {"name": "q", "in": "query"}],
        "get": {**GET, "parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}]},
    }
    shared = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"$ref": "#/components/schemas/Id"},
    }
    components = {
        "parameters": {"id": shared},
        "schemas": {"Id": {"type": "string", "format": "uuid"}},
    }
    read = openapi_doc.read(document(top_paths={"/orders/{id}": path}, top_components=components))
    told = [(p.name, p.where, p.required, p.type, p.format) for p in read.operations[0].parameters]
    assert told == [("id", "path", True, "string", "uuid"), ("q", "query", False, "integer", "")]
    assert read.faults == ()


@pytest.mark.parametrize(
    ("body", "json_body"),
    [
        ({"required": True, "content": {"application/json": {}}}, True),
        ({"required": True, "content": {"application/merge-patch+json; charset=utf-8": {}}}, True),
        ({"content": {"application/json": {}}}, False),
        ({"required": True, "content": {"application/json": {}, "text/plain": {}}}, False),
        ({"required": True, "content": {}}, False),
        ({"required": True}, False),
    ],
)
def test_a_json_body_is_required_and_of_no_other_kind(body: Any, json_body: bool) -> None:
    assert only(document("/orders", "post", requestBody=body)).json_body is json_body


def test_a_swagger_body_takes_the_kinds_that_the_document_consumes() -> None:
    parameters = [{"name": "order", "in": "body", "required": True, "schema": {}}]
    swagger = {"top_openapi": None, "top_swagger": "2.0", "parameters": parameters}
    assert only(document("/orders", "post", **swagger, top_consumes=["application/json"])).json_body
    assert not only(document("/orders", "post", **swagger)).json_body


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (document(top_info={"title": "T"}), "info.version is missing"),
        (document("orders"), "the path orders does not begin with /"),
        (document(responses=None), "GET /orders has no responses"),
        (document(responses={"200": {}}), "GET /orders has a response 200 without a description"),
        (document("/orders/{id}"), "GET /orders/{id} does not declare its parameter id"),
        (
            document(security=[{"key": []}]),
            "GET /orders asks for the security scheme key, which is not defined",
        ),
        (
            document(responses={"200": {"$ref": "#/components/responses/No"}}),
            "the reference #/components/responses/No leads nowhere",
        ),
        (document(top_paths={"/a": {"get": 5}}), "GET /a is no operation"),
        (
            document(top_paths={"/a": {"get": {**GET, "operationId": "x"}, "put": {**GET, "operationId": "x"}}}),
            "PUT /a has the operationId x of another",
        ),
    ],
)  # fmt: skip
def test_each_broken_rule_is_a_fault(data: bytes, fault: str) -> None:
    assert openapi_doc.read(data).faults == (fault,)


def test_newer_versions_need_no_responses_and_examples_hold_no_references() -> None:
    assert openapi_doc.read(document(responses=None, top_openapi="3.1.0")).faults == ()
    example = {"example": {"$ref": "#/nowhere"}}
    assert openapi_doc.read(document(**example)).faults == ()


def test_circles_of_references_end() -> None:
    circle = {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}
    parameters = [{"name": "a", "in": "query", "schema": {"$ref": "#/components/schemas/A"}}]
    assert only(document(parameters=parameters, top_components=circle)).parameters[0].type == ""


def test_a_damaged_document_is_read_or_refused() -> None:
    seed = document(
        "/orders/{id}",
        "post",
        security=[{"key": []}],
        parameters=[{"name": "id", "in": "path", "schema": {"type": "integer"}}],
        requestBody={"required": True, "content": {"application/json": {}}},
        top_components={"securitySchemes": {"key": {}}, "schemas": {}},
    )
    chance = random.Random(5)
    junk = [
        b"null",
        b"[]",
        b"{}",
        b'"x"',
        b"-1",
        b"1e999",
        b'{"$ref":"#/paths"}',
        b"[" * 3000,
        b"\xff",
    ]
    read = 0
    for _ in range(1500):
        start = chance.randrange(len(seed))
        end = start + chance.randrange(12)
        data = seed[:start] + chance.choice([b"", *junk]) + seed[end:]
        read += is_read(data)
    assert 0 < read < 1500


@pytest.mark.parametrize(
    "value", [None, [], "x", 5, True, {"$ref": 5}, {"$ref": "#/paths"}, [[]], [None]]
)
def test_any_value_in_any_place_is_read_or_refused(value: Any) -> None:
    seed = json.loads(document(security=[], parameters=[], requestBody={}, top_components={}))
    seed |= {"servers": [], "webhooks": {}, "tags": []}

    def places(tree: Any) -> list[tuple[Any, Any]]:
        below = (
            tree.items()
            if isinstance(tree, dict)
            else enumerate(tree)
            if isinstance(tree, list)
            else ()
        )
        return [p for key, one in below for p in [(tree, key), *places(one)]]

    count = 0
    for holder, key in places(seed):
        kept, holder[key] = holder[key], value
        is_read(json.dumps(seed).encode())
        holder[key] = kept
        count += 1
    assert count > 10
