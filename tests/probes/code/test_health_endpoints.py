"""What code.health_endpoints says of the routes of a service, and of what their handlers do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.health_endpoints import health_endpoints

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
READY = "\n@app.get('/health/ready')\nasync def ready():\n"
HONEST = READY + (
    "    try:\n        await db.execute(text('SELECT 1'))\n"
    "    except OSError:\n        raise HTTPException(503)\n    return {'status': 'ok'}\n"
)
PACKAGE = '{"scripts": {"start": "node index.js"}}'
GO = 'package main\n\nimport "net/http"\n\nfunc main() {\n%s\n\thttp.ListenAndServe(":80", nil)\n}\n%s'
SPRING = "package shop;\n@SpringBootApplication\nclass App { }\n"
POM = "<project>\n<artifactId>spring-boot-starter-actuator</artifactId>\n</project>"


def seen(files: Mapping[str, str | Trouble]) -> Evidence:
    """The evidence of a service."""
    return run_probe(health_endpoints, repo=files)


def facts(files: Mapping[str, str | Trouble]) -> dict[str, list[str]]:
    """The facts, without the beginning of their names."""
    found = values(seen(files))
    return {k.rpartition(".")[2]: list(v) for k, v in found.items()}  # type: ignore[arg-type]


def express(handler: str) -> dict[str, list[str]]:
    """The facts of an Express service whose readiness has this handler."""
    text = f"const express = require('express');\nconst app = express();\napp.get('/ready', {handler});\n"
    return facts({"package.json": PACKAGE, "index.js": text})


def go(handler: str) -> dict[str, list[str]]:
    """The facts of a Go service whose readiness has this body."""
    whole = f"func ready(w http.ResponseWriter, r *http.Request) {{\n{handler}\n}}\n"
    return facts(
        {"go.mod": "module x\n", "main.go": GO % ('\thttp.HandleFunc("/readyz", ready)', whole)}
    )


def java(body: str, **settings: str) -> dict[str, list[str]]:
    """The facts of a Spring service with this controller."""
    bean = (
        f'package shop;\n@RestController\n@RequestMapping("/health")\nclass Health {{\n{body}\n}}\n'
    )
    top = "src/main/java/shop"
    return facts(
        {"pom.xml": "<project/>", f"{top}/App.java": SPRING, f"{top}/Health.java": bean, **settings}
    )


def test_a_present_readiness_is_told_with_what_it_asks() -> None:
    assert facts({"app.py": APP + HONEST}) == {
        "routes": ["app.py:5 /health/ready"],
        "ready": ["app.py:5 /health/ready"],
        "asking": ["app.py:5 /health/ready: db.execute, SELECT 1"],
        "constant": [], "hiding": [], "skipped": [], "switched_off": [], "unreachable": [], "unanswered": [],
    }  # fmt: skip


def test_a_service_without_any_is_told_so() -> None:
    found = facts({"app.py": APP})
    assert found["routes"] == found["ready"] == found["constant"] == []


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = seen({"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = seen({"app.py": APP + "import b\n", "b.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    evidence = seen({"app.py": APP + "import b\n", "b.py": Trouble(ProblemKind.DENIED, "no")})
    assert values(evidence) == {}


@pytest.mark.parametrize(
    "body",
    [
        "    return {'status': 'ok'}\n",
        "    log.info('asked')\n    return JSONResponse({'status': 'ok', 'time': datetime.now().isoformat()})\n",
        "    return Answer(status='ok', version=settings.VERSION, database='up')\n",
    ],
)
def test_false_green_a_constant_answer_is_told(body: str) -> None:
    found = facts({"app.py": APP + READY + body})
    assert found["constant"] == ["app.py:5 /health/ready: it asks nothing"]
    assert found["asking"] == []


@pytest.mark.parametrize(
    "body",
    [
        "    if not started:\n        raise HTTPException(503)\n    return {'status': 'ok'}\n",
        "    return {'status': app.state.ready}\n",
        "    return await somebody.else_knows()\n",
    ],
)
def test_an_answer_that_may_change_is_no_constant(body: str) -> None:
    assert facts({"app.py": APP + READY + body})["constant"] == []


def test_false_green_a_failure_that_becomes_200_is_told() -> None:
    body = (
        "    try:\n        await db.execute(1)\n    except Exception:\n        return {'status': 'down'}\n"
        "    return {'status': 'ok'}\n"
    )
    assert facts({"app.py": APP + READY + body})["hiding"] == [
        "app.py:5 /health/ready: it catches what fails and answers 200 all the same"
    ]


def test_false_green_a_failure_that_another_function_swallows_is_told() -> None:
    body = "    return {'db': await check_db()}\n\nasync def check_db():\n    try:\n        await db.execute(1)\n    except Exception:\n        return False\n    return True\n"
    found = facts({"app.py": APP + READY + body})
    assert found["asking"] == ["app.py:5 /health/ready: db.execute"]
    assert found["hiding"] != []


def test_false_green_a_switch_that_skips_the_check_is_told_with_its_default() -> None:
    files = {
        "app.py": APP + "from conf import settings\n" + HONEST.replace("    try", "    if settings.SKIP_HEALTH:\n        return {'status': 'ok'}\n    try"),
        "conf.py": "from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n    SKIP_HEALTH: bool = False\n\nsettings = Settings()\n",
    }  # fmt: skip
    assert facts(files)["skipped"] == [
        "app.py:8 if settings.SKIP_HEALTH, which is False by default"
    ]


def test_false_green_a_check_that_only_a_setting_switches_on_is_told() -> None:
    body = HONEST.replace(
        "    try", "    if settings.CHECK_DB_ON_READY:\n        await check()\n    try"
    ).replace("await db.execute(text('SELECT 1'))", "pass")
    own = "\nasync def check():\n    await db.execute(1)\n"
    assert facts({"app.py": APP + body + own})["skipped"] == [
        "app.py:7 it asks only if settings.CHECK_DB_ON_READY, whose default is not known"
    ]


def test_a_dependency_that_is_only_asked_where_there_is_one_is_no_switch() -> None:
    body = HONEST.replace(
        "    try", "    if settings.REDIS_URL:\n        await redis.ping()\n    try"
    )
    assert facts({"app.py": APP + body})["skipped"] == []


def test_false_green_a_route_in_a_file_that_nobody_imports_is_unreachable() -> None:
    routes = "from fastapi import APIRouter\n\napp = APIRouter()\n" + HONEST
    found = facts({"app.py": APP, "routes.py": routes})
    assert found["ready"] == []
    assert found["unreachable"] == ["routes.py:5 /health/ready"]


def test_routes_are_known_by_the_path_that_another_file_puts_them_below() -> None:
    app = APP + "from checks import router\napp.include_router(router, prefix='/health')\n"
    checks = "from fastapi import APIRouter\nrouter = APIRouter()\n\n@router.get('/ready')\ndef ready():\n    return 1\n"
    assert facts({"app.py": app, "checks.py": checks})["ready"] == ["checks.py:4 /health/ready"]


def test_a_route_of_the_business_is_none_of_health() -> None:
    route = "@app.get('/orders/{id}/ready')\ndef f(id):\n    return 1\n\n@app.get('/kitchen/ready')\ndef g():\n    return 1\n"
    assert facts({"app.py": APP + route})["routes"] == []


def test_a_client_of_another_health_endpoint_is_no_route() -> None:
    call = "import httpx\nclient = httpx.Client()\nanswer = client.get('/health/ready', headers=mine)\n"
    evidence = seen({"app.py": APP + call})
    assert "health_endpoints.ready" not in values(evidence)
    assert "app.py:6 names /health/ready" in evidence.problems[0].message


def test_a_handler_that_is_not_found_is_a_problem_and_not_a_clean_list() -> None:
    evidence = seen({"app.py": APP + "app.add_api_route('/ready', elsewhere.ready)\n"})
    assert "health_endpoints.ready" in values(evidence)
    assert "health_endpoints.constant" not in values(evidence)
    assert "app.py:4" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("(req, res) => res.status(200).json({ ok: true, uptime: process.uptime() })", "constant"),
        ("async (req, res) => { try { await pool.query('SELECT 1'); } catch (e) { log.error(e); } res.json({}); }", "hiding"),
        ("(req, res) => { if (process.env.SKIP_HEALTH) { return res.send('ok'); } pool.query('SELECT 1').then(() => res.send('ok')).catch(() => res.sendStatus(503)); }", "skipped"),
        ("async (req, res) => { const up = mongoose.connection.readyState === 1; res.status(up ? 200 : 503).end(); }", "asking"),
    ],
)  # fmt: skip
def test_scripts_are_judged_alike(handler: str, expected: str) -> None:
    found = express(handler)
    told = {k for k in ("constant", "hiding", "skipped") if found[k]}
    assert found["ready"] == ["index.js:3 /ready"]
    assert told == ({expected} - {"asking"})
    assert bool(found["asking"]) is (expected != "constant")


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ('w.WriteHeader(http.StatusOK)\nif _, err := w.Write([]byte("ok")); err != nil { log.Print(err) }', "constant"),
        ("if err := db.Ping(); err != nil { log.Print(err) }\nw.Write([]byte(\"ok\"))", "hiding"),
        ('if err := db.Ping(); err != nil { http.Error(w, "down", 503); return }\nw.Write([]byte("ok"))', "asking"),
        ('if os.Getenv("SKIP_HEALTH") == "true" { w.WriteHeader(200); return }\nif err := db.Ping(); err != nil { w.WriteHeader(503) }', ""),
    ],
)  # fmt: skip
def test_go_is_judged_alike(handler: str, expected: str) -> None:
    found = go(handler)
    assert {k for k in ("constant", "hiding") if found[k]} == ({expected} & {"constant", "hiding"})
    assert bool(found["asking"]) is (expected != "constant")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('@GetMapping("/ready") public ResponseEntity<String> ready() { return new ResponseEntity<>(CODE, HttpStatus.OK); }', "constant"),
        ('@GetMapping("/ready") Object ready() { try { jdbc.queryForObject("SELECT 1", Integer.class); } catch (Exception e) { log.warn("x"); } return Map.of("status", "UP"); }', "hiding"),
        ('@GetMapping("/ready") Object ready() { if (!source.getConnection().isValid(1)) { return ResponseEntity.status(503).build(); } return "ok"; }', "asking"),
    ],
)  # fmt: skip
def test_spring_controllers_are_judged_alike(body: str, expected: str) -> None:
    found = java(body)
    assert found["ready"] == ["src/main/java/shop/Health.java:5 /health/ready"]
    assert {k for k in ("constant", "hiding") if found[k]} == ({expected} & {"constant", "hiding"})


SETTINGS = "src/main/resources/application.yml"


def actuator(settings: str) -> dict[str, list[str]]:
    """The facts of a service with Spring Boot's actuator."""
    return facts({"pom.xml": POM, "src/main/java/shop/App.java": SPRING, SETTINGS: settings})


