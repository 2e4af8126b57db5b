"""Small documents of pipelines, of what describes infrastructure, and of what stands beside code in a repository."""

from __future__ import annotations

from typing import Any

from auditor.formats.ci import (
    azure_pipelines,
    circleci_config,
    github_pipeline,
    gitlab_pipeline,
    jenkinsfile,
)
from auditor.formats.ci.ci_model import CiPipeline
from auditor.formats.databases import backup_script, liquibase
from auditor.formats.documents import codeowners
from auditor.formats.kubernetes import (
    helm_chart,
    helm_output,
    helm_template,
    helm_text,
    kustomization,
)
from auditor.formats.monitoring import log_retention, log_shipper, log_shipper_text
from auditor.formats.settings import env_example, settings_file
from auditor.formats.terraform import (
    terraform_config,
    terraform_json,
    terragrunt,
)
from tests.formats.documents.format import Format, encoded


def nothing(path: str) -> bytes | None:
    """No other file of the repository."""
    return None


def whole(pipeline: CiPipeline | None) -> object:
    """A pipeline with all that is read from it lazily: its commands, and what waits for what."""
    if pipeline is None:
        return None
    jobs = [
        (list(step.commands()), pipeline.before(job)) for job in pipeline.jobs for step in job.steps
    ]
    return pipeline, jobs, pipeline.events


def circleci(data: bytes) -> object:
    """Every workflow of the file."""
    return [whole(one) for one in circleci_config.read(data, path=".circleci/config.yml")]


def template(data: bytes) -> object:
    """A template of Helm, as written, softened, and by the values that it uses."""
    uses = helm_template.Uses()
    helm_template.read(data, uses, path="templates/a.yaml")
    softened = helm_template.soften(data.decode("utf-8", "replace"))
    return helm_text.read_written(data, path="templates/a.yaml"), softened, uses.used


TEMPLATE = (
    b"apiVersion: v1\n{{- $name := .Values.name }}\nkind: Pod\nmetadata: {name: {{ $name | quote }}}\nspec:\n"
    b'  containers:\n  - name: a\n    image: a:{{ required "tag" .Values.tag }}\n'
    b"    {{- with .Values.resources }}\n    resources: {{- toYaml . | nindent 6 }}\n    {{- end }}\n"
)
RENDERED = b"---\n# Source: a/templates/a.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n"
TERRAFORM = b'resource "a" "b" {\n  days = var.days\n  tags = { "a" = "b${var.c}" }\n}\n'
PLAN: dict[str, Any] = {
    "format_version": "1.2", "terraform_version": "1.9.0", "timestamp": "2026-03-01T00:00:00Z",
    "planned_values": {"root_module": {"resources": [{"address": "a.b", "type": "a", "values": {"c": 1}}]}},
    "resource_changes": [{"address": "a.b", "change": {"actions": ["update"]}}], "errored": False,
}  # fmt: skip

