"""Which other systems the audit may ask, and with what credentials: told by the operator, never by a target.

Credentials come from the environment, go in a header to the one system that they are for, and are taken
out of everything that is stored or shown. An address is the operator's, or where the provider serves all.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"[\x21-\x7e]+")
_BASIC = re.compile(r"[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+")
_SHORTEST_SECRET = 8


class BadCredential(ValueError):
    """A variable of the environment that holds no usable credential; the message never shows it."""


@dataclass(frozen=True, slots=True)
class System:
    """A system that answers questions about a service, and how it is told who asks.

    `tokens` are the variables that may hold a token, `basic` one for `user:password`; `address` is where
    it is reached when the operator names none; `least` the least right that suffices.
    """

    name: str
    title: str
    least: str
    tokens: tuple[str, ...]
    scheme: str = "Bearer {}"
    basic: str = ""
    option: str = ""
    variables: tuple[str, ...] = ()
    address: str = ""

    @property
    def told(self) -> str:
        """How an operator names it and gives it a token, as in "--grafana URL and AUDITOR_GRAFANA_TOKEN"."""
        where = f"{self.option} URL and " if self.option else ""
        return f"{where}{self.tokens[0]}"


def _watching(name: str, title: str, least: str) -> System:
    upper = f"AUDITOR_{name.upper()}"
    return System(
        name, title, least, (f"{upper}_TOKEN",), basic=f"{upper}_BASIC", option=f"--{name}"
    )


SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        _watching("prometheus", "Prometheus", "reading its HTTP API"),
        _watching("alertmanager", "Alertmanager", "reading its HTTP API"),
        _watching("grafana", "Grafana", "a service account with the role Viewer"),
        _watching("loki", "Loki", "reading the logs of one tenant"),
        System(
            "metrics",
            "the metrics endpoint",
            "reading the metrics",
            ("AUDITOR_METRICS_TOKEN",),
            basic="AUDITOR_METRICS_BASIC",
        ),
        System(
            "kubernetes",
            "the Kubernetes API",
            "a service account bound to the role view, in one namespace",
            ("AUDITOR_KUBERNETES_TOKEN",),
            option="--kubernetes",
        ),
        System(
            "pagerduty",
            "PagerDuty",
            "a read-only REST API key",
            ("AUDITOR_PAGERDUTY_TOKEN",),
            "Token token={}",
            variables=("AUDITOR_PAGERDUTY_URL",),
            address="https://api.pagerduty.com",
        ),
        System(
            "opsgenie",
            "Opsgenie",
            "an API key with the right to read, and to access configurations",
            ("AUDITOR_OPSGENIE_TOKEN",),
            "GenieKey {}",
            variables=("AUDITOR_OPSGENIE_URL",),
            address="https://api.opsgenie.com",
        ),
        System(
            "github",
            "GitHub",
            "a fine-grained token for this repository, read-only: metadata, administration, actions,"
            " contents and Dependabot alerts",
            ("AUDITOR_GITHUB_TOKEN", "GITHUB_TOKEN"),
            variables=("AUDITOR_GITHUB_URL", "GITHUB_API_URL"),
            address="https://api.github.com",
        ),
        System(
            "gitlab",
            "GitLab",
            "a project access token with the scope read_api",
            ("AUDITOR_GITLAB_TOKEN", "GITLAB_TOKEN"),
            variables=("AUDITOR_GITLAB_URL", "CI_API_V4_URL"),
            address="https://gitlab.com/api/v4",
        ),
    )
}
ON_CALL = ("pagerduty", "opsgenie")
FORGES = ("github", "gitlab")
TENANT = "AUDITOR_LOKI_TENANT"


@dataclass(frozen=True, slots=True)
class Grant:
    """A system that may be asked: where, the headers to send, and the variable that they come from."""

    base: str
    headers: tuple[tuple[str, str], ...] = ()
    variable: str = ""

    def __repr__(self) -> str:
        return f"Grant(base={self.base!r}, variable={self.variable!r})"


class Access:
    """The grants of an audit by system. Without any, nothing but the deployment is asked."""

    def __init__(self, grants: Mapping[str, Grant] | None = None, secrets: tuple[str, ...] = ()):
        self._grants = dict(grants or {})
        self._secrets = tuple(
            sorted(
                {s.encode() for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True
            )
        )

    def __repr__(self) -> str:
        return f"Access({', '.join(sorted(self._grants))})"

    def grant(self, name: str) -> Grant | None:
        """The grant for a system, None where the operator named neither an address nor a token."""
        return self._grants.get(name)

    def base(self, name: str) -> str:
        """Where a system is asked, "" where it is not."""
        grant = self._grants.get(name)
        return grant.base if grant else ""

    @property
    def bases(self) -> list[str]:
        """Every address that may be asked."""
        return [grant.base for grant in self._grants.values() if grant.base]

    def clean(self, data: bytes) -> bytes:
        """`data` without the credentials, which a system may give back in its answer."""
        for secret in self._secrets:
            data = data.replace(secret, b"[redacted]")
        return data


def access(environment: Mapping[str, str], urls: Mapping[str, str | None]) -> Access:
    """What the operator grants by addresses and by the environment.

    `urls` is system → address as given on the command line or by a deployment of auditor.yaml that was
    named. Raises BadCredential.
    """
    grants: dict[str, Grant] = {}
    secrets: list[str] = []
    for system in SYSTEMS.values():
        variable, header, hidden = _credential(system, environment)
        secrets += hidden
        given = urls.get(system.name)
        given = given or next((environment[v] for v in system.variables if environment.get(v)), "")
        base = given or (system.address if header else "")
        if not base and not header:
            continue
        headers = [("Authorization", header)] if header else []
        if system.name == "loki" and environment.get(TENANT):
            headers.append(("X-Scope-OrgID", _plain(TENANT, environment[TENANT])))
        grants[system.name] = Grant(base.rstrip("/"), tuple(headers), variable)
    return Access(grants, tuple(secrets))


def _credential(system: System, environment: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """The variable, the value of the header, and what must never be shown."""
    for variable in system.tokens:
        token = environment.get(variable, "").strip()
        if token:
            return variable, system.scheme.format(_plain(variable, token)), [token]
    pair = environment.get(system.basic, "").strip() if system.basic else ""
    if not pair:
        return "", "", []
    if not _BASIC.fullmatch(pair):
        raise BadCredential(f"{system.basic} should be a user and a password, joined by a colon.")
    encoded = base64.b64encode(pair.encode()).decode()
    return system.basic, f"Basic {encoded}", [encoded, pair, pair.partition(":")[2]]


def _plain(variable: str, value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise BadCredential(
            f"{variable} holds a space or another character that no token has; set it again."
        )
    return value
