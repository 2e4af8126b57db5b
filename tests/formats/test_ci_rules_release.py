"""Which commands check before a deployment, and which bring the version before back."""

from __future__ import annotations

import pytest

from auditor.formats.ci.ci_commands import classify
from auditor.formats.ci.ci_rules_release import RELEASE_RULES


def kind(text: str) -> str:
    found = classify(tuple(text.split()), RELEASE_RULES)
    return "" if found is None else found[0].kind.value + (" idle" if found[1] else "")


@pytest.mark.parametrize(
    "text",
    [
        "kubeconform -strict k8s",
        "kubectl apply --dry-run=server -f k8s",
        "helm lint chart",
        "helm upgrade --install api chart --dry-run=server",
        "terraform validate",
        "terraform -chdir=infra plan -out tf.plan",
        "python manage.py check --deploy",
        "python manage.py makemigrations --check",
        "alembic check",
        "alembic -c db/alembic.ini check",
        "npx prisma migrate status",
        "docker compose -f prod.yml config -q",
        "ansible-playbook site.yml --check",
        "make preflight",
        "npm run check:env",
        "./scripts/pre-deploy.sh production",
        "python -m ops.preflight",
        "bash ops/verify-config.sh",
    ],
)
def test_checks(text: str) -> None:
    assert kind(text) == "preflight"


@pytest.mark.parametrize(
    "text",
    [
        "helm upgrade --install api chart --atomic",
        "helm rollback api",
        "kubectl -n prod rollout undo deployment/api",
        "kamal rollback 123",
        "docker service update --rollback api",
        "make rollback",
        "./bin/rollback.sh",
    ],
)
def test_rollbacks(text: str) -> None:
    assert kind(text) == "rollback"


@pytest.mark.parametrize(
    "text",
    [
        "helm upgrade api chart",
        "kubectl apply -f k8s",
        "kubectl create namespace api --dry-run=client -o yaml",
        "kubectl apply -f k8s --dry-run=server -o yaml",
        "kubectl create secret generic a --dry-run=server",
        "terraform apply",
        "python manage.py migrate",
        "alembic upgrade head",
        "echo preflight",
        "pytest tests/preflight",
        "docker compose up -d",
        "kubectl rollout status deployment/api",
    ],
)
def test_false_green_neither_check_nor_rollback(text: str) -> None:
    assert kind(text) == ""


def test_what_only_informs_or_only_looks_is_idle() -> None:
    assert kind("helm lint --help") == "preflight idle"
    assert kind("helm rollback api --dry-run") == "rollback idle"
    assert kind("make -n preflight") == "preflight idle"
