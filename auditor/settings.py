"""auditor.yaml, waivers and the command line, joined: command line, environment, file, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from urllib.parse import urlsplit

from auditor.formats.testruns.test_names import KINDS
from auditor.formats.text.config_text import Node, nearest, read
from auditor.model.item import Severity
from auditor.model.target import Deployment, Feature
from auditor.model.verdict import Waiver

FILE_NAMES = ("auditor.yaml", "auditor.yml")
DEFAULT_CHECKLIST = "production-readiness"
_KEYS = ("service", "root", "tier", "checklist", "deployments", "evidence", "features", "test_kinds", "not_applicable",
         "attestations", "waivers", "effort", "history", "history_blobs")  # fmt: skip
_FEATURE = re.compile(r"[\w-]+")
_HOURS = re.compile(r"\s*\d+(\.\d+)?\s*[mh]\s*")
_SECRET = re.compile(r"://[^:/?#@\s]*:[^/?#\s]*@|[?&][^=&]*password=", re.IGNORECASE)
_URLS = ("url", "prometheus", "alertmanager", "grafana", "loki")


@dataclass(frozen=True, slots=True)
class ChosenTier:
    """The tier of a service, and where that is written, for whoever finds that there is none of the name."""

    name: str
    file: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What auditor.yaml says; every part is optional."""

    service: str | None = None
    root: str | None = None
    checklist: str | None = None
    deployments: dict[str, Deployment] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    test_kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    attestations: str | None = None
    waivers: str | None = None
    file: str | None = None
    effort: dict[str, Fraction] = field(default_factory=dict)
    """Hours of work by item id, in the place of the checklist's."""
    tier: str | None = None
    tier_at: tuple[int, int] | None = None
    history: str | None = None
    """Where runs are stored: a file or a URL. Obeyed only in a file that the operator names."""
    history_blobs: str | None = None

    def chosen_tier(self) -> ChosenTier | None:
        """The tier with its place, None where no tier is written."""
        if self.tier is None:
            return None
        line, column = self.tier_at or (None, None)
        return ChosenTier(self.tier, self.file or FILE_NAMES[0], line, column)


def read_settings(data: bytes, file: str) -> Settings:
    """auditor.yaml as values. Raises Mistake, naming file, line, column and the nearest right name."""
    keys = read(data, file).mapping(_KEYS)
    return Settings(
        service=_text(keys, "service"),
        root=_text(keys, "root"),
        checklist=_text(keys, "checklist"),
        deployments={name: _deployment(name, n) for name, n in _entries(keys, "deployments")},
        evidence=keys["evidence"].texts() if "evidence" in keys else (),
        features=_features(keys["features"]) if "features" in keys else (),
        test_kinds=_test_kinds(keys["test_kinds"]) if "test_kinds" in keys else {},
        not_applicable={
            name: _filled(n, "why it does not apply")
            for name, n in _entries(keys, "not_applicable")
        },
        attestations=_text(keys, "attestations"),
        waivers=_text(keys, "waivers"),
        file=file,
        effort={name: _hours(n) for name, n in _entries(keys, "effort")},
        tier=_tier(keys["tier"]) if "tier" in keys else None,
        tier_at=_place(keys["tier"]) if "tier" in keys else None,
        history=_where(keys["history"]) if "history" in keys else None,
        history_blobs=_where(keys["history_blobs"]) if "history_blobs" in keys else None,
    )


def _text(keys: dict[str, Node], name: str) -> str | None:
    return keys[name].text() if name in keys else None


def _tier(node: Node) -> str:
    """The name of a tier; a number is one, too, so that nobody has to quote it."""
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return str(node.value)
    return _filled(node, "the tier of the service, or leave the key out")


def _place(node: Node) -> tuple[int, int]:
    return node.line or 1, node.document.column(node.path) or 1


def _where(node: Node) -> str:
    """A file or a URL without a password, which no file of a repository should hold."""
    text = _filled(node, "a file or a URL")
    if _SECRET.search(text):
        raise node.mistake(
            f"{node.name} holds a password. Leave it out, and set it in the environment: PGPASSWORD,"
            " ~/.pgpass, or the whole URL in AUDITOR_HISTORY."
        )
    return text


def _entries(keys: dict[str, Node], name: str) -> Iterable[tuple[str, Node]]:
    return keys[name].mapping().items() if name in keys else ()


