"""The one place that writes a user's file: whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class CannotWrite(Exception):
    """A file could not be written; the message names the file, the reason and the next step."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(f"{path} could not be written: {reason}. {hint}")
        self.path = path
        self.reason = reason
        self.hint = hint


def check(path: Path) -> None:
    """Refuse a path that `write` would refuse, before the work whose result goes there.

    Raises CannotWrite.
    """
    if not path.parent.exists():
        raise _explained(path, FileNotFoundError())
    if not path.parent.is_dir():
        raise _explained(path, NotADirectoryError())
    _mode_of(path)


def write(path: Path, text: str) -> None:
    """Write `text` as UTF-8; see `write_bytes`. Raises CannotWrite."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data`, so that `path` holds either what it held before or all of it.

    An existing file keeps its mode; a new one gets what the umask allows. A link, a device or a
    pipe is refused: a target could have planted the link, and renaming over a device destroys it.
    Raises CannotWrite.
    """
    mode = _mode_of(path)
    temporary = path.parent / f".{path.name[:100]}.{secrets.token_hex(4)}.part"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise _explained(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        # After the rename nothing has this name; before it, only a half-written file does.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _mode_of(path: Path) -> int | None:
    """The mode of the file that will be replaced, None where there is none; raises CannotWrite."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _explained(path, error) from error
    if stat.S_ISLNK(mode):
        raise CannotWrite(
            path, "it is a symbolic link", "Name the file that it points to, or remove the link."
        )
    if stat.S_ISDIR(mode):
        raise CannotWrite(
            path, "it is a folder", f"Name a file in it, such as {path / 'report.html'}."
        )
    if not stat.S_ISREG(mode):
        raise CannotWrite(
            path, "it is not a regular file", "Leave the file name out to print the report."
        )
    return stat.S_IMODE(mode)


def _explained(path: Path, error: OSError) -> CannotWrite:
    folder = path.parent
    if isinstance(error, FileNotFoundError):
        hint = f"Create it (mkdir -p {folder}) or name another file."
        return CannotWrite(path, f"the folder {folder} does not exist", hint)
    if isinstance(error, NotADirectoryError):
        return CannotWrite(path, f"{folder} is not a folder", "Name a file in an existing folder.")
    if isinstance(error, PermissionError):
        hint = "Change its permissions or name another file."
        return CannotWrite(path, f"you may not write in the folder {folder}", hint)
    reason = (error.strerror or type(error).__name__).lower()
    hint = "Free some space or name another file." if error.errno in _FULL else "Name another file."
    return CannotWrite(path, reason, hint)
