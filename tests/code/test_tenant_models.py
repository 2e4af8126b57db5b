"""What is read of models, tables and row level security, and of whose records a query wants."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.code.parsing import parse_whole
from auditor.code.topics.tenant_models import (
    Model,
    RowSecurity,
    has_key,
    models_in,
    models_in_text,
)
from auditor.code.topics.tenant_statement import Whose, statement, whose

HOTEL = re.compile("(?i)hotel")


@pytest.mark.parametrize(
    ("text", "grammar", "language", "columns"),
    [
        ("class A(models.Model):\n    hotel = models.ForeignKey(H)\n", "python", "python", ("hotel",)),
        ("class A(Base):\n    hotel_id: Mapped[int] = mapped_column()\n", "python", "python", ("hotel_id",)),
        ("class A(SQLModel, table=True):\n    hotel_id: int = Field()\n", "python", "python", ("hotel_id",)),
        ("class A(BaseModel):\n    hotel_id: int = Field()\n", "python", "python", None),
        ("@Entity()\nclass A {\n  @Column()\n  hotelId: string;\n}\n", "typescript", "javascript", ("hotelId",)),
        ("const ASchema = new Schema({\n  hotelId: String,\n});\n", "javascript", "javascript", ("hotelId",)),
        ('type A struct {\n\tID int `gorm:"x"`\n\tHotelID int `gorm:"y"`\n}\n', "go", "go", ("ID", "HotelID")),
        ("@Entity\nclass A {\n  private Long hotelId;\n}\n", "java", "java", ("hotelId",)),
    ],
)  # fmt: skip
def test_models_have_their_columns(
    text: str, grammar: str, language: str, columns: tuple[str, ...] | None
) -> None:
    if language == "go":
        text = f"package a\n\n{text}"
    found = list(models_in(parse_whole(text, grammar), text, "a", language))
    assert [m.columns for m in found] == ([] if columns is None else [columns])
    assert all(m.name == "A" and has_key(m, ["hotel"]) for m in found)


def test_tables_and_schemas_have_their_columns_and_lines() -> None:
    sql = 'CREATE TABLE x (id int);\nCREATE TABLE IF NOT EXISTS "public"."room" (id int, "hotel_id" int);\n'
    assert list(models_in_text(sql, "a.sql")) == [
        Model("x", "a.sql", 1, ("id",)), Model("room", "a.sql", 2, ("id", "hotel_id")),
    ]  # fmt: skip
    prisma = "model A {\n  id Int\n}\n\nmodel B {\n  hotelId Int\n}\n"
    assert [(m.name, m.line, m.columns) for m in models_in_text(prisma, "a.prisma")] == [
        ("A", 1, ("id",)), ("B", 5, ("hotelId",)),
    ]  # fmt: skip


def test_a_key_is_a_whole_name() -> None:
    assert has_key(Model("a", "p", 1, ("hotelier", "hotel_uuid")), ["hotel"]) == "hotel_uuid"
    assert has_key(Model("a", "p", 1, ("organism", "chotel")), ["hotel", "org"]) == ""


def test_security_is_in_force_with_a_policy_that_is_enabled() -> None:
    security = RowSecurity()
    security.read(
        "alter table only Public.A enable row level security; create policy p on a using (x = 1);",
        "1.sql",
    )
    assert security.held == [("1.sql", 1, "a: row level security, not forced on the owner")]
    security.read("ALTER TABLE a FORCE ROW LEVEL SECURITY;", "2.sql")
    assert security.held == [("1.sql", 1, "a: row level security")]
    security.read("DROP POLICY IF EXISTS p ON a;", "3.sql")
    assert security.held == security.idle == []


@given(st.text(alphabet='CREATE TABLEPOLICYONUSING(a,b);\n"x', max_size=300))
def test_any_text_of_sql_is_read(text: str) -> None:
    security = RowSecurity()
    security.read(text, "a.sql")
    lines = text.count("\n") + 1
    assert all(1 <= m.line <= lines for m in models_in_text(text, "a.sql"))
    assert all(1 <= line <= lines for _, line, _ in (*security.held, *security.idle))


def test_a_statement_ends_where_its_brackets_and_its_line_do() -> None:
    text = "x = A.objects.filter(\n    id=1,\n).first()\ny = 2\n"
    assert statement(text, text.find("A.")) == "A.objects.filter(\n    id=1,\n).first()"
    chained = "select(A)\n    .where(x)\nz"
    assert statement(chained, 0) == "select(A)\n    .where(x)"


HANDLER = "@router.get('/')\ndef read(item, db):\n    return {}\n"


@pytest.mark.parametrize(
    ("said", "function", "expected"),
    [
        ("A.get(item)", HANDLER, Whose.NOBODY),
        ("A.get(item, hotel=1)", HANDLER, Whose.TENANT),
        ("A.get(item)", HANDLER.replace("db", "db, hotel"), Whose.TENANT),
        ("A.get(item, user=request.user)", HANDLER, Whose.OTHER),
        ("A.get(other.id)", HANDLER, Whose.OTHER),
        ("A.get(item)", HANDLER.replace("@router.get('/')\n", ""), Whose.OTHER),
        ("A.get(item)", "", Whose.OTHER),
        ("A.objects.all()", HANDLER, Whose.NOBODY),
        ("A.objects.all()", HANDLER + "    .filter(x)\n", Whose.OTHER),
        ("a.find({ where: { id: req.params.id } })", "async get(req, res) {\n}", Whose.NOBODY),
    ],
)
def test_whose_records_a_query_wants(said: str, function: str, expected: Whose) -> None:
    assert whose(said, function, HOTEL) is expected
