"""What infra.kubernetes says of the Kubernetes manifests of a service."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.kubernetes import kubernetes
from tests.probes.infra.kube_world import CODE, DEPLOYMENT, GOOD, SERVICE, changed

GAPS = (
    "without_readiness", "without_liveness", "without_limits", "without_requests", "run_as_root",
    "unpinned_images",
)  # fmt: skip
AT = "k8s/deployment.yaml"
PROBE = "        readinessProbe: {httpGet: {path: /ready, port: http}}\n"


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `kubernetes.` that are not empty."""
    found = values(run_probe(kubernetes, repo=files, **options))
    return {key.removeprefix("kubernetes."): value for key, value in found.items() if value}


def test_manifests_that_lack_nothing_have_no_complaint() -> None:
    evidence = run_probe(kubernetes, repo=GOOD)
    found = values(evidence)
    assert problems(evidence) == []
    assert found["kubernetes.workloads"] == ["k8s/deployment.yaml:1 Deployment shop"]
    assert found["kubernetes.own_workloads"] == [
        "k8s/deployment.yaml:1 Deployment shop: the image ghcr.io/acme/shop:1.4.2, which this repository builds"
    ]
    empty = ("invalid", "unapplied", "literal_secrets", *GAPS)
    assert [found[f"kubernetes.{key}"] for key in empty] == [[]] * len(empty)


@pytest.mark.parametrize("files", [{}, {"README.md": "hello"}, {"k8s/deployment.yaml": ""}])
def test_false_green_without_workloads_nothing_is_said_to_lack_nothing(files: Any) -> None:
    evidence = run_probe(kubernetes, repo=files)
    found = values(evidence)
    assert found["kubernetes.workloads"] == []
    assert problems(evidence) == ["not_configured"]
    assert set(evidence.problems[0].facts) == {f"kubernetes.{key}" for key in GAPS}
    assert not found.keys() & set(evidence.problems[0].facts)
    assert "searched" in evidence.facts[0].source.locator


def test_what_is_no_yaml_is_invalid_and_hides_what_is_empty() -> None:
    files = {**GOOD, "k8s/broken.yaml": "apiVersion: v1\nkind: Service\n  a: b\n"}
    evidence = run_probe(kubernetes, repo=files)
    assert problems(evidence) == ["malformed"]
    assert "kubernetes.without_readiness" not in values(evidence)
    assert values(evidence)["kubernetes.invalid"][0].startswith("k8s/broken.yaml:3 ")


def test_a_file_that_may_not_be_read_is_a_problem_and_nothing_is_empty_for_it() -> None:
    denied = Trouble(ProblemKind.DENIED, "k8s/secret.yaml could not be read.")
    evidence = run_probe(kubernetes, repo={**GOOD, "k8s/secret.yaml": denied})
    assert problems(evidence) == ["denied"]
    assert "kubernetes.literal_secrets" not in values(evidence)


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        (PROBE, "", "without_readiness", "no readiness probe"),
        (
            "{httpGet: {path: /ready, port: http}}", "{exec: {command: [sh, -c, 'exit 0']}}",
            "without_readiness", "its readiness probe cannot fail",
        ),
        ("livenessProbe", "startupProbe", "without_liveness", "no liveness probe"),
        (", limits: {memory: 256Mi}", "", "without_limits", "no limit of memory"),
        ("limits: {memory: 256Mi}", "limits: {cpu: 1}", "without_limits", "no limit of memory"),
        ("cpu: 100m, ", "", "without_requests", "no request of CPU"),
        ("runAsNonRoot: true", "fsGroup: 1", "run_as_root", "nothing keeps it from running as root"),
        ("runAsNonRoot: true", "runAsUser: 0", "run_as_root", "it runs as user 0"),
        ("resources:", "securityContext: {privileged: true}\n        resources:", "run_as_root", "it is privileged"),
        (":1.4.2", "", "unpinned_images", "the image ghcr.io/acme/shop has no tag"),
        (":1.4.2", ":latest", "unpinned_images", "the image ghcr.io/acme/shop:latest has a tag that moves"),
    ],
)  # fmt: skip
def test_what_a_container_leaves_open_is_told_with_its_place(
    old: str, new: str, key: str, said: str
) -> None:
    found = look(changed(AT, old, new))
    assert len(found[key]) == 1
    assert found[key][0].startswith("k8s/deployment.yaml:1")
    assert found[key][0].endswith(f" Deployment shop shop: {said}")


def test_a_limit_stands_for_a_request_and_a_user_for_the_guard() -> None:
    files = changed(AT, "requests: {cpu: 100m, memory: 128Mi}, ", "")
    assert look(files)["without_requests"][0].endswith("no request of CPU")
    assert "run_as_root" not in look(changed(AT, "runAsNonRoot: true", "runAsUser: 1000"))


