"""Jobs start servers as service containers, by Compose, Docker, systemd and known actions."""

from __future__ import annotations

from auditor.formats.ci.ci_servers import ComposeUp, Server, service_containers, started
from auditor.formats.ci.github_workflow import Job, Step, read

WORKFLOW = """
on: push
jobs:
  test:
    runs-on: x
    strategy: {matrix: {db: ["postgres:15", "postgres:16"]}}
    services:
      a: {image: "${{ matrix.db }}"}
      b: {image: "${{ matrix.name == 'Tests' && 'redis:7' || '' }}"}
      c: {image: "mongo:7"}
    steps:
      - %s
"""


def job(step: str = "run: x") -> tuple[str, Job]:
    text = WORKFLOW % step
    return text, read(text).jobs[0]


def step(written: str) -> Step:
    return job(written)[1].steps[0]


def test_expressions_give_every_image_that_they_may_choose() -> None:
    text, one = job()
    images = [server.image for server in service_containers(text, one)]
    assert images == ["postgres:15", "postgres:16", "redis:7", "mongo:7"]


def test_compose_files_and_services_are_read_from_the_command() -> None:
    found = list(started(step("run: cd x; docker compose -f ci/db.yml -p a up -d --wait db")))
    assert found == [ComposeUp("", ("ci/db.yml",), ("db",))]
    assert list(started(step("run: docker compose down"))) == []


def test_other_ways_to_start_a_server() -> None:
    assert Server("redis:7") in list(started(step("run: docker run -d -p 1:1 redis:7")))
    assert list(started(step("run: sudo systemctl start postgresql.service"))) == [
        Server("postgresql")
    ]
    assert list(started(step("uses: ankane/setup-mariadb@v1"))) == [
        Server("mariadb", "setup-mariadb")
    ]
    action = step("{uses: hoverkraft-tech/compose-action@v2, with: {compose-file: ci.yml}}")
    assert list(started(action)) == [ComposeUp("", ("ci.yml",), ())]


def test_hostile_commands_are_read_in_time() -> None:
    assert list(started(step("run: docker compose" + " -a=b" * 5_000 + " x"))) == []
