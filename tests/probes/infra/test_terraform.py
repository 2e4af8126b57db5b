"""What infra.terraform says of state, versions, secrets and plans."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.level import Level
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeTree, problems, run_probe, values
from probes.infra.terraform import terraform

AT = "infra/main.tf"
MAIN = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
  backend "s3" {
    bucket       = "acme-state"
    use_lockfile = true
  }
}

resource "aws_db_instance" "orders" {
  password = var.db_password
}

module "network" {
  source = "./modules/network"
}
"""
NETWORK = 'resource "aws_vpc" "main" {}\n'
LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.90.0"\n  hashes = ["h1:aaa"]\n}\n'
GOOD: dict[str, Any] = {
    "main.go": "package main\n",
    AT: MAIN,
    "infra/modules/network/main.tf": NETWORK,
    "infra/.terraform.lock.hcl": LOCK,
    "infra/prod.tfvars": 'region = "eu-west-1"\n',
}
STATE = json.dumps(
    {
        "version": 4, "serial": 1, "lineage": "x",
        "resources": [{"mode": "managed", "instances": [{"attributes": {"password": "hunter2"}}]}],
    }
)  # fmt: skip
EMPTY = (
    "invalid", "unlocked_backends", "unpinned_providers", "lock_missing", "unpinned_modules",
    "literal_secrets", "unreferenced_modules", "state_committed", "other_tools",
)  # fmt: skip


def plan(**changes: Any) -> str:
    """A plan of the good repository that was made after its commit."""
    body: dict[str, Any] = {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [{}], "child_modules": [{"resources": [{}]}]}},
        "resource_changes": [
            {"address": "aws_db_instance.orders", "change": {"actions": ["no-op"]}},
            {"address": "module.network.aws_vpc.main", "change": {"actions": ["no-op"]}},
        ],
        "configuration": {
            "root_module": {
                "resources": [{"address": "aws_db_instance.orders"}],
                "module_calls": {"network": {}},
            }
        },
        "timestamp": "2026-03-02T10:00:00Z",
    }  # fmt: skip
    return json.dumps(body | changes)


def seen(evidence: Evidence) -> dict[str, Any]:
    """The facts without `terraform.`."""
    return {key.removeprefix("terraform."): value for key, value in values(evidence).items()}


def look(files: dict[str, Any]) -> dict[str, Any]:
    return seen(run_probe(terraform, repo=files))


def changed(path: str, old: str, new: str) -> dict[str, Any]:
    """The good repository with one change in one file."""
    assert old in GOOD[path]
    return {**GOOD, path: GOOD[path].replace(old, new)}


def planned(content: str, files: dict[str, Any] | None = None, **tree: Any) -> Evidence:
    """The evidence with a plan that git ignores."""
    ignored = {"infra/tfplan.json": content}
    return run_probe(terraform, repo=FakeTree(files or GOOD, ignored=ignored, **tree))


def test_infrastructure_that_lacks_nothing() -> None:
    found = look(GOOD)
    assert (found["backend"], found["resources"]) == ("remote", 2)
    assert [found[key] for key in EMPTY] == [[]] * len(EMPTY)
    assert found["files"] == [AT, "infra/modules/network/main.tf", "infra/prod.tfvars"]


def test_a_repository_without_infrastructure_says_so_and_hides_what_is_of_code() -> None:
    evidence = run_probe(terraform, repo={"main.go": "package main\n", "README.md": "terraform\n"})
    assert seen(evidence) == {"files": [], "state_committed": [], "other_tools": []}
    assert problems(evidence) == ["not_configured"]
    assert {"terraform.backend", "terraform.resources", "terraform.plan_changes"} <= set(
        evidence.problems[0].facts
    )


