"""Languages are told by file names, and no grammar is named that the parser does not know."""

from __future__ import annotations

import pytest

from auditor.code.languages import EMBEDDED, GRAMMARS, comment_sign, grammar_of, language_of
from auditor.code.parsing import nodes, parse


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("app/main.py", "python"),
        ("src/App.TSX", "typescript"),
        ("src/index.mjs", "javascript"),
        ("cmd/main.go", "go"),
        ("src/main/java/A.java", "java"),
        ("include/a.h", "c"),
        ("run.sh", "bash"),
        ("ui/Page.vue", "vue"),
        ("deploy.ps1", "powershell"),
    ],
)
def test_extension_tells_the_language(path: str, language: str) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    "path", ["README.md", "data.json", "Makefile", "mail.blade.php", "py", "a.py.orig"]
)
def test_markup_data_and_prose_have_no_language(path: str) -> None:
    assert language_of(path) is None
    assert grammar_of(path) is None


def test_language_without_grammar_is_still_a_language() -> None:
    assert grammar_of("build.groovy") is None
    assert language_of("build.groovy") == "groovy"
    assert grammar_of("Page.vue") == EMBEDDED


@pytest.mark.parametrize("name", GRAMMARS)
def test_parser_knows_every_grammar_and_every_node_name(name: str) -> None:
    """A wrong name would be a dead process or a node that is silently never found."""
    grammar = GRAMMARS[name]
    root = parse("x\n", name)
    for kind in (*grammar.comments, *grammar.ignored, *grammar.bodies, "ERROR"):
        assert isinstance(nodes(root, [kind]), list)


def test_comment_signs() -> None:
    assert [comment_sign(x) for x in ("python", "go", "clojure", "powershell")] == [
        "#",
        "//",
        ";",
        "#",
    ]