def test_jobs_need_no_probes_and_workers_behind_no_service_no_readiness() -> None:
    job = DEPLOYMENT.replace(PROBE, "").replace("kind: Deployment", "kind: Job")
    assert "without_readiness" not in look(
        {**GOOD, "k8s/job.yaml": job.replace("apps/v1", "batch/v1")}
    )
    worker = (
        DEPLOYMENT.replace(PROBE, "")
        .replace("app: shop", "app: work")
        .replace("name: shop}", "name: work}")
    )
    assert "without_readiness" not in look({**GOOD, "k8s/worker.yaml": worker})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("apps/v1", "extensions/v1beta1", "current clusters do not serve extensions/v1beta1"),
        ("{matchLabels: {app: shop}}", "{matchLabels: {app: other}}", "does not match the labels"),
        ("  selector: {matchLabels: {app: shop}}\n", "", "no selector"),
        ("replicas: 3", "replicas: three", "replicas is not a whole number"),
        ("metadata: {name: shop}", "metadata: {}", "a Deployment without a name"),
        ("image: ghcr.io/acme/shop:1.4.2", "command: [x]", "the container shop has no image"),
        ("httpGet: {path: /ready, port: http}", "periodSeconds: 3", "the readinessProbe of shop checks nothing"),
        ("memory: 256Mi", "memory: 64Mi", "shop requests more memory than its limit"),
        ("ports: [", "volumeMounts: [{name: d, mountPath: /d}]\n        ports: [", "mounts d, which is no volume"),
    ],
)  # fmt: skip
def test_what_a_cluster_would_refuse_is_invalid(old: str, new: str, said: str) -> None:
    found = look(changed(AT, old, new))["invalid"]
    assert any(said in one for one in found)


def test_secrets_that_are_written_down_are_told_without_their_value() -> None:
    env = "{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}"
    files = changed(AT, env, "{name: DB_PASSWORD, value: hunter2x}")
    coded = base64.b64encode(b"hunter2x").decode()
    files["k8s/db.yaml"] = (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata: {{password: {coded}, username: {coded}}}\n"
    )
    evidence = run_probe(kubernetes, repo=files)
    found = values(evidence)["kubernetes.literal_secrets"]
    assert found == [
        "k8s/db.yaml:4 Secret db: the value of password is written in the file",
        "k8s/deployment.yaml:18 Deployment shop shop: the value of DB_PASSWORD is written in the file",
    ]
    assert "hunter2x" not in repr(evidence)
    assert coded not in repr(evidence)
    assert len(evidence.findings) == 2


@pytest.mark.parametrize(
    "text",
    [
        "kind: Secret\nmetadata: {name: a}\nstringData: {password: '${DB_PASSWORD}'}\n",
        "kind: Secret\nmetadata: {name: a}\nstringData: {password: '<path:kv/db#password>'}\n",
        "kind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2x}\nsops: {version: 3}\n",
        "kind: SealedSecret\nmetadata: {name: a}\nspec: {encryptedData: {password: AgBy}}\n",
        "kind: ConfigMap\nmetadata: {name: a}\ndata: {TOKEN_TTL: '3600'}\n",
    ],
)
def test_what_only_points_at_a_secret_is_none(text: str) -> None:
    assert "literal_secrets" not in look({**GOOD, "k8s/a.yaml": f"apiVersion: v1\n{text}"})


def test_helm_templates_hide_everything_and_are_named() -> None:
    chart = {
        "chart/Chart.yaml": "name: shop\n",
        "chart/templates/a.yaml": DEPLOYMENT.replace("3", "{{ .Values.n }}"),
    }
    chart["chart/Chart.yaml"] = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
    evidence = run_probe(kubernetes, repo={**CODE, **chart})
    assert values(evidence) == {}
    assert (
        "The chart chart was not rendered: the tool helm is not installed."
        in evidence.problems[0].message
    )
    assert "Helm 3" in evidence.problems[0].hint


def test_false_green_tests_examples_and_staging_are_not_what_is_deployed() -> None:
    weak = DEPLOYMENT.replace(PROBE, "")
    aside = {
        "k8s/staging/a.yaml": weak,
        "examples/a.yaml": weak,
        "tests/a.yaml": weak,
        "k8s/dev/a.yaml": weak,
    }
    moved = {path.replace("k8s/", "k8s/production/"): text for path, text in GOOD.items()}
    assert "without_readiness" not in look({**moved, **aside})
    only = look({**CODE, "tests/a.yaml": DEPLOYMENT, "examples/b.yaml": DEPLOYMENT})
    assert "workloads" not in only


