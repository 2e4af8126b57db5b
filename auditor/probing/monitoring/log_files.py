"""Configurations of Python's logging in files (YAML, JSON, INI) that the code or a start command names."""

from __future__ import annotations

import configparser
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.code.logs.log_config import Written, is_config
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_text import load
from auditor.probing.code.code_trees import Trees
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Entry

_GLOBS = (
    "**/*log*.{yaml,yml,json,ini,cfg,conf}",
    "**/{config,gunicorn}*.{ini,cfg,conf}",
    "alembic.ini",
)
_STARTS = (
    "**/Dockerfile*",
    "**/*compose*.y*ml",
    "**/Procfile",
    "**/*.sh",
    "**/gunicorn*",
    "**/supervisord*.conf",
)
_ASIDE = re.compile(r"(?:^|[._-])(?:dev|development|test|testing|local|debug|alembic)(?:[._-]|$)")
_LIMIT = 512 * 1024
_OPTION = re.compile(r"log[-_]config(?:[-_]json)?[=\s\"',]+([\w./-]+)")
_READS = re.compile(r"dictConfig|fileConfig|log_config")


_LOGS = re.compile(r"(?:^|[-_./@])[kmghp]?log(?:ger|gers|ging|s)?(?:$|[./])", re.IGNORECASE)
_KNOWN = re.compile(
    r"(?:logging|structlog|loguru|django|uvicorn|celery|sentry_sdk|opentelemetry|absl|colorlog|coloredlogs|rich|google"
    r"|azure|sqlalchemy|scrapy|kombu|pythonjsonlogger|json_log_formatter|winston|pino|bunyan|log4js|nestjs-pino|fastify"
    r"|log|hono|@opentelemetry|@sentry|go\.uber\.org/zap|golang\.org|gorm\.io|k8s\.io|go\.opentelemetry\.io)(?:[./]|$).*"
    r"|github\.com/(?:rs/zerolog|[sS]irupsen|hashicorp|go-kit|go-logr|golang/glog|lmittmann|labstack|gofiber|go-chi)/.*"
    r"|github\.com/rs/zerolog.*|(?:koa|express|hono|redux)-\w*logger|\..*"
)


def is_stranger(module: str) -> bool:
    """Whether a module's name speaks of logging, and nothing else is known of it."""
    return bool(_LOGS.search(module)) and not _KNOWN.fullmatch(module)


@dataclass(frozen=True, slots=True)
class FileConfig:
    """A file that is applied, as the mapping that dictConfig would be given."""

    path: str
    value: Mapping[str, Written]


def config_files(trees: Trees) -> list[FileConfig]:
    """The files that something applies, by path."""
    repo = trees.ctx.repo
    named = "\n".join(t for t in trees.texts.values() if _READS.search(t))
    for entry in repo.find(*_STARTS):
        named += "\n".join(f"{m[1]}" for m in _OPTION.finditer(_text(trees, entry)))
    found = []
    for entry in repo.find(*_GLOBS):
        base = posixpath.basename(entry.path)
        if not re.search(rf"(?<![\w-]){re.escape(base)}\b", named) or _ASIDE.search(base):
            continue
        value = _parsed(base, _text(trees, entry))
        if is_config(value) and isinstance(value, Mapping):
            found.append(FileConfig(entry.path, value))
    return found


def _text(trees: Trees, entry: Entry) -> str:
    if entry.size > _LIMIT:
        return ""
    try:
        return trees.ctx.repo.read(entry.path, limit=_LIMIT).text
    except Trouble:
        return ""


def _parsed(name: str, text: str) -> Written:
    if name.endswith((".yaml", ".yml", ".json")):
        try:
            return _texts(load(text.encode(), name=name).value)
        except FormatError:
            return None
    return _ini(text)


def _texts(value: object) -> Written:
    if isinstance(value, Mapping):
        return {str(k): _texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_texts(v) for v in value]
    return None if value is None else str(value)


def _ini(text: str) -> Written:
    """The sections of fileConfig: `[formatter_x]`, `[handler_x]`, `[logger_x]`."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    found: dict[str, dict[str, Written]] = {"formatters": {}, "handlers": {}, "loggers": {}}
    for section in parser.sections():
        kind, _, name = section.partition("_")
        if f"{kind}s" in found and name:
            values: dict[str, Written] = dict(parser.items(section))
            if kind == "logger":
                values["handlers"] = [
                    h.strip() for h in str(values.get("handlers", "")).split(",") if h.strip()
                ]
            found[f"{kind}s"][name] = values
    return dict(found)
