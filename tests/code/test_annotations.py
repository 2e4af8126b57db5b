"""Public functions, and whether they say their types."""

from __future__ import annotations

import pytest

from auditor.code.lexical.annotations import public_functions


def python(text: str) -> dict[str, bool]:
    return {f.name: f.annotated for f in public_functions(text, "python")}


@pytest.mark.parametrize(
    ("code", "annotated"),
    [
        ("def f(a: int, b: str = 'x') -> bool: ...", True),
        ("def f() -> None: ...", True),
        ("async def f(a: int) -> None: ...", True),
        ("def f(*args: int, key: str, **more: str) -> None: ...", True),
        ("def f[T](a: T) -> T: ...", True),
        ("def f(a): ...", False),
        ("def f(a: int): ...", False),
        ("def f(a) -> int: ...", False),
        ("def f(a=1) -> int: ...", False),
        ("def f(*args) -> int: ...", False),
        ("def f(**more) -> int: ...", False),
        ("def f(self) -> int: ...", True),
        ("def f(a: Any) -> int: ...", False),
        ("def f(a: int) -> typing.Any: ...", False),
        ("def f(a: list[Any]) -> int: ...", True),
    ],
)
def test_a_function_is_annotated_when_it_says_every_type(code: str, annotated: bool) -> None:
    assert python(code) == {"f": annotated}


def test_methods_count_and_constructors_give_nothing() -> None:
    code = (
        "class A:\n    def __init__(self, a: int): ...\n    @classmethod\n    def m(cls, b): ...\n"
    )
    assert python(code) == {"__init__": True, "m": False}


def test_what_no_caller_may_use_is_left_out() -> None:
    code = (
        "def _hidden(a): ...\nclass _B:\n    def m(self, a): ...\n"
        "class C:\n    def __eq__(self, o): ...\ndef outer() -> None:\n    def inner(a): ...\n"
    )
    assert python(code) == {"outer": True}


@pytest.mark.parametrize(
    ("code", "annotated"),
    [
        ("export function f(a: number): string { return '' }", True),
        ("export function f(a: number) { return a }", True),
        ("export function f(a: number): any { return a }", False),
        ("export function f(a): string { return '' }", False),
        ("export function f(a = 1): number { return a }", True),
        ("export function f(a?: string): void {}", True),
        ("export function f(a: any): void {}", False),
        ("class A { f(a: number): void {} }", True),
        ("class A { f(a: number) {} }", True),
        ("class A { f(a) {} }", False),
    ],
)
def test_typescript_is_read_alike(code: str, annotated: bool) -> None:
    assert {f.name: f.annotated for f in public_functions(code, "typescript")} == {"f": annotated}
