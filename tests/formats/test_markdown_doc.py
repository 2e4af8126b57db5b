"""What a Markdown document holds: headings, prose, code, links, tasks."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.errors import FormatError, Malformed, TooLarge
from auditor.formats.markdown_doc import LIMIT, parse, read

TEXT = """\
---
title: not text
---
# Orders `api`

Takes orders and
charges cards, see https://host/long/address here.

## Run it

```bash
make run  # TBD
curl https://example.com
```

    indented code

- [x] build
- [ ] deploy
  - [ ] nested
- plain
- [link](docs/a.md#top "title")

**Owner:** the team. Not **this**.

| Name | Meaning |
|------|---------|
| A    | first   |

Set
===

![diagram](img/a.png) <a href="b.md">b</a>
<!-- [ ] hidden TODO -->
"""


def test_headings_have_level_text_and_line() -> None:
    assert [(found.level, found.text, found.line) for found in read(TEXT).headings] == [
        (1, "Orders", 4),
        (2, "Run it", 9),
        (1, "Set", 31),
    ]


def test_words_are_those_outside_code_and_addresses() -> None:
    document = read(
        "# One two\n\nThree `code` four.\n\n```\nfive six\n```\n\nhttps://host/seven 8 x-ray\n"
    )
    assert document.words == 5
    assert document.body_words == 3
    assert document.code_words == 2


def test_padding_counts_once() -> None:
    assert read("Same sentence again and again here.\n\n" * 50).body_words == 6
    assert read("word " * 500).body_words == 1


def test_code_has_language_text_and_line() -> None:
    assert [(found.language, found.line) for found in read(TEXT).fences] == [("bash", 11), ("", 16)]
    assert read(TEXT).fences[0].text.startswith("make run")
    assert [found.text for found in read(TEXT).code_spans] == ["api"]


def test_links_and_images_come_from_markdown_and_html() -> None:
    assert [(found.text, found.line, found.image) for found in read(TEXT).links] == [
        ("docs/a.md#top", 22, False),
        ("img/a.png", 34, True),
        ("b.md", 34, False),
    ]


@pytest.mark.parametrize(
    ("target", "relative", "path", "anchor"),
    [
        ("docs/a.md#top", True, "docs/a.md", "top"),
        ("#top", True, "", "top"),
        ("a.md?x=1", True, "a.md", ""),
        ("https://host/a#b", False, "https://host/a", "b"),
        ("//host/a", False, "//host/a", ""),
        ("mailto:a@b.net", False, "mailto:a@b.net", ""),
    ],
)
def test_a_link_knows_where_it_leads(target: str, relative: bool, path: str, anchor: str) -> None:
    (link,) = read(f"[a]({target})").links
    assert (link.is_relative, link.path, link.anchor) == (relative, path, anchor)


def test_tasks_are_items_with_a_box() -> None:
    assert [(task.text, task.checked, task.line) for task in read(TEXT).tasks] == [
        ("build", True, 18),
        ("deploy", False, 19),
        ("nested", False, 20),
    ]
    assert read("[ ] no item\n\n- [] no box\n- [-] odd\n```\n- [ ] code\n```\n").tasks == ()


def test_bold_leads_and_table_heads_are_labels() -> None:
    assert [found.text for found in read(TEXT).labels] == ["Owner", "Name", "Meaning"]


def test_html_headings_count_and_comments_do_not() -> None:
    document = read(
        "<h2 align='center'>The <b>name</b></h2>\n\n<!-- # gone TBD -->\n\n<pre>TBD</pre>\n"
    )
    assert [(found.level, found.text) for found in document.headings] == [(2, "The name")]
    assert document.placeholders == ()


def test_a_section_ends_at_the_next_heading_that_is_not_deeper() -> None:
    document = read("# A\n\none\n\n## B\n\ntwo\n\n### C\n\nthree\n\n## D\n\nfour\n")
    texts = {heading.text: section.body_words for heading, section in document.sections()}
    assert texts == {"A": 4, "B": 2, "C": 1, "D": 1}


def test_anchors_are_those_that_github_makes() -> None:
    document = read("# Quick start!\n\n# Quick start!\n\n# Ñandú & co_op\n\n<a name='x'></a>\n")
    assert document.anchors == {"quick-start", "quick-start-1", "ñandú--co_op", "x"}


def test_binary_content_is_refused_or_left_out() -> None:
    with pytest.raises(Malformed):
        read(b"a\x00b")
    assert parse(b"a\x00b").words == 1


def test_a_giant_is_refused() -> None:
    with pytest.raises(TooLarge):
        read("a" * (LIMIT + 1))


def test_line_ends_and_encodings_do_not_matter() -> None:
    for data in (b"# \xc3\xb1\r\n\r\nb", "# ñ\n\nb".encode("utf-16"), "# ñ\n\nb".encode("latin-1")):
        document = read(data)
        assert (document.headings[0].text, document.blocks[0].line) == ("ñ", 3)


# Headings and tasks inside comments and code, which the manifest counts and a reader does not see.
HIDDEN_TASKS = {"kep-template-prr.md": 7}
HIDDEN_HEADINGS = {
    "kep-template-prr.md": 4,
    "orchestrator-production.md": 7,
    "hotel-emoji-severities.md": 1,
}


def test_every_sample_has_the_tasks_and_headings_that_were_counted(samples: Any) -> None:
    for name, (data, facts) in samples("checklists-md").items():
        document = read(data, name=name)
        assert len(document.tasks) == facts["tasks"] - HIDDEN_TASKS.get(name, 0), name
        assert sum(task.checked for task in document.tasks) == facts["checked"], name
        assert len(document.headings) == facts["headings"] - HIDDEN_HEADINGS.get(name, 0), name


PIECES = st.sampled_from(
    ["# a", "\n", "\n\n", "- ", "[ ] ", "> ", "```", "`", "**", "[a](b)", "![](", "<h1>", "</h1>",
     "<!--", "|a|b|", "|-|-|", "---", "===", "    ", "\t", "TODO", "é", "\\", "<a href='", "\x00"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from(["a.md", "a.rst", "a.adoc"]))
def test_nothing_but_a_format_error_escapes(text: str, name: str) -> None:
    with contextlib.suppress(FormatError):
        document = read(text, name=name)
        assert document.words >= 0
        assert document.body_words >= 0
        assert isinstance(document.anchors, frozenset)
