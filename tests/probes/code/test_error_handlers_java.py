"""What code.error_handlers says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.error_handlers import error_handlers
from tests.probes.code.java_services import SETTINGS, TOP, evidence, facts, service

IMPORTS = "import org.springframework.web.bind.annotation.*;\nimport org.springframework.http.*;"
SHOWN = f"{TOP}/Bean.java:7 @ExceptionHandler Bean.handle"
CONTROLLER = {
    f"{TOP}/Web.java": "package shop;\nimport org.springframework.web.bind.annotation.*;\n@RestController class Web { }\n"
}


def advised(
    body: str, note: str = "@ExceptionHandler(Exception.class)", role: str = "RestControllerAdvice"
) -> dict[str, object]:
    """The facts of a service with one advice."""
    handler = f"{note}\n{body}"
    return facts(error_handlers, service(handler, IMPORTS, role=role, more=CONTROLLER))


GOOD = 'public ProblemDetail handle(Exception e) { log.error("x", e); return ProblemDetail.forStatus(500); }'


def test_a_handler_for_everything_that_answers_a_failure_counts() -> None:
    found = advised(GOOD)
    assert found["global"] == [f"{TOP}/Bean.java:7 @ExceptionHandler Bean.handle"]
    assert found["swallowing"] == found["leaking"] == found["blind"] == []


@pytest.mark.parametrize(
    ("note", "body"),
    [
        ("@ExceptionHandler", GOOD),
        ("@ExceptionHandler(Throwable.class)", GOOD),
        ("@ExceptionHandler({Gone.class, Exception.class})", GOOD),
        ("@ResponseStatus(HttpStatus.INTERNAL_SERVER_ERROR) @ExceptionHandler(Exception.class)", "public Object handle(Exception e) { return new Problem(); }"),
        ("@ExceptionHandler(Exception.class)", "public ResponseEntity<X> handle(Exception e) { return ResponseEntity.internalServerError().build(); }"),
        ("@ExceptionHandler(Exception.class)", "public ResponseEntity<X> handle(Exception e) { return answer(e); } ResponseEntity<X> answer(Exception e) { return new ResponseEntity<>(x, HttpStatus.BAD_GATEWAY); }"),
    ],
)  # fmt: skip
def test_ways_to_handle_everything(note: str, body: str) -> None:
    found = advised(body, note)
    assert len(found["global"]) == 1  # type: ignore[arg-type]
    assert found["swallowing"] == []


@pytest.mark.parametrize(
    ("note", "role"),
    [
        ("@ExceptionHandler(Gone.class)", "RestControllerAdvice"),
        ("@ExceptionHandler(Exception.class)", "RestController"),
        ("@ExceptionHandler(Exception.class)", 'RestControllerAdvice(basePackages = "other")'),
        ("@ExceptionHandler(Exception.class)", "ControllerAdvice(assignableTypes = Web.class)"),
    ],
)
def test_false_green_a_handler_for_some_alone_is_not_global(note: str, role: str) -> None:
    assert advised(GOOD, note, role)["global"] == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("public Result handle(Exception e) { return Result.failed(); }", "answers with status 200"),
        ("public ResponseEntity<X> handle(Exception e) { return ResponseEntity.ok(x); }", "answers a success"),
        ("public void handle(Exception e) { }", "does nothing"),
        ('public void handle(Exception e) { log.error("x", e); }', "only logs"),
    ],
)  # fmt: skip
def test_false_green_a_handler_that_answers_a_success_swallows(body: str, why: str) -> None:
    found = advised(body)
    assert found["global"] == []
    assert why in str(found["swallowing"])


@pytest.mark.parametrize(
    "body",
    [
        "return ResponseEntity.status(500).body(e.getMessage());",
        "var p = new Problem(500);\np.setDetail(e.toString());\nreturn ResponseEntity.status(500).body(p);",
        "String text = e.getLocalizedMessage();\nreturn ResponseEntity.status(500).body(text);",
        "return answer(500, e); } ResponseEntity<X> answer(int s, Throwable t) {\nMap m = new HashMap();\nif (x) { m.put(\"message\", rootMessage(t)); }\nreturn ResponseEntity.status(s).body(getMessageOf(t));",
    ],
)  # fmt: skip
def test_an_answer_that_carries_the_error_leaks(body: str) -> None:
    found = advised(f"public ResponseEntity<X> handle(Exception e) {{ {body} }}")
    assert len(found["leaking"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        'log.error(e.getMessage());\nreturn ResponseEntity.status(500).body("failed");',
        "if (debug) { return ResponseEntity.status(500).body(e.getMessage()); }\nreturn ResponseEntity.status(500).build();",
    ],
)
def test_what_is_logged_or_told_to_developers_alone_does_not_leak(body: str) -> None:
    found = advised(f"public ResponseEntity<X> handle(Exception e) {{ {body} }}")
    assert found["leaking"] == []


def test_settings_may_leak_the_stack() -> None:
    repo = service(GOOD, IMPORTS, settings="server.error.include-stacktrace: always", more=CONTROLLER)  # fmt: skip
    assert facts(error_handlers, repo)["leaking"] == [
        f"{SETTINGS}:1 server.error.include-stacktrace: always"
    ]


def test_a_catch_of_everything_that_does_nothing_is_blind() -> None:
    body = "void f() {\ntry { work(); more(); } catch (Exception ignored) {\n// later\n} }"
    found = facts(error_handlers, service(body, more=CONTROLLER))
    assert found["blind"] == [
        f"{TOP}/Bean.java:6 catches java.lang.Exception in Bean.f and does nothing"
    ]
    closing = "void f() { try { stream.close(); } catch (Exception e) { } }"
    assert facts(error_handlers, service(closing, more=CONTROLLER))["blind"] == []


@pytest.mark.parametrize(("role", "counts"), [("Provider", True), ("Deprecated", False)])
def test_a_mapper_of_jaxrs_counts_where_it_is_provided(role: str, counts: bool) -> None:
    repo = service(more=CONTROLLER)
    repo[f"{TOP}/Bean.java"] = (
        "package shop;\nimport jakarta.ws.rs.ext.*;\n"
        f"@{role}\nclass Bean implements ExceptionMapper<Throwable> {{\npublic Response toResponse(Throwable t) {{ return Response.serverError().build(); }}\n}}\n"
    )
    repo[f"{TOP}/Web.java"] += "class Uses { Bean b; }\n"
    assert bool(facts(error_handlers, repo)["global"]) is counts


def test_without_a_framework_absence_is_not_told() -> None:
    repo = service(role="Service")
    assert "global" not in facts(error_handlers, repo)
    assert "vacuous" in problems(evidence(error_handlers, repo))
