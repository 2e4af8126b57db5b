"""Small documents of linters and type checkers, and of what watches and deploys a service."""

from __future__ import annotations

import json

from auditor.formats.ci import github_workflow, gitlab_ci
from auditor.formats.containers import compose, dockerfile
from auditor.formats.kubernetes import config_map, helm_chart, kube_manifest
from auditor.formats.kubernetes.kube_model import KubeObject
from auditor.formats.kubernetes.kube_set import KubeSet, unguarded
from auditor.formats.monitoring import (
    alertmanager_config,
    exposition,
    prometheus_config,
    prometheus_rules,
    slo_file,
)
from auditor.formats.scanners import (
    eslint_json,
    golangci_json,
    mypy_output,
    pylint_json,
    pyright_output,
    ruff_json,
)
from auditor.formats.web import openapi_doc
from tests.formats.documents.format import Format, encoded

SLOTH = b"""\
version: "prometheus/v1"
service: orders
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(errors_total[{{.window}}]))
        total_query: sum(rate(requests_total[{{.window}}]))
    alerting:
      name: OrdersAvailability
"""
RUFF = [
    {"code": "F401", "filename": "a.py", "location": {"row": 1, "column": 2}, "message": "x"}
    | {"fix": None, "noqa_row": 1}
]
RULES = {"name": "g", "rules": [{"alert": "A", "expr": "up == 0", "for": "5m", "labels": {}}]}
PYLINT = {
    "type": "error", "module": "a", "obj": "", "line": 1, "column": 0, "path": "a.py", "symbol": "no-member",
    "message": "x", "message-id": "E1101",
}  # fmt: skip
PYLINT_2 = {
    "messages": [
        {"messageId": "E1101", "type": "error", "symbol": "no-member", "message": "x", "line": 1, "path": "a.py"}
    ],
    "statistics": {"messageTypeCount": {"error": 1}, "modulesLinted": 3, "score": 9.0},
}  # fmt: skip
ESLINT = [
    {
        "filePath": "/a/b.js",
        "messages": [{"ruleId": "eqeqeq", "severity": 2, "message": "x", "line": 1, "column": 2}],
        "suppressedMessages": [],
        "errorCount": 1,
        "fatalErrorCount": 0,
        "warningCount": 0,
    }
]
GOLANGCI = {
    "Issues": [
        {
            "FromLinter": "errcheck",
            "Text": "x",
            "Severity": "",
            "Pos": {"Filename": "a.go", "Line": 3},
        }
    ],
    "Report": {"Linters": [{"Name": "errcheck", "Enabled": True}]},
}
PYRIGHT = {
    "version": "1.1.300",
    "time": "1772366400000",
    "generalDiagnostics": [
        {"file": "/a.py", "severity": "error", "message": "x", "rule": "reportGeneralTypeIssues"}
        | {"range": {"start": {"line": 1, "character": 2}}}
    ],
    "summary": {"filesAnalyzed": 2, "errorCount": 1, "warningCount": 0, "timeInSec": 0.1},
}
MYPY = {
    "file": "a.py",
    "line": 1,
    "column": 2,
    "message": "x",
    "hint": None,
    "code": "arg-type",
    "severity": "error",
}


def manifests(data: bytes) -> tuple[list[KubeObject], list[object]]:
    """The objects of a file, and whatever is said of them."""
    found = kube_manifest.read(data, path="a.yaml")
    known = KubeSet(found)
    said: list[object] = [one for each in found for one in kube_manifest.refused(each)]
    for made in known.workloads:
        scalers = [one.faults(known.target(one)) for one in known.scaled_by(made)]
        said += [known.least(made), known.serving(made), *(list(one) for one in scalers)]
        said += [unguarded(known.guards(made), made.replicas), list(known.single_claims(made))]
    return found, said


