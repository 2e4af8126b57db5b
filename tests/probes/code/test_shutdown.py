"""What code.shutdown says of the end of a service: who hears the signal, and what it does then."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.shutdown import shutdown

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
PACKAGE = '{"scripts": {"start": "node index.js"}}'
SERVER = "const server = require('http').createServer(app);\n"
GO = (
    'package main\n\nimport (\n\t"context"\n\t"net/http"\n\t"os"\n\t"os/signal"\n\t"syscall"\n)\n\nfunc main() {\n'
    "\tserver := &http.Server{}\n\tstop := make(chan os.Signal, 1)\n%s\n}\n"
)
SPRING = "package shop;\n@SpringBootApplication\nclass App { }\n"


def seen(files: Mapping[str, str | Trouble]) -> Evidence:
    """The evidence of a service."""
    return run_probe(shutdown, repo=files)


def facts(files: Mapping[str, str | Trouble]) -> dict[str, list[str]]:
    """The facts that are not empty, without the beginning of their names."""
    found = values(seen(files))
    return {k.rpartition(".")[2]: list(v) for k, v in found.items() if v}  # type: ignore[arg-type]


def script(text: str) -> dict[str, list[str]]:
    """The facts of a service in one script."""
    return facts({"package.json": PACKAGE, "index.js": SERVER + text})


def go(text: str) -> dict[str, list[str]]:
    """The facts of a Go service whose main goes on so."""
    return facts({"go.mod": "module x\n", "main.go": GO % text})


def docker(*lines: str, **files: str) -> dict[str, list[str]]:
    """The facts of a Python service with a Dockerfile that ends so."""
    text = "\n".join(("FROM python:3.12", "COPY . .", *lines, ""))
    return facts({"app.py": APP, "Dockerfile": text} | {f"{n}.sh": t for n, t in files.items()})


def test_a_present_handler_that_closes_is_graceful() -> None:
    found = script("process.on('SIGTERM', () => { server.close(() => process.exit(0)); });\n")
    assert found == {"graceful": ["index.js:2 SIGTERM: the handler closes what runs"]}


def test_a_service_without_any_gives_empty_lists() -> None:
    found = values(seen({"app.py": APP}))
    assert found == {
        f"shutdown.{key}": []
        for key in ("graceful", "cleanup", "abrupt", "unbounded", "without_exec")
    }


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = seen({"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize("broken", ["x\x00\n", Trouble(ProblemKind.DENIED, "no")])
def test_a_malformed_or_denied_file_leaves_absence_open(broken: str | Trouble) -> None:
    evidence = seen({"app.py": APP + "import b\n", "b.py": broken})
    assert set(values(evidence)) == {"shutdown.without_exec"}
    assert len(problems(evidence)) == 1


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        ("() => process.exit(0)", "exits at once"),
        ("() => { console.log('bye'); process.exit(); }", "exits at once"),
        ("() => { logger.info('asked to end'); }", "ends nothing"),
        ("() => {}", "ends nothing"),
    ],
)
def test_false_green_a_handler_that_lets_nothing_end_is_abrupt(handler: str, told: str) -> None:
    found = script(f"process.once('SIGTERM', {handler});\n")
    assert found == {"abrupt": [f"index.js:2 SIGTERM: the handler {told}"]}


def test_handlers_are_followed_and_signals_may_be_listed() -> None:
    text = (
        "function close() { return end(); }\nasync function end() { await server.close(); }\n"
        "['SIGINT', 'SIGTERM'].forEach((signal) => process.on(signal, close));\n"
    )
    assert script(text)["graceful"] == ["index.js:4 SIGTERM: the handler closes what runs"]
    assert script("process.on('SIGHUP', () => process.exit(0));\n") == {}


def test_nest_ends_gracefully_where_its_hooks_are_switched_on() -> None:
    assert script("app.enableShutdownHooks();\n")["graceful"] == ["index.js:2 enableShutdownHooks"]
    assert script("// app.enableShutdownHooks();\n") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import signal\nsignal.signal(signal.SIGTERM, lambda *a: server.stop(5))\n", "graceful"),
        ("import signal, sys\ndef end(*a):\n    sys.exit(0)\nsignal.signal(signal.SIGTERM, end)\n", "abrupt"),
        ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n", "abrupt"),
        ("loop.add_signal_handler(signal.SIGTERM, stopping.set)\n", "graceful"),
        ("app.router.lifespan_context = None\n@app.on_event('shutdown')\ndef close():\n    pool.close()\n", "cleanup"),
    ],
)  # fmt: skip
def test_python_handlers_are_told_apart(text: str, expected: str) -> None:
    assert list(facts({"app.py": APP + text})) == [expected]


def test_go_servers_end_gracefully_with_a_deadline() -> None:
    text = (
        "\tsignal.Notify(stop, os.Interrupt, syscall.SIGTERM)\n\t<-stop\n"
        "\tctx, cancel := context.WithTimeout(context.Background(), 5)\n\tdefer cancel()\n\tserver.Shutdown(ctx)\n"
    )
    assert go(text) == {"graceful": ["main.go:18 server.Shutdown"]}


def test_false_green_a_go_server_that_waits_for_ever_is_unbounded() -> None:
    text = "\tsignal.Notify(stop, syscall.SIGTERM)\n\t<-stop\n\tserver.Shutdown(context.Background())\n"
    assert go(text)["unbounded"] == ["main.go:16 server.Shutdown waits without a deadline"]


def test_false_green_a_go_service_that_hears_only_an_interrupt_is_abrupt() -> None:
    text = "\tsignal.Notify(stop, os.Interrupt)\n\t<-stop\n\tserver.Shutdown(ctx)\n"
    assert go(text)["abrupt"] == ["main.go:14 signals are handled, and SIGTERM is not among them"]
    assert "abrupt" not in go("\tsignal.Notify(stop, syscall.SIGHUP)\n"), (
        "that one is for something else"
    )


def test_false_green_a_shutdown_that_no_signal_leads_to_is_none() -> None:
    text = "\tserver.Shutdown(ctx)\n"
    found = go(text)
    assert "graceful" not in found
    assert found["abrupt"] == ["main.go:14 server.Shutdown: the service handles no signal"]


def test_false_green_a_go_service_that_exits_after_the_signal_is_abrupt() -> None:
    text = "\tsignal.Notify(stop, syscall.SIGTERM)\n\t<-stop\n\tos.Exit(0)\n"
    assert go(text) == {"abrupt": ["main.go:14 SIGTERM: the service exits at once"]}


@pytest.mark.parametrize(
    ("settings", "build", "expected"),
    [
        ("server.shutdown: graceful\n", "<project/>", "graceful"),
        ("server.shutdown: immediate\n", "<artifactId>spring-boot-starter-parent</artifactId>\n<version>3.5.1</version>", "abrupt"),
        ("a: b\n", "<artifactId>spring-boot-starter-parent</artifactId>\n<version>3.5.1</version>", "graceful"),
        ("a: b\n", "<artifactId>spring-boot-starter-parent</artifactId>\n<version>3.3.9</version>", ""),
    ],
)  # fmt: skip
def test_spring_ends_as_its_settings_or_its_version_say(
    settings: str, build: str, expected: str
) -> None:
    files = {
        "pom.xml": f"<project>{build}</project>",
        "src/main/java/shop/App.java": SPRING,
        "src/main/resources/application.yml": settings,
    }
    assert list(facts(files)) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("CMD python app.py", "CMD runs by a shell, without exec: python app.py"),
        ("ENTRYPOINT migrate && python app.py", "ENTRYPOINT runs by a shell, without exec: migrate && python app.py"),
        ('CMD ["sh", "-c", "migrate && python app.py"]', "CMD runs by a shell, without exec: migrate && python app.py"),
        ('CMD ["python", "app.py"]', ""),
        ("CMD exec python app.py", ""),
        ('CMD ["sh", "-c", "migrate && exec python app.py"]', ""),
    ],
)  # fmt: skip
def test_false_green_a_shell_that_keeps_the_signal_is_told(line: str, told: str) -> None:
    assert docker(line).get("without_exec", []) == ([f"Dockerfile:3 {told}"] if told else [])


def test_scripts_that_start_the_service_are_read() -> None:
    line = 'ENTRYPOINT ["/start.sh"]'
    found = docker(line, start="#!/bin/sh\nset -e\nmigrate\npython app.py\n")
    assert found["without_exec"] == [
        "start.sh:4 start.sh starts the service without exec: python app.py"
    ]
    assert docker(line, start='#!/bin/sh\nmigrate\nexec "$@"\n') == {}


def test_a_server_by_which_a_command_starts_is_told() -> None:
    found = docker('CMD ["gunicorn", "app:app", "--graceful-timeout", "20"]')
    assert found["graceful"] == ["Dockerfile:3 CMD: gunicorn --graceful-timeout 20"]


def test_a_shell_in_a_command_of_compose_is_told() -> None:
    compose = "services:\n  api:\n    build: .\n    command: sh -c 'migrate && python app.py'\n"
    found = facts(
        {"app.py": APP, "Dockerfile": "FROM python:3.12\nCOPY . .\n", "compose.yaml": compose}
    )
    assert found["without_exec"] == [
        "compose.yaml:4 the command of api runs by a shell, without exec: migrate && python app.py"
    ]
