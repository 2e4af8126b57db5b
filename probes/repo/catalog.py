"""Reads who answers for the service, and how much depends on it, where a catalogue of services reads that.

Backstage's catalog-info.yaml (components and their `spec.owner`), Datadog's service.datadog.yaml and
entity.datadog.yaml, OpsLevel's opslevel.yml, Cortex' cortex.yaml, a service.yaml with `owner` or `team`, and `tier` of
auditor.yaml; below the service, else at the git root. A placeholder owns nothing, and a single person is told apart.

Not seen: whether the team exists and has people, and what only the catalogue's own database holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries

OWNERS = FactSpec("catalog.owners", FactType.LIST, "Teams that answer for the service.")
SINGLE = FactSpec("catalog.single_person", FactType.LIST, "Owners that are one person alone.")
PLACEHOLDERS = FactSpec("catalog.placeholders", FactType.LIST, "Owners that are nobody.")
TIERS = FactSpec("catalog.tiers", FactType.LIST, "How much depends on the service, as files say.")
INVALID = FactSpec("catalog.invalid", FactType.LIST, "What the catalogue would refuse to read.")

_LIMIT = 1024 * 1024
_NOBODY = re.compile(
    r"(?i)(?:user:|group:)?(?:default/)?(?:guests?|unknown|nobody|tbd|todo|changeme|n/?a|none"
    r"|your[-_ ]?\w*|team[-_ ]?name|owner|my[-_ ]team|example[-_ ]?\w*)|<.*>|\$\{\{?.*"
)
_PERSON = re.compile(r"(?i)user:.+|[\w.+-]+@[\w-]+\.[\w.-]+")
_SHARED = re.compile(r"(?i)(?:team|group|oncall|on-call|support|ops|sre|platform|dev|all)[\w.+-]*@")
# File → the places of owner and of tier in each of its documents.
_FILES: dict[str, tuple[tuple[Path, ...], tuple[Path, ...]]] = {
    "catalog-info.yaml": (
        (("spec", "owner"),),
        (("spec", "tier"), ("metadata", "labels", "tier"), ("metadata", "annotations", "tier")),
    ),
    "service.datadog.yaml": ((("team",), ("dd-team",)), (("tier",),)),
    "entity.datadog.yaml": ((("metadata", "owner"),), (("spec", "tier"),)),
    "opslevel.yml": ((("service", "owner"), ("service", "team")), (("service", "tier"),)),
    "cortex.yaml": ((("info", "x-cortex-owners"),), (("info", "x-cortex-service-tier"),)),
    "service.yaml": ((("owner",), ("team",)), (("tier",), ("criticality",))),
    "auditor.yaml": ((), (("tier",),)),
}
_OTHER = {"catalog-info.yml": "catalog-info.yaml", "service.datadog.yml": "service.datadog.yaml",
          "entity.datadog.yml": "entity.datadog.yaml", "opslevel.yaml": "opslevel.yml", "cortex.yml": "cortex.yaml",
          "service.yml": "service.yaml", "auditor.yml": "auditor.yaml"}  # fmt: skip


@probe(
    "repo.catalog",
    title="Owner and tier of the service",
    needs=[Need.REPOSITORY],
    emits=[OWNERS, SINGLE, PLACEHOLDERS, TIERS, INVALID],
    pure=True,
)
def catalog(ctx: Context) -> Iterator[Observation]:
    """A file that cannot be read, or is not there, leaves open what no other file tells."""
    seen = Entries((OWNERS, SINGLE, PLACEHOLDERS, TIERS, INVALID))
    for path, form in _paths(ctx.repo):
        owners, tiers = _FILES[form]
        with seen.reading(path, INVALID, "the catalogue"):
            for document in load_all(ctx.repo.read(path, limit=_LIMIT).data, name=path):
                if form == "catalog-info.yaml" and not _is_component(document):
                    continue
                for line, owner in _found(document, owners):
                    _owner(seen, path, line, owner)
                for line, tier in _found(document, tiers):
                    if not _NOBODY.fullmatch(tier):
                        seen.add(TIERS, path, line, tier)
    hint = "Write catalog-info.yaml or the like, or attest the entry of a catalogue elsewhere."
    said = "No file of a catalogue says whose the service is."
    seen.away(said, hint, OWNERS, SINGLE, PLACEHOLDERS)
    hint = "Write `tier:` into auditor.yaml, or attest the entry of a catalogue elsewhere."
    seen.away("No file says how much depends on the service.", hint, TIERS)
    source = ctx.repo.source(f"searched: {', '.join(_FILES)}")
    yield from seen.observations(ctx, source)


def _paths(repo: Repo) -> Iterator[tuple[str, str]]:
    """The files of the service's folder, else of the git root, with the form that each has."""
    for name, form in (*((n, n) for n in _FILES), *_OTHER.items()):
        places = dict.fromkeys((repo.within(name), name))
        path = next((p for p in places if p in repo.by_path), None)
        if path is not None:
            yield path, form


def _is_component(document: YamlDocument) -> bool:
    return text_of(mapping_of(document.value).get("kind")) in (
        "Component",
        "API",
        "Resource",
        "System",
    )


def _found(document: YamlDocument, places: tuple[Path, ...]) -> Iterator[tuple[int | None, str]]:
    """What stands at the first of the places that holds a text, or a list of them or of `name`s."""
    for place in places:
        value: YamlValue = document.value
        for step in place:
            value = mapping_of(value).get(str(step))
        for one in value if isinstance(value, list) else [value]:
            text = text_of(one) or text_of(mapping_of(one).get("name")) or ""
            if text.strip():
                yield document.line(place), text.strip()


def _owner(seen: Entries, path: str, line: int | None, owner: str) -> None:
    if _NOBODY.fullmatch(owner):
        seen.add(PLACEHOLDERS, path, line, owner)
    elif _PERSON.fullmatch(owner) and not _SHARED.match(owner):
        seen.add(SINGLE, path, line, owner)
    else:
        seen.add(OWNERS, path, line, owner)
