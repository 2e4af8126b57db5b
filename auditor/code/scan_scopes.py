"""Which functions and classes stand around a place, told from spans: no walk up the tree for each node."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from auditor.code.scan import last_name

_LOG = re.compile(
    r"(?:[\w$.\[\]()]*\.)?(?:_?log(?:ger|ging)?s?|console|winston|pino|slog|zap|zerolog|logrus|klog|glog|sentry_sdk"
    r"|[sS]entry|warnings|fmt)\b[\w$.()\"', ]*\(|(?:print|pprint|println|warn|traceback\.print_exc"
    r"|[\w.]*capture_?[eE]xception)\(",
    re.IGNORECASE,
)


class Scopes:
    """Named spans of a text, one within the other or apart; `spans` are (start, end, name)."""

    def __init__(self, spans: Iterable[tuple[int, int, str]]) -> None:
        self._spans = sorted(spans, key=lambda s: (s[0], -s[1]))
        self._starts = [start for start, _, _ in self._spans]
        self._outer: list[int] = []
        open_: list[int] = []
        for place, (start, _, _) in enumerate(self._spans):
            while open_ and self._spans[open_[-1]][1] <= start:
                open_.pop()
            self._outer.append(open_[-1] if open_ else -1)
            open_.append(place)

    def around(self, at: int, *, itself: bool = True) -> str:
        """The names around an offset, outer first, joined by dots; `itself`: also of what starts there."""
        return ".".join(reversed([name for _, _, name in self.spans(at, itself=itself)]))

    def spans(self, at: int, *, itself: bool = True) -> list[tuple[int, int, str]]:
        """The spans around an offset, inner first."""
        place = bisect_right(self._starts, at) - 1
        found = []
        while place >= 0:
            start, end, name = self._spans[place]
            if at < end and (itself or start < at):
                found.append((start, end, name))
            place = self._outer[place]
        return found


def is_log(text: str) -> bool:
    """Whether a statement does no more than say something somewhere."""
    return _LOG.match(text[:300]) is not None


_CONNECTS = re.compile(
    r"close|shutdown|disconnect|cancel|unlink|remove|release|stop|terminate|kill|rollback|quit|end"
)


def is_cleanup(call: str) -> bool:
    """Whether the last name of a call is one of an end that may fail without harm."""
    return _CONNECTS.match(last_name(call).lstrip("_").lower()) is not None


def asked_before(plain: str, before: str) -> bool:
    """Whether a container (a regular expression) is asked, and what it holds given back, in some lines of text."""
    if re.search(rf"\breturn\s+{plain}\s*(?:\[|\.get\()", before):
        return True
    for match in re.finditer(
        rf"\b(\w+)(?:,\s*\w+)?\s*:?=\s*(?:\w+\.)?{plain}\s*(?:\[|\.get\(|\.Load\()", before
    ):
        if re.search(rf"\breturn\s+\*?{match[1]}\b", before[match.end() :]):
            return True
    return False
