"""Whatever a server does, the HTTP door ends in time and says which kind of trouble it was."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Http
from tests.servers.certificates import make_authority, server_context
from tests.servers.hostile import (
    Behaviour,
    HostileServer,
    bomb,
    drips,
    floods,
    hangs_up,
    resets,
    says,
    sends,
    silent,
)

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 100000\r\n\r\n"

HOSTILE: dict[str, tuple[Behaviour, ProblemKind]] = {
    "/silent": (silent, ProblemKind.TIMED_OUT),
    "/drips-status": (drips(b"HTTP/1.1 2", b"0"), ProblemKind.TIMED_OUT),
    "/drips-headers": (drips(HEAD, b"X-Drop: drop\r\n"), ProblemKind.TIMED_OUT),
    "/drips-one-header": (drips(HEAD + b"X-Drop: ", b"."), ProblemKind.TIMED_OUT),
    "/drips-body": (drips(HEAD + LENGTH, b"."), ProblemKind.TIMED_OUT),
    "/drips-chunks": (
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n"),
        ProblemKind.TIMED_OUT,
    ),
    "/drips-continue": (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), ProblemKind.TIMED_OUT),
    "/endless-body": (floods(HEAD + b"\r\n", b"x" * 65536), ProblemKind.TOO_LARGE),
    "/endless-headers": (floods(HEAD, b"X-Flood: " + b"x" * 1000 + b"\r\n"), ProblemKind.TOO_LARGE),
    "/huge-header": (
        sends(HEAD + b"X-Huge: " + b"x" * 200_000 + b"\r\n\r\n"),
        ProblemKind.TOO_LARGE,
    ),
    "/lying-length": (
        floods(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536),
        ProblemKind.TOO_LARGE,
    ),
    "/bomb": (bomb(1), ProblemKind.TOO_LARGE),
    "/bomb-in-a-bomb": (bomb(2), ProblemKind.MALFORMED),
    "/loop": (says(302, "", Location="/loop"), ProblemKind.MALFORMED),
    "/away": (
        says(302, "", Location="http://169.254.169.254/latest/meta-data/"),
        ProblemKind.DENIED,
    ),
    "/to-a-file": (says(302, "", Location="file:///etc/passwd"), ProblemKind.DENIED),
    "/to-nonsense": (says(302, "", Location="http://[::1"), ProblemKind.MALFORMED),
    "/disguised-host": (
        says(302, "", Location="http://127.0.0.1@169.254.169.254/"),
        ProblemKind.DENIED,
    ),
    "/no-status-line": (sends(b"hello, I am a printer\r\n\r\n"), ProblemKind.MALFORMED),
    "/no-number": (sends(b"HTTP/1.1 OK OK\r\n\r\n"), ProblemKind.MALFORMED),
    "/bad-header": (sends(HEAD + b"no colon here\r\n\r\n"), ProblemKind.MALFORMED),
    "/nul-in-header": (sends(HEAD + b"X-Nul: a\0b\r\n\r\n"), ProblemKind.MALFORMED),
    "/bad-chunk": (
        sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ProblemKind.MALFORMED,
    ),
    "/cut-short": (sends(HEAD + LENGTH + b"only this"), ProblemKind.MALFORMED),
    "/not-gzip": (says(200, "plain", Content_Encoding="gzip"), ProblemKind.MALFORMED),
    "/two-lengths": (
        sends(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ProblemKind.MALFORMED,
    ),
    "/hangs-up": (hangs_up, ProblemKind.MALFORMED),
    "/resets": (resets, ProblemKind.UNREACHABLE),
}


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    """One server for every way to misbehave."""
    with HostileServer({path: behaviour for path, (behaviour, _) in HOSTILE.items()}) as running:
        yield running


def trouble_of(ask: Callable[[], object], *, within_s: float) -> Trouble:
    """The trouble that `ask` ends in, having ended in time."""
    started = time.monotonic()
    with pytest.raises(Trouble) as caught:
        ask()
    assert time.monotonic() - started < within_s
    return caught.value


@pytest.mark.parametrize("path", HOSTILE)
def test_each_misbehaviour_ends_in_time_with_its_own_kind_of_trouble(
    server: HostileServer, path: str
) -> None:
    http = Http(server.url)
    patience = 0.4 if HOSTILE[path][1] is ProblemKind.TIMED_OUT else 5.0
    trouble = trouble_of(lambda: http.get(path, timeout_s=patience), within_s=patience + 1.0)
    assert trouble.kind is HOSTILE[path][1], trouble.message
    assert trouble.message.endswith(".")
    if trouble.kind is ProblemKind.TIMED_OUT:
        assert f"within {patience:g} s" in trouble.message
    assert trouble.hint or path == "/to-nonsense"


def test_the_deadline_bounds_all_hops_together() -> None:
    def slow_hop(line: object, over: object) -> None:
        time.sleep(0.2)
        says(302, "", Location="/hop")(line, over)  # type: ignore[arg-type]

    with HostileServer({"/hop": slow_hop}) as running:
        trouble = trouble_of(lambda: Http(running.url).get("/hop", timeout_s=0.5), within_s=1.0)
    assert trouble.kind is ProblemKind.TIMED_OUT


def test_a_redirect_to_an_allowed_host_takes_no_credentials_along() -> None:
    seen: list[bytes] = []

    def listens(line: object, over: object) -> None:
        seen.append(line.recv(4096))  # type: ignore[attr-defined]
        says(200, "{}")(line, over)  # type: ignore[arg-type]

    with HostileServer(raw=listens) as other:
        away = f"http://127.0.0.1:{other.port}/"
        with HostileServer({"/go": says(302, "", Location=away)}) as running:
            Http(running.url).get(
                "/go", headers={"Authorization": "Bearer of-the-operator", "X-Kept": "yes"}
            )
    assert b"of-the-operator" not in seen[0]
    assert b"x-kept" in seen[0].lower()


def test_a_closed_port_is_unreachable() -> None:
    with HostileServer() as running:
        url = running.url
    trouble = trouble_of(lambda: Http(url).get("/"), within_s=2.0)
    assert trouble.kind is ProblemKind.UNREACHABLE


@pytest.mark.parametrize("raw", [sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), hangs_up, resets])
def test_a_port_that_does_not_speak_tls_is_unreachable(raw: Behaviour) -> None:
    with HostileServer(raw=raw) as running:
        url = running.url.replace("http:", "https:")
        trouble = trouble_of(lambda: Http(url).get("/", timeout_s=2.0), within_s=3.0)
    assert trouble.kind is ProblemKind.UNREACHABLE


def test_a_port_that_is_silent_instead_of_speaking_tls_times_out() -> None:
    with HostileServer(raw=silent) as running:
        url = running.url.replace("http:", "https:")
        trouble = trouble_of(lambda: Http(url).get("/", timeout_s=0.4), within_s=1.4)
    assert trouble.kind is ProblemKind.TIMED_OUT


def test_an_untrusted_certificate_is_refused_with_a_hint_that_names_it(tmp_path: Path) -> None:
    with HostileServer({"/": says(200, "{}")}, context=server_context(tmp_path, None)) as running:
        trouble = trouble_of(lambda: Http(running.url).get("/"), within_s=3.0)
        assert Http(running.url).get("/", verify=False).status == 200
    assert trouble.kind is ProblemKind.UNREACHABLE
    assert "certificate" in trouble.hint
    assert "self-signed" in trouble.message


@pytest.mark.parametrize(
    ("days", "names", "why", "hint"),
    [
        (-2.0, ("127.0.0.1",), "certificate has expired", "Renew"),
        (90.0, ("other.test",), "mismatch", "host name that the certificate is for"),
    ],
)
def test_a_certificate_that_is_not_valid_is_told_in_plain_words_with_its_remedy(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: float,
    names: tuple[str, ...],
    why: str,
    hint: str,
) -> None:
    authority = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    context = server_context(tmp_path, authority, days=days, names=names)
    with HostileServer({"/": says(200, "{}")}, context=context) as running:
        trouble = trouble_of(lambda: Http(running.url).get("/"), within_s=3.0)
    assert why in trouble.message
    assert "_ssl.c" not in trouble.message
    assert "[SSL" not in trouble.message
    assert not trouble.message.endswith("..")
    assert hint in trouble.hint


def test_a_certificate_of_an_unknown_authority_comes_with_the_way_to_name_it(
    tmp_path: Path,
) -> None:
    context = server_context(tmp_path, make_authority(tmp_path))
    with HostileServer({"/": says(200, "{}")}, context=context) as running:
        trouble = trouble_of(lambda: Http(running.url).get("/"), within_s=3.0)
    assert "SSL_CERT_FILE" in trouble.hint


def test_a_redirect_to_https_in_capital_letters_is_verified_all_the_same(tmp_path: Path) -> None:
    with HostileServer({"/": says(200, "{}")}, context=server_context(tmp_path, None)) as behind:
        capitals = behind.url.replace("https", "HTTPS")
        with HostileServer({"/": says(301, "", Location=capitals + "/")}) as running:
            trouble = trouble_of(lambda: Http(running.url).get("/"), within_s=3.0)
    assert "certificate" in trouble.hint


def test_the_operators_own_authority_is_trusted_through_ssl_cert_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with HostileServer(
        {"/": says(200, "{}")}, context=server_context(tmp_path, authority)
    ) as running:
        assert Http(running.url).get("/").status == 200


def test_control_characters_and_markup_in_a_body_are_data_and_nothing_else() -> None:
    body = '{"status": "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>::error::"}'
    with HostileServer({"/": says(200, body, X_Odd="\x1b[31mred")}) as running:
        exchange = Http(running.url).get("/")
    assert (exchange.text, exchange.header("x-odd")) == (body, "\x1b[31mred")


def test_an_honest_compressed_answer_is_unpacked() -> None:
    packed = {
        "gzip": gzip.compress(b"honest words " * 1000),
        "deflate": zlib.compress(b"honest words " * 1000),
        "identity": b"honest words " * 1000,
    }
    with HostileServer(
        {f"/{n}": says(200, d, Content_Encoding=n) for n, d in packed.items()}
    ) as running:
        assert {Http(running.url).get(f"/{n}").body for n in packed} == {b"honest words " * 1000}


def test_a_deadline_leaves_no_thread_waiting(server: HostileServer) -> None:
    http = Http(server.url)
    trouble_of(lambda: http.get("/silent", timeout_s=0.2), within_s=1.0)
    time.sleep(0.2)
    assert not [t for t in threading.enumerate() if t.name.startswith("auditor-network")]


def test_the_cost_to_the_server_is_counted(server: HostileServer) -> None:
    http = Http(server.url)
    http.get("/nothing")
    assert (http.traffic.requests, http.traffic.bytes_received) == (1, len(b"not found"))


def test_a_place_that_never_answers_is_given_up_for_the_whole_audit_and_no_other_is() -> None:
    with HostileServer(raw=silent) as dead, HostileServer({"/": says(200, "{}")}) as well:
        http = Http(dead.url)
        for _ in range(8):
            trouble_of(lambda: http.get("/", timeout_s=0.1), within_s=1.0)
        trouble = trouble_of(lambda: http.get("/", timeout_s=5.0), within_s=0.5)
        assert http.traffic.requests == 8
        assert http.get(f"{well.url}/").status == 200
    assert trouble.kind is ProblemKind.TIMED_OUT
    assert "answered none of 8 requests" in trouble.message


def test_a_place_that_answered_once_is_asked_for_ever_after() -> None:
    with HostileServer({"/": says(200, "{}"), "/silent": silent}) as server:
        http = Http(server.url)
        http.get("/")
        for _ in range(10):
            trouble_of(lambda: http.get("/silent", timeout_s=0.05), within_s=1.0)
        assert http.get("/").status == 200
