"""Stack traces, debug pages and default pages are recognised, and ordinary errors are not taken for them."""

from __future__ import annotations

import pytest

from auditor.formats.text.error_text import default_page, trace_in
from tests.clocks import at_most

TRACES = {
    "Traceback (most recent call last):\n  File \"/app/x.py\", line 3": "a Python traceback",
    "<pre>File &quot;/app/main.py&quot;, line 12, in get</pre>": "a Python traceback",
    '{"trace": "java.lang.NullPointerException\\n\\tat com.acme.Orders.get(Orders.java:42)"}': "a Java stack trace",
    "<pre>SyntaxError: x<br> &nbsp; &nbsp;at JSON.parse (/app/node_modules/body-parser/lib/json.js:92:19)</pre>":
        "a JavaScript stack trace",
    "at Acme.Orders.Get(Int32 id) in /src/Orders.cs:line 12": "a .NET stack trace",
    "panic: x\n\ngoroutine 17 [running]:\nmain.main()": "a Go stack trace",
    "PHP Fatal error:  Uncaught Exception: x in /var/www/index.php:3": "a PHP stack trace",
    "app/models/order.rb:12:in `find'": "a Ruby backtrace",
    "thread 'main' panicked at src/main.rs:2:5": "a Rust panic",
    "<title>TypeError // Werkzeug Debugger</title>": "a debug page",
    "You're seeing this error because you have <code>DEBUG = True</code>": "a debug page",
    "SQLSTATE[42000]: Syntax error": "a database error",
}  # fmt: skip
ORDINARY = [
    "",
    "not found",
    '{"title": "Not Found", "detail": "No order has the id 5 at 10:20:30."}',
    '{"detail": [{"type": "json_invalid", "loc": ["body", 12], "msg": "JSON decode error"}]}',
    "Meet us at /contact or call at 12:30:45",
    "<html><body>We could not find that page. File a ticket, line 3 is free.</body></html>",
    '{"request_id": "0af7651916cd43dd8448eb211c80319c", "path": "/a/b.py"}',
]
DEFAULTS = {
    "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center>"
    "<hr><center>nginx/1.22.1</center></body></html>": "nginx's own page",
    "<h1>Whitelabel Error Page</h1>": "Spring's Whitelabel page",
    "<!DOCTYPE html><html><body><pre>Cannot GET /auditor</pre></body></html>": "Express' own page",
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>": "Werkzeug's own page",
}


@pytest.mark.parametrize("text", TRACES)
def test_each_kind_of_trace_is_recognised(text: str) -> None:
    assert trace_in(text.encode()) == TRACES[text]


@pytest.mark.parametrize("text", [*ORDINARY, *DEFAULTS])
def test_an_ordinary_error_shows_no_trace(text: str) -> None:
    assert trace_in(text.encode()) is None


@pytest.mark.parametrize("text", DEFAULTS)
def test_default_pages_are_recognised(text: str) -> None:
    assert default_page(text.encode()) == DEFAULTS[text]


@pytest.mark.parametrize("text", ORDINARY)
def test_an_answer_that_somebody_wrote_is_no_default_page(text: str) -> None:
    assert default_page(text.encode()) is None


@pytest.mark.parametrize(
    "drop", [b"at /", b"at a", b" ", b"File '", b"a.", b"/", b"\xff", b"<title>"]
)
def test_long_hostile_bodies_are_read_in_little_time(drop: bytes) -> None:
    with at_most(5):
        assert trace_in(drop * 200_000) is None
        assert default_page(drop * 200_000) is None
