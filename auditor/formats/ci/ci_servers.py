"""Which servers a job of GitHub Actions starts beside its steps: service containers, Compose, Docker, systemd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.ci.github_run import moved
from auditor.formats.ci.github_workflow import Job, Step
from auditor.formats.shell.shell_nodes import commands
from auditor.formats.shell.shell_syntax import read_script
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import load

_QUOTED = re.compile(r"'([^']+)'")
_AXIS = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_COMPOSE = re.compile(
    r"(?:sudo )?(?:docker|podman)(?:-| )compose(?P<options>(?: -[^\s=]+(?:[ =][^-\s]\S*)?)*)"
    r" (?:up|run|start|create)(?P<rest>(?: .*)?)"
)
_FILE = re.compile(r"(?:-f|--file)[ =](\S+)")
_FOLDER = re.compile(r"--project-directory[ =](\S+)")
_RUN = re.compile(r"(?:sudo )?(?:docker|podman) (?:container )?run (.*)")
_SYSTEMD = re.compile(r"(?:sudo )?(?:systemctl (?:start|restart)|service) ([\w@.-]+)")
_ACTION = re.compile(
    r"(?:(?:setup|start|action|run|action-setup)-)?(postgres(?:ql)?|mysql|mariadb|mongodb?|redis|rabbitmq|kafka"
    r"|elasticsearch|opensearch|minio|memcached)(?:-(?:github-)?action)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z][\w-]*")
_VALUED = frozenset(
    {"--scale", "--timeout", "-t", "--wait-timeout", "--exit-code-from", "--attach"}
)


@dataclass(frozen=True, slots=True)
class Server:
    """A server by its image (or the name of its unit), and what the job calls it."""

    image: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ComposeUp:
    """A start of Compose services: files and folder from the git root, none where Compose looks for
    them itself; the services that are named, none for all."""

    folder: str
    files: tuple[str, ...]
    services: tuple[str, ...]


def service_containers(data: bytes | str, job: Job) -> tuple[Server, ...]:
    """The `services` of a job; an image that an expression chooses counts once for each image that it
    may be. Raises Malformed and TooLarge."""
    jobs = mapping_of(mapping_of(load(data).value).get("jobs"))
    services = mapping_of(mapping_of(jobs.get(job.id)).get("services"))
    found: list[Server] = []
    for name, body in services.items():
        image = text_of(mapping_of(body).get("image")) or text_of(body) or ""
        found += [Server(one, name) for one in _images(image, job) if one]
    return tuple(found)


def _images(text: str, job: Job) -> list[str]:
    axis = _AXIS.search(text)
    if axis:
        return [text.replace(axis.group(), value) for value in job.values(axis[1])]
    # `${{ matrix.name == 'Tests' && 'postgres:17' || '' }}`
    return [q for q in _QUOTED.findall(text) if ":" in q] if "${{" in text else [text]


def started(step: Step) -> Iterator[Server | ComposeUp]:
    """What a step starts that stays for the steps behind it."""
    if step.uses is not None:
        yield from _of_action(step)
        return
    folder = moved("", (step.working_directory or "").strip("/"))
    for command in commands(read_script(step.run or "")):
        text = " ".join(command.words)[:1_000]
        composed, run, unit = _COMPOSE.match(text), _RUN.match(text), _SYSTEMD.match(text)
        if composed:
            yield _compose(composed["options"], composed["rest"], folder)
        elif run:
            yield from (Server(word) for word in run[1].split() if not word.startswith("-"))
        elif unit:
            yield Server(unit[1].removesuffix(".service"))


def _compose(options: str, rest: str, folder: str) -> ComposeUp:
    within = _FOLDER.search(options)
    folder = moved(folder, within[1]) if within else folder
    named: list[str] = []
    valued = False
    for word in rest.split():
        if not word.startswith("-") and not valued and _WORD.fullmatch(word):
            named.append(word)
        valued = word in _VALUED
    files = tuple(moved(folder, file) for file in _FILE.findall(options))
    return ComposeUp(folder, files, tuple(named))


def _of_action(step: Step) -> Iterator[Server | ComposeUp]:
    name = (step.uses or "").partition("@")[0].rpartition("/")[2]
    if name == "compose-action":
        files = step.argument("compose-file").split()
        services = tuple(step.argument("services").split())
        yield ComposeUp("", tuple(moved("", f) for f in files), services)
        return
    known = _ACTION.fullmatch(name)
    if known:
        yield Server(known[1].lower(), name)
