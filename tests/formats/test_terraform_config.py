"""Files of Terraform: resources, modules, providers, backends, locks, and secrets that are written out."""

from __future__ import annotations

import pytest

from auditor.formats.terraform import terragrunt
from auditor.formats.terraform.terraform_config import (
    Backend,
    TerraformFile,
    address,
    bounded,
    read,
    read_lock,
    read_variables,
)
from auditor.formats.text.errors import Malformed


def of(text: str) -> TerraformFile:
    """The file of that text."""
    return read(text, path="main.tf")


def test_resources_and_data_have_their_provider() -> None:
    found = of(
        'resource "aws_s3_bucket" "a" {}\ndata "aws_vpc" "b" {}\n'
        'resource "google_x" "c" {\n  provider = google-beta.eu\n}\nresource "random_id" "d" {}\n'
    ).resources
    assert [(str(r), r.provider, r.managed, r.real, r.line) for r in found] == [
        ("aws_s3_bucket.a", "aws", True, True, 1),
        ("aws_vpc.b", "aws", False, False, 2),
        ("google_x.c", "google-beta", True, True, 3),
        ("random_id.d", "random", True, False, 6),
    ]


@pytest.mark.parametrize(
    ("source", "version", "unpinned"),
    [
        ("./modules/a", "", False),
        ("terraform-aws-modules/vpc/aws", '  version = "~> 5.0"\n', False),
        ("terraform-aws-modules/vpc/aws", '  version = ">= 5.0"\n', True),
        ("terraform-aws-modules/vpc/aws", "", True),
        ("app.terraform.io/acme/vpc/aws//sub", "", True),
        ("git::https://git.test/acme/vpc.git?ref=v1.2.0", "", False),
        ("git::https://git.test/acme/vpc.git//sub", "", True),
        ("git@github.com:acme/vpc.git", "", True),
        ("github.com/acme/vpc", "", True),
        ("https://git.test/vpc-1.2.0.zip", "", False),
    ],
)
def test_a_remote_module_wants_a_version(source: str, version: str, unpinned: bool) -> None:
    (call,) = of(f'module "m" {{\n  source = "{source}"\n{version}}}\n').calls
    assert bool(call.unpinned) is unpinned


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [("~> 5.0", True), ("5.1.2", True), ("= 5.1", True), (">= 4, < 6", True), (">= 4", False), ("!= 4.2", False), ("", False)],
)  # fmt: skip
def test_a_constraint_has_an_upper_end_or_not(constraint: str, expected: bool) -> None:
    assert bounded(constraint) is expected


