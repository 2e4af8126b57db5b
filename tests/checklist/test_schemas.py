"""The published JSON Schemas: current, complete, and in agreement with what the program reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.checklist.draft import CATEGORY, DERIVED, HEAD, ITEM, SECTION
from auditor.checklist.load import load_checklist
from auditor.checklist.shipped import checklist_names, config_folder, schema_path
from auditor.codec import encode, schema
from auditor.formats.text.config_text import Mistake
from auditor.formats.text.yaml_text import load
from auditor.model.evidence import Evidence
from auditor.settings import read_settings
from auditor.store.bundle import Manifest
from tests import test_settings
from tests.checklist.samples import SMALL, VOCABULARY
from tests.store.test_bundle import FILES

EXAMPLE = Path(__file__).parents[2] / "examples" / "orders"
WRITTEN = ["checklist", "auditor", "waivers", "attestations"]
GENERATED = {"evidence": Evidence, "manifest": Manifest}
DERIVED_CHECKLIST = """\
extends: production-readiness
floors: {blocker: effective}
thresholds: {line_coverage: {value: 95, unit: "%"}}
override: {testing.coverage: {severity: blocker, max_age: 2d}}
remove: {deployment.release.canary: "single tenant"}
add: {core.features: [{id: mine, number: "1", title: Mine, severity: nice, attestable: reported}]}
sections: {testing.tests: {weight: 2, items: []}}
criteria: [{id: criteria.mine, title: Mine, require: {not: {audit.open_blockers: "> 0"}}}]
"""


def published(name: str) -> dict[str, Any]:
    made = json.loads(schema_path(name).read_text(encoding="utf-8"))
    assert isinstance(made, dict)
    return made


def complaints(name: str, text: str | bytes) -> list[str]:
    """What a schema says of a YAML file, as the auditor reads it."""
    validator = jsonschema.Draft202012Validator(published(name))
    return [e.message for e in validator.iter_errors(load(text).value)]


@pytest.mark.parametrize("name", [*WRITTEN, *GENERATED])
def test_each_is_a_sound_schema_of_its_dialect(name: str) -> None:
    made = published(name)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("name", GENERATED)
def test_those_of_a_bundle_are_the_ones_of_the_program(name: str) -> None:
    made = encode(schema(GENERATED[name]))
    if os.environ.get("AUDITOR_GOLDEN") == "accept":
        schema_path(name).write_bytes(made)
    hint = f"{name}.schema.json changed; look at it, then accept it with AUDITOR_GOLDEN=accept"
    assert schema_path(name).read_bytes() == made, hint


def test_the_files_of_a_bundle_are_valid() -> None:
    for path, data in FILES.items():
        if path.endswith(".json"):
            name = "manifest" if path == "manifest.json" else "evidence"
            jsonschema.validate(json.loads(data), published(name))


class TestFiles:
    @pytest.mark.parametrize("name", checklist_names())
    def test_shipped_checklists_are_valid(self, name: str) -> None:
        text = (config_folder() / "checklists" / f"{name}.yaml").read_bytes()
        assert complaints("checklist", text) == []

    @pytest.mark.parametrize("text", [SMALL, DERIVED_CHECKLIST])
    def test_other_checklists_are_too(self, text: str) -> None:
        assert complaints("checklist", text) == []

    def test_the_example_is_valid(self) -> None:
        assert complaints("auditor", (EXAMPLE / "auditor.yaml").read_bytes()) == []
        attested = (EXAMPLE / "readiness" / "attestations.yaml").read_bytes()
        assert complaints("attestations", attested) == []

    def test_settings_with_every_key_are_valid(self) -> None:
        assert complaints("auditor", test_settings.FULL) == []
        assert complaints("auditor", "{}") == []

    def test_waivers_are_valid_and_so_is_a_file_that_waives_nothing(self) -> None:
        assert complaints("waivers", test_settings.TestWaivers.GOOD) == []
        assert complaints("waivers", "# none") == []

    def test_attestations_may_stand_under_a_key(self) -> None:
        attested = (EXAMPLE / "readiness" / "attestations.yaml").read_text(encoding="utf-8")
        indented = "attestations:\n" + "".join(f"  {line}\n" for line in attested.splitlines())
        assert complaints("attestations", indented) == []
        assert complaints("attestations", "") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A small", "titel: A small"),
        ("severity: blocker", "severity: bloker"),
        ("severity: blocker", "severty: blocker"),
        ("weight: 40", "weight: 0"),
        ("weight: 40", "weight: heavy"),
        ("max_age: 7d", "max_age: 7 days"),
        ("floors: {critical: reported}", "floors: {critical: claimed}"),
        ("floors: {critical: reported}", "floors: {bad: reported}"),
        ("attestable: reported", "attestable: yes"),
        ("{tls.chain_trusted: true}", "{}"),
        ("{tls.chain_trusted: true}", "{all: []}"),
        ("{tls.chain_trusted: true}", "{tls.best_protocol: {contain: x}}"),
        ("{tls.chain_trusted: true}", "{tls.best_protocol: {contains: x, empty: true}}"),
        ("{tls.chain_trusted: true}", "{tests.failed: '>= many'}"),
        ("{tls.chain_trusted: true}", "{repo.languages: {count: '3'}}"),
        ("id: security.tls\n", "id: a@b\n"),
        ('version: "1.0.0"', "version: 1.0"),
        ("value: 90", "value: ninety"),
    ],
)
def test_what_the_program_refuses_in_a_checklist_the_schema_refuses(
    tmp_path: Path, old: str, new: str
) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new)
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Mistake):
        load_checklist(str(tmp_path / "c.yaml"), VOCABULARY)
    assert complaints("checklist", text)


@pytest.mark.parametrize(
    "text",
    [
        "servise: x",
        "service: 3",
        "deployments: {s: {url: 'ftp://x'}}",
        "deployments: {s: {url: 'https://user:pass@x'}}",
        "deployments: {s: {production: maybe}}",
        "features: [{title: Pay}]",
        "features: [{id: 'a b', title: Pay}]",
        "features: [{id: a, title: Pay, live: {get: 'https://evil.test'}}]",
        "features: [{id: a, title: Pay, severity: bad}]",
        "not_applicable: {a.b: ''}",
        "effort: {a.b: 2d}",
        "effort: {a.b: 4}",
        "effort: 4h",
        "evidence: {a: b}",
    ],
)
def test_what_the_program_refuses_in_settings_the_schema_refuses(text: str) -> None:
    with pytest.raises(Mistake):
        read_settings(text.encode(), "auditor.yaml")
    assert complaints("auditor", text)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("waivers", "expires: 2027-01-31T00:00:00+01:00", "expires: 2027-01-31"),
        ("waivers", "  reason: after the move\n", ""),
        ("waivers", "evidence:", "evidense:"),
        ("attestations", "  expires: 2027-05-02T00:00:00+00:00\n", ""),
        ("attestations", "+00:00", ""),
        ("attestations", "level: reported", "level: good"),
    ],
)
def test_waivers_and_attestations_that_count_for_nothing_are_refused(
    name: str, old: str, new: str
) -> None:
    attested = (EXAMPLE / "readiness" / "attestations.yaml").read_text(encoding="utf-8")
    text = test_settings.TestWaivers.GOOD if name == "waivers" else attested
    assert old in text
    assert complaints(name, text.replace(old, new))


class TestCompleteness:
    """A key that the program learns must be published too."""

    def test_the_keys_of_a_checklist_are_those_that_are_read(self) -> None:
        known = published("checklist")["$defs"]
        assert set(known["item"]["properties"]) == set(ITEM)
        assert set(known["changes"]["properties"]) == {*ITEM} - {"id"}
        assert set(known["section"]["properties"]) == set(SECTION)
        assert set(known["category"]["properties"]) == set(CATEGORY)
        assert set(known["whole"]["properties"]) == {*HEAD, "categories", "criteria"}
        assert set(known["derived"]["properties"]) == {*HEAD, *DERIVED}

    def test_the_keys_of_settings_are_those_that_are_read(self) -> None:
        with pytest.raises(Mistake) as caught:
            read_settings(b"no_such_key: 1", "auditor.yaml")
        known = str(caught.value).partition("Known keys: ")[2].rstrip(".").split(", ")
        assert set(published("auditor")["properties"]) == set(known)

    @pytest.mark.parametrize("name", WRITTEN)
    def test_every_key_is_described_and_no_object_takes_more(self, name: str) -> None:
        for place, one in objects(published(name), name):
            assert one.get("additionalProperties") is not None, place
            for key, value in one["properties"].items():
                described = value.get("description") or "$ref" in value
                assert described, f"{place}.{key}"


def objects(made: object, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of a schema that lists properties, with its place."""
    if isinstance(made, dict):
        if isinstance(made.get("properties"), dict):
            yield place, made
        for key, value in made.items():
            yield from objects(value, f"{place}.{key}")
    elif isinstance(made, list):
        for at, value in enumerate(made):
            yield from objects(value, f"{place}.{at}")
