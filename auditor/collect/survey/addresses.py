"""Addresses that deployment files name: hosts of Ingresses and published ports. They are told, never asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.kube_model import KubeObject, dig
from auditor.formats.text.errors import FormatError
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import load
from auditor.model.survey import Suggestion
from auditor.probing.containers.container_files import Use, compose_paths, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_YAML = re.compile(r"(?i).+\.ya?ml")
_HOST = re.compile(r"(?!-)[a-z0-9.-]{1,200}\.[a-z]{2,}", re.IGNORECASE)
_PORTS = re.compile(
    r"(?:(?P<host>[\d.]+|\[[\da-f:]+\]):)?(?P<out>\d{1,5}):(?P<inside>\d{1,5})(?:/tcp)?"
)
_STORES = words("5432 3306 6379 27017 5672 9092 2181 1433 9200 11211 15672 4222 1025 8025")
_MOST = 12
_MOST_FILES = 3_000

Read = Callable[[str], str]


def suggested(repo: Repo, read: Read) -> Iterator[Suggestion]:
    """Every address once, those of clusters first; no more than a few."""
    seen: set[str] = set()
    for one in (*_ingresses(repo), *_published(repo, read)):
        if one.url not in seen and len(seen) < _MOST:
            seen.add(one.url)
            yield one


def _ingresses(repo: Repo) -> Iterator[Suggestion]:
    for entry in [e for e in repo.service if _YAML.fullmatch(e.path)][:_MOST_FILES]:
        if use_of(repo.below(entry.path)) is Use.APART:
            continue
        try:
            if not kube_manifest.sniff(repo.head(entry.path)):
                continue
            objects = kube_manifest.read(repo.read(entry.path).data, path=entry.path)
        except (Trouble, FormatError):
            continue  # its probe says what is wrong with it
        for found in objects:
            if found.kind == "Ingress":
                yield from _hosts(found)


def _hosts(found: KubeObject) -> Iterator[Suggestion]:
    secured = {
        text_of(host)
        for tls in list_of(found.spec.get("tls"))
        for host in list_of(mapping_of(tls).get("hosts"))
    }
    for at, rule in enumerate(list_of(found.spec.get("rules"))):
        host = text_of(mapping_of(rule).get("host")) or ""
        if _HOST.fullmatch(host):
            scheme = "https" if host in secured or dig(found.body, "spec", "tls") else "http"
            line = found.line("spec", "rules", at)
            yield Suggestion(f"{scheme}://{host}", f"{found.path}:{line}" if line else found.path)


def _published(repo: Repo, read: Read) -> Iterator[Suggestion]:
    """Ports that Compose publishes on this machine, those of stores left out."""
    for path in compose_paths(repo):
        if not repo.in_service(path) or use_of(repo.below(path)) is Use.APART:
            continue
        try:
            document = load(read(path), name=path)
        except FormatError:
            continue
        services = mapping_of(mapping_of(document.value).get("services"))
        for name, service in services.items():
            for at, port in enumerate(list_of(mapping_of(service).get("ports"))):
                number = _port(port)
                if number:
                    line = document.line(("services", name, "ports", at))
                    yield Suggestion(f"http://127.0.0.1:{number}", f"{path}:{line}")


def _port(written: object) -> str:
    """The port on the host of one entry of `ports`; "" for a store's, a range or a variable."""
    if isinstance(written, dict):
        out, inside = str(written.get("published", "")), str(written.get("target", ""))
    else:
        match = _PORTS.fullmatch(str(written))
        out, inside = (match["out"], match["inside"]) if match else ("", "")
    return out if out.isdigit() and inside not in _STORES else ""
