"""The text of an auditor.yaml: golden for little repositories of several stacks, valid whatever the target holds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checklist.shipped import schema_path
from auditor.collect.survey.services import survey
from auditor.formats.text.yaml_text import load
from auditor.model.item import Severity, Tier
from auditor.model.survey import Candidate, FoundReport, FoundService, Suggestion
from auditor.probing.testing import FakeTree
from auditor.report.settings_draft import Answers, draft, value
from auditor.settings import read_settings
from tests.collect.small_repositories import EVERY
from tests.report.sample import HOSTILE

GOLDEN = Path(__file__).parent / "golden" / "init"
TIERS = (
    Tier("1", "Money depends on it"),
    Tier("2", "Users notice", severities={"a": Severity.CRITICAL}),
)
TEXTS = st.text(max_size=40) | st.sampled_from(HOSTILE)


def drafted(name: str) -> dict[str, str]:
    """The files for one of the little repositories, by service."""
    found = survey(FakeTree(EVERY[name]))
    return {
        one.root or ".": draft(
            one,
            name=one.name or "folder",
            root=one.root if len(found) == 1 else "",
            place=one.root if len(found) > 1 else ".",
            tiers=TIERS,
        )
        for one in found
    }


@pytest.mark.parametrize("name", EVERY)
def test_the_drafts_of_little_repositories(name: str) -> None:
    for root, text in drafted(name).items():
        file = GOLDEN / f"{name}{'' if root == '.' else '-' + root.replace('/', '-')}.yaml"
        if os.environ.get("AUDITOR_GOLDEN") == "accept":
            file.write_text(text, encoding="utf-8")
        hint = f"{file.name} changed; look at it, then accept it with AUDITOR_GOLDEN=accept"
        assert file.read_text(encoding="utf-8") == text, hint


def test_no_golden_file_is_left_over() -> None:
    made = {
        f"{name}{'' if root == '.' else '-' + root.replace('/', '-')}.yaml"
        for name in EVERY
        for root in drafted(name)
    }
    assert {p.name for p in GOLDEN.iterdir()} == made


@pytest.mark.parametrize("name", EVERY)
def test_a_draft_is_valid_and_asks_no_deployment(name: str) -> None:
    schema = json.loads(schema_path("auditor").read_text(encoding="utf-8"))
    for text in drafted(name).values():
        settings = read_settings(text.encode(), "auditor.yaml")
        assert settings.checklist == "production-readiness"
        assert (settings.deployments, settings.features, settings.tier) == ({}, (), None)
        jsonschema.validate(load(text).value, schema)


def test_what_was_answered_is_no_comment() -> None:
    one = survey(FakeTree(EVERY["python"]))[0]
    answers = Answers("2", "https://staging.example.net", ("orders",))
    settings = read_settings(draft(one, name="shop", tiers=TIERS, answers=answers).encode(), "f")
    assert settings.tier == "2"
    assert settings.deployments["staging"].url == "https://staging.example.net"
    assert [f.id for f in settings.features] == ["orders"]
    assert settings.features[0].tests == ("tests/test_orders_api.py::*",)
    assert settings.features[0].live_path == "/orders"


def test_the_comments_are_valid_too_once_they_are_taken_in() -> None:
    text = drafted("python")["."]
    keys = ("tier:", "deployments:", "  staging:", "features:", "  - id:", "    title:", "    tests:", "    live:",
            "not_applicable:", "  security.", "waivers:", "attestations:")  # fmt: skip
    lines = [
        line[2:] if line.startswith(tuple(f"# {key}" for key in keys)) else line
        for line in text.replace("#   staging", "#   staging").splitlines()
    ]
    settings = read_settings("\n".join(lines).encode(), "auditor.yaml")
    assert settings.tier == "1"
    assert [f.id for f in settings.features] == ["orders", "refunds"]
    assert settings.deployments["staging"].url == "https://shop.example.net"
    assert settings.waivers == "readiness/waivers.yaml"


@given(text=TEXTS)
def test_a_value_is_read_back_as_it_was(text: str) -> None:
    clean = "".join(c for c in text if not 0xD800 <= ord(c) <= 0xDFFF)
    assert load(f"key: {value(clean)}\n").value == {"key": clean}


@given(texts=st.lists(TEXTS, min_size=12, max_size=12))
def test_false_green_nothing_in_a_target_writes_a_key_of_the_file(texts: list[str]) -> None:
    a, b, c, d, e, f, g, h, i, j, k, name = texts
    service = FoundService(
        root="",
        name=a,
        named_by=b,
        language=c,
        starts=(d,),
        commands=((e, f),),
        reports=(FoundReport("tests", g),),
        features=(Candidate("x", h, (i,), (j,), "/x"),),
        deployments=(Suggestion(f"https://{k}", k),),
    )
    text = draft(service, name=name or "x")
    keys = load(text).value
    assert isinstance(keys, dict)
    assert set(keys) <= {"service", "checklist", "evidence"}
    assert keys["checklist"] == "production-readiness"
    read_settings(text.encode(), "auditor.yaml")


@pytest.mark.parametrize(
    "word", ["true", "No", "null", "1", "1.5", "a: b", "- x", "", " x", "#x", "x.", "~"]
)
def test_what_yaml_would_read_otherwise_is_quoted(word: str) -> None:
    assert value(word).startswith('"')
