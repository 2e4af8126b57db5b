"""What SQL, names of files and changelogs of Liquibase say of migrations."""

from __future__ import annotations

import pytest

from auditor.formats.databases import liquibase, migration_sql
from auditor.formats.databases.migration_sql import Name, TwoWays
from auditor.formats.text.errors import FormatError, Malformed


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("CREATE TABLE a (id int);", True),
        ("-- CREATE TABLE a (id int);\n", False),
        ("/* CREATE TABLE a (id int); */ SELECT 1;", False),
        ("BEGIN;\nCOMMIT;\n", False),
        ("/* never closed\nDROP TABLE a;", False),
        ("-- first\nDROP TABLE a;", True),
        ("", False),
    ],
)
def test_sql_that_does_something(text: str, does: bool) -> None:
    assert migration_sql.acts(text) is does


def test_a_file_of_both_ways() -> None:
    text = "-- +goose Up\nCREATE TABLE a (id int);\n\n-- +goose Down\nDROP TABLE a;\n"
    assert migration_sql.two_ways(text) == TwoWays("goose", True, True, 4)
    assert migration_sql.two_ways("-- migrate:up\nX;\n") == TwoWays("dbmate", True, False, 1)
    assert migration_sql.two_ways("CREATE TABLE a (id int);") is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("V1__a.sql", Name("V", "1")),
        ("V01.0__a.sql", Name("V", "1")),
        ("V1_2__a.java", Name("V", "1.2")),
        ("U2__b.sql", Name("U", "2")),
        ("R__view.sql", Name("R", "")),
        ("V1_a.sql", None),
        ("version.sql", None),
    ],
)
def test_names_of_flyway(name: str, said: Name | None) -> None:
    assert migration_sql.flyway(name) == said


def test_names_of_pairs() -> None:
    assert migration_sql.paired("000012_a.up.sql") == Name("up", "12")
    assert migration_sql.paired("12_a.sql") is None


def test_a_changelog_in_sql() -> None:
    text = (
        b"--liquibase formatted sql\n\n--changeset me:1 runOnChange:true\nDROP TABLE a;\n--rollback X;\n"
        b"--changeset me:2\nDROP TABLE b;\n/* liquibase rollback\nX;\n*/\n--changeset me:3\nDROP TABLE c;\n"
    )
    found = liquibase.read(text, path="a.sql")
    assert [(s.id, s.line, s.one_way) for s in found.sets] == [
        ("1 of me", 3, []), ("2 of me", 6, []), ("3 of me", 11, ["sql"]),
    ]  # fmt: skip


def test_a_changelog_in_xml_with_its_includes() -> None:
    text = (
        b"<db:databaseChangeLog xmlns:db='x'>\n<db:include file='a.xml'/><db:includeAll path='more'/>\n"
        b"<db:changeSet id='1' author='me'><db:preConditions><db:sqlCheck/></db:preConditions>\n"
        b"<db:dropTable tableName='a'/><db:rollback/></db:changeSet></db:databaseChangeLog>"
    )
    found = liquibase.read(text, path="a.xml")
    assert (found.includes, found.all) == (["a.xml"], ["more"])
    assert [(s.id, s.line, s.changes, s.rollback) for s in found.sets] == [
        ("1 of me", 3, ["dropTable"], True)
    ]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b"<changes/>", "a.xml"),
        (b"<databaseChangeLog><changeSet id='1'>", "a.xml"),
        (b"databaseChangeLog: 1\n", "a.yaml"),
        (b"databaseChangeLog: [\n", "a.yaml"),
        (b"\x00", "a.sql"),
    ],
)
def test_what_is_no_changelog_is_refused(text: bytes, path: str) -> None:
    with pytest.raises(Malformed):
        liquibase.read(text, path=path)


@pytest.mark.parametrize(
    "piece", ["/*", "--", "<changeSet ", "--changeset a:b\n", "<changeSet id='a'>", "'"]
)
def test_repeated_nonsense_is_read_or_refused(piece: str) -> None:
    data = (piece * 50_000).encode()
    for path in ("a.sql", "a.xml", "a.yaml"):
        try:
            found = liquibase.read(data, path=path)
        except FormatError:
            continue
        assert len(found.sets) in (0, 50_000)
