"""Clusters that a job makes for itself and throws away: what it deploys there is a test, not a deployment."""

from __future__ import annotations

import re
from collections.abc import Iterable

CREATES = "kind create cluster"
"""What an action that makes a cluster stands for."""
_ACTIONS = re.compile(
    r"(?:helm|engineerd|container-tools)/(?:kind-action|setup-kind)|(?:medyagh|manusa)/(?:actions-)?setup-minikube"
    r"|absaoss/k3d-action|rinx/setup-k3d|nolar/setup-k3d-k3s|jupyterhub/action-k3s-helm|debianmaster/actions-k3s"
    r"|balchua/microk8s-actions|replicatedhq/replicated-actions/create-cluster|opsgang/\S*kind\S*",
    re.IGNORECASE,
)
_MAKES = re.compile(
    r"(?m)^[^#\n]*?(?<![\w./-])(?:kind create cluster|minikube start|k3d cluster create|ctlptl (?:create|apply)"
    r"|kwokctl create cluster|microk8s (?:start|install)|k0s (?:start|controller)|curl [^\n]*get\.k3s\.io"
    r"|(?:make|just|task) [\w.-]*(?:kind|minikube|k3d|k3s)[\w.-]*)(?![\w])"
)
_LEADS_OUT = re.compile(
    r"(?m)^[^#\n]*?(?:aws eks update-kubeconfig|gcloud container clusters get-credentials|az aks get-credentials"
    r"|kubeconfig save|config use-context (?!kind|minikube|k3d)|KUBE_?CONFIG)"
)
_ELSEWHERE = re.compile(
    r"(?:\S*/)?(?:aws|gcloud|az|vercel|netlify|fly|flyctl|heroku|wrangler|terraform|tofu|pulumi|ssh|scp|rsync|cdk|sls"
    r"|serverless|eb|ecs-cli|copilot|firebase|railway|render|doctl|kamal|cap|ansible-playbook)\b"
)


def is_cluster_action(name: str) -> bool:
    """Whether an action of the marketplace makes a cluster in the runner."""
    return _ACTIONS.fullmatch(name) is not None


def stays_inside(texts: Iterable[str], command: str) -> bool:
    """Whether a command that deploys goes to a cluster that its job, of these scripts, has made for itself."""
    whole = "\n".join(texts)
    if _MAKES.search(whole) is None or _LEADS_OUT.search(whole):
        return False
    return _ELSEWHERE.match(command) is None
