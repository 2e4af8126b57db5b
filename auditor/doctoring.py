"""Whether what the operator has set works: each address, token and tool is tried once, and cheaply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auditor.formats.text.errors import FormatError
from auditor.probing.ci.forge import find_forge
from auditor.probing.contract import Context
from auditor.probing.doors.access import FORGES, SYSTEMS
from auditor.probing.doors.redact import redact
from auditor.probing.doors.trouble import Trouble
from auditor.probing.kubernetes.cluster import Cluster
from auditor.probing.monitoring.metrics_endpoint import scrape
from auditor.probing.monitoring.monitoring_api import Api

TOOLS = (
    "git",
    "ruff",
    "bandit",
    "mypy",
    "pip-audit",
    "detect-secrets",
    "helm",
    "locust",
    "schemathesis",
)
"""Tools that probes run where they are there."""
_PATHS = {
    "prometheus": "/api/v1/status/buildinfo",
    "alertmanager": "/api/v2/status",
    "grafana": "/api/search?type=dash-db&limit=1",
    "loki": "/loki/api/v1/labels",
    "pagerduty": "/oncalls?limit=1",
    "opsgenie": "/v2/schedules",
}


@dataclass(frozen=True, slots=True)
class Check:
    """Something that is set: its name, whether it works, and what was seen or what to do.

    `kind` is url, token or tool.
    """

    kind: str
    name: str
    works: bool
    told: str


def checks(ctx: Context) -> Iterator[Check]:
    """Try all that is set, in a fixed order; a tool that is not there is not set."""
    deployment = ctx.target.deployment
    if deployment is not None and deployment.url:
        yield _tried("url", f"--url {deployment.url}", lambda: _deployment(ctx))
    for name, system in SYSTEMS.items():
        grant = ctx.access.grant(name)
        if grant is None or (name == "metrics" and not (deployment and deployment.url)):
            continue
        shown = f"{system.option or system.title} {grant.base}".strip() if grant.base else ""
        with_token = f"{grant.variable} for {grant.base or system.title}" if grant.variable else ""
        kind = "token" if grant.variable else "url"
        yield _tried(kind, with_token or shown, _looks(ctx, name))
    for tool in TOOLS:
        if ctx.command.find(tool):
            yield _tried("tool", tool, lambda tool=tool: _version(ctx, tool))  # type: ignore[misc]


def _looks(ctx: Context, name: str) -> Callable[[], str]:
    if name == "metrics":
        return lambda: _metrics(ctx)
    if name == "kubernetes":
        return lambda: f"{len(Cluster(ctx).service().workloads)} workloads of the service"
    if name in FORGES:
        return lambda: _forge(ctx, name)
    return lambda: _system(ctx, name)


def _tried(kind: str, name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(kind, name, True, redact(look()))
    except Trouble as trouble:
        return Check(kind, name, False, redact(f"{trouble.message} {trouble.hint}".strip()))
    except FormatError as error:
        return Check(kind, name, False, redact(str(error)))


def _deployment(ctx: Context) -> str:
    return f"answers {ctx.http.get('/').status}"


def _system(ctx: Context, name: str) -> str:
    base = ctx.access.base(name)
    system = SYSTEMS[name]
    path, _, query = _PATHS[name].partition("?")
    given = dict(part.split("=") for part in query.split("&")) if query else None
    api = Api(ctx, base, system.title, system.option or f"--{name}")
    return f"answers {api.ask(path, _json, given).exchange.status}"


def _json(body: bytes) -> object:
    from auditor.formats.text.json_text import decode

    return decode(body, object, name="The answer")


def _forge(ctx: Context, name: str) -> str:
    forge = find_forge(ctx)
    if type(forge).__name__.lower() != name:
        return "not asked: the repository is on another forge"
    return f"shows {forge.slug}, whose default branch is {forge.branch().value}"


def _metrics(ctx: Context) -> str:
    found = scrape(ctx)
    return f"{found.exposition.samples} samples" if found else "no metrics endpoint"


def _version(ctx: Context, tool: str) -> str:
    ran = ctx.command.run(
        [tool, "version" if tool == "helm" else "--version"], timeout_s=20, keep=False
    )
    if ran.exit_code:
        raise _broken(tool, ran.error_text)
    text = (ran.stdout or ran.stderr).decode("utf-8", "replace").strip()
    return text.splitlines()[0].partition(" from /")[0][:80] if text else "runs"


def _broken(tool: str, text: str) -> Trouble:
    from auditor.model.evidence import ProblemKind

    message = f"{tool} does not run: {text[-200:]}"
    return Trouble(ProblemKind.TOOL_MISSING, message, f"Install {tool} anew.")
