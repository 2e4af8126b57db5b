"""`auditor explain` as a user runs it, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.collect.target import WrongUse
from auditor.explaining import explain_bundle, explain_policy, explain_target
from auditor.formats.text.config_text import Mistake
from auditor.model.verdict import Outcome
from auditor.pipeline import Options, audit
from auditor.store.bundle import BadBundle, write
from tests.integration.commands import Audit, git_repository

GO = {
    "go.mod": "module example.net/orders\n\ngo 1.22\n",
    "main.go": "package main\n\nfunc main() {\n" + '\tprintln("x")\n' * 40 + "}\n",
    "README.md": "# Orders\n",
    "auditor.yaml": "service: orders\ntier: small\nchecklist: readiness/checklist.yaml\n",
    "readiness/checklist.yaml": (
        "extends: production-readiness\nremove: {deployment.release.canary: one instance}\n"
        "tiers: {small: {title: Small, leave_out: {performance.caching: it has no cache}}}\n"
    ),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return git_repository(tmp_path_factory.mktemp("explained"), GO)


@pytest.fixture
def options(repository: Path) -> Options:
    return Options(repository, offline=True)


def test_only_the_probes_that_an_item_needs_look(options: Options) -> None:
    class Told:
        names: list[str] = []

        def began(self, probe: str) -> None:
            self.names.append(probe)

        def ended(self, evidence: object) -> None:
            pass

    made = explain_target(options, "2.1.2", Told())
    assert sorted(Told.names) == ["repo.inventory", "reports.coverage"]
    assert made.verdict is not None
    assert made.verdict.outcome is Outcome.UNKNOWN
    assert made.worth is None, "the other items were not looked at"


def test_the_command_is_one_of_the_repository_s_own_stack(options: Options) -> None:
    for made in (explain_target(options, "2.1.1"), explain_policy(options, "2.1.1")):
        assert "gotestsum" in f"{made.steps[0]}"
        assert "pytest" not in f"{made.steps[0]}"


def test_an_item_that_the_tier_leaves_out_says_so(options: Options) -> None:
    made = explain_policy(options, "4.3.1")
    assert made.item.left_out == "it has no cache"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("2.1.22", r"No item is called '2\.1\.22'\. Nearest:\n  2\.1\.2"),
        ("testing.covrage", r"Nearest:\n  2\.1\.2   testing\.coverage"),
        ("runbook", r"may be one of \d items; name one by its number or id"),
        ("deployment.release.canary", "has removed deployment.release.canary: one instance"),
        ("qqqq", "See them all: auditor checklist show production-readiness"),
    ],
)
def test_what_is_no_item_is_refused_with_the_nearest(
    options: Options, wanted: str, said: str
) -> None:
    with pytest.raises(WrongUse, match=said):
        explain_policy(options, wanted)


def test_a_bundle_is_explained_without_its_repository(repository: Path, tmp_path: Path) -> None:
    done = audit(Options(repository, offline=True, only=("reports.coverage", "repo.inventory")))
    write(tmp_path / "bundle", done.files)
    made = explain_bundle(tmp_path / "bundle", "2.1.2")
    assert made.checklist.tier == "small"
    assert made.requires is not None
    seen = {part.fact: part.seen for part in made.requires.parts}
    assert int(seen["repo.code_lines"][0].value.split()[0]) > 40
    general = explain_bundle(tmp_path / "bundle", "8.3.3", "production-readiness")
    assert general.item.id == "deployment.release.canary"
    with pytest.raises(BadBundle):
        explain_bundle(tmp_path, "2.1.2")


def test_a_tier_that_is_none_is_refused_at_its_place(tmp_path: Path) -> None:
    files = GO | {"auditor.yaml": GO["auditor.yaml"].replace("small", "smal")}
    target = git_repository(tmp_path, files)
    with pytest.raises(Mistake, match=r"auditor\.yaml:2:7: tier: .* Did you mean 'small'\?"):
        explain_policy(Options(target), "2.1.2")


def test_as_a_user_runs_it(auditor: Audit, repository: Path) -> None:
    done = auditor("explain", "load test", repository, "--no-audit")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2.1.5 A load test of the deployed service")
    prose = done.stdout.partition("How to get there")[0]
    assert max(map(len, prose.splitlines())) <= 80
    assert done.stderr == ""


def test_json_goes_to_stdout_alone(auditor: Audit, repository: Path) -> None:
    done = auditor("explain", "2.1.2", repository, "--format", "json", "--offline")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == "testing.coverage"
    assert "2 probes in " in done.stderr


def test_wrong_use_is_one_sentence_and_exit_2(auditor: Audit, repository: Path) -> None:
    done = auditor("explain", "load", "test", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Put words of a title in quotes: auditor explain 'load test'" in done.stderr
