"""Which module of settings the image of the service runs Django with."""

from __future__ import annotations

import re

from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_LIMIT = 512 * 1024
_DOCKERFILE = re.compile(r"(?i)(?:.*/)?(?:[\w.-]+[.-])?(?:docker|container)file(?:[.-][\w.-]+)?")
_SET = re.compile(
    r"(?im)^[ \t]*ENV[ \t](?:[^\n]*[ \t])?DJANGO_SETTINGS_MODULE[ \t]*[= \t][ \t]*[\"']?([a-z_][\w.]*)"
)


def settings_module(repo: Repo) -> str:
    """The path of the module that the deployed Dockerfiles set, "" where they set none or several."""
    named: set[str] = set()
    for entry in repo.service:
        deployed = use_of(repo.below(entry.path)) is Use.DEPLOYED
        if deployed and _DOCKERFILE.fullmatch(entry.path) and entry.size <= _LIMIT:
            try:
                text = repo.read(entry.path, limit=_LIMIT).text
            except Trouble:
                return ""
            named.update(_SET.findall(re.sub(r"\\\r?\n", " ", text)))
    if len(named) != 1:
        return ""
    ending = f"/{named.pop().replace('.', '/')}.py"
    paths = [one.path for one in repo.service if f"/{one.path}".endswith(ending)]
    return paths[0] if len(paths) == 1 else ""
