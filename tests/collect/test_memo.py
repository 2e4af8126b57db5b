"""What a pure probe said is told again while nothing has changed that it could have looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.collect.pinned import PinnedTree
from auditor.collect.runner import collect
from auditor.model.evidence import Evidence, Problem, ProblemKind
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType, Need, Phase
from auditor.model.target import Looking
from auditor.probing.contract import Context, Observation, Probe, probe
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo, Tree
from auditor.probing.reports.artefacts import WithArtefacts
from auditor.probing.testing import make_context
from tests.repositories import Repository

LINES = FactSpec("acme.files", FactType.NUMBER, "Files")
SOON = timedelta(seconds=10)


@dataclass
class World:
    """A repository, a cache, and a probe that counts how often it looked."""

    repository: Repository
    cache: Path
    looks: list[str] = field(default_factory=list)
    later: timedelta = SOON
    pure: bool = True
    trouble: bool = False
    tools: dict[str, tuple[int, str]] = field(default_factory=dict)

    def probe(self) -> Probe:
        @probe(
            "acme.files",
            title="Files",
            emits=[LINES],
            needs=[Need.REPOSITORY],
            pure=self.pure,
            tools=["acme"],
        )
        def files(ctx: Context) -> Iterator[Observation]:
            self.looks.append(ctx.observed_at)
            if self.trouble:
                raise Trouble(ProblemKind.DENIED, "no")
            file = ctx.repo.read("kept.txt", keep=True) if ctx.repo.exists("kept.txt") else None
            yield LINES.of(
                len(ctx.repo.entries),
                level=Level.EFFECTIVE,
                source=file.source if file else ctx.repo.source(),
                produced_at=ctx.observed_at,
            )

        return files

    def audit(self, tree: Tree | None = None, **looking: object) -> Evidence:
        """The evidence of the probe, some seconds after the last file was written."""
        now = datetime.now(UTC) + self.later
        context = replace(
            make_context(now=now, looking=Looking(**looking), commands=self.tools),  # type: ignore[arg-type]
            repo=Repo(tree or self.repository.tree),
            cache=Cache(self.cache, now=int(now.timestamp())),
        )
        (evidence,) = collect([self.probe()], context)
        return evidence


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one commit, and an ignored folder."""
    repository = Repository(tmp_path / "repo")
    repository.write("app.py", "x = 1\n")
    repository.write(".gitignore", "reports/\n")
    repository.commit()
    repository.write("reports/a.json", "{}")
    return World(repository, tmp_path / "cache" / "results")


def test_an_unchanged_tree_is_not_looked_at_again(world: World) -> None:
    first, second = world.audit(), world.audit()
    assert len(world.looks) == 1
    assert second == replace(first, duration_s=0.0)
    assert second.started == world.looks[0], "what was seen keeps its time"


def test_false_green_a_tool_that_is_there_now_is_asked(world: World) -> None:
    world.audit()
    world.tools["acme"] = (0, "")
    world.audit()
    world.audit()
    assert len(world.looks) == 2


CHANGES: dict[str, Callable[[World], object]] = {
    "a tracked file": lambda w: w.repository.write("app.py", "x = 2\n"),
    "a new file": lambda w: w.repository.write("new.py", ""),
    "an ignored file": lambda w: w.repository.write("reports/a.json", "[]"),
    "a new ignored file": lambda w: w.repository.write("reports/b.json", "{}"),
    "a file that is gone": lambda w: (w.repository.root / "app.py").unlink(),
    "the rights of a file": lambda w: (w.repository.root / "app.py").chmod(0o600),
    "an empty folder": lambda w: (w.repository.root / "docs").mkdir(),
    "a commit of the same tree": lambda w: w.repository.commit(at="2026-04-01T12:00:00+00:00"),
    "a branch": lambda w: w.repository.git("checkout", "-q", "-b", "other"),
    "the index": lambda w: w.repository.git("rm", "-q", "--cached", "app.py"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_false_green_whatever_changes_in_the_tree_is_looked_at(world: World, change: str) -> None:
    world.audit()
    CHANGES[change](world)
    world.audit()
    assert len(world.looks) == 2


def test_another_question_is_asked_again(world: World) -> None:
    world.audit()
    world.audit(offline=True)
    world.audit(evidence=("reports/*.json",))
    assert len(world.looks) == 3


def test_a_probe_that_looks_elsewhere_is_never_remembered(world: World) -> None:
    world.pure = False
    world.audit()
    world.audit()
    assert len(world.looks) == 2


def test_what_went_wrong_is_tried_again(world: World) -> None:
    world.trouble = True
    assert world.audit().problems == (Problem(ProblemKind.DENIED, "no"),)
    world.trouble = False
    assert world.audit().facts
    assert len(world.looks) == 2


def test_what_points_to_a_kept_artefact_is_read_again_so_that_the_bundle_holds_it(
    world: World,
) -> None:
    world.repository.write("kept.txt")
    assert world.audit().facts[0].source.blob is not None
    world.audit()
    assert len(world.looks) == 2


def test_false_green_a_file_that_was_just_written_may_change_unseen(world: World) -> None:
    world.later = timedelta(0)
    world.audit()
    world.audit()
    assert len(world.looks) == 2


def test_nothing_is_told_again_after_a_day_or_from_the_future(world: World) -> None:
    world.later = SOON + timedelta(hours=1)
    world.audit()
    world.later = SOON
    world.audit()
    world.later = SOON + timedelta(hours=25, minutes=1)
    world.audit()
    assert len(world.looks) == 3


def test_a_cache_that_was_damaged_or_holds_another_probes_answer_is_no_evidence(
    world: World,
) -> None:
    world.audit()
    kept = Cache(world.cache)
    keys = _keys(world.cache)
    kept.put("evidence", dict.fromkeys(keys, b'{"probe": "acme.other"}'))
    world.audit()
    kept.put("evidence", dict.fromkeys(keys, b"\xff"))
    world.audit()
    assert len(keys) == 1
    assert len(world.looks) == 3


def test_without_a_cache_nothing_is_remembered(world: World) -> None:
    context = replace(make_context(), repo=Repo(world.repository.tree))
    collect([world.probe()], context)
    collect([world.probe()], context)
    assert len(world.looks) == 2


def test_folders_beside_the_tree_and_pinned_files_count(world: World, tmp_path: Path) -> None:
    beside = tmp_path / "artefacts"
    beside.mkdir()
    (beside / "a.json").write_text("{}")
    world.audit(WithArtefacts(world.repository.tree, [beside]))
    (beside / "a.json").write_text("[]")
    world.audit(WithArtefacts(world.repository.tree, [beside]))
    for text in (b"a", b"b"):
        world.audit(PinnedTree(world.repository.root, {"x": text}, is_git=True))
    assert len(world.looks) == 4


def test_only_static_probes_of_the_repository_may_call_themselves_pure() -> None:
    with pytest.raises(ValueError, match="pure"):
        probe("acme.live", title="x", emits=[LINES], needs=[Need.URL], phase=Phase.LIVE, pure=True)


def _keys(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as database:
        return [k for (k,) in database.execute("SELECT content FROM kept WHERE maker='evidence'")]


def test_a_tree_that_git_cannot_list_is_remembered_by_nobody(world: World) -> None:
    (world.repository.root / ".git" / "index").write_bytes(b"no index")
    assert world.repository.tree.state(datetime.now(UTC).timestamp() + 10) is None
