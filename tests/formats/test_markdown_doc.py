"""Documents are read for what a reader sees: code, comments and markup are not prose."""

from __future__ import annotations

import pytest

from auditor.formats.documents.markdown_doc import LIMIT, read
from auditor.formats.text.errors import Malformed, TooLarge


def _gaps(text: str) -> list[str]:
    return [p.text for p in read(text).placeholders]


def test_headings_links_and_words_are_found_with_their_lines() -> None:
    document = read(
        "# Orders\n\nTakes four words now.\n\n## Use\n\nSee [the\nguide](docs/a.md#x).\n"
    )
    assert [(h.level, h.text, h.line) for h in document.headings] == [
        (1, "Orders", 1),
        (2, "Use", 5),
    ]
    assert [(x.target, x.line) for x in document.links] == [("docs/a.md#x", 7)]
    assert document.words == 7


@pytest.mark.parametrize(
    "text",
    [
        "",
        "```\nmany words in a fence\n```\n",
        "    many words in an indented block\n",
        "`only code here`\n",
        "<!-- many words that nobody sees -->\n",
        "# A Heading Of Several Words\n",
        "![badge with words](a.svg)\n",
        "---\ntitle: many words of front matter\n---\n",
        "https://host.test/with/many/words\n",
    ],
)
def test_what_is_no_prose_has_no_words(text: str) -> None:
    assert read(text).words == 0


def test_repeated_paragraphs_and_repeated_words_count_once() -> None:
    assert read("This sentence is padding, really.\n\n" * 100).words == 5
    assert read("word " * 500).words == 1


@pytest.mark.parametrize(
    "text",
    [
        "Owner: TBD",
        "TODO: write this",
        "Set it to CHANGEME.",
        "Lorem ipsum dolor",
        "See [Link to dashboard].",
        "Ask @engineer1 first",
        "Clone your-org/orders",
        "Call <your name here>",
        "Call <your_team>",
        "Open https://status.example.com now",
        "[the board](https://github.com/your-org/x)",
        "[Runbook](#)",
        "## TODO",
        "| RTO |\n|---|\n| TBD |",
        "To be defined.",
    ],
)
def test_placeholders_are_found(text: str) -> None:
    assert len(_gaps(text)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "Todo el equipo revisa todo.",
        "TODO EL EQUIPO REVISA",
        "TODO comments are counted",
        "Run `export KEY=CHANGEME`.",
        "```\ncurl https://example.com\n```",
        "An address, e.g. https://example.com, will do.",
        "To be defined, a variable needs a value.",
        "[a](b.md)",
    ],
)
def test_what_only_looks_like_a_placeholder_is_none(text: str) -> None:
    assert _gaps(text) == []


def test_a_placeholder_has_the_line_on_which_it_stands() -> None:
    assert [p.line for p in read("a\nb\nTBD\n\n- c\n- TBD\n").placeholders] == [3, 6]


def test_bold_leads_and_heads_of_tables_are_labels() -> None:
    document = read(
        "**Cause.** A full disk.\n\nnot **this** one\n\n| Symptom | Fix |\n|---|---|\n| a | b |\n"
    )
    assert [h.text for h in document.labels] == ["Cause", "Symptom", "Fix"]


def test_html_headings_and_links_are_read_and_tags_are_not_words() -> None:
    document = read('<h1 align="center">Orders</h1>\n<p><a href="docs/x.md">see it</a></p>\n')
    assert [h.text for h in document.headings] == ["Orders"]
    assert [x.target for x in document.links] == ["docs/x.md"]
    assert document.words == 2


def test_a_section_ends_at_the_next_heading_of_its_level() -> None:
    document = read("# A\n\n## B\n\none two three\n\n### C\n\nfour\n\n## D\n\nfive\n")
    assert document.section(document.headings[1]).words == 4


def test_restructured_text_is_read_by_underlines_and_indents() -> None:
    text = "Orders\n======\n\nTakes orders::\n\n    no prose\n\nUse\n---\n\nSee `guide <docs/a.rst>`_ and ``TBD``.\n"
    document = read(text, name="README.rst")
    assert [(h.level, h.text, h.line) for h in document.headings] == [
        (1, "Orders", 1),
        (2, "Use", 8),
    ]
    assert [x.target for x in document.links] == ["docs/a.rst"]
    assert (document.words, document.has_code, document.placeholders) == (4, True, ())


def test_asciidoc_is_read_by_its_equal_signs() -> None:
    document = read(
        "= Orders\n\n== Use\n\n----\nno prose\n----\n\nSee link:docs/a.adoc[it].\n", name="a.adoc"
    )
    assert [(h.level, h.text) for h in document.headings] == [(1, "Orders"), (2, "Use")]
    assert [x.target for x in document.links] == ["docs/a.adoc"]
    assert document.has_code


def test_binary_content_is_malformed_and_size_is_limited() -> None:
    with pytest.raises(Malformed):
        read(b"a\0b")
    with pytest.raises(TooLarge):
        read("a" * (LIMIT + 1))


def test_deep_nesting_is_borne() -> None:
    assert read("> " * 20_000 + "x").words <= 1
