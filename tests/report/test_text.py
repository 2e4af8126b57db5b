"""Escaping: nothing that a target wrote is obeyed or hidden where it is shown."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from auditor.report.text import (
    clipped,
    json_safe,
    markdown,
    markdown_block,
    markdown_code,
    one_line,
    plain,
    web_address,
)

ANY_TEXT = st.text(st.characters(), max_size=60)
NASTY = st.text(
    st.sampled_from("\\`*_[]()<>#+-.!|~&$@:=x1 \n\t\x1b\u202e\u200b\udc80/"), max_size=30
)
READER = MarkdownIt("gfm-like", {"html": True, "linkify": False})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("csi\x9b2J", "csi\\x9b2J"),
        ("gnp.\u202eexe", "gnp.\\u202eexe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("filler\u3164", "filler\\u3164"),
        ("lone\udc80", "lone\\udc80"),
        ("a\tb\r\nc\u00a0d", "a    b\nc d"),
        ("Gómez ✓ 日本", "Gómez ✓ 日本"),
    ],
)
def test_invisible_characters_are_spelled_out(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(ANY_TEXT)
def test_plain_text_is_visible_and_can_be_encoded(text: str) -> None:
    shown = plain(text)
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert not {unicodedata.category(char) for char in shown} & {"Cf", "Cs", "Zl", "Zp"}
    assert shown.encode().decode() == shown
    assert plain(shown) == shown


@given(ANY_TEXT)
def test_one_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert len(clipped(text, 10)) <= 10


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=30)))
def test_json_stays_the_same_document_and_is_printable(value: dict[str, str]) -> None:
    safe = json_safe(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(safe) == value
    assert all(char.isprintable() or char == "\n" for char in safe)


def test_a_lone_surrogate_in_json_is_spelled_so_that_strict_parsers_read_it() -> None:
    assert json_safe('"\udc80"') == '"\\\\udc80"'


def _words(html: str) -> str:
    """What a reader sees of a paragraph or a list item that holds nothing but text."""
    for tag in ("<p>", "</p>", "<ul>", "</ul>", "<li>", "</li>", "<code>", "</code>"):
        html = html.replace(tag, "")
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("\u200b", "")):
        html = html.replace(entity, char)
    return html.replace("&amp;", "&").strip()


@given(ANY_TEXT | NASTY)
def test_markdown_shows_exactly_the_words(text: str) -> None:
    for prefix in ("", "- "):
        assert _words(READER.render(prefix + markdown(text))) == one_line(text)


@given(ANY_TEXT | NASTY)
def test_a_table_keeps_its_cells_whatever_is_in_them(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {markdown(text)} | {markdown_code(text)} |"
    html = READER.render(table)
    assert html.count("<td>") == 2
    assert html.count("<tr>") == 2
    assert html.count("<table>") == 1


@given(ANY_TEXT | NASTY)
def test_code_and_blocks_show_the_text_literally(text: str) -> None:
    line = one_line(text)
    assert _words(READER.render("x " + markdown_code(text)))[2:].strip() == line
    block = READER.render(markdown_block(text))
    assert block.count("<code>") == 1
    assert block.startswith("<pre><code>")
    assert block.endswith("</code></pre>\n")


@pytest.mark.parametrize("text", ["@octocat", "see #12", "fixes !3", "x\n@team/all"])
def test_a_forge_sees_no_mention(text: str) -> None:
    shown = markdown(text).replace("&#8203;", "\u200b")
    assert re.search("[@#!](?!\u200b)", shown) is None


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://example.net/a?b=c#d", True),
        ("http://localhost:8000/x", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://example.net/<b>", False),
        ("https://example.net/\u202ex", False),
        ("orders/app.py:3", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_plain_web_address_becomes_a_link(url: str | None, followed: bool) -> None:
    assert (web_address(url) == url) is (followed or url is None)
    assert (web_address(url) is not None) is followed
