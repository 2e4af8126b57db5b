"""The live API description and the routes of the code."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.probing.testing import problems, run_probe, values
from probes.live.documented_routes import documented_routes
from tests.servers.made_up import MadeUp

CODE = """\
from fastapi import FastAPI, APIRouter

router = APIRouter(prefix="/orders")


@router.get("/{order_id}")
async def read(order_id: int): ...


@router.post(
    "/{order_id}/cancel",
)
async def cancel(order_id: int): ...


@router.get("/health/live")
async def live(): ...


@router.get("/internal", include_in_schema=False)
async def internal(): ...


app = FastAPI()
app.include_router(router)
"""
REPO = {"app/main.py": CODE, "Dockerfile": "FROM python\nCOPY app app\nCMD uvicorn app.main:app\n"}


def api(*operations: tuple[str, str]) -> MadeUp:
    """A deployment that describes these operations."""
    paths: dict[str, Any] = {}
    for method, path in operations:
        paths.setdefault(path, {})[method] = {"summary": "Does it", "responses": {}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    return MadeUp({"/openapi.json": document})


BOTH = (("get", "/orders/{id}"), ("post", "/orders/{order_id}/cancel"))


def test_present_routes_and_operations_agree() -> None:
    evidence = run_probe(documented_routes, repo=REPO, http=api(*BOTH))
    assert problems(evidence) == []
    assert values(evidence) == {
        "api_routes.matched": 2,
        "api_routes.undocumented": [],
        "api_routes.without_code": [],
    }


def test_missing_operations_and_routes_are_told() -> None:
    told = values(
        run_probe(documented_routes, repo=REPO, http=api(BOTH[0], ("delete", "/orders/{id}")))
    )
    assert told["api_routes.undocumented"] == ["POST /{}/cancel (app/main.py:10)"]
    assert told["api_routes.without_code"] == ["DELETE /orders/{id}"]


def test_without_a_description_there_is_nothing_to_compare() -> None:
    assert problems(run_probe(documented_routes, repo=REPO, http=MadeUp())) == ["vacuous"]


def test_malformed_descriptions_are_told() -> None:
    broken = MadeUp({"/openapi.json": '{"openapi": "3.1.0", "paths": ['})
    assert problems(run_probe(documented_routes, repo=REPO, http=broken)) == ["malformed"]


def test_denied_descriptions_are_told() -> None:
    walled = MadeUp({"/openapi.json": (401, "")})
    assert problems(run_probe(documented_routes, repo=REPO, http=walled)) == ["denied"]


def test_false_green_the_description_of_another_service() -> None:
    evidence = run_probe(
        documented_routes, repo=REPO, http=api(("get", "/users"), ("get", "/teams"), BOTH[0])
    )
    assert problems(evidence) == ["vacuous"]
    assert set(values(evidence)) == {"api_routes.matched"}


def test_false_green_the_same_path_under_another_method_is_another_operation() -> None:
    told = values(run_probe(documented_routes, repo=REPO, http=api(BOTH[0], ("put", BOTH[1][1]))))
    assert told["api_routes.undocumented"] == ["POST /{}/cancel (app/main.py:10)"]


@pytest.mark.parametrize(
    ("text", "family", "told"),
    [
        (
            "@app.route('/a/<int:x>', methods=['GET', 'POST'])\ndef f(): ...",
            "python",
            {"GET /a/{}", "POST /a/{}"},
        ),
        ("app.get('/a/:id', f)\nrouter.post(`/b`, g)", "javascript", {"GET /a/{}", "POST /b"}),
        (
            "@Controller('cats')\nclass C {\n  @Get(':id')\n  one() {}\n}",
            "javascript",
            {"GET /cats/{}"},
        ),
        ('r.GET("/a/:id", h)', "go", {"GET /a/{}"}),
        (
            '@RequestMapping("/x")\npublic class C {\n  @GetMapping("/{id}")\n  A a() {}\n}',
            "java",
            {"GET /x/{}"},
        ),
        ("cache.get('key')", "python", set()),
        ("axios.get('/a', x)", "javascript", set()),
    ],
)
def test_routes_are_read_in_several_languages(text: str, family: str, told: set[str]) -> None:
    from auditor.code.topics.route_paths import route_paths

    assert {f"{r.method} {r.path}" for r in route_paths(text, family)} == told
