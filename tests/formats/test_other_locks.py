"""Lock files of npm and Cargo: what is installed, without what only development needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.packages.other_locks import cargo_packages, npm_packages
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

CARGO = b"""version = 3
[[package]]
name = "app"
version = "0.1.0"

[[package]]
name = "serde"
version = "1.0.200"
source = "registry+https://github.com/rust-lang/crates.io-index"
"""


def npm(**document: Any) -> frozenset[tuple[str, str]]:
    return npm_packages(json.dumps({"lockfileVersion": 3} | document).encode())


def test_npm_lists_what_is_installed() -> None:
    packages = {
        "": {"name": "app", "version": "1.0.0"},
        "node_modules/one": {"version": "1.0.0"},
        "node_modules/one/node_modules/@a/two": {"version": "2.0.0"},
        "node_modules/alias": {"name": "three", "version": "3.0.0"},
        "node_modules/dev": {"version": "1.0.0", "dev": True},
        "node_modules/member": {"link": True},
        "packages/member": {"version": "1.0.0"},
    }
    assert npm(packages=packages) == {("one", "1.0.0"), ("@a/two", "2.0.0"), ("three", "3.0.0")}


def test_npm_of_version_1_nests() -> None:
    inner = {"two": {"version": "2.0.0"}}
    tree = {
        "one": {"version": "1.0.0", "dependencies": inner},
        "dev": {"version": "1", "dev": True},
    }
    assert npm(lockfileVersion=1, dependencies=tree) == {("one", "1.0.0"), ("two", "2.0.0")}
    assert npm() == frozenset()


def test_cargo_lists_what_comes_from_elsewhere() -> None:
    assert cargo_packages(CARGO) == {("serde", "1.0.200")}
    assert cargo_packages(b"version = 3\n") == frozenset()


def test_a_lock_that_nests_without_end_is_refused() -> None:
    tree: dict[str, Any] = {"x": {"version": "1"}}
    for _ in range(80):
        tree = {"x": {"version": "1", "dependencies": tree}}
    with pytest.raises(TooLarge):
        npm(dependencies=tree)
    with pytest.raises(TooLarge):
        cargo_packages(b".".join([b"a"] * 5000) + b" = 1\n")


@pytest.mark.parametrize(
    "read",
    [
        lambda: npm(packages=[]),
        lambda: npm(dependencies={"a": 1}),
        lambda: npm_packages(b"{}"),
        lambda: cargo_packages(b"[[package]\n"),
        lambda: cargo_packages(b"\xff"),
        lambda: cargo_packages(b"package = 1\n"),
        lambda: cargo_packages(b"[[package]]\nname = 1\nversion = '1'\n"),
        lambda: cargo_packages(b"package = [1]\n"),
    ],
)
def test_other_shapes_are_malformed(read: Callable[[], object]) -> None:
    with pytest.raises(Malformed):
        read()


@given(at=st.integers(0, len(CARGO)), junk=st.binary(max_size=4))
def test_a_damaged_lock_is_read_or_refused(at: int, junk: bytes) -> None:
    for one in (CARGO[:at] + junk, CARGO[:at] + junk + CARGO[at:]):
        with suppress(FormatError):
            assert isinstance(cargo_packages(one), frozenset)