def test_providers_are_required_by_address_and_version() -> None:
    found = of(
        'terraform {\n  required_providers {\n    aws = "~> 5.0"\n    cf = {\n      source = "Cloudflare/cloudflare"\n'
        '      version = ">= 5"\n    }\n  }\n}\nprovider "old" {\n  version = "1.0"\n}\n'
    )
    assert [(p.name, p.source, p.version, p.line) for p in found.providers] == [
        ("aws", "hashicorp/aws", "~> 5.0", 3),
        ("cf", "cloudflare/cloudflare", ">= 5", 4),
        ("old", "hashicorp/old", "1.0", 10),
    ]
    assert found.configures == ("old",)
    assert address("registry.opentofu.org/hashicorp/aws") == "hashicorp/aws"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ('backend "s3" {\nbucket = "b"\ndynamodb_table = "t"\n}', Backend("s3", True, 2)),
        ('backend "s3" {\nbucket = "b"\nuse_lockfile = true\n}', Backend("s3", True, 2)),
        ('backend "s3" {\nbucket = "b"\nuse_lockfile = false\n}', Backend("s3", False, 2)),
        ('backend "s3" {\nbucket = "b"\n}', Backend("s3", False, 2)),
        ('backend "s3" {}', Backend("s3", None, 2)),
        ('backend "gcs" {\nbucket = "b"\n}', Backend("gcs", True, 2)),
        ('backend "http" {\naddress = "https://git.test/state"\n}', Backend("http", False, 2)),
        ('backend "local" {\npath = "x"\n}', Backend("local", False, 2)),
        ('cloud {\norganization = "acme"\n}', Backend("cloud", True, 2)),
        ('# backend "s3" {}', None),
    ],
)
def test_a_backend_locks_or_does_not(block: str, expected: Backend | None) -> None:
    assert of(f"terraform {{\n{block}\n}}\n").backend == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('resource "aws_db_instance" "a" {\n  password = "hunter2"\n}\n', ["password"]),
        ('resource "aws_db_instance" "a" {\n  password = "changeme"\n}\n', ["password"]),
        ('variable "db_password" {\n  default = "hunter2"\n}\n', ["db_password"]),
        ('variable "db_password" {\n  default = ""\n}\n', []),
        ('variable "db_password" {\n  sensitive = true\n}\n', []),
        ('locals {\n  env = { DB_PASSWORD = "hunter2" }\n}\n', ["DB_PASSWORD"]),
        ('locals {\n  env = merge(var.e, { API_TOKEN = "hunter2" })\n}\n', ["API_TOKEN"]),
        ('locals {\n  p = var.x ? { db_password = "hunter2" } : {}\n}\n', ["db_password"]),
        (
            'resource "a_b" "c" {\n  d = jsonencode([{ name = "DB_PASSWORD", value = "hunter2" }])\n}\n',
            ["DB_PASSWORD"],
        ),
        (
            'resource "a_b" "c" {\n  env {\n    name = "DB_PASSWORD"\n    value = "hunter2"\n  }\n}\n',
            ["DB_PASSWORD"],
        ),
        ('provider "aws" {\n  access_key = "AKIA2345672345672345"\n}\n', ["access_key"]),
        ('resource "a_b" "c" {\n  password = var.password\n}\n', []),
        ('resource "a_b" "c" {\n  password = "${var.a}-x"\n}\n', []),
        ('resource "a_b" "c" {\n  password_policy = "strong"\n  secret_name = "db"\n}\n', []),
        ('resource "a_b" "c" {\n  image_pull_secret = "regcred"\n  kms_key = "alias/a"\n}\n', []),
        ('resource "a_b" "c" {\n  password = "/prod/db/password"\n}\n', []),
        ('data "a_b" "c" {\n  password = "looked-up"\n}\n', []),
        ('# resource "a_b" "c" { password = "hunter2" }\n', []),
    ],
)
def test_a_secret_is_named_where_its_value_is_written(text: str, names: list[str]) -> None:
    assert [name for name, _ in of(text).secrets] == names


def test_values_may_hold_secrets_and_no_blocks() -> None:
    assert read_variables('db_password = "hunter2"\n', path="a.tfvars").secrets == (
        ("db_password", 1),
    )
    with pytest.raises(Malformed, match="where values belong"):
        read_variables("a {}\n", path="a.tfvars")


def test_a_lock_holds_providers_with_version_and_hashes() -> None:
    good = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.1.0"\n  hashes = ["h1:x"]\n}\n'
    assert read_lock(good, path=".terraform.lock.hcl") == {"hashicorp/aws"}
    assert read_lock(good.replace("hashes", "other"), path=".terraform.lock.hcl") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n",
        'resource "a" {}\n',
        'resources "a" "b" {}\n',
        'module "m" {}\n',
        'provider {}\n',
    ],
)  # fmt: skip
def test_what_terraform_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        of(text)


@pytest.mark.parametrize(
    ("text", "source", "kind"),
    [
        ('terraform {\n  source = "${get_parent_terragrunt_dir()}/modules//db"\n}\n', "/modules//db", None),
        ('remote_state {\n  backend = "s3"\n  config = {}\n}\n', "", "s3"),
        ('generate "b" {\n  contents = <<EOF\nterraform {\n  backend "gcs" {}\n}\nEOF\n}\n', "", "gcs"),
        ("inputs = {}\n", "", None),
    ],
)  # fmt: skip
def test_terragrunt_names_a_module_and_a_backend(text: str, source: str, kind: str | None) -> None:
    unit = terragrunt.read(text, path="terragrunt.hcl")
    assert (unit.source, unit.backend and unit.backend.kind) == (source, kind)