def test_other_tools_are_told_as_present() -> None:
    found = run_probe(
        terraform,
        repo={
            "Pulumi.yaml": "name: shop\n",
            "stack.yaml": "Resources:\n  B:\n    Type: AWS::S3::Bucket\n",
            "tests/stack.yaml": "Resources:\n  B:\n    Type: AWS::S3::Bucket\n",
            "values.yaml": "type: AWS\n",
        },
    )
    assert seen(found)["other_tools"] == ["Pulumi.yaml Pulumi", "stack.yaml CloudFormation"]
    assert "Pulumi.yaml" in found.problems[0].message


def test_a_file_that_terraform_would_refuse_hides_what_is_empty() -> None:
    evidence = run_probe(terraform, repo={**GOOD, "infra/broken.tf": "resource {\n"})
    found = seen(evidence)
    assert found["invalid"] == ["infra/broken.tf:2 infra/broken.tf is not valid HCL."]
    assert not {"backend", "literal_secrets", "lock_missing"} & found.keys()
    assert problems(evidence)[0] == "malformed"


def test_a_file_that_is_denied_hides_what_is_empty() -> None:
    evidence = run_probe(
        terraform, repo={**GOOD, "infra/b.tf": Trouble(ProblemKind.DENIED, "b.tf")}
    )
    assert problems(evidence)[0] == "denied"
    assert not {"backend", "invalid", "lock_missing"} & seen(evidence).keys()


def test_a_module_that_is_not_there_is_invalid() -> None:
    found = look(changed(AT, "./modules/network", "./modules/gone"))
    assert "takes the module ./modules/gone, which is not there" in found["invalid"][0]
    assert found["unreferenced_modules"] == [
        "infra/modules/network/main.tf nothing takes the module infra/modules/network"
    ]


@pytest.mark.parametrize(
    ("old", "new", "backend"),
    [
        ('backend "s3" {', 'backend "local" {', "local"),
        (
            '  backend "s3" {\n    bucket       = "acme-state"\n    use_lockfile = true\n  }\n',
            "",
            "none",
        ),
        ('  backend "s3" {', '  # backend "s3" {}\n  backend "local" {', "local"),
    ],
)
def test_false_green_a_state_that_lies_on_somebodys_disk(old: str, new: str, backend: str) -> None:
    assert look(changed(AT, old, new))["backend"] == backend


def test_false_green_one_of_two_folders_keeps_its_state_locally() -> None:
    found = look({**GOOD, "infra-dns/main.tf": 'resource "aws_route53_zone" "a" {}\n'})
    assert found["backend"] == "none"
    assert "infra-dns/main.tf infra-dns has no .terraform.lock.hcl in git" in found["lock_missing"]
    assert "aws may be of any version" in found["unpinned_providers"][0]


def test_a_backend_without_a_lock_is_told() -> None:
    found = look(changed(AT, "    use_lockfile = true\n", ""))
    assert found["backend"] == "remote"
    assert found["unlocked_backends"] == [f"{AT}:8 keeps the state in s3, without a lock"]


def test_false_green_resources_that_make_nothing_are_a_toy() -> None:
    toy = 'resource "null_resource" "a" {}\nresource "random_id" "b" {}\nresource "local_file" "c" {}\n'
    assert look({"infra/main.tf": toy})["resources"] == 0
    commented = "/*\n" + MAIN + "*/\n"
    found = run_probe(terraform, repo={"infra/main.tf": commented})
    assert "resources" not in seen(found)
    assert "would be applied by itself" in found.problems[0].message


@pytest.mark.parametrize("folder", ["examples/x", "tests/infra", "infra/test/fixtures"])
def test_false_green_examples_and_tests_are_no_infrastructure(folder: str) -> None:
    assert look({f"{folder}/main.tf": MAIN.replace("./modules/network", "a/b/c")})["files"] == []


def test_false_green_a_module_that_nothing_takes_makes_nothing() -> None:
    unused = {**GOOD, "infra/modules/db/main.tf": 'resource "aws_db_instance" "b" {}\n'}
    found = look(unused)
    assert found["resources"] == 2
    assert found["unreferenced_modules"] == [
        "infra/modules/db/main.tf nothing takes the module infra/modules/db"
    ]


