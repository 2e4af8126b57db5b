"""What reports.dependency_tests says: external systems, and whether integration tests exercise each."""

from __future__ import annotations

from datetime import timedelta

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.dependency_tests import dependency_tests

COMPOSE = """
services:
  web: {build: ., environment: {DATABASE_URL: "postgres://db/shop", REDIS_URL: "redis://redis:6379"}}
  db: {image: "postgres:16"}
  redis: {image: "redis:7"}
"""
WORKFLOW = """
on: pull_request
jobs:
  migrate:
    runs-on: ubuntu-latest
    services: {%s}
    steps: [{run: alembic upgrade head}]
  test:
    runs-on: ubuntu-latest
    services: {%s}
    steps:
      - run: %s
"""
BOTH = 'db: {image: "postgres:16"}, cache: {image: "redis:7"}'
DB_TEST = "def test_saves():\n    assert connect().save()\n"
REDIS_TEST = "def test_expires():\n    assert client().get('x') is None\n"
CASES = {"tests.integration.test_postgres::test_saves": "", "tests.integration.test_redis::test_expires": ""}  # fmt: skip
EMPTY_LIST: list[str] = []


def xml(cases: dict[str, str], made_at: str = NOW.isoformat()) -> str:
    rows = "".join(
        f'<testcase classname="{name.split("::")[0]}" name="{name.split("::")[1]}">{ending}</testcase>'
        for name, ending in cases.items()
    )
    return f'<testsuite name="pytest" timestamp="{made_at}">{rows}</testsuite>'


def workflow(beside: str = BOTH, elsewhere: str = "", run: str = "pytest tests/integration") -> str:
    return WORKFLOW % (elsewhere, beside, run)


def service(**changes: str | Trouble) -> dict[str, str | Trouble]:
    """A service with a database and a cache, each with a test and a server; `changes` by path."""
    files: dict[str, str | Trouble] = {
        "app.py": "x = 1\n",
        "Dockerfile": "FROM python:3.12\nCOPY . .\nCMD python app.py\n",
        "docker-compose.yml": COMPOSE,
        ".github/workflows/ci.yml": workflow(),
        "tests/integration/test_postgres.py": DB_TEST,
        "tests/integration/test_redis.py": REDIS_TEST,
    }
    return files | changes


def seen(
    files: dict[str, str | Trouble] | None = None, report: str | Trouble | None = None
) -> Evidence:
    ignored = {"reports/junit.xml": xml(CASES) if report is None else report}
    return run_probe(dependency_tests, repo=FakeTree(files or service(), ignored=ignored))


def why(evidence: Evidence) -> str:
    """Every message, where the probe did not say that all systems are exercised."""
    assert "dependencies.untested" not in values(evidence)
    told = [p for p in evidence.problems if "dependencies.untested" in p.facts]
    assert told
    return " ".join(p.message for p in told)


def test_present_systems_with_test_and_server_leave_none_untested() -> None:
    evidence = seen()
    assert values(evidence) == {
        "dependencies.external": [
            "cache (Redis): the service redis in docker-compose.yml:5",
            "database (PostgreSQL): the service db in docker-compose.yml:4",
        ],
        "dependencies.untested": EMPTY_LIST,
    }
    assert problems(evidence) == EMPTY_LIST
    assert {f.level.value for f in evidence.facts} == {"effective"}


def test_missing_tests_are_unknown_and_named() -> None:
    evidence = seen(report=xml({"tests.integration.test_postgres::test_saves": ""}))
    assert "cache (Redis) (no passing integration test" in why(evidence)
    assert "PostgreSQL" not in why(evidence)


def test_an_empty_repository_has_nothing_to_look_at() -> None:
    evidence = run_probe(dependency_tests, repo={})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]
    assert "not applicable" in evidence.problems[0].hint


def test_a_service_without_external_systems_is_told_to_declare_it() -> None:
    evidence = seen({"app.py": "", "pyproject.toml": '[project]\ndependencies = ["click"]\n'})
    assert values(evidence) == {"dependencies.external": EMPTY_LIST}
    assert "No external system" in why(evidence)


def test_a_malformed_manifest_may_hide_a_system() -> None:
    evidence = seen(service(**{"pyproject.toml": "[project\n"}))
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_a_malformed_report_proves_nothing() -> None:
    assert "malformed" in problems(seen(report=xml(CASES)[:-20]))
    assert "dependencies.untested" not in values(seen(report=xml(CASES)[:-20]))


def test_a_compose_file_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "docker-compose.yml may not be read.")
    assert "denied" in problems(seen(service(**{"docker-compose.yml": denied})))


def test_a_workflow_that_cannot_be_read_starts_no_server() -> None:
    evidence = seen(service(**{".github/workflows/ci.yml": "on: ["}))
    assert "no server of it is started" in why(evidence)


def test_servers_may_come_from_compose_in_the_job_of_the_tests() -> None:
    run = "docker compose up -d db redis && pytest tests/integration"
    ci = {".github/workflows/ci.yml": workflow("", "", run)}
    assert values(seen(service(**ci)))["dependencies.untested"] == EMPTY_LIST


def test_servers_may_come_from_testcontainers() -> None:
    starts = "from testcontainers.{0} import {1}Container\n"
    evidence = seen(
        service(
            **{
                ".github/workflows/ci.yml": workflow(""),
                "requirements-dev.txt": "testcontainers==4.8\n",
                "tests/integration/test_postgres.py": starts.format("postgres", "Postgres")
                + DB_TEST,
                "tests/integration/test_redis.py": starts.format("redis", "Redis") + REDIS_TEST,
            }
        )
    )
    assert values(evidence)["dependencies.untested"] == EMPTY_LIST


