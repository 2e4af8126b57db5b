"""A repository whose own settings name programs: none of them ever runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.collect.target import describe, find_target
from auditor.probing.doors.gittree import GitTree
from auditor.probing.repo import Repo
from tests.repositories import Repository


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """Exists once a program of the target's has run."""
    return tmp_path / "mark"


@pytest.fixture
def program(tmp_path: Path, mark: Path) -> Path:
    """A program of the target's: it leaves a mark and passes its input through."""
    path = tmp_path / "program"
    path.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\ncat\nexit 0\n')
    path.chmod(0o755)
    return path


def look_at_everything(root: Path) -> None:
    """Everything that the doors ever ask of a repository."""
    found = find_target(root)
    describe(found, root, None)
    repo = Repo(found.tree, root=found.root)
    for entry in repo.entries:
        repo.read(entry.path)
        found.tree.last_change(entry.path)
        found.tree.modified_at(entry.path)
    repo.reports("**/*.txt")
    assert found.tree.changed() is not None


SETTINGS: dict[str, Callable[[Repository, str], object]] = {
    "fsmonitor": lambda r, p: r.git("config", "core.fsmonitor", p),
    "hooks path": lambda r, p: r.git("config", "core.hooksPath", str(Path(p).parent / "hooks")),
    "external diff": lambda r, p: r.git("config", "diff.external", p),
    "diff driver": lambda r, p: (
        r.git("config", "diff.evil.command", p),
        r.git("config", "diff.evil.textconv", p),
        r.write(".gitattributes", "* diff=evil\n"),
    ),
    "ssh command": lambda r, p: (
        r.git("config", "core.sshCommand", p),
        r.git("config", "remote.origin.url", "ssh://evil.test/x"),
        r.git("config", "remote.origin.promisor", "true"),
        r.git("config", "extensions.partialClone", "origin"),
    ),
    "pager and editor": lambda r, p: (
        r.git("config", "core.pager", p),
        r.git("config", "pager.log", p),
        r.git("config", "core.editor", p),
        r.git("config", "sequence.editor", p),
    ),
    "aliases": lambda r, p: [
        r.git("config", f"alias.{name}", f"!{p}")
        for name in ("ls-files", "log", "rev-parse", "diff-files", "diff-index", "config")
    ],
    "signatures": lambda r, p: (
        r.git("config", "gpg.program", p),
        r.git("config", "log.showSignature", "true"),
    ),
    "credentials": lambda r, p: r.git("config", "credential.helper", f"!{p}"),
    "included file": lambda r, p: (
        r.write("evil.ini", f"[core]\n\tfsmonitor = {p}\n[diff]\n\texternal = {p}\n"),
        r.git("config", "include.path", "../evil.ini"),
    ),
    "another worktree": lambda r, p: (
        r.git("config", "extensions.worktreeConfig", "true"),
        (r.root / ".git" / "config.worktree").write_text(f"[core]\n\tfsmonitor = {p}\n\tworktree = /\n"),
    ),
    "trace": lambda r, p: r.git("config", "trace2.eventTarget", str(Path(p).parent / "mark")),
    "submodules": lambda r, p: (
        r.git("config", "submodule.recurse", "true"),
        r.git("config", "submodule.x.update", f"!{p}"),
        r.write(".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = ./x\n\tupdate = !{p}\n'),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_of_the_target_runs_a_program(
    repository: Repository, program: Path, mark: Path, name: str
) -> None:
    hooks = program.parent / "hooks"
    hooks.mkdir()
    for hook in (
        "post-index-change",
        "fsmonitor-watchman",
        "reference-transaction",
        "post-checkout",
    ):
        (hooks / hook).write_bytes(program.read_bytes())
        (hooks / hook).chmod(0o755)
    repository.write("a.txt", "one\n")
    repository.commit()
    SETTINGS[name](repository, str(program))
    repository.write("a.txt", "other\n")
    repository.write("untracked.txt")
    mark.unlink(missing_ok=True)
    look_at_everything(repository.root)
    assert not mark.exists(), mark.read_text()


@pytest.mark.parametrize(
    "name", ["evil", "with.dots", "with = equals", "with space", "EVIL", 'quo"te']
)
@pytest.mark.parametrize("key", ["clean", "process", "smudge"])
def test_no_content_filter_runs_even_where_git_must_read_the_file(
    repository: Repository, program: Path, mark: Path, name: str, key: str
) -> None:
    """Git reads a file whose time is not older than the index's: the target chooses both times."""
    repository.write("a.txt", "one\n")
    repository.write(".gitattributes", f"* filter={name}\n")
    repository.commit()
    repository.git("config", f"filter.{name}.{key}", str(program))
    repository.git("config", f"filter.{name}.required", "true")
    repository.git("config", "core.trustctime", "false")
    repository.git("config", "core.checkStat", "minimal")
    mark.unlink(missing_ok=True)
    make_racy(repository)
    look_at_everything(repository.root)
    assert not mark.exists(), mark.read_text()


def make_racy(repository: Repository) -> None:
    """Give files and index one and the same time, as an archive can."""
    for path in (
        repository.root / "a.txt",
        repository.root / ".gitattributes",
        repository.root / ".git/index",
    ):
        info = path.stat()
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns // 10**9 * 10**9))
    seconds = {
        int(p.stat().st_mtime) for p in (repository.root / "a.txt", repository.root / ".git/index")
    }
    for path in (repository.root / "a.txt", repository.root / ".git/index"):
        os.utime(path, (min(seconds), min(seconds)))


def test_the_trap_of_the_content_filter_is_a_real_one(
    repository: Repository, program: Path, mark: Path
) -> None:
    """Else the test above would prove nothing: plain git does run it."""
    repository.write("a.txt", "one\n")
    repository.write(".gitattributes", "* filter=evil\n")
    repository.commit()
    repository.git("config", "filter.evil.clean", str(program))
    repository.git("config", "core.trustctime", "false")
    repository.git("config", "core.checkStat", "minimal")
    make_racy(repository)
    repository.git("status", "--porcelain")
    assert mark.exists()


def test_the_variables_of_the_operators_git_do_not_reach_ours(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    other.write("other.py")
    other.commit()
    repository.write("a.py")
    commit = repository.commit()
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=true'")
    tree = GitTree(repository.root, is_git=True)
    assert (tree.commit, [e.path for e in tree.entries()]) == (commit, ["a.py"])


def test_a_broken_configuration_is_no_repository_and_no_crash(repository: Repository) -> None:
    repository.write("a.py")
    repository.commit()
    (repository.root / ".git" / "config").write_text("[core\nbroken")
    found = find_target(repository.root)
    assert not found.tree.is_git
    assert [e.path for e in found.tree.entries()] == ["a.py"]
