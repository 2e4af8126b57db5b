"""`auditor history` over real audits: stored, backfilled, shown, compared, pruned, copied."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from auditor.cli.group import cli
from tests.integration.gate_world import CLEAN, SECRET, SOUND, WAIVER
from tests.repositories import Repository
from tests.store.history_world import opened, put, record

VERY_SECRET = "aZ3kq9-real"


@dataclass(frozen=True)
class World:
    """A service whose secret came in with v1.1, audited there and backfilled at its tags; the waiver of its
    unfinished work was in force at v1.0, and is not any more."""

    root: Path
    home: Path
    bundle: Path
    audited: Result
    backfilled: Result

    @property
    def history(self) -> Path:
        return self.home / "history.sqlite"

    def run(self, *args: str | Path, env: dict[str, str] | None = None) -> Result:
        """`auditor history` on this history."""
        return history(self.history, *args, env=env)

    def json(self, *args: str | Path) -> Any:
        """What it prints as JSON."""
        done = self.run(*args, "--format", "json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


def history(file: Path, *args: str | Path, env: dict[str, str] | None = None) -> Result:
    """`auditor history` on this file."""
    return invoked("history", *args, "--history", file, env=env)


def invoked(*args: str | Path, env: dict[str, str] | None = None) -> Result:
    """The command line in this process."""
    done = CliRunner(env={"COLUMNS": "80", **(env or {})}).invoke(cli, [str(a) for a in args])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two whole audits, which all tests here share."""
    home = tmp_path_factory.mktemp("world")
    repository = Repository(home / "orders")
    for name, text in SOUND.items():  # no Python, so that no type checker costs its seconds
        older = text.replace("2026-03-01T11", "2024-12-31T11")
        repository.write(name.replace("price.py", "price.js"), older)
    repository.write("app/price.js", "// TODO: all of it\n")
    expires = "2025-06-01T00:00:00+00:00"
    repository.write("readiness/waivers.yaml", WAIVER.format(item="code.markers", expires=expires))
    repository.commit(at="2025-01-01T12:00:00+00:00")
    repository.git("tag", "v1.0")
    repository.write("compose.yaml", SECRET)
    repository.commit(at="2025-03-01T12:00:00+00:00")
    repository.git("tag", "-a", "-m", "release", "v1.1", at="2025-03-02T12:00:00+00:00")
    file, bundle, cache = home / "history.sqlite", home / "bundle", home / "cache"
    audited = invoked(
        "audit", repository.root, "--offline", "--history", file, "--bundle", bundle,
        "--format", f"json={home / 'report.json'}", "--cache", cache,
    )  # fmt: skip
    backfilled = history(file, "backfill", repository.root, "--tags", "--cache", cache)
    return World(repository.root, home, bundle, audited, backfilled)


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    """The same, in a folder that a test may change."""
    home = tmp_path / "world"
    shutil.copytree(made.home, home)
    return World(home / "orders", home, home / "bundle", made.audited, made.backfilled)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of made-up runs, which nobody changes."""
    home = tmp_path_factory.mktemp("made_up")
    with opened(home) as found:
        for number in range(30):
            put(found, record(number))
    return home


@pytest.fixture
def small(made_up: Path, tmp_path: Path) -> Path:
    """The same, in a folder that a test may change."""
    shutil.copytree(made_up, tmp_path, dirs_exist_ok=True)
    return tmp_path / "history.sqlite"


def test_an_audit_stores_its_run_and_says_so(made: World) -> None:
    assert made.audited.exit_code == 0, made.audited.output
    assert f"history: run 1 in {made.history}" in made.audited.stderr
    (stored,) = [r for r in made.json("list", "orders")["runs"] if r["kind"] == "audit"]
    report = json.loads((made.home / "report.json").read_text(encoding="utf-8"))
    assert stored["bundle_digest"] == report["bundle_digest"]
    assert {n: stored["score"][n] for n in report["score"]} == report["score"]


def test_tags_are_backfilled_newest_first_at_their_own_time(made: World) -> None:
    assert made.backfilled.exit_code == 0, made.backfilled.output
    assert re.findall(r"\[(\d)/2\] \w+ (v1\.\d) \S+: (.*)", made.backfilled.stderr) == [
        ("1", "v1.1", "stored before"),
        ("2", "v1.0", "run 2"),
    ]
    old, new = made.json("trend", "orders")["points"]
    assert (old["ref"], old["kind"], old["at"][:10]) == ("v1.0", "backfill", "2025-01-01")
    assert (new["ref"], new["kind"]) == (None, "audit")


def test_a_broken_item_is_told_with_the_release_that_broke_it(made: World) -> None:
    shown = made.json("show", "orders")
    (secret,) = [i for i in shown["items"] if i["id"] == "code.secrets"]
    assert secret["verdict"] == "fail"
    assert secret["open"]["since"]["run"] == 1
    assert (secret["open"]["at_least"], secret["open"]["settled_last"]["ref"]) == (False, "v1.0")
    page = " ".join(made.run("show", "orders").stdout.split())
    said = (
        r"failing since \S+ \(\w{10}, run 1\), settled last on 2025-01-01 \(\w{10} v1\.0, run 2\)"
    )
    assert re.search(said, page)
    (service,) = made.json("list")["services"]
    assert service["longest_open_blocker"]["item"] == "code.markers"
    assert service["longest_open_blocker"]["since"]["ref"] == "v1.0"


def test_an_earlier_commit_is_judged_as_of_its_own_time(made: World) -> None:
    """Its waiver was in force then; today it is not."""
    then, now = made.json("show", "v1.0"), made.json("show", "orders")
    waived = [
        next(i for i in s["items"] if i["id"] == "code.markers")["waived"] for s in (then, now)
    ]
    assert waived == [True, False]
    assert (then["run"]["open_blockers"], now["run"]["open_blockers"]) == (0, 2)


def test_what_is_stored_is_not_audited_again(world: World) -> None:
    again = world.run("backfill", world.root, "--tags", "--no-cache")
    assert again.exit_code == 0, again.output
    assert "0 stored, 2 stored before, 0 failed" in again.stderr
    head = world.run("backfill", world.root, "--commits", "1", "--no-cache")
    assert "0 stored, 1 stored before, 0 failed" in head.stderr


def test_the_same_bundle_twice_is_one_run(world: World) -> None:
    done = world.run("add", world.bundle, world.bundle, "--baseline")
    assert (done.exit_code, done.stdout) == (0, "1\n1\n")
    assert len(world.json("list", "orders")["runs"]) == 2
    assert world.json("show", "1")["run"]["baseline"] is True


def test_the_evidence_of_a_run_is_a_bundle_that_verifies(world: World, tmp_path: Path) -> None:
    assert world.run("show", "1", "--bundle", tmp_path / "out").exit_code == 0
    files = {p.relative_to(tmp_path / "out"): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}  # fmt: skip
    was = {p.relative_to(world.bundle): p.read_bytes() for p in world.bundle.rglob("*") if p.is_file()}  # fmt: skip
    assert files == was
    assert invoked("verify", tmp_path / "out").exit_code == 0


def test_a_bundle_that_was_altered_is_refused(world: World) -> None:
    evidence = next((world.bundle / "evidence").glob("*.json"))
    evidence.write_bytes(evidence.read_bytes().replace(b"{", b"{ ", 1))
    done = world.run("add", world.bundle)
    assert done.exit_code == 2
    assert "is not what the audit wrote, so it was not stored" in done.output


def test_false_red_an_audit_of_a_part_is_refused_before_it_begins(tmp_path: Path) -> None:
    done = invoked("audit", tmp_path, "--only", "repo.*", "--history", tmp_path / "h.sqlite")
    assert done.exit_code == 2
    assert "A history keeps whole audits; this one was made with --only 'repo.*'." in done.output


def test_two_runs_are_compared_with_their_causes(made: World) -> None:
    found = made.json("diff", "v1.0", "orders")
    assert [(c["item"], c["from"], c["to"], c["cause"]) for c in found["changes"]] == [
        ("code.secrets", "pass", "fail", "code"),
        ("code.markers", "waived", "fail", "waiver_expired"),
    ]
    assert made.json("diff", "orders") == found
    assert "code.secrets" in made.run("diff", "v1.0", "orders", "--format", "markdown").stdout


def test_no_secret_is_stored(made: World) -> None:
    assert VERY_SECRET in (made.root / "compose.yaml").read_text(encoding="utf-8")
    kept = [p for p in made.home.glob("history.sqlite*") if p.is_file()]
    packed = list((made.home / "history.sqlite.blobs").rglob("*.gz"))
    assert len(packed) > 5
    found = [p.name for p in kept if VERY_SECRET.encode() in p.read_bytes()]
    found += [p.name for p in packed if VERY_SECRET.encode() in gzip.decompress(p.read_bytes())]
    assert found == []


def test_a_commit_without_the_service_is_told_and_stops_nothing(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("README.md", "# Shop\n")
    repository.commit()
    repository.git("tag", "v0")
    repository.write("orders/compose.yaml", CLEAN)
    repository.commit()
    file = tmp_path / "h.sqlite"
    done = history(file, "backfill", repository.root, "--tags", "--root", "orders")
    assert done.exit_code == 3
    assert "could not be audited: There was no folder orders at that commit." in done.stderr
    assert "0 stored, 0 stored before, 1 failed" in done.stderr
    assert sorted(p.name for p in repository.root.iterdir()) == [".git", "README.md", "orders"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "Give one of --tags, --commits N and --since DATE."),
        (["--tags", "--commits", "3"], "Give one of --tags, --commits N and --since DATE."),
        (["--since", "yesterday"], "'yesterday' is no date, such as 2026-01-31"),
        (["--since", "2030-01-01"], "The repository has no commit since then."),
        (
            ["--tags"],
            "The repository has no tag of a commit. Where the clone was made without tags",
        ),
        (["--commits", "0"], "0 is not in the range x>=1"),
    ],
)
def test_a_backfill_of_nothing_is_refused(tmp_path: Path, args: list[str], said: str) -> None:
    repository = Repository(tmp_path / "orders")
    repository.write("compose.yaml", CLEAN)
    repository.commit()
    done = history(tmp_path / "h.sqlite", "backfill", repository.root, *args)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_what_is_no_repository_has_nothing_to_backfill(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    done = history(tmp_path / "h.sqlite", "backfill", tmp_path / "plain", "--commits", "3")
    assert (done.exit_code, "has no commits" in done.output) == (2, True)


def test_pages_fit_80_columns_and_a_pipe_gets_no_colour(small: Path, made: World) -> None:
    pages = [
        history(small, "list"),
        history(small, "list", "orders"),
        history(small, "trend"),
        made.run("list"),
        made.run("show", "orders", "--all"),
        made.run("trend"),
        history(small, "prune", "--keep", "last=3", "--dry-run"),
    ]
    for page in pages:
        assert page.exit_code == 0, page.output
        assert max(map(len, page.stdout.splitlines())) <= 80
        assert "\x1b" not in page.stdout


def test_a_list_says_how_many_it_does_not_show(small: Path) -> None:
    lines = history(small, "list", "orders", "--limit", "4").stdout.splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["30", "29", "28", "27"]
    assert lines[6] == "26 more: --limit 30"


def test_a_chart_is_drawn_without_unicode_where_that_cannot_be_shown(small: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "80", "AUDITOR_HISTORY": str(small)}  # fmt: skip
    done = subprocess.run(
        (sys.executable, "-P", "-m", "auditor", "history", "trend"),
        env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert b"########" in done.stdout
    assert history(small, "trend", "--ascii").stdout == done.stdout.decode()


def test_a_trend_is_drawn_as_svg_that_needs_nothing_else(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "trend.svg"
    done = history(small, "trend", "orders", "--format", f"svg={target}", "--format", "json")
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["points"]) == 30
    text = target.read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert re.findall(r"(?:href|src)=|<script|url\(|@import", text) == []
    assert re.findall(r"https?://[^\"\s]+", text) == ["http://www.w3.org/2000/svg"]


def test_a_prune_says_first_what_it_would_delete(small: Path) -> None:
    assert history(small, "baseline", "3").exit_code == 0
    told = history(small, "prune", "--keep", "last=5", "--dry-run", "--format", "json")
    done = history(small, "prune", "--keep", "last=5", "--format", "json")
    would, did = json.loads(told.stdout), json.loads(done.stdout)
    assert (would.pop("dry_run"), did.pop("dry_run")) == (True, False)
    assert (would, did["kept"], len(did["removed"])) == (did, 6, 24)
    assert 3 not in [run["run"] for run in did["removed"]]
    refused = history(small, "prune", "--keep", "everything")
    assert (refused.exit_code, "is no retention" in refused.output) == (2, True)


def test_a_backup_is_restored_by_naming_it(world: World, tmp_path: Path) -> None:
    before = world.json("show", "orders")
    assert world.run("backup", tmp_path / "copy").exit_code == 0
    world.history.unlink()
    shutil.rmtree(world.home / "history.sqlite.blobs")
    copy = tmp_path / "copy" / "history.sqlite"
    after = history(copy, "show", "orders", "--format", "json")
    assert json.loads(after.stdout) == before
    assert history(copy, "show", "1", "--bundle", tmp_path / "out").exit_code == 0
    assert invoked("verify", tmp_path / "out").exit_code == 0


def test_the_history_comes_from_the_option_the_environment_or_a_named_file(
    small: Path, tmp_path: Path
) -> None:
    config = tmp_path / "operator.yaml"
    config.write_text("history: history.sqlite\n", encoding="utf-8")
    ways = [
        invoked("history", "list", "--history", small),
        invoked("history", "list", env={"AUDITOR_HISTORY": str(small)}),
        invoked("history", "list", "--config", config),
    ]
    assert {(way.exit_code, way.stdout) for way in ways} == {(0, ways[0].stdout)}
    wrong = invoked("history", "list", "--history", tmp_path / "no.sqlite", "--config", config)
    assert (wrong.exit_code, "There is no history at" in wrong.output) == (2, True)


def test_false_green_a_repository_does_not_choose_where_its_runs_are_stored(
    tmp_path: Path,
) -> None:
    from auditor.cli.history_storing import Storage
    from auditor.collect.target import find_target
    from auditor.pipeline import Options

    repository = Repository(tmp_path / "orders")
    repository.write("auditor.yaml", "history: postgresql://evil.example.net/x\n")
    options = Options(path=repository.root)
    asked = {"history": None, "history_blobs": None, "no_history": False}
    storage = Storage(options, asked, quiet=False)
    assert storage.place is None
    assert find_target(repository.root).settings.history == "postgresql://evil.example.net/x"


def test_a_mistyped_command_is_answered_with_the_nearest() -> None:
    done = invoked("history", "tren")
    assert (done.exit_code, "Did you mean 'trend'?" in done.output) == (2, True)


@pytest.mark.parametrize(
    "name", ["list", "show", "trend", "diff", "add", "backfill", "baseline", "prune", "backup"]
)
def test_every_command_has_help_with_examples(name: str) -> None:
    done = invoked("history", name, "--help")
    assert done.exit_code == 0
    assert f"auditor history {name}" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


WITHOUT = """\
import sys
sys.modules["sqlalchemy"] = None
sys.argv = ["auditor", *sys.argv[1:]]
from auditor.cli.main import main
main()
"""


def test_without_its_extra_the_history_says_what_to_install_and_the_rest_works(
    tmp_path: Path,
) -> None:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-c", WITHOUT, *args), capture_output=True, text=True, check=False
        )

    refused = run("history", "list", "--history", str(tmp_path / "h.sqlite"))
    assert (refused.returncode, "pip install 'auditor[history]'" in refused.stderr) == (2, True)
    assert run("audit", "--help").returncode == 0
