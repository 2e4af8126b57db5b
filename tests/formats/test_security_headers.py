"""Which security headers are missing, and which protect too little."""

import pytest

from auditor.formats.web.security_headers import Headers, hsts_max_age, missing, weak

CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
GOOD: list[tuple[str, str]] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", CSP),
    ("referrer-policy", "no-referrer"),
    ("set-cookie", "session=s3cr3t; Secure; HttpOnly; SameSite=Lax; Path=/"),
]


def with_(name: str, value: str | None) -> Headers:
    """The good headers with one changed, or left out."""
    kept = [(n, v) for n, v in GOOD if n != name]
    return kept if value is None else [*kept, (name, value)]


def test_good_headers_lack_nothing_and_are_not_weak() -> None:
    assert missing(GOOD) == []
    assert weak(GOOD, page=True) == []
    assert hsts_max_age(GOOD) == 63072000


def test_a_response_without_headers_lacks_all_and_has_nothing_weak() -> None:
    assert missing([]) == [
        "x-content-type-options",
        "content-security-policy",
        "referrer-policy",
        "frame-ancestors (or x-frame-options)",
    ]
    assert weak([], page=True) == []


def test_a_report_only_policy_enforces_nothing() -> None:
    headers = [
        *with_("content-security-policy", None),
        ("content-security-policy-report-only", CSP),
    ]
    assert missing(headers) == ["content-security-policy", "frame-ancestors (or x-frame-options)"]


def test_x_frame_options_serves_where_frame_ancestors_is_not_given() -> None:
    headers = with_("content-security-policy", "default-src 'none'")
    assert missing([*headers, ("x-frame-options", "DENY")]) == []


@pytest.mark.parametrize(
    ("policy", "word"),
    [
        ("default-src *; object-src 'none'; base-uri 'none'", "default-src from anywhere"),
        ("default-src https:; base-uri 'none'", "default-src from anywhere"),
        ("script-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'", "unsafe-inline"),
        ("default-src 'self' 'unsafe-inline'; base-uri 'none'", "unsafe-inline"),
        ("script-src * ; object-src 'none'; base-uri 'none'", "script-src from anywhere"),
        ("script-src 'self'; base-uri 'none'", "object-src"),
        ("default-src 'self'", "no base-uri"),
        ("frame-ancestors 'none'", "no script-src or default-src"),
        ("default-src 'self'; base-uri 'none'; frame-ancestors *", "frame-ancestors anywhere"),
        ("script-src 'none'; script-src 'unsafe-inline'; object-src *", "object-src"),
        ("default-src 'self'; base-uri 'none'; script-src-elem 'unsafe-inline'", "unsafe-inline"),
        ("default-src 'self'; base-uri 'none'; script-src-elem *", "script-src from anywhere"),
        (
            "default-src 'self'; base-uri 'none'; script-src-attr 'unsafe-inline'",
            "script-src-attr with unsafe-inline",
        ),
    ],
)
def test_a_policy_with_a_hole_is_weak(policy: str, word: str) -> None:
    assert any(word in w for w in weak(with_("content-security-policy", policy), page=True))


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'",
        "script-src 'nonce-abc' 'unsafe-inline' 'strict-dynamic' https:; object-src 'none'; base-uri 'none'",
        "default-src 'self'; base-uri 'self'",
        "default-src 'self'; base-uri 'self'; script-src 'self'; script-src-attr 'none'",
        "default-src 'self' 'unsafe-inline'; base-uri 'none', default-src 'self'",
        "DEFAULT-SRC 'NONE'",
    ],
)
def test_a_policy_that_browsers_enforce_well_is_not_weak(policy: str) -> None:
    assert weak(with_("content-security-policy", policy), page=True) == []


def test_an_answer_that_is_no_page_needs_no_word_on_scripts() -> None:
    assert weak(with_("content-security-policy", "frame-ancestors 'none'"), page=False) == []


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("strict-transport-security", "max-age=300", "max-age of 300 s"),
        ("strict-transport-security", "includeSubDomains", "without a max-age"),
        ("strict-transport-security", "max-age=one year", "without a max-age"),
        ("x-content-type-options", "sniff", "other than nosniff"),
        ("referrer-policy", "unsafe-url", "unsafe-url"),
        ("referrer-policy", "no-referrer, unsafe-url", "unsafe-url"),
        ("referrer-policy", "never", "no browser knows"),
        ("set-cookie", "session=s3cr3t; HttpOnly; SameSite=Lax", "cookie session without Secure"),
        ("set-cookie", "session=s3cr3t", "without Secure, HttpOnly, SameSite"),
    ],
)
def test_a_header_that_protects_too_little_is_weak(name: str, value: str, word: str) -> None:
    found = weak(with_(name, value), page=True)
    assert any(word in w for w in found)
    assert "s3cr3t" not in str(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strict-transport-security", 'max-age="31536000"'),
        ("x-content-type-options", "NoSniff, nosniff"),
        ("referrer-policy", "future-policy, strict-origin"),
        ("referrer-policy", "no-referrer, future-policy"),
        ("set-cookie", "csrftoken=x; Secure; SameSite=Strict"),
        ("set-cookie", "session=; Max-Age=0"),
        ("set-cookie", "connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ("set-cookie", "session=deleted; expires=Thu, 01-Jan-70 00:00:01 GMT"),
    ],
)
def test_a_header_that_browsers_understand_well_is_not_weak(name: str, value: str) -> None:
    assert weak(with_(name, value), page=True) == []


@pytest.mark.parametrize(
    "cookie",
    [
        "session=; Expires=Thu, 01 Jan 2070 00:00:00 GMT",
        "session=; expires=Wed, 01-Jan-31 00:00:00 GMT",
        "session=s3cr3t; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "session=; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "session=",
    ],
)
def test_false_green_a_cookie_that_stays_is_judged_although_it_looks_deleted(cookie: str) -> None:
    assert weak(with_("set-cookie", cookie), page=False) == [
        "cookie session without Secure, HttpOnly, SameSite"
    ]


def test_a_policy_that_lets_the_pages_own_scripts_run_is_named_once() -> None:
    policy = "default-src 'self'; base-uri 'none'; script-src 'self' 'unsafe-inline'"
    found = weak(with_("content-security-policy", policy), page=True)
    assert found == ["content-security-policy: script-src with unsafe-inline"]


def test_an_obsolete_x_frame_options_is_weak_unless_frame_ancestors_overrules_it() -> None:
    obsolete = ("x-frame-options", "ALLOW-FROM https://a.test")
    assert weak([obsolete], page=False) == ["x-frame-options neither DENY nor SAMEORIGIN"]
    assert weak([*GOOD, obsolete], page=True) == []


def test_browsers_obey_the_first_hsts_header_alone() -> None:
    twice = [
        ("strict-transport-security", "max-age=0"),
        ("strict-transport-security", "max-age=63072000"),
    ]
    assert hsts_max_age(twice) == 0
