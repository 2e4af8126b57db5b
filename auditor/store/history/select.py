"""Finds the run or the service that an operator means, and names the nearest where there is none."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from auditor.formats.text.config_text import nearest
from auditor.model.history import Run, ServiceKey
from auditor.store.history import read
from auditor.store.history.trouble import BadHistory

_NUMBER = re.compile(r"#?(\d{1,15})")
_BACK = re.compile(r"(.+)~(\d{1,6})")
_HEX = re.compile(r"[0-9a-f]{6,64}")


def address_of(key: ServiceKey) -> str:
    """How a service is named in full: name@origin:root, as far as there is one."""
    origin = f"@{key.origin}" if key.origin else ""
    return f"{key.name}{origin}{f':{key.root}' if key.root else ''}"


def find_service(connection: Connection, wanted: str | None) -> tuple[int, ServiceKey]:
    """A service by its name or its full address; None means the only one. Raises BadHistory."""
    known = read.services(connection)
    if not known:
        raise BadHistory("The history is empty. Store a run: auditor audit . --history default")
    if wanted is None:
        matching = list(known.items())
        if len(matching) > 1:
            raise BadHistory(f"Name one of the services: {_listed(known)}")
    else:
        matching = _matching(known, wanted)
    if not matching:
        names = sorted({key.name for key in known.values()})
        raise BadHistory(
            f"The history holds no service {wanted!r}.{nearest(wanted or '', names)} It holds: {_listed(known)}"
        )
    if len(matching) > 1:
        raise BadHistory(
            f"Several services are called {wanted!r}; name one of them in full:"
            f" {_listed(dict(matching))}"
        )
    return matching[0]


def find_run(connection: Connection, wanted: str) -> Run:
    """A run by number, service, SERVICE~N, tag, or the beginning of a commit or digest. Raises BadHistory."""
    known = read.services(connection)
    if number := _NUMBER.fullmatch(wanted):
        run = read.runs_by_number(connection, [int(number[1])]).get(int(number[1]))
        if run is not None:
            return run
    if not _matching(known, wanted):
        tagged = read.runs_of_ref(connection, wanted)
        if tagged:
            return _only(tagged, wanted)
        if back := _BACK.fullmatch(wanted):
            return _back(connection, back[1], int(back[2]))
        if _HEX.fullmatch(wanted):
            return _of_commit(connection, wanted)
        if number:
            raise BadHistory(f"There is no run {wanted}. List them: auditor history list SERVICE")
    return _back(connection, wanted, 0)


def _matching(known: dict[int, ServiceKey], wanted: str) -> list[tuple[int, ServiceKey]]:
    full = [(n, key) for n, key in known.items() if address_of(key) == wanted]
    return full or [(n, key) for n, key in known.items() if key.name == wanted]


def _back(connection: Connection, service: str, steps: int) -> Run:
    number, key = find_service(connection, service)
    runs = read.runs_of(connection, number, limit=steps + 1)
    if len(runs) <= steps:
        raise BadHistory(
            f"{address_of(key)} has {len(runs)} runs, so there is no {service}~{steps}."
        )
    return runs[steps]


def _of_commit(connection: Connection, prefix: str) -> Run:
    runs = read.runs_of_commit(connection, prefix)
    if not runs:
        raise BadHistory(f"No run is of a commit or a bundle that begins with {prefix}.")
    return _only(runs, prefix)


def _only(runs: list[Run], wanted: str) -> Run:
    """The newest of the runs of one commit of one service; several of those are a question."""
    if len({(run.service_id, run.head.commit) for run in runs}) > 1:
        raise BadHistory(
            f"{wanted} may be one of several: runs {', '.join(str(r.id) for r in runs[:8])}."
            " Name one by its number."
        )
    return runs[0]


def _listed(known: dict[int, ServiceKey]) -> str:
    names = sorted({address_of(key) for key in known.values()})
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(names[:12]) + more + "."
