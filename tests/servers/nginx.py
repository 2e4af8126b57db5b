"""A real nginx in front of a service: on loopback, in a folder of its own, with a bounded life."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LIFE_S = 120
_START_S = 10.0
HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
}


def nginx_command() -> str | None:
    """The path of nginx, or None where it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True, slots=True)
class Site:
    """How nginx serves a service. `plain` is what it does on port 80: nothing, redirect or serve."""

    upstream: str
    chain: Path
    address: str = "127.0.0.1"
    protocols: str = "TLSv1.2 TLSv1.3"
    headers_on_errors: bool = True
    plain: str = "nothing"


@contextmanager
def serving(command: str, folder: Path, site: Site) -> Iterator[str]:
    """Run nginx and give the base URL of the deployment."""
    port = _free_port(site.address)
    folder.mkdir()
    (folder / "nginx.conf").write_text(_configuration(folder, site, port), encoding="utf-8")
    log = (folder / "error.log").open("wb")
    # OPENSSL_CONF: the system's own configuration may forbid the old protocols that a test wants.
    # timeout: should the tests be killed, the server ends by itself.
    server = subprocess.Popen(
        ["timeout", str(LIFE_S), command, "-p", str(folder), "-c", str(folder / "nginx.conf")],
        env=os.environ | {"OPENSSL_CONF": os.devnull},
        stdout=log,
        stderr=log,
    )
    try:
        _wait(server, site.address, port, folder)
        yield f"https://{site.address}:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)
        log.close()


def may_listen(address: str, port: int) -> bool:
    """Whether this user may serve there."""
    try:
        socket.create_server((address, port)).close()
    except OSError:
        return False
    return True


def _free_port(address: str) -> int:
    with socket.create_server((address, 0)) as line:
        return int(line.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], address: str, port: int, folder: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nginx did not start: {(folder / 'error.log').read_text()}")


def _configuration(folder: Path, site: Site, port: int) -> str:
    always = " always" if site.headers_on_errors else ""
    headers = "\n".join(f'add_header {n} "{v}"{always};' for n, v in HEADERS.items())
    hidden = "\n".join(f"proxy_hide_header {name};" for name in HEADERS)
    folders = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in folders)
    proxy = f"location / {{ proxy_pass {site.upstream}; }}"
    return f"""\
daemon off;
master_process off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
access_log off;
server_tokens off;
{temporary}
{hidden}
{headers}
server {{
  listen {site.address}:{port} ssl;
  ssl_certificate {site.chain};
  ssl_certificate_key {site.chain};
  ssl_protocols {site.protocols};
  ssl_ciphers ALL:@SECLEVEL=0;
  {proxy}
}}
{_on_port_80(site, port, proxy)}
}}
"""


def _on_port_80(site: Site, port: int, proxy: str) -> str:
    if site.plain == "nothing":
        return ""
    redirect = f"return 308 https://{site.address}:{port}$request_uri;"
    does = redirect if site.plain == "redirect" else proxy
    return f"server {{ listen {site.address}:80; {does} }}"
