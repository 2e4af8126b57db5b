"""What code.logging says of how a service logs in production."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.logging import logging

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
STRUCT = (
    "import structlog\n\n\ndef set_up():\n    structlog.configure(processors=[\n"
    "        structlog.contextvars.merge_contextvars,\n        structlog.processors.JSONRenderer()])\n"
)
CALLED = APP + "from own import set_up\n\nset_up()\n"
CONFIG = (
    "import logging.config\n\nCONFIG = {\n    'version': 1,\n"
    "    'formatters': {'json': {'()': 'pythonjsonlogger.jsonlogger.JsonFormatter'}, 'text': {'format': '%(message)s'}},\n"
    "    'handlers': {'out': {'class': 'logging.StreamHandler', 'formatter': 'json'}},\n"
    "    'root': {'handlers': ['out'], 'level': 'INFO'},\n}\n"
)
APPLIED = "logging.config.dictConfig(CONFIG)\n"


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(logging, repo=files))
    return {key.removeprefix("logging."): value for key, value in facts.items()}


def script(app: str, **files: str) -> dict[str, Value]:
    """The facts of a Node service."""
    package = '{"scripts": {"start": "node index.js"}}'
    own = {f"{n}.js": t for n, t in files.items()}
    return seen({"package.json": package, "index.js": app} | own)


def go(body: str, imports: str, more: str = "") -> dict[str, Value]:
    """The facts of a Go service."""
    listed = "".join(f'\t"{name}"\n' for name in imports.split())
    text = f"package main\n\nimport (\n{listed})\n\nfunc main() {{\n{body}\n}}\n{more}"
    return seen({"go.mod": "module own\n", "main.go": text})


def test_present_json_logging_is_told_with_its_place() -> None:
    assert seen({"app.py": CALLED, "own.py": STRUCT}) == {
        "structured": ["own.py:5 structlog.configure"], "plain": [], "ineffective": [], "conditional": [],
        "prints": [], "level_from_environment": [], "level_fixed": [], "correlation": [],
    }  # fmt: skip


def test_missing_logging_gives_empty_lists() -> None:
    assert set(map(str, seen({"app.py": APP}).values())) == {"[]"}


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(logging, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open_and_keeps_presence() -> None:
    files = {"app.py": CALLED + "import b\n", "own.py": STRUCT, "b.py": "x\x00\n"}
    evidence = run_probe(logging, repo=files)
    assert values(evidence) == {"logging.structured": ["own.py:5 structlog.configure"]}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    files = {"app.py": APP + "import b\n", "b.py": Trouble(ProblemKind.DENIED, "no")}
    assert values(run_probe(logging, repo=files)) == {}


def test_another_language_is_a_problem() -> None:
    evidence = run_probe(logging, repo={"app.py": APP, "Main.java": "class Main { int x; }\n" * 50})
    assert values(evidence) == {}


def test_a_dictionary_counts_where_it_is_applied_and_its_formatter_used() -> None:
    assert seen({"app.py": APP + CONFIG + APPLIED})["structured"] == ["app.py:6 CONFIG"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CONFIG, "nothing hands it to dictConfig"),
        (CONFIG.replace("'formatter': 'json'", "'formatter': 'text'") + APPLIED, "no handler uses the formatter json"),
        (CONFIG.replace("'handlers': ['out']", "'handlers': []") + APPLIED, "no logger uses the handler out"),
        (STRUCT, "nothing calls set_up"),
        ("import logging\nfrom pythonjsonlogger.json import JsonFormatter\n\nJsonFormatter()\n", "no handler is given it"),
        ("import logging\nfrom pythonjsonlogger.json import JsonFormatter\n\nh = logging.StreamHandler()\n"
         "h.setFormatter(JsonFormatter())\n", "its handler is given to no logger"),
        ("import sys\nfrom loguru import logger\n\nlogger.add(sys.stdout, serialize=True)\n", "logger.remove()"),
    ],
)  # fmt: skip
def test_false_green_json_that_nothing_uses_is_ineffective(text: str, why: str) -> None:
    found = seen({"app.py": APP + text})
    assert found["structured"] == []
    assert why in str(found["ineffective"])


def test_false_green_what_is_commented_out_or_not_imported_is_nothing() -> None:
    commented = "\n".join(f"# {line}" for line in (CONFIG + APPLIED).splitlines())
    assert seen({"app.py": APP + commented, "unused.py": STRUCT})["structured"] == []


def test_false_green_a_dependency_or_an_import_is_no_logging() -> None:
    text = APP + "import structlog\nfrom pythonjsonlogger import jsonlogger\n"
    assert seen({"app.py": text, "requirements.txt": "structlog\n"})["structured"] == []


def test_false_green_json_in_development_only_is_text() -> None:
    turned = STRUCT.replace(
        "structlog.processors.JSONRenderer()",
        "structlog.processors.JSONRenderer() if DEBUG else structlog.dev.ConsoleRenderer()",
    )
    found = seen({"app.py": CALLED, "own.py": turned})
    assert found["structured"] == []
    assert found["plain"] == ["own.py:5 structlog.configure"]


@pytest.mark.parametrize(
    "condition",
    [
        "settings.environment == 'production'",
        "not settings.DEBUG",
        "settings.json_logs",
        "ENV != 'local'",
    ],
)
def test_conditions_that_hold_in_production_are_followed(condition: str) -> None:
    text = (
        "import structlog\nfrom pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
        "    json_logs: bool = True\n\n\nsettings = Settings()\n\n\ndef set_up():\n"
        f"    if {condition}:\n        renderer = structlog.processors.JSONRenderer()\n"
        "    else:\n        renderer = structlog.dev.ConsoleRenderer()\n"
        "    structlog.configure(processors=[structlog.stdlib.add_log_level, renderer])\n"
    )
    assert seen({"app.py": CALLED, "own.py": text})["structured"] != []


def test_a_condition_that_the_code_does_not_decide_is_a_problem() -> None:
    text = STRUCT.replace(
        "JSONRenderer()", "JSONRenderer() if fancy() else structlog.dev.ConsoleRenderer()"
    )
    evidence = run_probe(logging, repo={"app.py": CALLED, "own.py": text})
    assert "logging.structured" not in values(evidence)
    assert values(evidence)["logging.conditional"] != []
    assert problems(evidence) == ["vacuous"]


def test_formatters_of_ours_count_where_they_write_json() -> None:
    text = (
        "import json\nimport logging\n\n\nclass Lines(logging.Formatter):\n    def format(self, record):\n"
        "        return json.dumps({'message': record.getMessage()})\n\n\n"
        "h = logging.StreamHandler()\nh.setFormatter(Lines())\nlogging.basicConfig(handlers=[h])\n"
    )
    assert seen({"app.py": APP + text})["structured"] == ["app.py:14 Lines"]
    hollow = text.replace("json.dumps({'message': record.getMessage()})", "record.getMessage()")
    assert seen({"app.py": APP + hollow})["structured"] == []


def test_settings_of_django_apply_their_logging() -> None:
    files = {
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
        "site/__init__.py": "",
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\n" + CONFIG.replace("CONFIG", "LOGGING"),
        "site/urls.py": "",
    }
    assert seen(files)["structured"] == ["site/settings.py:4 LOGGING"]


def test_a_file_counts_where_something_names_it() -> None:
    file = (
        "[loggers]\nkeys=root\n[formatter_json]\nclass=pythonjsonlogger.jsonlogger.JsonFormatter\n"
        "[handler_out]\nclass=StreamHandler\nformatter=json\n[logger_root]\nlevel=INFO\nhandlers=out\n"
    )
    app = APP + "import logging.config\n\nlogging.config.fileConfig('logging.ini')\n"
    assert seen({"app.py": app, "logging.ini": file})["structured"] == [
        "logging.ini:1 configuration of logging"
    ]
    assert seen({"app.py": APP, "logging.ini": file})["structured"] == []


def test_prints_of_the_service_are_told_and_those_of_programs_are_not() -> None:
    files = {
        "app.py": APP + "import work, cli\n\nif __name__ == '__main__':\n    print('start')\n",
        "work.py": "import sys\n\nprint('x')\nprint('y', file=sys.stderr)\nprint('z', file=report)\nprint(json.dumps(a))\n# print(1)\n",
        "cli.py": "import click\n\nprint('x')\n",
    }
    assert seen(files)["prints"] == ["work.py:3 print", "work.py:4 print"]


@pytest.mark.parametrize(
    ("level", "where"),
    [
        ("os.environ.get('LOG_LEVEL', 'INFO')", "level_from_environment"),
        ("settings.log_level", "level_from_environment"),
        ("getattr(logging, settings.log_level.upper())", "level_from_environment"),
        ("logging.DEBUG", "level_fixed"),
        ("'DEBUG'", "level_fixed"),
        ("logging.DEBUG if settings.debug else logging.INFO", ""),
        ("logging.INFO", ""),
    ],
)
def test_levels_come_from_the_environment_or_are_written(level: str, where: str) -> None:
    text = (
        "import logging, os\nfrom pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
        f"    log_level: str = 'INFO'\n\n\nsettings = Settings()\nlogging.basicConfig(level={level})\n"
    )
    found = seen({"app.py": APP + text})
    for name in ("level_from_environment", "level_fixed"):
        assert bool(found[name]) is (name == where)


def test_false_green_a_setting_that_nobody_reads_sets_no_level() -> None:
    text = "import logging, os\n\nLOG_LEVEL = os.environ.get('LOG_LEVEL')\nlogging.basicConfig(level=logging.INFO)\n"
    assert seen({"app.py": APP + text})["level_from_environment"] == []


def test_records_that_are_sent_to_a_collector_are_structured() -> None:
    text = "import logging\nfrom opentelemetry.sdk._logs import LoggingHandler\n\nh = LoggingHandler()\n"
    assert seen({"app.py": APP + text})["structured"] == []
    given = text + "logging.getLogger().addHandler(h)\n"
    assert seen({"app.py": APP + given})["structured"] == [
        "app.py:7 opentelemetry.sdk._logs.LoggingHandler"
    ]


def test_a_handler_at_debug_sets_no_logger_to_debug() -> None:
    text = "import logging\n\nhandler = logging.StreamHandler()\nhandler.setLevel(logging.DEBUG)\n"
    assert seen({"app.py": APP + text})["level_fixed"] == []


def test_an_id_counts_where_it_is_bound_to_lines() -> None:
    middleware = "import structlog\n\n\ndef bind(request):\n    structlog.contextvars.bind_contextvars(request_id=request.id)\n"
    app = CALLED + "import web\n\napp.middleware('http')(web.bind)\n"
    assert seen({"app.py": app, "own.py": STRUCT, "web.py": middleware})["correlation"] == [
        "web.py:5 structlog.contextvars.bind_contextvars"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "from asgi_correlation_id import CorrelationIdMiddleware\n\napp.add_middleware(CorrelationIdMiddleware)\n",
        "import structlog\n\nstructlog.contextvars.bind_contextvars(request_id=1)\n",
        "import uuid\n\nrequest_id = str(uuid.uuid4())\nresponse.headers['X-Request-ID'] = request_id\n",
        "import logging\n\n\nclass Ids(logging.Filter):\n    def filter(self, record):\n        record.request_id = get()\n        return True\n",
    ],
)
def test_false_green_an_id_that_no_line_shows_is_no_correlation(text: str) -> None:
    assert seen({"app.py": APP + text})["correlation"] == []


def test_a_middleware_with_its_filter_and_a_filter_of_ours_correlate() -> None:
    text = (
        "from asgi_correlation_id import CorrelationIdMiddleware, CorrelationIdFilter\n\n"
        "app.add_middleware(CorrelationIdMiddleware)\nhandler.addFilter(CorrelationIdFilter())\n"
    )
    assert seen({"app.py": APP + text})["correlation"] == [
        "app.py:6 asgi_correlation_id.CorrelationIdMiddleware"
    ]
    own = (
        "import logging\n\n\nclass Ids(logging.Filter):\n    def filter(self, record):\n"
        "        record.request_id = current.get()\n        return True\n\n\nhandler.addFilter(Ids())\n"
    )
    assert seen({"app.py": APP + own})["correlation"] == ["app.py:7 Ids sets an id on log records"]


WINSTON = "const winston = require('winston');\nconst logger = winston.createLogger({ level: process.env.LOG_LEVEL, format: FORMAT,\n  transports: [new winston.transports.Console()] });\nmodule.exports = logger;\n"


@pytest.mark.parametrize(
    ("format", "shape"),
    [
        ("winston.format.json()", "structured"),
        ("winston.format.combine(winston.format.timestamp(), winston.format.json())", "structured"),
        ("winston.format.combine(winston.format.json(), winston.format.simple())", "plain"),
        ("winston.format.printf(info => info.message)", "plain"),
        (
            "process.env.NODE_ENV === 'production' ? winston.format.json() : winston.format.simple()",
            "structured",
        ),
        ("process.env.FANCY ? winston.format.json() : winston.format.simple()", "conditional"),
    ],
)
def test_winston_writes_what_its_last_format_writes(format: str, shape: str) -> None:
    found = script("const l = require('./log');\n", log=WINSTON.replace("FORMAT", format))
    assert found["level_from_environment"] == ["log.js:2 winston.createLogger"]
    if shape == "conditional":
        assert "structured" not in found
    assert found[shape] == [
        "log.js:2 winston.createLogger"
        + (": its format depends on a setting" if shape == "conditional" else "")
    ]


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ("", "structured"),
        ("{ level: 'info' }", "structured"),
        ("{ transport: { target: 'pino-pretty' } }", "plain"),
        (
            "{ transport: process.env.NODE_ENV !== 'production' ? { target: 'pino-pretty' } : undefined }",
            "structured",
        ),
        ("{ ...(isDev && { transport: { target: 'pino-pretty' } }) }", "structured"),
    ],
)
def test_pino_writes_json_but_where_it_is_made_pretty(options: str, shape: str) -> None:
    app = f"import pino from 'pino';\nconst log = pino({options});\nlog.info('x');\n"
    assert script(app)[shape] == ["index.js:2 pino"]


def test_the_level_of_a_formatter_is_no_level_of_the_logger() -> None:
    options = (
        "{ formatters: { level: (label) => ({ level: label }) }, level: process.env.LOG_LEVEL }"
    )
    found = script(f"import pino from 'pino';\nconst log = pino({options});\nlog.info('x');\n")
    assert found["level_from_environment"] == ["index.js:2 pino"]
    found = script(
        "import pino from 'pino';\nconst log = pino({ level: 'debug' });\nlog.info('x');\n"
    )
    assert found["level_fixed"] == ["index.js:2 pino at DEBUG"]


def test_false_green_a_logger_that_nothing_logs_with_is_ineffective() -> None:
    found = script("import pino from 'pino';\nconst log = pino();\nconsole.log('x');\n")
    assert found["structured"] == []
    assert found["ineffective"] == ["index.js:2 pino: nothing logs with log"]
    assert found["prints"] == ["index.js:3 console.log"]


def test_scripts_correlate_by_storage_or_the_logger_of_the_request() -> None:
    tracer = "const rTracer = require('cls-rtracer');\napp.use(rTracer.expressMiddleware());\n"
    assert script(tracer)["correlation"] == []
    assert script(tracer + "const f = () => rTracer.id();\n")["correlation"] == [
        "index.js:2 cls-rtracer.expressMiddleware"
    ]
    http = "const pinoHttp = require('pino-http');\napp.use(pinoHttp());\napp.get('/', (req) => req.log.info('x'));\n"
    assert script(http)["correlation"] == ["index.js:3 req.log.info: the logger of the request"]
    assert script("app.get('/', (req) => req.log.info('x'));\n")["correlation"] == []


@pytest.mark.parametrize(
    ("imports", "body", "shape"),
    [
        ("log/slog os", "slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))", "structured"),
        ("log/slog os", "slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, nil)))", "plain"),
        ("go.uber.org/zap", "l, _ := zap.NewProduction()\nl.Info(\"x\")", "structured"),
        ("go.uber.org/zap", "l, _ := zap.NewDevelopment()\nl.Info(\"x\")", "plain"),
        ("go.uber.org/zap", "c := zap.NewProductionConfig()\nc.Encoding = \"console\"\nc.Build()", "plain"),
        ("github.com/rs/zerolog os", "l := zerolog.New(os.Stdout)\nl.Info().Msg(\"x\")", "structured"),
        ("github.com/rs/zerolog os", "l := zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr})\nl.Info()", "plain"),
        ("github.com/sirupsen/logrus", "logrus.SetFormatter(&logrus.JSONFormatter{})", "structured"),
        ("github.com/sirupsen/logrus", "logrus.Info(\"x\")", ""),
        ("github.com/sirupsen/logrus", "// logrus.SetFormatter(&logrus.JSONFormatter{})", ""),
    ],
)  # fmt: skip
def test_go_writes_what_its_handler_writes(imports: str, body: str, shape: str) -> None:
    found = go(body, imports)
    for name in ("structured", "plain"):
        assert bool(found[name]) is (name == shape), found


def test_false_green_a_handler_in_a_function_that_nobody_calls_is_ineffective() -> None:
    more = "\nfunc setUp() {\n\tslog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))\n}\n"
    assert go("work()", "log/slog os", more)["structured"] == []
    assert go("setUp()", "log/slog os", more)["structured"] == ["main.go:13 slog.NewJSONHandler"]


def test_go_levels_and_ids() -> None:
    found = go(
        'level, _ := zerolog.ParseLevel(os.Getenv("LOG_LEVEL"))\nzerolog.SetGlobalLevel(level)\n'
        'l := logger.With("request_id", id)\nfmt.Println("x")',
        "github.com/rs/zerolog os fmt",
    )
    assert found["level_from_environment"] == ["main.go:11 zerolog.SetGlobalLevel"]
    assert found["correlation"] == ["main.go:12 logger.With with an id"]
    assert found["prints"] == ["main.go:13 fmt.Println"]
    assert (
        go("zerolog.SetGlobalLevel(zerolog.DebugLevel)", "github.com/rs/zerolog")["level_fixed"]
        != []
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [("process.env.LOG_LEVEL", ["index.js:3 winston.createLogger"]), ("'info'", [])],
)
def test_the_level_that_is_handed_to_an_arrow_function_is_followed(
    given: str, expected: list[str]
) -> None:
    app = (
        "const winston = require('winston');\nconst make = (name, level = 'info') => {\n"
        "  return winston.createLogger({ level, format: winston.format.json() });\n};\n"
        f"const log = make('shop', {given});\nlog.info('up');\n"
    )
    assert script(app)["level_from_environment"] == expected


@pytest.mark.parametrize(
    ("head", "count"),
    [
        ("const { useState } = require('react');\n", 0),  # its console is the user's
        ("const { useState } = require('reactive-store');\n", 1),
        ("import type { ReactNode } from 'react';\n", 1),
        ("", 1),
    ],
)
def test_what_a_page_prints_is_printed_in_the_browser(head: str, count: int) -> None:
    page = f"{head}console.error('no answer');\n"
    found = seen(
        {
            "package.json": '{"scripts": {"start": "node index.js"}}',
            "index.js": "require('./page');\n",
            "page.ts": page,
        }
    )
    assert len(list(found["prints"])) == count  # type: ignore[arg-type]
