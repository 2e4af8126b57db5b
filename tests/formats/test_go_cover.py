"""Go cover profiles: every block once, by whichever test binary it ran."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.coverage.go_cover import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed

PROFILE = b"""mode: atomic
github.com/acme/orders/main.go:5.13,8.2 3 1
github.com/acme/orders/db/my file.go:10.9,15.23 5 0
github.com/acme/orders/db/my file.go:17.2,19.3 2 4
github.com/acme/orders/main.go:10.2,12.3 0 0
"""


def test_statements_are_counted_by_file() -> None:
    report = parse(PROFILE)
    assert [(f.path, f.statements, f.covered, f.last_line) for f in report.files] == [
        ("github.com/acme/orders/main.go", 3, 3, 12),
        ("github.com/acme/orders/db/my file.go", 7, 2, 19),
    ]
    assert report.line_percent == 50.0
    assert (report.branches, report.excluded_lines, report.produced_at) == (None, None, None)
    assert report.disagreement == ()


def test_a_block_of_several_test_binaries_counts_once_and_ran_where_any_ran_it() -> None:
    for hits in ((b"0", b"7"), (b"7", b"0")):
        report = parse(
            b"mode: count\na.go:1.1,2.2 4 %b\nb.go:1.1,2.2 1 1\na.go:1.1,2.2 4 %b\n" % hits
        )
        assert (report.statements, report.covered) == (5, 5)


def test_profiles_that_were_joined_repeat_the_mode() -> None:
    once, joined = parse(PROFILE), parse(PROFILE + PROFILE)
    assert joined.files == once.files
    assert joined.details["blocks_written"] == 2 * once.details["blocks_written"]
    with pytest.raises(Malformed, match="block of its mode") as refused:
        parse(PROFILE + PROFILE.replace(b"atomic", b"set"))
    assert refused.value.line == 6


@pytest.mark.parametrize("mode", ["set", "count", "atomic"])
def test_the_mode_is_told_with_the_number_of_its_lines(mode: str) -> None:
    profile = PROFILE.replace(b"atomic", mode.encode())
    blocks = profile.partition(b"\n")[2]
    for data, lines in ((profile, 1), (profile + profile, 2), (profile + b"\n" + blocks, 1)):
        details = parse(data).details
        assert {k: n for k, n in details.items() if k[:5] == "mode."} == {f"mode.{mode}": lines}
    named = b"mode: odd.go:1.1,2.2 1 1\n"
    assert parse(profile + named).details[f"mode.{mode}"] == 1


def test_a_profile_of_no_blocks_is_no_percentage() -> None:
    report = parse(b"mode: set\n")
    assert (report.files, report.line_percent) == ((), None)


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing() -> None:
    data = b"\xef\xbb\xbf" + PROFILE.replace(b"\n", b"\r\n")
    assert sniff(data)
    assert parse(data) == parse(PROFILE)
    assert parse(PROFILE.decode().encode("utf-16")) == parse(PROFILE)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b" 5 0", b" 5 -1", "no block"),
        (b" 5 0", b" 5 NaN", "no block"),
        (b" 5 0", b" -5 0", "no block"),
        (b" 5 0", b" 5", "no block"),
        (b" 5 0", b" " + b"9" * 30 + b" 0", "no block"),
        (b"10.9,15.23", b"10.9", "no block"),
        (b"10.9,15.23", b"10.9,99999999.1", "line 99999999"),
        (b"17.2,19.3", b"10.9,15.23", "two numbers"),
    ],
)
def test_nonsense_is_refused_with_its_line(old: bytes, new: bytes, message: str) -> None:
    assert old in PROFILE
    with pytest.raises(Malformed, match=message) as refused:
        parse(PROFILE.replace(old, new, 1))
    assert refused.value.line in (3, 4)


def test_a_profile_that_is_cut_off_within_its_numbers_is_refused() -> None:
    with pytest.raises(Malformed, match="no block"):
        parse(PROFILE[:-14])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"mode: fast\na.go:1.1,2.2 1 1\n",
        b"mode: set for speed\n",
        b"a.go:1.1,2.2 1 1\n",
        b"SF:a.go\nend_of_record\n",
        b"mode:\n  set\n",
    ],
)
def test_other_documents_are_neither_recognised_nor_read(data: bytes) -> None:
    assert not sniff(data)
    with pytest.raises(Malformed):
        parse(data)


BLOCKS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(1, 5), st.integers(0, 2)), max_size=12
)


@given(BLOCKS)
def test_counts_equal_the_blocks_that_were_written(blocks: list[tuple[str, int, int]]) -> None:
    lines = [f"{name}.go:{line}.1,{line}.9 {line} {hits}\n" for name, line, hits in blocks]
    report = parse(("mode: count\n" + "".join(lines)).encode())
    unique = {(name, line) for name, line, _ in blocks}
    ran = {(name, line) for name, line, hits in blocks if hits}
    assert report.statements == sum(line for _, line in unique)
    assert report.covered == sum(line for _, line in ran)


@given(st.integers(0, len(PROFILE)), st.integers(0, 20), st.binary(max_size=6))
def test_whatever_is_done_to_a_profile_it_is_read_or_refused(
    at: int, gone: int, put: bytes
) -> None:
    try:
        report = parse(PROFILE[:at] + put + PROFILE[at + gone :])
    except FormatError:
        return
    assert report.covered <= report.statements