FORMATS = (
    Format(
        "circleci_config",
        circleci,
        None,
        (
            b"version: 2.1\nexecutors: {e: {docker: [{image: a:1}]}}\ncommands: {c: {steps: [{run: pytest}]}}\n"
            b"jobs:\n  t:\n    executor: e\n    steps: [checkout, c, {run: {name: x, command: make test, when: always}}]\n"
            b"workflows:\n  w:\n    jobs:\n    - t\n    - t: {name: u, requires: [t], filters: {branches: {only: main}}}\n",
        ),
    ),
    Format(
        "azure_pipelines",
        lambda data: whole(azure_pipelines.read(data, path="azure-pipelines.yml", local=nothing)),
        None,
        (
            b"trigger: [main]\npr: {branches: {include: ['*']}}\nvariables: {a: b}\nstages:\n- stage: T\n  jobs:\n"
            b"  - job: t\n    condition: and(succeeded(), eq(variables['a'], 'b'))\n    steps:\n"
            b"    - script: pytest $(a)\n      continueOnError: true\n    - task: DotNetCoreCLI@2\n      inputs: {command: test}\n"
            b"- stage: D\n  dependsOn: T\n  jobs:\n  - deployment: d\n    environment: p\n"
            b"    strategy: {runOnce: {deploy: {steps: [{bash: ./deploy.sh}]}}}\n",
        ),
    ),
    Format(
        "jenkinsfile",
        lambda data: whole(jenkinsfile.read(data, path="Jenkinsfile")),
        None,
        (
            b"pipeline {\n  agent any\n  stages {\n    stage('Test') {\n      when { branch 'main' }\n"
            b'      steps { sh \'pytest\'; sh """\nmake test || true\n""" }\n    }\n  }\n'
            b"  post { always { junit 'a.xml' } } // done\n}\n",
        ),
    ),
    Format(
        "gitlab_pipeline",
        lambda data: whole(gitlab_pipeline.read(data, path=".gitlab-ci.yml", local=lambda _: [])),
        None,
        (
            b"include: [{local: a.yml}]\ndefault: {before_script: [pip install .]}\nstages: [test, deploy]\n"
            b"test: {stage: test, script: [[pytest, -q], make test], allow_failure: {exit_codes: 3}}\n"
            b"ship:\n  stage: deploy\n  needs: [test]\n  rules: [{if: '$CI_COMMIT_BRANCH == \"main\"', when: manual}]\n"
            b"  script: !reference [test, script]\n",
        ),
    ),
    Format(
        "github_pipeline",
        lambda data: whole(
            github_pipeline.read(data, path=".github/workflows/a.yml", local=nothing)
        ),
        None,
        (
            b"on: {push: {branches: [main]}, pull_request: {}}\njobs:\n  a: {runs-on: x, steps: [{run: pytest | tee x}]}\n"
            b"  b:\n    needs: a\n    if: github.ref == 'refs/heads/main' && !cancelled()\n    runs-on: x\n"
            b"    steps: [{uses: helm/kind-action@v1}, {run: helm upgrade a b}]\n",
        ),
    ),
    Format("helm_template", template, None, (TEMPLATE,)),
    Format(
        "helm_output",
        lambda data: list(helm_output.read_output(data.decode("utf-8", "replace"))),
        None,
        (RENDERED,),
    ),
    Format(
        "helm_chart_yaml",
        lambda data: helm_chart.read_chart(data, path="Chart.yaml"),
        None,
        (
            b"apiVersion: v2\nname: a\nversion: 1.2.3\ntype: application\ndependencies:\n"
            b"- {name: b, version: 1.x, repository: 'https://c.test', alias: d, condition: d.enabled}\n",
        ),
    ),
    Format(
        "kustomization",
        lambda data: kustomization.read(data, path="kustomization.yaml"),
        None,
        (
            b"resources: [a.yaml, ../base]\ncomponents: [../c]\nimages: [{name: a, newTag: '1'}]\n"
            b"patches: [{path: p.yaml, target: {kind: Deployment}}, {patch: '- op: remove'}]\n"
            b"replicas: [{name: a, count: 2}]\nnamePrefix: x-\nnamespace: y\ncommonLabels: {a: b}\n",
        ),
    ),
    Format(
        "terraform_config",
        lambda data: terraform_config.read(data, path="main.tf"),
        None,
        (TERRAFORM,),
    ),
    Format(
        "terragrunt",
        lambda data: terragrunt.read(data, path="terragrunt.hcl"),
        None,
        (
            b'terraform {\n  source = "../a"\n}\nremote_state {\n  backend = "s3"\n  config = { bucket = "b" }\n}\n',
        ),
    ),
    Format("terraform_plan", terraform_json.read_plan, None, encoded(PLAN)),
    Format(
        "liquibase",
        lambda data: liquibase.read(data, path="db/changelog.yaml"),
        None,
        (
            b"databaseChangeLog:\n- changeSet:\n    id: 1\n    author: a\n    changes: [{createTable: {tableName: a}}]\n"
            b"    rollback: [{dropTable: {tableName: a}}]\n- include: {file: b.yaml}\n",
        ),
    ),
    Format(
        "backup_script",
        lambda data: backup_script.read(data.decode("utf-8", "replace")),
        None,
        (
            b'#!/bin/sh\nset -eu\nf=/b/$(date +%F).sql.gz\npg_dump "$URL" | gzip > "$f"\n'
            b'[ -s "$f" ] || exit 1\naws s3 cp "$f" s3://a/ && find /b -mtime +7 -delete\n',
        ),
    ),
    Format(
        "codeowners",
        lambda data: codeowners.read(data, path="CODEOWNERS"),
        None,
        (b"# all\n* @a/b\n/src/**/*.py a@b.test @c\n!x @a\n^[Docs][2] @d\ndocs/\n",),
    ),
    Format(
        "env_example",
        lambda data: env_example.read(data, path=".env.example"),
        None,
        (b"# Where\nexport A=b # c\nD='e f'\n#G=h\nI=${A:-j}\n",),
    ),
    Format(
        "settings_file",
        lambda data: settings_file.read(data, path="config/production.yaml"),
        None,
        (b"debug: false\nallowed: ['a', 'b']\ndatabase: {url: '${URL}', pool: 5}\n",),
    ),
    Format(
        "log_shipper",
        log_shipper.read,
        None,
        (
            b"receivers: {filelog: {include: [/var/log/*.log]}}\n"
            b"exporters: {otlp: {endpoint: 'a:4317'}}\nservice: {pipelines: {logs: {receivers: [filelog], exporters: [otlp]}}}\n",
        ),
    ),
    Format(
        "log_shipper_text",
        lambda data: (
            log_shipper_text.read_alloy(data),
            log_shipper_text.read_fluent_bit(data),
            log_shipper_text.read_fluentd(data),
        ),
        None,
        (
            b'loki.write "a" {\n  endpoint { url = "http://loki:3100/loki/api/v1/push" }\n}\n'
            b'loki.source.docker "b" { forward_to = [loki.write.a.receiver] }\n',
            b"[INPUT]\n    Name tail\n    Path /a/*.log\n[OUTPUT]\n    Name loki\n    Match *\n    Host loki\n",
            b"<source>\n  @type tail\n  path /a.log\n</source>\n<match **>\n  @type elasticsearch\n  host es\n</match>\n",
        ),
    ),
    Format(
        "loki_config",
        log_retention.read_loki,
        None,
        (
            b"limits_config: {retention_period: 744h}\ncompactor: {retention_enabled: true, working_directory: /a}\n",
        ),
    ),
)
