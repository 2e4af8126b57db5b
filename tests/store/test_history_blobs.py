"""Evidence by digest: kept once, told when it is damaged or gone, on disk and in object storage."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.store.history.blobs import Blobs
from auditor.store.history.pack import packed, unpacked
from auditor.store.history.trouble import BadHistory


@pytest.fixture(params=["folder", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """A folder, and an object storage that fsspec has."""
    where = tmp_path / "blobs"
    return Blobs(str(where) if request.param == "folder" else f"memory:/{where}")


def test_what_is_put_is_got_and_is_kept_once(blobs: Blobs) -> None:
    digest = blobs.put(b"evidence")
    assert (blobs.put(b"evidence"), blobs.get(digest)) == (digest, b"evidence")
    blobs.remove(digest)
    blobs.remove(digest)
    with pytest.raises(BadHistory, match=r"is not in .* AUDITOR_HISTORY_BLOBS"):
        blobs.get(digest)


@settings(max_examples=25)
@given(st.binary(max_size=3000))
def test_any_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    blobs = Blobs("memory://any")
    assert blobs.get(blobs.put(data)) == data


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-4],
        lambda data: data + b"x",
        lambda data: b"no gzip",
        lambda data: gzip.compress(b"other evidence"),
    ],
)
def test_false_green_damaged_evidence_is_never_handed_out(tmp_path: Path, damage: object) -> None:
    blobs = Blobs(str(tmp_path))
    digest = blobs.put(b"evidence")
    (file,) = tmp_path.rglob("*.gz")
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BadHistory, match=r"is damaged\. Restore it from a backup"):
        blobs.get(digest)


def test_nobody_else_may_read_what_is_kept(tmp_path: Path) -> None:
    Blobs(str(tmp_path / "blobs")).put(b"evidence")
    kept = [tmp_path / "blobs", *(tmp_path / "blobs").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in kept} == {0}


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nosuch://place/x", "Evidence cannot be kept at nosuch://place/x"),
        ("nosuch://user:secret@place/x", "at nosuch://user:***@place/x"),
    ],
)
def test_a_storage_that_is_not_known_is_refused_without_its_password(where: str, said: str) -> None:
    with pytest.raises(BadHistory) as error:
        Blobs(where)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


@given(
    st.dictionaries(
        st.sampled_from(["manifest.json", "evidence/a.json", "report.json"]), st.binary()
    )
)
def test_the_files_of_a_bundle_survive_packing(files: dict[str, bytes]) -> None:
    assert unpacked(packed(files)) == files
    assert packed(files) == packed(dict(reversed(files.items())))


def test_a_pack_that_is_none_is_told() -> None:
    with pytest.raises(BadHistory, match="damaged"):
        unpacked(b"no tar")
