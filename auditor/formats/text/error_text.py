"""What an error answer gives away: stack traces, debug pages, database errors, default pages of servers."""

from __future__ import annotations

import html
import re

_HEAD = 200_000
_TRACES: dict[str, re.Pattern[str]] = {
    "a Python traceback": re.compile(
        r"Traceback \(most recent call last\)|\bFile \\?[\"'][^\"'\n]{1,300}\.py\\?[\"'], line \d+"
    ),
    "a Java stack trace": re.compile(
        r"\bat [\w.$<>/]{3,200}\((?:[\w$]{1,100}\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)"
    ),
    "a JavaScript stack trace": re.compile(
        r"\bat (?:[^\n()<>]{1,200} \()?(?:file://|node:|/|[A-Za-z]:\\)[^\s()<>]{1,300}:\d+:\d+"
    ),
    "a .NET stack trace": re.compile(
        r"\bat [\w.`<>\[\]]{3,200}\([^)\n]{0,300}\) in [^\n]{1,300}:line \d+"
    ),
    "a Go stack trace": re.compile(r"\bgoroutine \d+ \[\w[\w ]{0,40}\]:"),
    "a PHP stack trace": re.compile(
        r"\bStack trace:\s{0,20}(?:\\n)?#0 |Fatal error: {1,3}Uncaught |\bin /[^\s<>]{1,300}\.php(?::\d+| on line )"
    ),
    "a Ruby backtrace": re.compile(r"[\w./-]{1,200}\.rb:\d+:in [`']"),
    "a Rust panic": re.compile(r"thread '[^'\n]{1,100}'(?: \(\d+\))? panicked at"),
    "a debug page": re.compile(
        r"You're seeing this error because you have <code>DEBUG = True|// Werkzeug Debugger"
        r"|Whoops! There was an error|laravel-ignition|Ignition\b.{0,80}\bLaravel"
        r"|Action Controller: Exception caught|Server Error in '/[^']{0,100}' Application",
        re.I,
    ),
    "a database error": re.compile(
        r"SQLSTATE\[|\bORA-\d{5}:|You have an error in your SQL syntax|psycopg2?\.errors\.|sqlite3\.\w+Error"
        r"|org\.postgresql\.util\.PSQLException|\bPG::\w+Error"
    ),
}
_DEFAULTS: dict[str, re.Pattern[str]] = {
    "nginx's own page": re.compile(r"<center>(?:nginx|openresty)\b", re.I),
    "Apache's own page": re.compile(r"<address>Apache\b|<p>The requested URL was not found on this server", re.I),
    "Tomcat's own page": re.compile(r"<h3>Apache Tomcat/|<title>HTTP Status \d{3} ", re.I),
    "Jetty's own page": re.compile(r"Powered by Jetty://", re.I),
    "Spring's Whitelabel page": re.compile(r"<h1>Whitelabel Error Page", re.I),
    "Express' own page": re.compile(r"<pre>Cannot (?:GET|POST|PUT|PATCH|DELETE) /"),
    "Werkzeug's own page": re.compile(r"<html lang=\"?en\"?>\s*<title>\d{3} [\w ]{1,60}</title>\s*<h1>", re.I),
    "Django's own page": re.compile(r"<h1>(?:Not Found|Server Error \(500\)|Bad Request \(400\))</h1>", re.I),
    "IIS' own page": re.compile(r"<h2>\d{3} - [^<]{1,80}</h2>\s*<h3>|IIS \d+\.\d Detailed Error", re.I),
    "Rails' own page": re.compile(r"The page you were looking for doesn't exist\.", re.I),
}  # fmt: skip


def trace_in(body: bytes) -> str | None:
    """The kind of inner detail that a body shows to strangers, or None."""
    text = _text(body)
    return next((name for name, pattern in _TRACES.items() if pattern.search(text)), None)


def default_page(body: bytes) -> str | None:
    """Whose default page a body is: nobody wrote an answer for this error. None for any other."""
    text = _text(body)
    return next((name for name, pattern in _DEFAULTS.items() if pattern.search(text)), None)


def _text(body: bytes) -> str:
    """The start of the body, as a reader sees it: HTML escapes and those of JSON's newlines undone."""
    text = html.unescape(body[:_HEAD].decode("utf-8", "replace"))
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\u003c", "<")
