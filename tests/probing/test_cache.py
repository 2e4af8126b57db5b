"""Results by content: found again, forgotten when old, and never read from what another can write."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from auditor.probing.doors.cache import Cache

DAY = 24 * 3600


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "own" / "results.sqlite"


def test_a_result_is_found_by_content_and_maker_only(path: Path) -> None:
    Cache(path).put("one 1.0", {"a": b"1", "b": b"2"})
    cache = Cache(path)
    assert cache.get("one 1.0", ["a", "b", "c"]) == {"a": b"1", "b": b"2"}
    assert cache.get("one 1.1", ["a"]) == {}


def test_many_contents_are_found_at_once(path: Path) -> None:
    results = {str(n): b"%d" % n for n in range(3000)}
    Cache(path).put("one", results)
    assert Cache(path).get("one", results) == results


def test_without_a_path_nothing_is_kept() -> None:
    cache = Cache()
    cache.put("one", {"a": b"1"})
    assert cache.get("one", ["a"]) == {}


def test_reading_makes_no_file(path: Path) -> None:
    assert Cache(path).get("one", ["a"]) == {}
    assert not path.parent.exists()


def test_what_nobody_used_for_long_is_forgotten(path: Path) -> None:
    Cache(path, now=0).put("one", {"old": b"1", "used": b"2"})
    assert Cache(path, now=50 * DAY).get("one", ["used"]) == {"used": b"2"}
    Cache(path, now=70 * DAY).put("one", {"new": b"3"})
    assert Cache(path, now=70 * DAY).get("one", ["old", "used", "new"]) == {
        "used": b"2",
        "new": b"3",
    }


@pytest.mark.parametrize("mode", [0o602, 0o620])
def test_false_green_a_file_that_another_can_write_is_not_read(path: Path, mode: int) -> None:
    Cache(path).put("one", {"a": b"1"})
    path.chmod(mode)
    assert Cache(path).get("one", ["a"]) == {}


def test_false_green_a_folder_that_another_can_write_is_not_trusted(path: Path) -> None:
    Cache(path).put("one", {"a": b"1"})
    path.parent.chmod(0o777)
    assert Cache(path).get("one", ["a"]) == {}


def test_a_link_in_the_place_of_the_file_is_not_followed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    Cache(other).put("one", {"a": b"1"})
    path.parent.mkdir(mode=0o700)
    path.symlink_to(other)
    assert Cache(path).get("one", ["a"]) == {}


def test_a_broken_file_is_no_evidence_and_is_made_anew(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"this is no database" * 100)
    path.chmod(0o600)
    assert Cache(path).get("one", ["a"]) == {}
    Cache(path).put("one", {"a": b"1"})
    assert Cache(path).get("one", ["a"]) == {"a": b"1"}


@pytest.mark.parametrize("size", [0, 100, 3000, 5000])
def test_a_file_cut_short_is_no_evidence_and_is_made_anew(path: Path, size: int) -> None:
    Cache(path).put("one", {str(n): b"x" * 2000 for n in range(9)})
    path.write_bytes(path.read_bytes()[:size])
    assert set(Cache(path).get("one", map(str, range(9))).values()) <= {b"x" * 2000}
    Cache(path).put("one", {"a": b"1"})
    Cache(path).put("one", {"b": b"2"})
    assert Cache(path).get("one", ["a", "b"]) == {"a": b"1", "b": b"2"}


def test_false_green_a_flipped_bit_or_a_value_in_anothers_place_is_not_taken(path: Path) -> None:
    Cache(path).put("one", {"a": b"there are 10 errors", "b": b"there is no error"})
    path.write_bytes(path.read_bytes().replace(b"there are 10 errors", b"there are 00 errors"))
    assert Cache(path).get("one", ["a", "b"]) == {"b": b"there is no error"}
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM kept WHERE content = 'a'")
        database.execute("UPDATE kept SET content = 'a'")
    assert Cache(path).get("one", ["a", "b"]) == {}


def test_a_file_of_an_older_version_is_taken_over(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE result (maker TEXT, content TEXT, value BLOB, used INTEGER)")
        database.execute("INSERT INTO result VALUES ('one', 'a', x'31', 0)")
    path.chmod(0o600)
    assert Cache(path).get("one", ["a"]) == {}
    Cache(path).put("one", {"b": b"2"})
    assert Cache(path).get("one", ["a", "b"]) == {"b": b"2"}


def test_what_may_only_be_read_is_read(path: Path) -> None:
    Cache(path).put("one", {"a": b"1"})
    path.chmod(0o400)
    path.parent.chmod(0o500)
    cache = Cache(path, now=90 * DAY)
    assert cache.get("one", ["a"]) == {"a": b"1"}
    cache.put("one", {"b": b"2"})
    assert cache.get("one", ["a"]) == {"a": b"1"}
    path.parent.chmod(0o700)


def test_what_is_to_live_a_day_is_forgotten_after_one(path: Path) -> None:
    Cache(path, now=0).put("one", {"a": b"1"}, life_s=DAY)
    Cache(path, now=0).put("one", {"b": b"2"})
    Cache(path, now=2 * DAY).put("one", {"c": b"3"})
    assert Cache(path, now=2 * DAY).get("one", ["a", "b", "c"]) == {"b": b"2", "c": b"3"}


def test_several_may_write_at_once(path: Path) -> None:
    def put(n: int) -> None:
        Cache(path).put("one", {f"{n}-{i}": b"x" for i in range(20)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(8)))
    assert len(Cache(path).get("one", [f"{n}-{i}" for n in range(8) for i in range(20)])) == 160
    assert path.stat().st_mode & 0o077 == 0
    assert path.stat().st_uid == os.getuid()
