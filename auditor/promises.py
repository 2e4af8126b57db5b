"""What people vouch for and what they let stand: writes attestations and waivers, whole or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.collect.registry import find_probes
from auditor.collect.target import Found, WrongUse, find_target
from auditor.collect.waiver_doubts import LONGEST as LONGEST_WAIVER
from auditor.formats.records.attestation_list import LONGEST, Attestation, read_attestations
from auditor.formats.text.config_text import nearest
from auditor.formats.web.entry_block import append, find, replace
from auditor.model.item import Item
from auditor.pipeline import WAIVERS, Options, checklist_of, known_items
from auditor.probing.repo import Repo
from auditor.probing.repository.evidence_link import complaint
from auditor.report.writer import write
from auditor.settings import read_waivers

ATTESTATIONS = "readiness/attestations.yaml"
_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """Where the entry stands now, and what a reader should be told about it."""

    path: Path
    line: int
    note: str


def attest(
    options: Options, item: str, fields: dict[str, str], *, renew: bool, now: datetime
) -> Written:
    """Append an attestation of `item`; `fields` are statement, evidence, owner, approver, expires.

    Raises WrongUse, Mistake, FormatError, CannotWrite; nothing is written then.
    """
    found, items, checklist = _known(options, item)
    if items[item].attestable is None:
        raise WrongUse(
            f"{item} is decided by evidence alone, so an attestation of it would count for nothing."
            f" See what decides it: auditor checklist show {checklist} {item}"
        )
    entry = {"item": item, **fields, "signed": now.date().isoformat()}
    entry["expires"] = _moment(fields["expires"], now, LONGEST)
    file = _file(found, found.settings.attestations or ATTESTATIONS)
    repo = Repo(found.tree, root=found.root)
    wrong = complaint(repo, fields["evidence"], file.relative_to(found.tree.root).as_posix())
    if wrong:
        raise WrongUse(f"The attestation would count for nothing: {wrong}.")
    new = _with(file, entry, "attestations", renew=renew)
    sound, faults = read_attestations(new, name=str(file), now=now)
    lines = find(new, item, key="attestations", name=str(file))
    for fault in faults:
        if fault.line in range(lines[-1], lines[-1] + len(entry)):
            raise WrongUse(f"The attestation would count for nothing: {fault.text}.")
    _write(file, new)
    return Written(file, lines[-1], f"It counts until {_until(sound, item)}.")


def waive(
    options: Options, item: str, fields: dict[str, str], *, renew: bool, now: datetime
) -> Written:
    """Append a waiver of `item`; `fields` are reason, owner, approver, expires and, if any, evidence.

    Raises WrongUse, Mistake, FormatError, CannotWrite; nothing is written then.
    """
    found, items, _ = _known(options, item)
    entry = {"item": item, **fields}
    entry["expires"] = _moment(fields["expires"], now, LONGEST_WAIVER)
    file = _file(found, found.settings.waivers or WAIVERS)
    new = _with(file, entry, "waivers", renew=renew)
    read_waivers(new, str(file), items)
    _write(file, new)
    line = find(new, item, key="waivers", name=str(file))[-1]
    return Written(file, line, "It adds nothing to the score, and every report lists it.")


def _known(options: Options, item: str) -> tuple[Found, dict[str, Item], str]:
    """The target, every item by id, and the checklist's name. Raises WrongUse where `item` is none."""
    found = find_target(options.path, root=options.root, config=options.config)
    name, checklist = checklist_of(options, found, find_probes())
    items = {i.id: i for top in checklist.items() for i in (top, *top.checks)}
    if item not in items:
        names = known_items(checklist)
        by_number = next((i.id for i in items.values() if i.number == item), None)
        hint = f" Number {item} is {by_number}." if by_number else nearest(item, names)
        raise WrongUse(f"No item of the checklist is called {item!r}.{hint}")
    return found, items, name


def _file(found: Found, path: str) -> Path:
    """The file in the work tree. Raises WrongUse where a link leads it out of the repository."""
    repo = Repo(found.tree, root=found.root)
    file = found.tree.root / repo.within(path)
    if not Path(os.path.realpath(file)).is_relative_to(found.tree.root):
        raise WrongUse(f"{path} leads out of the repository, so nothing is written there.")
    return file


def _with(file: Path, entry: dict[str, str], key: str, *, renew: bool) -> bytes:
    """The file's content with the entry in it. Raises WrongUse where the item has one already."""
    if file.exists() and file.stat().st_size > _LIMIT:
        raise WrongUse(f"{file} is larger than {_LIMIT:,} bytes; nothing was added to it.")
    data = file.read_bytes() if file.exists() else b""
    item, name = entry["item"], str(file)
    lines = find(data, item, key=key, name=name)
    if not lines:
        return append(data, entry, key=key, name=name)
    if not renew or len(lines) > 1:
        more = "" if len(lines) == 1 else f" and {len(lines) - 1} more"
        raise WrongUse(
            f"{file}:{lines[0]}{more} speaks of {item} already. Replace that entry with --renew,"
            " or remove it first."
        )
    return replace(data, entry, item=item, key=key, name=name)


def _moment(text: str, now: datetime, longest: timedelta) -> str:
    """`30d` or a date as a moment with its zone; a date lasts to the end of its day in UTC."""
    if text.endswith("d") and text[:-1].isdigit():
        days = int(text[:-1])
        if not 0 < days <= longest.days:
            raise WrongUse(f"--expires may be at most {longest.days} days ahead, and is {days}.")
        return (now + timedelta(days=days)).replace(microsecond=0).isoformat()
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(
            f"--expires {text!r} is no date; write 2027-01-31, 2027-01-31T12:00:00Z, or 90d."
        ) from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC) + (timedelta(days=1) if len(text) == 10 else timedelta())
    if when <= now:
        raise WrongUse(f"--expires {text} is in the past.")
    if when - now > longest:
        raise WrongUse(f"--expires may be at most {longest.days} days ahead, and {text} is later.")
    return when.isoformat()


def _until(sound: list[Attestation], item: str) -> str:
    return next(a.expires.isoformat() for a in sound if a.item == item)


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    write(file, data.decode())
