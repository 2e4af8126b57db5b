"""Requirements files of pip: what they pin, and what they cannot pin."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.packages.requirements_text import Dependency, parse, requirement
from auditor.formats.text.errors import FormatError, Malformed, TooLarge


@pytest.mark.parametrize(
    ("line", "name", "version"),
    [
        ("flask==3.0.1", "flask", "3.0.1"),
        ("Flask_SQLAlchemy == 3.0.1  # why", "flask-sqlalchemy", "3.0.1"),
        ("uvicorn[standard]==0.30.0", "uvicorn", "0.30.0"),
        ("flask===3.0.1", "flask", "3.0.1"),
        ("flask==3.0.1 ; python_version >= '3.8'", "flask", "3.0.1"),
        ("flask==3.0.1 --hash=sha256:ab --hash=sha256:cd", "flask", "3.0.1"),
        ('flask==3.0.1 --config-settings="a=b"', "flask", "3.0.1"),
        ("flask", "flask", None),
        ("flask>=3", "flask", None),
        ("flask==3.*", "flask", None),
        ("flask~=3.0.1", "flask", None),
        ("flask==3.0.1,!=3.0.2", "flask", "3.0.1"),
        ("flask==3.0.1,==3.0.2", "flask", None),
    ],
)
def test_a_version_is_pinned_by_equality_alone(line: str, name: str, version: str | None) -> None:
    assert parse(line.encode()).dependencies == (Dependency(name, version, 1),)


UNPINNABLE = """
-e .
-e git+https://host/x.git#egg=x
--editable ./x
git+https://host/x.git@v1
https://host/x.whl
file:///x
./local
../up
.
/abs/x
libs/mine
dist/x-1.0-py3-none-any.whl
x-1.0.tar.gz
x @ https://host/x.whl
x @ git+https://host/x.git
""".strip().splitlines()


@pytest.mark.parametrize("line", UNPINNABLE)
def test_what_no_advisory_database_knows_is_not_pinnable(line: str) -> None:
    (found,) = parse(line.encode()).dependencies
    assert (found.version, found.pinnable) == (None, False)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# flask==1",
        "   ",
        "--index-url https://host/simple",
        "-i https://host/simple",
        "--no-binary :all:",
        "pywin32==306; sys_platform == 'win32'",
        "x==1; python_version < '3'",
    ],
)
def test_options_comments_and_other_platforms_are_no_dependencies(line: str) -> None:
    assert parse(line.encode()).dependencies == ()


def test_includes_are_named() -> None:
    read = parse(b"-r base.txt\n--requirement=more.txt\n-c constraints.txt\nflask\n-rshort.txt\n")
    assert read.includes == ("base.txt", "more.txt", "constraints.txt", "short.txt")
    assert [found.line for found in read.dependencies] == [4]


def test_continued_lines_count_from_their_first() -> None:
    text = (
        b"# head\nflask==3.0.1 \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\nwerkzeug==3.0\n"
    )
    assert [(found.name, found.version, found.line) for found in parse(text).dependencies] == [
        ("flask", "3.0.1", 2),
        ("werkzeug", "3.0", 5),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_that_pip_reads(encoding: str) -> None:
    assert parse("flask==3.0.1\r\n".encode(encoding)).dependencies[0].version == "3.0.1"


@pytest.mark.parametrize(
    "text", [b"flask=3\n", b"{{ x }}\n", b"<html>\n", b"a b c\n", b"a; " + b"(" * 9_000 + b"\n"]
)
def test_what_pip_refuses_is_malformed_with_its_line(text: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse(b"flask==3.0.1\n" + text)
    assert caught.value.line == 2


def test_binary_and_giant_files_are_refused() -> None:
    with pytest.raises(Malformed):
        parse(b"flask\x00")
    with pytest.raises(TooLarge):
        parse(b"#" * 5_000_001)


def test_a_single_requirement() -> None:
    assert requirement("Flask==3.0.1", 7) == Dependency("flask", "3.0.1", 7)
    assert requirement("x; sys_platform == 'darwin'") is None


PIECES = st.sampled_from(
    ["flask", "==", "1.0", ";", " python_version", "<'3'", "\n", "\\\n", "-r ", "-e ", "#", " ", "@",
     "[a]", "--hash=", "/", "é", ",", "*", "'", "extra == 'x'"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=20).map("".join))
def test_nothing_but_a_format_error_escapes(text: str) -> None:
    with contextlib.suppress(FormatError):
        assert isinstance(parse(text.encode()).dependencies, tuple)