FORMATS = (
    Format("slo_file", slo_file.parse, slo_file.sniff, (SLOTH,)),
    Format("ruff_json", ruff_json.parse, ruff_json.sniff, encoded(RUFF)),
    Format("pylint_json", pylint_json.parse, pylint_json.sniff, encoded([PYLINT], PYLINT_2)),
    Format(
        "eslint_json",
        eslint_json.parse,
        eslint_json.sniff,
        encoded(ESLINT, {"results": ESLINT, "metadata": {}}),
    ),
    Format("golangci_json", golangci_json.parse, golangci_json.sniff, encoded(GOLANGCI)),
    Format(
        "mypy_output",
        mypy_output.parse,
        mypy_output.sniff,
        (
            b"a.py:1: error: x  [arg-type]\na.py:2: note: y\nFound 1 error in 1 file (checked 2 source files)\n",
            json.dumps(MYPY).encode() + b"\n" + json.dumps(MYPY).encode() + b"\n",
        ),
    ),
    Format(
        "pyright_output",
        pyright_output.parse,
        pyright_output.sniff,
        (
            *encoded(PYRIGHT),
            b"/a.py\n  /a.py:1:2 - error: x (reportGeneralTypeIssues)\n1 error, 0 warnings, 0 informations \n",
        ),
    ),
    Format(
        "exposition",
        exposition.parse,
        exposition.sniff,
        (
            b'# HELP a A.\n# TYPE a counter\na{b="c",d="\\"e"} 1 17\n# TYPE h histogram\n'
            b'h_bucket{le="+Inf"} 1\nh_sum 2\nh_count 1\n',
            b'# TYPE a counter\na_total{b="c"} 1.0\na_created{b="c"} 2.0\n# EOF\n',
        ),
    ),
    Format(
        "prometheus_rules",
        prometheus_rules.parse,
        prometheus_rules.sniff,
        (
            json.dumps({"groups": [RULES]}).encode(),
            b"kind: PrometheusRule\nspec:\n  groups:\n  - name: g\n    rules:\n    - record: a:b\n"
            b"      expr: sum(rate(x[5m])) > 0.5\n",
        ),
    ),
    Format(
        "prometheus_config",
        prometheus_config.read,
        prometheus_config.sniff,
        (
            b"global: {scrape_interval: 15s}\nrule_files: [a.yml]\nscrape_configs:\n- job_name: a\n"
            b"  static_configs: [{targets: ['a:80']}]\nalerting:\n  alertmanagers:\n"
            b"  - static_configs: [{targets: ['b:93']}]\n",
        ),
    ),
    Format(
        "alertmanager_config",
        alertmanager_config.read,
        None,
        (
            b"route: {receiver: a, routes: [{receiver: b, matchers: ['x=y']}]}\nreceivers:\n- name: a\n"
            b"  slack_configs: [{api_url: 'https://hooks.slack.com/x', channel: '#a'}]\n- name: b\n",
        ),
    ),
    Format(
        "config_map",
        config_map.embedded_files,
        config_map.sniff,
        (
            b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.yml: |\n    groups: []\n",
        ),
    ),
    Format(
        "compose",
        compose.read,
        None,
        (
            b"services:\n  a:\n    image: a:1\n    restart: always\n    ports: ['80:80']\n"
            b"    healthcheck: {test: [CMD, curl, -f, localhost]}\n    depends_on: [b]\n  b:\n    build: .\n",
        ),
    ),
    Format(
        "dockerfile",
        dockerfile.read,
        None,
        (
            b'ARG V=1\nFROM a:${V} AS x\nCOPY --from=x a \\\n  b\nUSER 1000\nHEALTHCHECK CMD curl -f x\nCMD ["a"]\n',
        ),
    ),
    Format(
        "github_workflow",
        github_workflow.read,
        None,
        (
            b"name: a\non: {push: {branches: [main]}}\njobs:\n  a:\n    runs-on: x\n    steps:\n"
            b"    - uses: actions/checkout@v4\n    - run: pytest\n      if: always()\n",
        ),
    ),
    Format(
        "gitlab_ci",
        gitlab_ci.read,
        None,
        (
            b"stages: [test]\n.base: {image: a}\ntest:\n  extends: .base\n  script: [pytest]\n  rules: [{when: always}]\n",
        ),
    ),
    Format(
        "helm_chart",
        lambda data: helm_chart.read_values(data, path="values.yaml").value,
        None,
        (
            b"replicaCount: 2\nimage: {repository: a/b, tag: '1.2'}\nresources: {}\n"
            b"livenessProbe:\n  httpGet: {path: /live, port: http}\n",
        ),
    ),
    Format(
        "kube_manifest",
        manifests,
        None,
        (
            b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 2\n"
            b"  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n"
            b"    spec:\n      containers:\n      - name: a\n        image: a:1\n"
            b"        resources: {requests: {cpu: 100m}, limits: {cpu: '1', memory: 1Gi}}\n"
            b"        livenessProbe: {httpGet: {path: /live, port: 80}}\n---\n"
            b"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n"
            b"spec: {minReplicas: 2, maxReplicas: 4, scaleTargetRef: {kind: Deployment, name: a}}\n",
        ),
    ),
    Format(
        "openapi_doc",
        openapi_doc.read,
        None,
        (
            b"openapi: 3.0.3\ninfo: {title: a, version: '1'}\nsecurity: [{key: []}]\npaths:\n  /a/{id}:\n"
            b"    parameters: [{$ref: '#/components/parameters/id'}]\n    get:\n      responses:\n"
            b"        '200': {description: b, content: {application/json: {schema: {type: object}}}}\n"
            b"components:\n  parameters: {id: {name: id, in: path, required: true, schema: {type: string}}}\n"
            b"  securitySchemes: {key: {type: apiKey, name: k, in: header}}\n",
        ),
    ),
)
