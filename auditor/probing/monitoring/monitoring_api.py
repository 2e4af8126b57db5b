"""Asks the HTTP APIs of the systems that know a service, and tells trouble from an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.access import SYSTEMS
from auditor.probing.doors.redact import redact
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.live.answers import is_page

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_T = TypeVar("_T")
_BODY_LIMIT = 20 * 1024 * 1024
_PATIENCE = 1.5
"""How much longer than others a query may take."""
_NOT_THERE = (404, 405, 410)


@dataclass(frozen=True, slots=True)
class Answer(Generic[_T]):
    """What an API said, and the exchange in which it did."""

    value: _T
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Api:
    """One API of the operator's: `name` as in "Prometheus", `option` as in "--prometheus".

    `system` is its name among the systems that the operator grants access to; its credentials are sent
    to its own address alone, and no redirect is followed with them.
    """

    ctx: Context
    base: str
    name: str
    option: str
    headers: Mapping[str, str] | None = None

    @property
    def system(self) -> str:
        """Its name among the systems of `access`."""
        return self.option.lstrip("-") if self.option else self.name.lower()

    def ask(
        self,
        path: str,
        read: Callable[[bytes], _T],
        query: Mapping[str, str] | None = None,
    ) -> Answer[_T]:
        """GET `path` below the API's address and read its body.

        Raises Trouble: denied, unreachable, timed_out, too_large, and malformed for what is no such API.
        """
        return self.answered(self.get(path, query), path, read)

    def answered(self, exchange: Exchange, path: str, read: Callable[[bytes], _T]) -> Answer[_T]:
        """What `ask` makes of an answer that is there already."""
        self._refuse(exchange, path)
        return self.read(exchange, path, read)

    def find(
        self,
        path: str,
        read: Callable[[bytes], _T],
        query: Mapping[str, str] | None = None,
    ) -> Answer[_T] | None:
        """As `ask`, but None where the API says that there is no such thing (404)."""
        exchange = self.get(path, query)
        if exchange.status == 404 and not is_page(exchange):
            return None
        self._refuse(exchange, path)
        return self.read(exchange, path, read)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Exchange:
        """GET `path` with the credentials that the operator gave for this system."""
        return self._send("GET", path + (f"?{urlencode(query)}" if query else ""))

    def post(self, path: str, document: bytes) -> Exchange:
        """POST JSON to `path`, with the same credentials; for what the operator has given leave to alone.

        Raises Trouble as `ask` does, where the answer is not 2xx.
        """
        exchange = self._send("POST", path, document)
        self._refuse(exchange, path, "POST")
        return exchange

    def _send(self, method: str, path: str, document: bytes | None = None) -> Exchange:
        grant = self.ctx.access.grant(self.system)
        sent = {**(self.headers or {}), **dict(grant.headers if grant else ())}
        if document is not None:
            sent["Content-Type"] = "application/json"
        return self.ctx.http.request(
            method,
            path if path.startswith(self.base) else f"{self.base.rstrip('/')}{path}",
            headers=sent,
            content=document,
            follow=document is None and not (grant and grant.headers),
            body_limit=_BODY_LIMIT,
            timeout_s=_PATIENCE * self.ctx.http.patience_s,
        )

    def read(self, exchange: Exchange, path: str, read: Callable[[bytes], _T]) -> Answer[_T]:
        """The body of an answer as a value. Raises Trouble: too_large, malformed."""
        try:
            return Answer(read(exchange.body), exchange)
        except TooLarge as error:
            raise Trouble(ProblemKind.TOO_LARGE, f"GET {path}: {error}") from None
        except FormatError as error:
            raise self._foreign(f"GET {path}: {redact(str(error))}") from None

    def _refuse(self, exchange: Exchange, path: str, method: str = "GET") -> None:
        status, asked = exchange.status, f"{method} {path}"
        if status in (401, 403, 407, 429):
            raise Trouble(
                ProblemKind.DENIED,
                f"{self.name} answers {asked} with {status}.",
                self._unlock(status),
            )
        if status >= 500:
            raise Trouble(
                ProblemKind.UNREACHABLE,
                f"{self.name} answers {asked} with {status}.",
                f"Check that {self.name} runs behind its gateway and is not overloaded.",
            )
        if 300 <= status < 400:
            where = urlsplit(exchange.header("location") or "")
            led = redact(f"{where.scheme}://{where.netloc}") if where.netloc else "another path"
            raise self._foreign(
                f"{asked} is redirected to {led}, and credentials are sent nowhere else."
            )
        if is_page(exchange) or status in _NOT_THERE:
            what = "a page" if is_page(exchange) else f"{status}"
            raise self._foreign(f"{asked} answers with {what}, not as {self.name} does.")
        if status >= 400:
            raise Trouble(
                ProblemKind.MALFORMED,
                f"{self.name} answers {asked} with {status}.",
                f"Check that this is {self.name}, of a version that has this API.",
            )

    def _unlock(self, status: int) -> str:
        """What would let the auditor look, by the least right that suffices."""
        if status == 429:
            return f"Run again later: {self.name} answers no more requests for now."
        system = SYSTEMS.get(self.system)
        if system is None:
            return (
                "Let the auditor's address read it without a login, or run the audit from inside."
            )
        grant = self.ctx.access.grant(self.system)
        if grant is not None and grant.variable:
            return f"Give the token in {grant.variable} the right to look: {system.least} suffices."
        return f"Run again with {system.tokens[0]}, of {system.least}."

    def _foreign(self, message: str) -> Trouble:
        system = SYSTEMS.get(self.system)
        told = self.option or (system.variables[0] if system and system.variables else "its URL")
        hint = f"Give the address of {self.name} itself, with its path prefix, as {told}."
        return Trouble(ProblemKind.MALFORMED, message, hint)
