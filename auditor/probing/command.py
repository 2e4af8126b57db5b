"""The door to commands: argument lists only, outside the target, with a deadline and a limit."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from auditor.model.evidence import ProblemKind, Source, SourceKind
from auditor.probing.doors.recorder import Recorder
from auditor.probing.doors.redact import redact
from auditor.probing.doors.trouble import Trouble

_OUTPUT_LIMIT = 256 * 1024 * 1024
_KEPT_NAMES = (
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SystemRoot",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
)
_NETWORK_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished command: its output in bytes, its exit code, its time in seconds."""

    args: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes
    duration_s: float
    source: Source

    @property
    def error_text(self) -> str:
        """The last lines of standard error, redacted, short enough for a message."""
        return redact(self.stderr.decode("utf-8", "replace").strip())[-600:]


class Command:
    """Runs tools found beside the auditor's own Python, or else on PATH; never in the target."""

    def __init__(self, recorder: Recorder | None = None, *, observed_at: str = "") -> None:
        self._recorder = recorder or Recorder()
        self._observed_at = observed_at

    def find(self, name: str) -> str | None:
        """The absolute path of a tool, or None. Relative PATH entries are not searched."""
        beside = Path(sys.executable).parent / name
        if beside.is_file() and os.access(beside, os.X_OK):
            return str(beside)
        path = os.pathsep.join(
            p for p in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(p)
        )
        return shutil.which(name, path=path)

    def run(
        self,
        args: Sequence[str],
        *,
        timeout_s: float,
        input: bytes | None = None,
        files: Mapping[str, bytes] | None = None,
        tool: str | None = None,
        tool_version: str | None = None,
        network: bool = False,
        output_limit: int = _OUTPUT_LIMIT,
        keep: bool = True,
    ) -> Ran:
        """Run `args` in a private directory that holds only `files`, and wait for its end.

        `files` is relative path → bytes: what the tool may see of the target, and nothing beside it.

        Raises Trouble: tool_missing, timed_out (the whole process group is killed), too_large.
        An exit code is no trouble: what it means is for the probe to say.
        """
        program = self.find(args[0]) if not os.path.isabs(args[0]) else args[0]
        if program is None:
            raise Trouble(
                ProblemKind.TOOL_MISSING,
                f"The tool {args[0]} is not installed.",
                f"pip install 'auditor[scanners]', or put {args[0]} on PATH.",
            )
        # What a tool left unreadable, or a killed child is still writing, is no trouble of the look.
        with tempfile.TemporaryDirectory(prefix="auditor-", ignore_cleanup_errors=True) as home:
            started = time.monotonic()
            try:
                _lay_out(Path(home), files or {})
                code, out, err = _run(
                    (program, *args[1:]),
                    home,
                    input,
                    timeout_s,
                    _environment(home, network),
                    output_limit,
                )
            except OSError as error:
                raise Trouble(
                    ProblemKind.TOOL_MISSING, f"{args[0]} could not be started: {error.strerror}."
                ) from None
        blob = self._recorder.keep(out) if keep and out else None
        source = Source(
            kind=SourceKind.COMMAND,
            locator=" ".join(args[:1]),
            blob=blob,
            observed_at=self._observed_at or None,
            tool=tool or Path(args[0]).name,
            tool_version=tool_version,
            arguments=tuple(redact(a) for a in args[1:] if len(a) < 400)[:40],
            exit_code=code,
        )
        return Ran(tuple(args), code, out, err, time.monotonic() - started, source)


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Trouble(ProblemKind.DENIED, f"{name!r} leads out of the folder of the tool.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _environment(home: str, network: bool) -> dict[str, str]:
    """A small environment: nothing of the operator's secrets reaches a tool."""
    names = (*_KEPT_NAMES, *_NETWORK_NAMES) if network else _KEPT_NAMES
    environment = {n: os.environ[n] for n in names if n in os.environ}
    environment["PATH"] = os.environ.get("PATH", os.defpath)
    environment["HOME"] = home
    environment["PYTHONSAFEPATH"] = "1"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["NO_COLOR"] = "1"
    return environment


def _run(
    args: tuple[str, ...],
    cwd: str,
    data: bytes | None,
    timeout_s: float,
    environment: dict[str, str],
    limit: int,
) -> tuple[int, bytes, bytes]:
    process = subprocess.Popen(
        args,
        cwd=cwd,
        env=environment,
        stdin=subprocess.PIPE if data is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    _RUNNING.add(process)
    over = threading.Event()

    def stop() -> None:
        over.set()
        _kill_group(process)

    out, err = _Drain(process.stdout, limit, stop), _Drain(process.stderr, limit, stop)
    timed_out = False
    try:
        if data is not None and process.stdin is not None:
            _feed(process.stdin, data)
        process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        # Also the children that outlive their parent: nothing of a tool stays behind.
        _kill_group(process)
        process.wait()
        _RUNNING.discard(process)
        out.join()
        err.join()
    if timed_out:
        raise Trouble(
            ProblemKind.TIMED_OUT,
            f"{Path(args[0]).name} did not end within {timeout_s:g} s and was stopped.",
        )
    if over.is_set():
        raise Trouble(
            ProblemKind.TOO_LARGE,
            f"{Path(args[0]).name} printed more than {limit / 1024 / 1024:g} MB.",
        )
    return process.returncode, out.data, err.data


_RUNNING: set[subprocess.Popen[bytes]] = set()


@atexit.register
def _end_all() -> None:
    """A tool has a session of its own, so what ends the auditor does not end it."""
    for process in list(_RUNNING):
        _kill_group(process)


def _feed(pipe: IO[bytes], data: bytes) -> None:
    def write() -> None:
        try:
            with pipe:
                pipe.write(data)
        except OSError:
            return  # the tool did not want its input: its exit code tells

    threading.Thread(target=write, daemon=True).start()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


class _Drain:
    """Reads a pipe to its end in a thread; past `limit` bytes it calls `stop` and drops the rest."""

    def __init__(self, pipe: IO[bytes] | None, limit: int, stop: Callable[[], None]) -> None:
        self._chunks: list[bytes] = []
        self._pipe = pipe
        self._limit = limit
        self._stop = stop
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        size = 0
        while self._pipe is not None and (chunk := self._pipe.read(65536)):
            size += len(chunk)
            if size > self._limit:
                self._stop()
                break
            self._chunks.append(chunk)
        if self._pipe is not None:
            self._pipe.close()

    def join(self) -> None:
        self._thread.join(timeout=5)

    @property
    def data(self) -> bytes:
        return b"".join(self._chunks)
