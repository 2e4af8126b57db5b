"""An audit that remembers says word for word what one without a cache says, whatever has changed in between."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collect.target import find_target
from auditor.model.verdict import Outcome
from auditor.pipeline import Options, audit
from auditor.probing.doors.cache import Cache
from tests.integration.changing_service import (
    AUDITOR_YAML,
    FILES,
    WORKER,
    Changing,
    differences,
    made,
    static_probes,
)
from tests.repositories import Repository

Change = Callable[[Changing], object]
WAITS = 'requests.get(f"http://prices/{name}", timeout=2.0)'
STARTS_WORKER = '"celery", "-A", "app.worker", "worker"'


def _becomes_link(world: Changing) -> None:
    world.move("app/tally.py", "app/counts.txt")
    (world.repository.root / "app/tally.py").symlink_to("counts.txt")
    world.move("docs", "documents")
    (world.repository.root / "docs").symlink_to("documents")


def _to_other_branch(world: Changing) -> None:
    world.repository.git("checkout", "-q", "--force", "-b", "other")
    world.edit("app/orders.py", "requests.get(", "requests.post(")
    world.repository.git("rm", "-q", "CHANGELOG.md")
    world.repository.commit()


def _excluded(world: Changing) -> None:
    (world.repository.root / ".git/info/exclude").write_text("app/copy.py\n")


def _link_in_index(world: Changing) -> None:
    blob = world.repository.git("rev-parse", ":web/server.js")
    world.repository.git("update-index", "--cacheinfo", f"120000,{blob},web/server.js")


CHANGES: dict[str, dict[str, tuple[Change, ...]]] = {
    "of content": {
        "a file edited": (
            lambda w: w.edit("app/prices.py", 'requests.get(f"http://prices/{name}")', WAITS),
            lambda w: w.edit("web/limits.js", "limit =", "limit: any ="),
        ),
        "edits of the same size, their times put back": (
            lambda w: w.edit_unseen("app/prices.py", "timeout=2.0", "timeouts=20"),
            lambda w: w.edit_unseen("reports/junit.xml", 'failures="0"', 'failures="1"'),
        ),
        "another entry point": (
            lambda w: w.edit("Dockerfile", '"uvicorn", "app.main:app"', STARTS_WORKER),
            lambda w: w.move("web/limits.js", "web/limits.ts"),
        ),
        "an import removed, and other requirements": (
            lambda w: w.edit("app/main.py", "orders, prices, tally", "orders"),
            lambda w: w.edit("requirements.txt", "redis==5.2.0\n", "kafka\n"),
        ),
        "a manifest changed, and a workflow that never runs": (
            lambda w: w.edit("deploy/orders.yaml", "replicas: 2", "replicas: 1"),
            lambda w: w.edit(".github/workflows/ci.yaml", "[push, pull_request]", "schedule"),
        ),
    },
    "of names": {
        "a file added, and a page where no search goes": (
            lambda w: w.write("app/extra.py", WORKER),
            lambda w: w.write("__pycache__/notes.md", "Notes"),
        ),
        "such a page gone": (lambda w: w.remove("__pycache__/notes.md"),),
        "a file deleted, another renamed": (
            lambda w: w.remove("app/extra.py"),
            lambda w: w.move("app/worker.py", "app/jobs.py"),
        ),
        "a file moved into a folder, the same content twice": (
            lambda w: w.move("app/prices.py", "app/far/prices.py"),
            lambda w: w.write("app/copy.py", FILES["app/orders.py"]),
        ),
        "two files swapped": (lambda w: w.swap("app/tally.py", "app/far/prices.py"),),
        "a file and a folder that became links": (_becomes_link,),
    },
    "of git": {
        "a file that may be run, another that is new and ignored": (
            lambda w: (w.repository.root / "app/main.py").chmod(0o755),
            lambda w: w.write("app/copy.py", FILES["app/orders.py"]),
            lambda w: w.edit(".gitignore", "reports/\n", "reports/\napp/copy.py\n"),
        ),
        "ignored no more": (lambda w: w.edit(".gitignore", "app/copy.py\n", ""),),
        "ignored by a file of git's own": (_excluded,),
        "all committed": (lambda w: w.repository.commit(),),
        "tracked no more": (lambda w: w.repository.git("rm", "-q", "--cached", "app/orders.py"),),
        "a commit without a change": (
            lambda w: w.repository.commit(at="2026-04-01T12:00:00+00:00"),
        ),
        "a link, as the index has it": (_link_in_index,),
        "another branch": (_to_other_branch,),
    },
    "of settings and time": {
        "no evidence named": (lambda w: w.edit("auditor.yaml", '["reports/*"]', '["none/*"]'),),
        "a feature renamed": (lambda w: w.edit("auditor.yaml", "Ordering", "Ordering of goods"),),
        "another root": (lambda w: w.write("auditor.yaml", "root: app\n"),),
        "the settings as they were, and reports of this day, later": (
            lambda w: w.write("auditor.yaml", AUDITOR_YAML),
            lambda w: w.reports(w.now + timedelta(hours=7)),
        ),
        "that time come": (lambda w: w.wait(timedelta(hours=8)),),
        "reports older than the commit": (lambda w: w.repository.commit(at=w.now.isoformat()),),
        "a year gone by": (lambda w: w.wait(timedelta(days=366)),),
    },
}


@pytest.mark.parametrize("kind", CHANGES)
def test_false_green_a_cached_audit_says_what_an_uncached_one_says(
    kind: str, tmp_path: Path
) -> None:
    world = made(tmp_path)
    world.cached()
    for name, changes in CHANGES[kind].items():
        for change in changes:
            change(world)
        assert differences(world.cached(), world.uncached()) == [], name


FILE = st.sampled_from(sorted(FILES))
Steps = list[tuple[str, str, str]]


@settings(max_examples=2, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["swap", "copy", "drop", "move", "stage", "commit", "undo"]),
                          FILE, FILE), min_size=2, max_size=3))  # fmt: skip
def test_false_green_whatever_order_changes_come_in(steps: Steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = made(Path(folder))
        world.cached()
        for step in steps:
            _take(world, *step)
            said = world.cached()
        assert differences(said, world.uncached()) == []


def _take(world: Changing, step: str, one: str, other: str) -> None:
    here, there = world.repository.root / one, world.repository.root / other
    if step == "commit":
        world.repository.commit()
    elif step == "undo":
        world.repository.git("checkout", "-q", "--force", "HEAD", "--", ".")
    elif here.is_file() and step == "stage":
        world.repository.git("add", one)
    elif here.is_file() and step == "drop":
        here.unlink()
    elif here.is_file() and there.is_file() and one != other and step == "swap":
        world.swap(one, other)
    elif here.is_file() and there.parent.is_dir():
        if step == "copy":
            there.write_bytes(here.read_bytes())
        else:
            world.move(one, f"{Path(other).parent}/{here.name}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Changing:
    """A service that nobody changes, which was audited twice."""
    world = made(tmp_path_factory.mktemp("unchanged"))
    world.cached()
    return world


@pytest.fixture(scope="module")
def truth(world: Changing) -> dict[str, Any]:
    """What an audit of it says that remembers nothing."""
    return world.uncached()


def test_an_unchanged_service_is_looked_at_by_no_pure_probe(world: Changing) -> None:
    world.cached()
    pure = {p.spec.id for p in static_probes() if p.pure}
    artefacts = {"reports.coverage", "reports.features", "reports.kinds_of_tests", "reports.tests"}
    assert pure - set(world.remembered()) == artefacts, "they point to what the bundle must hold"


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _noise(file: Path) -> None:
    file.write_bytes(bytes(n * n % 251 for n in range(5000)))


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for at in range(5000, len(data), 997):
        data[at] ^= 1
    file.write_bytes(data)


def _mixed_up(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        rows = database.execute("SELECT rowid, value FROM kept ORDER BY rowid").fetchall()
        values = [value for _, value in rows]
        database.executemany(
            "UPDATE kept SET value = ? WHERE rowid = ?",
            [(value, row) for value, (row, _) in zip(values[1:] + values[:1], rows, strict=True)],
        )


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("damage", [_flip, _mixed_up, _cut, _noise, _folder])
def test_false_green_a_damaged_cache_changes_nothing_that_is_said(
    damage: Callable[[Path], None], world: Changing, truth: dict[str, Any]
) -> None:
    world.cached()
    damage(world.kept)
    assert differences(world.cached(), truth) == []
    assert differences(world.cached(), truth) == [], "nor does what is kept after that"
    if world.kept.is_dir():
        world.kept.rmdir()


def test_two_audits_at_once_say_the_same(world: Changing, truth: dict[str, Any]) -> None:
    world.kept.unlink(missing_ok=True)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: world.cached(), range(2)))
    assert [differences(said, truth) for said in (*both, world.cached())] == [[], [], []]


def test_false_green_another_checklist_judges_what_was_remembered_anew(
    world: Changing, tmp_path: Path
) -> None:
    def outcomes(limit: int, cache: Path | None) -> dict[str, Outcome]:
        checklist = tmp_path / "small.yaml"
        checklist.write_text(CHECKLIST.replace("LIMIT", str(limit)))
        only = ("code.http_clients", "code.markers")
        options = Options(
            world.repository.root, checklist=str(checklist), only=only, cache=cache, offline=True
        )
        report = audit(options, now=lambda: world.now).report
        return {v.item.id: v.outcome for v in report.verdicts()}

    for limit in (0, 1, 0, 9):
        assert outcomes(limit, world.kept) == outcomes(limit, None)
    assert outcomes(9, world.kept) != outcomes(0, world.kept)


CHECKLIST = """\
id: small
version: "1"
title: Small
categories:
  - id: code
    number: "1"
    title: Code
    weight: 100
    sections:
      - id: code.all
        number: "1.1"
        title: All
        items:
          - id: code.markers
            number: "1.1.1"
            title: Little is unfinished
            severity: important
            require: {code.todo_markers: "<= LIMIT"}
            why: Because.
            fix: Finish it.
            produce: auditor audit .
"""


def test_false_green_where_the_services_are_is_remembered_of_this_tree_alone(
    tmp_path: Path,
) -> None:
    repository, kept = Repository(tmp_path / "shop"), tmp_path / "kept" / "results"
    later = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()

    def root(cache: Path | None) -> str:
        return find_target(repository.root, cache=Cache(cache), now=later).root

    roots = []
    for path in (
        "one/Dockerfile",
        "one/pyproject.toml",
        "two/Dockerfile",
        "two/pyproject.toml",
        "",
    ):
        if path:
            repository.write(path, FILES["Dockerfile"])
        else:
            (repository.root / "two").rename(repository.root / "docs")
        roots.append(root(kept))
        assert roots[-1] == root(None) == root(kept)
    assert roots == ["", "one", "one", "", "one"]
