"""Compose services that back up: by a known image, by a loop of their own, or by cron."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.containers import backup_images
from auditor.formats.databases.backup_script import ANY, Dump
from auditor.formats.text.yaml_shapes import texts_of
from auditor.formats.text.yaml_text import YamlValue
from auditor.probing.containers.backup_jobs import Job, Scripts, inline
from auditor.probing.containers.composed_services import ComposedService


def compose_jobs(services: list[ComposedService], scripts: Scripts) -> Iterator[Job]:
    """Compose services that back up: by a known image, by a loop, or by cron."""
    data = {source for one in services for source, target in one.volumes if _is_data(target)}
    for one in services:
        line = one.service.line
        off = (
            f"only the profile {one.service.profiles[0]} starts it" if one.service.profiles else ""
        )
        settings = {e.name for e in one.service.environment}
        known = None if one.service.build else backup_images.of_image(one.image)
        entry = one.body.get("entrypoint")
        command = "\n".join(_words(value) for value in (entry, one.body.get("command")) if value)
        script = inline(command.replace("$$", "$"), line)
        called = scripts.named(command)
        dumps = [*script.dumps, *(dump for p in called for _, dump in scripts.dumps(p))]
        if known and not dumps:
            store, by_itself = known
            timed = by_itself or any(map(backup_images.TIMES.fullmatch, settings))
            sent = any(map(backup_images.REMOTE.fullmatch, settings))
            kept = [(s, t) for s, t in one.volumes if not t.startswith(("/var/run", "/etc"))]
            against = ""
            if store not in (ANY, "sqlite") and not sent:
                against = "" if kept else "its copies stay inside the container"
                if kept and all(source in data for source, _ in kept):
                    against = "its copies lie on the volume of the data"
            why = off or ("" if timed else "no setting says when it runs")
            yield Job(
                one.path, line, f"{one.service.name}: image {one.image}", store, why, against, sent
            )
        repeats = script.repeats or any(scripts.read[p].repeats for p in called)
        cron = re.search(r"\bcrond?\b|supercronic|\bgo-crond\b", command)
        for dump in dumps:
            why = off or ("" if repeats or cron else "it runs once, when it is started")
            yield Job(
                one.path,
                line,
                f"{one.service.name}: {dump.tool}",
                dump.store,
                why,
                dump.against or _same(one, dump, data),
                dump.leaves,
            )


def _words(value: YamlValue) -> str:
    words = texts_of(value)
    if len(words) > 2 and re.fullmatch(r"-[a-z]*c", words[1]):
        return words[2]
    if len(words) == 2 and re.fullmatch(r"-[a-z]*c", words[1]):
        return ""  # the command behind it is the script
    found = (
        re.match(r"(?s)\s*(?:/bin/)?(?:ba)?sh\s+-[a-z]*c\s+[\"'](.*)[\"']\s*$", words[0])
        if len(words) == 1
        else None
    )
    return found[1] if found else " ".join(words)


def _same(one: ComposedService, dump: Dump, data: set[str]) -> str:
    """Whether a copy lies where the data lie, or in the container alone."""
    if dump.leaves or dump.store == ANY:
        return ""
    fits = [s for s, t in one.volumes if f"{dump.target}/".startswith(f"{t.rstrip('/')}/")]
    if fits and fits[0] in data:
        return "its copies lie on the volume of the data"
    known = dump.target.startswith("/")
    return "its copies stay inside the container" if known and not fits else ""


def _is_data(target: str) -> bool:
    return (
        re.match(
            r"/(?:var/lib/(?:postgresql|mysql|mongodb|cassandra|clickhouse|neo4j)|data/db|data$|bitnami/)",
            target,
        )
        is not None
    )
