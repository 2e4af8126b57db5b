"""Uses of what rules name, found by one index of the calls of a service."""

from __future__ import annotations

from auditor.code.patterns import Rule
from auditor.code.reach.call_index import CallIndex
from auditor.code.reach.uses import find_uses, origins
from auditor.code.scan import Call, FileScan, Import

NOWHERE = origins(lambda module, path: None, lambda module, path: None)


def rule(name: str, language: str, *calls: str, **more: object) -> Rule:
    """A rule that names calls."""
    return Rule(name, language, "lib", "call", calls=calls, **more)  # type: ignore[arg-type]


def found(rules: list[Rule], **scans: FileScan) -> list[tuple[str, int, str]]:
    """What rules match in files, by their names with `_` for a dot."""
    named = {name.replace("_", "."): scan for name, scan in scans.items()}
    uses = find_uses(rules, named, NOWHERE)
    assert uses == find_uses(rules, named, NOWHERE, CallIndex(named))
    return [(u.path, u.call.line, u.rule.id) for u in uses]


def scan(*calls: Call, imports: tuple[str, ...] = ("lib",), wild: tuple[str, ...] = ()) -> FileScan:
    """A scan of a file that imports modules, some of them whole."""
    named = [Import(m, "", 1) for m in imports] + [Import(m, "*", 1) for m in wild]
    return FileScan(imports=tuple(named), calls=calls)


def test_a_full_name_wins_over_a_last_name() -> None:
    rules = [rule("last", "python", "*.get"), rule("full", "python", "lib.get")]
    calls = scan(Call("lib.get", 2), Call("x.get", 3), Call("get", 4))
    assert found(rules, a_py=calls) == [("a.py", 2, "full"), ("a.py", 3, "last")]


def test_a_full_name_that_is_not_imported_may_match_a_last_name() -> None:
    rules = [rule("last", "python", "*.get"), rule("full", "python", "lib.get")]
    assert found(rules, a_py=scan(Call("lib.get", 2), imports=())) == [("a.py", 2, "last")]


def test_a_receiver_must_be_named_for_it() -> None:
    limit = rule("limit", "python", "*.hit", settings={"receiver": "limit"})
    assert found([limit], a_py=scan(Call("my_Limiter.hit", 2), Call("x.hit", 3))) == [
        ("a.py", 2, "limit")
    ]


def test_rules_of_another_language_do_not_match() -> None:
    assert found([rule("go", "go", "lib.get")], a_py=scan(Call("lib.get", 2))) == []


def test_methods_are_found_on_what_a_call_made_and_in_its_chain() -> None:
    made = rule("made", "python", "lib.Client")
    method = rule("method", "python", of=("made",), methods=("get", "put"))
    calls = scan(
        Call("lib.Client", 1, target="c"), Call("c.put", 2), Call("d.get", 3), Call("c.get", 4),
        Call("lib.Client().get", 5),
    )  # fmt: skip
    lines = [line for _, line, name in found([made, method], a_py=calls) if name == "method"]
    assert lines == [2, 4, 5]


def test_in_java_a_chain_is_known_by_its_ends_and_needs_no_import() -> None:
    build = rule("build", "java", "lib.Builder.build")
    calls = scan(
        Call("lib.Builder.with().build", 2), Call("lib.Builder().build", 3), Call("own.Builder.build", 4),
        imports=(),
    )  # fmt: skip
    assert [line for _, line, _ in found([build], A_java=calls)] == [2, 3]


def test_in_java_a_type_may_be_of_a_package_that_is_imported_whole() -> None:
    make = rule("make", "java", "lib.Client.make")
    calls = [Call("Client.make", 2)]
    assert found([make], A_java=scan(*calls, imports=(), wild=("lib",))) == [("A.java", 2, "make")]
    assert found([make], A_java=scan(*calls, imports=(), wild=("other",))) == []
