"""Lock files and manifests of Python packagers."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.packages.python_locks import (
    LOCKS,
    parse_lock,
    parse_pyproject,
    parse_setup_cfg,
)
from auditor.formats.packages.requirements_text import Dependency
from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from tests.clocks import at_most

POETRY = b"""
[[package]]
name = "Flask"
version = "3.0.1"
[[package]]
name = "mine"
version = "0.1"
source = {type = "directory", url = "../mine"}
[[package]]
name = "forked"
version = "1.0"
source = {type = "git", url = "https://host/forked.git"}
[[package]]
name = "mirrored"
version = "2.0"
source = {type = "legacy", url = "https://mirror/simple"}
"""
UV = b"""
version = 1
[[package]]
name = "orders"
version = "0.1"
source = { editable = "." }
[[package]]
name = "root"
source = { virtual = "." }
[[package]]
name = "flask"
version = "3.0.1"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "forked"
version = "1.0"
source = { git = "https://host/forked.git" }
"""
PDM = b"""
[[package]]
name = "flask"
version = "3.0.1"
[[package]]
name = "mine"
version = "0.1"
path = "./mine"
[[package]]
name = "forked"
version = "1"
git = "https://host/forked.git"
"""
PYLOCK = b"""
lock-version = "1.0"
[[packages]]
name = "flask"
version = "3.0.1"
[[packages]]
name = "orders"
directory = { path = "." }
[[packages]]
name = "forked"
vcs = { type = "git", url = "https://host/forked.git" }
[[packages]]
name = "packed"
archive = { url = "https://host/x.zip" }
"""
PIPFILE = json.dumps(
    {
        "default": {
            "Flask": {"version": "==3.0.1", "hashes": []},
            "forked": {"git": "https://host/forked.git", "ref": "abc"},
        },
        "develop": {"pytest": {"version": "==8"}},
    }
).encode()
FLASK = ("flask", "3.0.1", True)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        (
            "poetry.lock",
            POETRY,
            [FLASK, ("mine", "0.1", False), ("forked", "1.0", False), ("mirrored", "2.0", True)],
        ),
        ("uv.lock", UV, [FLASK, ("forked", "1.0", False)]),
        ("pdm.lock", PDM, [FLASK, ("mine", "0.1", False), ("forked", "1", False)]),
        ("pylock.toml", PYLOCK, [FLASK, ("forked", None, False), ("packed", None, False)]),
        ("Pipfile.lock", PIPFILE, [FLASK, ("forked", None, False)]),
    ],
)
def test_a_lock_holds_every_package_with_its_version(
    name: str, data: bytes, expected: list[tuple[str, str | None, bool]]
) -> None:
    found = parse_lock(name, data)
    assert [(one.name, one.version, one.pinnable) for one in found] == expected


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize(
    "data",
    [b"{", b"[[package]", b"\xff\xfe", b"x = " + b"1" * 5_000, b"[" * 10_000, b"<xml/>"],
    ids=["brace", "table", "bytes", "digits", "nested", "xml"],
)
def test_what_is_no_lock_is_refused(name: str, data: bytes) -> None:
    with pytest.raises((Malformed, TooLarge)):
        parse_lock(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("poetry.lock", b"package = 3"),
        ("uv.lock", b"[[package]]\nversion = '1'"),
        ("Pipfile.lock", b"[]"),
        ("Pipfile.lock", b"{}"),
        ("Pipfile.lock", b'{"default": []}'),
    ],
)
def test_a_lock_of_another_shape_is_malformed(name: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_lock(name, data)


def test_a_lock_without_packages_is_empty() -> None:
    assert parse_lock("uv.lock", b"version = 1\n") == ()


def test_a_key_of_thousands_of_parts_is_refused_at_once() -> None:
    with at_most(2):
        for key in (b"a." * 30_000 + b"a", b'"a".' * 30_000 + b"a"):
            with pytest.raises(TooLarge):
                parse_lock("uv.lock", key + b" = 1")
    urls = b"[[package]]\nname = 'a'\nurls = [" + b'"https://host/a-1.2.3.tar.gz", ' * 200 + b"]\n"
    assert len(parse_lock("uv.lock", urls)) == 1


def test_pyproject_declares_its_dependencies() -> None:
    data = b"""
[project]
dependencies = ["flask==3.0.1", "x>=1", "w; sys_platform == 'win32'", "y @ file:///y"]
[project.optional-dependencies]
dev = ["pytest"]
"""
    assert parse_pyproject(data) == (
        Dependency("flask", "3.0.1"),
        Dependency("x", None),
        Dependency("y", None, pinnable=False),
    )


def test_poetrys_own_table_is_read_where_the_standard_one_is_absent() -> None:
    data = b"""
[tool.poetry.dependencies]
python = "^3.11"
Flask = "3.0.1"
exact = "==2.0"
caret = "^1.2"
star = "1.*"
range = ">=1,<2"
table = { version = "1.5", extras = ["a"] }
forked = { git = "https://host/x.git" }
left = { version = "1.0", optional = true }
"""
    assert [(one.name, one.version, one.pinnable) for one in parse_pyproject(data)] == [
        FLASK,
        ("exact", "2.0", True),
        ("caret", None, True),
        ("star", None, True),
        ("range", None, True),
        ("table", "1.5", True),
        ("forked", None, False),
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"project = 3", b"[project]\ndependencies = 3", b"[tool]\npoetry = 1", b"tool = 1"],
)
def test_a_pyproject_without_dependencies_has_none(data: bytes) -> None:
    assert parse_pyproject(data) == ()


def test_a_broken_requirement_in_pyproject_is_malformed() -> None:
    with pytest.raises(Malformed):
        parse_pyproject(b'[project]\ndependencies = ["flask=3"]')


def test_setup_cfg_declares_its_install_requires() -> None:
    data = (
        b"[metadata]\nname = x\n[options]\ninstall_requires =\n    flask==3.0.1  # why\n    # no\n"
    )
    data += b"    importlib-metadata; python_version < '3'\n    x>=1\n"
    assert parse_setup_cfg(data) == (Dependency("flask", "3.0.1"), Dependency("x", None))
    assert parse_setup_cfg(b"[options]\ninstall_requires = file: requirements.txt\n") == ()
    assert parse_setup_cfg(b"[metadata]\nname = x\n") == ()


@pytest.mark.parametrize("data", [b"no section\n", b"[a]\n[a]\n", b"\x00"])
def test_a_broken_setup_cfg_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_setup_cfg(data)


@given(st.sampled_from([POETRY, UV, PDM, PYLOCK, PIPFILE]), st.data())
def test_spoilt_files_raise_nothing_but_a_format_error(data: bytes, drawn: st.DataObject) -> None:
    at = drawn.draw(st.integers(0, len(data)))
    junk = drawn.draw(st.binary(max_size=3))
    spoilt = data[:at] + junk + data[at + drawn.draw(st.integers(0, 5)) :]
    for name in LOCKS:
        with contextlib.suppress(FormatError):
            parse_lock(name, spoilt)
    with contextlib.suppress(FormatError):
        parse_pyproject(spoilt)
    with contextlib.suppress(FormatError):
        parse_setup_cfg(spoilt)
