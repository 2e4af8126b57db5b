"""Evidence by the digest of its content: in a folder, or in object storage through fsspec.

Each blob is a gzip file named by the SHA-256 of what is in it, so that a damaged one is told, and the same
content is kept once however many runs have it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import secrets
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from auditor.store.history.place import without_password
from auditor.store.history.trouble import BadHistory

_LARGEST = 512 * 1024 * 1024


class Files(Protocol):
    """Where compressed blobs lie. Raises OSError."""

    def read(self, name: str) -> bytes:
        """All of a file."""

    def has(self, name: str) -> bool:
        """Whether the file is there."""

    def write(self, name: str, data: bytes) -> None:
        """A file, whole or not at all."""

    def remove(self, name: str) -> None:
        """A file is there no more."""


class Blobs:
    """Content by digest. Every method raises BadHistory."""

    def __init__(self, where: str) -> None:
        """`where` is a folder, or a URL that fsspec knows, such as s3://bucket/path."""
        self.shown = without_password(where)
        self._files: Files = _Remote(where, self.shown) if "://" in where else _Folder(Path(where))

    def put(self, data: bytes) -> str:
        """Keep `data` and give its digest."""
        digest = hashlib.sha256(data).hexdigest()
        try:
            if not self._files.has(_name(digest)):
                self._files.write(_name(digest), gzip.compress(data, 6, mtime=0))
        except OSError as error:
            raise BadHistory(
                f"The evidence cannot be kept in {self.shown}: {_reason(error)}. Nothing of this run"
                " was stored. Free some space or change its permissions, and store it again."
            ) from None
        return digest

    def get(self, digest: str) -> bytes:
        """The content of this digest."""
        try:
            packed = self._files.read(_name(digest))
        except FileNotFoundError:
            raise BadHistory(
                f"The evidence {digest[:12]} is not in {self.shown}. Where several machines share a"
                " history, they share its evidence too: --blobs, AUDITOR_HISTORY_BLOBS."
            ) from None
        except OSError as error:
            raise BadHistory(
                f"The evidence {digest[:12]} in {self.shown} cannot be read: {_reason(error)}."
            ) from None
        data = _unpacked(packed)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise BadHistory(
                f"The evidence {digest[:12]} in {self.shown} is damaged. Restore it from a backup"
                " (docs/history.md); the scores and verdicts of its run are not touched."
            )
        return data

    def remove(self, digest: str) -> None:
        """The content is kept no more."""
        try:
            with suppress(FileNotFoundError):
                self._files.remove(_name(digest))
        except OSError as error:
            raise BadHistory(
                f"The evidence {digest[:12]} in {self.shown} cannot be removed: {_reason(error)}."
            ) from None


def _name(digest: str) -> str:
    return f"{digest[:2]}/{digest}.gz"


def _unpacked(packed: bytes) -> bytes | None:
    """The content of one gzip file, None for anything else and for what grows beyond all measure."""
    machine = zlib.decompressobj(wbits=31)
    try:
        data = machine.decompress(packed, _LARGEST)
    except zlib.error:
        return None
    return data if machine.eof and not machine.unused_data else None


def _reason(error: OSError) -> str:
    return without_password(error.strerror or str(error).split("\n")[0] or type(error).__name__)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def has(self, name: str) -> bool:
        return (self._folder / name).exists()

    def write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            with os.fdopen(
                os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        (self._folder / name).unlink()


class _Remote:
    def __init__(self, url: str, shown: str) -> None:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise BadHistory(
                f"Evidence at {shown} needs fsspec: pip install 'auditor[history]'"
            ) from None
        try:
            found: Any = url_to_fs(url)
        except ImportError as error:
            raise BadHistory(f"Evidence at {shown} needs one package more: {error}.") from None
        except ValueError as error:
            raise BadHistory(f"Evidence cannot be kept at {shown}: {error}.") from None
        self._system, self._base = found[0], str(found[1]).rstrip("/")

    def read(self, name: str) -> bytes:
        with _AsOSError():
            data: bytes = self._system.cat_file(f"{self._base}/{name}")
            return data

    def has(self, name: str) -> bool:
        with _AsOSError():
            return bool(self._system.exists(f"{self._base}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        path = f"{self._base}/{name}"
        with _AsOSError():
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._system.pipe_file(path, data)

    def remove(self, name: str) -> None:
        with _AsOSError():
            self._system.rm_file(f"{self._base}/{name}")


class _AsOSError:
    """Each object storage has errors of its own; whatever it is, the blob was not read or written."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, OSError):
            raise OSError(f"{type(error).__name__}: {error}") from error
