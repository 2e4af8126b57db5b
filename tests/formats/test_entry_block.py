"""Entries added to a list that people keep: the rest stays byte for byte, and what is read is what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_text import load
from auditor.formats.web.entry_block import append, find, replace

KEPT = b"""# Signed by the release team.
- item: a.one   # the first
  reason: because
  owner: 'dana'

# About the second.
- item: a.two
  reason: |
    two lines
    of text
# The end.
"""

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def added(data: bytes, **fields: str) -> bytes:
    return append(data, {"item": "b", **fields}, key="waivers", name="w.yaml")


def test_an_entry_is_added_below_and_every_other_byte_stays() -> None:
    assert added(KEPT, reason="x") == KEPT + b"\n- item: b\n  reason: x\n"


def test_line_ends_of_windows_are_kept() -> None:
    data = KEPT.replace(b"\n", b"\r\n")
    assert added(data, reason="x") == data + b"\r\n- item: b\r\n  reason: x\r\n"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"---\n"])
def test_a_file_without_entries_gets_the_list(data: bytes) -> None:
    assert load(added(data, reason="x")).value == [{"item": "b", "reason": "x"}]


@pytest.mark.parametrize(
    "data", [b"waivers:\n", b"waivers:\n- item: a\n", b"waivers:\n    - item: a\n"]
)
def test_a_list_under_its_key_is_added_to_in_its_own_indentation(data: bytes) -> None:
    value = load(added(data, reason="x")).value
    assert isinstance(value, dict)
    assert value["waivers"][-1] == {"item": "b", "reason": "x"}  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    "data",
    [b"[]\n", b"[{item: a}]\n", b"waivers: []\n", b"text\n", b"other: 1\n", b"-\n  item: a\n"],
)
def test_a_list_that_cannot_be_added_to_line_by_line_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"w\.yaml"):
        added(data, reason="x")


def test_a_renewed_entry_takes_the_place_of_the_old_and_comments_stay() -> None:
    new = replace(KEPT, {"item": "a.two", "reason": "y"}, item="a.two", key="waivers", name="w")
    assert new == KEPT.replace(b"  reason: |\n    two lines\n    of text\n", b"  reason: y\n")


def test_an_entry_is_found_by_its_line() -> None:
    assert find(KEPT, "a.two", key="waivers", name="w") == [7]
    assert find(KEPT, "a.three", key="waivers", name="w") == []


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), st.sampled_from([b"", KEPT]))
def test_whatever_the_text_is_it_reads_back_as_it_was(
    entries: list[tuple[str, str]], data: bytes
) -> None:
    before = load(data).value or []
    assert isinstance(before, list)
    for reason, owner in entries:
        data = added(data, reason=reason, owner=owner)
    expected = [{"item": "b", "reason": r, "owner": o} for r, o in entries]
    assert load(data).value == [*before, *expected]


@given(TEXTS)
def test_a_renewal_changes_one_entry_only(text: str) -> None:
    data = added(KEPT, reason="x")
    new = replace(data, {"item": "a.one", "reason": text}, item="a.one", key="waivers", name="w")
    value, old = load(new).value, load(data).value
    assert isinstance(value, list)
    assert isinstance(old, list)
    assert value == [{"item": "a.one", "reason": text}, *old[1:]]
