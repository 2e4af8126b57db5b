"""The writer: a file holds what it held before, or all of the report."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from auditor.report.writer import CannotWrite, write


def test_it_writes_utf8_with_its_line_ends_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "report.md", "Gómez\r\n✓\n")
    assert (tmp_path / "report.md").read_bytes() == "Gómez\r\n✓\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["report.md"]


def test_it_replaces_a_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("before")
    path.chmod(0o640)
    write(path, "after")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("after", 0o640)


def test_a_new_file_gets_the_mode_that_any_new_file_gets(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    write(tmp_path / "report.md", "x")
    assert (tmp_path / "report.md").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_text_that_is_no_unicode_is_written_escaped(tmp_path: Path) -> None:
    write(tmp_path / "report.md", "a\udc80")
    assert (tmp_path / "report.md").read_bytes() == b"a\\udc80"


def test_a_missing_folder_is_named_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite) as caught:
        write(tmp_path / "none" / "report.md", "x")
    folder = tmp_path / "none"
    assert str(caught.value) == (
        f"{folder}/report.md could not be written: the folder {folder} does not"
        f" exist. Create it (mkdir -p {folder}) or name another file."
    )


def test_a_file_in_place_of_the_folder_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWrite, match="file is not a folder"):
        write(tmp_path / "file" / "report.md", "x")


def test_a_folder_in_place_of_the_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"it is a folder. Name a file in it"):
        write(tmp_path, "x")


def test_it_writes_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "report.md").symlink_to(tmp_path / "precious")
    with pytest.raises(CannotWrite, match="it is a symbolic link"):
        write(tmp_path / "report.md", "x")
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "report.md").is_symlink()


def test_it_replaces_no_pipe_or_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CannotWrite, match="not a regular file"):
        write(tmp_path / "pipe", "x")
    with pytest.raises(CannotWrite, match="not a regular file"):
        write(Path("/dev/null"), "x")


def test_a_folder_that_may_not_be_written_is_said_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(CannotWrite, match="you may not write in the folder"):
            write(tmp_path / "report.md", "x")
    finally:
        os.seteuid(user)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(CannotWrite, match="Free some space or name another file"):
            write(path, "x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["report.md"]