def test_the_actuator_has_readiness_where_its_probes_are_on() -> None:
    found = actuator("management.endpoint.health.probes.enabled: true\n")
    assert found["ready"] == [f"{SETTINGS}:1 /actuator/health/readiness (Spring Boot)"]
    assert found["asking"] == []
    grouped = actuator("management.endpoint.health.group.readiness.include: readinessState,db\n")
    assert grouped["asking"] == [f"{SETTINGS}:1 /actuator/health/readiness (Spring Boot): db"]


def test_the_actuator_alone_leaves_readiness_to_the_platform() -> None:
    evidence = seen({"pom.xml": POM, "src/main/java/shop/App.java": SPRING})
    assert "health_endpoints.ready" not in values(evidence)
    assert "Kubernetes" in evidence.problems[0].message


@pytest.mark.parametrize(
    "settings",
    [
        "management.endpoints.web.exposure.include: info,prometheus\n",
        "management.endpoint.health.enabled: false\n",
        "management.endpoints.web.exposure.exclude: '*'\n",
        "management.server.port: -1\n",
    ],
)
def test_false_green_an_actuator_that_the_settings_hide_is_no_endpoint(settings: str) -> None:
    found = actuator(settings)
    assert found["routes"] == []
    assert f"{SETTINGS}:1" in found["switched_off"][0]


