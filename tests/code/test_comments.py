"""Comments are what the grammar says, with true lines; strings and docstrings are none."""

from __future__ import annotations

from auditor.code.lexical.comments import Comment, line_comments
from auditor.code.reading import read_source


def _comments(text: str, grammar: str) -> list[tuple[int, str]]:
    return [(c.line, c.text) for c in read_source(text, grammar).comments]


def test_python_comments_but_no_strings_and_no_docstrings() -> None:
    text = '"""# no"""\nx = "# no"  # yes\n# and\ndef f():\n    """# no"""\n'
    assert _comments(text, "python") == [(2, "# yes"), (3, "# and")]


def test_every_sort_of_comment_of_other_languages() -> None:
    assert _comments("// a\n/* b\n c */\nlet x = '// no'\n", "javascript") == [
        (1, "// a"),
        (2, "/* b\n c */"),
    ]
    assert _comments("// a\n/** d */\nclass A {}\n", "java") == [(1, "// a"), (2, "/** d */")]
    assert _comments("/// d\nfn f() {} // a\n", "rust") == [(1, "/// d"), (2, "// a")]
    assert _comments("<?php\n# a\n// b\n", "php") == [(2, "# a"), (3, "// b")]


def test_a_comment_knows_whether_it_stands_alone_and_whether_it_is_documentation() -> None:
    trailing, jsx, doc = read_source(
        "x() // t\nconst y = <p>\n  {/* <b/> */}\n</p>\n/** d */\nf()\n", "javascript"
    ).comments
    assert (trailing.alone, jsx.alone, doc.alone) == (False, True, True)
    assert (trailing.doc, jsx.doc, doc.doc) == (False, False, True)


def test_components_give_the_comments_of_markup_and_of_scripts() -> None:
    text = "<template>\n<!-- m -->\n</template>\n<script lang='ts'>\n// s\nlet a: number = 1\n</script>\n"
    reading = read_source(text, "embedded")
    assert reading.grammar == "typescript"
    assert [(c.line, c.text) for c in reading.comments] == [(2, "<!-- m -->"), (5, "// s")]
    assert reading.code_lines == 1


def test_line_comments_without_a_grammar_heed_quotes() -> None:
    text = "Write-Host \"# no\" # yes\n# alone\n$x = 'a\\'#no'\n"
    assert line_comments(text, "#") == [
        Comment("# yes", 1, 18, alone=False, doc=False),
        Comment("# alone", 2, 0, alone=True, doc=False),
    ]
