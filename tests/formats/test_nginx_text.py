"""What the parser of nginx configurations takes, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.formats.web.nginx_text import Directive, read_nginx
from auditor.formats.web.template_text import FILLED

_WORD = st.from_regex(r"[a-z_$][a-z0-9_$./:=-]{0,12}", fullmatch=True)


def names(text: str) -> list[str]:
    return [str(d) for d in read_nginx(text)]


def test_directives_have_their_words_lines_and_blocks() -> None:
    (http,) = read_nginx("http {\n  # not this;\n  server { listen 80; }\n}\n")
    assert (http.name, http.line, http.words) == ("http", 1, ())
    (server,) = http.all("server")
    assert server.line == 3
    assert server.block == (Directive("listen", ("80",), 3, None),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('add_header A "b; c" always;', ["add_header A b; c always"]),
        ("log_format m '$a - \"$b\"'\n  'x';", ['log_format m $a - "$b" x']),
        ("listen ${PORT};", ["listen ${PORT}"]),
        ("set $a ${b}c;", ["set $a ${b}c"]),
        ("server_name {{ host }};", [f"server_name {FILLED}"]),
        ("{% if x %}\nlisten 80;\n{% endif %}", ["listen 80"]),
        ("rewrite ^/a\\{2\\}$ /b;", ["rewrite ^/a{2}$ /b"]),
        ("", []),
    ],
)
def test_words_are_read_as_nginx_reads_them(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_template_keeps_the_lines_of_what_follows() -> None:
    assert read_nginx("{# a\n b #}\n{{ x\n}};\nlisten 80;")[-1].line == 5


def test_a_block_of_lua_is_passed_over() -> None:
    found = read_nginx("location / {\n content_by_lua_block {\n local x = {}\n }\n root /a;\n}")
    assert [d.name for d in found[0].block or ()] == ["content_by_lua_block", "root"]
    assert (found[0].block or ())[1].line == 5


@pytest.mark.parametrize(
    "text", ["server {", "}", "listen 80", "server { listen 80 }", "{ listen 80; }"]
)
def test_what_nginx_would_refuse_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_nginx(text, path="a.conf")
    assert "a.conf is no nginx configuration" in caught.value.message
    assert caught.value.line == 1


def test_towers_and_floods_are_too_large() -> None:
    with pytest.raises(TooLarge):
        read_nginx("a {" * 100)
    with pytest.raises(TooLarge):
        read_nginx("a;" * 60_000)
    with pytest.raises(TooLarge):
        read_nginx("x" * 2_000_001)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_nginx(text)
    except FormatError:
        return
    assert all(isinstance(d, Directive) and d.line >= 1 for d in found)


@given(st.lists(st.lists(_WORD, min_size=1, max_size=4), max_size=8))
def test_what_is_written_is_what_is_read(lines: list[list[str]]) -> None:
    text = "server {\n" + "".join(f"{' '.join(words)};\n" for words in lines) + "}"
    (server,) = read_nginx(text)
    assert [[d.name, *d.words] for d in server.block or ()] == lines
