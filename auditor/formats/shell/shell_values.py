"""The few values of a shell script that decide whether it fails: `$?`, captured statuses, tests."""

from __future__ import annotations

import re

Status = int | None
"""An exit status; None where a command succeeds as far as anyone knows."""

_REFERENCE = re.compile(
    r"\$(?:([A-Za-z_]\w*|\?)|\{([A-Za-z_]\w*|\?)(?::?-([^{}]*))?\}|\{PIPESTATUS\[(\d+)\]\})"
)
_ARITHMETIC = re.compile(r"\(\(\s*\$?\{?(\w+|\?)\}?\s*(?:([=!<>]=?)\s*(\d+))?\s*\)\)")
_INVERSE = {"-ne": "-eq", "!=": "=", "-gt": "-le", ">": "-le", "-lt": "-ge", "<": "-ge"}


class Variables:
    """What is known of `$?`, `${PIPESTATUS[n]}` and the variables at one moment."""

    def __init__(self) -> None:
        self.last: Status = None
        self.pipe: tuple[Status, ...] = ()
        self._known: dict[str, str] = {}
        self._saved: list[dict[str, str]] = []

    def push(self) -> None:
        """Enters a subshell."""
        self._saved.append(dict(self._known))

    def pop(self) -> None:
        """Leaves it, and with it what was set inside."""
        self._known = self._saved.pop()

    def assign(self, name: str, text: str) -> None:
        """Sets a variable; to something unknown where `text` holds more than known values."""
        value = self.resolve(text)
        if value is None:
            self._known.pop(name, None)
        else:
            self._known[name] = value

    def resolve(self, text: str) -> str | None:
        """`text` with its variables put in; None where one is unknown or a command is in it."""
        parts: list[str] = []
        at = 0
        for found in _REFERENCE.finditer(text):
            value = self._value(found)
            if value is None:
                return None
            parts += (text[at : found.start()], value)
            at = found.end()
        rest = "".join([*parts, text[at:]])
        return None if "$" in text[at:] or "`" in text else rest

    def _value(self, found: re.Match[str]) -> str | None:
        if found.group(4) is not None:
            at = int(found.group(4)[:4])
            return _written(self.pipe[at] if at < len(self.pipe) else None)
        name = found.group(1) or found.group(2)
        if name == "?":
            return _written(self.last)
        return self._known.get(name, found.group(3))

    def status(self, text: str) -> Status:
        """`text` as an exit status."""
        value = self.resolve(text)
        return int(value) % 256 if value is not None and re.fullmatch(r"\d{1,9}", value) else None

    def test(self, words: tuple[str, ...]) -> Status:
        """The status of `[ … ]`, `test …`, `[[ … ]]` or `(( … ))`; None where it is unknown."""
        if words[0].startswith("(("):
            return self._arithmetic(words[0])
        inner = list(words[1:])
        if inner[-1:] in (["]"], ["]]"]):
            inner.pop()
        inverted = inner[:1] == ["!"]
        truth = self._truth(inner[1:] if inverted else inner)
        return None if truth is None else int(truth is inverted)

    def _arithmetic(self, text: str) -> Status:
        found = _ARITHMETIC.fullmatch(text)
        if found is None:
            return None
        left = f"${found.group(1)}" if not found.group(1).isdecimal() else found.group(1)
        truth = self._compare(left, found.group(2) or "!=", found.group(3) or "0")
        return None if truth is None else int(not truth)

    def _truth(self, inner: list[str]) -> bool | None:
        if len(inner) == 3:
            return self._compare(inner[0], inner[1], inner[2])
        value = self.resolve(inner[-1]) if inner else None
        if value is None or len(inner) > 2:
            return None
        if len(inner) == 1 or inner[0] == "-n":
            return value != ""
        return value == "" if inner[0] == "-z" else None

    def _compare(self, left: str, operator: str, right: str) -> bool | None:
        first, second = self.resolve(left), self.resolve(right)
        if first is None or second is None:
            return None
        inverse = _INVERSE.get(operator)
        if inverse is not None:
            truth = self._compare(left, inverse, right)
            return None if truth is None else not truth
        if operator in ("=", "=="):
            return first == second
        if not (_is_number(first) and _is_number(second)):
            return None
        if operator == "-eq":
            return int(first) == int(second)
        if operator in ("-le", "<="):
            return int(first) <= int(second)
        return int(first) >= int(second) if operator in ("-ge", ">=") else None


def set_options(options: tuple[str, ...]) -> tuple[bool | None, bool | None]:
    """What `set` with these options makes of errexit and pipefail; None where it leaves one."""
    errexit: bool | None = None
    pipefail: bool | None = None
    for at, option in enumerate(options):
        if not option.startswith(("-", "+")):
            continue
        on = option.startswith("-")
        named = options[at + 1] if "o" in option and at + 1 < len(options) else ""
        errexit = on if "e" in option or named == "errexit" else errexit
        pipefail = on if named == "pipefail" else pipefail
    return errexit, pipefail


def _written(status: Status) -> str | None:
    return None if status is None else str(status)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d{1,9}", text) is not None
