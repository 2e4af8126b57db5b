"""`auditor attest` and `auditor waive`: what they write counts in the next audit, and nothing else is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli.group import cli
from auditor.model.verdict import Outcome
from auditor.pipeline import Options, audit
from tests.repositories import Repository

ON_CALL = "observability.alerting.oncall"
LOAD = "testing.tests.load"
WHO = ("--owner", "Dana <dana@x.invalid>", "--approver", "lee@x.invalid")
PROOF = ("--statement", 'Two people share it: "week" # about', "--evidence", "README.md")


@pytest.fixture
def service(repository: Repository) -> Path:
    repository.write("README.md", "# Orders\n")
    repository.commit()
    return repository.root


def run(*args: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(a) for a in args])
    return done.exit_code, done.output


def test_an_attestation_passes_its_item_in_the_next_audit(service: Path) -> None:
    code, said = run("attest", ON_CALL, service, *WHO, *PROOF, "--expires", "90d")
    assert code == 0
    assert f"readiness/attestations.yaml:1: {ON_CALL} is attested" in said.replace("\n", "")
    seen = audit(Options(service)).report
    assert {v.item.id for v in seen.verdicts() if v.outcome is Outcome.PASS} == {ON_CALL}


def test_a_waiver_is_in_the_next_report_and_changes_no_verdict(service: Path) -> None:
    before = audit(Options(service)).report
    code, _ = run("waive", LOAD, service, *WHO, "--reason", "No cluster yet.", "--expires", "60d")
    after = audit(Options(service)).report
    waived = [v for v in after.verdicts() if v.waived]
    assert code == 0
    assert [v.item.id for v in waived] == [LOAD]
    assert after.score == before.score


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("attest", "5.3.3", *WHO, *PROOF, "--expires", "9d"), f"Number 5.3.3 is {ON_CALL}"),
        (("attest", ON_CALL + "l", *WHO, *PROOF, "--expires", "9d"), f"{ON_CALL}"),
        (("attest", "testing.quality.deadcode", *WHO, *PROOF, "--expires", "9d"), "count for nothing"),
        (("attest", ON_CALL, *WHO, *PROOF, "--expires", "2020-01-01"), "in the past"),
        (("attest", ON_CALL, *WHO, *PROOF, "--expires", "soon"), "is no date"),
        (("attest", ON_CALL, *WHO, *PROOF, "--expires", "900d"), "at most 400 days"),
        (("attest", ON_CALL, *WHO, *PROOF[:2], "--evidence", "gone.md", "--expires", "9d"),
         "not in the repository"),
        (("attest", ON_CALL, *WHO[:2], "--approver", "DANA@x.invalid", *PROOF, "--expires", "9d"),
         "a second person must approve"),
        (("attest", ON_CALL, *WHO, *PROOF), "Missing: --expires"),
        (("waive", LOAD, *WHO, "--reason", "later", "--expires", "365d"), "at most 180 days"),
        (("waive", LOAD, *WHO[:2], "--approver", "Dana <dana@x.invalid>", "--reason", "later",
          "--expires", "9d"), "other than its owner"),
    ],
)  # fmt: skip
def test_an_entry_that_would_count_for_nothing_is_refused_and_nothing_is_written(
    service: Path, args: tuple[str, ...], message: str
) -> None:
    code, said = run(args[0], args[1], service, *args[2:])
    assert code == 2
    assert message in said
    assert not (service / "readiness").exists()


def test_a_second_entry_is_refused_until_it_is_meant_to_replace_the_first(service: Path) -> None:
    file = service / "readiness" / "attestations.yaml"
    given = ("attest", ON_CALL, service, *WHO, *PROOF, "--expires", "90d")
    assert run(*given)[0] == 0
    file.write_text("# Ours.\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    first = file.read_bytes()
    code, said = run(*given)
    assert (code, file.read_bytes()) == (2, first)
    assert f"{file}:2 speaks of {ON_CALL} already" in said
    later = datetime.now(UTC).replace(microsecond=0).isoformat()
    assert run(*given[:-1], "120d", "--renew")[0] == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Ours.\n- item: ")
    assert text.count("- item:") == 1
    assert text.split("expires: ")[1][:10] > later[:10]


def test_a_folder_that_is_a_link_out_of_the_repository_is_not_written_to(
    service: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (service / "readiness").symlink_to(outside)
    code, said = run("attest", ON_CALL, service, *WHO, *PROOF, "--expires", "90d")
    assert code == 2
    assert "leads out of the repository" in said
    assert list(outside.iterdir()) == []
