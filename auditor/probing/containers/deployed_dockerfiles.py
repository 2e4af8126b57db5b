"""The Dockerfiles of a service that are deployed, for subjects that read a command out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.containers import dockerfile as syntax
from auditor.formats.containers.dockerfile_model import Dockerfile
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_NAME = re.compile(r"(?i)(?:.+[.-])?(?:docker|container)file(?:[.-][\w-]+)?")


def deployed_dockerfiles(repo: Repo) -> Iterator[tuple[str, Dockerfile]]:
    """Path and content of each that has a stage; one that cannot be read is told by its own probe."""
    for entry in repo.service:
        if not _NAME.fullmatch(entry.path.rpartition("/")[2]):
            continue
        if use_of(repo.below(entry.path)) is not Use.DEPLOYED:
            continue
        try:
            parsed = syntax.read(repo.read(entry.path).data, name=entry.path)
        except (Trouble, FormatError):
            continue
        if parsed.stages:
            yield entry.path, parsed


def text_or_nothing(repo: Repo, path: str) -> str:
    """The text of a file; empty where it cannot be read."""
    try:
        return repo.read(path).text
    except Trouble:
        return ""
