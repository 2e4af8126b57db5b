"""How a retry paces itself, by what is written where it is made and what its library does by itself.

Here the words that all libraries share; `pacing_python`, `pacing_script` and `pacing_go` know the libraries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.code.scan import Call, FileScan


class Told(StrEnum):
    """What a text tells of a question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


def told(truth: bool) -> Told:
    """A truth that the text tells."""
    return Told.YES if truth else Told.NO


@dataclass(frozen=True, slots=True)
class Pace:
    """Whether attempts end, waits grow, and waits differ by chance; why nothing is ever repeated ("" where
    something is); whether only what may be repeated is, by the library's own doing."""

    ends: Told
    grows: Told
    jitter: Told
    idle: str = ""
    safe: Told = Told.UNCLEAR


UNKNOWN = Pace(Told.UNCLEAR, Told.UNCLEAR, Told.UNCLEAR)

NOTHING = frozenset({"None", "null", "undefined", "False", "false"})
ENDLESS = re.compile(
    r"(?:float\(\s*[\"']inf(?:inity)?[\"']\s*\)|math\.inf|Infinity|Number\.(?:POSITIVE_INFINITY|MAX_SAFE_INTEGER)"
    r"|math\.Max\w+|sys\.maxsize)"
)
_OR_NONE = re.compile(
    r"\belse\s+None\b|\bNone\s+if\b|[?:]\s*(?:Infinity|Number\.POSITIVE_INFINITY)\b"
)
_NUMBER = re.compile(r"-?\d[\d_]*(?:\.\d*)?")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_GROWS = re.compile(
    r"\*\*|<<|\bpow\(|\bPow\(|expo|fibo|backoff|\*\s*(?:\w+\.)*(?:attempt|retr|tr[iy]|count|i\b|n\b)"
    r"|(?:attempt|retr|tr[iy]e?s?|count)\w*(?:\s*[+-]\s*1)?\)?\s*\*|\b(?:i|n)\s*\*|\*=|delay\s*\*\s*\d",
    re.IGNORECASE,
)
_CHANCE = re.compile(r"random|uniform|jitter|\brand\b|noise", re.IGNORECASE)


def grows(text: str) -> bool:
    """Whether a wait is a formula that grows from one attempt to the next."""
    return _GROWS.search(text) is not None


def by_chance(text: str) -> bool:
    """Whether chance has a part in a wait."""
    return _CHANCE.search(text) is not None


def number(text: str) -> float | None:
    """A literal number; None for anything else."""
    return float(text.replace("_", "")) if _NUMBER.fullmatch(text) else None


def is_name(text: str) -> bool:
    """Whether a text is a name, perhaps with dots, and not None or the like."""
    return _NAME.fullmatch(text) is not None and text not in NOTHING


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a call: its keywords, with names of constants put in; `open` where more may come from
    a text that is not read; `said` all that is written at the call."""

    call: Call
    given: Mapping[str, str]
    open: bool
    said: str

    def get(self, *names: str) -> str | None:
        """The first that is given, None where none is."""
        return next((self.given[n] for n in names if n in self.given), None)

    def number(self, *names: str) -> float | None:
        """As `get`, where it is a literal number."""
        text = self.get(*names)
        return number(text) if text is not None else None

    def argument(self, place: int) -> str | None:
        """A positional argument."""
        return self.call.arguments[place] if len(self.call.arguments) > place else None


def options(call: Call, scan: FileScan, *, positional: tuple[str, ...] = ()) -> Options:
    """The options of a call; `positional` names the arguments that stand for keywords, in order."""
    given = dict(zip(positional, call.arguments, strict=False)) | dict(call.keywords)
    given = {name: scan.constants.get(text, text) for name, text in given.items()}
    said = ", ".join([*call.arguments, *(f"{k}={v}" for k, v in call.keywords.items())])
    return Options(call, given, call.spread, said)


def bound(text: str | None, *, least: float, zero_is_endless: bool = False) -> tuple[Told, str]:
    """Whether a number of attempts ends, and why it repeats nothing; `least` is the first that does."""
    if text is None or text in NOTHING or ENDLESS.search(text):
        return Told.NO, ""
    amount = number(text)
    if amount is None:  # a name, or a choice of which one side may be no bound at all
        return told(_OR_NONE.search(text) is None), ""
    if amount < 0 or (amount == 0 and zero_is_endless):
        return Told.NO, ""
    if amount < least:
        return Told.YES, f"it allows {amount:g}, so that nothing is repeated"
    return Told.YES, ""
