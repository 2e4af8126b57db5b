"""infra.kubernetes and its like over Helm charts: what they render to is judged with all else that is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.level import Level
from auditor.probing.command import Ran
from auditor.probing.contract import Probe
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeCommand, make_context, problems, run_probe, values
from probes.infra.kubernetes import kubernetes
from probes.infra.kubernetes_scaling import kubernetes_scaling
from probes.infra.releases import releases
from tests.probes.infra.kube_world import CODE, DEPLOYMENT, GOOD, HPA, PDB, POLICY, SERVICE

AT = "deploy/chart/templates/app.yaml"
TEMPLATE = DEPLOYMENT.replace("ghcr.io/acme/shop:1.4.2", "ghcr.io/acme/shop:{{ .Values.tag }}")
CHART: dict[str, Any] = {
    **CODE,
    "deploy/chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
    "deploy/chart/values.yaml": "tag: 1.4.2\n",
    AT: TEMPLATE,
}
WHOLE = (DEPLOYMENT, SERVICE, HPA, PDB, POLICY)


def printed(*objects: str, source: str = "shop/templates/app.yaml") -> str:
    return "".join(f"---\n# Source: {source}\n{one}" for one in objects or WHOLE)


def look(probe: Probe, files: dict[str, Any], answer: Any = None, **options: Any) -> Evidence:
    commands = {"helm": (0, answer) if isinstance(answer, str) else answer} if answer else {}
    return run_probe(probe, repo=files, commands=commands, **options)


def told(evidence: Evidence) -> dict[str, Any]:
    """The facts without `kubernetes.`, empty lists left out."""
    found = values(evidence).items()
    return {key.removeprefix("kubernetes."): value for key, value in found if value != []}


def test_present_a_chart_decides_as_a_manifest_does_but_is_declared() -> None:
    evidence = look(kubernetes, CHART, printed())
    assert told(evidence)["workloads"] == [f"{AT}:2 Deployment shop (rendered)"]
    assert told(evidence)["own_workloads"][0].startswith(f"{AT}:2 Deployment shop: the image ")
    assert values(evidence)["kubernetes.without_limits"] == []
    assert {fact.level for fact in evidence.facts} == {Level.DECLARED}
    scaling = look(kubernetes_scaling, CHART, printed())
    assert values(scaling)["kubernetes.replicas_min"] == 2
    assert values(scaling)["kubernetes.autoscaled"] == [
        f"{AT}:2 Deployment shop: HorizontalPodAutoscaler shop between 2 and 10 replicas (rendered)"
    ]
    assert {fact.level for fact in scaling.facts} == {Level.DECLARED}
    released = look(releases, CHART, printed())
    assert values(released)["releases.in_place"] == [
        f"{AT}:2 Deployment shop is replaced in its place"
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"deploy/chart/values-production.yaml": "tag: 1.4.2\n"},
        {
            "deploy/live.yaml": "tag: 1.4.2\n",
            ".github/workflows/cd.yml": "on: push\njobs: {a: {steps: [{run: "
            "'helm upgrade --install shop deploy/chart -f deploy/live.yaml'}]}}\n",
        },
        {
            "argo/shop.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n"
            "  source: {path: deploy/chart, helm: {valuesObject: {tag: 1.4.2}}}\n"
        },
    ],
)
def test_values_of_production_make_it_what_is_applied(files: dict[str, str]) -> None:
    asked: list[Sequence[str]] = []

    def answer(args: Sequence[str]) -> tuple[int, str]:
        asked.append(args)
        return 0, printed()

    evidence = look(kubernetes, {**CHART, **files}, answer)
    assert {fact.level for fact in evidence.facts} == {Level.EFFECTIVE}
    assert list(asked[0]).count("-f") == 1


@pytest.mark.parametrize(
    "files",
    [
        {"deploy/chart/values-staging.yaml": "tag: x\n"},
        {"deploy/chart/ci/values-prod.yaml": "tag: x\n"},
        {
            "deploy/dev.yaml": "tag: x\n",
            "Makefile": "up:\n\thelm upgrade shop deploy/chart -f deploy/dev.yaml\n",
        },
        {
            "deploy/live.yaml": "tag: x\n",
            "Makefile": "up:\n\thelm upgrade other deploy/other -f deploy/live.yaml\n",
        },
    ],
)
def test_false_green_values_of_something_else_are_not_those_of_production(
    files: dict[str, str],
) -> None:
    evidence = look(kubernetes, {**CHART, **files}, printed())
    assert {fact.level for fact in evidence.facts} == {Level.DECLARED}


def test_missing_tool_gives_no_clean_list_though_plain_manifests_are_good() -> None:
    plain = values(run_probe(kubernetes, repo=GOOD))
    assert plain["kubernetes.without_limits"] == []
    evidence = look(kubernetes, {**GOOD, **CHART})
    assert problems(evidence) == ["tool_missing"]
    assert "kubernetes.without_limits" not in values(evidence)
    assert "kubernetes.replicas_min" not in values(look(kubernetes_scaling, {**GOOD, **CHART}))


@pytest.mark.parametrize(
    ("template", "fact"),
    [
        (
            TEMPLATE.replace("        livenessProbe: {httpGet: {path: /live, port: http}}\n", ""),
            "without_liveness",
        ),
        (
            TEMPLATE.replace(
                "        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}\n",
                "",
            ),
            "without_limits",
        ),
        (
            TEMPLATE.replace("ghcr.io/acme/shop:{{ .Values.tag }}", "ghcr.io/acme/shop:latest"),
            "unpinned_images",
        ),
        (TEMPLATE.replace("      securityContext: {runAsNonRoot: true}\n", ""), "run_as_root"),
    ],
)
def test_without_the_tool_what_the_text_leaves_open_is_told(template: str, fact: str) -> None:
    assert template != TEMPLATE
    found = told(look(kubernetes, {**CHART, AT: template}))
    assert found[fact][0].startswith(f"{AT}:2 Deployment shop shop: ")
    assert found[fact][0].endswith(" (as written)")


@pytest.mark.parametrize(
    "hole",
    [
        "        {{- toYaml .Values.more | nindent 8 }}\n",
        "        {{- with .Values.resources }}\n        resources: {{- toYaml . | nindent 10 }}\n        {{- end }}\n",
        "        resources: {{ .Values.resources | toJson }}\n",
    ],
)
def test_what_values_may_put_in_is_not_missing(hole: str) -> None:
    line = "        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}\n"
    assert line in TEMPLATE
    assert told(look(kubernetes, {**CHART, AT: TEMPLATE.replace(line, hole)})) == {}


def test_what_a_condition_encloses_is_not_told_from_its_text() -> None:
    weak = TEMPLATE.replace("runAsNonRoot: true", "runAsUser: 0")
    assert "run_as_root" in told(look(kubernetes, {**CHART, AT: weak}))
    around = f"{{{{- if .Values.on }}}}\n{weak}{{{{- end }}}}\n"
    assert told(look(kubernetes, {**CHART, AT: around})) == {}


@pytest.mark.parametrize(
    "answer",
    [(1, ""), (0, "# Source: shop/templates/a.yaml\na: [\n"), Trouble(ProblemKind.TIMED_OUT, "x")],
)
def test_malformed_a_chart_that_does_not_render_gives_no_clean_list(answer: Any) -> None:
    evidence = look(kubernetes, {**GOOD, **CHART}, answer)
    assert len(evidence.problems) == 1
    assert "kubernetes.without_limits" not in values(evidence)
    assert "kubernetes.replicas_min" not in values(
        look(kubernetes_scaling, {**GOOD, **CHART}, answer)
    )


def test_denied() -> None:
    denied = Trouble(ProblemKind.DENIED, "deploy/chart/values.yaml")
    evidence = look(kubernetes, {**CHART, "deploy/chart/values.yaml": denied}, printed())
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {}


def test_nothing_to_look_at_a_library_or_a_chart_of_tests() -> None:
    library = {
        **CODE,
        "lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n",
    }
    assert problems(look(kubernetes, library, printed())) == ["not_configured"]
    test = "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\nspec: {containers: []}\n"
    assert "workloads" not in told(look(kubernetes, CHART, printed(test)))


def test_false_green_a_chart_of_this_repository_within_another_is_judged() -> None:
    weak = DEPLOYMENT.replace("limits: {memory: 256Mi}", "limits: {}")
    inner = {
        "deploy/chart/charts/mail/Chart.yaml": "apiVersion: v2\nname: mail\nversion: 1.0.0\n",
        "deploy/chart/charts/mail/templates/a.yaml": weak,
    }
    output = printed(weak, source="shop/charts/mail/templates/a.yaml")
    found = told(look(kubernetes, {**CHART, **inner}, output))
    assert found["without_limits"] == [
        "deploy/chart/charts/mail/templates/a.yaml:2 Deployment shop shop: no limit of memory (rendered)"
    ]
    of_others = {
        "deploy/chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.2.3\ndependencies:\n"
        "- {name: mail, version: 1.0.0, repository: 'https://charts.test'}\n"
    }
    assert "workloads" not in told(look(kubernetes, {**CHART, **inner, **of_others}, output))


class Helm(FakeCommand):
    """Helm as it is over `files`: it refuses a chart that lacks a dependency or a value that it requires."""

    def __init__(self) -> None:
        super().__init__({"helm": (0, printed())})
        self.given: list[dict[str, bytes]] = []

    def run(self, args: Sequence[str], **options: Any) -> Ran:
        ran = super().run(args, **options)
        self.given.append(options["files"])
        every = b"".join(options["files"].values())
        refusal = b"execution error at (a.yaml:1:2): give it" if b"required" in every else b""
        refusal = refusal or (b"missing in charts/ directory: redis" if b"redis" in every else b"")
        return replace(ran, exit_code=int(bool(refusal)), stderr=refusal)


def test_charts_of_others_that_are_not_there_are_left_out_and_named() -> None:
    chart = (
        "apiVersion: v2\nname: shop\ndependencies:\n- name: redis\n  version: 1.x\n  repository: https://charts.test\n"
        "version: 1.2.3\n"
    )
    tool = Helm()
    evidence = run_probe(
        kubernetes, repo={**CHART, "deploy/chart/Chart.yaml": chart}, commands=tool
    )
    assert tool.given[0]["chart/Chart.yaml"] == b"apiVersion: v2\nname: shop\nversion: 1.2.3\n\n"
    assert "without redis" in evidence.facts[0].source.locator
    assert {fact.level for fact in evidence.facts} == {Level.DECLARED}


def test_a_value_that_only_a_deployment_knows_does_not_hide_the_chart() -> None:
    asking = TEMPLATE.replace("{{ .Values.tag }}", '{{ required "give it" .Values.tag }}')
    files = {**CHART, AT: asking, "deploy/chart/values-prod.yaml": "a: 1\n"}
    tool = Helm()
    evidence = run_probe(kubernetes, repo=files, commands=tool)
    assert [b"required" in given[AT.removeprefix("deploy/")] for given in tool.given] == [
        True,
        False,
    ]
    assert "placeholders" in evidence.facts[0].source.locator
    assert {fact.level for fact in evidence.facts} == {Level.DECLARED}


def test_a_schema_that_names_others_is_kept_from_the_tool() -> None:
    tool, path = Helm(), "deploy/chart/values.schema.json"
    run_probe(kubernetes, repo={**CHART, path: '{"$ref": "http://10.0.0.1/a"}'}, commands=tool)
    run_probe(kubernetes, repo={**CHART, path: '{"$ref": "#/definitions/a"}'}, commands=tool)
    assert ["chart/values.schema.json" in given for given in tool.given] == [False, True]


def test_it_is_rendered_once_for_all_probes() -> None:
    tool = Helm()
    context = make_context(repo=CHART, commands=tool)
    for probe in (kubernetes, kubernetes_scaling, releases):
        assert list(probe.look(context))
    assert len(tool.given) == 1


def test_tags_that_the_pipeline_sets_are_versions() -> None:
    output = printed(*WHOLE).replace("shop:1.4.2", "shop:latest")
    assert "unpinned_images" in told(look(kubernetes, CHART, output))
    recipe = "up:\n\thelm upgrade shop deploy/chart --set image.tag=$(SHA)\n"
    assert "unpinned_images" not in told(look(kubernetes, {**CHART, "Makefile": recipe}, output))


def test_a_chart_of_another_service_of_the_repository_hides_nothing() -> None:
    files = {f"shop/{path}": text for path, text in GOOD.items()}
    files |= {
        f"mail/chart/{p.removeprefix('deploy/chart/')}": t
        for p, t in CHART.items()
        if "chart/" in p
    }
    files = {p: t.replace("shop", "mail") if p.startswith("mail/") else t for p, t in files.items()}
    evidence = look(kubernetes, files, root="shop")
    assert problems(evidence) == []
    assert values(evidence)["kubernetes.without_limits"] == []
