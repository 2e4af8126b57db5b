"""`auditor init` as a user runs it: one file a service, never over somebody's work."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.collect.target import WrongUse, find_target
from auditor.drafting import drafts, look, refuse_existing, save
from auditor.report.settings_draft import Answers
from auditor.report.writer import CannotWrite
from auditor.settings import read_settings
from tests.collect.small_repositories import BACKEND, GO, MONOREPO, PYTHON
from tests.integration.commands import Audit, git_repository


def written(path: Path, files: dict[str, str], **more: object) -> list[Path]:
    """What init writes for a repository, by the paths below it."""
    git_repository(path, files)
    made = drafts(look(path), **more)  # type: ignore[arg-type]
    refuse_existing(made, force=False)
    for one in made:
        save(one)
    return [one.path.relative_to(path) for one in made]


def test_one_service_gets_one_file_that_an_audit_obeys(tmp_path: Path) -> None:
    assert written(tmp_path, PYTHON) == [Path("auditor.yaml")]
    found = find_target(tmp_path)
    assert (found.settings.service, found.root) == ("shop", "")


def test_a_service_in_a_folder_is_named_by_the_file_at_the_top(tmp_path: Path) -> None:
    assert written(tmp_path, BACKEND) == [Path("auditor.yaml")]
    assert find_target(tmp_path).root == "backend"


def test_several_services_get_a_file_each_where_an_audit_of_them_finds_it(tmp_path: Path) -> None:
    assert written(tmp_path, MONOREPO) == [
        Path("services/ledger/auditor.yaml"),
        Path("services/shop/auditor.yaml"),
    ]
    found = find_target(tmp_path / "services" / "ledger")
    assert (found.settings.service, found.root) == ("ledger", "services/ledger")


def test_a_folder_without_git_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text(GO["go.mod"], encoding="utf-8")
    (one,) = drafts(look(tmp_path))
    assert one.service.name == "ledger"


def test_answers_become_keys(tmp_path: Path) -> None:
    written(tmp_path, PYTHON, ask=lambda one: Answers("3", "https://s.example.net", ("refunds",)))
    settings = find_target(tmp_path).settings
    assert (settings.tier, [f.id for f in settings.features]) == ("3", ["refunds"])


class TestExisting:
    """What somebody wrote is never lost."""

    @pytest.mark.parametrize("name", ["auditor.yaml", "auditor.yml"])
    def test_a_file_that_is_there_is_refused(self, tmp_path: Path, name: str) -> None:
        git_repository(tmp_path, GO | {name: "service: mine\n"})
        with pytest.raises(WrongUse, match=rf"{name} is there already, and nothing was written"):
            refuse_existing(drafts(look(tmp_path)), force=False)

    def test_nothing_is_written_where_one_of_several_is_there(self, tmp_path: Path) -> None:
        with pytest.raises(WrongUse, match=r"services/shop/auditor\.yaml is there already"):
            written(tmp_path, MONOREPO | {"services/shop/auditor.yaml": "service: mine\n"})
        assert not (tmp_path / "services/ledger/auditor.yaml").exists()

    def test_force_keeps_every_earlier_file(self, tmp_path: Path) -> None:
        git_repository(tmp_path, GO | {"auditor.yaml": "service: first\n\xff"})
        (one,) = drafts(look(tmp_path))
        refuse_existing([one], force=True)
        assert save(one) == tmp_path / "auditor.yaml.bak"
        assert save(one) == tmp_path / "auditor.yaml.bak.1"
        assert (tmp_path / "auditor.yaml.bak").read_text("utf-8") == "service: first\n\xff"
        assert (tmp_path / "auditor.yaml").read_text("utf-8") == one.text

    def test_a_copy_is_the_same_bytes_whatever_they_are(self, tmp_path: Path) -> None:
        git_repository(tmp_path, GO)
        (tmp_path / "auditor.yaml").write_bytes(b"\xff\xfe\r\nservice: x\r\n")
        (one,) = drafts(look(tmp_path))
        kept = save(one)
        assert kept is not None
        assert kept.read_bytes() == b"\xff\xfe\r\nservice: x\r\n"

    def test_a_broken_file_does_not_stop_force(self, tmp_path: Path) -> None:
        git_repository(tmp_path, GO | {"auditor.yaml": "service: ["})
        (one,) = drafts(look(tmp_path))
        refuse_existing([one], force=True)

    def test_a_link_out_of_the_repository_is_refused_with_force_too(self, tmp_path: Path) -> None:
        outside = tmp_path / "outside.yaml"
        outside.write_text("mine\n", encoding="utf-8")
        target = git_repository(tmp_path / "r", GO)
        os.symlink(outside, target / "auditor.yaml")
        with pytest.raises(CannotWrite, match="symbolic link"):
            refuse_existing(drafts(look(target)), force=True)
        assert outside.read_text("utf-8") == "mine\n"


def test_another_file_names_the_service_from_where_it_lies(tmp_path: Path) -> None:
    git_repository(tmp_path / "r", MONOREPO)
    seen = look(tmp_path / "r", "services/shop")
    (one,) = drafts(seen, output=tmp_path / "r" / "shop.yaml")
    assert read_settings(one.text.encode(), "f").root == "services/shop"
    with pytest.raises(WrongUse, match=r"There are 2 services: .* Name one with --root\."):
        drafts(look(tmp_path / "r"), output=tmp_path / "x.yaml")


@pytest.mark.parametrize("path", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(WrongUse, match="is not a folder"):
        look(tmp_path / path)


def test_as_a_user_runs_it(auditor: Audit, tmp_path: Path) -> None:
    git_repository(tmp_path, PYTHON)
    shown = auditor("init", "--yes", "--output", "-", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert not (tmp_path / "auditor.yaml").exists()
    done = auditor("init", cwd=tmp_path)  # no terminal: nothing is asked
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "wrote auditor.yaml: python, 2 reports, 2 candidate features, 2 addresses\nNext: auditor audit .\n"
    )
    assert (tmp_path / "auditor.yaml").read_text("utf-8") == shown.stdout
    again = auditor("init", "--yes", cwd=tmp_path)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_at_a_terminal_it_asks_what_no_file_tells(tmp_path: Path) -> None:
    git_repository(tmp_path, PYTHON)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        (sys.executable, "-P", "-m", "auditor", "init"),
        cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "dumb"},
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, b"7\n2\nstaging\nhttps://staging.example.net\n1\n")
    out, _ = process.communicate(timeout=60)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert process.returncode == 0, shown
    assert b"wrote auditor.yaml" in out
    assert "There is no tier '7'" in shown
    assert "'staging' is not an http or https URL" in shown
    settings = find_target(tmp_path).settings
    assert settings.tier == "2"
    assert settings.deployments["staging"].url == "https://staging.example.net"
    assert [f.id for f in settings.features] == ["orders"]
