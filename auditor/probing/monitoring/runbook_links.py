"""Where the runbook links of alerts lead: to a page of the repository, or to one that is served elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from auditor.formats.documents import markdown_doc
from auditor.formats.monitoring.prometheus_rule import Rule
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Location, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.live.answers import alike, is_page
from auditor.probing.monitoring.prometheus_files import PrometheusFiles

if TYPE_CHECKING:
    from auditor.probing.contract import Context

ANNOTATIONS = ("runbook_url", "runbook", "runbook_link", "playbook_url")
_NAME = re.compile(r"\{\{-?\s*\$labels\.alertname\s*-?\}\}")
_BLOB = re.compile(r"/(?:-/)?(?:blob|raw|src|tree)/(?:branch/)?[^/]+/(.+)")
_LOGIN = re.compile(r"(?i)(?:^|[/._-])(?:log[-_]?in|sign[-_]?in|sso|oauth2?|auth)(?:[/._?-]|$)")
_NONE = "auditor-page-that-nobody-wrote"


@dataclass(frozen=True, slots=True)
class RunbookLink:
    """The link of an alert, with the alert's name put in; "" where it has none."""

    alert: str
    link: str
    place: Location


@dataclass(frozen=True, slots=True)
class Led:
    """Where a link leads: `why_not` is why to no runbook, "" where to one; `page` tells pages apart."""

    why_not: str
    page: str
    exchange: Exchange | None = None


def links(found: PrometheusFiles) -> list[RunbookLink]:
    """The link of each alert of valid rule files, in their order."""
    return [
        RunbookLink(rule.name, _link(rule), Location(path=rules.path, line=rule.line))
        for rules in found.rules
        for rule in rules.alerts
    ]


def _link(rule: Rule) -> str:
    written = next(
        (
            texts[name].strip()
            for texts in (rule.annotations, rule.labels)
            for name in ANNOTATIONS
            if texts.get(name, "").strip()
        ),
        "",
    )
    return _NAME.sub(rule.name, written)


def follow(ctx: Context, link: str) -> Led:
    """Where a link leads. Raises Trouble where that cannot be seen: not_configured for a host that the
    operator did not name, denied behind a login, malformed for a link with a variable.
    """
    if "{{" in link or "${" in link:
        message = f"The runbook link {link[:120]} holds a variable, so where it leads is not known."
        raise Trouble(ProblemKind.MALFORMED, message, "Write the link out for each alert.")
    path = _in_repository(ctx, link)
    if path is not None:
        return _page_of(ctx, *path)
    return _served(ctx, link)


def _in_repository(ctx: Context, link: str) -> tuple[str, str] | None:
    """Path and anchor within the repository: as written, or below its own address on a forge."""
    if "://" not in link:
        place, _, anchor = link.partition("#")
        return unquote(place), unquote(anchor)
    parts = urlsplit(link)
    remote = ctx.target.remote
    below = f"{(parts.hostname or '').lower()}{parts.path}"
    if not remote or not below.lower().startswith(f"{remote.lower()}/"):
        return None
    found = _BLOB.fullmatch(below[len(remote) :])
    return (unquote(found[1]), unquote(parts.fragment)) if found else None


def _page_of(ctx: Context, path: str, anchor: str) -> Led:
    clean = path.strip("/")
    tries = dict.fromkeys(
        [
            ctx.repo.within(clean),
            clean,
            *(f"{clean.rstrip('/')}/{n}" for n in ("README.md", "index.md")),
        ]
    )
    file = next((one for one in tries if one and ctx.repo.exists(one)), None)
    if file is None:
        return Led("there is no such file", path)
    if anchor and file.lower().endswith((".md", ".markdown")):
        try:
            document = markdown_doc.read(ctx.repo.read(file).text)
        except FormatError as error:
            return Led(f"it cannot be read: {error.message}", file)
        names = {_plain(h.text) for h in document.headings} | {_plain(n) for n in document.names}
        if re.sub(r"\d+$", "", _plain(anchor)) not in names and _plain(anchor) not in names:
            return Led("it has no such heading", f"{file}#{anchor}")
    return Led("", f"{file}#{_plain(anchor)}")


def _served(ctx: Context, link: str) -> Led:
    try:
        ctx.http.check(link)
    except Trouble as trouble:
        if trouble.kind is not ProblemKind.DENIED:
            raise
        # Nothing was refused: the operator has not said yet that this host may be asked.
        raise Trouble(ProblemKind.NOT_CONFIGURED, trouble.message, trouble.hint) from None
    exchange = ctx.http.once(link.partition("#")[0])
    status = exchange.status
    if status in (401, 403, 407, 429) or status >= 500:
        raise Trouble(
            ProblemKind.DENIED if status < 500 else ProblemKind.UNREACHABLE,
            f"{link[:200]} answers {status}, so what is there was not seen.",
            "Let the auditor's address read the runbooks, or keep them in the repository.",
        )
    if not 200 <= status < 300:
        return Led(f"it answers {status}", link)
    end = urlsplit(exchange.url)
    if exchange.hops and _LOGIN.search(end.path):
        raise Trouble(
            ProblemKind.DENIED,
            f"{link[:200]} leads to a login, so what is there was not seen.",
            "Let the auditor's address read the runbooks, or keep them in the repository.",
        )
    if _is_nothing(ctx, exchange):
        return Led("it shows what every path of that host shows", link)
    return Led("", link, exchange)


def _is_nothing(ctx: Context, exchange: Exchange) -> bool:
    """Whether a path beside it, which nobody wrote, shows the same."""
    folder = exchange.url.partition("?")[0].rpartition("/")[0]
    nowhere = f"{folder}/{_NONE}"
    other = ctx.http.once(nowhere)
    if other.status != exchange.status or is_page(other) != is_page(exchange):
        return False
    return alike(exchange, urlsplit(exchange.url).path, other, urlsplit(nowhere).path)


def same_pages(found: dict[str, Led]) -> list[str]:
    """Links that are written differently and show one and the same page."""
    pages: dict[str, list[str]] = {}
    for link, led in found.items():
        if not led.why_not:
            body = led.exchange.text if led.exchange else led.page
            pages.setdefault(body, []).append(link)
    return [
        link
        for group in pages.values()
        if len({g.partition("#")[0] for g in group}) > 1
        for link in group
    ]


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
