"""What code.rate_limits says of limiters and of where they are put around requests."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.rate_limits import rate_limits

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
SLOW = "from slowapi import Limiter\n\nlimiter = Limiter(key_func=who)\n"
LIMITED = (
    APP
    + "from limits_of import limiter\n\n\n@limiter.limit('5/minute')\ndef route():\n    return 1\n"
)


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(rate_limits, repo=files))
    return {key.removeprefix("rate_limits."): value for key, value in facts.items()}


def script(app: str, **files: str) -> dict[str, Value]:
    """The facts of an Express service."""
    package = '{"scripts": {"start": "node index.js"}}'
    return seen(
        {"package.json": package, "index.js": app} | {f"{n}.js": t for n, t in files.items()}
    )


def test_a_present_limiter_is_told_with_where_it_is_applied_and_counts() -> None:
    assert seen({"app.py": LIMITED, "limits_of.py": SLOW}) == {
        "declared": ["limits_of.py:3 slowapi.Limiter"],
        "applied": ["app.py:7 limits_of.limiter.limit on route ('5/minute')"],
        "in_memory_store": ["limits_of.py:3 slowapi.Limiter"],
        "ineffective": [],
        "routes_percent": 100.0,
    }


def test_a_missing_limiter_gives_empty_lists() -> None:
    assert seen({"app.py": APP}) == {
        "declared": [], "applied": [], "in_memory_store": [], "ineffective": [],
        "routes_percent": 0.0,
    }  # fmt: skip


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(rate_limits, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(rate_limits, repo={"app.py": APP + "import b\n", "b.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    files = {"app.py": APP + "import b\n", "b.py": Trouble(ProblemKind.DENIED, "no")}
    assert values(run_probe(rate_limits, repo=files)) == {}


def test_a_store_outside_the_process_is_not_in_memory() -> None:
    text = SLOW.replace("key_func=who", "key_func=who, storage_uri=settings.redis")
    assert seen({"app.py": LIMITED, "limits_of.py": text})["in_memory_store"] == []
    text = SLOW.replace("key_func=who", "key_func=who, storage_uri='memory://'")
    assert seen({"app.py": LIMITED, "limits_of.py": text})["in_memory_store"] != []


def test_false_green_a_limiter_that_nothing_applies_is_ineffective() -> None:
    found = seen({"app.py": APP + "import limits_of\n", "limits_of.py": SLOW})
    assert found["applied"] == []
    assert found["ineffective"] == ["limits_of.py:3 slowapi.Limiter: nothing applies it"]


def test_false_green_a_limiter_in_a_file_that_nobody_imports_does_not_count() -> None:
    unused = SLOW + "\n\n@limiter.limit('5/minute')\ndef route():\n    return 1\n"
    assert seen({"app.py": APP, "unused.py": unused})["applied"] == []


def test_false_green_a_limit_that_holds_nobody_back_is_not_applied() -> None:
    found = seen({"app.py": LIMITED.replace("5/minute", "1000000/minute"), "limits_of.py": SLOW})
    assert found["applied"] == []
    assert "holds nobody back" in str(found["ineffective"])


def test_false_green_a_limiter_that_is_switched_off_is_not_applied() -> None:
    off = SLOW.replace("key_func=who", "key_func=who, enabled=False")
    found = seen({"app.py": LIMITED, "limits_of.py": off})
    assert found["applied"] == []
    assert "switched off" in str(found["ineffective"])


def test_false_green_an_import_alone_is_nothing() -> None:
    assert seen({"app.py": APP + "import slowapi\n"})["declared"] == []


def test_false_green_a_middleware_that_never_refuses_is_no_limit() -> None:
    hollow = "class RateLimitMiddleware:\n    def __call__(self, x):\n        return x\n"
    app = APP + "from own import RateLimitMiddleware\n\napp.add_middleware(RateLimitMiddleware)\n"
    assert seen({"app.py": app, "own.py": hollow})["applied"] == []
    honest = hollow.replace("return x", "return Response(status_code=429)")
    assert seen({"app.py": app, "own.py": honest})["applied"] == [
        "app.py:6 app.add_middleware with RateLimitMiddleware"
    ]


def test_limits_of_another_making_are_a_problem_and_no_absence() -> None:
    evidence = run_probe(rate_limits, repo={"app.py": APP + "RETURN = Response(status=429)\n"})
    assert values(evidence) == {}
    assert "app.py:4" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("const rateLimit = require('express-rate-limit');\napp.use(rateLimit({ windowMs: 9, max: 20 }));\n",
         ["index.js:2 app.use with express-rate-limit (20)"]),
        ("import { rateLimit } from 'express-rate-limit';\nconst l = rateLimit({ limit: 7 });\napp.post('/x', l, h);\n",
         ["index.js:3 app.post with l (7)"]),
        ("const { authLimiter } = require('./own');\napp.use('/auth', authLimiter);\n",
         ["index.js:2 app.use with authLimiter (3)"]),
        ("const { authLimiter } = require('./own');\n", []),
        ("import rl from '@fastify/rate-limit';\nawait app.register(rl, { max: 9 });\n",
         ["index.js:2 app.register with @fastify/rate-limit"]),
    ],
)  # fmt: skip
def test_scripts_apply_limiters_as_arguments(app: str, expected: list[str]) -> None:
    own = "const rateLimit = require('express-rate-limit');\nconst authLimiter = rateLimit({ max: 3 });\nmodule.exports = { authLimiter };\n"
    assert script(app, own=own)["applied"] == expected


def test_throttles_of_rest_framework_are_applied_by_settings_or_views() -> None:
    files = {
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
        "site/__init__.py": "",
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\n",
        "site/urls.py": "from site import views\n",
        "site/views.py": "from site.slow import Slow\n\n\nclass View:\n    throttle_classes = [Slow]\n",
        "site/slow.py": "from rest_framework.throttling import SimpleRateThrottle\n\n\nclass Slow(SimpleRateThrottle):\n    rate = '5/minute'\n\n\nclass Idle(SimpleRateThrottle):\n    rate = '5/minute'\n",
    }
    found = seen(files)
    assert found["applied"] == ["site/views.py View.throttle_classes ([Slow])"]
    assert found["ineffective"] == ["site/slow.py:8 Idle: nothing applies it"]


def test_a_function_that_gives_a_limiter_back_may_be_attached() -> None:
    own = "from ratelimit import RateLimitMiddleware\n\n\ndef make(app):\n    return RateLimitMiddleware(app, x, y, rules)\n"
    app = APP + "import own\n\napp.add_middleware(own.make)\n"
    assert seen({"app.py": app, "own.py": own})["applied"] == [
        "app.py:6 app.add_middleware with own.make"
    ]


ROUTES = "".join(f"\n\n@app.get('/r{n}')\ndef r{n}():\n    return 1\n" for n in range(9))


def test_false_green_a_limit_around_one_route_of_ten_is_not_one_around_all() -> None:
    one = LIMITED.replace("@limiter", "@app.post('/login')\n@limiter")
    twice = one.replace("def route", "@limiter.limit('9/hour')\ndef route")
    for text in (one, twice):
        assert seen({"app.py": text + ROUTES, "limits_of.py": SLOW})["routes_percent"] == 10.0


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("app = FastAPI(dependencies=[Depends(RateLimiter(times=2))])\n", 100.0),
        ("app = FastAPI()\n\n\n@app.get('/x', dependencies=[Depends(RateLimiter(times=2))])\ndef x():\n    return 1\n", 10.0),
        ("app = FastAPI()\n\n\n@app.get('/x')\ndef x(a=Depends(RateLimiter(times=2))):\n    return 1\n", 10.0),
    ],
)  # fmt: skip
def test_a_dependency_of_the_application_is_one_of_every_route(where: str, expected: float) -> None:
    head = (
        "from fastapi import Depends, FastAPI\nfrom fastapi_limiter.depends import RateLimiter\n\n"
    )
    assert seen({"app.py": head + where + ROUTES})["routes_percent"] == expected


def test_false_green_a_limit_around_one_route_of_a_script() -> None:
    head = "import { rateLimit } from 'express-rate-limit';\nconst l = rateLimit({ limit: 7 });\n"
    rest = "".join(f"app.get('/r{n}', handler);\n" for n in range(4))
    found = script(head + "app.post('/login', l, handler);\n" + rest + "app.get('etag', 'weak');\n")
    assert found["routes_percent"] == 20.0
    for path in ("", "'/api', ", "'/', ", "'/api/v1/', "):
        assert script(head + f"app.use({path}l);\n" + rest)["routes_percent"] == 100.0


def test_a_limit_below_a_path_leaves_open_what_else_there_is() -> None:
    head = "import { rateLimit } from 'express-rate-limit';\nconst l = rateLimit({ limit: 7 });\n"
    files = {
        "package.json": '{"scripts": {"start": "node index.js"}}',
        "index.js": head + "app.use('/v1/auth', l);\n",
    }
    evidence = run_probe(rate_limits, repo=files)
    assert "rate_limits.routes_percent" not in values(evidence)
    assert "below /v1/auth alone" in evidence.problems[0].message


def test_false_green_a_throttle_on_one_view_of_four() -> None:
    head = "from rest_framework import throttling, viewsets\nfrom rest_framework.views import APIView\n\n\n"
    views = head + "class Slow(throttling.SimpleRateThrottle):\n    rate = '5/minute'\n\n\n"
    views += "class First(viewsets.ModelViewSet):\n    throttle_classes = (Slow,)\n"
    views += "".join(f"\n\nclass V{n}(APIView):\n    pass\n" for n in range(3))
    files = {
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
        "site/__init__.py": "",
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\n",
        "site/urls.py": "from site import views\n",
        "site/views.py": views,
    }
    found = seen(files)
    assert found["applied"] == ["site/views.py First.throttle_classes ((Slow,))"]
    assert found["routes_percent"] == 25.0
