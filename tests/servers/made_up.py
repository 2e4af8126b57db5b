"""A made-up HTTP API: answers by path, with a token that it wants; in memory, or on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Route = Any | Callable[[httpx.QueryParams], Any]


@dataclass
class MadeUp:
    """`routes` is path → JSON, text, a pair of status and either, or a function of the query.

    Where `credential` is set, any other Authorization header gets 401. `asked` are paths with query.
    """

    routes: dict[str, Route] = field(default_factory=dict)
    credential: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)
    sent: list[Mapping[str, str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer; 404 with a JSON message where there is no such route."""
        self.methods.add(request.method)
        self.asked.append(request.url.raw_path.decode())
        self.sent.append(dict(request.headers))
        if self.credential and request.headers.get("authorization") != self.credential:
            return httpx.Response(401, json={"message": "Unauthorized"})
        raw = request.url.raw_path.decode().partition("?")[0]
        found = self.routes.get(
            raw, self.routes.get(request.url.path, (404, {"message": "Not Found"}))
        )
        value = found(request.url.params) if callable(found) else found
        status, body, *more = value if isinstance(value, tuple) else (200, value)
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        extra = dict(more[0]) if more else {}
        return httpx.Response(
            status, text=text, headers={"content-type": kind, **self.headers, **extra}
        )

    @contextmanager
    def serve(self) -> Iterator[str]:
        """The URL at which it is served on loopback."""
        answer = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 5

            def _any(self) -> None:
                url = f"http://{self.headers.get('Host', 'localhost')}{self.path}"
                response = answer(httpx.Request(self.command, url, headers=dict(self.headers)))
                self.send_response(response.status_code)
                for name, value in response.headers.items():
                    if name.lower() != "content-length":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(response.content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(response.content)

            do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = do_TRACE = _any

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join(timeout=10)
