"""For authors of probes: run one over a made-up repository, deployment and tools.

`run_probe(probe, repo={"Dockerfile": "FROM …"})` gives the Evidence that the runner would record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from auditor.model.evidence import Evidence, ProblemKind, Source, SourceKind, Value
from auditor.model.target import Deployment, Looking, Target
from auditor.probing.command import Command, Ran
from auditor.probing.contract import Context, Probe
from auditor.probing.doors.access import Access
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.globs import glob_pattern
from auditor.probing.doors.recorder import Recorder
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Http
from auditor.probing.repo import Entry, Repo
from auditor.probing.repository.git_history import Budget, Coverage
from auditor.probing.tls import Tls, TlsSeen

if TYPE_CHECKING:
    import httpx

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COMMIT = "c0ffee" + "0" * 34

Contents = Mapping[str, "str | bytes | Trouble"]
Handler = Callable[["httpx.Request"], "httpx.Response"]
Answers = Mapping[str, "tuple[int, str] | tuple[int, str, Mapping[str, str]] | Trouble"]
Outputs = Mapping[
    str, "tuple[int, str | bytes] | Trouble | Callable[[Sequence[str]], tuple[int, str | bytes]]"
]


class FakeTree:
    """A work tree in memory: `files` are tracked, `ignored` are not and appear only as reports."""

    def __init__(
        self,
        files: Contents,
        *,
        ignored: Contents | None = None,
        untracked: Iterable[str] = (),
        changed: Iterable[str] = (),
        commit: str | None = COMMIT,
        committed_at: datetime | None = NOW - timedelta(days=1),
        modified: Mapping[str, datetime] | None = None,
        touched: Mapping[str, datetime] | None = None,
        history: Contents | None = None,
    ) -> None:
        self._files = dict(files)
        self._ignored = dict(ignored or {})
        self._untracked = frozenset(untracked)
        self._changed = frozenset(changed)
        self._modified = dict(modified or {})
        self._touched = dict(touched or {})
        self._history = dict(history or {})
        self.commit = commit
        self.committed_at = committed_at if commit else None
        self.branch: str | None = "main"
        self.is_git = True

    def entries(self) -> list[Entry]:
        """Tracked and untracked files, not the ignored ones."""
        return [
            self._entry(p, c, None if p in self._untracked else "0" * 40)
            for p, c in self._files.items()
        ]

    @staticmethod
    def _entry(path: str, content: str | bytes | Trouble, blob: str | None) -> Entry:
        return Entry(path, 1 if isinstance(content, Trouble) else len(_bytes(content)), blob)

    def artefacts(self, patterns: Iterable[str]) -> list[Entry]:
        """Every file that matches, ignored ones too."""
        wanted = [glob_pattern(p) for p in patterns]
        everything = self.entries() + [self._entry(p, c, None) for p, c in self._ignored.items()]
        return [e for e in everything if any(w.fullmatch(e.path) for w in wanted)]

    def read(self, path: str, limit: int) -> bytes:
        """The bytes, or the Trouble given as content."""
        content = self._files.get(path, self._ignored.get(path))
        if content is None:
            raise Trouble(ProblemKind.MALFORMED, f"The file {path} is not there any more.")
        if isinstance(content, Trouble):
            raise content
        data = _bytes(content)
        if len(data) > limit:
            raise Trouble(
                ProblemKind.TOO_LARGE, f"{path} is larger than the limit and was not read."
            )
        return data

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of what `read` gives."""
        return self.read(path, 1 << 40)[:size]

    def kind(self, path: str) -> str:
        """file, directory or missing."""
        everything = {**self._files, **self._ignored}
        if path in everything:
            return "file"
        return (
            "directory"
            if path == "" or any(p.startswith(path + "/") for p in everything)
            else "missing"
        )

    def changed(self) -> frozenset[str]:
        """As given."""
        return self._changed

    def last_change(self, path: str) -> datetime | None:
        """As given in `touched`, else the time of the commit for a tracked file."""
        return self._touched.get(path, self.committed_at if path in self._files else None)

    def authors(self, path: str) -> dict[int, frozenset[str]]:
        """Nobody: authorship needs a real history."""
        return {}

    def modified_at(self, path: str) -> datetime | None:
        """As given in `modified`, else the time of the commit."""
        return self._modified.get(path, self.committed_at)

    def state(self, now: float) -> str | None:
        """None: what a test says is never remembered."""
        return None

    def looked_aside(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def aside(self, places: Iterable[str], now: float) -> str | None:
        """None: what a test says is never remembered."""
        return None

    def old_blobs(
        self, wanted: Callable[[str], bool], covered: Coverage, budget: Budget
    ) -> Iterator[tuple[str, str, bytes]]:
        """The files given as `history`; a Trouble among them is raised."""
        for path, content in self._history.items():
            if isinstance(content, Trouble):
                raise content
            if wanted(path):
                covered.blobs += 1
                yield path, "b10b" * 10, _bytes(content)


class FakeCommand(Command):
    """Tools that answer from a table: tool name (argument 0) to exit code and output."""

    def __init__(self, outputs: Outputs) -> None:
        super().__init__(observed_at=NOW.isoformat())
        self._outputs = outputs
        self.calls: list[tuple[str, ...]] = []

    def find(self, name: str) -> str | None:
        """A made-up path where the table has the tool."""
        return f"/fake/{name}" if name in self._outputs else None

    def run(self, args: Sequence[str], **options: Any) -> Ran:
        """The answer of the table; tool_missing where it has none."""
        self.calls.append(tuple(args))
        answer = self._outputs.get(args[0])
        if answer is None:
            raise Trouble(
                ProblemKind.TOOL_MISSING, f"The tool {args[0]} is not installed.", "Install it."
            )
        if isinstance(answer, Trouble):
            raise answer
        code, out = answer(args) if callable(answer) else answer
        source = Source(
            kind=SourceKind.COMMAND,
            locator=args[0],
            observed_at=NOW.isoformat(),
            tool=args[0],
            tool_version=options.get("tool_version"),
            arguments=tuple(args[1:]),
            exit_code=code,
        )
        return Ran(tuple(args), code, _bytes(out), b"", 0.01, source)


class FakeTls(Tls):
    """A port that shows `seen` (nothing speaks TLS where it is None); `plain`: whether port 80 is open.

    `others` is what further addresses of the same name show.
    """

    def __init__(
        self,
        seen: TlsSeen | Trouble | None = None,
        *,
        plain: bool | Trouble = True,
        others: Mapping[str, TlsSeen | Trouble] | None = None,
    ) -> None:
        super().__init__(Http(None))
        self._seen = seen
        self._plain = plain
        self._others = dict(others or {})

    def addresses(self, host: str, port: int, *, timeout_s: float = 5.0) -> list[str]:
        """One of documentation's own, and the others."""
        return ["192.0.2.1", *self._others]

    def inspect(
        self, host: str, port: int = 443, *, timeout_s: float = 10.0, address: str = ""
    ) -> TlsSeen:
        """As given, whatever the host."""
        seen = self._others.get(address, self._seen)
        if seen is None:
            raise Trouble(ProblemKind.UNREACHABLE, f"{host}:{port} did not agree on TLS.")
        if isinstance(seen, Trouble):
            raise seen
        return seen

    def listens(self, host: str, port: int, *, timeout_s: float = 5.0) -> bool:
        """As given, whatever the host and port."""
        if isinstance(self._plain, Trouble):
            raise self._plain
        return self._plain


def tls_seen(**changes: Any) -> TlsSeen:
    """What a well-kept port shows, with `changes`."""
    good: dict[str, Any] = {
        "host": "staging.test",
        "port": 443,
        "chain_error": "",
        "hostname_matches": True,
        "not_before": NOW - timedelta(days=30),
        "not_after": NOW + timedelta(days=60),
        "best_protocol": "TLSv1.3",
        "weak_protocols": (),
        "unclear": (),
        "source": Source(SourceKind.HTTP, "TLS staging.test:443", observed_at=NOW.isoformat()),
    }
    return TlsSeen(**(good | changes))


def fake_http(base: str | None, answers: Answers | Handler | None, **options: Any) -> Http:
    """The real HTTP door over httpx's MockTransport: `answers` by path (with query), or a handler."""
    import httpx

    def handle(request: httpx.Request) -> httpx.Response:
        if callable(answers):
            return answers(request)
        key = request.url.raw_path.decode()
        answer = (answers or {}).get(key)
        if answer is None:
            return httpx.Response(404, text="not found")
        if isinstance(answer, Trouble):
            raise httpx.ConnectError(answer.message)
        status, body, *rest = answer
        return httpx.Response(status, text=body, headers=dict(rest[0]) if rest else {})

    return Http(
        base, transport=lambda: httpx.MockTransport(handle), observed_at=NOW.isoformat(), **options
    )


def make_context(
    *,
    repo: Contents | FakeTree | None = None,
    root: str = "",
    evidence: Iterable[str] = (),
    url: str | None = None,
    http: Answers | Handler | None = None,
    commands: Outputs | Command | None = None,
    tls: Tls | None = None,
    looking: Looking | None = None,
    now: datetime = NOW,
    deployment: Deployment | None = None,
    cache: Cache | None = None,
    access: Access | None = None,
    remote: str = "",
) -> Context:
    """A context over fakes; `url` defaults to https://staging.test when `http` is given."""
    tree = repo if isinstance(repo, FakeTree) else FakeTree(repo or {})
    base = url or ("https://staging.test" if http is not None else None)
    looking = looking or Looking(evidence=tuple(evidence))
    granted = access or Access()
    where = deployment or (Deployment(name="staging", url=base) if base else None)
    return Context(
        target=Target(
            "service",
            "repo",
            root,
            tree.commit,
            None,
            tree.branch,
            bool(tree.changed()),
            where,
            remote,
        ),
        looking=looking,
        now=now,
        repo=Repo(
            tree,
            root=root,
            evidence=looking.evidence,
            observed_at=now.isoformat(),
            recorder=Recorder(),
        ),
        http=fake_http(
            base, http, allowed_hosts=(*looking.allow_hosts, *map(_host, granted.bases))
        ),
        command=commands if isinstance(commands, Command) else FakeCommand(commands or {}),
        tls=tls or FakeTls(),
        cache=cache or Cache(),
        access=granted,
    )


def run_probe(probe: Probe, **options: Any) -> Evidence:
    """Run one probe as the runner would, over `make_context(**options)`."""
    from auditor.probing.looking import look

    return look(probe, make_context(**options))


def values(evidence: Evidence) -> dict[str, Value]:
    """The facts as `{name: value}`, where name is `key` or `key@subject`; the last one wins."""
    return {fact.name: fact.value for fact in evidence.facts}


def problems(evidence: Evidence) -> list[str]:
    """The kinds of the problems, in order."""
    return [problem.kind.value for problem in evidence.problems]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
