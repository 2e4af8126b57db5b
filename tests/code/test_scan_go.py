"""What the scan of a Go file says of panics, errors, functions and state."""

from __future__ import annotations

import msgspec
import pytest

from auditor.code.scan import FileScan
from auditor.code.scanning import scan_file
from auditor.formats.text.typed_json import decoder

HEAD = 'package a\n\nimport (\n\t"errors"\n\t"fmt"\n\t"x/own"\n)\n'


def scan(text: str) -> FileScan:
    """The scan of a text, as it comes out of the cache."""
    found = scan_file(HEAD + text, "a.go", frozenset())
    assert found.refused == ""
    assert decoder(FileScan).decode(msgspec.json.encode(found)) == found
    return found


@pytest.mark.parametrize(
    ("body", "does"),
    [
        ('if r := recover(); r != nil { http.Error(w, "x", 500) }', "returns"),
        ("if r := recover(); r != nil { log.Println(r) }", "logs"),
        ("recover()", "nothing"), ("if r := recover(); r != nil { panic(r) }", "raises"),
    ],
)  # fmt: skip
def test_what_a_recover_does(body: str, does: str) -> None:
    (one,) = scan(f"func f() {{\n\tdefer func() {{\n\t\t{body}\n\t}}()\n}}\n").catches
    assert (one.types, one.line, one.scope, one.does) == (("panic",), 10, "f", does)


def test_an_error_that_is_dropped() -> None:
    text = "func f() {\n\tif err := g(); err != nil {\n\t\t// never\n\t}\n\tif err != nil {\n\t\treturn\n\t}\n\tif err != nil { } else { a() }\n}\n"
    assert [(c.types, c.line, c.does) for c in scan(text).catches] == [(("error",), 9, "nothing")]


def test_errors_that_are_given_back() -> None:
    text = (
        'var ErrGone = errors.New("x")\n\ntype LostError struct{}\n\nfunc (e *LostError) Error() string { return "" }\n\n'
        'func f() (int, error) {\n\treturn 0, ErrGone\n\treturn 0, &LostError{}\n\treturn 0, own.ErrAway\n\treturn 0, errors.New("x")\n'
        '\treturn 0, fmt.Errorf("a: %w", ErrGone)\n\treturn 0, fmt.Errorf("a: %w", err)\n\treturn 0, nil\n\treturn 0, err\n}\n'
    )
    found = scan(text)
    assert [r.name for r in found.raises] == [
        "ErrGone", "LostError", "x/own.ErrAway", "errors.New", "ErrGone", "",
    ]  # fmt: skip
    assert found.bound == {"ErrGone": "errors.New()"}
    assert [(c.name, c.bases) for c in found.classes] == [("LostError", ("error",))]


def test_functions() -> None:
    text = "func (s *Store) Put(a string) error {\n\ts.n = 1\n\treturn nil\n}\n\nfunc stub() error { return nil }\n\nfunc empty() {}\n"
    put, stub, empty = scan(text).functions
    assert (put.name, put.scope, put.statements, put.stub, put.last) == (
        "Put",
        "Store",
        2,
        False,
        11,
    )
    assert stub.stub
    assert empty.stub


@pytest.mark.parametrize(
    ("made", "change"),
    [
        ("var x = map[string]int{}", 'x["a"] = 1'), ("var x map[string]int", 'delete(x, "a")'),
        ("var x = make(map[string]int)", 'x["a"]++'), ("var x []string", 'x = append(x, "a")'),
        ("var x sync.Map", "x.Store(1, 2)"), ("var x int64", "atomic.AddInt64(&x, 1)"), ("var x int", "x++"),
    ],
)  # fmt: skip
def test_state_of_a_package(made: str, change: str) -> None:
    (one,) = scan(f"{made}\n\nfunc f() {{\n\t{change}\n}}\n").state
    assert (one.name, one.line, one.changes[0].scope) == ("x", 8, "f")


@pytest.mark.parametrize(
    "text",
    [
        'var x = map[string]int{}\n\nfunc init() {\n\tx["a"] = 1\n}\n',
        'var x = map[string]int{}\n\nfunc f() {\n\tx := map[string]int{}\n\tx["a"] = 1\n}\n',
        'var x = map[string]int{}\n\nfunc f(x map[string]int) {\n\tx["a"] = 1\n}\n',
        'var x = map[string]int{}\n\nfunc f() int {\n\t// x["a"] = 1\n\treturn x["a"]\n}\n',
    ],
)
def test_what_is_no_state(text: str) -> None:
    assert scan(text).state == ()


def test_state_of_structs() -> None:
    text = "type Store struct {\n\tmu    sync.Mutex\n\titems map[string]int\n}\n\nfunc (s *Store) Put(k string) {\n\ts.items[k] = 1\n}\n"
    (one,) = scan(text).state
    assert (one.name, one.line, one.kind) == ("Store.items", 10, "field")
