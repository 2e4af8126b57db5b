"""A forge on loopback that speaks as much of GitHub's and GitLab's API as comments need."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GITHUB = re.compile(r"/repos/acme/orders/issues/(?:7/comments|comments/(?P<id>\d+))")
GITLAB = re.compile(r"/projects/42/merge_requests/7/notes(?:/(?P<id>\d+))?")
TOKEN = "t0ken-of-a-run"  # an invented one


@dataclass
class Forge:
    """Its address, the comments that it holds, and the verbs that it was asked with.

    `user` is the id of the token's user, None where the API does not tell it. `status` is answered to
    everything when it is set.
    """

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    user: int | None = None
    status: int | None = None

    def add(self, body: str, author: dict[str, Any]) -> dict[str, Any]:
        """One more comment, by somebody."""
        row = {"id": 100 + len(self.comments), "body": body, "user": author}
        self.comments.append(row)
        return row


@contextmanager
def forge() -> Iterator[Forge]:
    """The forge, until the end of the block."""
    held = Forge()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if path == "/user":
                self.say({"id": held.user} if held.user else {}, 200 if held.user else 403)
                return
            size, page = (int(n) for n in re.findall(r"=(\d+)", query))
            self.say(held.comments[(page - 1) * size : page * size])

        def do_POST(self) -> None:
            author = {"id": held.user, "type": "User"} if held.user else {"id": 1, "type": "Bot"}
            self.say(held.add(self.sent()["body"], author), 201)

        def do_PATCH(self) -> None:
            found = (GITHUB if self.command == "PATCH" else GITLAB).fullmatch(self.path)
            assert found is not None
            row = next(r for r in held.comments if r["id"] == int(found["id"]))
            row["body"] = self.sent()["body"]
            self.say(row)

        do_PUT = do_PATCH

        def sent(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def say(self, value: Any, code: int = 200) -> None:
            held.asked.append(self.command)
            token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")
            known = token in (TOKEN, f"Bearer {TOKEN}")
            path = self.path.partition("?")[0]
            right = path == "/user" or GITHUB.fullmatch(path) or GITLAB.fullmatch(path)
            status = held.status or (code if known and right else 401 if right else 404)
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
