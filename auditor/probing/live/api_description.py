"""Finds the OpenAPI or Swagger document that a running deployment publishes, for every probe that needs one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from auditor.formats.text.errors import FormatError, TooLarge
from auditor.formats.web.openapi_doc import OpenApi, Operation, read
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.live.answers import Unknown, is_page

if TYPE_CHECKING:
    from auditor.probing.contract import Context

PATHS = (
    "/openapi.json", "/v3/api-docs", "/swagger.json", "/api/openapi.json", "/swagger/v1/swagger.json",
    "/openapi.yaml", "/api/v1/openapi.json", "/api/schema/", "/api-docs",
)  # fmt: skip
FOR_MACHINES = ("/", "/metrics", "/version", "/info", "/openapi.json", "/status")
"""Paths of a description that are there for whoever runs the service, not for its users."""
_PAGES = ("/docs", "/swagger-ui/index.html", "/redoc", "/api/docs")
_LINK = re.compile(
    r"""\b(?:url|spec-url|specUrl|data-url)["']?\s{0,5}[:=]\s{0,5}["']([^"'<>\s]{1,300})["']"""
)
_MARK = re.compile(rb"""["']?\b(?:openapi|swagger)["']?\s{0,20}:\s{0,20}["']?\d\.""")
_HEAD = 200_000
_WALLS = (401, 403)
_RISKY = re.compile(
    r"log-?(?:in|out)|sign|auth|token|password|otp|delete|remove|reset|revoke|cancel|export|download|stream"
    r"|events|shutdown|restart|run|trigger|sync|send|mail|sms|notif|pay|charge|refund|checkout|webhook"
    r"|callback|hook|\bws\b|verify|confirm",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Described:
    """The document, and the answer that held it."""

    exchange: Exchange
    document: OpenApi

    def url(self, path: str) -> str | None:
        """Where a path of the document is served, as far as the document and its place tell.

        None where the document names another host: the operator gave this one alone.
        """
        server = self.document.base_path or next(iter(self.document.servers), "") or "/"
        if "{" in server:
            return None
        try:
            target = urlsplit(urljoin(self.exchange.url, server.rstrip("/") + path))
            mine = urlsplit(self.exchange.url)
        except ValueError:
            return None
        if target.hostname != mine.hostname or (target.port, target.scheme) != (
            mine.port,
            mine.scheme,
        ):
            return None
        return target.geturl()


def find_description(ctx: Context, unknown: Unknown) -> Described | None:
    """The first document of PATHS, or that a page for readers names; None where there is none.

    Raises Trouble where one is there and cannot be read: denied, malformed, too_large; and where the
    deployment does not answer.
    """
    trouble: Trouble | None = None
    for path in PATHS:
        try:
            exchange = ctx.http.once(path)
            found = _read(exchange, path, unknown)
        except Trouble as caught:
            if caught.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
                raise
            trouble = trouble or caught
        else:
            if found is not None:
                return found
    linked = _linked(ctx, unknown)
    if linked is None and trouble is not None:
        raise trouble
    return linked


def _read(exchange: Exchange, path: str, unknown: Unknown) -> Described | None:
    if exchange.status in _WALLS and exchange.status != unknown.exchange.status:
        message = f"GET {path} answers {exchange.status}, so the description there was not read."
        raise Trouble(ProblemKind.DENIED, message, "Let the auditor's address read it.")
    unknown.refuse_hidden(exchange, path)
    if not 200 <= exchange.status < 300 or is_page(exchange):
        return None
    if _MARK.search(exchange.body[:_HEAD]) is None:
        return None
    try:
        return Described(exchange, read(exchange.body))
    except FormatError as error:
        kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
        hint = "Validate it with openapi-spec-validator, and serve what it accepts."
        raise Trouble(kind, f"GET {path}: {error}", hint) from None


def _linked(ctx: Context, unknown: Unknown) -> Described | None:
    """Swagger UI and Redoc name their document in the page; only one of this very host is asked for."""
    for path in _PAGES:
        try:
            page = ctx.http.once(path)
        except Trouble:
            continue
        if not 200 <= page.status < 300 or not is_page(page):
            continue
        for link in _LINK.findall(page.text[:_HEAD])[:3]:
            try:
                target = urljoin(page.url, link.replace("\\/", "/"))
                if urlsplit(target)[:2] != urlsplit(page.url)[:2]:
                    continue
                found = _read(ctx.http.once(target), urlsplit(target).path, unknown)
            except (Trouble, ValueError):
                continue
            if found is not None:
                return found
    return None


def is_harmless(operation: Operation) -> bool:
    """Whether the name of an operation gives no reason to fear what it does."""
    return _RISKY.search(operation.path) is None


_MADE_UP = {"integer": "1", "number": "1", "boolean": "true"}
_MADE_UP_FORMATS = {"uuid": "00000000-0000-4000-8000-000000000000", "date": "2026-01-01"}


def filled_gets(described: Described) -> list[tuple[Operation, str]]:
    """Harmless GET operations that need path parameters alone, with made-up values in their URLs."""
    found: list[tuple[Operation, str]] = []
    for operation in described.document.operations:
        needed = [p for p in operation.parameters if p.required or p.where == "path"]
        if operation.method != "GET" or "{" not in operation.path or not is_harmless(operation):
            continue
        if any(p.where != "path" for p in needed):
            continue
        path = operation.path
        for one in needed:
            value = _MADE_UP_FORMATS.get(one.format) or _MADE_UP.get(one.type, "auditor-0")
            path = path.replace(f"{{{one.name}}}", value)
        url = None if "{" in path else described.url(path)
        if url is not None:
            found.append((operation, url))
    return found


def plain_gets(described: Described) -> list[tuple[Operation, str]]:
    """Harmless GET operations that need no parameter, with their URLs."""
    return [
        (operation, url)
        for operation in described.document.operations
        if operation.method == "GET"
        and "{" not in operation.path
        and is_harmless(operation)
        and not any(p.required for p in operation.parameters)
        and (url := described.url(operation.path)) is not None
    ]