def test_what_is_for_development_does_not_stand_for_production() -> None:
    both = {**GOOD, "infra/environments/dev/main.tf": 'resource "aws_vpc" "d" {}\n'}
    evidence = run_probe(terraform, repo=both)
    assert (seen(evidence)["backend"], seen(evidence)["resources"]) == ("remote", 2)
    assert "not judged, for development: infra/environments/dev" in next(
        fact.source.locator for fact in evidence.facts if fact.key == "terraform.files"
    )


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (LOCK.replace("hashicorp/aws", "hashicorp/google"), "does not lock hashicorp/aws"),
        (LOCK.replace('  hashes = ["h1:aaa"]\n', ""), "does not lock hashicorp/aws"),
        ("", "does not lock hashicorp/aws"),
    ],
)
def test_false_green_a_lock_that_holds_nothing(lock: str, said: str) -> None:
    assert said in look({**GOOD, "infra/.terraform.lock.hcl": lock})["lock_missing"][0]


def test_a_provider_is_pinned_by_the_lock_or_a_range() -> None:
    open_end = changed(AT, '"~> 5.0"', '">= 5.0"')
    assert look(open_end)["unpinned_providers"] == []
    del open_end["infra/.terraform.lock.hcl"]
    found = look(open_end)
    assert "aws may be of any version, or of any newer one" in found["unpinned_providers"][0]
    assert found["lock_missing"]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("infra/prod.tfvars", 'db_password = "hunter2"\n', "infra/prod.tfvars:1"),
        ("infra/v.tf", 'variable "db_password" {\n  default = "hunter2"\n}\n', "infra/v.tf:2"),
        ("infra/modules/network/main.tf", 'resource "aws_x" "a" {\n  token = "hunter2"\n}\n', "infra/modules/network/main.tf:2"),
    ],
)  # fmt: skip
def test_a_secret_that_is_written_out_is_told_by_its_place(
    path: str, text: str, expected: str
) -> None:
    evidence = run_probe(terraform, repo={**GOOD, path: text})
    (entry,) = seen(evidence)["literal_secrets"]
    assert entry.startswith(f"{expected} the value of ")
    assert "hunter2" not in repr(evidence)


def test_a_state_in_git_is_told_and_not_what_it_holds() -> None:
    evidence = run_probe(
        terraform,
        repo=FakeTree(
            {**GOOD, "infra/terraform.tfstate": STATE, "infra/terraform.tfstate.backup": "x",
             "tests/a.tfstate": STATE, "infra/local.tfstate": STATE},
            untracked=["infra/local.tfstate"],
        ),
    )  # fmt: skip
    assert seen(evidence)["state_committed"] == [
        "infra/terraform.tfstate is a state of 1 resources",
        "infra/terraform.tfstate.backup is a state by its name",
    ]
    assert "hunter2" not in repr(evidence)


def test_a_remote_module_without_a_version_is_told() -> None:
    found = look(changed(AT, "./modules/network", "terraform-aws-modules/vpc/aws"))
    assert (
        "takes the module terraform-aws-modules/vpc/aws without a version"
        in found["unpinned_modules"][0]
    )
    assert found["resources"] == 2


def test_terragrunt_applies_modules_and_keeps_their_state() -> None:
    files = {
        "modules/db/main.tf": 'resource "aws_db_instance" "a" {}\n',
        "root.hcl": 'remote_state {\n  backend = "s3"\n  config = { bucket = "b" }\n}\n',
        "prod/db/terragrunt.hcl": 'terraform {\n  source = "../../modules//db"\n}\n',
        "prod/dns/terragrunt.hcl": 'terraform {\n  source = "git::https://git.test/m.git//dns?ref=v1"\n}\n',
    }
    found = look(files)
    assert (found["backend"], found["resources"], found["unreferenced_modules"]) == (
        "remote",
        2,
        [],
    )
    del files["root.hcl"]
    assert look(files)["backend"] == "none"


