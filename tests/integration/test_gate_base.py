"""Where the gate's base comes from: refs that are missing, clones that are shallow, and a target left alone."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.gating import gate_against
from auditor.model.gate import Gate
from auditor.pipeline import Options
from tests.integration.commands import Audit
from tests.integration.gate_table import NEW_SERVICE, NO_REF, NOT_FETCHED, UNRELATED
from tests.integration.gate_world import SECRET, SOUND, Change, gate, items
from tests.repositories import Repository


@pytest.fixture
def change(repository: Repository) -> Change:
    made = Change(repository)
    made.commit({"compose.yaml": SECRET})
    return made


def clone(source: Path, folder: Path, *options: str) -> Path:
    """A clone as a CI makes it."""
    subprocess.run(
        ("git", "clone", "-q", *options, f"file://{source}", str(folder)),
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def state(root: Path) -> dict[str, tuple[str, int]]:
    """Every file below a folder, git's own too: digest and time of change."""
    return {
        str(p.relative_to(root)): (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns)
        for p in root.rglob("*")
        if p.is_file()
    }


def test_the_target_is_left_as_it_was_and_the_checkout_is_gone(
    change: Change, auditor: Audit, tmp_path: Path
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    before = state(change.root)
    done = auditor(
        "gate",
        change.root,
        "--against",
        "main",
        "--only",
        "infra.compose",
        env={"TMPDIR": str(room)},
    )
    assert done.returncode == 1, done.stderr
    assert "GATE NOT MET: 1 new blocker" in done.stdout
    assert state(change.root) == before
    assert list(room.iterdir()) == []


def test_the_checkout_is_gone_when_the_base_cannot_be_audited(
    repository: Repository, auditor: Audit, tmp_path: Path
) -> None:
    change = Change(repository)
    change.base_also({"auditor.yaml": "servise: orders\n"})
    change.commit({"auditor.yaml": SOUND["auditor.yaml"]})
    room = tmp_path / "room"
    room.mkdir()
    before = state(change.root)
    done = auditor("gate", change.root, "--against", "main", env={"TMPDIR": str(room)})
    assert done.returncode == 3
    assert f"The base {change.base[:12]} cannot be audited: auditor.yaml:1" in done.stderr
    assert state(change.root) == before
    assert list(room.iterdir()) == []


def test_the_checkout_is_gone_when_a_ci_cancels_the_job(change: Change, tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    args = (sys.executable, "-P", "-m", "auditor", "gate", str(change.root), "--against", "main")
    with subprocess.Popen(
        (*args, "--no-cache"), env={**os.environ, "TMPDIR": str(room)}, cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as done:  # fmt: skip
        until = time.monotonic() + 60
        while not list(room.glob("auditor-base-*/*/README.md")) and time.monotonic() < until:
            time.sleep(0.01)
        done.terminate()
        _, said = done.communicate(timeout=60)
    assert done.returncode == 130
    assert "interrupted; no report was written" in said
    assert list(room.iterdir()) == []


def test_no_filter_and_no_hook_of_the_target_runs(change: Change, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    for key in ("filter.x.smudge", "filter.x.clean", "core.fsmonitor"):
        change.repository.git("config", key, f"touch {trap}; cat")
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        hook = change.repository.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch {trap}\n")
        hook.chmod(0o755)
    change.repository.write(".git/info/attributes", "* filter=x\n")
    assert change.gate()[0] == 1
    assert not trap.exists()


def test_a_ref_that_is_missing_is_said_with_the_command_that_fetches_it(change: Change) -> None:
    code, said = change.gate("--against", "develop")
    assert code == NO_REF.code
    assert NO_REF.says in said
    assert "--against origin/develop" in said


def test_a_branch_that_only_the_remote_has_is_named(change: Change, tmp_path: Path) -> None:
    copy = clone(change.root, tmp_path / "copy", "--branch", "feature")
    code, said = gate(copy, "--against", "main")
    assert code == 3
    assert "--against origin/main" in said
    code, said = gate(copy, "--against", "origin/main")
    assert (code, items(said["new_blockers"])) == (1, {"code.secrets": "code"})


def test_a_shallow_clone_is_explained_with_the_command_that_deepens_it(
    change: Change, tmp_path: Path
) -> None:
    copy = clone(
        change.root, tmp_path / "copy", "--depth", "1", "--no-single-branch", "--branch", "feature"
    )
    code, said = gate(copy, "--against", "origin/main")
    assert code == NOT_FETCHED.code
    assert NOT_FETCHED.says in said
    assert "fetch-depth: 0" in said


def test_histories_without_a_common_commit_have_no_base(change: Change) -> None:
    change.repository.git("checkout", "-q", "--orphan", "alone")
    change.commit({"compose.yaml": SECRET})
    code, said = change.gate("--against", "main")
    assert code == UNRELATED.code
    assert UNRELATED.says in said


def test_what_is_on_the_other_branch_only_does_not_count_against_the_change(
    repository: Repository,
) -> None:
    change = Change(repository)
    change.commit({"notes.txt": "x\n"})
    repository.git("checkout", "-q", "main")
    repository.write("compose.yaml", SECRET)
    repository.commit()
    repository.git("checkout", "-q", "feature")
    code, said = change.gate()
    assert (code, said["base"]["commit"]) == (0, change.base)


def test_a_linked_work_tree_is_a_head_like_any_other(change: Change, tmp_path: Path) -> None:
    change.repository.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    code, said = gate(tmp_path / "linked", "--against", "main")
    assert (code, items(said["new_blockers"])) == (1, {"code.secrets": "code"})


def test_a_repository_of_sha256_objects_has_a_base_too(tmp_path: Path) -> None:
    change = Change(Repository(tmp_path / "long", sha256=True))
    change.commit({"compose.yaml": SECRET})
    assert change.gate()[0] == 1


def test_a_service_that_the_base_lacks_has_no_base(change: Change) -> None:
    change.commit({"services/new/README.md": "# New\n"})
    code, said = gate(change.root / "services" / "new", "--against", "main")
    assert code == NEW_SERVICE.code
    assert NEW_SERVICE.says in said


def test_a_folder_without_git_and_a_repository_without_a_commit_are_told_apart(
    tmp_path: Path, repository: Repository
) -> None:
    (tmp_path / "plain").mkdir()
    assert gate(tmp_path / "plain", "--against", "main")[0] == 2
    code, said = gate(repository.root, "--against", "main")
    assert code == 3
    assert "no commit yet" in said


def test_a_ref_that_looks_like_an_option_is_only_a_missing_ref(change: Change) -> None:
    assert change.gate("--against=--output=/tmp/x")[0] == 3


@pytest.mark.parametrize("given", [(), ("--against", "main", "--adopt", "x.json")])
def test_exactly_one_base_must_be_named(change: Change, given: tuple[str, ...]) -> None:
    code, said = gate(change.root, *given)
    assert code == 2
    assert "--against REF, --baseline FILE, both" in " ".join(said.split())


def test_a_mistake_in_the_heads_configuration_is_wrong_configuration(change: Change) -> None:
    change.commit({"auditor.yaml": "servise: orders\n"})
    code, said = change.gate()
    assert code == 2
    assert "auditor.yaml:1" in said


def test_a_checklist_and_a_configuration_named_inside_the_repository_are_those_of_the_base(
    repository: Repository,
) -> None:
    change = Change(repository)
    lenient = SOUND["readiness/checklist.yaml"].replace("severity: blocker", "severity: nice")
    change.commit({"compose.yaml": SECRET, "readiness/checklist.yaml": lenient})
    named = change.root / "readiness" / "checklist.yaml"
    code, said = change.gate("--against", "main", "--checklist", named)
    assert (code, items(said["new_blockers"])) == (1, {"code.secrets": "code"})
    code, _ = change.gate("--against", "main", "--config", change.root / "auditor.yaml")
    assert code == 1


def test_a_reader_who_leaves_early_does_not_turn_the_gate_green(change: Change) -> None:
    args = (sys.executable, "-P", "-m", "auditor", "gate", str(change.root), "--against", "main")
    with subprocess.Popen(
        (*args, "--only", "infra.compose", "--format", "json"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=change.root.parent,
    ) as done:  # fmt: skip
        assert done.stdout is not None
        done.stdout.close()
    assert done.returncode == 1


def kept_gate(change: Change, cache: Path, *, now: datetime | None = None) -> Gate:
    """The gate with a cache of its own."""
    options = Options(change.root, only=("infra.compose",), cache=cache / "results.sqlite")
    gate = gate_against(options, "main", now=now).report.gate
    assert gate is not None
    return gate


def test_the_audit_of_a_base_is_made_once_a_day(change: Change, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    noon = datetime.now(UTC).replace(
        microsecond=0
    )  # what the cache holds is forgotten by the real clock
    first = kept_gate(change, cache, now=noon)
    again = kept_gate(change, cache, now=noon + timedelta(hours=20))
    later = kept_gate(change, cache, now=noon + timedelta(hours=30))
    made = [gate.base.made_at for gate in (first, again, later)]
    assert made[0] == made[1] == noon.isoformat()
    assert made[2] == (noon + timedelta(hours=30)).isoformat()
    assert first.new_blockers == again.new_blockers == later.new_blockers
    assert replace(again, base=first.base) == first


def test_false_green_what_was_kept_of_one_base_is_not_taken_for_another(
    change: Change, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    assert len(kept_gate(change, cache).new_blockers) == 1
    change.repository.git("checkout", "-q", "main")
    change.base = change.commit({"compose.yaml": SECRET})
    change.repository.git("checkout", "-q", "-B", "other")
    change.commit({"notes.txt": "x\n"})
    gate = kept_gate(change, cache)
    assert (gate.base.commit, gate.new_blockers) == (change.base, ())
    assert "code.secrets" in [c.item for c in gate.still_open]


def test_what_was_kept_and_cannot_be_read_is_made_again(change: Change, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    kept_gate(change, cache)
    with closing(sqlite3.connect(cache / "results.sqlite")) as database, database:
        ((table,),) = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        done = database.execute(f"UPDATE {table} SET value = 'x' WHERE maker = 'gate.base'")
        assert done.rowcount == 1
    assert len(kept_gate(change, cache).new_blockers) == 1


def test_what_was_pending_in_what_was_kept_is_asked_of_the_base_too_once_its_date_has_come(
    repository: Repository, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    now = datetime.now(UTC).replace(microsecond=0)
    tomorrow = (now + timedelta(days=1)).date()
    change = Change(repository)
    dated = SOUND["readiness/checklist.yaml"].replace(
        "            severity: blocker\n",
        f'            severity: blocker\n            effective_from: "{tomorrow}"\n',
    )
    change.base_also({"compose.yaml": SECRET, "readiness/checklist.yaml": dated})
    change.commit({"notes.txt": "x\n"})
    first = kept_gate(change, cache, now=now)
    assert (first.met, first.base.made_at) == (True, now.isoformat())
    night = datetime.combine(tomorrow, datetime.min.time(), UTC) + timedelta(minutes=1)
    after = kept_gate(change, cache, now=night)
    assert (after.met, after.base.made_at) == (True, night.isoformat())
    assert "code.secrets" in [c.item for c in after.still_open]
