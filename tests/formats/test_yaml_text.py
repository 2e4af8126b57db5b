"""Guarded YAML: what is read, what is refused, and where things stand."""

from __future__ import annotations

import contextlib
import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.formats.text.yaml_text import YamlLimits, load, load_all
from tests.clocks import at_most

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip(string.ascii_lowercase, string.ascii_lowercase[1:10], strict=False)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("1:30", "1:30"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("+12", 12),
        ("1_000", "1_000"),
        ("3.10", 3.1),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("Null", None),
        ("2024-01-01", "2024-01-01"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("-", [None]),
        ("1.2.3", "1.2.3"),
        ("0b11", "0b11"),
    ],
)
def test_scalars_mean_what_the_core_schema_of_yaml_1_2_says(text: str, value: object) -> None:
    assert load(text).value == value


def test_not_a_number_is_a_number_too() -> None:
    value = load(".nan").value
    assert isinstance(value, float)
    assert math.isnan(value)


def test_more_digits_than_python_converts_stay_text() -> None:
    assert load("9" * 5000).value == "9" * 5000


def test_keys_are_text_as_written() -> None:
    assert load("on: 1\n200: 2\ntrue: 3\n1: 4\n~: 5\n'q': 6").value == {
        "on": 1,
        "200": 2,
        "true": 3,
        "1": 4,
        "~": 5,
        "q": 6,
    }


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", "", "\ufeff", b"\xff\xfe", "---\n"])
def test_an_empty_text_is_a_document_without_value(data: bytes | str) -> None:
    assert load(data).value is None


def test_an_empty_text_holds_no_documents() -> None:
    assert load_all("") == []


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfcaf\xc3\xa9: 1",
        "\ufeffcafé: 1",
        "café: 1".encode("utf-16"),
        "\ufeffcafé: 1".encode("utf-16-be"),
    ],
)
def test_a_byte_order_mark_is_no_part_of_the_first_key(data: bytes | str) -> None:
    assert load(data).value == {"café": 1}


def test_every_document_is_read_in_order() -> None:
    documents = load_all("a: 1\n---\n- 2\n---\n...\n")
    assert [document.value for document in documents] == [{"a": 1}, [2], None]
    assert documents[1].line((0,)) == 3


def test_a_second_document_is_refused_where_one_is_expected() -> None:
    with pytest.raises(Malformed, match=r"^compose\.yml holds 2 documents") as caught:
        load("a: 1\n---\nb: 2\n", name="compose.yml")
    assert caught.value.line == 3


def test_positions_count_from_one() -> None:
    document = load("top:\n  list:\n    - name: x\n      run: |\n        make\n  é: {in: 1}\n")
    assert document.line(()) == 1
    assert document.line(("top", "list", 0, "name")) == 3
    assert document.column(("top", "list", 0, "name")) == 13
    assert document.key_line(("top", "list")) == 2
    assert document.line(("top", "list")) == 3
    assert document.key_column(("top", "list")) == 3
    assert document.key_column(("top", "é", "in")) == 7
    assert document.line(("top", "list", 0, "run")) == 4
    assert document.text_line(("top", "list", 0, "run")) == 5
    assert document.text_line(("top", "list", 0, "name")) == 3


@pytest.mark.parametrize("path", [("b",), ("a", 0), ("l", 2), ("l", -1), ("l", "0"), ("a", "x")])
def test_a_path_to_nothing_has_no_position(path: tuple[str | int, ...]) -> None:
    document = load("a: 1\nl: [1, 2]\n")
    assert document.line(path) is None
    assert document.column(path) is None
    assert document.key_line(path) is None
    assert document.tag(path) is None


