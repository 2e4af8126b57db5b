"""What a file of Terraform or OpenTofu says: resources, modules, providers, where its state is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.terraform import hcl_text
from auditor.formats.terraform.hcl_text import Block, Body, Object
from auditor.formats.terraform.terraform_secrets import written_secrets
from auditor.formats.text.errors import Malformed
from auditor.formats.text.word_list import words

_TOP = words(
    "resource data module provider variable output locals terraform moved import removed check"
    " ephemeral action list"
)
_LABELS = {"resource": 2, "data": 2, "module": 1, "provider": 1, "variable": 1, "output": 1}
_SELF_MADE = re.compile(
    r"(?:null|random|local|time|tls|template|archive|external|http|terraform)(?:_|$)"
)
_LOCKED = {
    "s3": ("dynamodb_table", "use_lockfile"),
    "http": ("lock_address",),
    "oss": ("tablestore_table",),
}
_PLACES = {"s3": "bucket", "http": "address", "oss": "bucket"}
_GIT = re.compile(r"git(?:::|@)|.*\.git(?:$|[/?])|(?:github|bitbucket)\.(?:com|org)[/:]")
_REGISTRY = re.compile(r"(?:[\w.-]+\.[a-z]+/)?[\w-]+/[\w-]+/[\w-]+(?://.*)?")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, or a data source where it is not `managed`; `provider` by its local name."""

    type: str
    name: str
    provider: str
    managed: bool
    line: int | None

    @property
    def real(self) -> bool:
        """Whether it makes something outside the run: a random number or a local file is nothing."""
        return self.managed and not _SELF_MADE.match(self.type)

    def __str__(self) -> str:
        return f"{self.type}.{self.name}"


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a module; `source` is None where it is not written out."""

    name: str
    source: str | None
    version: str | None
    line: int | None

    @property
    def local(self) -> bool:
        """Whether the module is a folder of this repository."""
        return self.source is not None and self.source.startswith(("./", "../"))

    @property
    def unpinned(self) -> str:
        """Why the module may change from one run to the next, "" where it may not."""
        source = self.source or ""
        if self.local or not source:
            return ""
        if _GIT.match(source):
            return "" if "ref=" in source else f"the module {source} without `?ref=`"
        if _REGISTRY.fullmatch(source) and not bounded(self.version or ""):
            return f"the module {source} without a version"
        return ""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a configuration requires of a provider: address such as `hashicorp/aws`, and version."""

    name: str
    source: str
    version: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Backend:
    """Where the state is kept; `locks` is None where other settings may say so."""

    kind: str
    locks: bool | None
    line: int | None

    @property
    def remote(self) -> bool:
        """Whether it is not the disk of whoever runs it."""
        return self.kind != "local"


@dataclass(frozen=True, slots=True)
class TerraformFile:
    """One file. `configures` are the providers that it has settings of, `secrets` names and lines."""

    path: str
    resources: tuple[Resource, ...] = ()
    calls: tuple[Call, ...] = ()
    providers: tuple[Provider, ...] = ()
    configures: tuple[str, ...] = ()
    backend: Backend | None = None
    secrets: tuple[tuple[str, int | None], ...] = ()


def read(data: bytes | str, *, path: str) -> TerraformFile:
    """A file `*.tf` or `*.tofu`. Raises Malformed, also for what no version of Terraform knows, and TooLarge."""
    body = hcl_text.read(data, path=path)
    for one in body.attributes:
        raise Malformed(f"{path} sets {one.name} outside any block.", line=one.line)
    for block in body.blocks:
        wanted = _LABELS.get(block.type)
        if block.type not in _TOP:
            raise Malformed(f"{path} has a block {block.type}, which is unknown.", line=block.line)
        if wanted is not None and len(block.labels) != wanted:
            said = f"{path} has a block {block.type} of {len(block.labels)} names, not {wanted}."
            raise Malformed(said, line=block.line)
        if block.type == "module" and block.body.attribute("source") is None:
            raise Malformed(f"{path} has a module without a source.", line=block.line)
    settings = [below for block in body.of("terraform") for below in block.body.blocks]
    return TerraformFile(
        path,
        tuple(_resource(block) for block in body.of("resource", "data")),
        tuple(_call(block) for block in body.of("module")),
        tuple(_providers(body, settings)),
        tuple(block.labels[0] for block in body.of("provider")),
        next(map(_backend, (s for s in settings if s.type in ("backend", "cloud"))), None),
        tuple(written_secrets(body)),
    )


def read_variables(data: bytes | str, *, path: str) -> TerraformFile:
    """A file `*.tfvars`, of which only the secrets are told. Raises Malformed and TooLarge."""
    body = hcl_text.read(data, path=path)
    for block in body.blocks:
        raise Malformed(f"{path} has a block {block.type} where values belong.", line=block.line)
    return TerraformFile(path, secrets=tuple(written_secrets(body)))


def read_lock(data: bytes | str, *, path: str) -> frozenset[str]:
    """The providers, such as `hashicorp/aws`, that a `.terraform.lock.hcl` holds to a version.

    Raises Malformed and TooLarge.
    """
    body = hcl_text.read(data, path=path)
    return frozenset(
        address(block.labels[0])
        for block in body.of("provider")
        if block.labels and block.body.text("version") and block.body.value("hashes")
    )


def address(source: str) -> str:
    """The last two parts of the address of a provider, as registries mirror each other."""
    return "/".join(source.lower().split("/")[-2:])


def bounded(constraint: str) -> bool:
    """Whether a constraint of versions has an upper end: `~> 5.0`, `5.1.2`, `>= 4, < 6`."""
    parts = [part.strip() for part in constraint.split(",") if part.strip()]
    return any(re.match(r"~>|<|=|\d", part) for part in parts)


def _resource(block: Block) -> Resource:
    kind, name = block.labels
    written = block.body.value("provider")
    chosen = written.text if isinstance(written, hcl_text.Expression) else written
    provider = chosen.partition(".")[0] if isinstance(chosen, str) else kind.partition("_")[0]
    return Resource(kind, name, provider, block.type == "resource", block.line)


def _call(block: Block) -> Call:
    return Call(block.labels[0], block.body.text("source"), block.body.text("version"), block.line)


def _providers(body: Body, settings: list[Block]) -> Iterator[Provider]:
    for block in (one for one in settings if one.type == "required_providers"):
        for found in block.body.attributes:
            wanted = found.value
            source, version = f"hashicorp/{found.name}", wanted
            if isinstance(wanted, Object):
                named, version = wanted.get("source"), wanted.get("version")
                source = named if isinstance(named, str) else source
            text = version if isinstance(version, str) else ""
            yield Provider(found.name, address(source), text, found.line)
    for block in body.of("provider"):
        old = block.body.text("version")
        if old is not None:
            name = block.labels[0]
            yield Provider(name, f"hashicorp/{name}", old, block.line)


def _backend(block: Block) -> Backend:
    if block.type == "cloud":
        return Backend("cloud", True, block.line)
    kind = block.labels[0] if block.labels else ""
    options = _LOCKED.get(kind)
    if options is None:
        return Backend(kind, kind != "local", block.line)
    values = [block.body.value(option) for option in options]
    if any(value not in (None, False, "") for value in values):
        return Backend(kind, True, block.line)
    whole = block.body.attribute(_PLACES[kind]) is not None
    return Backend(kind, False if whole else None, block.line)
