"""What a scan of a Java file keeps: full names, chains, annotations, classes."""

from __future__ import annotations

import pytest

from auditor.code.java.scan_java import scan
from auditor.code.parsing import Unparsed
from auditor.code.scan import Call, FileScan, Import, Typed

HEAD = """package shop.web;

import java.net.URL;
import java.net.http.*;
import static java.util.List.of;
import org.lib.Client;
import org.lib.Client.Builder;
"""


def scanned(body: str, *wanted: str) -> FileScan:
    """The scan of a class with this body."""
    return scan(f"{HEAD}\nclass A {{\n{body}\n}}\n", "java", frozenset(wanted))


def one(body: str, wanted: str) -> Call:
    """The only call of a last name."""
    (call,) = scanned(body, wanted).calls
    return call


def test_imports_and_the_package_are_told() -> None:
    found = scanned("")
    assert found.package == "shop.web"
    assert found.imports[:3] == (
        Import("java.net.URL", "", 3),
        Import("java.net.http", "*", 4),
        Import("java.util.List", "of", 5),
    )


@pytest.mark.parametrize(
    ("body", "wanted", "name"),
    [
        ("void f() { Client.make(); }", "make", "org.lib.Client.make"),
        ("void f() { org.lib.Other.make(); }", "make", "org.lib.Other.make"),
        ("void f() { of(1); }", "of", "java.util.List.of"),
        ("void f() { Thread.sleep(1); }", "sleep", "java.lang.Thread.sleep"),
        ("Client c; void f() { c.send(1); }", "send", "org.lib.Client.send"),
        ("Client c; void f() { this.c.send(1); }", "send", "org.lib.Client.send"),
        ("void f(Client c) { c.send(1); }", "send", "org.lib.Client.send"),
        ("Client c; void f(URL c) { c.send(1); }", "send", "java.net.URL.send"),
        ("void f() { var c = Client.make(); c.send(1); }", "send", "org.lib.Client.make().send"),
        ("void f() { var c = new Client(); c.send(1); }", "send", "org.lib.Client().send"),
        ("void f() { new Client<X>(1) { int y; }; }", "Client", "org.lib.Client"),
        ("void f() { new Client.Builder(); }", "Builder", "org.lib.Client.Builder"),
        ("void f() { run(Client::new); }", "Client", "org.lib.Client"),
        ("void f() { ((Client) x).send(1); }", "send", "org.lib.Client.send"),
        ("void f() { Client.make().with(2).build(); }", "build", "org.lib.Client.make().with().build"),
        ("void f() { HttpClient.make(); }", "make", "HttpClient.make"),
        ("void f() { send(1); }", "send", "this.send"),
    ],
)  # fmt: skip
def test_a_call_has_its_full_name(body: str, wanted: str, name: str) -> None:
    assert one(body, wanted).name == name


def test_the_methods_of_a_chain_are_keywords_of_each_of_its_calls() -> None:
    call = one("void f() { var c = Client.make().wait(of(1)).build(); }", "make")
    assert call.keywords == {"wait": "of(1)", "build": ""}
    assert (call.target, call.scope) == ("c", "A.f")


def test_what_a_variable_is_told_later_is_a_keyword_too() -> None:
    text = "Client c = new Client(); c.setWait(5); if (x) { c.setMore(6); } use(c.get());"
    call = one(f"void f() {{ {text} }}", "Client")
    assert call.keywords == {"setWait": "5", "?setMore": "6", "get": ""}
    assert not call.spread


def test_what_is_told_to_another_variable_of_the_same_name_is_not() -> None:
    body = "void f() { var c = new Client(); } void g(Client c) { c.setWait(5); }"
    assert one(body, "Client").keywords == {}


def test_a_method_that_is_handed_the_thing_may_tell_it_more() -> None:
    assert one("void f() { Client c = new Client(); configure(c); }", "Client").spread
    assert not one("void f() { Client c = new Client(); service.use(c); }", "Client").spread


def test_a_cast_and_what_a_call_stands_in_are_told() -> None:
    call = one("void f() { run((Client) u.open()); }", "open")
    assert call.keywords == {"(cast)": "org.lib.Client"}
    assert one("void f() { run(new Client()); }", "Client").inside == "this.run"


def test_fields_are_targets_of_their_class() -> None:
    made = one("private final Client c; A() { c = new Client(); }", "Client")
    assert (made.target, made.scope) == ("this.c", "A.<init>")
    assert one("static final Client C = Client.make();", "make").target == "this.C"


@pytest.mark.parametrize(
    ("body", "decorates", "scope"),
    [
        ("@Limit(name = \"x\") void f() {}", "f", "A"),
        ("@Limit(name = \"x\") int n;", "n", "A"),
        ("void f(@Limit(name = \"x\") int n) {}", "n", "A.f"),
        ("@Limit(name = \"x\") static class B {}", "B", "A"),
    ],
)  # fmt: skip
def test_an_annotation_is_a_call_that_decorates(body: str, decorates: str, scope: str) -> None:
    call = next(c for c in scanned(body, "Limit").calls)
    assert (call.decorates, call.scope, call.keywords) == (decorates, scope, {"name": '"x"'})


def test_classes_have_bases_methods_and_annotations() -> None:
    text = f'{HEAD}@Web("x")\nclass B<T> extends Client implements Runnable, Own {{ void run() {{}} record R(int n) {{}} }}\n'
    outer, inner = scan(text, "java", frozenset()).classes
    assert (outer.name, outer.methods, outer.decorators) == ("B", ("run",), ('Web("x")',))
    assert outer.bases[:2] == ("org.lib.Client", "java.lang.Runnable")
    assert inner.name == "B.R"


def test_fields_and_parameters_have_the_full_names_of_their_types() -> None:
    found = scanned("Client c; int n; A(Client d) {}").parameters
    assert found == (
        Typed("this.c", "org.lib.Client", "", "A"),
        Typed("d", "org.lib.Client", "", "A.<init>"),
    )


def test_final_fields_are_constants() -> None:
    assert scanned("static final int N = 5;\nint m = 6;").constants == {"N": "5"}


def test_false_green_comments_and_strings_hold_no_calls_and_no_names() -> None:
    found = scanned('// Client.make();\n/* Other.make(); */ String s = "Third.make()";', "make")
    assert found.calls == ()
    assert {"Other", "Third"}.isdisjoint(found.references)


def test_classes_that_are_loaded_by_name_or_by_a_value_are_told() -> None:
    found = scanned('void f() { Class.forName("a.b.C"); Class.forName(x); }')
    assert "a.b.C" in found.references
    assert found.dynamic == (10,)


@pytest.mark.parametrize(
    "text", ["class A { void f() { x" + ".f()" * 1_100 + "; } }", "(" * 300, "x\x00"]
)
def test_what_nobody_writes_is_refused(text: str) -> None:
    with pytest.raises(Unparsed):
        scan(text, "java", frozenset({"f"}))


def test_a_call_deep_inside_keeps_its_place_alone() -> None:
    text = "class A {\nint f() { return go()" + " + 1" * 400 + "; } }"
    (call,) = scan(text, "java", frozenset({"go"})).calls
    assert (call.name, call.line, call.spread) == ("go", 2, True)
