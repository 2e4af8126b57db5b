"""What Traefik is told by files, flags and labels, and what its routers then do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.errors import FormatError
from auditor.formats.web.proxy_model import Topic
from auditor.formats.web.traefik_config import (
    Option,
    TraefikConfig,
    is_traefik,
    read_file,
    read_flags,
    read_labels,
)
from auditor.formats.web.traefik_judge import judge_traefik

ROUTER = "routers.a.rule=Host(`a`)"


def config(*labels: str, flags: str = "") -> TraefikConfig:
    made = TraefikConfig()
    for key, option in read_labels([f"traefik.http.{one}" for one in labels], path="c.yml", line=3):
        made.add(key, option)
    for key, option in read_flags(flags.split(), path="c.yml", line=1):
        made.add(key, option)
    return made


def told(made: TraefikConfig, topic: Topic) -> list[str]:
    return [e.what for e in judge_traefik(made) if e.topic is topic]


def test_a_limit_that_a_router_names_is_applied() -> None:
    made = config(ROUTER, "routers.a.middlewares=l@docker", "middlewares.l.ratelimit.average=10")
    assert told(made, Topic.LIMIT) == ["rateLimit l on router a"]
    assert told(made, Topic.IDLE) == told(made, Topic.UNLIMITED) == []


def test_limits_reach_routers_by_chains_and_entry_points() -> None:
    chain = config(
        ROUTER,
        "routers.a.middlewares=c",
        "middlewares.c.chain.middlewares=l",
        "middlewares.l.ratelimit.average=9",
    )
    assert told(chain, Topic.LIMIT) == ["rateLimit l on router a"]
    entry = config(
        ROUTER,
        "middlewares.l.ratelimit.average=9",
        flags="--entrypoints.web.http.middlewares=l@docker",
    )
    assert told(entry, Topic.LIMIT) == ["rateLimit l on router a"]


def test_false_green_a_limit_that_no_router_names_is_idle() -> None:
    made = config(ROUTER, "middlewares.l.ratelimit.average=10")
    assert told(made, Topic.LIMIT) == []
    assert told(made, Topic.IDLE) == ["rateLimit l: no router names it"]
    assert told(made, Topic.UNLIMITED) == ["router a has no rateLimit"]


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("ratelimit.burst=5", "an average of 0"),
        ("ratelimit.average=0", "an average of 0"),
        ("ratelimit.average=90000", "for each client"),
    ],
)
def test_false_green_limits_that_hold_nobody_back(limit: str, why: str) -> None:
    made = config(ROUTER, "routers.a.middlewares=l", f"middlewares.l.{limit}")
    assert told(made, Topic.LIMIT) == []
    assert why in told(made, Topic.IDLE)[0]


def test_false_green_a_key_that_the_client_chooses_limits_nobody() -> None:
    by = "middlewares.l.ratelimit.sourcecriterion.requestheadername=X-Id"
    made = config(ROUTER, "routers.a.middlewares=l", "middlewares.l.ratelimit.average=5", by)
    assert "the client chooses its key" in told(made, Topic.IDLE)[0]


def test_a_middleware_of_another_stack_leaves_it_open() -> None:
    assert told(config(ROUTER, "routers.a.middlewares=other@file"), Topic.UNLIMITED) == []


def test_plain_http_beside_tls_is_told_unless_it_redirects() -> None:
    twin = (
        ROUTER,
        "routers.a.entrypoints=web",
        "routers.b.rule=Host(`a`)",
        "routers.b.entrypoints=secure",
        "routers.b.tls=true",
    )
    flags = "--entrypoints.web.address=:80 --entrypoints.secure.address=:443"
    assert told(config(*twin, flags=flags), Topic.PLAIN) == [
        "router a serves over plain HTTP, without redirect"
    ]
    assert told(config(*twin, flags=flags), Topic.TLS) == ["router b ends TLS"]
    redirect = flags + " --entrypoints.web.http.redirections.entrypoint.to=secure"
    assert told(config(*twin, flags=redirect), Topic.PLAIN) == []
    scheme = (*twin, "routers.a.middlewares=r", "middlewares.r.redirectscheme.scheme=https")
    assert told(config(*scheme, flags=flags), Topic.PLAIN) == []
    assert told(config(ROUTER), Topic.PLAIN) == []


def test_broken_versions_count_where_they_are_the_default_or_named() -> None:
    text = "tls:\n  options:\n    {}:\n      minVersion: VersionTLS10\n"
    for name, expected in (("default", 1), ("old", 0)):
        made = TraefikConfig()
        for key, option in read_file(text.format(name), path="t.yml"):
            made.add(key, option)
        found = [e for e in judge_traefik(made) if e.topic is Topic.WEAK]
        assert len(found) == expected
        assert all(e.line == 4 for e in found)


def test_headers_of_a_router_are_told() -> None:
    made = config(
        ROUTER,
        "routers.a.middlewares=h",
        "middlewares.h.headers.stsseconds=31536000",
        "middlewares.h.headers.framedeny=false",
    )
    assert told(made, Topic.HEADER) == ["Strict-Transport-Security on router a"]


def test_yaml_toml_labels_and_flags_are_one_table() -> None:
    yaml = dict(read_file("entryPoints:\n  web:\n    address: ':80'\n", path="t.yml"))
    toml = dict(read_file("[entryPoints.web]\naddress = ':80'\n", path="t.toml"))
    assert yaml["entryPoints.web.address"] == Option(":80", "t.yml", 3)
    assert toml["entryPoints.web.address"].value == ":80"
    mapped = dict(read_labels({"traefik.enable": True, "other": 1}, path="c", line=1))
    assert mapped == {"enable": Option("true", "c", 1)}
    made = TraefikConfig()
    made.add("tls.domains[0].Main", Option("a", "c", 1))
    assert list(made.options) == ["tls.domains.0.main"]


def test_what_is_traefik_is_seen_by_its_sections() -> None:
    assert is_traefik("entryPoints:\n  web: {}\n")
    assert is_traefik("http:\n  routers:\n    a: {}\n")
    assert is_traefik("[http.routers.a]\n")
    assert not is_traefik("http:\n  port: 80\n")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for path in ("t.yml", "t.toml"):
        made = TraefikConfig()
        try:
            for key, option in read_file(text, path=path):
                made.add(key, option)
        except FormatError:
            continue
        assert all(e.what for e in judge_traefik(made))
