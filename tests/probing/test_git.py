"""What git tells of a repository, in every state that a repository can be in."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors import git
from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.trouble import Trouble
from tests.repositories import Repository

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class TestRoot:
    def test_the_root_is_found_from_any_folder_below(self, repository: Repository) -> None:
        repository.write("a/b/c.py")
        assert git.find_root(repository.root) == repository.root
        assert git.find_root(repository.root / "a" / "b") == repository.root

    def test_outside_a_repository_there_is_none(self, tmp_path: Path) -> None:
        assert git.find_root(tmp_path) is None

    def test_the_nearest_repository_counts(self, repository: Repository) -> None:
        inner = Repository(repository.root / "vendor" / "inner")
        assert git.find_root(inner.root) == inner.root

    @pytest.mark.parametrize("kind", ["folder", "file", "gitfile"])
    def test_a_git_that_is_no_repository_is_passed_over(
        self, repository: Repository, kind: str
    ) -> None:
        fake = repository.root / "sub" / ".git"
        fake.parent.mkdir()
        if kind == "folder":
            fake.mkdir()
        else:
            fake.write_text("gitdir: /nowhere/at/all\n" if kind == "gitfile" else "nothing\n")
        assert git.find_root(fake.parent) == repository.root

    def test_a_linked_work_tree_is_a_root(self, repository: Repository, tmp_path: Path) -> None:
        repository.write("a.py")
        repository.commit()
        repository.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
        linked = tmp_path / "linked"
        assert git.find_root(linked) == linked
        tree = GitTree(linked, is_git=True)
        assert (tree.branch, [e.path for e in tree.entries()]) == ("other", ["a.py"])
        assert tree.changed() == set()

    def test_a_submodule_is_a_root_of_its_own(self, repository: Repository, tmp_path: Path) -> None:
        other = Repository(tmp_path / "other")
        other.write("lib.py")
        other.commit()
        repository.git(
            "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.root), "lib"
        )
        repository.commit()
        assert git.find_root(repository.root / "lib") == repository.root / "lib"
        assert repository.paths() == [".gitmodules"], "its files are not those of this repository"
        assert repository.tree.changed() == set()

    @pytest.mark.parametrize("where", ["/", "..", "{home}"])
    def test_false_green_a_repository_cannot_point_at_another_folder(
        self, repository: Repository, tmp_path: Path, where: str
    ) -> None:
        """`core.worktree` would let a target have the auditor read any folder of this machine."""
        (tmp_path / "secret.txt").write_text("secret")
        repository.write("a.py")
        repository.commit()
        repository.git("config", "core.worktree", where.replace("{home}", str(tmp_path)))
        assert git.find_root(repository.root) == repository.root
        assert repository.paths() == ["a.py"]
        assert repository.tree.changed() == set()

    def test_without_git_a_repository_is_trouble_and_a_folder_is_none(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        script = (
            "import sys; from pathlib import Path; from auditor.probing.doors import git\n"
            "from auditor.probing.doors.trouble import Trouble\n"
            "print(git.find_root(Path(sys.argv[2])))\n"
            "try: git.find_root(Path(sys.argv[1]))\n"
            "except Trouble as trouble: print(trouble.kind.value, trouble.message)\n"
        )
        (tmp_path / "plain").mkdir()
        done = subprocess.run(
            [os.sys.executable, "-c", script, str(repository.root), str(tmp_path / "plain")],  # type: ignore[attr-defined]
            cwd=Path(__file__).parents[2], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.splitlines() == ["None", "tool_missing git is not installed."]


class TestHead:
    def test_commit_time_and_branch(self, repository: Repository) -> None:
        repository.write("a.py")
        commit = repository.commit()
        tree = repository.tree
        assert (tree.commit, tree.committed_at, tree.branch) == (commit, NOON, "main")

    def test_an_empty_repository_has_a_branch_and_no_commit(self, repository: Repository) -> None:
        repository.write("a.py")
        repository.git("add", "a.py")
        tree = repository.tree
        assert (tree.commit, tree.committed_at, tree.branch) == (None, None, "main")
        assert tree.changed() == {"a.py"}
        assert tree.last_change("a.py") is None

    def test_a_detached_head_has_no_branch(self, repository: Repository) -> None:
        repository.write("a.py")
        commit = repository.commit()
        repository.git("checkout", "-q", "--detach")
        assert (repository.tree.commit, repository.tree.branch) == (commit, None)

    def test_a_branch_may_have_any_name(self, repository: Repository) -> None:
        repository.write("a.py")
        repository.commit()
        repository.git("checkout", "-q", "-b", b"caf\xe9")
        assert repository.tree.branch == "caf\ufffd"

    @pytest.mark.parametrize("date", ["99999999999999 +0000", "1 +9999", "253402300800 +0000"])
    def test_a_commit_may_claim_any_time(self, repository: Repository, date: str) -> None:
        repository.write("a.py")
        repository.git("add", "a.py")
        tree = repository.git("write-tree")
        text = f"tree {tree}\nauthor A <a@b> {date}\ncommitter A <a@b> {date}\n\nodd\n"
        done = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
            cwd=repository.root, input=text.encode(), capture_output=True, check=True,
        )  # fmt: skip
        commit = done.stdout.decode().strip()
        repository.git("update-ref", "refs/heads/main", commit)
        seen = repository.tree
        assert seen.commit == commit
        assert seen.committed_at is None or seen.committed_at.utcoffset() is not None
        assert seen.last_change("a.py") is None or seen.committed_at is not None

    def test_of_a_shallow_clone_no_last_change_is_believed(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        repository.write("old.py")
        repository.commit(at="2020-01-01T00:00:00+00:00")
        repository.write("new.py")
        repository.commit()
        repository.git(
            "clone", "-q", "--depth=1", f"file://{repository.root}", str(tmp_path / "shallow")
        )
        shallow = GitTree(tmp_path / "shallow", is_git=True)
        assert git.is_shallow(shallow.root)
        assert shallow.last_change("old.py") is None
        assert shallow.committed_at == NOON
        assert repository.tree.last_change("old.py") == datetime(2020, 1, 1, tzinfo=UTC)

    def test_the_last_change_is_that_of_the_exact_path(self, repository: Repository) -> None:
        repository.write("a[1].py", "1\n")
        repository.commit(at="2020-01-01T00:00:00+00:00")
        repository.write("a1.py", "2\n")
        repository.write(":(top)x.py", "3\n")
        repository.commit()
        tree = repository.tree
        assert tree.last_change("a[1].py") == datetime(2020, 1, 1, tzinfo=UTC)
        assert tree.last_change("a1.py") == NOON
        assert tree.last_change(":(top)x.py") == NOON
        assert tree.last_change("nowhere.py") is None

    def test_replaced_history_is_not_believed(self, repository: Repository) -> None:
        repository.write("a.py")
        first = repository.commit(at="2020-01-01T00:00:00+00:00")
        repository.write("a.py", "other\n")
        second = repository.commit()
        repository.git("replace", second, first)
        assert repository.tree.committed_at == NOON


class TestListing:
    def test_tracked_and_untracked_files_and_not_the_ignored_ones(
        self, repository: Repository
    ) -> None:
        repository.write(".gitignore", "*.log\nbuild/\n")
        repository.write("tracked.py")
        repository.commit()
        repository.write("untracked.py")
        repository.write("ignored.log")
        repository.write("build/out.py")
        entries = {e.path: e.tracked for e in repository.repo().entries}
        assert entries == {".gitignore": True, "tracked.py": True, "untracked.py": False}

    def test_a_tracked_file_counts_though_it_is_ignored(self, repository: Repository) -> None:
        repository.write("kept.log")
        repository.git("add", "kept.log")
        repository.write(".gitignore", "*.log\n")
        repository.commit(".gitignore")
        assert repository.paths() == [".gitignore", "kept.log"]

    def test_a_file_that_was_deleted_is_gone_and_changed(self, repository: Repository) -> None:
        repository.write("a.py")
        repository.write("b.py")
        repository.commit()
        (repository.root / "a.py").unlink()
        assert repository.paths() == ["b.py"]
        assert repository.tree.changed() == {"a.py"}

    def test_untracked_repositories_inside_are_left_out(self, repository: Repository) -> None:
        inner = Repository(repository.root / "inner")
        inner.write("x.py")
        inner.commit()
        repository.write("a.py")
        assert repository.paths() == ["a.py"]

    @pytest.mark.parametrize(
        "name",
        [
            b"line\nbreak.py",
            b"\x1b[31mred.py",
            b"caf\xe9.py",
            "grüße.py".encode(),
            b'tab\tquote".py',
            b"back\\slash.py",
            b" space .py",
            b"-rf",
            b":(exclude)x.py",
            b"a" * 250,
        ],
        ids=repr,
    )
    def test_a_name_may_hold_anything(self, repository: Repository, name: bytes) -> None:
        repository.write(name, "content\n")
        path = os.fsdecode(name)
        assert repository.paths() == [path]
        repository.git("add", "-A")
        repository.git("commit", "-q", "-m", "odd")
        repo = repository.repo()
        assert [(e.path, e.tracked, e.size) for e in repo.entries] == [(path, True, 8)]
        assert repo.read(path).data == b"content\n"
        assert repo.exists(path)
        assert repo.tree.last_change(path) == NOON
        repository.write(name, "other!!\n")
        assert repository.tree.changed() == {path}

    def test_conflicts_are_listed_once(self, repository: Repository) -> None:
        repository.write("a.py", "1\n")
        repository.commit()
        repository.git("checkout", "-q", "-b", "other")
        repository.write("a.py", "2\n")
        repository.commit()
        repository.git("checkout", "-q", "main")
        repository.write("a.py", "3\n")
        repository.commit()
        with pytest.raises(subprocess.CalledProcessError):
            repository.git("merge", "other")
        assert repository.paths() == ["a.py"]
        assert repository.tree.changed() == {"a.py"}


class TestChanged:
    @pytest.fixture
    def clean(self, repository: Repository) -> Repository:
        repository.write("a.py", "one\n")
        repository.write("b.py", "two\n")
        repository.commit()
        assert repository.tree.changed() == set()
        return repository

    def test_a_file_that_was_edited(self, clean: Repository) -> None:
        clean.write("a.py", "eno\n")
        assert clean.tree.changed() == {"a.py"}

    def test_a_file_that_was_touched_only_is_not_changed(self, clean: Repository) -> None:
        os.utime(clean.root / "a.py", (1, 1))
        assert clean.tree.changed() == set()

    def test_a_staged_edit_an_addition_and_a_removal(self, clean: Repository) -> None:
        clean.write("a.py", "eno\n")
        clean.write("new.py")
        clean.git("add", "a.py", "new.py")
        clean.git("rm", "-q", "b.py")
        assert clean.tree.changed() == {"a.py", "b.py", "new.py"}

    def test_an_untracked_file_is_no_change(self, clean: Repository) -> None:
        clean.write("new.py")
        assert clean.tree.changed() == set()

    def test_a_file_replaced_by_a_link_or_a_folder(self, clean: Repository) -> None:
        (clean.root / "a.py").unlink()
        os.symlink("b.py", clean.root / "a.py")
        (clean.root / "b.py").unlink()
        clean.write("b.py/x.py")
        assert clean.tree.changed() == {"a.py", "b.py"}

    def test_a_file_replaced_by_a_pipe_does_not_hang(self, clean: Repository) -> None:
        (clean.root / "a.py").unlink()
        os.mkfifo(clean.root / "a.py")
        assert clean.tree.changed() == {"a.py"}
        assert clean.paths() == ["b.py"]

    def test_a_folder_replaced_by_a_link_is_changed(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        repository.write("d/x.py", "one\n")
        repository.commit()
        (repository.root / "d").rename(tmp_path / "elsewhere")
        os.symlink(tmp_path / "elsewhere", repository.root / "d")
        assert repository.tree.changed() == {"d/x.py"}
        assert repository.paths() == ["d"] or repository.paths() == []

    def test_a_link_whose_target_changed(self, repository: Repository) -> None:
        os.symlink("one", repository.root / "link")
        repository.commit()
        assert repository.tree.changed() == set()
        (repository.root / "link").unlink()
        os.symlink("two", repository.root / "link")
        assert repository.tree.changed() == {"link"}

    @pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
    def test_false_green_git_cannot_be_told_not_to_look(self, clean: Repository, flag: str) -> None:
        clean.git("update-index", flag, "a.py")
        assert clean.tree.changed() == set()
        clean.write("a.py", "eno\n")
        assert clean.tree.changed() == {"a.py"}

    def test_a_sparse_checkout_is_no_change(self, clean: Repository) -> None:
        clean.git("update-index", "--skip-worktree", "a.py")
        (clean.root / "a.py").unlink()
        assert clean.tree.changed() == set()

    def test_a_repository_of_sha256_is_compared_as_well(self, tmp_path: Path) -> None:
        modern = Repository(tmp_path / "modern", sha256=True)
        modern.write("a.py", "one\n")
        assert len(modern.commit()) == 64
        os.utime(modern.root / "a.py", (1, 1))
        assert modern.tree.changed() == set()
        modern.write("a.py", "eno\n")
        assert modern.tree.changed() == {"a.py"}

    def test_a_large_file_is_compared_in_pieces(self, repository: Repository) -> None:
        repository.write("large.bin", b"x" * 3_000_000)
        repository.commit()
        os.utime(repository.root / "large.bin", (1, 1))
        assert repository.tree.changed() == set()


def test_what_git_refuses_is_trouble(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught:
        git.listed(tmp_path)
    assert caught.value.kind is ProblemKind.MALFORMED
    assert "git ls-files failed" in caught.value.message
