"""What the built-in probes promise, kept for as long as their code stays as it is.

To import a hundred modules costs seconds, and an audit in which nothing changed needs none of them: a probe is
imported when it is asked to look.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.codec import Undecodable, Unencodable, decode, encode
from auditor.model.probe import ProbeSpec
from auditor.probing.contract import Context, Observation, Probe
from auditor.probing.doors.cache import Cache
from auditor.probing.repository.own_state import own_state

_MAKER = "probes"


@dataclass(frozen=True, slots=True)
class _Known:
    """A probe, and the module and name under which its function is found."""

    spec: ProbeSpec
    module: str
    name: str
    pure: bool
    tools: tuple[str, ...]


class Later:
    """The function of a probe, whose module is imported when it is called first."""

    def __init__(self, module: str, name: str) -> None:
        self.__module__ = module
        self._name = name

    def __call__(self, ctx: Context) -> Iterable[Observation]:
        """What the probe sees."""
        found = getattr(importlib.import_module(self.__module__), self._name)
        if not isinstance(found, Probe):
            raise TypeError(f"{self.__module__}.{self._name} is no probe")
        return found.look(ctx)


def known(package: str, cache: Cache, find: Callable[[], list[Probe]]) -> list[Probe]:
    """The probes of a package that lies beside the auditor's own; `find` imports them all."""
    if not cache.enabled or not _is_beside(package):
        return find()
    key = f"{package} {own_state()}"
    try:
        kept = decode(cache.get(_MAKER, [key]).get(key, b""), list[_Known])
    except Undecodable:
        probes = find()
        _keep(probes, key, cache)
        return probes
    return [Probe(k.spec, Later(k.module, k.name), k.pure, k.tools) for k in kept]


def _keep(probes: list[Probe], key: str, cache: Cache) -> None:
    listed = []
    for one in probes:
        module = importlib.import_module(one.look.__module__)
        name = next((n for n, v in vars(module).items() if v is one), None)
        if name is None:
            return
        listed.append(_Known(one.spec, module.__name__, name, one.pure, one.tools))
    try:
        data = encode(listed)
        same = [k.spec for k in decode(data, list[_Known])] == [k.spec for k in listed]
    except (Unencodable, Undecodable):
        return
    if same:
        cache.put(_MAKER, {key: data})


def _is_beside(package: str) -> bool:
    """Whether the package is the one whose files `own_state` looks at."""
    found = importlib.util.find_spec(package)
    places = list(found.submodule_search_locations or ()) if found is not None else []
    beside = Path(__file__).resolve().parents[2]
    return [Path(place).resolve() for place in places] == [beside / package]
