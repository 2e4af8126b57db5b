"""Files of tools, other than Terraform, that describe infrastructure: found, not read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_NAMES = {
    "Pulumi.yaml": "Pulumi", "Pulumi.yml": "Pulumi", "cdk.json": "AWS CDK", "cdktf.json": "CDK for Terraform",
    "serverless.yml": "Serverless Framework", "serverless.yaml": "Serverless Framework", "samconfig.toml": "AWS SAM",
    "azuredeploy.json": "Azure Resource Manager", "ansible.cfg": "Ansible", "copilot.yml": "AWS Copilot",
    "sst.config.ts": "SST", "fly.toml": "Fly", "render.yaml": "Render", "app.yaml": "App Engine",
}  # fmt: skip
_TEMPLATE = re.compile(r".+\.(?:ya?ml|json|template)")
_FORMATION = re.compile(rb"AWSTemplateFormatVersion|\bType\"?:[ \t]*[\"']?AWS::[A-Z]\w+::\w+")
_SAM = re.compile(rb"Transform\"?:[ \t]*[\"']?AWS::Serverless")
_MOST = 3_000


def other_tools(repo: Repo) -> Iterator[tuple[str, str]]:
    """Path and name of the tool, in order; those of tests and examples are left out."""
    looked = 0
    for entry in repo.entries:
        path, name = entry.path, posixpath.basename(entry.path)
        if path.startswith(".") or use_of(repo.below(path)) is Use.APART:
            continue
        if name.endswith(".bicep"):
            yield path, "Bicep"
        elif name in _NAMES and (name != "app.yaml" or _head(repo, path).startswith(b"runtime:")):
            yield path, _NAMES[name]
        elif _TEMPLATE.fullmatch(name) and looked < _MOST:
            looked += 1
            head = _head(repo, path)
            if _FORMATION.search(head):
                yield path, "AWS SAM" if _SAM.search(head) else "CloudFormation"


def _head(repo: Repo, path: str) -> bytes:
    try:
        return repo.head(path)
    except Trouble:
        return b""
