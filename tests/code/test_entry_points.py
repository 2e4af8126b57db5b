"""A service starts where an app is made, a main function stands, or a file declares it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from auditor.code.starts.entry_points import entry_points, is_shipped


def _found(files: Mapping[str, str]) -> list[str]:
    return [str(p) for p in entry_points(files, lambda p: files[p])]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "app/main.py",
            "from fastapi import FastAPI\n\napp = FastAPI()\n",
            "FastAPI app (app/main.py:3)",
        ),
        (
            "app.py",
            "import flask\n\ndef create():\n    return flask.Flask(__name__)\n",
            "Flask app (app.py:4)",
        ),
        ("x/wsgi.py", "application = get_wsgi_application()\n", "WSGI application (x/wsgi.py:1)"),
        (
            "x/wsgi.py",
            "application = configure().make_wsgi_app()\n",
            "WSGI application (x/wsgi.py:1)",
        ),
        ("manage.py", "execute_from_command_line(sys.argv)\n", "Django manage.py (manage.py:1)"),
        ("x/__main__.py", "from x.cli import main\nmain()\n", "package program (x/__main__.py:1)"),
        ("server.py", "serve()\nif __name__ == '__main__':\n    serve()\n", "script (server.py:2)"),
        ("worker.py", "app = Celery('x')\n", "Celery app (worker.py:1)"),
        ("mail.py", "s = grpc.server(pool)\n", "gRPC server (mail.py:1)"),
        ("main.go", "package main\n\nfunc main() {\n\trun()\n}\n", "main function (main.go:3)"),
        (
            "src/main/java/App.java",
            "class App {\n  public static void main(String[] a) {\n    SpringApplication.run(App.class, a);\n  }\n}\n",
            "Spring Boot application (src/main/java/App.java:3)",
        ),
        ("src/main.rs", "fn main() {\n    run();\n}\n", "main function (src/main.rs:1)"),
        (
            "Program.cs",
            "var builder = WebApplication.CreateBuilder(args);\n",
            "ASP.NET application (Program.cs:1)",
        ),
        ("App.kt", "fun main() {\n    run()\n}\n", "main function (App.kt:1)"),
        ("config.ru", "run App\n", "launcher (config.ru:1)"),
        ("Procfile", "# x\nweb: gunicorn app:app\n", "process web (Procfile:2)"),
        (
            "Dockerfile",
            'FROM python:3.12 AS a\nCMD a\nFROM a\nENTRYPOINT ["python", "-m", "x"]\n',
            "container command (Dockerfile:4)",
        ),
        (
            "pyproject.toml",
            "[project]\nname = 'x'\n\n[project.scripts]\nx-api = 'x.cli:main'\n",
            "console script x-api (pyproject.toml:5)",
        ),
        (
            "setup.py",
            "setup(entry_points={'console_scripts': [\n  'x = x.cli:main',\n]})\n",
            "console script x (setup.py:2)",
        ),
        (
            "package.json",
            '{\n  "scripts": {\n    "start": "node x.js"\n  }\n}\n',
            "npm start (package.json:3)",
        ),
    ],
)
def test_entry_points_are_found_with_their_line(path: str, text: str, expected: str) -> None:
    assert _found({path: text}) == [expected]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app.py", "# app = FastAPI()\nx = 'FastAPI()'\n"),
        ("app.py", '"""\napp = FastAPI()\n"""\n'),
        ("metrics.py", "from prometheus_client import make_wsgi_app\napp = make_wsgi_app()\n"),
        ("x/__main__.py", "\n# nothing\n"),
        ("lib.go", "package lib\n\nfunc main() {\n}\n"),
        ("build.rs", "fn main() {\n    x();\n}\n"),
        ("main.go", "package main\n\nfunc main() {\n}\n"),
        ("Procfile", "web: true\n"),
        ("Dockerfile", "FROM a\nCMD echo hello\n"),
        ("Dockerfile", "not a dockerfile"),
        ("Dockerfile.dev", "FROM a\nCMD x\n"),
        ("pyproject.toml", "[project\nscripts = 1"),
        ("package.json", '{"scripts": {"start": "echo no start"}, "main": "dist/index.js"}'),
        ("package.json", '{"workspaces": ["a"], "scripts": {"start": "turbo start"}}'),
        ("package.json", "{"),
        ("package.json", '{"scripts": 5, "main": 7}'),
    ],
)
def test_false_green_what_starts_nothing_is_no_entry_point(path: str, text: str) -> None:
    assert _found({path: text}) == []


def test_main_of_a_package_counts_where_the_file_is_there() -> None:
    files = {"api/package.json": '{"main": "./server"}', "api/server.js": "x()"}
    assert _found(files) == ["npm main ./server (api/package.json:1)"]


def test_tests_examples_and_hidden_folders_start_no_service() -> None:
    paths = [
        "tests/app.py",
        "examples/app.py",
        "ext/push-examples/a.go",
        ".devcontainer/Dockerfile",
    ]
    assert not any(is_shipped(p) for p in paths)
    assert is_shipped("src/main/java/org/samples/petclinic/App.java")


STAGED = """FROM node AS build
CMD ["npm", "test"]
FROM node AS release
COPY --from=build /app /app
CMD ["node", "server.js"]
FROM release AS rootless
USER node
FROM node AS pr-test2
CMD ["npm", "run", "try"]
FROM node AS worker
CMD ["node", "worker.js"]
FROM node AS upload-artifact
RUN zip
"""


def test_the_command_of_every_stage_that_may_be_deployed_starts_something() -> None:
    assert _found({"Dockerfile": STAGED}) == [
        "container command (Dockerfile:5)",
        "container command (Dockerfile:11)",
    ]


def test_false_green_the_command_of_a_step_or_of_a_test_stage_starts_nothing() -> None:
    text = "FROM x AS build\nCMD a\nFROM x AS test\nCMD b\nFROM x\nCOPY --from=build /a /a\n"
    assert _found({"Dockerfile": text}) == []


def test_npm_starts_server_js_beside_a_package_that_does_not_say_what_to_start() -> None:
    files = {"api/package.json": '{"scripts": {"build": "x"}}', "api/server.js": "listen()"}
    assert _found(files) == ["npm start (node server.js) (api/package.json:1)"]
    assert _found({"package.json": "{}", "api/server.js": ""}) == []
    files["api/package.json"] = '{"scripts": {"start": "echo nothing"}}'
    assert _found(files) == []


def test_the_command_of_a_compose_service_that_is_built_from_the_code_starts_it() -> None:
    files = {
        "docker-compose.yml": "services:\n  app: {build: .}\n  db: {image: x, command: run}\n",
        "docker-compose.prod.yml": "services:\n  app:\n    command: yarn start\n  db: {command: run}\n",
        "docker-compose.dev.yml": "services: {app: {command: yarn dev}}\n",
        "app.js": "",
    }
    assert _found(files) == ["compose command of app (docker-compose.prod.yml:2)"]


@pytest.mark.parametrize(
    "service",
    [
        "{image: redis, command: redis-server}",
        "{build: ./gone, command: run}",
        "{build: 'https://git.test/a.git', command: run}",
        "{build: ., command: 'true'}",
        "{build: ., command: 'run', profiles: [dev]}",
        "{build: {context: ., target: dev}, command: run}",
        "{command: run}",
        "[",
    ],
)
def test_false_green_what_runs_no_code_of_here_is_no_entry_point(service: str) -> None:
    assert _found({"compose.yaml": f"services: {{app: {service}}}\n", "app.js": ""}) == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("A.java", "ConfigurableApplicationContext c = SpringApplication.run(A.class);\n", ["Spring Boot application (A.java:1)"]),
        ("A.java", "class A {\n  static public void main(String[] a) { go(); }\n}\n", ["main function (A.java:2)"]),
        ("A.java", "/*\n@SpringBootApplication\n*/ class A { String s = \"@QuarkusMain\"; }\n", []),
        ("A.java", "class A {\n  public static void main(String[] a) { }\n}\n", []),
        ("A.java", "@QuarkusMain\nclass A {}\n", ["Quarkus application (A.java:1)"]),
        ("A.java", "\n@ApplicationPath(\"/x\")\nclass A extends Application {}\n", ["web application (A.java:2)"]),
        ("pom.xml", "<project>\n<artifactId>quarkus-maven-plugin</artifactId></project>", ["Quarkus application (pom.xml:2)"]),
        ("pom.xml", "<project><!-- <artifactId>quarkus-maven-plugin</artifactId> --></project>", []),
        ("pom.xml", "<project><packaging>pom</packaging><artifactId>quarkus-maven-plugin</artifactId></project>", []),
        ("build.gradle", "plugins {\n    id 'io.quarkus'\n}\n", ["Quarkus application (build.gradle:2)"]),
        ("build.gradle.kts", "plugins {\n    id(\"io.quarkus\") version \"3\" apply false\n}\n", []),
        ("src/main/webapp/WEB-INF/web.xml", "<web-app>\n<servlet-class>a.B</servlet-class></web-app>", ["web application (src/main/webapp/WEB-INF/web.xml:2)"]),
        ("docs/web.xml", "<servlet-class>a.B</servlet-class>", []),
    ],
)  # fmt: skip
def test_java_services_start_in_their_own_ways(path: str, text: str, expected: list[str]) -> None:
    assert _found({path: text}) == expected
