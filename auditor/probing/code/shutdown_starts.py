"""How the platform starts a service: commands and scripts in which a shell stands before it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from auditor.code.topics.shutdown_commands import behind_a_shell, script_without_exec
from auditor.code.topics.signal_places import Place
from auditor.formats.containers.dockerfile_model import Command
from auditor.probing.containers.composed_services import composed_services
from auditor.probing.containers.container_files import Holdings, Use, compose_paths, use_of
from auditor.probing.containers.deployed_dockerfiles import deployed_dockerfiles, text_or_nothing
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble

_SERVERS = re.compile(
    r"(?:^|[\s/\"'])(gunicorn|uvicorn|hypercorn|granian|daphne|waitress-serve|uwsgi|celery|dramatiq|fastapi run)\b"
)
_GIVEN_TO_SHELL = re.compile(r"sh[\"',\s]+-\w*c\b")
_FASTER = re.compile(
    r"--(?:graceful-timeout|timeout-graceful-shutdown|graceful_timeout|stop-timeout)[= ]\S+"
)


def started(ctx: Context) -> Iterator[tuple[str, Command, str]]:
    """The commands of the last stage of every Dockerfile that is deployed: file, command, CMD or ENTRYPOINT."""
    for path, parsed in deployed_dockerfiles(ctx.repo):
        stage = parsed.final
        if stage.entrypoint is not None:
            yield path, stage.entrypoint, "ENTRYPOINT"
        if stage.command is not None and not (
            stage.entrypoint is not None and stage.entrypoint.shell
        ):
            yield path, stage.command, "CMD"


def without_exec(ctx: Context) -> Iterator[Place]:
    """Commands, and scripts that they name, in which a shell keeps the signal to itself."""
    for path, command, what in started(ctx):
        said = behind_a_shell(command.words, shell=command.shell)
        if said:
            yield Place(path, command.line, f"{what} runs by a shell, without exec: {said}")
            continue
        words = " ".join(command.words).split()
        for script in [w for w in words[:3] if w.endswith(".sh")]:
            yield from _script(ctx, path, script.strip("\"'"))


def composed_without_exec(ctx: Context) -> Iterator[Place]:
    """Commands of the Compose services that run the service, in which a shell keeps the signal to itself."""
    texts = {path: text_or_nothing(ctx.repo, path) for path in compose_paths(ctx.repo)}
    if not any(_GIVEN_TO_SHELL.search(text) for text in texts.values()):
        return
    for one in composed_services(ctx.repo, Holdings(ctx.repo)):
        if not one.own or use_of(ctx.repo.below(one.path)) is not Use.DEPLOYED:
            continue
        said = behind_a_shell(one.service.command, shell=False)
        if said:
            at = texts[one.path].find(
                "command", max(0, texts[one.path].find(f"{one.service.name}:"))
            )
            line = texts[one.path].count("\n", 0, max(0, at)) + 1
            yield Place(
                one.path,
                line,
                f"the command of {one.service.name} runs by a shell, without exec: {said}",
            )


def by_server(ctx: Context) -> Iterator[Place]:
    """Servers by which a command starts the service, and which let requests end by themselves."""
    for path, command, what in started(ctx):
        line = " ".join(command.words)
        server = _SERVERS.search(line)
        if server is not None:
            told = _FASTER.search(line)
            yield Place(path, command.line, f"{what}: {server[1]}{f' {told[0]}' if told else ''}")


def _script(ctx: Context, dockerfile: str, name: str) -> Iterator[Place]:
    """The script of a name, the one nearest to its Dockerfile."""
    last = posixpath.basename(name)
    found = [p for p in ctx.repo.by_path if posixpath.basename(p) == last]
    folder = posixpath.dirname(dockerfile)
    near = [p for p in found if p.startswith(f"{folder}/")] if folder else found
    for path in near if len(near) == 1 else []:
        try:
            line, said = script_without_exec(ctx.repo.read(path).text)
        except Trouble:
            return
        if said:
            yield Place(path, line, f"{last} starts the service without exec: {said}")
