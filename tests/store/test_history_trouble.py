"""Damaged, full, read-only, busy: each is told with the next step, and nothing stored is lost."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.store.history.database import Database
from auditor.store.history.history import open_history
from auditor.store.history.place import holds_password, place_of, without_password
from auditor.store.history.trouble import BadHistory
from tests.store.history_world import opened, place, put, record

ROOT = Path(__file__).parents[2]
WRITER = """\
import sys
from pathlib import Path
from auditor.store.history.history import open_history
from tests.store.history_world import place, put, record
with open_history(place(Path(sys.argv[1])), create=True) as history:
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        print(put(history, record(number)).run, flush=True)
"""


def refused(said: str, act: Callable[[], object]) -> None:
    """It is refused, and says so."""
    with pytest.raises(BadHistory, match=said):
        act()


def read(folder: Path, *, create: bool = False) -> list[object]:
    """Open a history and read from it."""
    with open_history(place(folder), create=create) as history:
        return list(history.states())


def writer(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    """Another process that stores runs."""
    return subprocess.Popen(
        (sys.executable, "-c", WRITER, str(folder), str(first), str(last)),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_two_processes_store_at_once_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    both = writer(tmp_path, 0, 8), writer(tmp_path, 4, 12)  # neither finds a history there
    told = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    with opened(tmp_path) as history:
        runs = history.runs(history.service("orders")[0])
    assert sorted(run.head.digest for run in runs) == sorted(
        record(n).head.digest for n in range(12)
    )


def test_a_process_that_is_killed_while_it_stores_leaves_whole_runs(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    process = writer(tmp_path, 0, 10_000)
    assert process.stdout is not None
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    with opened(tmp_path) as history:
        runs = history.runs(history.service("orders")[0])
        assert len(runs) >= 3
        for run in runs:
            assert history.report(run) == b"{}"
            assert history.record(run).head == run.head


def test_a_writer_that_holds_on_for_too_long_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        put(history, record(0))
        other = Database(place(tmp_path), create=False)
        said = r"is busy: another process has held it for 0\.2 s"
        with other.writing(), opened(tmp_path, patience_s=0.2) as hasty:
            refused(said, lambda: put(hasty, record(1)))
        assert put(history, record(1)).known is False
        other.close()


def test_nobody_prunes_while_somebody_stores(tmp_path: Path) -> None:
    from auditor.store.history.retention import parse_rules

    with opened(tmp_path) as history, opened(tmp_path, patience_s=0.1) as other:
        put(history, record(0))
        storing = Database(place(tmp_path), create=False)
        with storing.held(alone=False), pytest.raises(BadHistory, match="is busy"):
            other.prune(parse_rules(["last=1"]), really=True)
        storing.close()


@pytest.mark.parametrize("text", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_history_is_told_and_kept(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "history.sqlite"
    file.write_bytes(text)
    refused(
        r"is damaged.*Restore a backup of it \(docs/history.md\)",
        lambda: read(tmp_path, create=True),
    )
    assert file.read_bytes() == text


def test_a_page_that_is_damaged_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        for number in range(3):
            put(history, record(number))
    file = tmp_path / "history.sqlite"
    data = bytearray(file.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(BadHistory, match="is damaged"), opened(tmp_path) as history:
        history.states()


def test_a_history_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    refused(r"There is no history at .* yet. Store a run", lambda: read(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("make", "said"), [
    (lambda p: p.mkdir(), "is a folder; name the file of the history"),
    (lambda p: os.mkfifo(p), "is not a regular file"),
])  # fmt: skip
def test_what_is_no_file_is_refused(tmp_path: Path, make: object, said: str) -> None:
    make(tmp_path / "history.sqlite")  # type: ignore[operator]
    with pytest.raises(BadHistory, match=said), opened(tmp_path):
        pass


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everywhere, so for a while nobody is root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A history that may only be read, in a folder that others may reach."""
    folder = Path(tempfile.mkdtemp(prefix="auditor-history-"))
    try:
        with opened(folder) as history:
            put(history, record(1))
        for path in [*folder.rglob("*"), folder]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_history_that_may_only_be_read_is_read(shelf: Path) -> None:
    with unprivileged(), open_history(place(shelf)) as history:
        run = history.run("orders")
        assert history.record(run) == record(1)
        assert history.report(run) == b"{}"


def test_a_history_that_may_only_be_read_says_so_when_it_should_be_written(shelf: Path) -> None:
    with unprivileged(), open_history(place(shelf)) as history:
        for write in (history.check_writable, lambda: put(history, record(2))):
            with pytest.raises(BadHistory, match="cannot be written by you"):
                write()


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file grows beyond this many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_loses_the_new_run_and_nothing_else(tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        put(history, record(1))
        size = (tmp_path / "history.sqlite").stat().st_size
        with disk_of(size // 4):
            refused(
                "Nothing of this run was stored",
                lambda: [put(history, record(number)) for number in range(2, 30)],
            )
        kept = len(history.runs(history.service("orders")[0]))
        assert put(history, record(99)).known is False
    with opened(tmp_path) as history:
        runs = history.runs(history.service("orders")[0])
        assert len(runs) == kept + 1
        assert all(history.report(run) == b"{}" for run in runs)


def test_evidence_that_does_not_fit_loses_the_new_run_and_nothing_else(tmp_path: Path) -> None:
    from tests.store.history_world import snapshot

    with opened(tmp_path) as history:
        put(history, record(1))
        large = {"manifest.json": b"{}", f"blobs/{'a' * 64}": os.urandom(1 << 20)}
        with disk_of(1 << 19), pytest.raises(BadHistory, match="The evidence cannot be kept in"):
            history.add(record(2), b"{}", snapshot(), large)
        assert len(history.runs(history.service("orders")[0])) == 1
        assert history.add(record(2), b"{}", snapshot(), large).known is False
    assert not list((tmp_path / "history.sqlite.blobs").rglob("*.part"))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("mysql://db/x", "cannot be at a URL of the kind mysql://; give a file, or postgresql://"),
        ("postgresql://a:secret@db:port/x", "is no URL of a database"),
    ],
)
def test_a_place_that_is_none_is_refused(where: str, said: str) -> None:
    with pytest.raises(BadHistory) as error, open_history(place_of(where)):
        pass
    assert said in str(error.value)
    assert "secret" not in str(error.value)


def test_a_password_is_never_shown() -> None:
    url = "postgresql://auditor:s3cr3t@db.example.net/x?sslpassword=s3cr3t&a=b"
    assert without_password(url) == "postgresql://auditor:***@db.example.net/x?sslpassword=***&a=b"
    assert holds_password(url)
    assert not holds_password("postgresql://auditor@db.example.net/x")
    assert "s3cr3t" not in repr(place_of(url)) + place_of(url).shown


def test_a_backup_is_a_history_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path / "live") as history:
        for number in (1, 2):
            put(history, record(number))
        assert history.back_up(tmp_path / "copy") == 3
        put(history, record(3))
    shutil.rmtree(tmp_path / "live")
    with opened(tmp_path / "copy") as restored:
        run = restored.run("orders")
        assert restored.record(run) == record(2)
        assert restored.files(run)["manifest.json"] == b"{}"
        with pytest.raises(BadHistory, match="is not empty; name a new folder"):
            restored.back_up(tmp_path / "copy")