def test_configuration_in_json_is_not_read_and_said_so() -> None:
    evidence = run_probe(terraform, repo={"infra/main.tf.json": "{}"})
    assert "resources" not in seen(evidence)
    assert "is configuration in JSON" in evidence.problems[0].message
    both = run_probe(terraform, repo={**GOOD, "infra/more.tf.json": "{}"})
    assert not {"backend", "literal_secrets"} & seen(both).keys()


def test_a_service_in_a_folder_is_deployed_from_the_folders_for_it() -> None:
    other = {"services/other/main.tf": 'resource "aws_vpc" "x" {}\n', "services/shop/main.go": "x"}
    assert look({**GOOD, **other})["files"] != []
    evidence = run_probe(terraform, repo={**GOOD, **other}, root="services/shop")
    assert seen(evidence)["files"][0] == AT
    assert "services/other/main.tf" not in seen(evidence)["files"]


def test_a_plan_without_changes_shows_that_nothing_drifted() -> None:
    evidence = planned(plan())
    fact = next(f for f in evidence.facts if f.key == "terraform.plan_changes")
    assert (fact.value, fact.level, fact.produced_at) == (
        0,
        Level.REPORTED,
        "2026-03-02T10:00:00+00:00",
    )
    assert evidence.problems == ()
    assert fact.source.blob is None


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"resource_changes": [{"address": "aws_db_instance.orders", "change": {"actions": ["update"]}}]}, 1),
        ({"resource_drift": [{"address": "aws_db_instance.orders", "change": {"actions": ["update"]}}]}, 1),
        ({"output_changes": {"url": {"actions": ["create"]}}}, 1),
        ({"resource_changes": [{"address": "data.x.y", "change": {"actions": ["read"]}}]}, 0),
    ],
)  # fmt: skip
def test_pending_changes_and_drift_are_counted(changes: dict[str, Any], count: int) -> None:
    assert seen(planned(plan(**changes)))["plan_changes"] == count


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"errored": True}, "failed, or left something out"),
        ({"complete": False}, "failed, or left something out"),
        ({"planned_values": {}, "resource_changes": []}, "plans no resource"),
        ({"configuration": {}}, "of none of the folders"),
        ({"configuration": {"root_module": {"resources": [{"address": "aws_db_instance.orders"}]}}}, "lacks module.network"),
    ],
)  # fmt: skip
def test_false_green_a_plan_of_nothing_or_of_a_part(changes: dict[str, Any], said: str) -> None:
    evidence = planned(plan(**changes))
    assert "plan_changes" not in seen(evidence)
    assert any(said in problem.message for problem in evidence.problems)


def test_false_green_a_plan_that_is_old_or_committed_is_no_report() -> None:
    old = planned(plan(timestamp="2026-02-01T10:00:00Z"))
    assert next(f.level for f in old.facts if f.key == "terraform.plan_changes") is Level.EFFECTIVE
    assert "stale" in problems(old)
    committed = run_probe(terraform, repo={**GOOD, "infra/tfplan.json": plan()})
    assert (
        next(f.level for f in committed.facts if f.key.endswith("plan_changes")) is Level.EFFECTIVE
    )


def test_false_green_a_folder_without_a_plan_leaves_it_unknown() -> None:
    two = {**GOOD, "infra-dns/main.tf": 'resource "aws_route53_zone" "a" {}\n'}
    evidence = planned(plan(), two)
    assert "plan_changes" not in seen(evidence)
    assert "no plan as JSON of infra-dns" in evidence.problems[0].message
    pending = plan(output_changes={"url": {"actions": ["create"]}})
    assert seen(planned(pending, two))["plan_changes"] == 1


def test_a_plan_that_cannot_be_read_is_a_problem() -> None:
    assert "malformed" in problems(planned(plan()[:-3]))
