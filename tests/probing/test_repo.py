"""The door to the repository: one walk, files read lazily, limits, and no way out of the tree."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.recorder import Recorder
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.testing import COMMIT, NOW, FakeTree
from tests.repositories import Repository


def trouble(work: object, *args: object, **more: object) -> Trouble:
    with pytest.raises(Trouble) as caught:
        work(*args, **more)  # type: ignore[operator]
    return caught.value


class TestServiceRoot:
    FILES = {
        "README.md": "whole",
        "compose.yaml": "",
        "services/orders/Dockerfile": "FROM x",
        "services/orders/app/main.py": "",
        "services/orders2/Dockerfile": "",
    }

    @pytest.fixture
    def repo(self) -> Repo:
        return Repo(FakeTree(self.FILES), root="services/orders", observed_at=NOW.isoformat())

    def test_files_are_sorted_and_the_service_has_its_own(self, repo: Repo) -> None:
        assert [e.path for e in repo.entries] == sorted(self.FILES)
        assert [e.path for e in repo.service] == [
            "services/orders/Dockerfile",
            "services/orders/app/main.py",
        ]
        assert set(repo.by_path) == set(self.FILES)

    def test_a_folder_whose_name_only_begins_alike_is_another_service(self, repo: Repo) -> None:
        assert not repo.in_service("services/orders2/Dockerfile")
        assert repo.in_service("services/orders")

    def test_paths_are_told_from_both_roots(self, repo: Repo) -> None:
        assert repo.below("services/orders/app/main.py") == "app/main.py"
        assert repo.below("README.md") == "README.md"
        assert repo.within("app/main.py") == "services/orders/app/main.py"
        assert repo.within("../../README.md") == "README.md"
        assert Repo(FakeTree({})).within("./a/../b") == "b"

    def test_globs_are_matched_below_the_service(self, repo: Repo) -> None:
        assert [e.path for e in repo.find("Dockerfile")] == ["services/orders/Dockerfile"]
        assert [e.path for e in repo.find("**/*.py")] == ["services/orders/app/main.py"]
        assert repo.find("compose.yaml") == []

    def test_everywhere_adds_the_files_of_the_git_root(self, repo: Repo) -> None:
        found = [e.path for e in repo.find("Dockerfile", "compose.yaml", everywhere=True)]
        assert found == ["compose.yaml", "services/orders/Dockerfile"]

    def test_a_source_for_facts_about_many_files(self, repo: Repo) -> None:
        source = repo.source("**/Dockerfile")
        assert (source.locator, source.commit, source.observed_at) == (
            "**/Dockerfile", COMMIT, NOW.isoformat(),
        )  # fmt: skip
        assert repo.source().locator == "services/orders"
        assert Repo(FakeTree({})).source().locator == "."

    @pytest.mark.parametrize("path", ["../../../etc/passwd", "../../..", "app/../../../../x"])
    def test_a_path_that_leads_out_is_denied(self, repo: Repo, path: str) -> None:
        assert trouble(repo.within, path).kind is ProblemKind.DENIED
        assert "leads out of the repository" in trouble(repo.within, path).message


class TestReading:
    def test_a_file_has_bytes_text_and_a_source(self, repository: Repository) -> None:
        repository.write("a.py", "x = 'é'\n")
        commit = repository.commit()
        file = repository.repo().read("a.py")
        assert (file.data, file.text) == ("x = 'é'\n".encode(), "x = 'é'\n")
        assert file.source.locator == "a.py"
        assert file.source.sha256 == hashlib.sha256(file.data).hexdigest()
        assert (file.source.commit, file.source.blob) == (commit, None)

    def test_a_file_may_be_kept_for_the_bundle(self, repository: Repository) -> None:
        repository.write("a.xml", "<a/>")
        recorder = Recorder()
        file = Repo(repository.tree, recorder=recorder).read("a.xml", keep=True)
        assert file.source.blob is not None
        assert recorder.blobs == {file.source.blob: b"<a/>"}

    def test_a_file_beyond_the_limit_is_too_large(self, repository: Repository) -> None:
        repository.write("a.bin", b"x" * 1001)
        repo = repository.repo()
        assert len(repo.read("a.bin", limit=1001).data) == 1001
        told = trouble(repo.read, "a.bin", limit=1000)
        assert told.kind is ProblemKind.TOO_LARGE
        assert "a.bin is larger than the limit" in told.message

    def test_what_is_gone_or_no_file_is_trouble(self, repository: Repository) -> None:
        repository.write("d/a.py")
        assert trouble(repository.repo().read, "gone.py").kind is ProblemKind.MALFORMED
        assert (
            trouble(repository.repo().read, "d").message
            == "d is a directory, not a regular file, and was not read."
        )

    @pytest.mark.parametrize(
        "path", ["../outside.txt", "d/../../outside.txt", "/etc/passwd/../../x/../.."]
    )
    def test_no_path_leads_out(self, repository: Repository, path: str) -> None:
        repository.root.parent.joinpath("outside.txt").write_text("secret")
        assert trouble(repository.repo().read, path).kind is ProblemKind.DENIED

    def test_an_absolute_path_is_one_inside(self, repository: Repository) -> None:
        assert trouble(repository.repo().read, "/etc/passwd").kind is ProblemKind.MALFORMED
        repository.write("etc/passwd", "ours")
        assert repository.repo().read("/etc/passwd").data == b"ours"


class TestLinks:
    """Nothing outside the tree is ever read, listed or hashed."""

    @pytest.fixture
    def linked(self, repository: Repository) -> Repository:
        outside = repository.root.parent / "outside"
        (outside / "reports").mkdir(parents=True)
        (outside / "secret.txt").write_text("secret")
        (outside / "reports" / "junit.xml").write_text("<testsuite/>")
        os.symlink(outside / "secret.txt", repository.root / "file.txt")
        os.symlink(outside, repository.root / "folder")
        os.symlink(outside / "reports", repository.root / "reports")
        os.symlink("inside.txt", repository.root / "alias.txt")
        repository.write("inside.txt", "ours")
        repository.commit()
        return repository

    def test_links_are_not_files(self, linked: Repository) -> None:
        assert linked.paths() == ["inside.txt"]
        repo = linked.repo()
        assert not repo.exists("file.txt")
        assert not repo.exists("folder")
        assert repo.exists("inside.txt")

    @pytest.mark.parametrize(
        "path", ["file.txt", "folder/secret.txt", "alias.txt", "folder/reports/junit.xml"]
    )
    def test_they_are_not_read(self, linked: Repository, path: str) -> None:
        told = trouble(linked.repo().read, path)
        assert told.kind is ProblemKind.DENIED
        assert "is a link" in told.message

    @pytest.mark.parametrize(
        "pattern",
        [
            "**/*.xml",
            "reports/*.xml",
            "reports/junit.xml",
            "folder/**",
            "folder/reports/*.xml",
            "*.txt",
        ],
    )
    def test_reports_behind_links_are_not_found(self, linked: Repository, pattern: str) -> None:
        assert [e.path for e in linked.repo().reports(pattern)] in ([], ["inside.txt"])

    def test_a_plain_folder_is_walked_as_carefully(self, linked: Repository) -> None:
        tree = GitTree(linked.root, is_git=False)
        assert [e.path for e in tree.entries()] == ["inside.txt"]
        assert tree.kind("folder/secret.txt") == "link"

    def test_a_link_to_a_folder_inside_is_not_walked_twice(self, repository: Repository) -> None:
        repository.write("real/a.xml")
        os.symlink("real", repository.root / "again")
        os.symlink("..", repository.root / "real" / "loop")
        assert [e.path for e in repository.repo().reports("**/*.xml")] == ["real/a.xml"]


class TestSpecialFiles:
    def test_pipes_and_sockets_are_neither_listed_nor_read(self, repository: Repository) -> None:
        os.mkfifo(repository.root / "pipe.xml")
        repository.write("a.xml")
        repo = repository.repo()
        assert [e.path for e in repo.entries] == ["a.xml"]
        assert [e.path for e in repo.reports("*.xml")] == ["a.xml"]
        told = trouble(repo.read, "pipe.xml")
        assert (told.kind, told.message) == (
            ProblemKind.DENIED,
            "pipe.xml is a special, not a regular file, and was not read.",
        )

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_denied(self, repository: Repository) -> None:
        repository.write("a.py").chmod(0)
        told = trouble(repository.repo().read, "a.py")
        assert told.kind is ProblemKind.DENIED
        assert "a.py could not be read" in told.message

    @pytest.mark.parametrize("seconds", [-(10**10), 2**33, 10**12])
    def test_a_file_may_have_any_time(self, repository: Repository, seconds: int) -> None:
        path = repository.write("a.py")
        try:
            os.utime(path, (seconds, seconds))
        except OSError:
            pytest.skip("this file system does not hold that year")
        seen = repository.tree.modified_at("a.py")
        assert seen is None or seen.year > 0

    def test_what_is_not_there_has_no_time(self, repository: Repository) -> None:
        assert repository.tree.modified_at("gone.py") is None


class TestReports:
    @pytest.fixture
    def repo(self, repository: Repository) -> Repo:
        repository.write(".gitignore", "reports/\n*.tmp\n")
        repository.write("svc/app.py")
        repository.write("svc/committed.xml")
        repository.commit()
        for path in ("svc/reports/junit.xml", "svc/reports/deep/er/bandit.json", "svc/a.tmp", "top/reports/x.xml",
                     "svc/1/2/3/4/5/6/far.xml", "svc/node_modules/x/reports/no.xml", "svc/.venv/reports/no.xml"):  # fmt: skip
            repository.write(path)
        return Repo(repository.tree, root="svc", evidence=["a.tmp", "../top/**/*.xml"])

    def paths(self, repo: Repo, *patterns: str) -> list[str]:
        return [e.path for e in repo.reports(*patterns)]

    def test_ignored_files_are_found_too_and_those_that_the_operator_names(
        self, repo: Repo
    ) -> None:
        assert self.paths(repo, "reports/**/*.{xml,json}") == [
            "svc/a.tmp",
            "svc/reports/deep/er/bandit.json",
            "svc/reports/junit.xml",
            "top/reports/x.xml",
        ]

    def test_a_report_knows_whether_git_tracks_it(self, repo: Repo) -> None:
        tracked = {e.path: e.tracked for e in repo.reports("*.xml", "reports/*.xml")}
        assert tracked["svc/committed.xml"] is True
        assert tracked["svc/reports/junit.xml"] is False

    @pytest.mark.parametrize(
        "pattern",
        [
            "**/far.xml",
            "1/2/3/4/5/6/far.xml",
            "*/*/*/*/*/*/far.xml",
            "1/*/3/*/5/*/*.xml",
            "1/{2,9}/3/4/5/6/f*",
        ],
    )
    def test_a_glob_reaches_as_deep_as_it_is_written(self, repo: Repo, pattern: str) -> None:
        assert "svc/1/2/3/4/5/6/far.xml" in self.paths(repo, pattern)

    def test_libraries_are_not_searched(self, repo: Repo) -> None:
        assert not [p for p in self.paths(repo, "**/*.xml") if "no.xml" in p]

    def test_a_file_that_two_globs_match_is_found_once(self, repo: Repo) -> None:
        found = self.paths(repo, "*.xml", "**/committed.*", "committed.xml")
        assert found.count("svc/committed.xml") == 1

    def test_a_glob_that_leads_out_of_the_repository_is_denied(
        self, repository: Repository
    ) -> None:
        repository.write("a.py")
        told = trouble(Repo(repository.tree, evidence=["../../*.xml"]).reports)
        assert told.kind is ProblemKind.DENIED

    def test_a_folder_that_is_not_there_holds_no_reports(self, repo: Repo) -> None:
        assert self.paths(repo, "nowhere/**/*.xml") == ["svc/a.tmp", "top/reports/x.xml"]


class TestPlainFolder:
    def test_a_folder_without_git_is_walked(self, tmp_path: Path) -> None:
        for path in (
            "a.py",
            "d/b.py",
            ".git/config",
            "node_modules/x.js",
            "d/.venv/y.py",
            "d/__pycache__/z.pyc",
        ):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("x")
        tree = GitTree(tmp_path, is_git=False)
        assert [e.path for e in tree.entries()] == ["a.py", "d/b.py"]
        assert (tree.commit, tree.committed_at, tree.branch) == (None, None, None)
        assert tree.changed() == frozenset()
        assert tree.last_change("a.py") is None
        assert not [e for e in tree.entries() if e.tracked]

    @pytest.mark.parametrize(
        ("path", "kind"),
        [("", "directory"), ("d", "directory"), ("a.py", "file"), ("no", "missing"), ("a\0b", "missing"), ("x" * 5000, "missing"), ("..", "link")],
    )  # fmt: skip
    def test_kinds_of_places(self, tmp_path: Path, path: str, kind: str) -> None:
        (tmp_path / "d").mkdir()
        (tmp_path / "a.py").write_text("x")
        assert GitTree(tmp_path, is_git=False).kind(path) == kind


class TestFake:
    """The tree that authors of probes use behaves as the real one does."""

    def test_it_agrees_with_a_real_tree(self, repository: Repository) -> None:
        files = {"a.py": "x\n", "d/b.xml": "<a/>\n"}
        for path, text in files.items():
            repository.write(path, text)
        repository.write(".git/info/exclude", "*.log\n")
        repository.commit()
        repository.write("r.log", "report\n")
        real = repository.tree
        fake = FakeTree(files, ignored={"r.log": "report\n"})
        for tree in (real, fake):
            repo = Repo(tree)
            assert [(e.path, e.size, e.tracked) for e in repo.entries] == [
                ("a.py", 2, True),
                ("d/b.xml", 5, True),
            ]
            assert [e.path for e in repo.reports("**/*.{log,xml}")] == ["d/b.xml", "r.log"]
            assert [tree.kind(p) for p in ("", "a.py", "d", "r.log", "no")] == [
                "directory", "file", "directory", "file", "missing",
            ]  # fmt: skip
            assert trouble(repo.read, "no").kind is ProblemKind.MALFORMED
            assert trouble(repo.read, "a.py", limit=1).kind is ProblemKind.TOO_LARGE
            assert repo.read("r.log").data == b"report\n"
