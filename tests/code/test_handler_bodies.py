"""What a handler answers is judged by its body."""

from __future__ import annotations

import pytest

from auditor.code.topics.handler_bodies import always_answers, judge, tried


@pytest.mark.parametrize(
    ("body", "hides"),
    [
        ("return JSONResponse({}, 500)", ""), ("return jsonify(x), error.code", ""),
        ("return jsonify(x), 503", ""), ("return error", ""), ("raise error", ""),
        ("return render(request, '500.html')", "answers 200, for it sets no status"),
        ("return Response({}, 200)", "answers a success"), ("# return Response({}, 500)\n    pass", "does nothing"),
    ],
)  # fmt: skip
def test_what_hides_an_error(body: str, hides: str) -> None:
    assert judge(f"def f(request, error):\n    {body}\n", "python", 1, 1).hides == hides


def test_an_arrow_that_answers_at_once() -> None:
    assert (
        judge(
            "const f = (err, req, res, next) => res.status(500).send(err.stack);\n", "javascript", 1
        ).tells
        == 1
    )
    assert judge(
        "const f = (err, req, res, next) => res.json({});\n", "javascript", 1
    ).hides.startswith("answers 200")


def test_a_line_without_a_function_is_not_judged() -> None:
    assert judge("x = 1\n", "python", 1).hides == ""


def test_what_is_tried_and_what_always_answers() -> None:
    text = "def f(e):\n    try:\n        go()\n    except A:\n        return 1\n"
    assert tried(text, "python", 4) == "go()"
    assert tried(text, "python", 2) == ""
    assert not always_answers(text, "python", 1)
    assert always_answers("def f(e):\n    return x\n", "python", 1)
    assert not always_answers(
        "def f(e):\n    if not isinstance(e, A):\n        return None\n    return x\n", "python", 1
    )
