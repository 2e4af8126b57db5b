"""What a whole nginx configuration is said to do about limits, TLS, redirects and headers."""

from __future__ import annotations

import pytest

from auditor.formats.text.errors import TooLarge
from auditor.formats.web.nginx_judge import judge_nginx
from auditor.formats.web.nginx_scopes import names_file, put_in
from auditor.formats.web.nginx_text import Directive, read_nginx
from auditor.formats.web.proxy_model import Topic

ZONE = "limit_req_zone $binary_remote_addr zone=one:10m rate=5r/s;\n"
PASS = "proxy_pass http://app;"


def told(text: str, topic: Topic) -> list[str]:
    top = put_in(read_nginx(text, path="n.conf"), lambda name: None)
    return [f"{e.line} {e.what}" for e in judge_nginx(top) if e.topic is topic]


def server(body: str, listen: str = "listen 80;") -> str:
    return f"server {{ {listen} server_name a.test; {body} }}"


def test_a_limit_that_a_server_has_holds_for_its_locations() -> None:
    text = ZONE + server(f"limit_req zone=one burst=5; location / {{ {PASS} }}")
    assert told(text, Topic.LIMIT) == ["2 limit_req on location / of server a.test (rate=5r/s)"]
    assert told(text, Topic.UNLIMITED) == []
    assert told(text, Topic.IDLE) == []


def test_a_location_with_a_limit_of_its_own_does_not_limit_the_next() -> None:
    text = ZONE + server(
        f"location /login {{ limit_req zone=one; {PASS} }} location / {{ {PASS} }}"
    )
    assert len(told(text, Topic.LIMIT)) == 1
    assert told(text, Topic.UNLIMITED) == ["2 location / of server a.test has no limit_req"]


def test_false_green_a_zone_that_no_limit_names_holds_nobody_back() -> None:
    text = ZONE + server(f"location / {{ {PASS} }}")
    assert told(text, Topic.LIMIT) == []
    assert told(text, Topic.IDLE) == ["1 limit_req_zone one: no limit_req names it"]


@pytest.mark.parametrize(
    ("zone", "more", "why"),
    [
        (ZONE.replace("5r/s", "5000r/s"), "", "for each client"),
        (ZONE.replace("$binary_remote_addr", "$http_x_forwarded_for"), "", "the client chooses its key"),
        (ZONE.replace("$binary_remote_addr", "$server_name"), "", "counts all clients together"),
        (ZONE, "limit_req_dry_run on;", "only counts"),
        ("", "", "no limit_req_zone is called one"),
        (ZONE, "set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For;", "lets every client choose"),
    ],
)  # fmt: skip
def test_false_green_limits_that_hold_nobody_back_are_idle(zone: str, more: str, why: str) -> None:
    text = zone + server(f"{more} location / {{ limit_req zone=one; {PASS} }}")
    assert told(text, Topic.LIMIT) == []
    assert why in told(text, Topic.IDLE)[0]


def test_an_honest_proxy_before_leaves_the_key_to_the_client_that_it_names() -> None:
    more = "set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;"
    text = ZONE + server(f"{more} location / {{ limit_req zone=one; {PASS} }}")
    assert len(told(text, Topic.LIMIT)) == 1


def test_an_include_that_is_not_at_hand_leaves_open_whether_there_is_a_limit() -> None:
    assert told(server(f"include custom/x.conf; location / {{ {PASS} }}"), Topic.UNLIMITED) == []
    assert told(server(f"include mime.types; location / {{ {PASS} }}"), Topic.UNLIMITED) != []


HEADERS = (
    'add_header Strict-Transport-Security "max-age=1" always; add_header X-Frame-Options DENY;'
)


def test_false_green_a_location_with_a_header_of_its_own_loses_those_of_its_server() -> None:
    text = server(f"{HEADERS} location /app {{ add_header Cache-Control no-store; {PASS} }}")
    lost = told(text, Topic.LOST)
    assert [w.split(" of ")[0] for w in lost] == [
        "1 location /app loses Strict-Transport-Security",
        "1 location /app loses X-Frame-Options",
    ]


