"""What code.validation says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.validation import validation
from tests.probes.code.java_services import TOP, evidence, facts, pom, service

WEB = "import org.springframework.web.bind.annotation.*;\nimport jakarta.validation.*;"
BUILD = pom("spring-boot-starter-validation")
DTO = "package shop;\nimport jakarta.validation.constraints.*;\npublic class Order {{ {notes} private String name; }}\n"
GOOD = DTO.format(notes="@NotBlank")
POST = "@PostMapping Object make(@Valid @RequestBody Order order) { return save(order); }"
WHERE = f"{TOP}/Bean.java:6 Bean.make Order"


def routed(body: str = POST, dto: str = GOOD, build: str = BUILD, **more: str) -> dict[str, object]:
    """The facts of a controller with this body beside a class of input."""
    repo = service(body, WEB, role="RestController", build=build, more={f"{TOP}/Order.java": dto})
    repo |= {f"{TOP}/{name}.java": text for name, text in more.items()}
    return facts(validation, repo)


def test_a_body_of_a_class_with_constraints_that_is_marked_is_checked() -> None:
    found = routed()
    assert found["routes"] == [WHERE]
    assert found["schemas"] == [f"{WHERE}: Order"]
    assert found["unvalidated"] == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (POST.replace("@Valid ", ""), "no @Valid on Order"),
        (POST.replace("Order order", "Map<String, Object> order"), "Map<String, Object> is no schema"),
        (POST.replace("Order order", "String order"), "String is no schema"),
        (POST.replace("Order order", "Order order, BindingResult result"), "its BindingResult is never read"),
        (POST.replace("@Valid @RequestBody Order order", "@RequestParam Map<String, String> order"), "Map<String, String> is no schema"),
    ],
)  # fmt: skip
def test_false_green_a_body_that_nothing_checks_is_told(body: str, why: str) -> None:
    found = routed(body)
    assert found["schemas"] == []
    assert len(found["unvalidated"]) == 1  # type: ignore[arg-type]
    assert str(found["unvalidated"]).count(why) == 1


def test_false_green_a_class_without_constraints_checks_nothing() -> None:
    found = routed(dto=DTO.format(notes=""))
    assert found["schemas"] == []
    assert found["unvalidated"] == [f"{WHERE}: Order has no constraints"]


def test_false_green_a_mention_of_a_constraint_in_a_comment_is_none() -> None:
    assert routed(dto=DTO.format(notes="/* @NotBlank */"))["schemas"] == []


def test_false_green_constraints_of_another_class_in_the_file_do_not_count() -> None:
    other = DTO.format(notes="") + "\n\nclass Other { @NotNull String x; }\n"
    assert routed(dto=other)["unvalidated"] == [f"{WHERE}: Order has no constraints"]


def test_false_green_constraints_of_javax_are_not_read_by_a_new_spring_boot() -> None:
    parent = "<parent><artifactId>spring-boot-starter-parent</artifactId><version>3.2.1</version></parent>"
    build = BUILD.replace("<project>", f"<project>{parent}")
    found = routed(dto=GOOD.replace("jakarta", "javax"), build=build)
    assert found["schemas"] == []
    assert "does not read" in str(found["unvalidated"])


def test_false_green_without_an_implementation_it_is_not_known() -> None:
    found = routed(build=pom("spring-boot-starter-web"))
    assert found["schemas"] == []
    assert "unvalidated" not in found


@pytest.mark.parametrize(
    "dto",
    [
        "package shop;\nimport jakarta.validation.constraints.*;\npublic record Order(@NotNull String name) { }\n",
        "package shop;\nimport jakarta.validation.*;\nimport jakarta.validation.constraints.*;\npublic class Order { @Valid private Item item; }\n\n\nclass Item { @Min(1) int n; }\n",
    ],
    ids=["record", "nested"],
)
def test_ways_to_write_constraints(dto: str) -> None:
    assert routed(dto=dto)["unvalidated"] == []


def test_constraints_of_its_own_and_of_a_class_above_count() -> None:
    own = "package shop;\nimport jakarta.validation.*;\n@Constraint(validatedBy = X.class) @interface Sku { }\n"
    base = "package shop;\nclass Base { @Sku String sku; }\n"
    found = routed(dto="package shop;\npublic class Order extends Base { }\n", Sku=own, Base=base)
    assert found["unvalidated"] == []


def test_a_validator_that_is_called_by_hand_counts() -> None:
    body = "@PostMapping Object make(@RequestBody Order order) { validator.validate(order); return 1; }"
    assert routed(body)["schemas"] == [f"{WHERE}: validator.validate"]


def test_checks_by_hand_leave_it_open() -> None:
    body = "@PostMapping Object make(@RequestBody Order order) { checkOrder(order); return 1; }"
    assert "unvalidated" not in routed(body)


def test_a_form_that_another_method_loads_is_not_the_input() -> None:
    body = (
        "@ModelAttribute Item item() { return x; }\n"
        "@PostMapping Object make(Item item, @Valid Order order, BindingResult r) { if (r.hasErrors()) { } return 1; }"
    )
    item = "package shop;\npublic class Item { String name; }\n"
    found = routed(body, Item=item)
    assert len(found["schemas"]) == 1  # type: ignore[arg-type]
    assert found["unvalidated"] == []


def test_clients_of_feign_are_no_routes() -> None:
    client = "package shop;\nimport org.springframework.web.bind.annotation.*;\n@FeignClient interface Stock { @PostMapping void f(@RequestBody Order o); }\n"
    assert routed(Stock=client)["routes"] == [WHERE]


def test_jaxrs_takes_its_body_without_an_annotation() -> None:
    repo = service("", build=pom("quarkus-hibernate-validator"), more={f"{TOP}/Order.java": GOOD})
    repo[f"{TOP}/Bean.java"] = (
        'package shop;\nimport jakarta.ws.rs.*;\nimport jakarta.validation.Valid;\n@Path("/o")\npublic class Bean {\n'
        "@POST public Object make(@Valid Order order) { return 1; }\n@POST public Object other(Order order) { return 1; }\n}\n"
    )
    found = facts(validation, repo)
    assert len(found["schemas"]) == len(found["unvalidated"]) == 1  # type: ignore[arg-type]


def test_routes_in_another_style_are_told_as_a_problem() -> None:
    repo = service("RouterFunction r;", "import org.springframework.web.reactive.function.server.RouterFunction;")  # fmt: skip
    assert problems(evidence(validation, repo)) == ["vacuous"]
