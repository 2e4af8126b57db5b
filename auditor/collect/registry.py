"""Finds probes by entry point `auditor.probes`; built-in ones register the same way as others.

An entry point names a package; every module in it that holds a Probe is a probe. Adding one is
adding a file: there is no list to edit.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from auditor.collect.known_probes import known
from auditor.model.probe import FactSpec, ProbeSpec
from auditor.probing.contract import Probe
from auditor.probing.doors.cache import Cache

GROUP = "auditor.probes"
_ID = re.compile(r"\w[\w-]*(?:\.\w[\w-]*)*")  # it becomes a file name in the bundle
_BUILT_IN = EntryPoint("builtin", "probes", GROUP)


class ProbeConflict(Exception):
    """Two probes claim one id or one fact, or a package of probes cannot be imported."""


def find_probes(cache: Cache | None = None) -> list[Probe]:
    """Every probe of every installed package, by id. Raises ProbeConflict.

    With a cache, a built-in probe whose code did not change is imported only when it looks.
    """
    points = {point.value: point for point in entry_points(group=GROUP)}
    points.setdefault(_BUILT_IN.value, _BUILT_IN)  # a source tree that was never installed
    found = []
    for value in sorted(points):
        find = partial(_of_package, value)
        own = value == _BUILT_IN.value
        found += known(value, cache or Cache(), find) if own else find()
    return unique(found)


def unique(probes: Iterable[Probe]) -> list[Probe]:
    """The probes by id, once it is sure that no id and no fact has two owners."""
    by_id: dict[str, Probe] = {}
    owners: dict[str, str] = {}
    for one in probes:
        if _ID.fullmatch(one.spec.id) is None:
            raise ProbeConflict(f"{one.spec.id!r} is no probe id; write words joined by dots.")
        if one.spec.id in by_id:
            raise ProbeConflict(f"Two probes have the id {one.spec.id!r}; rename one of them.")
        by_id[one.spec.id] = one
        for fact in one.spec.emits:
            if fact.key in owners:
                raise ProbeConflict(
                    f"The probes {owners[fact.key]!r} and {one.spec.id!r} both promise the fact {fact.key!r};"
                    " a fact has one owner, or losing one of them could raise a score."
                )
            owners[fact.key] = one.spec.id
    return [by_id[key] for key in sorted(by_id)]


def vocabulary(specs: Iterable[ProbeSpec]) -> dict[str, FactSpec]:
    """Every fact that the probes promise, by key."""
    return {fact.key: fact for spec in specs for fact in spec.emits}


def _of_package(name: str) -> list[Probe]:
    package = _imported(name)
    found = _in_module(package)
    for info in pkgutil.walk_packages(getattr(package, "__path__", []), prefix=f"{name}."):
        found += _in_module(_imported(info.name))
    return found


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # broad: code of others may fail in any way
        said = f"{type(error).__name__}: {error}"
        raise ProbeConflict(f"The probes of {name!r} cannot be imported: {said}.") from None


def _in_module(module: ModuleType) -> list[Probe]:
    """Probes that were made in this module (not those it imported)."""
    return [
        v
        for v in vars(module).values()
        if isinstance(v, Probe) and v.look.__module__ == module.__name__
    ]