def test_a_vendor_is_exercised_through_its_sandbox() -> None:
    ci = """
on: push
jobs:
  test:
    runs-on: x
    env: {PAYPAL_API_URL: "https://api-m.%s.paypal.com"}
    steps: [{run: pytest}]
"""
    files = {
        "app.py": "",
        ".env.example": "PAYPAL_API_URL=\n",
        "tests/integration/test_paypal.py": "def test_pays(): ...\n",
        ".github/workflows/ci.yml": ci % "sandbox",
    }
    report = xml({"tests.integration.test_paypal::test_pays": ""})
    assert values(seen(files, report))["dependencies.untested"] == EMPTY_LIST
    live = files | {".github/workflows/ci.yml": ci % "eu"}
    assert "no server of it" in why(seen(live, report))


def test_names_may_be_spanish() -> None:
    report = xml(
        {
            "tests.integration.test_repositorio::test_guarda": "",
            "tests.integration.test_caché::test_expira": "",
        }
    )
    files = service(
        **{
            "tests/integration/test_repositorio.py": "def test_guarda(): ...\n",
            "tests/integration/test_caché.py": "def test_expira(): ...\n",
        }
    )
    assert values(seen(files, report))["dependencies.untested"] == EMPTY_LIST


def test_false_green_mocks_under_integration() -> None:
    mocked = "from unittest.mock import MagicMock\n" + DB_TEST
    assert "uses `unittest.mock`" in why(
        seen(service(**{"tests/integration/test_postgres.py": mocked}))
    )


def test_false_green_a_stand_in_that_a_fixture_gives() -> None:
    fixture = "import fakeredis\n\ndef client(): return fakeredis.FakeRedis()\n"
    told = why(seen(service(**{"tests/conftest.py": fixture})))
    assert "tests/conftest.py uses `fakeredis`" in told
    assert "PostgreSQL" not in told


def test_false_green_sqlite_in_place_of_the_database() -> None:
    run = "pytest tests/integration\n        env: {DATABASE_URL: 'sqlite:///test.db'}"
    told = why(seen(service(**{".github/workflows/ci.yml": workflow(run=run)})))
    assert "DATABASE_URL on SQLite" in told


def test_false_green_one_test_that_names_all() -> None:
    files = service(**{"tests/integration/test_all.py": "def test_postgres_and_redis(): ...\n"})
    told = why(seen(files, xml({"tests.integration.test_all::test_postgres_and_redis": ""})))
    assert "the tests that name it name others as well" in told


def test_false_green_skipped_and_failed_tests() -> None:
    told = why(seen(report=xml(dict.fromkeys(CASES, "<skipped/>"))))
    assert "no passing integration test" in told
    assert "failed" in why(seen(report=xml(dict.fromkeys(CASES, "<failure/>"))))


def test_false_green_unit_tests_that_name_the_system() -> None:
    told = why(seen(report=xml({n.replace("integration", "unit"): "" for n in CASES})))
    assert "no passing integration test" in told


def test_false_green_the_server_is_in_another_job_than_the_tests() -> None:
    told = why(seen(service(**{".github/workflows/ci.yml": workflow("", BOTH)})))
    assert "no server of it is started in a job that runs the tests" in told


def test_false_green_the_server_is_in_the_job_of_the_unit_tests() -> None:
    ci = workflow(run="pytest tests/unit")
    assert "no server of it" in why(seen(service(**{".github/workflows/ci.yml": ci})))


def test_false_green_a_workflow_that_is_only_started_by_hand() -> None:
    ci = workflow().replace("on: pull_request", "on: workflow_dispatch")
    assert "no server of it" in why(seen(service(**{".github/workflows/ci.yml": ci})))


def test_false_green_a_database_only_in_a_development_compose_file_that_nothing_starts() -> None:
    files = service(**{"docker-compose.dev.yml": COMPOSE, ".github/workflows/ci.yml": workflow("")})
    assert "no server of it" in why(seen(files))


def test_false_green_a_report_of_another_commit() -> None:
    old = (NOW - timedelta(days=3)).isoformat()
    assert "of another version" in why(seen(report=xml(CASES, old)))


def test_false_green_a_committed_report() -> None:
    files = service(**{"reports/junit.xml": xml(CASES)})
    evidence = run_probe(dependency_tests, repo=FakeTree(files))
    assert "no passing integration test" in why(evidence)


def test_false_green_a_report_of_tests_that_are_not_there() -> None:
    told = why(seen(service(**{"tests/integration/test_redis.py": "x = 1\n"})))
    assert "does not hold the test test_expires" in told


def test_false_green_a_mock_server_of_a_vendor() -> None:
    files = {
        "app.py": "",
        "requirements.txt": "stripe==9.0\n",
        "tests/integration/test_stripe.py": "def test_pays(): ...\n",
        ".github/workflows/ci.yml": workflow('s: {image: "stripe/stripe-mock:v1"}'),
    }
    told = why(seen(files, xml({"tests.integration.test_stripe::test_pays": ""})))
    assert "stripe-mock" in told


def test_false_green_a_client_that_calls_what_no_setting_names() -> None:
    told = why(seen(service(**{"requirements.txt": "httpx==0.27\n"})))
    assert "declares httpx" in told


def test_a_compose_file_deep_down_without_the_service_is_about_something_else() -> None:
    mongo = "services:\n  mongodb: {image: 'mongo:7'}\n"
    here = {"app.py": "x = 1\n", "requirements.txt": "flask==3\n", ".env.example": "X=1\n"}
    for path, told in (
        ("extras/food/compose.yaml", False),
        ("docker/db/compose.yaml", True),
        ("compose.yaml", True),
    ):
        evidence = run_probe(dependency_tests, repo={**here, path: mongo})
        assert ("mongodb" in repr(evidence).lower()) is told, path