@pytest.mark.parametrize(
    "location",
    [
        f"location /app {{ {PASS} }}",
        f"location /app {{ {HEADERS} add_header Cache-Control x; {PASS} }}",
        "location /old { add_header Cache-Control x; return 301 https://b.test; }",
        "location /app { add_header_inherit merge; add_header Cache-Control x; root /a; }",
        "location /app { include security.conf; add_header Cache-Control x; }",
        "location = /healthz { add_header Content-Type text/plain; return 200; }",
    ],
)
def test_locations_that_keep_the_headers_or_owe_none(location: str) -> None:
    assert told(server(f"{HEADERS} {location}"), Topic.LOST) == []


def test_pictures_and_scripts_owe_no_policy_for_pages() -> None:
    text = server(
        f"{HEADERS} location ~* \\.(js|css|png)$ {{ add_header Cache-Control x; root /a; }}"
    )
    (lost,) = told(text, Topic.LOST)
    assert "loses Strict-Transport-Security" in lost


def test_broken_versions_of_tls_are_told_where_tls_ends() -> None:
    tls = server("ssl_protocols TLSv1 TLSv1.2;", "listen 443 ssl;")
    assert told(tls, Topic.WEAK) == ["1 ssl_protocols allows TLSv1 (server a.test)"]
    assert told(tls.replace("TLSv1 ", ""), Topic.WEAK) == []
    assert told(server("ssl_protocols TLSv1;"), Topic.WEAK) == []
    inherited = "ssl_protocols TLSv1.1;\n" + server("", "listen 443 ssl;")
    assert told(inherited, Topic.WEAK) == ["1 ssl_protocols allows TLSv1.1 (server a.test)"]


SECURE = server(PASS, "listen 443 ssl;") + "\n"


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        (f"location / {{ {PASS} }}", True),
        ("return 301 https://$host$request_uri;", False),
        (
            "location /.well-known/acme-challenge/ { root /w; } location / { return 308 https://a; }",
            False,
        ),
        ("if ($scheme = http) { return 301 https://$host; } location / { root /a; }", False),
        ("include redirect.conf; location / { root /a; }", False),
        ("rewrite ^ https://a.test permanent; root /a;", False),
    ],
)
def test_plain_http_is_told_beside_tls_unless_it_redirects(body: str, plain: bool) -> None:
    assert bool(told(SECURE + server(body), Topic.PLAIN)) is plain


def test_plain_http_alone_is_not_told_since_tls_may_end_before_it() -> None:
    assert told(server(f"location / {{ {PASS} }}"), Topic.PLAIN) == []


def test_plain_http_for_the_machine_alone_or_of_a_template_is_not_told() -> None:
    for listen in ("listen 127.0.0.1:80;", "listen {{ port }};", "listen unix:/a;"):
        assert told(SECURE + server(f"location / {{ {PASS} }}", listen), Topic.PLAIN) == []


def test_sizes_and_times_are_told_and_those_that_are_dropped_apart() -> None:
    text = server(f"client_max_body_size 0; location / {{ proxy_read_timeout 1d; {PASS} }}")
    assert [w.partition(" ")[2] for w in told(text, Topic.UNBOUNDED)] == [
        "client_max_body_size 0 in server", "proxy_read_timeout 1d in location /",
    ]  # fmt: skip
    socket = text.replace("proxy_read", "proxy_set_header Upgrade $http_upgrade; proxy_read")
    assert len(told(socket, Topic.UNBOUNDED)) == 1
    assert told(server("server_tokens off;"), Topic.VERSION) == []
    assert told(server(""), Topic.VERSION) != []


def test_includes_are_put_in_their_place_and_never_for_ever() -> None:
    limit = read_nginx("limit_req zone=one;", path="limit.conf")
    top = read_nginx(ZONE + server(f"location / {{ include limit.conf; {PASS} }}"), path="n.conf")
    whole = put_in(top, lambda name: [limit])
    assert [e.path for e in judge_nginx(whole) if e.topic is Topic.LIMIT] == ["limit.conf"]
    again: tuple[Directive, ...] = read_nginx("include a; include b; " * 10)
    with pytest.raises(TooLarge):
        put_in(again, lambda name: [again])


def test_an_include_names_a_file_by_its_name_and_folder() -> None:
    assert names_file("/etc/nginx/conf.d/*.conf", "deploy/nginx/site.conf")
    assert names_file("/etc/nginx/includes/site.conf", "x/templates/site.conf.j2")
    assert not names_file("/etc/letsencrypt/options.conf", "deploy/options.conf")
    assert not names_file("snippets/ssl.conf", "snippets/tls.conf")
