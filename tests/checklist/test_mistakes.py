"""Every mistake in a checklist names file, line, column, what is wrong, and the nearest right name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checklist.load import load_checklist
from auditor.formats.text.config_text import Mistake
from tests.checklist.samples import SMALL, VOCABULARY

Written = Callable[..., Path]
REQUIRE = "require: {tls.chain_trusted: true}"


def mistake(path: Path) -> str:
    with pytest.raises(Mistake) as caught:
        load_checklist(str(path), VOCABULARY)
    return str(caught.value)


def place_of(text: str, mark: str) -> str:
    """Line and column of the first `mark` in a text, from 1."""
    before = text[: text.index(mark)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.mark.parametrize(
    ("old", "new", "mark", "said"),
    [
        # The head
        ("title: A small", "titel: A small", "titel", "'titel' is not a key of the file. Did you mean 'title'?"),
        ("floors: {critical: reported}", "floors: {critcal: reported}", "critcal", "Did you mean 'critical'?"),
        ("floors: {critical: reported}", "floors: {critical: reportd}", "reportd", "Did you mean 'reported'?"),
        ("floors: {critical: reported}", "floors: {critical: claimed}", "claimed", "should be one of declared"),
        ("floors:", "rollup: avarage\nfloors:", "avarage", "should be one of mean, weighted, not 'avarage'."),
        ("floors:", "levels: {redy: 80}\nfloors:", "redy", "Did you mean 'ready'?"),
        ("floors:", "levels: {ready: 0}\nfloors:", "0}", "should be above 0 and at most 100, in percent."),
        ("floors:", "levels: {ready: 101}\nfloors:", "101}", "should be above 0 and at most 100, in percent."),
        ("floors:", "severity_weights: {nice: 0}\nfloors:", "0}", "should be above 0"),
        ("{value: 90, unit", "{unit", "{unit", "thresholds.line_coverage lacks the key 'value'."),
        ("value: 90", "value: .nan", ".nan", "should be a finite number, not nan."),
        ("value: 90", "value: .inf", ".inf", "should be a finite number, not inf."),
        ("value: 90", "value: " + "9" * 400, "9" * 400, "should be a finite number"),
        ("value: 90", "value: ninety", "ninety", "should be a number, not 'ninety'."),
        ("value: 90", "value: true", "true", "should be a number, not True."),
        ('version: "1.0.0"', "version: 1.0", "1.0", "version should be a text (put it in quotes), not 1.0."),
        # Ids and weights
        ("id: security.tls\n", "id: testing.tests\n", None, "The id 'testing.tests' is used twice; first in"),
        ("id: security.tls.chain", "id: testing.coverage", None, "The id 'testing.coverage' is used twice"),
        ("id: criteria.score", "id: testing.load", None, "The id 'testing.load' is used twice"),
        ("id: testing.load", "id: ''", "''", "'' is no id: use letters, digits, - _ and dots."),
        ("id: testing.load", "id: a@b", "a@b", "'a@b' is no id"),
        ("weight: 40", "weight: 0", None, "should be above 0; remove the item instead, with a reason."),
        ("weight: 40", "weight: -1", "-1", "should be above 0"),
        # Items
        ("severity: blocker", "severty: blocker", "severty", "Did you mean 'severity'?"),
        ("severity: blocker", "severity: bloker", "bloker", "Did you mean 'blocker'?"),
        ("            severity: important\n", "", "security.tls.chain", "The item security.tls.chain lacks the key 'severity'."),
        ("            title: It bears load\n", "", "id: testing.load", "lacks the key 'title'."),
        ("effort: 8h", "effort: 8 hours", "8 hours", "should be a span of time such as 30m, 8h, 7d or 2w, not '8 hours'."),
        ("max_age: 7d", "max_age: 7", None, "should be a span of time such as 30m, 8h, 7d or 2w, not 7."),
        ("attestable: reported", "attestable: yes", "yes", "should be one of declared, effective, reported, observed, verified"),
        ("attestable: reported", "attestable: claimed", "claimed", "should be one of declared"),
        ("attestable: reported", "checks: {}", "{}\n            why", "should be a list, not a mapping."),
        ("attestable: reported", "checks: [{id: x, number: a}]", "{id: x", "lacks the key 'title'."),
        # Facts
        (REQUIRE, "require: {tls.chain_trust: true}", "tls.chain_trust:", "No probe promises the fact 'tls.chain_trust'. Did you mean 'tls.chain_trusted'?"),
        (REQUIRE, "require: {nobody.knows: true}", "nobody.knows", "No probe promises the fact 'nobody.knows'."),
        (REQUIRE, "require: {audit.proven: '> 1'}", None, "No probe promises the fact 'audit.proven'."),
        (REQUIRE, "require: {documents.words@redme: '> 1'}", "documents.words@redme", "Did you mean 'readme'?"),
        (REQUIRE, "require: {documents.words: '> 1'}", "documents.words:", "documents.words is about one of readme, setup; write documents.words@readme."),
        (REQUIRE, "require: {features.live_ok: true}", "features.live_ok:", "which needs a subject (features.live_ok@name)"),
        (REQUIRE, "require: {tls.chain_trusted@x: true}", "tls.chain_trusted@x", "which has no subject"),
        # Tests
        (REQUIRE, "require: {tls.chain_trusted: '>= 1'}", "'>= 1'", "tls.chain_trusted is a boolean, which cannot be tested with '>= 1'."),
        (REQUIRE, "require: {tls.chain_trusted: 'yes'}", "'yes'", "is a boolean, which cannot be tested with 'yes'."),
        (REQUIRE, "require: {tls.chain_trusted: 1}", "1}", "is a boolean, which cannot be tested with '1'."),
        (REQUIRE, "require: {tests.failed: true}", "true}\n", "tests.failed is a number, which cannot be tested with 'True'."),
        (REQUIRE, "require: {tests.failed: {empty: true}}", "{empty", "is a number, which cannot be tested with 'empty: True'."),
        (REQUIRE, "require: {tests.failed: {one_of: ['1', '2']}}", "{one_of", "is a number, which cannot be tested with"),
        (REQUIRE, "require: {tests.failed: '=> 1'}", "'=> 1'", "is a number, which cannot be tested with '=> 1'."),
        (REQUIRE, "require: {tests.failed: '>= one'}", "'>= one'", "'>= one' is not a comparison such as '>= 90'."),
        (REQUIRE, "require: {tests.failed: '>= 90 %'}", "'>= 90 %'", "'>= 90 %' is not a comparison"),
        (REQUIRE, "require: {tests.failed: .nan}", ".nan", "should be a finite number"),
        (REQUIRE, "require: {tests.failed: [1]}", "[1]", "should be a test such as '>= 90', true or {empty: true}."),
        (REQUIRE, "require: {tests.failed: }", None, "should be a test such as '>= 90'"),
        (REQUIRE, "require: {tests.failed: '>= $line_coverge'}", "'>= $line", "No threshold is called 'line_coverge'. Did you mean 'line_coverage'?"),
        (REQUIRE, "require: {repo.languages: {contain: go}}", "contain:", "Did you mean 'contains'?"),
        (REQUIRE, "require: {repo.languages: {contains: go, empty: false}}", "{contains: go", "should hold exactly one test, such as {empty: true}."),
        (REQUIRE, "require: {repo.languages: {}}", "{}", "should hold exactly one test"),
        (REQUIRE, "require: {repo.languages: {contains: 3}}", "3}", "should be a text (put it in quotes), not 3."),
        (REQUIRE, "require: {repo.languages: {empty: 'yes'}}", "'yes'", "should be true or false, not 'yes'."),
        (REQUIRE, "require: {repo.languages: {count: '3'}}", "'3'", "'3' is not a comparison such as '>= 90'."),
        (REQUIRE, "require: {tls.best_protocol: {matches: '('}}", "'('", "is not a regular expression"),
        # Trees
        (REQUIRE, "require: {}", "{}", "an empty requirement would always hold."),
        (REQUIRE, "require: {all: []}", "[]", "is empty: it would always be decided the same way."),
        (REQUIRE, "require: {any: []}", "[]", "is empty: it would always be decided the same way."),
        (REQUIRE, "require: {all: {tests.failed: 0}}", "{tests.failed", "should be a list, not a mapping."),
        (REQUIRE, "require: {any: [tests.failed]}", "tests.failed]", "should be a mapping of names to values"),
        (REQUIRE, "require: {not: {}}", "{}", "an empty requirement would always hold."),
        (REQUIRE, "when: {repo.langs: {empty: true}}", "repo.langs", "Did you mean 'repo.languages'?"),
        # Criteria
        ("{audit.proven:", "{audit.prove:", "audit.prove:", "Did you mean 'audit.proven'?"),
        ("audit.proven: \">= $line_coverage\"", "audit.item.testing.covrage: pass", "audit.item", "Did you mean 'audit.item.testing.coverage'?"),
        # Structure
        ("categories:\n", "categories: {}\nx: |\n", "x:", "'x' is not a key of the file."),
        ("    weight: 40\n", "", "id: security\n", "categories.1 lacks the key 'weight'."),
        ("        title: TLS\n", "        title: TLS\n        generate: everything\n", "everything", "should be one of features, none"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place(
    written: Written, old: str, new: str, mark: str | None, said: str
) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new, 1) if old != "id: testing.load" else SMALL.replace(old, new)
    path = written(text)
    told = mistake(path)
    assert said in told
    if mark is not None:
        assert told.startswith(f"{path}:{place_of(text, mark)}: ")
    else:
        file, line, column, _ = told.split(":", 3)
        assert file == str(path)
        assert int(line) > 0
        assert int(column) > 0


class TestFiles:
    def test_an_empty_file(self, written: Written) -> None:
        path = written("")
        assert mistake(path) == f"{path}:1:1: the file lacks the key 'id'."

    def test_a_file_that_is_not_utf8(self, written: Written) -> None:
        path = written(SMALL.encode() + b"# caf\xe9 \xff\n")
        line = SMALL.count("\n") + 1
        assert mistake(path).startswith(f"{path}:{line}:1: The file is not valid YAML")
        assert "Save the file as UTF-8 text." in mistake(path)

    def test_a_file_that_is_no_yaml(self, written: Written) -> None:
        path = written(SMALL + "  - ]\n")
        assert mistake(path).startswith(f"{path}:{SMALL.count(chr(10)) + 1}:")
        assert "The file is not valid YAML" in mistake(path)

    def test_two_documents(self, written: Written) -> None:
        path = written(SMALL + "---\nid: other\n")
        assert "holds 2 documents where one is expected" in mistake(path)

    def test_a_key_that_stands_twice(self, written: Written) -> None:
        path = written(SMALL + "title: Another\n")
        assert mistake(path).startswith(f"{path}:{SMALL.count(chr(10)) + 1}:1: ")
        assert "the key `title` stands there twice" in mistake(path)

    def test_a_bomb_of_aliases(self, written: Written) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
        path = written("\n".join(lines))
        file, line, column, told = mistake(path).split(":", 3)
        assert file == str(path)
        assert int(line) > 1
        assert int(column) > 1
        assert "size with every alias expanded passes the limit" in told

    def test_a_tower_of_lists(self, written: Written) -> None:
        assert "its depth passes the limit of 100" in mistake(written("id: " + "[" * 5000))

    def test_a_file_beyond_any_size(self, written: Written) -> None:
        path = written(b"#" * 10_000_001)
        assert mistake(path).startswith(f"{path}:1:1: The file is larger than the limit")

    @pytest.mark.parametrize("name", ["production-readines", "nobody/knows.yaml", "", ".", "a\0b"])
    def test_a_checklist_that_is_not_there(self, name: str) -> None:
        with pytest.raises(Mistake) as caught:
            load_checklist(name, VOCABULARY)
        told = str(caught.value)
        said = (
            "It is a folder, and no file" if name == "." else "No checklist of that name or path."
        )
        assert said in told
        assert "Shipped: agente-hotelero, production-readiness, production-readiness-plus." in told
        assert ("Did you mean 'production-readiness'?" in told) is (name == "production-readines")


def test_a_mistake_in_a_shipped_file_is_told_without_the_place_of_the_installation() -> None:
    with pytest.raises(
        Mistake, match=r"^config/checklists/production-readiness\.yaml:\d+:\d+: No probe"
    ):
        load_checklist("production-readiness", VOCABULARY)


@given(
    st.sampled_from(SMALL.splitlines()),
    st.sampled_from(
        ["", "  ", "- ", "x: 1", "[]", "{}", "null", "'", "&a *a", "\x00", "- - -", ": :"]
    ),
)
def test_no_broken_line_breaks_the_loader(
    tmp_path_factory: pytest.TempPathFactory, line: str, other: str
) -> None:
    path = tmp_path_factory.mktemp("broken") / "c.yaml"
    path.write_text(SMALL.replace(line, other, 1), encoding="utf-8")
    try:
        told = load_checklist(str(path), VOCABULARY).id
    except Mistake as wrong:
        told = str(wrong)
    assert told == "small" or told.startswith(f"{path}:")
