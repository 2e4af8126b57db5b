"""A real PostgreSQL: on loopback, in a folder of its own, with a bounded life, never as root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LIFE_S = 180
_START_S = 20.0
_NEEDED = ("initdb", "postgres", "createdb", "pg_dump", "pg_isready", "psql")
_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def postgres_folder() -> Path | None:
    """The folder of initdb, postgres and pg_dump, or None where they are not installed."""
    found = shutil.which("postgres")
    places = [*_PLACES, *([Path(found).resolve().parent] if found else [])]
    return next((p for p in places if all((p / name).exists() for name in _NEEDED)), None)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `password` is that of its only user, `auditor`."""

    bin: Path
    port: int
    password: str

    def url(self, database: str) -> str:
        """The URL of a database, with the password."""
        return f"postgresql://auditor:{self.password}@127.0.0.1:{self.port}/{database}"

    def made(self, name: str) -> str:
        """A new, empty database; gives its URL."""
        self.run("createdb", name)
        return self.url(name)

    def run(self, command: str, *args: str, stdin: bytes = b"") -> bytes:
        """A client program of PostgreSQL."""
        environment = os.environ | {
            "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "auditor",
            "PGPASSWORD": self.password,
        }  # fmt: skip
        done = subprocess.run(
            (str(self.bin / command), *args),
            env=environment, input=stdin, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout


@contextmanager
def postgresql(folder: Path, life_s: int = LIFE_S) -> Iterator[Postgres]:
    """Run a server whose programs are in `folder`. It keeps nothing."""
    home = Path(tempfile.mkdtemp(prefix="auditor-postgres-"))
    user = _user()
    password = secrets.token_hex(8)
    (home / "password").write_text(password, encoding="utf-8")
    if user is not None:
        for path in (home, home / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)
    port = _free_port()
    log = (home / "log").open("wb")
    try:
        _run_as(
            user,
            (str(folder / "initdb"), "-D", str(home / "data"), "-U", "auditor", "-A", "scram-sha-256",
             "--pwfile", str(home / "password"), "--no-sync", "-E", "UTF8", "--locale=C"),
            home,
        )  # fmt: skip
        settings = {
            "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
            "fsync": "off", "full_page_writes": "off", "max_connections": 20,
            "shared_buffers": "64MB",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # timeout: should the tests be killed, the server ends by itself.
        server = subprocess.Popen(
            ["timeout", "-s", "INT", str(life_s), str(folder / "postgres"), "-D", str(home / "data"),
             *options],
            cwd=home, stdout=log, stderr=log, **_as(user),
        )  # fmt: skip
        try:
            _wait(server, port, folder, home / "log")
            yield Postgres(folder, port, password)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=20)
    finally:
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    """Who runs it: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("there is no unprivileged user to run PostgreSQL as")


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run_as(user: pwd.struct_passwd | None, command: tuple[str, ...], home: Path) -> None:
    done = subprocess.run(
        command, cwd=home, capture_output=True, text=True, timeout=60, check=False, **_as(user)
    )  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path, log: Path) -> None:
    """Until it answers; a port that is open may still say that it is starting up."""
    ready = (str(folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port))
    end = time.monotonic() + _START_S
    while time.monotonic() < end and server.poll() is None:
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])
