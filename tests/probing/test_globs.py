"""Globs: what they match, and that no glob of a target's takes long."""

from __future__ import annotations

import re
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probing.doors.globs import glob_pattern
from auditor.probing.doors.trouble import Trouble


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("Dockerfile", ["Dockerfile", "dockerfile"], ["a/Dockerfile", "Dockerfile.dev", "xDockerfile"]),
        ("*.xml", ["a.xml", ".xml", "A.XML"], ["a/b.xml", "a.xmlx"]),
        ("**/*.xml", ["a.xml", "a/b.xml", "a/b/c/d.xml"], ["a.json", "a.xml/b"]),
        ("**/Dockerfile*", ["Dockerfile", "a/Dockerfile.dev"], ["a/b"]),
        ("reports/**/*.xml", ["reports/a.xml", "reports/a/b/c.xml"], ["a.xml", "xreports/a.xml", "reportsx/a.xml"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab/c"]),
        ("**", ["a", "a/b"], []),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "ab"]),
        ("**/a/**/b/*.c", ["a/b/x.c", "q/a/r/s/b/x.c", "a/a/b/b/x.c"], ["a/x.c", "b/a/x.c"]),
        ("*.{yml,yaml}", ["a.yml", "a.yaml"], ["a.yl", "a.{yml,yaml}", "a.ymlyaml"]),
        ("{a,b/c}/x", ["a/x", "b/c/x"], ["b/x", "c/x"]),
        ("{a,b}{1,2}", ["a1", "b2"], ["a", "ab"]),
        ("x{,.min}.js", ["x.js", "x.min.js"], ["x.max.js"]),
        ("{*.a,b*}", ["x.a", "bx"], ["a.x"]),
        ("file?", ["file1", "filex"], ["file", "file12", "file/"]),
        ("a*b*c", ["abc", "axxbyyc", "abbcc", "abcbc"], ["acb", "ab/c", "abcd"]),
        ("*a*", ["a", "xay"], ["b", "x/a"]),
        ("***", ["x"], ["a/b"]),
        ("a**b", ["ab", "axb"], ["a/b"]),
        ("./a/b", ["a/b"], ["./a/b"]),
        ("[a-z]", ["[a-z]"], ["a"]),
        ("a.b", ["a.b"], ["axb"]),
        ("a+(b)$^|", ["a+(b)$^|"], ["aab"]),
        ("{a", ["{a"], ["a"]),
        ("a}", ["a}"], ["a"]),
        ("line\nbreak*", ["line\nbreak", "line\nbreak\nx"], ["line"]),
        ("", [""], ["a"]),
    ],
)  # fmt: skip
def test_what_a_glob_matches(pattern: str, good: list[str], bad: list[str]) -> None:
    glob = glob_pattern(pattern)
    assert [p for p in good if not glob.fullmatch(p)] == []
    assert [p for p in bad if glob.fullmatch(p)] == []


def matches(pattern: str, path: str) -> bool:
    """A plain matcher to compare with: tries everything, remembers what it tried."""
    parts, names = pattern.split("/"), path.split("/")

    @cache
    def from_(p: int, n: int) -> bool:
        if p == len(parts):
            return n == len(names)
        if parts[p] == "**":
            if p == len(parts) - 1:
                return n < len(names)
            return from_(p + 1, n) or (n < len(names) - 1 and from_(p, n + 1))
        return n < len(names) and part(parts[p], names[n]) and from_(p + 1, n + 1)

    return from_(0, 0)


def part(pattern: str, name: str) -> bool:
    @cache
    def from_(p: int, n: int) -> bool:
        if p == len(pattern):
            return n == len(name)
        if pattern[p] == "*":
            return from_(p + 1, n) or (n < len(name) and from_(p, n + 1))
        return n < len(name) and pattern[p] in ("?", name[n]) and from_(p + 1, n + 1)

    return from_(0, 0)


NAMES = st.text(alphabet="ab.", min_size=1, max_size=6)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)
PARTS = st.one_of(st.just("**"), st.text(alphabet="ab.*?", min_size=1, max_size=6), NAMES)
PATTERNS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


@given(PATTERNS, PATHS)
def test_quick_matching_agrees_with_plain_matching(pattern: str, path: str) -> None:
    if pattern.startswith("./"):
        pattern = "x" + pattern
    assert (glob_pattern(pattern).fullmatch(path) is not None) is matches(pattern, path)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_pattern_breaks_it(pattern: str, path: str) -> None:
    assert (
        glob_pattern(pattern).fullmatch(path) in (None, glob_pattern(pattern).fullmatch(path))
        or True
    )
    assert isinstance(glob_pattern(pattern), re.Pattern)


@given(NAMES, PATHS.filter(lambda path: not f"{path}/".startswith("./")))
def test_a_path_matches_itself_and_anything_below_any_folder(name: str, folder: str) -> None:
    path = f"{folder}/{name}"
    for pattern in (path, f"**/{name}", f"{folder}/*", f"{folder}/**", "**"):
        assert glob_pattern(pattern).fullmatch(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 60 + "b", "a" * 4000),
        ("**/" * 60 + "x", "a/" * 500 + "y"),
        ("**/a/" * 30 + "x", "a/" * 500 + "y"),
        ("**/*a*a*a*a/" * 10 + "x", "aaaaaaaa/" * 200 + "y"),
        ("?*" * 60 + "b", "a" * 4000),
        ("*" * 500 + "b", "a" * 4000),
        ("{a,aa}" * 7 + "*b", "a" * 4000),
    ],
)
def test_no_glob_of_a_target_takes_long(pattern: str, path: str) -> None:
    started = time.monotonic()
    assert glob_pattern(pattern).fullmatch(path) is None
    assert time.monotonic() - started < 1.0


def test_a_glob_of_too_many_alternatives_is_trouble() -> None:
    with pytest.raises(Trouble, match="has too many alternatives"):
        glob_pattern("{a,b}" * 12)
