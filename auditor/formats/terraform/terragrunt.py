"""What a file of Terragrunt says: the module that it applies, and where the state is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.terraform import hcl_text
from auditor.formats.terraform.hcl_text import Body, Expression
from auditor.formats.terraform.terraform_config import Backend

_INTERPOLATED = re.compile(r"\$\{[^{}]*\}")
_BACKEND = re.compile(r'(?m)^[ \t]*backend[ \t]+"?([\w-]+)"?\s*\{')


@dataclass(frozen=True, slots=True)
class Unit:
    """One file; `source` is the module as written, without what only an evaluation would tell."""

    path: str
    source: str
    backend: Backend | None


def read(data: bytes | str, *, path: str) -> Unit:
    """Raises Malformed and TooLarge."""
    body = hcl_text.read(data, path=path)
    sources = [_plain(block.body, "source") for block in body.of("terraform")]
    return Unit(path, next((s for s in sources if s), ""), _backend(body))


def _plain(body: Body, name: str) -> str:
    value = body.value(name)
    written = value.text.strip('"') if isinstance(value, Expression) else value
    return _INTERPOLATED.sub("", written) if isinstance(written, str) else ""


def _backend(body: Body) -> Backend | None:
    """Terragrunt makes the table of locks itself where it keeps the state."""
    for block in body.of("remote_state"):
        kind = block.body.text("backend")
        if kind:
            return Backend(kind, kind != "local", block.line)
    for block in body.of("generate"):
        contents = block.body.value("contents")
        written = contents.text if isinstance(contents, Expression) else contents
        found = _BACKEND.search(written) if isinstance(written, str) else None
        if found:
            return Backend(found[1], None if found[1] != "local" else False, block.line)
    return None