def test_merge_keys_give_way_to_the_mappings_own_keys() -> None:
    document = load("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n")
    assert document.value == {"base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 3}}
    assert document.line(("use", "x")) == 1
    assert document.line(("use", "y")) == 4


def test_the_first_of_several_merged_mappings_wins() -> None:
    assert load("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}").value == {
        "a": {"x": 1},
        "b": {"x": 2, "y": 2},
        "c": {"x": 1, "y": 2},
    }


def test_a_quoted_merge_key_is_a_key() -> None:
    assert load("'<<': {a: 1}").value == {"<<": {"a": 1}}


@pytest.mark.parametrize("text", ["<<: 3", "<<: [{a: 1}, 2]", "<<: {a: 1}\n<<: {b: 1}"])
def test_a_merge_key_that_merges_nothing_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        load(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref bucket", "bucket"),
        ("!reference [.job, script]", [".job", "script"]),
        ("!vault |\n  text\n", "text\n"),
        ("!!python/object/apply:os.system [ls]", ["ls"]),
        ("!!python/name:os.system x", "x"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int '12'", 12),
        ("!!binary aGk=", "aGk="),
        ("!!set {a, b}", {"a": None, "b": None}),
    ],
)
def test_a_tag_never_constructs_anything(text: str, value: object) -> None:
    assert load(text).value == value


def test_a_tag_can_be_asked_for() -> None:
    document = load("script: !reference [.job, script]\nplain: [1]")
    assert document.tag(("script",)) == "!reference"
    assert document.tag(("plain",)) is None


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", "{a: 1, b: 2,\n\na: 3}", "a: 1\n\n'a': 3"])
def test_a_repeated_key_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(Malformed, match="the key `a` stands there twice") as caught:
        load(text)
    assert caught.value.line == 3


@pytest.mark.parametrize("text", ["image: {{ tag }}", "? [a, b]\n: c", "a: &x [1]\n*x : 2"])
def test_a_list_or_mapping_as_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="a key is itself a list or a mapping"):
        load(text)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: 1\n\tb: 2", "a tab stands in the indentation", 2),
        ("a:\n\t- b", "a tab stands in the indentation", 2),
        ("a: b: c", "mapping values are not allowed", 1),
        ("a: 'x", "unexpected end of stream", 1),
        ("- a\nb: c", "did not find expected '-' indicator", 2),
        ("%YAML 3.0\n---\na", "incompatible YAML document", 1),
        ("x: 1\ny: *nowhere", "has no anchor before it", 2),
        ("x: &x [*x]", "lies inside its own anchor", 1),
        ("x: 1\ny: \x00", "control characters are not allowed", 2),
    ],
)
def test_broken_yaml_is_refused_in_a_sentence_with_its_line(
    text: str, words: str, line: int
) -> None:
    with pytest.raises(Malformed) as caught:
        load(text)
    assert words in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.line == line


@pytest.mark.parametrize(
    "data", [b"a: \xe9t\xe9", "a: \udc80", "a: 1".encode("utf-16-le"), b"\xff\xfea"]
)
def test_text_that_is_not_unicode_is_refused(data: bytes | str) -> None:
    with pytest.raises(Malformed):
        load(data)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{"])
def test_thirty_thousand_openings_are_refused_at_the_hundredth(opening: str) -> None:
    with pytest.raises((TooLarge, Malformed)) as caught:
        load(opening * 30_000)
    assert "depth" in caught.value.message or "key" in caught.value.message


def test_a_hundred_levels_are_read_and_one_more_is_refused() -> None:
    load("[" * 100 + "]" * 100)
    with pytest.raises(TooLarge, match="depth"):
        load("[" * 101 + "]" * 101)


@pytest.mark.parametrize("text", [LAUGHS, LAUGHS + "z: {<<: [*j]}"])
def test_a_billion_laughs_are_refused_at_once(text: str) -> None:
    with at_most(1), pytest.raises(TooLarge, match="every alias expanded"):
        load(text)


def test_aliases_are_shared_and_not_counted_as_bombs() -> None:
    document = load("a: &a {x: [1, 2]}\nb: [*a, *a]")
    assert document.value == {"a": {"x": [1, 2]}, "b": [{"x": [1, 2]}] * 2}


@pytest.mark.parametrize(
    ("limits", "text", "words"),
    [
        (YamlLimits(size=10), "a: 1\nb: 2\n", None),
        (YamlLimits(size=10), "a: 1\nb: 22\n", "larger than the limit of 10 bytes"),
        (YamlLimits(nodes=5), "a: 1\nb: 2\n", None),
        (YamlLimits(nodes=5), "a: 1\nb: 2\n---\nc", "number of nodes"),
        (YamlLimits(anchors=1), "[&a 1, &b 2]", "number of anchors"),
        (YamlLimits(aliases=2), "[&a 1, *a, *a]", None),
        (YamlLimits(aliases=2), "[&a 1, *a, *a, *a]", "number of aliases"),
        (YamlLimits(expanded=10), "[&a [1, 2, 3], *a]", None),
        (YamlLimits(expanded=8), "[&a [1, 2, 3], *a]", "every alias expanded"),
    ],
)
def test_every_limit_is_kept(limits: YamlLimits, text: str, words: str | None) -> None:
    if words is None:
        assert load(text, limits=limits).value is not None
        return
    with pytest.raises(TooLarge, match=words):
        load(text, limits=limits)


FRAGMENTS = st.sampled_from(
    ["a", ": ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "&x ", "*x", "<<", "'", '"',
     "|\n", "? ", "!t ", "#", "---\n", "\x00", "\ufeff", "é", "�", "%YAML 1.2\n", "1", "~",
     "\\u12"]
)  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_nothing_but_a_format_error_escapes_from_any_text(text: str) -> None:
    with contextlib.suppress(FormatError):
        assert isinstance(load_all(text), list)


@given(st.binary(max_size=60))
def test_nothing_but_a_format_error_escapes_from_any_bytes(data: bytes) -> None:
    with contextlib.suppress(FormatError):
        assert isinstance(load_all(data), list)
