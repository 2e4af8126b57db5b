"""What a first look at a repository shows of its services, for whoever writes its auditor.yaml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An address that a file names, and where (`path:line`). Nobody has asked it anything."""

    url: str
    where: str


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report of a tool: what it is of, and its path below the service."""

    what: str
    path: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a feature: routes below one path, and tests whose files have its name."""

    id: str
    title: str
    routes: tuple[str, ...]
    tests: tuple[str, ...] = ()
    get: str = ""


@dataclass(frozen=True, slots=True)
class FoundService:
    """A service: `root` below the folder that was looked at, "" for that itself.

    `commands` are what makes which evidence in its stack; `named_by` is the file that holds its name.
    """

    root: str
    name: str
    named_by: str = ""
    language: str = ""
    starts: tuple[str, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    reports: tuple[FoundReport, ...] = ()
    features: tuple[Candidate, ...] = ()
    deployments: tuple[Suggestion, ...] = ()
    owners_files: tuple[str, ...] = ()
