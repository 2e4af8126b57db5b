"""What a Caddyfile is read as, and what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.formats.web.caddyfile import CaddyLine, judge_caddy, read_caddy
from auditor.formats.web.proxy_model import Topic

LIMIT = "rate_limit {\n zone z {\n key {remote_host}\n events 9\n window 1m\n }\n}\n"


def told(text: str, topic: Topic, *, has_plugin: bool | None = None) -> list[str]:
    found = judge_caddy(read_caddy(text), path="Caddyfile", has_plugin=has_plugin)
    return [f"{e.line} {e.what}" for e in found if e.topic is topic]


def test_lines_have_their_words_and_blocks() -> None:
    (site,) = read_caddy(
        'a.test {\n  header X "a b" # no\n  handle /x* {\n    respond `hi`\n  }\n}\n'
    )
    assert site.words == ("a.test",)
    assert site.block[0] == CaddyLine(("header", "X", "a b"), 2)
    assert site.block[1] == CaddyLine(("handle", "/x*"), 3, (CaddyLine(("respond", "hi"), 4),))


def test_placeholders_and_variables_are_words() -> None:
    (site,) = read_caddy("{$HOST:a.test}, www.{$HOST} {\n redir https://{host}{uri}\n}")
    assert site.words == ("{$HOST:a.test},", "www.{$HOST}")
    assert site.block[0].words == ("redir", "https://{host}{uri}")


def test_one_site_needs_no_braces() -> None:
    assert told("a.test\nreverse_proxy app:80\n", Topic.UNLIMITED) == ["2 a.test has no rate_limit"]


@pytest.mark.parametrize("text", ["a {", "}", "a {\n b {\n }\n"])
def test_what_caddy_would_refuse_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read_caddy(text)


def test_towers_are_too_large() -> None:
    with pytest.raises(TooLarge):
        read_caddy("a {\n" * 50)


@pytest.mark.parametrize(
    ("address", "ends"),
    [("a.test", True), ("http://a.test", False), (":80", False), (":8080", False), ("{$SITE:a.test}", True),
     (":{$PORT:80}", False), ("{$SITE}", False), ("localhost", False)],
)  # fmt: skip
def test_tls_is_the_default_for_names(address: str, ends: bool) -> None:
    assert bool(told(f"{address} {{\n respond x\n}}", Topic.TLS)) is ends
    assert told(f"{{\n auto_https off\n}}\n{address} {{\n respond x\n}}", Topic.TLS) == []


def test_a_limit_holds_where_the_plug_in_may_be_there() -> None:
    text = f"a.test {{\n{LIMIT}reverse_proxy app\n}}"
    assert told(text, Topic.LIMIT) == ["2 rate_limit of a.test"]
    assert told(text, Topic.UNLIMITED) == []


def test_false_green_the_plain_image_has_no_limits() -> None:
    text = f"a.test {{\n{LIMIT}reverse_proxy app\n}}"
    assert told(text, Topic.LIMIT, has_plugin=False) == []
    assert "lacks the plug-in" in told(text, Topic.IDLE, has_plugin=False)[0]


def test_false_green_a_key_that_the_client_chooses_limits_nobody() -> None:
    text = f"a.test {{\n{LIMIT.replace('remote_host', 'http.request.header.X-Id')}reverse_proxy app\n}}"
    assert told(text, Topic.LIMIT) == []
    assert "the client chooses its key" in told(text, Topic.IDLE)[0]


def test_snippets_say_what_the_sites_import() -> None:
    text = f"(guard) {{\n{LIMIT}}}\na.test {{\n import guard\n reverse_proxy app\n}}"
    assert len(told(text, Topic.LIMIT)) == 1
    unknown = "a.test {\n import other/*\n reverse_proxy app\n}"
    assert told(unknown, Topic.UNLIMITED) == []


def test_headers_and_sizes_are_told() -> None:
    text = "a.test {\n header {\n  Strict-Transport-Security max-age=1\n  -Server\n }\n header /x X-Frame-Options DENY\n request_body {\n max_size 1MB\n }\n}"
    assert [w.partition(" ")[2] for w in told(text, Topic.HEADER)] == [
        "Strict-Transport-Security on a.test", "X-Frame-Options on a.test",
    ]  # fmt: skip
    assert told(text, Topic.BOUND) == ["8 max_size 1MB of a.test"]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_caddy(text)
    except FormatError:
        return
    assert all(e.what for e in judge_caddy(found, path="Caddyfile"))
