"""The checked facts of the sample files, told by the parsers: one module for each group of formats."""

from __future__ import annotations

from tests.formats.sample_facts import (
    chaos,
    coverage,
    dashboards,
    helm,
    load,
    operations,
    quality,
    scanners,
    secrets,
)

FOLDERS = (
    *coverage.FOLDERS,
    *quality.FOLDERS,
    *scanners.FOLDERS,
    *secrets.FOLDERS,
    *load.FOLDERS,
    *chaos.FOLDERS,
    *operations.FOLDERS,
    *dashboards.FOLDERS,
    *helm.FOLDERS,
)
NOT_TOLD = {folder.name: folder.not_told for folder in FOLDERS if folder.not_told}
"""By folder, the facts that no parser tells (`key`, or of one file `file: key`), and why."""
UNSNIFFED = {
    "alertmanager-config": "alertmanager_config",
    "docker-compose": "compose",
    "dockerfile": "dockerfile",
    "github-workflows": "github_workflow",
    "helm-values": "helm_chart",
    "kube-manifests": "kube_manifest",
    "openapi": "openapi_doc",
}
"""By folder, the parser of a format that is told by its place, and not by its first bytes."""
