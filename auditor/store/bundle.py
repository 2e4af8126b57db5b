"""An evidence bundle as a folder: manifest.json, evidence/, blobs/, report.json.

Readable, diffable, attachable to a ticket. What does not match the manifest's digests is lost
evidence: it is said, and it can only lower a score.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor.checklist.chain import Written, is_whole
from auditor.codec import Undecodable, decode, encode
from auditor.evaluate.assess import Bundle
from auditor.evaluate.decide import Overlays
from auditor.evaluate.times import moment
from auditor.model.evidence import Evidence, Problem, ProblemKind, Status
from auditor.model.probe import ProbeSpec
from auditor.model.target import Looking, Target
from auditor.model.verdict import Waiver

VERSION = "1"
_SIZE = 256 * 1024 * 1024
_OWN = re.compile(r"evidence/[^/]+\.json|blobs/[0-9a-f]{64}|report\.json")
"""The files that a bundle consists of, beside its manifest."""


class BadBundle(Exception):
    """A folder that is not a bundle, or one that cannot be read or written; says what to do."""


@dataclass(frozen=True, slots=True)
class ChecklistFile:
    """A file of the checklist that judged: the name it was asked for by, and its blob's SHA-256."""

    name: str
    blob: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds, and everything needed to judge it again. `files` is path → SHA-256.

    `checklist_files` begins with the file that was asked for; each extends the next.
    """

    bundle_version: str
    tool: dict[str, str]
    started_at: str
    finished_at: str
    target: Target
    looking: Looking
    checklist: str
    probes: tuple[ProbeSpec, ...]
    waivers: tuple[Waiver, ...] = ()
    not_applicable: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    requests: int = 0
    bytes_received: int = 0
    checklist_files: tuple[ChecklistFile, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    tier: str | None = None


def seal(
    manifest: Manifest,
    evidence: tuple[Evidence, ...],
    blobs: Mapping[str, bytes],
    checklist: tuple[Written, ...] = (),
) -> dict[str, bytes]:
    """The files of a bundle by path, manifest included; report.json comes on top."""
    files = {f"evidence/{e.probe}.json": encode(e) for e in evidence}
    files |= {f"blobs/{digest}": data for digest, data in blobs.items()}
    carried = tuple(ChecklistFile(file.name, _sha256(file.data)) for file in checklist)
    files |= {f"blobs/{_sha256(file.data)}": file.data for file in checklist}
    sealed = replace(
        manifest,
        checklist_files=carried,
        files={path: _sha256(data) for path, data in sorted(files.items())},
    )
    return {"manifest.json": encode(sealed), **files}


def with_report(files: Mapping[str, bytes], report: bytes) -> dict[str, bytes]:
    """A sealed bundle's files and the report made from it, which the manifest then lists too."""
    manifest = decode(files["manifest.json"], Manifest)
    listed = replace(manifest, files={**manifest.files, "report.json": _sha256(report)})
    return {**files, "manifest.json": encode(listed), "report.json": report}


def digest(manifest: Manifest) -> str:
    """The digest of a bundle: of its manifest, report.json left out (which quotes this digest)."""
    files = {p: d for p, d in manifest.files.items() if p != "report.json"}
    return _sha256(encode(replace(manifest, files=files)))


def opened(files: Mapping[str, bytes]) -> tuple[Manifest, Bundle]:
    """A bundle's files as values; evidence that is missing or altered is recorded as failed.

    Raises BadBundle when the manifest itself cannot be read.
    """
    try:
        manifest = decode(files["manifest.json"], Manifest)
    except KeyError:
        raise BadBundle(
            "The folder holds no manifest.json, so it is not an evidence bundle."
        ) from None
    except Undecodable as error:
        raise BadBundle(f"manifest.json cannot be read: {error}.") from None
    if manifest.bundle_version != VERSION:
        raise BadBundle(
            f"The bundle has version {manifest.bundle_version!r}; this auditor reads {VERSION!r}."
        )
    times = (manifest.started_at, manifest.finished_at, *(w.expires for w in manifest.waivers))
    if None in map(moment, times):
        raise BadBundle("manifest.json cannot be read: a time in it is no time with its zone.")
    evidence = tuple(_evidence(spec, files, manifest) for spec in manifest.probes)
    altered = unsealed(files, manifest)
    bundle = Bundle(
        tool_version=manifest.tool.get("version", ""),
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        target=manifest.target,
        probes=manifest.probes,
        evidence=evidence,
        overlays=Overlays(manifest.not_applicable, manifest.waivers),
        digest=digest(manifest),
        notes=(*manifest.notes, *altered),
        requests=manifest.requests,
        bytes_received=manifest.bytes_received,
    )
    return manifest, bundle


