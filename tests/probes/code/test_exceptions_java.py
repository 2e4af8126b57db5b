"""What code.exceptions says of Java services."""

from __future__ import annotations

from probes.code.exceptions import exceptions
from tests.probes.code.java_services import TOP, facts, service

FAMILY = {
    f"{TOP}/errors/ShopException.java": "package shop.errors;\npublic class ShopException extends RuntimeException { }\n",
    f"{TOP}/errors/Gone.java": "package shop.errors;\npublic class Gone extends ShopException { }\n",
    f"{TOP}/errors/Late.java": "package shop.errors;\npublic class Late extends ShopException { }\n",
}


def thrown(body: str, imports: str = "import shop.errors.*;") -> dict[str, object]:
    """The facts of a bean with this body beside a family of exceptions."""
    repo = service(f"Gone g; Late l; {body}", imports, more=FAMILY)
    return facts(exceptions, repo)


def test_a_family_that_is_raised_is_told() -> None:
    found = thrown("void f() { throw new Gone(); }")
    assert found["base"] == [f"{TOP}/errors/ShopException.java:2 ShopException"]
    assert found["raised"] == [f"{TOP}/Bean.java:5 Gone"]
    assert found["never_raised"] == [f"{TOP}/errors/Late.java:2 Late"]
    assert found["generic_share"] == 0


def test_what_is_made_to_be_thrown_counts() -> None:
    found = thrown(
        "void f() { find().orElseThrow(Gone::new); } Mono<X> g() { return Mono.error(new Late()); }"
    )
    assert found["never_raised"] == []
    assert len(found["raised"]) == 2  # type: ignore[arg-type]


def test_false_green_a_family_that_nothing_raises_is_not_raised() -> None:
    found = thrown("void f() { try { g(); } catch (Gone e) { h(); } }")
    assert found["raised"] == []


def test_false_green_a_namesake_of_another_package_is_not_of_the_family() -> None:
    found = thrown("void f() { throw new Gone(); }", "import other.Gone;\nimport shop.errors.Late;\nimport shop.errors.ShopException;")  # fmt: skip
    assert found["raised"] == []


def test_generic_exceptions_are_counted() -> None:
    found = thrown("void f() { throw new RuntimeException(); } void g() { throw new Gone(); }")
    assert found["generic_raises"] == [f"{TOP}/Bean.java:5 java.lang.RuntimeException"]
    assert found["generic_share"] == 50


def test_a_service_without_exceptions_of_its_own_has_empty_lists() -> None:
    found = facts(exceptions, service())
    assert found["base"] == []
    assert found["raised"] == []


def test_what_a_generator_of_mybatis_throws_is_not_counted() -> None:
    body = "static class GeneratedCriteria { void add() { throw new RuntimeException(); } } void g() { throw new Gone(); }"
    assert thrown(body)["generic_raises"] == []
