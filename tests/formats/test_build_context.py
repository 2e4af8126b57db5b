"""What a Docker build is given of a folder."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.containers.build_context import BuildContext, IgnoreRules, glob
from tests.clocks import at_most


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.md", "a.md", True),
        ("*.md", "docs/a.md", False),
        ("**/*.md", "a.md", True),
        ("**/*.md", "docs/deep/a.md", True),
        ("docs", "docs/a.md", True),
        ("docs", "docs2/a.md", False),
        ("DOCS", "docs/a.md", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**", "a/b", True),
        ("a/**", "a", False),
        ("?.py", "a.py", True),
        ("?.py", ".py", False),
        ("[a-c].py", "b.py", True),
        ("[a-c].py", "d.py", False),
        ("[^a-c].py", "d.py", True),
        ("[^a]b", "/b", False),
        ("[z-a].py", "z.py", False),
        ("[", "[", True),
        (r"\*.py", "*.py", True),
        (r"\*.py", "a.py", False),
        ("{a,b}.py", "a.py", False),
        ("{a,b}.py", "{a,b}.py", True),
        ("a*b*c", "a1b2c", True),
        ("a*b*c", "a1c2b", False),
    ],
)
def test_a_pattern_fits_as_docker_reads_it(pattern: str, path: str, fits: bool) -> None:
    assert (glob(pattern).fullmatch(path + "/") is not None) is fits


@given(st.text("ab*?/[]-^\\", max_size=12))
def test_no_pattern_breaks_the_reader(pattern: str) -> None:
    assert isinstance(glob(pattern), re.Pattern)


@given(st.text("ab.+{}()", min_size=1, max_size=12))
def test_a_name_without_wild_cards_fits_itself_and_what_lies_below(name: str) -> None:
    assert glob(name).fullmatch(f"{name}/")
    assert glob(name).fullmatch(f"{name}/a/b/")
    assert not glob(name).fullmatch(f"a{name}/")


@pytest.mark.parametrize("pattern", ["*a" * 200 + "b", "**/a/" * 100 + "b", "?*" * 200 + "b"])
def test_a_hostile_pattern_costs_little(pattern: str) -> None:
    with at_most(2):
        assert glob(pattern).fullmatch("a" * 2_000 + "/") is None
        assert glob(pattern).fullmatch("a/" * 1_000) is None


def test_the_last_rule_that_fits_decides() -> None:
    rules = IgnoreRules("# none\n*\n!src\nsrc/*.log\n\n")
    seen = {p: rules.leave_out(p) for p in ("a.py", "src/a.py", "src/a.log")}
    assert seen == {"a.py": True, "src/a.py": False, "src/a.log": True}
    assert IgnoreRules("a\n").leave_out("b") is None


def test_a_name_in_a_gitignore_is_meant_in_every_folder() -> None:
    rules = IgnoreRules("target/\n/dist\n", nested=True)
    assert rules.leave_out("deep/target/app.jar")
    assert rules.leave_out("dist/app.js")
    assert rules.leave_out("deep/dist/app.js") is None
    assert IgnoreRules("target/\n").leave_out("deep/target/app.jar") is None


FILES = frozenset({"main.go", "web/index.html", "notes.log"})


def context(gitignored: str = "") -> BuildContext:
    """The context of the files above, of which `.dockerignore` leaves out logs."""
    rules = IgnoreRules(gitignored, nested=True)
    return BuildContext(
        "", FILES, IgnoreRules("*.log\n"), untracked=lambda path: bool(rules.leave_out(path))
    )


@pytest.mark.parametrize(
    ("source", "pattern", "why"),
    [
        (".", False, None),
        ("./web/", False, None),
        ("/main.go", False, None),
        ("*.go", True, None),
        ("notes.log", False, "which .dockerignore leaves out"),
        ("*.log", True, "which .dockerignore leaves out"),
        ("gone", False, "which is not there"),
        ("dist/app", False, "a build output that the repository does not hold"),
    ],
)
def test_it_is_said_why_a_source_is_missing(source: str, pattern: bool, why: str | None) -> None:
    assert context().lacks(source, pattern) == why


def test_a_build_output_that_git_ignores_is_made_before_the_image() -> None:
    assert context("/.build\n").lacks(".build/linux-amd64/app", False) is None
    assert context("/.build\n").built_before(".build/linux-amd64/app")
    assert context("*.jar\n").lacks("target/*.jar", True) is None


def test_false_green_what_git_ignores_and_nobody_builds_is_missing() -> None:
    assert context(".env\n").lacks(".env", False) == "which git ignores"
    assert not context(".env\n").built_before(".env")
    assert not context().built_before("dist/app")


def test_what_a_source_gives_is_without_what_is_left_out() -> None:
    assert set(context().given(".", False)) == {"main.go", "web/index.html"}
    assert set(context().given("web", False)) == {"web/index.html"}
