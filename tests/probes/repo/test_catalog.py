"""repo.catalog reads the owner and the tier that a catalogue of services reads."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.catalog import catalog

BACKSTAGE = (
    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: orders, labels: {tier: '1'}}\n"
    "spec:\n  type: service\n  owner: group:payments\n"
)
NOTHING: dict[str, Any] = {"owners": [], "single_person": [], "placeholders": [], "tiers": [], "invalid": []}  # fmt: skip


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `catalog.`."""
    found = values(run_probe(catalog, repo=files, **options))
    return {key.removeprefix("catalog."): value for key, value in found.items()}


def test_present() -> None:
    assert look({"catalog-info.yaml": BACKSTAGE}) == NOTHING | {
        "owners": ["catalog-info.yaml:6 group:payments"],
        "tiers": ["catalog-info.yaml:3 1"],
    }


def test_missing_is_unknown_since_a_catalogue_may_be_elsewhere() -> None:
    evidence = run_probe(catalog, repo={"README.md": "Owned by payments."})
    assert values(evidence) == {"catalog.invalid": []}
    assert problems(evidence) == ["not_configured", "not_configured"]


def test_nothing_to_look_at() -> None:
    assert look({}) == {"invalid": []}


def test_malformed() -> None:
    evidence = run_probe(catalog, repo={"catalog-info.yaml": "spec: ["})
    assert problems(evidence)[0] == "malformed"
    assert "catalog.owners" not in values(evidence)
    assert len(values(evidence)["catalog.invalid"]) == 1  # type: ignore[arg-type]


def test_denied() -> None:
    denied = Trouble(ProblemKind.DENIED, "catalog-info.yaml")
    evidence = run_probe(catalog, repo={"catalog-info.yaml": denied})
    assert problems(evidence)[0] == "denied"
    assert "catalog.owners" not in values(evidence)


@pytest.mark.parametrize(
    ("path", "text", "owner"),
    [
        ("service.datadog.yaml", "schema-version: v2.2\ndd-service: orders\nteam: payments\ntier: high\n", "payments"),
        ("entity.datadog.yaml", "apiVersion: v3\nkind: service\nmetadata: {name: o, owner: payments}\n", "payments"),
        ("opslevel.yml", "version: 1\nservice: {name: orders, owner: payments, tier: tier_1}\n", "payments"),
        ("cortex.yaml", "info:\n  x-cortex-owners: [{type: group, name: payments}]\n", "payments"),
        ("service.yaml", "name: orders\nteam: payments\n", "payments"),
        ("service.yml", "owner: team-payments@orders.invalid\n", "team-payments@orders.invalid"),
    ],
)  # fmt: skip
def test_each_form(path: str, text: str, owner: str) -> None:
    (found,) = look({path: text})["owners"]
    assert found.endswith(f" {owner}")


@pytest.mark.parametrize(
    "owner", ["guest", "user:guest", "TBD", "your-team", "<team>", "unknown", "${{ values.owner }}", "example-team"]
)  # fmt: skip
def test_false_green_a_placeholder_owns_nothing(owner: str) -> None:
    text = BACKSTAGE.replace("group:payments", f'"{owner}"')
    found = look({"catalog-info.yaml": text})
    assert (found["owners"], len(found["placeholders"])) == ([], 1)


@pytest.mark.parametrize("owner", ["user:dana", "dana@orders.invalid"])
def test_false_green_one_person_is_no_team(owner: str) -> None:
    found = look({"catalog-info.yaml": BACKSTAGE.replace("group:payments", owner)})
    assert (found["owners"], len(found["single_person"])) == ([], 1)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy/catalog-info.yaml", BACKSTAGE),
        ("catalog-info.yaml", BACKSTAGE.replace("kind: Component", "kind: Location")),
        ("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: orders}\n"),
    ],
)
def test_false_green_what_no_catalogue_reads_as_a_service(path: str, text: str) -> None:
    assert look({path: text}) == {"invalid": []}


def test_the_tier_of_auditor_yaml_counts() -> None:
    assert look({"auditor.yaml": "service: orders\ntier: 2\n"})["tiers"] == ["auditor.yaml:2 2"]


def test_the_service_s_own_file_comes_before_that_of_the_git_root() -> None:
    other = BACKSTAGE.replace("payments", "platform")
    files = {"catalog-info.yaml": other, "services/orders/catalog-info.yaml": BACKSTAGE}
    (owner,) = look(files, root="services/orders")["owners"]
    assert owner == "services/orders/catalog-info.yaml:6 group:payments"
