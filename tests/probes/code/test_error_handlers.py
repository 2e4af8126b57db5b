"""What code.error_handlers says of handlers for every error that is left, and of what they answer."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.error_handlers import error_handlers

APP = "from fastapi import FastAPI\nfrom fastapi.responses import JSONResponse\n\napp = FastAPI()\n"
GOOD = (
    APP + "\n\n@app.exception_handler(Exception)\nasync def unexpected(request, error):\n"
    "    log.exception('x')\n    return JSONResponse({'title': 'Internal error'}, 500)\n"
)
FLASK = "from flask import Flask, jsonify\n\napp = Flask(__name__)\n"


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(error_handlers, repo=files))
    return {key.removeprefix("error_handlers."): value for key, value in facts.items()}


def script(app: str, **files: str) -> dict[str, Value]:
    """The facts of a Node service."""
    package = '{"scripts": {"start": "node index.js"}}'
    return seen(
        {"package.json": package, "index.js": app} | {f"{n}.js": t for n, t in files.items()}
    )


def go(text: str) -> dict[str, Value]:
    """The facts of a Go service of one file."""
    return seen({"go.mod": "module x\n", "main.go": f"package main\n\n{text}"})


def test_a_present_handler_is_told() -> None:
    assert seen({"app.py": GOOD}) == {
        "global": ["app.py:7 app.exception_handler (Exception)"],
        "swallowing": [], "leaking": [], "blind": [], "unreachable": 0,
    }  # fmt: skip


def test_a_missing_handler_gives_empty_lists() -> None:
    assert seen({"app.py": APP}) == {
        "global": [], "swallowing": [], "leaking": [], "blind": [], "unreachable": 0,
    }  # fmt: skip


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(error_handlers, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(error_handlers, repo={"app.py": APP + "import b\n", "b.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    files = {"app.py": APP + "import b\n", "b.py": Trouble(ProblemKind.DENIED, "no")}
    assert values(run_probe(error_handlers, repo=files)) == {}


def test_a_service_without_a_known_framework_is_a_problem_and_no_absence() -> None:
    evidence = run_probe(
        error_handlers, repo={"main.py": "if __name__ == '__main__':\n    run()\n"}
    )
    assert set(values(evidence)) == {
        "error_handlers.leaking",
        "error_handlers.blind",
        "error_handlers.unreachable",
    }
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize(
    "app",
    [
        APP + "from own import handle\n\napp.add_exception_handler(Exception, handle)\n",
        "from fastapi import FastAPI\nfrom own import handle\n\napp = FastAPI(exception_handlers={Exception: handle})\n",
        APP + "from own import Guard\n\napp.add_middleware(Guard)\n",
        APP
        + "\n\n@app.middleware('http')\nasync def guard(request, call_next):\n    try:\n        return await call_next(request)\n"
        "    except Exception:\n        return JSONResponse({}, status_code=500)\n",
    ],
)
def test_ways_to_register_with_starlette(app: str) -> None:
    own = (
        "def handle(request, error):\n    return JSONResponse({}, status_code=500)\n\n\nclass Guard(BaseHTTPMiddleware):\n"
        "    async def dispatch(self, request, call_next):\n        try:\n            return await call_next(request)\n"
        "        except Exception:\n            return JSONResponse({}, status_code=500)\n"
    )
    found = seen({"app.py": app, "own.py": own})
    assert len(list(found["global"])) == 1  # type: ignore[arg-type]
    assert found["swallowing"] == []


def test_flask_takes_codes_classes_and_blueprints() -> None:
    handler = "\n\n@{0}.{1}({2})\ndef handle(error):\n    return jsonify(error='internal'), 500\n"
    found = seen({"app.py": FLASK + handler.format("app", "errorhandler", "500")})
    assert found["global"] == ["app.py:6 app.errorhandler (500)"]
    assert seen({"app.py": FLASK + handler.format("app", "errorhandler", "404")})["global"] == []
    local = FLASK + "from flask import Blueprint\n\nbp = Blueprint('a', __name__)\n" + handler
    assert seen({"app.py": local.format("bp", "errorhandler", "Exception")})["global"] == []
    assert seen({"app.py": local.format("bp", "app_errorhandler", "Exception")})["global"] != []


def django(**files: str) -> dict[str, Value]:
    """The facts of a Django service."""
    base = {
        "manage.py": "import os\nfrom django.core.management import execute_from_command_line\n\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
        "site/__init__.py": "",
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\nMIDDLEWARE = ['site.middle.Guard']\n"
        "REST_FRAMEWORK = {'EXCEPTION_HANDLER': 'site.rest.handle'}\n",
        "site/urls.py": "",
    }
    return seen(base | {f"site/{n}.py": t for n, t in files.items()})


def test_django() -> None:
    views = "def broken(request):\n    return render(request, '500.html', status=500)\n"
    found = django(urls="from site import views\n\nhandler500 = 'site.views.broken'\n", views=views)
    assert found["global"] == ["site/urls.py:3 handler500"]
    found = django(
        urls="from site import views\n\nhandler500 = views.broken\n",
        views=views.replace(", status=500", ""),
    )
    assert found["global"] == []
    assert "handler500: answers 200" in str(found["swallowing"])
    assert (
        django(urls="from site import other\n", other="handler500 = 'site.views.broken'\n")[
            "global"
        ]
        == []
    )


def test_django_middleware_and_rest_framework() -> None:
    guard = "class Guard:\n    def process_exception(self, request, exception):\n        return HttpResponse('x', status=500)\n"
    assert django(middle=guard)["global"] == ["site/middle.py:2 Guard.process_exception"]
    some = guard.replace(
        "        return", "        if isinstance(exception, Gone):\n            return"
    )
    assert django(middle=some)["global"] == []
    rest = "def handle(exc, context):\n    response = exception_handler(exc, context)\n    if response is None:\n        return Response({}, status=500)\n    return response\n"
    assert django(rest=rest)["global"] == ["site/settings.py:3 EXCEPTION_HANDLER site.rest.handle"]
    thin = "def handle(exc, context):\n    return exception_handler(exc, context)\n"
    assert django(rest=thin)["global"] == []


EXPRESS = "const express = require('express');\nconst app = express();\n"
ANSWER = "(err, req, res, next) => { res.status(500).json({ title: 'Internal error' }); }"


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (EXPRESS + f"app.get('/', h);\napp.use({ANSWER});\n", ["index.js:4 app.use"]),
        (EXPRESS + "const { fail } = require('./own');\napp.use(fail);\n", ["index.js:4 app.use with fail"]),
        (EXPRESS + "const fail = require('./only');\napp.use(fail);\n", ["index.js:4 app.use with fail"]),
        (EXPRESS + "const { made } = require('./own');\napp.use(made());\n", ["index.js:4 app.use with made()"]),
        (EXPRESS + f"app.use({ANSWER});\napp.get('/', h);\n", []),
        (EXPRESS + "app.use((req, res, next) => { next(); });\n", []),
        (EXPRESS + f"const router = express.Router();\nrouter.use({ANSWER});\n", []),
        ("const fastify = require('fastify')();\nfastify.setErrorHandler((error, request, reply) => { reply.code(500).send({}); });\n",
         ["index.js:2 fastify.setErrorHandler"]),
        ("const Koa = require('koa');\nconst app = new Koa();\napp.use(async (ctx, next) => { try { await next(); } catch (e) { ctx.status = 500; } });\n",
         ["index.js:3 app.use"]),
    ],
)  # fmt: skip
def test_scripts(app: str, expected: list[str]) -> None:
    own = f"const fail = {ANSWER};\nfunction made() {{ return {ANSWER}; }}\nmodule.exports = {{ fail, made }};\n"
    assert script(app, own=own, only=f"module.exports = {ANSWER};\n")["global"] == expected


def test_nest_filters_must_catch_everything() -> None:
    main = "import { NestFactory } from '@nestjs/core';\nimport { All } from './all';\nconst app = await NestFactory.create(X);\napp.useGlobalFilters(new All());\n"
    every = "@Catch()\nexport class All {\n  catch(e, host) { host.res.status(500).json({}); }\n}\n"
    files = {"package.json": '{"scripts": {"start": "node dist/main.js"}}', "src/main.ts": main}
    assert seen(files | {"src/all.ts": every})["global"] == [
        "src/main.ts:4 app.useGlobalFilters with All"
    ]
    some = every.replace("@Catch()", "@Catch(HttpException)")
    assert seen(files | {"src/all.ts": some})["global"] == []


def test_go() -> None:
    gin = 'import "github.com/gin-gonic/gin"\n\nfunc main() {\n\tr := gin.Default()\n\tr.Run()\n}\n'
    assert go(gin)["global"] == ["main.go:6 github.com/gin-gonic/gin.Default"]
    assert go(gin.replace("Default", "New"))["global"] == []
    chi = 'import (\n\t"github.com/go-chi/chi/v5"\n\t"github.com/go-chi/chi/v5/middleware"\n)\n\nfunc main() {\n\tr := chi.NewRouter()\n\tr.Use(middleware.Recoverer)\n}\n'
    assert go(chi)["global"] == ["main.go:10 r.Use with middleware.Recoverer"]


def test_a_go_function_of_our_own_that_recovers() -> None:
    own = (
        'import "net/http"\n\nfunc main() {\n\thttp.ListenAndServe(":1", guard(mux))\n}\n\nfunc guard(next http.Handler) http.Handler {\n'
        "\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n\t\tdefer func() {\n"
        '\t\t\tif e := recover(); e != nil {\n\t\t\t\thttp.Error(w, "x", 500)\n\t\t\t}\n\t\t}()\n\t\tnext.ServeHTTP(w, r)\n\t})\n}\n'
    )
    assert go(own)["global"] == ["main.go:9 guard recovers"]
    assert go(own.replace("guard(mux)", "mux"))["global"] == []
    silent = go(own.replace('http.Error(w, "x", 500)', "log.Println(e)"))
    assert silent["global"] == []
    assert "only logs" in str(silent["swallowing"])


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("pass", "does nothing"), ("log.error('x')", "only logs"),
        ("return JSONResponse({'ok': True})", "sets no status"),
        ("return JSONResponse({'error': 'x'}, status_code=200)", "answers a success"),
        ("x = 1", "answers nothing"),
    ],
)  # fmt: skip
def test_false_green_a_handler_that_hides_the_error_swallows(body: str, how: str) -> None:
    app = (
        APP
        + f"\n\n@app.exception_handler(Exception)\nasync def unexpected(request, error):\n    {body}\n"
    )
    found = seen({"app.py": app})
    assert found["global"] == []
    assert how in str(found["swallowing"])


@pytest.mark.parametrize(
    "answer",
    ["{'error': str(error)}", "{'error': f'{error}'}", "{'trace': traceback.format_exc()}"],
)
def test_false_green_a_handler_that_tells_the_error_leaks(answer: str) -> None:
    found = seen({"app.py": GOOD.replace("{'title': 'Internal error'}", answer)})
    assert found["leaking"] == ["app.py:10 the answer carries the text or stack of the error"]


def test_the_stack_in_debugging_alone_is_no_leak() -> None:
    head = EXPRESS + "app.use((err, req, res, next) => {\n"
    for body in (
        "  res.status(500).json({ error: process.env.NODE_ENV === 'production' ? 'x' : err.stack });\n",
        "  if (process.env.NODE_ENV === 'production') { return res.status(500).end(); }\n  res.status(500).json({ error: err.stack });\n",
        "  if (isDev) { return res.status(500).json({ error: err.stack }); }\n  res.status(500).end();\n",
    ):
        assert script(head + body + "});\n")["leaking"] == []
    assert script(head + "  res.status(500).json({ error: err.stack });\n});\n")["leaking"] != []


def test_a_route_that_tells_what_it_caught_leaks() -> None:
    route = "\n\ndef route():\n    try:\n        go()\n    except Exception as e:\n        raise HTTPException(500, detail=str(e))\n"
    assert seen({"app.py": GOOD + route})["leaking"] == [
        "app.py:17 the answer carries what was caught"
    ]
    told = 'import "net/http"\n\nfunc main() {\n\thttp.ListenAndServe(":1", nil)\n}\n\nfunc h(w http.ResponseWriter, err error) {\n\thttp.Error(w, err.Error(), http.StatusInternalServerError)\n}\n'
    assert go(told)["leaking"] == ["main.go:10 net/http.Error carries the text of the error"]
    assert (
        go(told.replace("http.StatusInternalServerError", "http.StatusBadRequest"))["leaking"] == []
    )


def test_blind_clauses() -> None:
    text = "\n\ndef f():\n    try:\n        {}\n    except {}:\n        pass\n"
    assert seen({"app.py": GOOD + text.format("go()", "Exception")})["blind"] == [
        "app.py:16 catches Exception in f and does nothing"
    ]
    assert seen({"app.py": GOOD + text.format("go()", "KeyError")})["blind"] == []
    assert seen({"app.py": GOOD + text.format("conn.close()", "Exception")})["blind"] == []
    assert seen({"app.py": GOOD, "unused.py": text.format("go()", "Exception")})["blind"] == []


def test_false_green_a_handler_in_a_file_that_nobody_imports_does_not_count() -> None:
    found = seen({"app.py": APP, "unused.py": GOOD})
    assert found["global"] == [
        "unused.py:7 app.exception_handler (Exception)"
    ]  # an app of its own starts there
    plain = "from app import app\n\n\n@app.exception_handler(Exception)\nasync def f(r, e):\n    return JSONResponse({}, 500)\n"
    found = seen({"app.py": APP, "unused.py": plain})
    assert (found["global"], found["unreachable"]) == ([], 1)


@pytest.mark.parametrize(
    "text",
    [
        "# @app.exception_handler(Exception)\n",
        "\n\n@app.exception_handler(HTTPException)\nasync def f(r, e):\n    return JSONResponse({}, 500)\n",
        "\n\n@app.exception_handler(RequestValidationError)\nasync def f(r, e):\n    return JSONResponse({}, 422)\n",
        "\n\nasync def exception_handler(r, e):\n    return JSONResponse({}, 500)\n",
        "\n\nclass Guard(BaseHTTPMiddleware):\n    async def dispatch(self, r, call_next):\n        try:\n            return await call_next(r)\n"
        "        except Exception:\n            return JSONResponse({}, 500)\n",
        "\n\n@app.middleware('http')\nasync def f(r, call_next):\n    try:\n        return await call_next(r)\n    except Exception:\n        log.error('x')\n        raise\n",
        "\n\n@app.middleware('http')\nasync def f(r, call_next):\n    try:\n        audit(r)\n    except Exception:\n        return JSONResponse({}, 500)\n    return await call_next(r)\n",
    ],
)
def test_false_green_what_handles_no_unexpected_error(text: str) -> None:
    assert seen({"app.py": APP + text})["global"] == []


@pytest.mark.parametrize(
    ("answer", "leaks"),
    [
        ("c.Status(500).SendString(err.Error())", True),
        ('c.Status(fiber.StatusInternalServerError).JSON(fiber.Map{"error": err.Error()})', True),
        ("c.Status(404).SendString(err.Error())", False),
        ('c.Status(500).SendString("not now")', False),
        ('c.Status(200).SendString("500" + err.Error())', False),
    ],
)
def test_an_answer_whose_status_stands_before_it_leaks(answer: str, leaks: bool) -> None:
    found = go(
        'import "github.com/gofiber/fiber/v2"\n\nfunc main() {\n\tapp := fiber.New()\n\tapp.Get("/", ask)\n}\n\n'
        f"func ask(c *fiber.Ctx) error {{\n\t_, err := read()\n\treturn {answer}\n}}\n"
    )
    assert bool(found["leaking"]) is leaks