def test_false_green_databases_alone_do_not_run_the_service() -> None:
    text = DEPLOYMENT.replace("ghcr.io/acme/shop:1.4.2", "postgres:17.2")
    assert "own_workloads" not in look({**CODE, "k8s/db.yaml": text})


def test_of_a_monorepo_only_the_own_workloads_are_judged() -> None:
    files = {f"shop/{path}": text for path, text in CODE.items()}
    files |= {f"mail/{path}": text for path, text in CODE.items()}
    other = (
        DEPLOYMENT.replace("acme/shop", "acme/mail")
        .replace("name: shop", "name: mail")
        .replace(PROBE, "")
    )
    files["k8s/all.yaml"] = f"{DEPLOYMENT}---\n{other}---\n{SERVICE}"
    found = look(files, root="shop")
    assert found["workloads"] == ["k8s/all.yaml:1 Deployment shop"]
    assert "without_readiness" not in found


def test_skaffold_and_kustomize_put_versions_in() -> None:
    files = changed(AT, "ghcr.io/acme/shop:1.4.2", "shop-app")
    assert "unpinned_images" in look(files)
    built = "build: {artifacts: [{image: shop-app, context: .}]}\n"
    assert "unpinned_images" not in look({**files, "skaffold.yaml": built})
    recipe = "deploy:\n\tkustomize edit set image shop-app=ghcr.io/acme/shop:$(TAG)\n"
    assert "unpinned_images" not in look({**files, "Makefile": recipe})


def test_a_manifest_that_skaffold_applies_beside_a_kustomization_is_applied() -> None:
    job = DEPLOYMENT.replace("name: shop", "name: load").replace("{app: shop}", "{app: load}")
    files = {
        **CODE,
        "k8s/kustomization.yaml": "resources: [shop.yaml, service.yaml]\n",
        "k8s/shop.yaml": DEPLOYMENT,
        "k8s/service.yaml": SERVICE,
        "k8s/load.yaml": job.replace("        livenessProbe: {httpGet: {path: /live, port: http}}\n", ""),
    }  # fmt: skip
    beside = "k8s/load.yaml is not named by k8s/kustomization.yaml"
    assert look(files)["unapplied"] == [beside]
    skaffold = "apiVersion: skaffold/v3\nmanifests: {kustomize: {paths: [k8s]}, rawYaml: [./k8s/l*.yaml]}\n"
    found = look({**files, "skaffold.yaml": skaffold})
    assert "unapplied" not in found
    assert "k8s/load.yaml" in found["manifests"]
    assert found["without_liveness"] == [
        "k8s/load.yaml:13 Deployment load load: no liveness probe (by k8s/kustomization.yaml)"
    ]


@pytest.mark.parametrize(
    "skaffold",
    [
        "apiVersion: skaffold/v3\nmanifests:\n  rawYaml:\n  # - k8s/load.yaml\n  - other.yaml\n",
        "apiVersion: skaffold/v3\nprofiles: [{manifests: {rawYaml: [k8s/load.yaml]}}]\n",
        "manifests: {rawYaml: [k8s/load.yaml]}\n",
        "apiVersion: skaffold/v3\nmanifests: {rawYaml: [k8s/load.yaml]\n",
    ],
)
def test_false_green_a_manifest_that_skaffold_does_not_apply_stays_unapplied(skaffold: str) -> None:
    files = {
        **CODE,
        "k8s/kustomization.yaml": "resources: [shop.yaml]\n",
        "k8s/shop.yaml": DEPLOYMENT,
        "k8s/load.yaml": DEPLOYMENT.replace("name: shop", "name: load"),
        "skaffold.yaml": skaffold,
    }
    assert look(files)["unapplied"] == ["k8s/load.yaml is not named by k8s/kustomization.yaml"]


def test_an_image_of_skaffold_is_known_behind_the_registry_that_it_is_pushed_to() -> None:
    app = {f"src/app/{path}": text for path, text in CODE.items()}
    files = {
        **app,
        "skaffold.yaml": "build: {artifacts: [{image: basket, context: src/app}]}\n",
        "k8s/all.yaml": DEPLOYMENT.replace("ghcr.io/acme/shop:1.4.2", "eu.pkg.test/acme/basket:1.2.0"),
    }  # fmt: skip
    assert "which skaffold.yaml builds" in look(files)["own_workloads"][0]
    other = {**files, "k8s/all.yaml": files["k8s/all.yaml"].replace("/basket:", "/basket-ui:")}
    assert "own_workloads" not in look({**other, "k8s/b.yaml": DEPLOYMENT.replace("shop", "zap")})
