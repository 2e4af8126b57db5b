"""infra.helm: charts and their values agree, and what they render to is judged as manifests are."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.helm import helm

CHART = "apiVersion: v2\nname: shop\nversion: 1.2.3\n"
TEMPLATE = "kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n"
GOOD: dict[str, Any] = {
    "deploy/shop/Chart.yaml": CHART,
    "deploy/shop/values.yaml": "replicas: 2\n",
    "deploy/shop/templates/deployment.yaml": TEMPLATE,
}
CONTAINER = """\
      - name: shop
        image: shop/shop:1.2.3
        readinessProbe: {httpGet: {path: /ready, port: 80}}
        livenessProbe: {httpGet: {path: /live, port: 80}}
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
        securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false}
"""


def rendered(container: str = CONTAINER, source: str = "shop/templates/deployment.yaml") -> str:
    return (
        f"---\n# Source: {source}\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop}}\nspec:\n"
        "  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n"
        f"    spec:\n      containers:\n{container}"
        "---\n# Source: shop/templates/service.yaml\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"
        "spec: {selector: {app: shop}, ports: [{port: 80}]}\n"
    )


def look(files: dict[str, Any], answer: Any = None, **options: Any) -> dict[str, Any]:
    """The facts without `helm.`; `answer` is what `helm template` prints."""
    commands = {"helm": (0, answer)} if isinstance(answer, str) else {}
    found = values(run_probe(helm, repo=files, commands=commands, **options))
    return {key.removeprefix("helm."): value for key, value in found.items()}


def test_present_a_chart_that_lacks_nothing() -> None:
    found = look(GOOD, rendered())
    assert found["charts"] == ["deploy/shop/Chart.yaml shop 1.2.3"]
    assert found["rendered"] == ["deploy/shop/Chart.yaml shop with its own values"]
    assert found["workloads"] == ["deploy/shop/templates/deployment.yaml:1 Deployment shop"]
    told = {key for key, value in found.items() if value}
    assert told == {"charts", "rendered", "workloads"}


def test_missing_tool_says_nothing_of_workloads_and_all_of_the_texts() -> None:
    evidence = run_probe(helm, repo=GOOD)
    assert problems(evidence) == ["tool_missing"]
    assert set(values(evidence)) == {
        "helm.charts", "helm.invalid", "helm.missing_values", "helm.unused_values",
    }  # fmt: skip


@pytest.mark.parametrize(
    "files",
    [{}, {"README.md": "helm"}, {f"examples/{p}": t for p, t in GOOD.items()}],
)
def test_nothing_to_look_at(files: dict[str, Any]) -> None:
    evidence = run_probe(helm, repo=files)
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy/shop/Chart.yaml", "apiVersion: [\n"),
        ("deploy/shop/values.yaml", "- a\n"),
        ("deploy/shop/templates/b.yaml", b"\x00"),
    ],
)
def test_malformed(path: str, text: Any) -> None:
    evidence = run_probe(helm, repo={**GOOD, path: text}, commands={"helm": (0, rendered())})
    assert "malformed" in problems(evidence)
    found = values(evidence)
    assert len(found["helm.invalid"]) == 1  # type: ignore[arg-type]
    assert not {"helm.missing_values", "helm.without_limits"} & set(found)


def test_denied() -> None:
    denied = Trouble(ProblemKind.DENIED, "deploy/shop/values.yaml")
    evidence = run_probe(helm, repo={**GOOD, "deploy/shop/values.yaml": denied})
    assert "denied" in problems(evidence)
    assert "helm.unused_values" not in values(evidence)


def test_values_that_do_not_agree_with_templates() -> None:
    files = {**GOOD, "deploy/shop/values.yaml": "replicaCount: 2\n"}
    found = look(files)
    assert found["missing_values"] == ["deploy/shop/templates/deployment.yaml:3 .Values.replicas"]
    assert found["unused_values"] == ["deploy/shop/values.yaml:1 replicaCount"]


def test_false_green_a_value_that_only_a_comment_uses_is_unused() -> None:
    template = TEMPLATE + "  # {{ .Values.tag }}\n{{/* .Values.tag */}}\n"
    files = {
        **GOOD,
        "deploy/shop/values.yaml": "replicas: 2\ntag: x\n",
        "deploy/shop/templates/deployment.yaml": template,
    }
    assert look(files)["unused_values"] == ["deploy/shop/values.yaml:2 tag"]


def test_values_of_charts_below_and_of_all_are_not_judged() -> None:
    chart = (
        CHART
        + "dependencies:\n- {name: redis, version: 1.x, repository: https://r.test, condition: redis.on}\n"
    )
    template = TEMPLATE + "x: {{ .Values.redis.port }}\ny: {{ .Values.global.domain }}\n"
    files = {
        "Chart.yaml": chart,
        "values.yaml": "replicas: 2\nredis: {on: true}\nglobal: {a: 1}\n",
        "templates/a.yaml": template,
        "charts/redis/Chart.yaml": CHART,
        "charts/redis/values.yaml": "never: 1\n",
    }
    found = look(files)
    assert (found["missing_values"], found["unused_values"]) == ([], [])
    assert found["charts"] == ["Chart.yaml shop 1.2.3"]


def test_values_that_a_template_puts_together_are_not_known() -> None:
    files = {**GOOD, "deploy/shop/templates/_a.tpl": '{{ $_ := set $ "Values" (merge $a $b) }}'}
    evidence = run_probe(helm, repo=files)
    assert "vacuous" in problems(evidence)
    assert "helm.missing_values" not in values(evidence)
    assert values(evidence)["helm.invalid"] == []


def without(key: str) -> str:
    return "".join(f"{line}\n" for line in CONTAINER.splitlines() if key not in line)


@pytest.mark.parametrize(
    ("container", "fact"),
    [
        (without("readinessProbe"), "without_readiness"),
        (without("livenessProbe"), "without_liveness"),
        (without("resources"), "without_limits"),
        (without("resources"), "without_requests"),
        (without("securityContext"), "run_as_root"),
        (CONTAINER.replace(":1.2.3", ":latest"), "unpinned_images"),
        (
            CONTAINER + "        env: [{name: DB_PASSWORD, value: hunter22secret}]\n",
            "literal_secrets",
        ),
    ],
)
def test_false_green_what_the_chart_renders_to_lacks(container: str, fact: str) -> None:
    found = look(GOOD, rendered(container))
    assert len(found[fact]) == 1
    assert found[fact][0].startswith("deploy/shop/templates/deployment.yaml:1 ")
    assert "hunter22" not in repr(found)


def test_workloads_of_charts_below_are_not_judged() -> None:
    evidence = run_probe(
        helm,
        repo=GOOD,
        commands={"helm": (0, rendered(without("resources"), "shop/charts/db/templates/a.yaml"))},
    )
    assert "helm.workloads" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize("output", ["", "---\n# Source: shop/templates/a.yaml\nkind: ConfigMap\n"])
def test_false_green_a_chart_that_renders_to_no_workload(output: str) -> None:
    evidence = run_probe(helm, repo=GOOD, commands={"helm": (0, output)})
    assert problems(evidence) == ["vacuous"]
    assert "helm.without_limits" not in values(evidence)


def test_a_chart_that_does_not_render_gives_no_clean_list() -> None:
    evidence = run_probe(helm, repo=GOOD, commands={"helm": (1, "")})
    assert problems(evidence) == ["malformed"]
    assert "helm.without_limits" not in values(evidence)


def test_values_of_production_are_laid_on_top() -> None:
    asked: list[tuple[str, ...]] = []

    def answer(args: Any) -> tuple[int, str]:
        asked.append(tuple(args))
        return 0, rendered()

    files = {
        **GOOD,
        "deploy/shop/values-prod.yaml": "replicas: 3\n",
        "deploy/shop/values-dev.yaml": "replicas: 1\n",
    }
    run_probe(helm, repo=files, commands={"helm": answer})
    assert asked == [("helm", "template", "release", "chart", "-f", "chart/values-prod.yaml")]


def test_only_the_service_is_looked_at() -> None:
    assert look(GOOD, root="services/shop") == {}
