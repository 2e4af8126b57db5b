"""The use case of `auditor init`: look at a repository, and write an auditor.yaml for each of its services."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditor.checklist.load import declared_tiers
from auditor.collect.survey.services import survey
from auditor.collect.target import WrongUse
from auditor.model.item import Tier
from auditor.model.survey import FoundService
from auditor.probing.doors import git
from auditor.probing.doors.gittree import GitTree
from auditor.report.settings_draft import Answers, draft
from auditor.report.writer import CannotWrite, check, write
from auditor.settings import DEFAULT_CHECKLIST, FILE_NAMES, read_settings

_MOST_COPIES = 100
Ask = Callable[[FoundService], Answers]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found below `path`, the folder as the operator named it. `tiers` are the checklist's."""

    path: Path
    services: tuple[FoundService, ...]
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A file to write: its path, its text, the service, and how one audits it."""

    path: Path
    text: str
    service: FoundService
    place: Path


def look(path: Path, root: str | None = None) -> Seen:
    """The services below a folder; only that at `root` where it is given. Raises WrongUse and Mistake."""
    if not path.is_dir():
        raise WrongUse(
            f"{path} is not a folder. Give the path of a repository or of a service in one."
        )
    place = path / root if root else path
    if not place.is_dir():
        raise WrongUse(f"--root names {place}, which is not a folder.")
    here = Path(os.path.realpath(place))
    top = git.find_root(here)
    tree = GitTree(top or here, is_git=top is not None)
    start = here.relative_to(tree.root).as_posix()
    found = survey(tree, "" if start == "." else start)
    return Seen(place, tuple(found), declared_tiers(DEFAULT_CHECKLIST))


def drafts(seen: Seen, ask: Ask | None = None, output: Path | None = None) -> list[Drafted]:
    """A file for each service: in the folder that was named where there is one service alone, else in its
    own folder, where auditor audit finds it. Raises WrongUse."""
    if output is not None and len(seen.services) > 1:
        listed = ", ".join(s.root or "." for s in seen.services)
        raise WrongUse(f"There are {len(seen.services)} services: {listed}. Name one with --root.")
    return [_drafted(seen, one, ask, output) for one in seen.services]


def _drafted(seen: Seen, one: FoundService, ask: Ask | None, output: Path | None) -> Drafted:
    alone = len(seen.services) == 1
    folder = seen.path if alone else seen.path / one.root
    file = output or folder / FILE_NAMES[0]
    root = one.root if alone else ""
    if output is not None:
        root = os.path.relpath(seen.path / one.root, output.parent)
        root = "" if root == "." else posixpath.normpath(root)
    name = one.name or os.path.basename(os.path.realpath(seen.path / one.root)) or "service"
    text = draft(
        one,
        name=name,
        root=root,
        place=str(folder),
        tiers=seen.tiers,
        answers=ask(one) if ask else None,
    )
    read_settings(
        text.encode(), str(file)
    )  # what is written can be read, whatever the target holds
    return Drafted(file, text, one, folder)


def refuse_existing(files: list[Drafted], *, force: bool) -> None:
    """Refuse what would write over somebody's file, before anything is written. Raises WrongUse, CannotWrite."""
    for one in files:
        for name in dict.fromkeys((one.path, *(one.path.parent / n for n in FILE_NAMES))):
            named = name == one.path or one.path.name in FILE_NAMES
            if named and os.path.lexists(name) and not force:
                raise WrongUse(
                    f"{name} is there already, and nothing was written. Look at what init would write:"
                    f" --output -; or write it anew with --force, which keeps a copy."
                )
        check(one.path)


def save(one: Drafted) -> Path | None:
    """Write a file; what was there before is kept, and its copy's path given. Raises CannotWrite."""
    kept = None
    if one.path.is_file() and not one.path.is_symlink():
        kept = _free(one.path)
        _copy(one.path, kept)
    write(one.path, one.text)
    return kept


def _copy(path: Path, to: Path) -> None:
    try:
        shutil.copy2(path, to)
    except OSError as error:
        to.unlink(missing_ok=True)
        reason = (error.strerror or type(error).__name__).lower()
        raise CannotWrite(to, reason, f"Nothing was written over {path}.") from None


def _free(path: Path) -> Path:
    names = (f"{path.name}.bak", *(f"{path.name}.bak.{n}" for n in range(1, _MOST_COPIES)))
    free = next((path.with_name(n) for n in names if not os.path.lexists(path.with_name(n))), None)
    if free is None:
        raise WrongUse(f"There are {_MOST_COPIES} copies of {path} already; remove some of them.")
    return free
