"""Small Java services for the tests of the code probes."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.model.evidence import Evidence
from auditor.probing.contract import Probe
from auditor.probing.testing import run_probe, values

TOP = "src/main/java/shop"
SETTINGS = "src/main/resources/application.yml"
APP = "package shop;\nimport org.springframework.boot.autoconfigure.SpringBootApplication;\n{more}\n@SpringBootApplication\nclass App {{ }}\n"
USES = "package shop;\n@org.springframework.stereotype.Controller\nclass Caller {{\nprivate final {kind} bean;\n{body}\n}}\n"


def pom(*artifacts: str) -> str:
    """A build file with some dependencies."""
    listed = "".join(f"<dependency><artifactId>{a}</artifactId></dependency>" for a in artifacts)
    return f"<project><dependencies>{listed}</dependencies></project>"


def service(
    body: str = "",
    imports: str = "",
    *,
    role: str = "Service",
    notes: str = "",
    caller: str = "",
    build: str = "<project/>",
    settings: str = "",
    more: Mapping[str, str] = {},
) -> dict[str, str]:
    """A Spring Boot service with one bean; `notes` stand on its application, `caller` is the body of another bean
    that knows it as `bean`."""
    repo = {
        "pom.xml": build,
        f"{TOP}/App.java": APP.format(more=notes),
        f"{TOP}/Bean.java": f"package shop;\n{imports}\n@{role}\nclass Bean {{\n{body}\n}}\n",
    }
    if caller:
        repo[f"{TOP}/Caller.java"] = USES.format(kind="Bean", body=caller)
    if settings:
        repo[SETTINGS] = settings
    return repo | dict(more)


def facts(probe: Probe, repo: Mapping[str, str]) -> dict[str, object]:
    """The facts of a probe, without the beginning of their names."""
    found = values(run_probe(probe, repo=dict(repo)))
    return {k.rpartition(".")[2]: v for k, v in found.items()}


def evidence(probe: Probe, repo: Mapping[str, str]) -> Evidence:
    """What a probe says of a service."""
    return run_probe(probe, repo=dict(repo))
