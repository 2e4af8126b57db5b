"""A configuration of Python's logging as a mapping (dictConfig, YAML, JSON, INI): what it writes, at which levels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from auditor.code.logs.log_setups import Shape

Written: TypeAlias = "str | Unread | Mapping[str, Written] | Sequence[Written] | None"
"""A value as written: the content of a text, or what cannot be read as a literal."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An expression, and what it may be in production: texts that are sure to stand there, or not."""

    text: str
    sure: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


IsJson = Callable[[Mapping[str, Written]], "bool | None"]
"""Whether a formatter, as configured, writes JSON; None where that is not known."""

_ROOT = ("", "root")


def is_config(value: Written) -> bool:
    """Whether a mapping is a configuration of logging."""
    return (
        isinstance(value, Mapping)
        and "handlers" in value
        and ("loggers" in value or "root" in value)
    )


def judge(config: Mapping[str, Written], is_json: IsJson) -> tuple[Shape, str]:
    """What the loggers of a configuration write, and why where that is not JSON."""
    formatters = {n: is_json(f) for n, f in _mappings(config.get("formatters"))}
    handlers = dict(_mappings(config.get("handlers")))
    shapes = {name: _handler(h, formatters) for name, h in handlers.items()}
    json_formatters = [n for n, found in formatters.items() if found]
    if (
        not json_formatters
        and None not in formatters.values()
        and Shape.JSON not in shapes.values()
    ):
        return Shape.TEXT, ""
    used = list(_attached(config))
    root = {shapes.get(h, Shape.UNKNOWN) for name, h in used if name in _ROOT}
    every = {shapes.get(h, Shape.UNKNOWN) for _, h in used}
    if Shape.JSON in root or (not root and Shape.JSON in every):
        return Shape.JSON, ""
    if Shape.UNKNOWN in (root or every):
        return Shape.UNKNOWN, "which formatter its handlers use is decided elsewhere"
    if Shape.JSON in every:
        names = sorted(name for name, h in used if shapes.get(h) is Shape.JSON)
        return Shape.IDLE, f"only the logger {names[0]} writes JSON, and the root logger text"
    if Shape.JSON in shapes.values():
        idle = sorted(n for n, s in shapes.items() if s is Shape.JSON)
        return Shape.IDLE, f"no logger uses the handler {idle[0]}"
    return Shape.IDLE, f"no handler uses the formatter {(json_formatters or ['of JSON'])[0]}"


def _handler(handler: Mapping[str, Written], formatters: Mapping[str, bool | None]) -> Shape:
    named = handler.get("formatter")
    if named is None:
        said = str(handler.get("class", handler.get("()", "")))
        return Shape.JSON if "google.cloud.logging" in said else Shape.TEXT
    if isinstance(named, str):
        return _shape(formatters.get(named, False))
    if isinstance(named, Unread):
        sure = {_shape(formatters.get(n, False)) for n in named.sure}
        return next(iter(sure)) if len(sure) == 1 and not named.perhaps else Shape.UNKNOWN
    return Shape.UNKNOWN


def _shape(is_json: bool | None) -> Shape:
    return Shape.UNKNOWN if is_json is None else Shape.JSON if is_json else Shape.TEXT


def _attached(config: Mapping[str, Written]) -> Iterator[tuple[str, str]]:
    """The loggers with their handlers; a logger of a level that is never reached has none."""
    for name, logger in loggers(config):
        listed = logger.get("handlers")
        if isinstance(listed, Unread):
            for said in (*listed.sure, *listed.perhaps) or ("\0",):
                yield name, said
        for one in listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ():
            yield name, one if isinstance(one, str) else "\0"


def loggers(config: Mapping[str, Written]) -> Iterator[tuple[str, Mapping[str, Written]]]:
    """The loggers of a configuration by name, the root as "root"."""
    root = config.get("root")
    if isinstance(root, Mapping):
        yield "root", root
    yield from _mappings(config.get("loggers"))


def _mappings(value: Written) -> Iterator[tuple[str, Mapping[str, Written]]]:
    for name, inner in value.items() if isinstance(value, Mapping) else ():
        if isinstance(inner, Mapping):
            yield name, inner