def test_false_green_a_library_that_is_given_no_checks_is_constant() -> None:
    main = (
        'package main\n\nimport (\n\t"net/http"\n\t"github.com/heptiolabs/healthcheck"\n)\n\nfunc main() {\n'
        '\th := healthcheck.NewHandler()\n%s\thttp.ListenAndServe(":80", h)\n}\n'
    )
    bare = facts({"go.mod": "module x\n", "main.go": main % ""})
    assert bare["constant"] == ["main.go:9 /ready (heptiolabs/healthcheck): it asks nothing"]
    told = facts({"go.mod": "module x\n", "main.go": main % '\th.AddReadinessCheck("db", f)\n'})
    assert told["constant"] == []
    assert told["asking"] != []


def test_false_green_terminus_with_an_empty_list_is_constant() -> None:
    main = (
        "import {{ Controller, Get }} from '@nestjs/common';\nimport {{ HealthCheckService }} from '@nestjs/terminus';\n"
        "@Controller('health')\nexport class Health {{\n  @Get('ready')\n  ready() {{ return this.health.check([{0}]); }}\n}}\n"
    )
    package = '{"scripts": {"start": "node main.ts"}}'
    assert facts({"package.json": package, "main.ts": main.format("")})["constant"] != []
    found = facts(
        {"package.json": package, "main.ts": main.format("() => this.db.pingCheck('database')")}
    )
    assert found["constant"] == []
    assert found["asking"] == ["main.ts:6 /health/ready: this.db.pingCheck"]


def test_a_check_of_the_platform_without_a_route_is_unanswered() -> None:
    docker = 'FROM python:3.12\nCOPY . .\nHEALTHCHECK CMD curl -f http://localhost:8000/heartbeatz || exit 1\nCMD ["python", "app.py"]\n'
    found = facts({"app.py": APP + HONEST, "Dockerfile": docker})
    assert found["unanswered"] == ["Dockerfile:3 HEALTHCHECK asks for /heartbeatz"]
    right = docker.replace("heartbeatz", "health/ready")
    assert facts({"app.py": APP + HONEST, "Dockerfile": right})["unanswered"] == []


def test_a_constant_that_kubernetes_takes_for_readiness_is_told() -> None:
    route = "@app.get('/health')\ndef health():\n    return 'ok'\n"
    manifest = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  template:\n"
        "    metadata: {labels: {app: shop}}\n    spec:\n      containers:\n        - name: shop\n          image: acme/shop:1\n"
        "          readinessProbe: {httpGet: {path: /health, port: 80}}\n"
    )
    files = {
        "app.py": APP + route,
        "Dockerfile": 'FROM python:3.12\nCOPY . .\nCMD ["python", "app.py"]\n',
    }
    assert facts(files)["constant"] == []
    assert facts(files | {"k8s/shop.yaml": manifest})["constant"] == [
        "app.py:4 /health: it asks nothing"
    ]
