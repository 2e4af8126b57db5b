"""Which links of a document lead to what is not in the work tree, or to documents outside it."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from auditor.formats.documents.document_kind import Kind
from auditor.formats.documents.markdown_doc import Document, Link
from auditor.probing.contract import Trouble
from auditor.probing.repo import Repo

_EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:|//|\{\{|\{%|<|\$", re.IGNORECASE)
_FORGE = re.compile(
    r"(?:\.\./)+(?:-/)?(?:issues|pulls?|wiki|releases|actions|discussions|security|commits?|compare|tree|blob)\b"
)
_ENDINGS = ("", ".md", ".mdx", ".rst", "/index.md", "/README.md", "/index.rst")
_NAMED = re.compile(r"(?:\./)?(?:[\w.-]+/)+[\w.-]+\.(?:md|rst|adoc|sh)")
_MANUALS = re.compile(r"(?:docs?|documentation|documentacion|wiki|manual|handbook|guides?)")
_MANUAL_HOST = re.compile(
    r"(?:docs?|documentation|wiki|manual|handbook|guides?)\..+|.+\.readthedocs\.io"
)
_THIRD_PARTIES = re.compile(
    r"(?:.+\.)?(?:docker\.com|python\.org|nodejs\.org|npmjs\.com|yarnpkg\.com|kubernetes\.io|helm\.sh|golang\.org"
    r"|go\.dev|rust-lang\.org|ruby-lang\.org|php\.net|getcomposer\.org|oracle\.com|java\.com|apache\.org|spring\.io"
    r"|gradle\.org|microsoft\.com|mozilla\.org|google\.com|amazon\.com|apple\.com|digitalocean\.com|heroku\.com"
    r"|wikipedia\.org|semver\.org|postgresql\.org|mysql\.com|redis\.io|mongodb\.com|nginx\.(?:com|org)"
    r"|prometheus\.io|grafana\.com|pytest\.org|djangoproject\.com|astral\.sh|python-poetry\.org|pre-commit\.com"
    r"|conventionalcommits\.org|keepachangelog\.com|contributor-covenant\.org|git-scm\.com|docs\.github\.com"
    r"|docs\.gitlab\.com|stackoverflow\.com)"
)
_LONGEST = 80


def outside_document(document: Document, kind: Kind) -> str | None:
    """The address outside the repository under which `document` says that a kind of document is: one
    called like that kind, else the nearest to the top among its manuals. Nobody read what is there. A place
    within a page is of the service only where its host has a word of the title: others link so to a tool's."""
    manuals: list[str] = []
    title = (
        set(re.findall(r"\w{3,}", document.headings[0].text.lower()))
        if document.headings
        else set()
    )
    for link in document.links:
        address = link.target
        parts = urlsplit(address) if re.match(r"https?://", address) else None
        host = (parts.hostname or "") if parts else ""
        if parts is None or len(address) > _LONGEST or _THIRD_PARTIES.fullmatch(host):
            continue
        if parts.fragment and not title & set(re.split(r"[.-]", host)):
            continue
        steps = [re.sub(r"[\s_.]+", "-", s) for s in _steps(parts.path)]
        if not _MANUAL_HOST.fullmatch(host) and not any(map(_MANUALS.fullmatch, steps)):
            continue
        if any(map(kind.names.fullmatch, steps)):
            return address
        manuals.append(address)
    return min(manuals, key=lambda a: (a.rstrip("/").count("/"), a), default=None)


def _steps(path: str) -> list[str]:
    return [re.sub(r"\.(?:html?|md)$", "", step) for step in path.lower().split("/") if step]


def broken_links(repo: Repo, path: str, document: Document, whole: Document) -> list[Link]:
    """The links of `document`, a part of the `whole` file at `path`, that lead nowhere; each target once."""
    dead = [x for x in document.links if _is_dead(repo, path, x.target, whole)]
    dead += [
        x for x in document.paths if _NAMED.fullmatch(x.target) and _is_gone(repo, path, x.target)
    ]
    return list({x.target: x for x in reversed(dead)}.values())[::-1]


def _is_dead(repo: Repo, path: str, target: str, whole: Document) -> bool:
    if (
        not target
        or target in ("#", "#contributors-")  # the latter is the badge that all-contributors writes
        or "://" in target
        or _EXTERNAL.match(target)
        or _FORGE.match(target)
    ):
        return False
    place, _, anchor = target.partition("#")
    place = unquote(place.partition("?")[0])
    if not place:
        return (
            bool(anchor)
            and not target.startswith("#?")
            and _plain(unquote(anchor)) not in _anchors(whole)
        )
    folder = path.rpartition("/")[0]
    bases = ["", repo.root] if place.startswith("/") else [folder]
    stem = re.sub(r"\.html?$", "", place) if place.endswith((".html", ".htm")) else place
    tries = dict.fromkeys([place, *(stem.rstrip("/") + end for end in _ENDINGS)])
    return not any(_exists(repo, f"{base}/{one}") for base in bases for one in tries)


def _is_gone(repo: Repo, path: str, named: str) -> bool:
    """Whether a path in code is not there although its first folder is."""
    bases = dict.fromkeys(["", repo.root, path.rpartition("/")[0]])
    first = named.removeprefix("./").partition("/")[0]
    known = first not in ("..", ".") and any(_exists(repo, f"{base}/{first}") for base in bases)
    return known and not any(_exists(repo, f"{base}/{named}") for base in bases)


def _exists(repo: Repo, path: str) -> bool:
    try:
        clean = path.lstrip("/")
        return repo.exists(clean) or repo.tree.kind(clean) == "link"
    except Trouble:
        return False


def _anchors(document: Document) -> set[str]:
    texts = [h.text for h in document.headings]
    plain = [_plain(t) for t in texts] + [_plain(n) for n in document.names]
    return {*plain, *(f"{p}{n}" for p in plain for n in range(1, plain.count(p)))}


def _plain(text: str) -> str:
    """Letters and digits only: forges disagree about all else in an anchor."""
    return "".join(c for c in text.casefold() if c.isalnum())
