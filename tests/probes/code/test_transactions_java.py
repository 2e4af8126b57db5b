"""What code.transactions says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.transactions import transactions_in_code
from tests.probes.code.java_services import TOP, evidence, facts, service

JPA = "import jakarta.persistence.*;\nimport org.springframework.transaction.annotation.*;"
FIELDS = "private OrderRepository orders; private final ItemRepository items;\n"
TWICE = "public void place(Order o) {\norders.save(o);\nitems.save(o);\n}"
CALLER = "void run() { bean.place(o); }"
USED = f"{TOP}/Bean.java:7 @Transactional on Bean.place"


def placed(note: str = "@Transactional ", method: str = TWICE, caller: str = CALLER, **more: str):  # type: ignore[no-untyped-def]
    """The facts of a bean with a method that writes twice."""
    return facts(
        transactions_in_code, service(f"{FIELDS}{note}{method}", JPA, caller=caller, **more)
    )


def test_a_transaction_of_a_bean_that_others_call_is_used() -> None:
    found = placed()
    assert found["used"] == [USED]
    assert found["writes"] == 2
    for fault in ("split_writes", "without_rollback", "autocommit", "outside_calls"):
        assert found[fault] == [], fault


def test_one_on_the_class_holds_all_its_methods() -> None:
    body = f"{FIELDS}{TWICE}"
    repo = service(body, JPA, role="Service @Transactional", caller=CALLER)
    assert facts(transactions_in_code, repo)["split_writes"] == []


def test_one_on_the_method_of_an_interface_holds_what_implements_it() -> None:
    orders = f"package shop;\n{JPA}\ninterface Orders {{ @Transactional void place(Order o); }}\n"
    repo = service("", more={f"{TOP}/Orders.java": orders})
    repo[f"{TOP}/Bean.java"] = (
        f"package shop;\n{JPA}\n@Service\nclass Bean implements Orders {{\n{FIELDS}{TWICE}\n}}\n"
    )
    repo[f"{TOP}/Caller.java"] = (
        "package shop;\n@Controller class Caller { Orders os; void f() { os.place(1); } }\n"
    )
    found = facts(transactions_in_code, repo)
    assert found["used"]
    assert found["split_writes"] == []


@pytest.mark.parametrize(
    ("note", "method", "caller", "why"),
    [
        ("@Transactional ", TWICE.replace("public", "private"), CALLER, "place is private"),
        ("@Transactional ", f"{TWICE} public void all() {{ place(o); }}", "void run() { bean.all(); }", "only its own class calls place"),
        ("@Transactional ", TWICE, "", "nothing calls place"),
        ("@Transactional(propagation = Propagation.NOT_SUPPORTED) ", TWICE, CALLER, "it says NOT_SUPPORTED"),
        ("@Transactional(readOnly = true) ", TWICE, CALLER, "it says readOnly = true"),
    ],
)  # fmt: skip
def test_false_green_an_annotation_that_opens_no_transaction_leaves_writes_split(
    note: str, method: str, caller: str, why: str
) -> None:
    found = placed(note, method, caller)
    assert found["used"] == []
    assert len(found["split_writes"]) == 1  # type: ignore[arg-type]
    assert f"its @Transactional does nothing: {why}" in str(found["split_writes"])


def test_false_green_two_writes_without_any_transaction_are_split() -> None:
    found = placed("")
    assert found["used"] == []
    assert found["split_writes"] == [f"{TOP}/Bean.java:8 place writes here and in line 9"]


def test_false_green_an_annotation_of_another_package_is_none() -> None:
    repo = service(f"{FIELDS}@Transactional {TWICE}", "import jakarta.persistence.*;\nimport org.other.Transactional;", caller=CALLER)  # fmt: skip
    assert facts(transactions_in_code, repo)["used"] == []


def test_writes_on_different_branches_are_not_split() -> None:
    method = (
        "public void place(Order o) {\nif (x) {\norders.save(o);\n} else {\nitems.save(o);\n}\n}"
    )
    assert "split_writes" not in placed("", method)
    left = "public void place(Order o) {\nif (x) {\norders.save(o);\nreturn;\n}\nitems.save(o);\n}"
    assert "split_writes" not in placed("", left)


def test_a_method_that_only_transactions_call_is_within_them() -> None:
    helper = "private void both(Order o) {\norders.save(o);\nitems.save(o);\n}"
    method = f"public void place(Order o) {{\nboth(o);\n}}\n{helper}"
    found = placed("@Transactional ", method)
    assert found["split_writes"] == []


@pytest.mark.parametrize(
    "body",
    [
        "transactionTemplate.execute(s -> {\norders.save(o);\nreturn items.save(o);\n});",
        "em.getTransaction().begin();\norders.save(o);\nitems.save(o);\nem.getTransaction().commit();",
    ],
)
def test_transactions_in_code_count(body: str) -> None:
    found = placed("", f"public void place(Order o) {{\n{body}\n}}")
    assert len(found["used"]) == 1  # type: ignore[arg-type]
    assert found["split_writes"] == []


def test_false_green_a_transaction_that_is_never_written_down_is_none() -> None:
    body = "em.getTransaction().begin();\norders.save(o);\nitems.save(o);"
    assert placed("", f"public void place(Order o) {{\n{body}\n}}")["used"] == []


def test_a_commit_that_nothing_undoes_is_told() -> None:
    body = (
        "Connection conn = open();\nconn.setAutoCommit(false);\nst.executeUpdate();\nconn.commit();"
    )
    found = placed("", f"public void place(Order o) {{\n{body}\n}}")
    assert "nothing rolls back" in str(found["without_rollback"])
    good = body.replace("conn.commit();", "try { conn.commit(); } catch (Exception e) { conn.rollback(); }")  # fmt: skip
    assert placed("", f"public void place(Order o) {{\n{good}\n}}")["without_rollback"] == []


def test_a_call_over_the_network_within_a_transaction_is_told() -> None:
    method = TWICE.replace("items.save(o);", "restTemplate.getForObject(url, X.class);")
    assert len(placed("@Transactional ", method)["outside_calls"]) == 1  # type: ignore[arg-type]
    later = f"{TWICE} public void other() {{\nrestTemplate.getForObject(url, X.class);\n}}"
    assert placed("@Transactional ", later)["outside_calls"] == []


def test_a_client_of_feign_within_a_transaction_is_told() -> None:
    client = 'package shop;\n@FeignClient("stock")\ninterface Stock { }\n'
    method = "public void place(Order o) {\norders.save(o);\nstock.take(o);\n}"
    repo = service(f"Stock stock; {FIELDS}@Transactional {method}", JPA, caller=CALLER, more={f"{TOP}/Stock.java": client})  # fmt: skip
    assert "stock.take" in str(facts(transactions_in_code, repo)["outside_calls"])


def test_mappers_that_only_turn_objects_into_others_write_nothing() -> None:
    mapper = "package shop;\nimport org.mapstruct.Mapper;\n@Mapper\ninterface OrderMapper { }\n"
    body = f"{FIELDS} OrderMapper orderMapper; public void f() {{\norderMapper.updateA(x);\norders.save(x);\n}}"
    repo = service(body, JPA, caller="void r() { bean.f(); }", more={f"{TOP}/OrderMapper.java": mapper})  # fmt: skip
    assert facts(transactions_in_code, repo)["writes"] == 1


def test_an_advice_in_a_resource_file_may_cover_everything() -> None:
    repo = service(f"{FIELDS}{TWICE}", JPA, caller=CALLER)
    repo["src/main/resources/spring.xml"] = '<beans>\n<tx:advice id="a"/>\n</beans>'
    found = facts(transactions_in_code, repo)
    assert found["used"] == ["src/main/resources/spring.xml:2 tx:advice"]


def test_a_service_without_a_database_has_empty_lists() -> None:
    found = facts(transactions_in_code, service())
    assert found["used"] == []
    assert found["writes"] == 0


def test_one_write_leaves_it_open() -> None:
    repo = service(f"{FIELDS}public void f() {{ orders.save(o); }}", JPA)
    assert problems(evidence(transactions_in_code, repo)) == ["vacuous"]


def test_a_callback_of_a_template_is_a_transaction() -> None:
    body = "tm.execute(new TransactionCallbackWithoutResult() { protected void doInTransactionWithoutResult(S s) {\norders.save(o);\nitems.save(o);\n} });"
    found = placed("", f"public void place(Order o) {{\n{body}\n}}")
    assert len(found["used"]) == 1  # type: ignore[arg-type]
    assert found["split_writes"] == []


def test_writes_that_are_not_seen_are_not_told_as_none() -> None:
    repo = service("Store store; void f() { store.keep(o); }", JPA)
    assert "writes" not in facts(transactions_in_code, repo)
    jooq = service("void f() { create.insertInto(X).execute(); }", "import org.jooq.DSLContext;")
    assert facts(transactions_in_code, jooq)["writes"] == 1


def test_a_private_method_is_not_called_by_those_who_call_its_namesake() -> None:
    helper = "private void place(Order o, int n) {\norders.save(o);\nitems.save(o);\n}"
    found = placed("@Transactional ", f"public void place(Order o) {{\nplace(o, 1);\n}}\n{helper}")
    assert found["split_writes"] == []
