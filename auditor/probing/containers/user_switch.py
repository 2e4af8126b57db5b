"""Entry points that start as root and go on as somebody else: `gosu`, `su-exec`, `setpriv` and the like."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from auditor.formats.containers.build_context import BuildContext
from auditor.formats.containers.dockerfile_model import Command, Dockerfile, Stage
from auditor.formats.shell.shell_nodes import Function, Node, Sequence, Simple, children
from auditor.formats.shell.shell_syntax import read_script
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import Holdings
from auditor.probing.doors.trouble import Trouble

_LARGEST = 256 * 1024
_SWITCH = re.compile(
    r"(?:\S*/)?(?:(?:gosu|su-exec|s6-setuidgid|setuidgid)\s+(?P<a>\S+)\s+\S"
    r"|setpriv\s+(?:\S+\s+)*?--reuid[= ](?P<b>\S+)|chpst\s+(?:\S+\s+)*?-u\s*(?P<c>\S+)"
    r"|chroot\s+(?:\S+\s+)*?--userspec[= ](?P<d>\S+)|(?:runuser|sudo)\s+(?:\S+\s+)*?-u[= ]?(?P<e>\S+)"
    r"|su\s+(?:-\s+)?(?P<f>[\w${}:-]+)\s+(?:\S+\s+)*?-c\b)"
)
_LEADS = re.compile(r"(?:(?:\S*/)?(?:tini|dumb-init|exec|env|catatonit)(?:\s+-\S+)*\s+(?:--\s+)?)+")
_ROOT = re.compile(r"[\"']?(?:root|0|\$\{\w+:?[-=](?:root|0)\})(?::\S*)?[\"']?")


def switches_user(
    holdings: Holdings, context: BuildContext, parsed: Dockerfile, stage: Stage
) -> bool:
    """Whether what a stage starts goes on as another user than root, by a command of its own or of a script
    that the stage copies from its context."""
    for command in (stage.entrypoint, stage.command):
        if command is None:
            continue
        if _is_switch(" ".join(command.words)):
            return True
        for path in _scripts(parsed, stage, command, context):
            if path in holdings.files and _script_switches(holdings, path):
                return True
    return False


def _is_switch(text: str) -> bool:
    found = _SWITCH.match(_LEADS.sub("", text.strip(), count=1))
    user = next((u for u in found.groups() if u), "") if found else ""
    return bool(user) and _ROOT.fullmatch(user) is None


def _scripts(
    parsed: Dockerfile, stage: Stage, command: Command, context: BuildContext
) -> Iterator[str]:
    """Files of the repository, from the git root, that a command of the image may start as a script."""
    words = " ".join(command.words).split()
    wanted = {posixpath.basename(w) for w in words if re.search(r"/|\.sh$|entrypoint", w)}
    first = parsed.chain(stage)[-1].line
    for one in parsed.instructions:
        if one.name not in ("COPY", "ADD") or one.flag("from") or one.line < first:
            continue
        parts = re.findall(r"[^\s\[\],\"']+", one.arguments)
        for source in parts[:-1]:
            below = posixpath.normpath(posixpath.join(context.folder, source.lstrip("/")))
            if wanted & {posixpath.basename(source), posixpath.basename(parts[-1])}:
                yield below
            yield from (posixpath.normpath(posixpath.join(below, name)) for name in wanted)


def _script_switches(holdings: Holdings, path: str) -> bool:
    try:
        script = read_script(holdings.repo.read(path, limit=_LARGEST).text)
    except (Trouble, FormatError):
        return False
    return any(one.words[:1] == ("exec",) and _is_switch(one.text) for one in _alive(script))


def _alive(script: Sequence) -> list[Simple]:
    """The commands that a script may come to: not those of functions that nobody calls."""
    bodies: dict[str, Node] = {}
    waiting: list[Node] = [script]
    found: list[Simple] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function):
            bodies[node.name] = node.body
            waiting += [node.body] if any(one.words[:1] == (node.name,) for one in found) else []
            continue
        if isinstance(node, Simple):
            found.append(node)
            called = bodies.pop(node.words[0], None) if node.words else None
            waiting += [called] if called is not None else []
        waiting += list(children(node))
    return found
