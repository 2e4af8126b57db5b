"""Tells an endpoint from a page that answers everything, a login wall and a gateway's error.

A single-page application answers 200 on every path: an answer is worth something only where it
differs from what a path gets that does not exist.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.formats.text.errors import FormatError
from auditor.formats.text.json_text import decode
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.I)
_VOLATILE = re.compile(r"[0-9a-f]{8,}|\d+", re.I)
_COMPARED = 100_000
_WALLS = (401, 403, 407, 429)
_NOWHERE = (404, 405, 410)


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the deployment answers on `path`, which does not exist."""

    path: str
    exchange: Exchange

    def same(self, other: Exchange, path: str) -> bool:
        """Whether `other`, the answer on `path`, is but the answer that every path gets."""
        mine = self.exchange
        if mine.status != other.status:
            return False
        if not 200 <= mine.status < 300 or (is_page(mine) and is_page(other)):
            return True
        return alike(mine, self.path, other, path)

    def endpoint(self, other: Exchange, path: str) -> bool:
        """Whether something of its own answers on `path`, be it with an error of the server (5xx).

        A page is no endpoint. Raises Trouble as `refuse_hidden` does.
        """
        self.refuse_hidden(other, path)
        if other.status >= 500:
            return True
        return 200 <= other.status < 300 and not is_page(other) and not self.same(other, path)

    def refuse_hidden(self, other: Exchange, path: str) -> None:
        """Raise Trouble where a wall, a gateway's error or one answer for all hides what is there."""
        status = other.status
        if status in _WALLS:
            raise Trouble(
                ProblemKind.DENIED,
                f"GET {path} answers {status}, so nothing can be said of what lies behind it.",
                "Let the auditor's address read it without a login, or run the audit from inside.",
            )
        if status >= 500 and self.exchange.status >= 500:
            raise Trouble(
                ProblemKind.UNREACHABLE,
                f"GET {path} answers {status}, and a path that does not exist {self.exchange.status}.",
                "Check that the deployment runs behind its gateway.",
            )
        if 400 <= status < 500 and status not in _NOWHERE and status == self.exchange.status:
            raise Trouble(
                ProblemKind.MALFORMED,
                f"Every path answers {status}, even one that does not exist, so nothing can be told apart.",
                "Check the URL: the service may want https, another host name or a path in front.",
            )


def find_unknown(ctx: Context) -> Unknown:
    """Ask for a path that no service has; it changes from audit to audit. Raises Trouble."""
    seed = f"{ctx.target.service} {ctx.observed_at}".encode()
    path = f"/auditor-{hashlib.sha256(seed).hexdigest()[:12]}"
    return Unknown(path, ctx.http.get(path))


def is_page(exchange: Exchange) -> bool:
    """Whether the body is an HTML page, whatever its header says ("OK" as text/html is none)."""
    start = exchange.body[:4096].lstrip()
    return start.startswith(b"<") and _PAGE.search(start) is not None


def json_of(exchange: Exchange) -> dict[str, Any] | None:
    """The JSON object in the body, or None."""
    try:
        return decode(exchange.body, dict[str, Any], name="The answer", limit=5_000_000)
    except FormatError:
        return None


def alike(one: Exchange, one_path: str, other: Exchange, other_path: str) -> bool:
    """Whether two bodies differ in nothing but what may differ each time: the path, numbers, ids."""
    mine, theirs = one.text[:_COMPARED], other.text[:_COMPARED]
    if _shape(mine) == _shape(theirs):
        return True
    return _shape(_without(mine, one_path)) == _shape(_without(theirs, other_path))


def _without(text: str, path: str) -> str:
    """The text without its own path, which some services repeat in their answers."""
    bare = path.strip("/")
    text = text.replace(path, "")
    return re.sub(rf"(?<!\w){re.escape(bare)}(?!\w)", "", text) if bare else text


def _shape(text: str) -> str:
    return _VOLATILE.sub("#", text).strip()
