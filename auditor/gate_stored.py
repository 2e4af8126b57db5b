"""The base as a stored run: among the bundles of a folder, the one of the commit that a change started from.

A clean checkout has no reports and no deployment; the run that a pipeline made of that very commit has both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from auditor.codec import Undecodable, decode
from auditor.collect.target import WrongUse, service_name
from auditor.evaluate.times import moment
from auditor.gate_base import Base, NoBase, base_of, is_tracked
from auditor.pipeline import Options, Policy
from auditor.store.bundle import BadBundle, Manifest

_MOST = 10_000
_LARGEST = 16 * 1024 * 1024
_SKEW = timedelta(minutes=10)
Run = tuple[datetime, Path]


@dataclass(frozen=True, slots=True)
class Stored:
    """The base that was found, if one was, and a sentence for each run of that commit that did not fit."""

    base: Base | None = None
    notes: tuple[str, ...] = ()


def stored(folder: Path, options: Options, own: Policy, commit: str, now: datetime) -> Stored:
    """The newest whole bundle in `folder` of this service, commit and extent.

    Raises WrongUse where the folder cannot be listed, and Mistake.
    """
    runs, notes = _of_commit(folder, options, own, commit, now)
    for _, place in sorted(runs, reverse=True):
        try:
            base = base_of(place, own)
        except (NoBase, BadBundle) as error:
            notes.append(_unused(place, str(error)))
            continue
        return Stored(replace(base, notes=tuple(notes)), tuple(notes))
    return Stored(None, tuple(notes))


def _of_commit(
    folder: Path, options: Options, own: Policy, commit: str, now: datetime
) -> tuple[list[Run], list[str]]:
    service, runs, notes = service_name(own.found, options.path), list[Run](), list[str]()
    for place, manifest in _manifests(folder):
        made = moment(manifest.started_at)
        target = manifest.target
        if made is None or target.commit != commit or target.service != service:
            continue
        wrong = _unfit(manifest, options) or ("it is of the future" if made > now + _SKEW else "")
        if not wrong and is_tracked(own, place / "manifest.json"):
            wrong = "it is committed to the repository, so the change itself may have written it"
        if wrong:
            notes.append(_unused(place, f"{wrong}."))
        else:
            runs.append((made, place))
    return runs, notes


def _unused(place: Path, why: str) -> str:
    return f"The stored run {place} of the base was not used: {why}"


def _unfit(manifest: Manifest, options: Options) -> str:
    """Why a run saw something else than this audit does; what only it saw would be lost evidence here."""
    if manifest.target.dirty:
        return "its work tree had changes that were not committed"
    if manifest.looking.only != options.only:
        return "it was made with another --only"
    if manifest.target.deployment is not None and not (options.urls or options.deployment):
        return (
            f"it looked at the deployment {manifest.target.deployment.name}, and this audit at none"
        )
    if options.offline and not manifest.looking.offline:
        return "it was made without --offline"
    return ""


def _manifests(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    """Each bundle in the folder, which may be one itself, and what its manifest says."""
    try:
        places = [folder, *sorted(p for p in folder.iterdir() if p.is_dir())][:_MOST]
    except OSError as error:
        raise WrongUse(f"The runs {folder} cannot be read: {error.strerror}.") from None
    for place in places:
        file = place / "manifest.json"
        try:
            if file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST:
                continue
            yield place, decode(file.read_bytes(), Manifest)
        except (OSError, Undecodable):
            continue  # another version's, or none: it is no run that could be compared with
