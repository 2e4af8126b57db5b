"""What a scan of a Java file tells of catches, throws, methods and state."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.code.java.scan_java import scan
from auditor.code.parsing import Unparsed
from auditor.code.scan import Catch, FileScan, Raise

HEAD = "package shop;\nimport org.lib.Gone;\n"


def scanned(body: str, note: str = "") -> FileScan:
    """The scan of a class with this body."""
    return scan(f"{HEAD}{note}class A {{\n{body}\n}}\n", "java", frozenset())


@pytest.mark.parametrize(
    ("body", "does"),
    [("", "nothing"), ("// later", "nothing"), ("throw e;", "raises"), ('log.error("x", e);', "logs"), ("return null;", "returns"), ("count++;", "other")],
)  # fmt: skip
def test_a_catch_is_told_with_its_types_and_what_it_does(body: str, does: str) -> None:
    found = scanned(
        f"Object f() {{ try {{ a(); b(); }} catch (Gone | Exception e) {{\n{body}\n}} return 1; }}"
    )
    assert found.catches == (Catch(("org.lib.Gone", "java.lang.Exception"), 4, "A.f", does, ""),)


def test_what_alone_was_tried_is_told() -> None:
    (catch,) = scanned("void f() { try { s.close(); } catch (Exception e) { } }").catches
    assert catch.tried == "close"


@pytest.mark.parametrize(
    ("answer", "tells"),
    [
        ("return ResponseEntity.status(500).body(e.getMessage());", True),
        ("return e.getMessage();", False),
        ('return ResponseEntity.status(500).body("failed");', False),
        ("if (debug) { return ResponseEntity.status(500).body(e.getMessage()); } return null;", False),
    ],
)  # fmt: skip
def test_an_answer_that_carries_what_was_caught_is_told(answer: str, tells: bool) -> None:
    body = f"Object f() {{ try {{ a(); b(); }} catch (Exception e) {{ {answer} }} }}"
    (catch,) = scanned(body).catches
    assert bool(catch.tells) is tells


def test_throws_are_told_by_full_names() -> None:
    found = scanned(
        "void f() { throw new Gone(); }\nvoid g() { throw e; }\n"
        "void h() { o.orElseThrow(() -> new IllegalStateException()); }\nMono<X> m() { return Mono.error(new Own()); }"
    )
    assert found.raises == (
        Raise("org.lib.Gone", 4, "A.f"),
        Raise("", 5, "A.g"),
        Raise("java.lang.IllegalStateException", 6, "A.h"),
        Raise("shop.Own", 7, "A.m"),
    )


def test_methods_are_told_with_what_stands_before_them() -> None:
    (one,) = scanned(
        '@Get("/x")\nprivate static List<X> f(@Valid Order o, int n) { return g(); }'
    ).functions
    assert (one.name, one.scope, one.line, one.last) == ("f", "A", 5, 5)
    assert one.parameters == ("@Valid Order o", "int n")
    assert one.decorators == ('Get("/x")',)
    assert one.modifiers == ("private", "static")
    assert one.returns == "List<X>"
    assert not one.stub


@pytest.mark.parametrize(("body", "stub"), [("{ }", True), ("{ return null; }", True), ("{ return g(); }", False), (";", False)])  # fmt: skip
def test_a_method_that_does_nothing_is_a_stub(body: str, stub: bool) -> None:
    (one,) = scanned(f"abstract Object f() {body}").functions
    assert one.stub is stub
    assert "abstract" in one.modifiers


def test_state_is_told_with_its_changes() -> None:
    found = scanned(
        "static final Map<A, B> SEEN = new HashMap<>();\nprivate int n;\nfinal List<A> idle = new ArrayList<>();\n"
        "A() { SEEN.put(a, b); }\nvoid f() { SEEN.put(a, b); n += 1; }\nvoid g() { List<A> idle = h(); idle.add(a); }"
    )
    assert [(s.name, s.kind, [c.line for c in s.changes]) for s in found.state] == [
        ("A.SEEN", "dict", [8]),
        ("A.n", "field", [8]),
    ]


def test_a_container_that_fills_what_it_did_not_hold_is_a_memo() -> None:
    (one,) = scanned(
        "Map<A, B> seen; B f(A a) { B b = seen.get(a); if (b == null) { b = g(a); seen.put(a, b); } return b; }"
    ).state
    assert one.changes[0].memo


def test_a_field_of_the_same_name_in_a_class_within_is_another() -> None:
    found = scanned(
        "Map<A, B> all; static class Builder { Map<A, B> all; void f() { all.put(a, b); } }"
    )
    assert [s.name for s in found.state] == ["A.Builder.all"]


@given(st.text(alphabet="{}();=.@<>\"'/*+- \nclasvoidMtrychn", max_size=200))
def test_any_text_is_scanned_or_refused(text: str) -> None:
    try:
        found = scan(text, "java", frozenset({"c"}))
    except Unparsed:
        return
    lines = text.count("\n") + 1
    assert all(f.line <= f.last <= lines for f in found.functions)
    assert all(c.line <= lines for c in (*found.catches, *found.raises, *found.state))


def test_exceptions_of_java_itself_need_no_import() -> None:
    found = scanned("void f() { throw new NumberFormatException(); }")
    assert [r.name for r in found.raises] == ["java.lang.NumberFormatException"]
