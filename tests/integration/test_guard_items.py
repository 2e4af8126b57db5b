"""Items 3.2.1, 3.2.4 and 3.2.5 by files alone: what they can fail, what they can pass, and what stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model.verdict import Outcome, Verdict
from tests.rules.world import CLEAN, Files, Pair, audited, verdict_of

APP = "from fastapi import FastAPI\n\nfrom orders import values\n\napp = FastAPI()\n"
COMPOSE = "services:\n  web:\n    image: nginx:1.27\n    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro']\n"
NGINX = """\
http {
  limit_req_zone $binary_remote_addr zone=one:10m rate=5r/s;
  server {
    listen 443 ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    add_header Strict-Transport-Security "max-age=31536000" always;
    location / { limit_req zone=one; proxy_pass http://orders:8000; }
  }
}
"""
SERVICE: Files = {**CLEAN, "app.py": APP}
PROXIED: Files = {**SERVICE, "compose.yml": COMPOSE, "nginx.conf": NGINX}
PROBES = ("infra.proxies", "code.rate_limits", "code.web_security")


def decided(folder: Path, item: str, files: Files) -> Verdict:
    pair = Pair(8, "", item, files, files, "", PROBES)
    return verdict_of(audited(folder, pair, files, {}), item)


def said(verdict: Verdict) -> str:
    return " ".join(r.text for r in verdict.reasons)


def test_a_limit_at_the_proxy_passes_where_every_route_has_it(tmp_path: Path) -> None:
    assert decided(tmp_path, "security.controls.ratelimit", PROXIED).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("limit_req zone=one; ", ""),
        ("location / {", "location /open { proxy_pass http://orders:8000; }\n location / {"),
        ("$binary_remote_addr", "$http_x_forwarded_for"),
    ],
)
def test_false_green_a_limit_that_leaves_routes_open_passes_nothing(
    tmp_path: Path, old: str, new: str
) -> None:
    files = {**PROXIED, "nginx.conf": NGINX.replace(old, new)}
    assert decided(tmp_path, "security.controls.ratelimit", files).outcome is Outcome.UNKNOWN


def test_false_green_a_limit_in_a_sample_passes_nothing(tmp_path: Path) -> None:
    files = {**SERVICE, "nginx.conf": NGINX}
    assert decided(tmp_path, "security.controls.ratelimit", files).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("item", ["security.controls.headers", "security.controls.tls"])
@pytest.mark.parametrize(
    "files", [PROXIED, SERVICE, {"README.md": "# x\n"}], ids=["proxy", "code", "empty"]
)
def test_files_alone_never_pass_what_answers_must_show(
    tmp_path: Path, item: str, files: Files
) -> None:
    assert decided(tmp_path, item, files).outcome is Outcome.UNKNOWN


LOSING = NGINX.replace("location / {", "location / { add_header Cache-Control no-store;")
SESSION = (
    APP
    + "from starlette.middleware.sessions import SessionMiddleware\n\napp.add_middleware(SessionMiddleware, secret_key=k)\n"
)
CORS = (
    APP
    + "from fastapi.middleware.cors import CORSMiddleware\n\napp.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)\n"
)
PLAIN = NGINX.replace("server {", "server { listen 80; root /srv; }\n server {", 1).replace(
    "443 ssl", "443 ssl default_server"
)


@pytest.mark.parametrize(
    ("item", "more", "words"),
    [
        (
            "security.controls.headers",
            {"nginx.conf": LOSING},
            "loses Strict-Transport-Security of line 6",
        ),
        ("security.controls.headers", {"app.py": SESSION}, "session of starlette without Secure"),
        ("security.controls.headers", {"app.py": CORS}, "every origin, with cookies"),
        (
            "security.controls.tls",
            {"nginx.conf": NGINX.replace("TLSv1.2", "TLSv1.1")},
            "ssl_protocols allows TLSv1.1",
        ),
        ("security.controls.tls", {"nginx.conf": PLAIN}, "serves over plain HTTP"),
    ],
)
def test_files_alone_can_fail_them_and_say_where(
    tmp_path: Path, item: str, more: Files, words: str
) -> None:
    verdict = decided(tmp_path, item, {**PROXIED, **more})
    assert verdict.outcome is Outcome.FAIL
    assert words in said(verdict)


def test_without_a_proxy_there_is_nothing_that_it_could_do_right(tmp_path: Path) -> None:
    checks = {
        c.item.number: c.outcome
        for c in decided(tmp_path, "security.controls.headers", SERVICE).checks
    }
    assert checks == {"3.2.4a": Outcome.PASS, "3.2.4b": Outcome.NOT_APPLICABLE}


def test_code_that_is_not_followed_is_left_to_the_answers(tmp_path: Path) -> None:
    files = {"Cargo.toml": "[package]\n", "src/main.rs": "fn main() {}\n"}
    checks = {
        c.item.number: c.outcome
        for c in decided(tmp_path, "security.controls.headers", files).checks
    }
    assert checks["3.2.4a"] is Outcome.NOT_APPLICABLE
