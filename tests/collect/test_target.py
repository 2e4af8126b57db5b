"""What is audited: the git root, the service root, auditor.yaml, the deployment."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from auditor.collect.target import (
    Found,
    WrongUse,
    check_not_applicable,
    choose_deployment,
    describe,
    find_target,
    service_name,
)
from auditor.formats.text.config_text import Mistake
from auditor.model.target import Deployment
from auditor.probing.doors.cache import Cache
from auditor.settings import Settings, read_settings
from tests.repositories import Repository

SERVICE = {
    "pyproject.toml": "[project]\nname='x'\n",
    "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
}


def service(repository: Repository, folder: str) -> None:
    for path, text in SERVICE.items():
        repository.write(f"{folder}/{path}" if folder else path, text)


class TestPath:
    @pytest.mark.parametrize(
        ("name", "said"),
        [("nowhere", "There is no "), ("file", "is not a folder"), ("a\0b", "There is no ")],
    )
    def test_a_path_that_cannot_be_audited(self, tmp_path: Path, name: str, said: str) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(WrongUse, match=said):
            find_target(tmp_path / name)

    def test_a_repository_is_its_own_root(self, repository: Repository) -> None:
        service(repository, "")
        repository.commit()
        found = find_target(repository.root)
        assert (found.tree.root, found.root, found.notes) == (repository.root.resolve(), "", ())

    def test_a_folder_of_a_repository_is_a_service_below_its_root(
        self, repository: Repository
    ) -> None:
        service(repository, "services/orders")
        service(repository, "services/other")
        repository.commit()
        found = find_target(repository.root / "services" / "orders")
        assert (found.tree.root, found.root) == (repository.root.resolve(), "services/orders")

    def test_a_link_to_a_repository_is_followed_once(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        repository.commit()
        os.symlink(repository.root, tmp_path / "link")
        assert find_target(tmp_path / "link").tree.root == repository.root.resolve()

    def test_a_folder_without_git_is_audited_with_a_note(self, tmp_path: Path) -> None:
        (tmp_path / "a.py").write_text("x = 1\n")
        found = find_target(tmp_path)
        assert not found.tree.is_git
        assert "is not a git repository" in found.notes[0]
        assert "git init" in found.notes[0]

    def test_a_repository_without_a_commit_is_audited_with_a_note(
        self, repository: Repository
    ) -> None:
        found = find_target(repository.root)
        assert found.tree.is_git
        assert found.notes == (
            "The repository has no commit yet: no report can be tied to a commit.",
        )


class TestServiceRoot:
    def test_the_only_service_below_is_found_and_said(self, repository: Repository) -> None:
        service(repository, "backend")
        repository.write("README.md", "# Shop\n")
        repository.commit()
        found = find_target(repository.root)
        assert found.root == "backend"
        assert found.notes == (
            "The service was found in backend/; choose another folder with --root.",
        )

    def test_of_several_none_is_chosen(self, repository: Repository) -> None:
        service(repository, "services/a")
        service(repository, "services/b")
        repository.commit()
        found = find_target(repository.root)
        assert found.root == ""
        assert "Several services were found: services/a, services/b." in found.notes[0]

    def test_the_operator_decides(self, repository: Repository) -> None:
        service(repository, "services/a")
        service(repository, "services/b")
        repository.write("auditor.yaml", "root: services/a\n")
        repository.commit()
        assert find_target(repository.root).root == "services/a"
        assert find_target(repository.root, root="services/b").root == "services/b"
        assert find_target(repository.root, root="services/b/").root == "services/b"
        assert find_target(repository.root, root="./services/../services/b").root == "services/b"
        assert find_target(repository.root / "services", root="b").root == "services/b"

    @pytest.mark.parametrize(
        "root", ["nowhere", "..", "../other", "/etc", "../../etc", "auditor.yaml", "link"]
    )
    def test_what_is_no_folder_of_the_repository_is_refused(
        self, repository: Repository, root: str
    ) -> None:
        repository.write("auditor.yaml", f"root: {root!r}\n")
        repository.write("other/x", "x")  # `../other` is not this one
        os.symlink("/etc", repository.root / "link")
        repository.commit()
        with pytest.raises(WrongUse, match=r"--root names .* not a folder of the repository"):
            find_target(repository.root, root=root)
        with pytest.raises(
            WrongUse, match=r"auditor\.yaml: root names .* not a folder of the repository"
        ):
            find_target(repository.root)


class TestSettings:
    def test_the_file_of_the_service_comes_before_that_of_the_git_root(
        self, repository: Repository
    ) -> None:
        repository.write("auditor.yaml", "service: whole\nroot: services/a\n")
        repository.write("services/a/auditor.yml", "service: a\n")
        repository.commit()
        found = find_target(repository.root / "services" / "a")
        assert (found.settings.service, found.settings.file) == ("a", "services/a/auditor.yml")
        assert found.root == "services/a"

    def test_the_file_of_the_git_root_counts_for_the_service_that_it_names(
        self, repository: Repository
    ) -> None:
        repository.write("auditor.yaml", "service: a\nroot: services/a\n")
        repository.write("services/a/x", "x")
        repository.write("services/b/x", "x")
        repository.commit()
        assert find_target(repository.root / "services" / "a").settings.service == "a"
        assert find_target(repository.root / "services" / "b").settings == Settings()

    def test_a_file_elsewhere_takes_the_place_of_the_one_in_the_repository(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        repository.write("auditor.yaml", "service: theirs\nroot: nowhere\n")
        repository.write("backend/x", "x")
        repository.commit()
        config = tmp_path / "mine.yaml"
        config.write_text("service: mine\nroot: backend\n")
        found = find_target(repository.root, config=config)
        assert (found.settings.service, found.root) == ("mine", "backend")

    def test_a_file_elsewhere_that_is_not_there(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        with pytest.raises(WrongUse, match=r"The configuration .*gone\.yaml cannot be read"):
            find_target(repository.root, config=tmp_path / "gone.yaml")

    def test_a_mistake_in_it_is_told(self, repository: Repository) -> None:
        repository.write("auditor.yaml", "servise: x\n")
        with pytest.raises(Mistake, match=r"auditor\.yaml:1:1: .*Did you mean 'service'"):
            find_target(repository.root)

    def test_an_outsized_one_is_refused(self, repository: Repository) -> None:
        repository.write("auditor.yaml", "#" * (1024 * 1024 + 1))
        with pytest.raises(WrongUse, match="larger than the limit"):
            find_target(repository.root)

    def test_false_green_a_link_to_settings_outside_is_not_followed(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside.yaml"
        outside.write_text("service: outside\n")
        os.symlink(outside, repository.root / "auditor.yaml")
        assert find_target(repository.root).settings == Settings()


STAGING = read_settings(
    b"deployments:\n  staging: {url: https://staging.test, prometheus: https://prom.test}\n"
    b"  live: {url: https://live.test, production: true}\n",
    "auditor.yaml",
)
NONE: dict[str, str | None] = dict.fromkeys(
    ("url", "prometheus", "alertmanager", "grafana", "loki")
)


class TestDeployment:
    def test_false_green_one_that_only_the_repository_names_is_not_contacted(self) -> None:
        assert choose_deployment(STAGING, None, NONE) is None

    def test_one_that_the_operator_names_is(self) -> None:
        chosen = choose_deployment(STAGING, "staging", NONE)
        assert chosen == Deployment("staging", "https://staging.test", "https://prom.test")

    def test_urls_of_the_command_line_need_no_name(self) -> None:
        chosen = choose_deployment(STAGING, None, NONE | {"url": "https://mine.test"})
        assert chosen == Deployment("command line", "https://mine.test")
        assert chosen.prometheus is None, "nothing of the repository's comes along"

    def test_urls_of_the_command_line_come_before_those_of_the_file(self) -> None:
        chosen = choose_deployment(
            STAGING, "live", NONE | {"url": "https://mine.test", "loki": "http://l"}
        )
        assert chosen == Deployment("live", "https://mine.test", loki="http://l", production=True)

    def test_a_name_that_is_not_declared(self) -> None:
        with pytest.raises(WrongUse) as caught:
            choose_deployment(STAGING, "stagin", NONE)
        assert "auditor.yaml declares no deployment 'stagin'." in str(caught.value)
        assert "Did you mean 'staging'?" in str(caught.value)
        assert "Declared: staging, live." in str(caught.value)

    def test_a_name_where_nothing_is_declared(self) -> None:
        with pytest.raises(
            WrongUse, match=r"auditor\.yaml declares no deployment 'x'\. Declared: none\."
        ):
            choose_deployment(Settings(), "x", NONE)

    @pytest.mark.parametrize("key", list(NONE))
    def test_a_bad_url_is_refused_with_its_option(self, key: str) -> None:
        with pytest.raises(WrongUse, match=f"--{key}: 'ftp://x' is not an http or https URL"):
            choose_deployment(Settings(), None, NONE | {key: "ftp://x"})
        with pytest.raises(WrongUse, match=f"--{key}: A URL must not carry a user name"):
            choose_deployment(Settings(), None, NONE | {key: "https://a:b@x"})

    def test_an_empty_url_is_none(self) -> None:
        assert choose_deployment(Settings(), None, NONE | {"url": ""}) is None


class TestDescription:
    def found(self, repository: Repository) -> Found:
        return find_target(repository.root)

    def test_a_target_says_commit_branch_and_whether_it_is_dirty(
        self, repository: Repository
    ) -> None:
        service(repository, "backend")
        commit = repository.commit()
        target = describe(self.found(repository), repository.root, Deployment("staging"))
        assert (target.service, target.repository, target.root) == (
            "backend",
            "repository",
            "backend",
        )
        assert (target.commit, target.branch, target.dirty) == (commit, "main", False)
        assert target.committed_at == "2026-03-01T12:00:00+00:00"
        assert target.deployment == Deployment("staging")
        repository.write("backend/app/main.py", "app = None\n")
        assert describe(self.found(repository), repository.root, None).dirty

    def test_the_service_is_named_by_settings_or_folder(self, repository: Repository) -> None:
        assert service_name(self.found(repository), repository.root) == "repository"
        repository.write("auditor.yaml", "service: orders\n")
        assert service_name(self.found(repository), repository.root) == "orders"


def test_what_does_not_apply_must_be_an_item() -> None:
    settings = Settings(not_applicable={"security.pci": "no cards"}, file="auditor.yaml")
    check_not_applicable(settings, ["security.pci", "other"])
    with pytest.raises(
        Mistake, match=r"no item is called 'security\.pci'\. Did you mean 'security\.pcii'"
    ):
        check_not_applicable(settings, ["security.pcii"])


class TestRemembered:
    """Where the services are is remembered for a tree that did not change, and for no other."""

    def test_the_services_of_an_unchanged_tree_are_known(self, tmp_path: Path) -> None:
        repository = Repository(tmp_path / "repo")
        service(repository, "services/a")
        repository.commit()
        soon = time.time() + 10
        cache = Cache(tmp_path / "cache" / "results")
        for _ in range(2):
            assert find_target(repository.root, cache=cache, now=soon).root == "services/a"
        service(repository, "services/b")
        assert find_target(repository.root, cache=cache, now=soon).root == ""
