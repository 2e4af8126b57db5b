"""Modules of a Java build that a service is made of, and that lie outside of its root."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from auditor.code.lexical.places import Role, role
from auditor.code.scanning import family
from auditor.probing.code.code_reading import Code
from auditor.probing.contract import Context
from auditor.probing.repo import Repo

Beside = tuple[str, int, str] | None
_KEPT: WeakKeyDictionary[Repo, list[Beside]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def beside(ctx: Context, code: Code) -> Beside:
    """The first import of a class of the repository that is not below the service root: path, line and its file."""
    with _LOCK:
        kept = _KEPT.get(ctx.repo)
        if kept is None:
            kept = _KEPT[ctx.repo] = [_found(ctx, code)]
        return kept[0]


def _found(ctx: Context, code: Code) -> Beside:
    mine = [p for p in sorted(code.closure.reachable) if family(p) == "java" and p in code.scans]
    if not ctx.repo.root or not mine:
        return None
    others: dict[str, list[str]] = {}
    for entry in ctx.repo.find("**/*.java", everywhere=True):
        if not ctx.repo.in_service(entry.path) and role(entry.path) is Role.SOURCE:
            others.setdefault(entry.path.rpartition("/")[2], []).append(entry.path)
    for path in mine:
        for one in code.scans[path].imports:
            name = f"/{one.module.replace('.', '/')}.java"
            for there in others.get(name.rpartition("/")[2], ()):
                if there.endswith(name) and code.java.file(one.module, path) is None:
                    return path, one.line, there
    return None
