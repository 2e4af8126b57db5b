"""HCL: what is written out, what only an evaluation tells, where it stands, and what is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.terraform.hcl_text import Attribute, Expression, HclValue, Object, read
from auditor.formats.text.errors import FormatError, Malformed, TooLarge


def value(written: str) -> HclValue:
    """What `written` is as the value of an attribute."""
    return read(f"x = {written}\n", path="a.tf").value("x")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"text"', "text"),
        (r'"a\"b\n\u00e9"', 'a"b\né'),
        ('"$${kept}"', "${kept}"),
        ("true", True),
        ("null", None),
        ("12", 12),
        ("-1.5", -1.5),
        ('["a", 1,]', ("a", 1)),
        ("<<EOT\na\n  b\nEOT", "a\n  b\n"),
        ("<<-EOT\n    a\n  EOT", "    a\n"),
        ('"a ${var.b}"', Expression('"a ${var.b}"')),
        ("<<EOT\n${var.b}\nEOT", Expression("<<EOT\n${var.b}\nEOT")),
        ("var.a", Expression("var.a")),
        ('var.a ? "b" : "c"', Expression('var.a ? "b" : "c"', "?", ("b", "c"))),
        ('upper("b")', Expression('upper("b")', "upper", ("b",))),
        ("[for k in x : k]", Expression("[for k in x : k]")),
    ],
)
def test_a_value_is_told_where_it_is_written_out(written: str, expected: HclValue) -> None:
    assert value(written) == expected


def test_an_object_keeps_the_lines_of_its_entries() -> None:
    found = value('{\n  a = "b"\n  "c/d" : 1\n}')
    assert found == Object((Attribute("a", "b", 2), Attribute("c/d", 1, 3)))
    assert isinstance(found, Object)
    assert (found.get("c/d"), found.get("gone")) == (1, None)


def test_blocks_nest_and_have_labels_and_lines() -> None:
    body = read('# c\na "b" c {\n  d { e = 1 }\n  d {}\n}\na {}\n', path="a.tf")
    first, second = body.of("a")
    assert (first.labels, first.line, second.labels, second.line) == (("b", "c"), 2, (), 6)
    assert [one.body.value("e") for one in first.body.of("d")] == [1, None]


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfx = 1\n", b"x = 1\r\n", b"x = 1", b"/* c */ x = 1 # d\n"]
)
def test_marks_line_ends_and_comments_are_no_part_of_it(data: bytes) -> None:
    assert read(data, path="a.tf").value("x") == 1


def test_names_may_have_letters_of_any_alphabet() -> None:
    body = read('größe = "ü"\nπ { ñ = 1 }\n', path="a.tf")
    assert body.text("größe") == "ü"
    assert next(body.of("π")).body.value("ñ") == 1


@pytest.mark.parametrize("data", ["", "\n", "# x = 1\n", "/* x = 1 */"])
def test_what_is_commented_out_is_not_there(data: str) -> None:
    assert read(data, path="a.tf").attributes == ()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("a {\n  x = 1\n", 3),
        ("a {\n  x = <YOUR_TOKEN>\n}\n", 2),
        ("x = 1\nx = 2\n", 2),
        ("{{ .Values.a }}\n", 1),
        ("kind: Service\n", 1),
        ('a "b${c}" {}\n', 1),
        ('x = "never closed\n', 1),
        ("x = <<EOT\nnever closed\n", 1),
    ],
)
def test_what_is_broken_is_refused_with_its_line(data: str, line: int) -> None:
    with pytest.raises(Malformed) as caught:
        read(data, path="a.tf")
    assert caught.value.line == line
    assert "a.tf" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        "x = " + "[" * 500 + "]" * 500,
        "x = " + "(" * 500 + "1" + ")" * 500,
        "a {\n" * 500 + "}\n" * 500,
        "x = " + "b ? c : " * 500 + "d",
        "x = " + "f(" * 500 + ")" * 500,
        "x = 1\n" * 200_000,
    ],
)
def test_towers_and_masses_are_too_large(data: str) -> None:
    with pytest.raises(TooLarge):
        read(data, path="a.tf")


@given(st.text(alphabet='ab{}[]()"$%<-=,.:?\n\\ #/*1é', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(FormatError):
        assert read(text, path="a.tf") is not None
