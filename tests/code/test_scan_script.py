"""What the scan of a script says of errors, functions and state."""

from __future__ import annotations

import msgspec
import pytest

from auditor.code.scan import FileScan
from auditor.code.scanning import scan_file
from auditor.formats.text.typed_json import decoder


def scan(text: str, path: str = "a.ts") -> FileScan:
    """The scan of a text, as it comes out of the cache."""
    found = scan_file(text, path, frozenset())
    assert decoder(FileScan).decode(msgspec.json.encode(found)) == found
    return found


@pytest.mark.parametrize(
    ("body", "does"),
    [
        ("", "nothing"), ("/* ignore */", "nothing"), ("continue;", "nothing"), ("console.error(e);", "logs"),
        ("logger.warn(e); throw e;", "raises"), ("return null;", "returns"), ("x = 1;", "other"),
    ],
)  # fmt: skip
def test_what_a_clause_does(body: str, does: str) -> None:
    for path in ("a.ts", "a.js"):
        (one,) = scan(
            f"function f() {{\n  try {{ await a.go(); }} catch (e) {{ {body} }}\n}}\n", path
        ).catches
        assert (one.types, one.line, one.scope, one.does, one.tried) == (("*",), 2, "f", does, "go")


def test_a_promise_whose_failure_is_dropped() -> None:
    text = "function f() {\n  send(x).catch(() => {});\n  send(x).catch(() => { log(); });\n  // a.catch(() => {})\n}\n"
    assert [(c.line, c.does, c.tried) for c in scan(text).catches] == [(2, "nothing", "send")]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("res.status(500).json({ error: e.message });", True),
        ("return res.status(500).send(e.stack);", True),
        ("throw new HttpException(e.message, 500);", True),
        ("const message = e.message;\nres.status(500).json({ message });", True),
        ("res.status(500).json({ error: 'internal' });", False),
        ("res.status(500).json({ error: dev ? e.message : 'internal' });", False),
        ("logger.error(e.message);\nres.status(500).end();", False),
        ("throw new Error(e.message);", False),
    ],
)
def test_answers_that_carry_what_was_caught(answer: str, told: bool) -> None:
    assert bool(scan(f"try {{ x(); }} catch (e) {{ {answer} }}\n").catches[0].tells) is told


def test_what_is_thrown() -> None:
    text = (
        "import { Gone } from './own';\nclass A { f() { throw new Gone('x'); } }\nfunction g(e, next) {\n  throw e;\n"
        "  next(new Gone());\n  throw new Error('x');\n}\n"
    )
    assert [(r.name, r.scope) for r in sorted(scan(text).raises, key=lambda r: r.line)] == [
        ("./own.Gone", "A.f"), ("", "g"), ("./own.Gone", "g"), ("Error", "g"),
    ]  # fmt: skip


def test_functions() -> None:
    text = (
        "const handle = async (err, req, res, next) => { log(err); res.status(500).end(); };\n"
        "export default function (a: string, b = 1) {}\nmodule.exports = function () { return null; };\n"
        "app.use((err, req, res, next) => {});\n"
    )
    handle, default, exported, inline = scan(text).functions
    assert (handle.name, handle.parameters, handle.statements) == (
        "handle", ("err", "req", "res", "next"), 2,
    )  # fmt: skip
    assert handle.asynchronous
    assert not handle.stub
    assert (default.stub, default.parameters) == (True, ("a", "b"))
    assert (exported.name, exported.stub) == ("default", True)
    assert (inline.name, inline.scope, len(inline.parameters)) == ("()", "", 4)


def test_classes_tell_their_decorators_and_names_at_the_top_what_they_stand_for() -> None:
    text = (
        "@Catch()\nexport class A extends B {}\nexport abstract class C extends Error {}\nconst s = new Store();\n"
        "module.exports = { a, b: 1 };\nexports.h = handle;\n"
    )
    found = scan(text)
    assert [(c.name, c.bases, c.decorators) for c in found.classes] == [
        ("A", ("B",), ("Catch()",)), ("C", ("Error",), ()),
    ]  # fmt: skip
    assert found.bound == {"s": "Store()", "exports.a": "a", "exports.h": "handle"}


@pytest.mark.parametrize(
    ("made", "change"),
    [
        ("const x = {};", "x[k] = 1;"), ("const x = [];", "x.push(k);"), ("const x = new Map();", "x.set(k, 1);"),
        ("let x = 0;", "x++;"), ("let x = 0;", "x += 1;"), ("const x = {};", "delete x[k];"),
        ("export const x = { n: 0 };", "x.n += 1;"), ("const x = new Set<string>();", "x.add(k);"),
    ],
)  # fmt: skip
def test_state_of_a_module(made: str, change: str) -> None:
    (one,) = scan(f"{made}\nfunction f(k) {{\n  {change}\n}}\n").state
    assert (one.name, one.line, [c.scope for c in one.changes]) == ("x", 1, ["f"])


@pytest.mark.parametrize(
    "text",
    [
        "const x = {};\nx.a = 1;\n",
        "const x = {};\nfunction f() { return x.a; }\n",
        "const x = {};\nfunction f() { const x = {}; x.a = 1; }\n",
        "const x = {};\nfunction f(x) { x.a = 1; }\n",
        "const x = {};\nconst g = (x) => { x.a = 1; };\n",
        "let x = null;\nfunction f() { x = make(); }\n",
        "let x = 0;\nfunction f() { x = Date.now(); }\n",
        "const x = {};\nfunction f() { if (x.a === 1) { go(); } }\n",
    ],
)
def test_what_is_no_state(text: str) -> None:
    assert scan(text).state == ()


def test_state_of_objects() -> None:
    text = "@Injectable()\nexport class A {\n  private items = new Map();\n  put(k) { this.items.set(k, 1); }\n}\n"
    (one,) = scan(text).state
    assert (one.name, one.line, one.kind, one.changes[0].scope) == ("A.items", 3, "field", "A.put")


@pytest.mark.parametrize(
    "body",
    [
        "if (!x.has(k)) { x.set(k, make(k)); } return x.get(k);",
        "const found = x.get(k); if (found) return found; x.set(k, make(k));",
    ],
)
def test_what_is_filled_in_when_it_is_missing(body: str) -> None:
    assert scan(f"const x = new Map();\nfunction f(k) {{ {body} }}\n").state[0].changes[0].memo
