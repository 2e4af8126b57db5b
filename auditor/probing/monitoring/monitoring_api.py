"""Asks the HTTP APIs of the systems that watch a service, and tells trouble from an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode

from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.redact import redact
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.live.answers import is_page

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_T = TypeVar("_T")
_BODY_LIMIT = 20 * 1024 * 1024
_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer(Generic[_T]):
    """What an API said, and the exchange in which it did."""

    value: _T
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Api:
    """One API of the operator's: `name` as in "Prometheus", `option` as in "--prometheus"."""

    ctx: Context
    base: str
    name: str
    option: str

    def ask(
        self,
        path: str,
        read: Callable[[bytes], _T],
        query: Mapping[str, str] | None = None,
    ) -> Answer[_T]:
        """GET `path` below the API's address and read its body.

        Raises Trouble: denied, unreachable, timed_out, too_large, and malformed for what is no such API.
        """
        url = f"{self.base.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")
        exchange = self.ctx.http.get(url, body_limit=_BODY_LIMIT, timeout_s=_TIMEOUT_S)
        self._refuse(exchange, path)
        try:
            return Answer(read(exchange.body), exchange)
        except TooLarge as error:
            raise Trouble(ProblemKind.TOO_LARGE, f"GET {path}: {error}") from None
        except FormatError as error:
            raise self._foreign(f"GET {path}: {redact(str(error))}") from None

    def _refuse(self, exchange: Exchange, path: str) -> None:
        status = exchange.status
        if status in (401, 403, 407, 429):
            raise Trouble(
                ProblemKind.DENIED,
                f"{self.name} answers GET {path} with {status}.",
                "Let the auditor's address read it without a login, or run the audit from inside.",
            )
        if status >= 500:
            raise Trouble(
                ProblemKind.UNREACHABLE,
                f"{self.name} answers GET {path} with {status}.",
                f"Check that {self.name} runs behind its gateway and is not overloaded.",
            )
        if is_page(exchange) or status in (404, 405, 410):
            what = "a page" if is_page(exchange) else f"{status}"
            raise self._foreign(f"GET {path} answers with {what}, not as {self.name} does.")

    def _foreign(self, message: str) -> Trouble:
        hint = f"Give the address of {self.name} itself, with its path prefix, as {self.option}."
        return Trouble(ProblemKind.MALFORMED, message, hint)