def written(files: Mapping[str, bytes], manifest: Manifest) -> tuple[Written, ...]:
    """The files of the checklist that judged, as the bundle carries them. Raises BadBundle and Mistake."""
    found = []
    for one in manifest.checklist_files:
        data = files.get(f"blobs/{one.blob}")
        if data is None or _sha256(data) != one.blob:
            raise _unread(one.name, "is missing from the bundle or was altered after the audit")
        found.append(Written(one.name, f"{one.name} in the bundle", data))
    if not is_whole(found):
        raise _unread(manifest.checklist, "is not in the bundle as a whole")
    return tuple(found)


def _unread(name: str, what: str) -> BadBundle:
    return BadBundle(
        f"The checklist {name} {what}, so the evidence cannot be judged by it."
        " Name the checklist to judge by: --checklist NAME|FILE."
    )


def unsealed(files: Mapping[str, bytes], manifest: Manifest) -> tuple[str, ...]:
    """What in a bundle does not match its manifest, a sentence each."""
    said = []
    for path, wanted in sorted(manifest.files.items()):
        if path not in files:
            said.append(f"{path} is missing from the bundle.")
        elif _sha256(files[path]) != wanted:
            said.append(f"{path} was altered after the audit.")
    strangers = set(files) - set(manifest.files) - {"manifest.json", "report.json"}
    return (*said, *(f"{path} is not part of the bundle." for path in sorted(strangers)))


def _evidence(spec: ProbeSpec, files: Mapping[str, bytes], manifest: Manifest) -> Evidence:
    path = f"evidence/{spec.id}.json"
    data = files.get(path)
    if data is None or _sha256(data) != manifest.files.get(path):
        what = "is missing from the bundle" if data is None else "was altered after the audit"
        return _lost(spec, manifest, f"{path} {what}.")
    try:
        evidence = decode(data, Evidence)
    except Undecodable as error:
        return _lost(spec, manifest, f"{path} cannot be read: {error}.")
    if evidence.probe != spec.id:
        return _lost(spec, manifest, f"{path} speaks of the probe {evidence.probe}.")
    return evidence


def _lost(spec: ProbeSpec, manifest: Manifest, message: str) -> Evidence:
    problem = Problem(ProblemKind.MALFORMED, message, "Run the audit again.")
    return Evidence(
        spec.id, spec.version, Status.FAILED, problems=(problem,), started=manifest.started_at
    )


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a bundle into a new or empty folder, or over an earlier bundle. Raises BadBundle.

    An earlier bundle is only removed when the new one is on the disk as a whole. No link inside the
    folder is followed: a folder of the target's may hold anything.
    """
    staged = folder / f".{secrets.token_hex(4)}.part"
    try:
        earlier = _earlier(folder)
        _fenced(folder, files)
        _write(staged, files)
        for path in earlier:
            path.unlink(missing_ok=True)
        for name in sorted(files, key=lambda name: (name == "manifest.json", name)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).replace(folder / name)
    except OSError as error:
        raise BadBundle(f"The bundle cannot be written to {folder}: {error.strerror}.") from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def check(folder: Path) -> None:
    """Refuse a folder that `write` would refuse, before the audit that fills it. Raises BadBundle."""
    try:
        _earlier(folder)
    except OSError as error:
        raise BadBundle(f"The bundle cannot be written to {folder}: {error.strerror}.") from None


def _earlier(folder: Path) -> list[Path]:
    """The files of an earlier bundle there, and nothing else, whatever its manifest lists."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        if folder.exists() and any(folder.iterdir()):
            raise BadBundle(
                f"{folder} is not empty and holds no bundle; choose another folder for --bundle."
            )
        return []
    try:
        if manifest.stat().st_size > _SIZE:
            raise Undecodable("it is too large")
        names = decode(manifest.read_bytes(), Manifest).files
    except Undecodable:
        raise BadBundle(
            f"{manifest} is not the manifest of a bundle; choose another folder for --bundle."
        ) from None
    own = [folder / name for name in names if _OWN.fullmatch(name)]
    return [manifest, *(path for path in own if _is_inside(path, folder))]


def _fenced(folder: Path, files: Mapping[str, bytes]) -> None:
    for name in files:
        if not _is_inside(folder / name, folder):
            raise BadBundle(
                f"{folder / name} leads out of {folder}; choose another folder for --bundle."
            )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _is_inside(path: Path, folder: Path) -> bool:
    """Whether the folder that holds `path` is, links resolved, still inside `folder`."""
    return path.parent.resolve().is_relative_to(folder.resolve())


def load(folder: Path) -> dict[str, bytes]:
    """The files of a bundle on disk; links are left out. Raises BadBundle."""
    if not folder.is_dir():
        raise BadBundle(f"{folder} is not a folder; give the folder that --bundle wrote.")
    files: dict[str, bytes] = {}
    size = 0
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            size += path.stat().st_size
            if size > _SIZE:
                raise BadBundle(
                    f"{folder} holds more than {_SIZE // 1024 // 1024} MB, so it is not an evidence bundle."
                )
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    except OSError as error:
        raise BadBundle(f"{error.filename} cannot be read: {error.strerror}.") from None
    return files


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
