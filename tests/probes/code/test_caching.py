"""What code.caching says of caches around reads, of their expiry, and of what forgets them."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.caching import caching

APP = "from fastapi import FastAPI\nimport store\n\napp = FastAPI()\nstore.ask(1)\n"
REDIS = "import redis\n\nr = redis.Redis()\n\n\n"
ASIDE = (
    "def ask(x):\n    key = f'user:{x}'\n    found = r.get(key)\n    if found is None:\n        found = read(x)\n"
    "        r.set(key, found, ex=60)\n    return found\n"
)
FORGET = "\n\ndef change(x):\n    r.delete(f'user:{x}')\n"


def facts(files: dict[str, str]) -> dict[str, Value]:
    """The facts, `cache.` left out of their names."""
    found = values(run_probe(caching, repo=files))
    return {key.removeprefix("cache."): value for key, value in found.items()}


def python(text: str, **files: str) -> dict[str, Value]:
    """The facts of a service whose app imports a module of this text."""
    return facts({"app.py": APP, "store.py": text} | {f"{n}.py": t for n, t in files.items()})


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    return facts({"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": text})


def go(body: str, imports: str) -> dict[str, Value]:
    """The facts of a program of Go."""
    main = f"package main\n\nimport ({imports})\n\nfunc main() {{\n{body}\n}}\n"
    return facts({"go.mod": "module x\n\ngo 1.22\n", "main.go": main})


def test_a_present_cache_is_told_with_its_read_and_what_forgets_it() -> None:
    assert python(REDIS + ASIDE + FORGET) == {
        "used": ["store.py:8 r.get and set"],
        "in_process": [],
        "without_ttl": [],
        "invalidations": ["store.py:16 r.delete"],
        "never_invalidated": [],
    }


def test_a_missing_cache_gives_empty_lists() -> None:
    assert python("def ask(x):\n    return {}.get(x)\n") == {
        "used": [], "in_process": [], "without_ttl": [], "invalidations": [], "never_invalidated": [],
    }  # fmt: skip


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(caching, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(caching, repo={"app.py": APP, "store.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    assert values(run_probe(caching, repo={"app.py": APP, "store.py": denied})) == {}


def test_a_cache_of_another_making_is_a_problem_and_no_absence() -> None:
    evidence = run_probe(
        caching, repo={"app.py": APP, "store.py": "def ask(x):\n    return own_cache.lookup(x)\n"}
    )
    assert values(evidence) == {}
    assert "store.py:2" in evidence.problems[0].message


def test_what_nothing_forgets_is_told() -> None:
    found = python(REDIS + ASIDE)
    assert found["invalidations"] == []
    assert found["never_invalidated"] == ["store.py:8 r.get and set"]


def test_what_only_another_key_is_forgotten_of_is_not_decided() -> None:
    evidence = run_probe(
        caching, repo={"app.py": APP, "store.py": REDIS + ASIDE + FORGET.replace("user", "room")}
    )
    assert "cache.never_invalidated" not in values(evidence)
    assert "store.py:8" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        ("r.set(key, found)", ["store.py:11 r.set"]),
        ("r.set(key, found, 60)", []),
        ("r.set(key, found, px=60)", []),
        ("r.setex(key, 60, found)", []),
        ("r.set(key, found)\n        r.expire(key, 60)", []),
        ("r.set(key, found, ex=None)", ["store.py:11 r.set"]),
        ("r.set(key, found)  # ex=60", ["store.py:11 r.set"]),
    ],
)
def test_what_redis_keeps_for_ever_is_listed(write: str, expected: list[str]) -> None:
    text = REDIS + ASIDE.replace("r.set(key, found, ex=60)", write)
    assert python(text)["without_ttl"] == expected


@pytest.mark.parametrize(
    "text",
    [
        REDIS + ASIDE.replace("ex=60", "**options"),
        REDIS + ASIDE.replace("ex=60", "ex=ttl").replace("(x):", "(x, ttl=None):"),
        REDIS + ASIDE.replace(", ex=60", "").replace("(x):", "(x, ttl=None):"),
    ],
)
def test_an_expiry_from_elsewhere_is_not_decided(text: str) -> None:
    evidence = run_probe(caching, repo={"app.py": APP, "store.py": text})
    assert "cache.without_ttl" not in values(evidence)
    assert "store.py:11" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("text", "used", "endless"),
    [
        ("from django.views.decorators.cache import cache_page\n\n\n@cache_page(60)\ndef ask(x):\n    return x\n", True, False),
        ("from django.core.cache import cache\n\n\ndef ask(x):\n    return cache.get_or_set('k', x)\n", True, False),
        ("from django.core.cache import cache\n\n\ndef ask(x):\n    y = cache.get('k')\n    cache.set('k', x, timeout=None)\n", True, True),
        ("from fastapi_cache.decorator import cache\n\n\n@cache(expire=60)\ndef ask(x):\n    return x\n", True, False),
        ("from fastapi_cache.decorator import cache\n\n\n@cache()\ndef ask(x):\n    return x\n", True, True),
        ("from fastapi_cache import FastAPICache\nfrom fastapi_cache.decorator import cache\n\nFastAPICache.init(b, expire=9)\n\n\n@cache()\ndef ask(x):\n    return x\n", True, False),
        ("from cachetools import TTLCache, cached\n\n\n@cached(TTLCache(9, 60))\ndef ask(x):\n    return x\n", True, False),
        ("from cachetools import LRUCache, cached\n\nkept = LRUCache(9)\n\n\n@cached(kept)\ndef ask(x):\n    return x\n", True, True),
        ("from aiocache import cached\n\n\n@cached(ttl=9)\nasync def ask(x):\n    return x\n", True, False),
        ("from aiocache import cached\n\n\n@cached()\nasync def ask(x):\n    return x\n", True, True),
        ("from flask_caching import Cache\n\ncache = Cache()\n\n\n@cache.memoize(60)\ndef ask(x):\n    return x\n", True, False),
        ("from flask_caching import Cache\n\ncache = Cache()\n\n\n@cache.cached(timeout=0)\ndef ask(x):\n    return x\n", True, True),
    ],
)  # fmt: skip
def test_caches_of_python(text: str, used: bool, endless: bool) -> None:
    found = python(text)
    assert bool(found["used"]) is used
    assert bool(found["without_ttl"]) is endless


def test_a_cache_in_the_process_is_told_as_such() -> None:
    text = "from cachetools import TTLCache, cached\n\n\n@cached(TTLCache(9, 60))\ndef ask(x):\n    return x\n"
    assert python(text)["in_process"] == ["store.py:4 cachetools.cached on ask"]


@pytest.mark.parametrize(
    ("text", "endless"),
    [
        ("import Redis from 'ioredis';\nconst redis = new Redis();\nasync function ask(k) {\n  const v = await redis.get(k);\n  await redis.set(k, v, 'EX', 60);\n}\nask();\n", False),
        ("import Redis from 'ioredis';\nconst redis = new Redis();\nasync function ask(k) {\n  const v = await redis.get(k);\n  await redis.set(k, v);\n}\nask();\n", True),
        ("import { createClient } from 'redis';\nconst c = createClient();\nasync function ask(k) {\n  const v = await c.get(k);\n  await c.set(k, v, { EX: 60 });\n}\nask();\n", False),
        ("const NodeCache = require('node-cache');\nconst c = new NodeCache({ stdTTL: 60 });\nfunction ask(k) {\n  const v = c.get(k);\n  c.set(k, v);\n}\nask();\n", False),
        ("const NodeCache = require('node-cache');\nconst c = new NodeCache();\nfunction ask(k) {\n  const v = c.get(k);\n  c.set(k, v);\n}\nask();\n", True),
        ("import { LRUCache } from 'lru-cache';\nconst c = new LRUCache({ max: 5, ttl: 1000 });\nfunction ask(k) {\n  const v = c.get(k);\n  c.set(k, v);\n}\nask();\n", False),
        ("import { LRUCache } from 'lru-cache';\nconst c = new LRUCache({ max: 5 });\nfunction ask(k) {\n  const v = c.get(k);\n  c.set(k, v);\n}\nask();\n", True),
        ("import { unstable_cache } from 'next/cache';\nexport const ask = unstable_cache(async () => read(), ['k'], { revalidate: 60 });\n", False),
    ],
)  # fmt: skip
def test_caches_of_scripts(text: str, endless: bool) -> None:
    found = script(text)
    assert found["used"] != []
    assert bool(found["without_ttl"]) is endless


@pytest.mark.parametrize(
    ("body", "imports", "endless"),
    [
        ("\trdb := redis.NewClient(o)\n\tv := rdb.Get(ctx, k)\n\trdb.Set(ctx, k, v, time.Minute)", '"github.com/redis/go-redis/v9"', False),
        ("\trdb := redis.NewClient(o)\n\tv := rdb.Get(ctx, k)\n\trdb.Set(ctx, k, v, 0)", '"github.com/redis/go-redis/v9"', True),
        ("\tc := cache.New(5*time.Minute, time.Hour)\n\tv, ok := c.Get(k)\n\tc.Set(k, v, cache.DefaultExpiration)", '"github.com/patrickmn/go-cache"', False),
        ("\tc := cache.New(5*time.Minute, time.Hour)\n\tv, ok := c.Get(k)\n\tc.Set(k, v, cache.NoExpiration)", '"github.com/patrickmn/go-cache"', True),
        ("\tc, err := ristretto.NewCache(o)\n\tv, ok := c.Get(k)\n\tc.Set(k, v, 1)", '"github.com/dgraph-io/ristretto"', True),
    ],
)  # fmt: skip
def test_caches_of_go(body: str, imports: str, endless: bool) -> None:
    found = go(body, imports)
    assert found["used"] != []
    assert bool(found["without_ttl"]) is endless


def test_a_wrapper_counts_where_something_calls_it() -> None:
    wrapper = (
        "import redis\n\n\nclass CacheService:\n    def __init__(self):\n        self.redis = redis.Redis()\n\n"
        "    def get(self, key):\n        return self.redis.get(key)\n\n    def set(self, key, value):\n        self.redis.set(key, value, ex=60)\n"
    )
    app = "from fastapi import FastAPI\nfrom kept import CacheService\n\napp = FastAPI()\ncache = CacheService()\n"
    called = facts(
        {"app.py": app + "\n\ndef ask(x):\n    return cache.get(x)\n", "kept.py": wrapper}
    )
    assert called["used"] == ["kept.py:9 self.redis.get of CacheService"]
    assert not facts({"app.py": app, "kept.py": wrapper}).get("used")


def test_the_whole_of_another_cache_forgets_nothing_here() -> None:
    other = "\n\nclass Row:\n    def wipe(self):\n        self.state.fields_cache.clear()\n"
    assert python(REDIS + ASIDE + other)["never_invalidated"] == ["store.py:8 r.get and set"]


def test_a_decorated_read_is_forgotten_by_its_name() -> None:
    text = "from flask_caching import Cache\n\ncache = Cache()\n\n\n@cache.memoize(60)\ndef ask(x):\n    return x\n"
    assert python(text)["never_invalidated"] == ["store.py:6 cache.memoize on ask"]
    assert (
        python(text + "\n\ndef change(x):\n    cache.delete_memoized(ask, x)\n")[
            "never_invalidated"
        ]
        == []
    )


def test_a_memory_of_reads_that_never_expires_is_listed_and_is_no_cache() -> None:
    text = "import functools\nimport requests\n\n\n@functools.lru_cache\ndef ask(x):\n    return requests.get(x).json()\n"
    found = python(text)
    assert found["used"] == []
    assert found["without_ttl"] == ["store.py:5 functools.lru_cache on ask"]


@pytest.mark.parametrize(
    "text",
    [
        "from functools import lru_cache\n\n\n@lru_cache\ndef ask(x):\n    return Settings()\n",
        REDIS + "def ask(x):\n    found = r.get(f'session:{x}')\n    r.set(f'session:{x}', 1, ex=60)\n",
        REDIS + "def check_rate_limit(x):\n    found = r.get(x)\n    r.set(x, 1, ex=60)\n",
        REDIS + "def ask(x):\n    r.set(x, 1, ex=60)\n",
        REDIS + "def ask(x):\n    # found = r.get(x)\n    r.set(x, 1, ex=60)\n",
        "import redis\n\nkept_cache = {}\n\n\ndef ask(x):\n    y = kept_cache\n    return y\n",
        "from cachetools import TTLCache\n\nkept = TTLCache(9, 60)\n",
        "import requests\n\n\ndef ask(s):\n    s.get(1)\n    s.set(1, 2)\n",
    ],
)  # fmt: skip
def test_false_green_what_is_no_cache_of_reads_does_not_count(text: str) -> None:
    assert not python(text).get("used")


def test_the_account_of_somebody_is_no_counter() -> None:
    assert python(REDIS + ASIDE.replace("user", "account"))["used"] != []


def test_false_green_a_cache_in_a_file_that_nobody_imports_does_not_count() -> None:
    assert python("def ask(x):\n    return x\n", unused=REDIS + ASIDE)["used"] == []


def test_false_green_a_cache_of_the_service_s_own_making_is_not_known() -> None:
    text = "import { Kept } from './kept';\nfunction ask(scope, k) {\n  const v = scope.cache.get(k);\n  scope.cache.set(k, v);\n}\nask();\n"
    files = {
        "package.json": '{"scripts": {"start": "node index.js"}}',
        "index.js": text,
        "kept.js": "import 'ioredis';\nexport const Kept = 1;\n",
    }
    assert "used" not in facts(files)


def test_a_cache_that_another_file_makes_is_followed() -> None:
    app = "from fastapi import FastAPI\nfrom kept import cache\n\napp = FastAPI()\n\n\ndef ask(k):\n    v = cache.get(k)\n    cache.set(k, v, ttl=9)\n"
    assert (
        facts({"app.py": app, "kept.py": "from aiocache import Cache\n\ncache = build(Cache)\n"})[
            "used"
        ]
        != []
    )


def test_false_green_a_map_of_the_language_is_no_cache() -> None:
    text = "import { createClient } from 'redis';\nconst cache = new Map();\nfunction ask(k) {\n  const v = cache.get(k);\n  cache.set(k, v);\n}\nask();\n"
    assert not script(text).get("used")


GOCACHE = '"github.com/TwiN/gocache/v2"'


@pytest.mark.parametrize(
    ("body", "endless"),
    [
        ("\tc := gocache.NewCache()\n\tv, ok := c.Get(k)\n\tc.Set(k, v)", True),
        ("\tc := gocache.NewCache().WithMaxSize(9)\n\tv, ok := c.Get(k)\n\tc.SetWithTTL(k, v, time.Hour)", False),
        ("\tc := gocache.NewCache().WithMaxSize(9)\n\tv, ok := c.Get(k)\n\tc.SetWithTTL(k, v, gocache.NoExpiration)", True),
        ("\tc := gocache.NewCache().WithDefaultTTL(time.Hour).WithMaxSize(9)\n\tv, ok := c.Get(k)\n\tc.Set(k, v)", False),
        ("\tc := gocache.NewCache().WithDefaultTTL(time.Hour)\n\tv, ok := c.Get(k)\n\tc.SetWithTTL(k, v, gocache.NoExpiration)", True),
    ],
)  # fmt: skip
def test_a_cache_that_is_made_by_a_chain_of_calls(body: str, endless: bool) -> None:
    found = go(body, GOCACHE)
    assert found["used"] == found["in_process"] != []
    assert bool(found["without_ttl"]) is endless


def package(made: str, other: str = "") -> dict[str, str]:
    """A program of Go whose cache is made in one file of a package and used in another."""
    return {
        "go.mod": "module x\n\ngo 1.22\n",
        "main.go": 'package main\n\nimport "x/api"\n\nfunc main() {\n\tapi.Ask("a")\n}\n',
        "api/kept.go": f"package api\n\nimport ({GOCACHE})\n\n{made}\n",
        "api/ask.go": "package api\n\nfunc Ask(k string) any {\n\tv, ok := cache.Get(k)\n\tif !ok {\n\t\tv = read(k)\n"
        "\t\tcache.SetWithTTL(k, v, ttl)\n\t}\n\treturn v\n}\n" + other,
    }  # fmt: skip


def test_a_cache_of_a_go_package_is_followed_into_its_other_files() -> None:
    found = facts(package("var cache = gocache.NewCache().WithMaxSize(9)"))
    assert found["used"] == found["in_process"] == ["api/ask.go:4 cache.Get and set"]
    assert found["without_ttl"] == []


def test_false_green_a_cache_of_another_function_or_package_is_not_followed() -> None:
    local = "func fill() {\n\tcache := gocache.NewCache()\n\tcache.Clear()\n}\n"
    assert "used" not in facts(package(local))
    away = package("var kept = gocache.NewCache()")
    away["store/store.go"] = (
        f"package store\n\nimport ({GOCACHE})\n\nvar cache = gocache.NewCache()\n"
    )
    assert "used" not in facts(away)


def test_false_green_sessions_in_a_cache_of_go_are_no_cache_of_reads() -> None:
    files = package("var sessions = gocache.NewCache().WithMaxSize(9)")
    files["api/ask.go"] = files["api/ask.go"].replace("cache.", "sessions.")
    assert "used" not in facts(files)
