"""What is doubtful about waivers that are in force: too long, about to end, approved by their author."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from auditor.collect.target import Found
from auditor.evaluate.times import moment
from auditor.formats.text.errors import FormatError
from auditor.formats.web.entry_block import find
from auditor.model.verdict import Waiver
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.repository.authorship import wrote

LONGEST = timedelta(days=180)
SOON = timedelta(days=14)
_LIMIT = 1024 * 1024


def doubts(found: Found, path: str, waivers: Iterable[Waiver], now: datetime) -> Iterator[str]:
    """A sentence for each doubt; `path` is the waivers file, from the service root."""
    held = [w for w in waivers if (end := moment(w.expires)) and end > now]
    if not held:
        return
    file = Repo(found.tree, root=found.root).within(path)
    text, lines = _lines(found, file, held)
    known = found.tree.authors(file)
    for waiver in held:
        line = lines.get(waiver.item)
        where = f"{file}:{line}" if line else file
        ends = moment(waiver.expires)
        if ends is not None and ends - now > LONGEST:
            yield (
                f"{where}: the waiver of {waiver.item} runs until {ends.date()}, more than"
                f" {LONGEST.days} days from now. Shorten it: auditor waive {waiver.item} --renew --expires 90d"
            )
        elif ends is not None and ends - now <= SOON:
            yield (
                f"{where}: the waiver of {waiver.item} ends at {ends:%Y-%m-%d %H:%M %Z}, and the item blocks"
                f" again then. Mend it, or have it reviewed: auditor waive {waiver.item} --renew"
            )
        if line and wrote(known, text, line, waiver.approver):
            yield (
                f"{where}: the waiver of {waiver.item} was committed by its approver, {waiver.approver}:"
                " nobody else has looked at it. Let another person approve it."
            )


def _lines(found: Found, file: str, held: list[Waiver]) -> tuple[str, dict[str, int]]:
    """The file, and item → the line of its last entry; empty where it is not as it was read."""
    repo = Repo(found.tree)
    try:
        read = repo.read(file, limit=_LIMIT)
        places = {w.item: find(read.data, w.item, key="waivers", name=file) for w in held}
    except (Trouble, FormatError):
        return "", {}
    return read.text, {item: lines[-1] for item, lines in places.items() if lines}
