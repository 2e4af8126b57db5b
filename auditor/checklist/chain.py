"""The files of a checklist as written: the one that was asked for, and those that it extends in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.checklist.shipped import checklist_names, config_folder
from auditor.formats.text.config_text import Mistake, Node, nearest, read

_DEPTH = 8
_SIZE = 10_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """One file: the name that it was asked for by, the place that mistakes name, and its bytes."""

    name: str
    place: str
    data: bytes


def read_chain(
    name: str, *, beside: Path | None = None, fence: Path | None = None
) -> tuple[Written, ...]:
    """The checklist `name` and what it extends, from the derived one to the whole one.

    `name` is a shipped name, or the path of a YAML file (relative to `beside`). A checklist that the
    target itself names is only read from inside `fence`. Raises Mistake.
    """
    files: list[Written] = []
    said: Node | None = None
    while True:
        path = _locate(name, beside, fence, said)
        files.append(Written(name, _shown(path), _bytes(path, name, said)))
        said = extends(files[-1])
        if said is None:
            return tuple(files)
        if len(files) > _DEPTH:
            raise said.mistake(f"Checklists extend each other more than {_DEPTH} times.")
        name, beside = said.text(), path.parent


def extends(file: Written) -> Node | None:
    """What a file says that it extends, if anything. Raises Mistake."""
    return read(file.data, file.place).mapping().get("extends")


def is_whole(files: Sequence[Written]) -> bool:
    """Whether each file extends the next one by its name, and the last one none. Raises Mistake."""
    names: list[str | None] = [file.name for file in files[1:]]
    said = [node.text() if (node := extends(file)) else None for file in files]
    return bool(files) and said == [*names, None]


def _bytes(path: Path, name: str, said: Node | None) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_SIZE + 1)
    except OSError as error:
        raise _unknown(name, said, f"The checklist cannot be read: {error.strerror}.") from None


def _locate(name: str, beside: Path | None, fence: Path | None, said: Node | None) -> Path:
    """`said` is the `extends` that names the checklist, where one does."""
    if name in checklist_names():
        return config_folder() / "checklists" / f"{name}.yaml"
    path = Path(name) if beside is None else beside / name
    try:
        inside = fence is None or path.resolve().is_relative_to(fence.resolve())
        there = inside and path.is_file()
        other = bool(name) and inside and path.exists() and not there
    except (OSError, ValueError, RuntimeError):  # no path at all, or a loop of links
        inside, there, other = True, False, False
    if not inside:
        message = "A checklist that the repository names must lie inside the repository."
        raise _unknown(name, said, message)
    if there:
        return path
    shipped = ", ".join(checklist_names())
    if other:
        what = "a folder" if path.is_dir() else "a pipe or a device"
        message = f"It is {what}, and no file: name the YAML file of the checklist."
    else:
        message = f"No checklist of that name or path.{nearest(name, checklist_names())}"
    raise _unknown(name, said, f"{message} Shipped: {shipped}.")


def _unknown(name: str, said: Node | None, message: str) -> Mistake:
    return Mistake(name, message) if said is None else said.mistake(f"extends {name!r}: {message}")


def _shown(path: Path) -> str:
    """The path as the user knows it; shipped files without the place of the installation."""
    shipped = config_folder()
    return f"config/{path.relative_to(shipped)}" if path.is_relative_to(shipped) else str(path)
