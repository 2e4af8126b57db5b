"""What one service of a Compose file leaves open: its version, its restarts, its limits, its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.containers.compose_model import Service
from auditor.formats.containers.image_reference import ImageReference, Pin
from auditor.formats.secrets.literal_secret import ValueKind, value_kind

_SECRET_OPTION = re.compile(
    r"(?i)(?<!\S)(?!-+(?:no|skip|without)-)(--?[\w-]*(?:pass|passwd|password|token|secret|api-?key))[=\s]+(\S+)"
)
_JOB = re.compile(
    r"(?i)(?<![a-z])(?:migrat(?:e|es|or|ions?)|init|initiali[sz]er?|seed(?:er|s)?|set-?up)(?![a-z])"
)
_WRAPPER = re.compile(r"(?i)(?:(?:dumb|tini|s6)[-_]|my_|/sbin/)init\b")
_SERVES = re.compile(
    r"(?i)(?<![a-z])(?:serve|server|start|runserver|gunicorn|[ud]vicorn|uwsgi|hypercorn|daphne|granian|worker"
    r"|celery|nginx|httpd|caddy|puma|sleep|tail)(?![a-z])"
)
_PINS = {Pin.NONE: "no tag", Pin.LATEST: "a tag that moves", Pin.VARIABLE: "a variable for tag"}
_MAJOR = re.compile(r"[vV]?\d{1,2}(?:-[A-Za-z].*)?")
_FIXED = re.compile(r"\d{6,}|\d{4}-\d{2}-\d{2}|-(?=[a-f]*\d)[0-9a-f]{7,40}(?:-|$)")
_IN_FORCE = (ValueKind.LITERAL, ValueKind.DEFAULT, ValueKind.PLACEHOLDER)


def unversioned(image: ImageReference) -> str:
    """Why an image is not of one version, "" where it is; a tag without any digit (`alpine`) names none, and
    one of a major version alone (`16-alpine`) moves with each release."""
    tag = image.tag or ""
    if image.pin is Pin.TAG and not re.search(r"\d", tag):
        return f"the tag of the image {image.text} names no version"
    if image.pin is Pin.TAG and _MAJOR.fullmatch(tag) and not _FIXED.search(tag):
        return f"the tag of the image {image.text} names a major version alone, which moves with each release"
    return f"the image {image.text} has {_PINS[image.pin]}" if image.pin in _PINS else ""


def down(service: Service) -> str:
    """Why it stays down after a crash; "" where it is started again."""
    told = f"its restart policy is {service.restart}" if service.restart else "no restart policy"
    return "" if service.restarts else told


def one_shot(service: Service) -> bool:
    """Whether it is a job that ends: `restart: "no"`, and it migrates, seeds or sets up by its name, or
    by the last command that it runs. What publishes ports, or starts a server in the end, is none."""
    if service.restart != "no" or service.ports:
        return False
    last = re.split(r"&&|\|\||;|\n", " ".join(service.command))[-1]
    if _SERVES.search(last):
        return False
    words = [w.strip("\"'") for w in _WRAPPER.sub("", last).split()]
    named = [w.rpartition("/")[2] for w in words if not w.startswith("-") and "=" not in w]
    return any(map(_JOB.search, (service.name, *named)))


def unlimited(service: Service) -> str:
    """Which of its limits are not set, "" where memory and CPU are."""
    limits = {"memory": service.memory_limit, "CPU": service.cpu_limit}
    missing = [what for what, limit in limits.items() if limit is None]
    return f"no limit of {' and '.join(missing)}" if missing else ""


def written_secrets(service: Service) -> Iterator[tuple[str, int | None]]:
    """Name and line of secrets whose value stands in the file."""
    yield from ((s.name, s.line) for s in service.secrets if s.kind in _IN_FORCE)
    for option, value in _SECRET_OPTION.findall(" ".join(service.command)):
        if value_kind(value) in _IN_FORCE:
            yield option, service.line
