"""What is audited, and what the operator allows while looking."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running deployment and the systems that watch it; every URL comes from the operator."""

    name: str
    url: str | None = None
    prometheus: str | None = None
    alertmanager: str | None = None
    grafana: str | None = None
    loki: str | None = None
    production: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A repository (service root below git root) and its deployment."""

    service: str
    repository: str
    root: str = ""
    commit: str | None = None
    committed_at: str | None = None
    branch: str | None = None
    dirty: bool = False
    deployment: Deployment | None = None
    remote: str = ""
    """Where git fetches it from, as host/owner/name without credentials; "" where it is not known."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature that auditor.yaml declares: acceptance tests, a live check, a metric that moves."""

    id: str
    title: str
    severity: str = "important"
    tests: tuple[str, ...] = ()
    live_path: str | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Looking:
    """The settings that influence what probes see; they are part of a bundle's manifest."""

    evidence: tuple[str, ...] = ()
    artefacts: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    test_kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    attestations: str | None = None
    only: tuple[str, ...] = ()
    offline: bool = False
    allow_exec: bool = False
    allow_load: bool = False
    allow_intrusive: bool = False
    allow_hosts: tuple[str, ...] = ()
    osv_url: str | None = None
    load_rate: float = 600.0
    """Requests a second that a load run may reach."""
    load_seconds: float = 60.0
    """How long it stays at the highest rate that holds."""
    load_p95_ms: float = 300.0
    """The P95 past which a rate does not hold."""
    allow_methods: tuple[str, ...] = ()
    """Methods beside GET that a conformance test may call."""
    on_call: str = ""
    """The name of the service, schedule or team in the on-call system; "" for the service's own."""
    namespace: str = ""
    """The Kubernetes namespace of the service; "" for every one that may be read."""
    forge: str = ""
    """The repository on the forge, as owner/name; "" for the one of the git remote."""
