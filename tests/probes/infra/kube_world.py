"""A made-up service in Kubernetes that lacks nothing, for the tests of the probes that read manifests."""

from __future__ import annotations

from typing import Any

CODE = {
    "main.go": "package main\nfunc main() {}\n",
    "go.mod": "module git.test/acme/shop\n",
    "Dockerfile": "FROM golang:1.24\nCOPY . .\nRUN go build -o /shop\n",
}
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      securityContext: {runAsNonRoot: true}
      topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule}]
      containers:
      - name: shop
        image: ghcr.io/acme/shop:1.4.2
        ports: [{containerPort: 8080, name: http}]
        readinessProbe: {httpGet: {path: /ready, port: http}}
        livenessProbe: {httpGet: {path: /live, port: http}}
        env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]
        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}
"""
SERVICE = """apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{port: 80, targetPort: http}]}
"""
HPA = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 2
  maxReplicas: 10
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
"""
PDB = """apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: shop}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: shop}}}
"""
POLICY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shop}
spec: {podSelector: {matchLabels: {app: shop}}, policyTypes: [Ingress]}
"""
GOOD = {
    **CODE,
    "k8s/deployment.yaml": DEPLOYMENT,
    "k8s/service.yaml": SERVICE,
    "k8s/hpa.yaml": HPA,
    "k8s/guards.yaml": f"{PDB}---\n{POLICY}",
}


def changed(path: str, old: str, new: str) -> dict[str, Any]:
    """The good repository with one change in one file."""
    assert old in GOOD[path]
    return {**GOOD, path: GOOD[path].replace(old, new)}
