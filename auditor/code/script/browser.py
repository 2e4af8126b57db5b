"""Which scripts run in a browser and not on the server: their calls are the user's, not the service's."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable

_STATIC = re.compile(r"(?:^|/)(?:static|staticfiles|assets|wwwroot)/|(?:^|/)public/.*\.jsx?$")
_SHOWN = re.compile(
    r'"(?:react-dom|vue|svelte|@angular/core|preact|solid-js|nuxt|next|jquery|react-native)"\s*:'
)
_SERVES = re.compile(
    r'"(?:express|fastify|koa|@nestjs/core|@hapi/hapi|hono|restify|socket\.io|@apollo/server|h3|polka|next|nuxt'
    r'|elysia|@adonisjs/core|@trpc/server|bullmq|ws)"\s*:'
)  # fmt: skip

_CLIENT = re.compile(
    r"(?>\s+|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*+\*/|(?:\"use strict\"|'use strict');?)*+"
    r"(?:\"use client\"|'use client')\s*(?:;|\n|$)"
)


def marked_client(paths: Iterable[str], read: Callable[[str], str]) -> frozenset[str]:
    """Those of the scripts at `paths` that begin with the directive `use client`."""
    return frozenset(p for p in paths if _CLIENT.match(read(p)))


def in_browser(
    paths: Iterable[str], every: Collection[str], read: Callable[[str], str]
) -> frozenset[str]:
    """Those of the scripts at `paths` that lie among static files, or whose nearest package.json names
    what shows pages and nothing that serves them."""
    kinds: dict[str, bool] = {}
    found = set()
    for path in paths:
        folder = posixpath.dirname(path)
        if _STATIC.search(path):
            found.add(path)
            continue
        while f"{folder}/package.json".lstrip("/") not in every and folder:
            folder = posixpath.dirname(folder)
        manifest = f"{folder}/package.json".lstrip("/")
        if manifest not in kinds:
            text = read(manifest) if manifest in every else ""
            kinds[manifest] = bool(_SHOWN.search(text)) and not _SERVES.search(text)
        if kinds[manifest]:
            found.add(path)
    return frozenset(found)
