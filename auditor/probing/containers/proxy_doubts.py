"""What a proxy seems to leave undone, and the code of the service may do by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.code.languages import language_of
from auditor.formats.web.proxy_model import ProxyEntry, Topic
from auditor.probing.contract import Context, Trouble
from auditor.probing.sources import shipped

_BY_ITSELF = {
    Topic.LOST: re.compile(
        r"(?i)strict-transport-security|content-security-policy|x-content-type-options|x-frame-options|referrer-policy"
        r"|SECURE_HSTS|SecurityMiddleware|\bhelmet\b|talisman|unrolled/secure|secure_headers"
    ),
    Topic.PLAIN: re.compile(
        r"(?i)x-forwarded-proto|SECURE_SSL_REDIRECT|force_?https|force_?ssl|HTTPSRedirect|httpsRedirection|requiresSecure"
        r"|SSLRedirect|express-sslify"
    ),
}
"""Words of code that sets headers or sends to HTTPS by itself, whatever the proxy does."""
_MOST = 4 * 1024 * 1024


def kept(ctx: Context, entries: Iterable[ProxyEntry]) -> Iterator[ProxyEntry]:
    """The entries, without those that the service's code may make good."""
    listed = list(entries)
    asked = {e.topic for e in listed if e.passes and e.topic in _BY_ITSELF}
    doubtful = {topic for topic in asked if speaks(ctx, _BY_ITSELF[topic])}
    for entry in listed:
        if not (entry.passes and entry.topic in doubtful):
            yield entry


def speaks(ctx: Context, words: re.Pattern[str]) -> bool:
    """Whether a source file of the service has some words."""
    for entry in shipped(ctx.repo):
        if entry.size > _MOST or language_of(entry.path) is None:
            continue
        try:
            if words.search(ctx.repo.read(entry.path).text):
                return True
        except Trouble:
            continue
    return False
