"""The nouns of logging: how something that logs was set up, and which level it was given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """What a set-up writes in production: JSON, text, one of the two on a condition, or nothing at all."""

    JSON = "json"
    TEXT = "text"
    UNKNOWN = "unknown"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Setup:
    """A place where logging is set up; `why` says what makes it idle or unknown; `scope` its function."""

    line: int
    what: str
    shape: Shape
    why: str = ""
    scope: str = ""


class Origin(StrEnum):
    """Where a level comes from."""

    ENVIRONMENT = "environment"
    DEBUG = "debug"
    FIXED = "fixed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LevelSet:
    """A place where a level is set, and where it comes from; `config` is the line of the dictionary it is in."""

    line: int
    what: str
    origin: Origin
    scope: str = ""
    config: int = 0


DEBUG = re.compile(
    r"(?:logging\.)?DEBUG|[\"'`](?:DEBUG|debug|TRACE|trace|silly|verbose|NOTSET)[\"'`]|(?:logging\.)?NOTSET"
    r"|(?:zerolog|zap|zapcore|logrus|log|level)\.(?:Debug|Trace)Level|slog\.LevelDebug"
)
FIXED = re.compile(
    r"(?:logging\.)?(?:INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)|[\"'`]\w+[\"'`]|\d+"
    r"|(?:zerolog|zap|zapcore|logrus|log|level)\.\w+Level|slog\.Level\w+"
)
READ = re.compile(
    r"environ\b|getenv|process\.env|import\.meta\.env|os\.Getenv|LookupEnv|\bviper\.|\benv(?:\.\w+)?\(|\bconfig\(|flag\.\w+\("
)
NAMED = re.compile(r"[A-Za-z_$][\w$]*")
ABOUT = re.compile(r"level|verbos|debug|loglvl|lvl", re.IGNORECASE)
