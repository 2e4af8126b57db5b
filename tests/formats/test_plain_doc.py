"""Documents in reStructuredText, AsciiDoc and plain text."""

from __future__ import annotations

from auditor.formats.markdown_doc import read

RST = """\
=======
Orders
=======

Takes orders, with ``code here``, see `the guide <docs/guide.rst>`_.

Install
-------

Run this::

    pip install orders
    # TBD

.. code-block:: bash

   make run

.. note:: Read me.

   Mind the step.

Older
~~~~~

.. include:: CHANGES.rst
.. _home: https://host/x

Usage
-----

**Owner** the team
"""

ADOC = """\
= Orders

Takes orders, see link:docs/guide.adoc[the guide].

== Install

[source,bash]
----
pip install orders
----

Then xref:run.adoc[run].
"""


def test_restructuredtext_has_headings_by_underline() -> None:
    document = read(RST, name="README.rst")
    assert [(found.level, found.text, found.line) for found in document.headings] == [
        (1, "Orders", 2),
        (2, "Install", 7),
        (3, "Older", 23),
        (2, "Usage", 29),
    ]


def test_restructuredtext_code_is_no_prose() -> None:
    document = read(RST, name="docs/README.rst")
    assert [(found.language, found.text.strip().split()[0]) for found in document.fences] == [
        ("", "pip"),
        ("bash", "make"),
    ]
    assert "pip" not in document.text
    assert "Mind the step" in document.text
    assert document.placeholders == ()
    assert [found.text for found in document.code_spans] == ["code here"]


def test_restructuredtext_links_and_labels() -> None:
    document = read(RST, name="README.rst")
    assert [found.text for found in document.links] == [
        "docs/guide.rst",
        "CHANGES.rst",
        "https://host/x",
    ]
    assert [found.text for found in document.labels] == ["Owner"]


def test_asciidoc_has_headings_by_equals_signs() -> None:
    document = read(ADOC, name="README.adoc")
    assert [(found.level, found.text, found.line) for found in document.headings] == [
        (1, "Orders", 1),
        (2, "Install", 5),
    ]
    assert [found.text for found in document.links] == ["docs/guide.adoc", "run.adoc"]
    assert [(found.language, found.text) for found in document.fences] == [
        ("bash", "pip install orders")
    ]


def test_plain_text_has_underlined_headings_and_paragraphs() -> None:
    document = read(
        "Orders\n======\n\nTakes orders\nfor TBD.\n\n----\ncode\n----\n", name="README.txt"
    )
    assert [found.text for found in document.headings] == ["Orders"]
    assert document.body_words == 4
    assert [(found.text, found.line) for found in document.placeholders] == [("TBD", 5)]


def test_an_empty_text_is_an_empty_document() -> None:
    for name in ("a.rst", "a.adoc", "a.txt", "a.md", "README"):
        document = read("", name=name)
        assert (document.headings, document.words, document.fences) == ((), 0, ())
