"""Recognises by its content what a deployment should show to nobody, and what is for readers or scrapers."""

from __future__ import annotations

import re

_HEAD = 100_000
_ENV_LINE = re.compile(r"(?:export )?[A-Za-z_][A-Za-z0-9_]{1,80}=.*")
_GIT_HEAD = re.compile(r"ref: refs/[\w./-]{1,200}|[0-9a-f]{40}|[0-9a-f]{64}")
_LISTING = re.compile(r"<title>\s*(?:index of|directory listing for)\s", re.I)
_PAGES: dict[str, re.Pattern[str]] = {
    "git configuration": re.compile(r"^\s*\[core\]", re.M),
    "Go profiles": re.compile(r"Types of profiles available|/debug/pprof/</title>"),
    "Go variables": re.compile(r'\A\s*\{\s*"cmdline": \[.*"memstats"', re.S),
    "Spring environment": re.compile(
        r'\A\s*\{.{0,500}"(?:propertySources|activeProfiles)"\s*:', re.S
    ),
    "Apache status": re.compile(r"<title>Apache Status</title>|Apache Server Status for ", re.I),
    "nginx status": re.compile(r"\AActive connections: \d+"),
    "PHP information": re.compile(r"<title>(?:phpinfo\(\)|PHP \d[\w.]* - phpinfo\(\))", re.I),
    "a debug console": re.compile(
        r"EVALEX\s*=|<title>(?:Console // Werkzeug|H2 Console|Interactive Console)", re.I
    ),
    "a debug page": re.compile(
        r"id=\"?djDebug|DebugToolbar|<title>(?:Werkzeug Debugger|Symfony Profiler|Telescope\b)"
        r"|phpdebugbar|Rails\.root|\"traceback\"\s*:\s*\[",
        re.I,
    ),
}
_DOCUMENTATION = re.compile(
    r"swagger-ui(?:-bundle)?\b|SwaggerUIBundle|<redoc\b|Redoc\.init|rapi-doc|elements-api"
    r"|<title>[^<]{0,100}\b(?:Swagger UI|ReDoc|API Reference)",
    re.I,
)


def secret_of(path: str, body: bytes) -> str | None:
    """What the answer on `path` is that nobody outside should read, in a few words, or None."""
    text = body[:_HEAD].decode("utf-8", "replace")
    if path.endswith(".git/HEAD"):
        return "a git repository" if _GIT_HEAD.fullmatch(text.strip()) else None
    if path.endswith(".env"):
        return "environment settings" if _is_env(text) else None
    return next((name for name, pattern in _PAGES.items() if pattern.search(text)), None)


def _is_env(text: str) -> bool:
    """Every line is a setting, a comment or empty, and one at least is a setting."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return bool(lines) and all(_ENV_LINE.fullmatch(line) for line in lines[:50])


def is_listing(body: bytes) -> bool:
    """Whether a page lists a folder's files."""
    return _LISTING.search(body[:_HEAD].decode("utf-8", "replace")) is not None


def is_documentation(body: bytes) -> bool:
    """Whether a page shows an API's description to readers."""
    return _DOCUMENTATION.search(body[:_HEAD].decode("utf-8", "replace")) is not None