def _deployment(name: str, node: Node) -> Deployment:
    keys = node.mapping((*_URLS, "production"))
    production = keys["production"].boolean() if "production" in keys else False
    urls = {key: _url(keys[key]) for key in _URLS if key in keys}
    return Deployment(name=name, production=production, **urls)


def _url(node: Node) -> str:
    text = node.text()
    complaint = url_complaint(text)
    if complaint:
        raise node.mistake(f"{node.name}: {complaint}")
    return text


def url_complaint(text: str) -> str | None:
    """What is wrong with a URL of a deployment, or None."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        return f"{text!r} is not a URL: {error}."
    if any(c.isspace() or not c.isprintable() for c in text):
        return f"{text!r} holds a space or a control character, which a URL cannot."
    if parts.scheme not in ("http", "https") or not host:
        return f"{text!r} is not an http or https URL, such as https://staging.example.net."
    if "@" in parts.netloc:
        return (
            "A URL must not carry a user name or a password; it would be stored with the evidence."
        )
    return None


def _filled(node: Node, what: str) -> str:
    text = node.text()
    if not text:
        raise node.mistake(f"{node.name} is empty; write {what}.")
    return text


def _hours(node: Node) -> Fraction:
    """Hours of work; days are refused, since they would be read as 24 hours."""
    if _HOURS.fullmatch(str(node.value)) is None:
        raise node.mistake(f"{node.name} should be hours or minutes of work, such as 4h or 30m.")
    return Fraction(round(node.seconds()), 3600)


def _features(node: Node) -> tuple[Feature, ...]:
    features: dict[str, Feature] = {}
    for one in node.sequence():
        keys = one.mapping(
            ("id", "title", "severity", "tests", "live", "metric"), required=("id", "title")
        )
        name = keys["id"].text()
        if _FEATURE.fullmatch(name) is None:
            raise keys["id"].mistake(f"{name!r} is no id: use letters, digits, - and _.")
        if name in features:
            raise keys["id"].mistake(f"The feature {name!r} is declared twice.")
        features[name] = Feature(
            id=name,
            title=_filled(keys["title"], "what the feature does"),
            severity=keys["severity"].one_of(Severity) if "severity" in keys else "important",
            tests=keys["tests"].texts() if "tests" in keys else (),
            live_path=_live_path(keys["live"]) if "live" in keys else None,
            metric=_text(keys, "metric"),
        )
    return tuple(features.values())


def _test_kinds(node: Node) -> dict[str, tuple[str, ...]]:
    """Globs over test ids by kind of test."""
    return {kind: globs.texts() for kind, globs in node.mapping(KINDS).items()}


def _live_path(node: Node) -> str:
    get = node.mapping(("get",), required=("get",))["get"]
    if not get.text().startswith("/"):
        raise get.mistake(f"{get.name} should be a path on the deployment, such as /pay/health.")
    return get.text()


def read_waivers(data: bytes, file: str, known: Iterable[str]) -> tuple[Waiver, ...]:
    """A waivers file. A bad entry is a mistake and stops the audit: a list that is only half obeyed
    hides what was waived. Raises Mistake.
    """
    names = set(known)
    waivers: list[Waiver] = []
    top = read(data, file)
    for node in top.sequence() if top.value != {} else ():  # a file of comments waives nothing
        keys = node.mapping(
            ("item", "owner", "approver", "reason", "expires", "evidence"),
            required=("item", "owner", "approver", "reason", "expires"),
        )
        item = keys["item"].text()
        if item not in names:
            raise keys["item"].mistake(f"No item is called {item!r}.{nearest(item, names)}")
        owner, approver = (_filled(keys[k], "who it is") for k in ("owner", "approver"))
        if owner.casefold() == approver.casefold():
            raise keys["approver"].mistake(
                "The approver of a waiver must be somebody other than its owner."
            )
        waivers.append(
            Waiver(
                item=item,
                owner=owner,
                approver=approver,
                reason=_filled(keys["reason"], "why the item may stay open"),
                expires=_moment(keys["expires"]),
                evidence=keys["evidence"].text() if "evidence" in keys else "",
            )
        )
    return tuple(waivers)


def _moment(node: Node) -> str:
    """A time with a time zone, in ISO 8601."""
    try:
        when = datetime.fromisoformat(node.text())
    except ValueError:
        raise node.mistake(
            f"{node.name} should be a time with its zone, such as 2027-01-31T00:00:00+00:00."
        ) from None
    if when.tzinfo is None:
        raise node.mistake(
            f"{node.name} lacks a time zone; write for example {when.isoformat()}+00:00."
        )
    return when.isoformat()
