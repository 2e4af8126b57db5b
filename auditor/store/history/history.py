"""A history as the rest of the auditor uses it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor.codec import Undecodable, decode, encode
from auditor.model.gate import Snapshot
from auditor.model.history import (
    OpenSince,
    Pruned,
    Run,
    RunRecord,
    ServiceKey,
    ServiceState,
    TrendPoint,
)
from auditor.store.history import add, copy, read
from auditor.store.history.blobs import Blobs
from auditor.store.history.database import PATIENCE_S, Database
from auditor.store.history.migrate import prepare
from auditor.store.history.pack import artefacts, packed, unpacked
from auditor.store.history.place import Place
from auditor.store.history.prune import prune
from auditor.store.history.retention import Rule
from auditor.store.history.select import find_run, find_service
from auditor.store.history.since import longest_open, open_since
from auditor.store.history.trouble import BadHistory

REPORT, SNAPSHOT, PACK = "report.json", "snapshot.json", "bundle.tar"
_SPARK = 24


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a run: its number, and whether it was stored before."""

    run: int
    known: bool


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


@contextmanager
def open_history(
    place: Place, *, create: bool = False, patience_s: float = PATIENCE_S
) -> Iterator[History]:
    """The history at `place`, in the schema of this auditor. With `create`, a file is made where there
    is none. Raises BadHistory, as every method of it does.
    """
    database = Database(place, create=create, patience_s=patience_s)
    try:
        prepare(database)
        yield History(database, Blobs(place.blobs))
    finally:
        database.close()


class History:
    """Runs of services. Every method raises BadHistory."""

    def __init__(self, database: Database, blobs: Blobs, clock: Callable[[], int] = _now) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock

    def check_writable(self) -> None:
        """Refuse a history that nothing can be stored in, before the work whose result goes there."""
        with self._database.held(alone=False), self._database.writing():
            return

    def add(
        self,
        record: RunRecord,
        report: bytes,
        snapshot: Snapshot,
        files: Mapping[str, bytes],
        *,
        baseline: bool = False,
    ) -> Added:
        """Store a run: its record, the JSON report, what a comparison needs, and its evidence bundle.

        The same bundle twice is one run.
        """
        contents = {
            REPORT: report,
            SNAPSHOT: encode(snapshot),
            PACK: packed({n: d for n, d in files.items() if n != REPORT}),
            **artefacts(files),
        }
        with self._database.held(alone=False):
            with self._database.reading() as connection:
                number = add.find_run(connection, record.head.digest)
            known = number is not None
            if number is None:
                number = self._add(record, contents)
            if baseline:
                with self._database.writing() as connection:
                    add.mark(connection, number, baseline=True)
        return Added(number, known)

    def _add(self, record: RunRecord, contents: Mapping[str, bytes]) -> int:
        digests = {n: hashlib.sha256(d).hexdigest() for n, d in contents.items()}
        sizes = {digests[name]: len(data) for name, data in contents.items()}
        with self._database.writing() as connection:
            add.add_blobs(connection, sizes)
        for data in contents.values():
            self._blobs.put(data)
        with self._database.writing() as connection:
            number = add.add_run(connection, record, digests, stored_at=self._clock())
            if number is None:  # another process stored the same bundle meanwhile
                number = add.find_run(connection, record.head.digest)
        if number is None:
            raise BadHistory("The run was deleted while it was being stored; store it again.")
        return number

    def mark(self, run: Run, *, baseline: bool) -> None:
        """Make a run a baseline, which no retention deletes, or end that."""
        with self._database.held(alone=False), self._database.writing() as connection:
            add.mark(connection, run.id, baseline=baseline)

    def run(self, wanted: str) -> Run:
        """The run that an operator means: its number, a service (its newest run), SERVICE~N, or the
        beginning of a commit or a bundle's digest.
        """
        with self._database.reading() as connection:
            return find_run(connection, wanted)

    def service(self, wanted: str | None) -> tuple[int, ServiceKey]:
        """The service that an operator means; the only one where there is only one."""
        with self._database.reading() as connection:
            return find_service(connection, wanted)

    def states(self) -> list[ServiceState]:
        """Every service with its newest run, by name."""
        with self._database.reading() as connection:
            newest = read.runs_by_number(connection, read.run_numbers(connection))
            longest = longest_open(connection, newest)
            scores = read.last_scores(connection, _SPARK)
            counts = read.counts(connection)
        states = [
            ServiceState(
                newest=run,
                runs=counts.get(run.service_id, 1),
                proven=scores.get(run.service_id, ()),
                longest=longest.get(run.id),
            )
            for run in newest.values()
        ]
        return sorted(
            states,
            key=lambda s: (s.newest.service.name, s.newest.service.origin, s.newest.service.root),
        )

    def runs(
        self, service: int, *, since: int | None = None, limit: int | None = None
    ) -> list[Run]:
        """The runs of a service, the newest first."""
        with self._database.reading() as connection:
            return read.runs_of(connection, service, since=since, limit=limit)

    def trend(self, service: int, since: int | None = None) -> list[TrendPoint]:
        """The runs of a service with the scores of their categories, the oldest first."""
        with self._database.reading() as connection:
            return read.trend(connection, service, since)

    def audited_commits(self, service: ServiceKey, checklist: str, tool: str) -> set[str]:
        """The commits of a service that were audited at their time, from a clean work tree, or that were
        backfilled with this checklist (digest) and this version of the auditor.
        """
        with self._database.reading() as connection:
            return read.audited_commits(connection, service, checklist, tool)

    def record(self, run: Run) -> RunRecord:
        """All that the tables hold of a run."""
        with self._database.reading() as connection:
            return read.record(connection, run)

    def open_since(self, run: Run) -> tuple[OpenSince, ...]:
        """The open items of a run, each with since when."""
        with self._database.reading() as connection:
            return open_since(connection, run.id)

    def report(self, run: Run) -> bytes:
        """The JSON report of a run."""
        return self._blobs.get(self._names(run)[REPORT])

    def snapshot(self, run: Run) -> Snapshot:
        """What a comparison needs of a run."""
        try:
            return decode(self._blobs.get(self._names(run)[SNAPSHOT]), Snapshot)
        except Undecodable as error:
            raise BadHistory(f"What was kept of run {run.id} cannot be read: {error}.") from None

    def files(self, run: Run) -> dict[str, bytes]:
        """The files of the evidence bundle of a run, as the audit wrote them."""
        names = self._names(run)
        files = unpacked(self._blobs.get(names[PACK]))
        files[REPORT] = self._blobs.get(names[REPORT])
        for name, digest in names.items():
            if name.startswith("blobs/"):
                files[name] = self._blobs.get(digest)
        return files

    def _names(self, run: Run) -> dict[str, str]:
        with self._database.reading() as connection:
            names = read.blob_names(connection, run.id)
        if not {REPORT, SNAPSHOT, PACK} <= names.keys():
            raise BadHistory(f"The run {run.id} is not in the history any more.")
        return names

    def prune(self, rules: Sequence[Rule], *, really: bool) -> Pruned:
        """Delete the runs that no rule keeps; without `really`, only say which."""
        return prune(self._database, self._blobs, rules, now=self._clock(), really=really)

    def back_up(self, folder: Path) -> int:
        """Copy a history in SQLite with its evidence; gives the number of blobs."""
        return copy.back_up(self._database, self._blobs, folder)
