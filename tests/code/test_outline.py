"""An outline gives a text without comments and strings, line by line, and what stands around a line."""

from __future__ import annotations

import pytest

from auditor.code.outline import outline
from auditor.code.parsing import Unparsed
from auditor.code.topics.pacing import Told
from auditor.code.topics.retry_safety import never_raised, repeatable

PYTHON = '''# open.call()
@first
@second("x")
def ask(n):
    """open.call()"""
    for i in range(n):
        go(f"a {i}")


class Client:
    def send(self):
        pass
'''


def test_comments_and_strings_are_blanked_and_lines_stay() -> None:
    found = outline(PYTHON, "python")
    assert found.bare.count("\n") == found.code.count("\n") == PYTHON.count("\n")
    assert "open.call" not in found.bare
    assert '"""open.call()"""' in found.code
    assert "{i}" in found.bare


def test_what_stands_around_a_line() -> None:
    found = outline(PYTHON, "python")
    function = found.around(7)
    assert function is not None
    assert (function.name, function.first, function.head, function.decorators) == ("ask", 2, 4, 2)
    assert found.decorated("ask", 3) == function
    loop = found.around(7, "loop")
    assert loop is not None
    assert loop.head == 6
    owner = found.around(11, "class")
    assert owner is not None
    assert owner.name == "Client"
    assert found.around(1) is None


@pytest.mark.parametrize("grammar", ["javascript", "typescript", "tsx"])
def test_functions_of_scripts_have_the_names_that_they_are_bound_to(grammar: str) -> None:
    text = "const ask = async () => { go('a'); };\nclass C { send() { while (a) { b(); } } }\n"
    found = outline(text, grammar)
    assert [(b.kind, b.name) for b in found.blocks] == [
        ("function", "ask"), ("class", "C"), ("function", "send"), ("loop", ""),
    ]  # fmt: skip
    assert "'a'" not in found.bare


def test_go_and_what_has_no_tree() -> None:
    found = outline('package a\n\nfunc (c *C) Send() {\n\tfor {\n\t\tgo_("x")\n\t}\n}\n', "go")
    assert [(b.kind, b.name) for b in found.blocks] == [("function", "Send"), ("loop", "")]
    with pytest.raises(Unparsed):
        outline("x\x00", "python")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("client.get(url)", (Told.YES, "")),
        ("session.post(url)", (Told.NO, "POST")),
        ("payload.get('x')\nstore(payload)", (Told.UNCLEAR, "")),
        ("client.request('PATCH', url)", (Told.NO, "PATCH")),
        ("client.request(method, url)", (Told.UNCLEAR, "")),
        ("fetch(url, { method: 'POST' })", (Told.NO, "POST")),
        ("fetch(url, options)", (Told.UNCLEAR, "")),
        ("http.NewRequest(http.MethodPost, url, nil)", (Told.NO, "POST")),
        ("client.post(url, headers={'Idempotency-Key': k})", (Told.YES, "")),
    ],
)
def test_what_may_be_sent_twice(text: str, expected: tuple[Told, str]) -> None:
    assert repeatable(text) == expected


def test_errors_that_cannot_come_are_told_only_where_nothing_else_raises() -> None:
    assert never_raised(["ConnectionError"], "requests.get(x)") != ""
    assert never_raised(["ConnectionError"], "requests.get(x)\nraise ConnectionError") == ""
    assert never_raised(["requests.ConnectionError"], "requests.get(x)") == ""
    assert never_raised(["httpx.HTTPError"], "requests.get(x)") != ""
