"""`auditor audit`: look, judge, report."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.errors import refusals
from auditor.cli.history_place import Storing
from auditor.cli.output import (
    checklist_option,
    deliver,
    fail_on_option,
    format_option,
    quiet_option,
    refuse_early,
    wanted,
)
from auditor.cli.tell import tell

if TYPE_CHECKING:
    from auditor.model.report import Report
    from auditor.pipeline import Options

_EPILOG = """\b
Examples:
  auditor audit .
  auditor audit services/orders --url https://staging.example.net
  auditor audit . --root backend --format html=report.html --format json=report.json
  auditor audit . --evidence 'artifacts/**/*.xml' --bundle evidence/
  auditor audit . --evidence "$PWD/../ci-artefacts"
  auditor audit . --offline --only 'repo.*' --only 'reports.*'
  auditor audit . --url https://staging.example.net --fail-on blocker --quiet
  auditor audit . --history default            then: auditor history trend

A deployment that only the target's auditor.yaml names is contacted only when you name it
with --deployment. Nothing of the target is run or imported. Where a private authority
signed its certificate: SSL_CERT_FILE=authority.pem auditor audit ...
Tokens come from the environment alone and are never stored: AUDITOR_GRAFANA_TOKEN,
AUDITOR_PAGERDUTY_TOKEN, AUDITOR_GITHUB_TOKEN and more. auditor doctor lists them all.
"""

_URLS = ("url", "prometheus", "alertmanager", "grafana", "loki")


@click.command("audit", cls=Storing, epilog=_EPILOG)
@click.argument("path", type=click.Path(path_type=Path), default=".", required=False)
@click.option(
    "--url",
    envvar="AUDITOR_URL",
    help="The running deployment, such as https://staging.example.net.",
)
@click.option(
    "--prometheus",
    metavar="URL",
    envvar="AUDITOR_PROMETHEUS",
    help="The Prometheus that watches it.",
)
@click.option(
    "--alertmanager", metavar="URL", envvar="AUDITOR_ALERTMANAGER", help="Its Alertmanager."
)
@click.option("--grafana", metavar="URL", envvar="AUDITOR_GRAFANA", help="Its Grafana.")
@click.option("--loki", metavar="URL", envvar="AUDITOR_LOKI", help="Its Loki.")
@click.option(
    "--kubernetes",
    metavar="URL",
    envvar="AUDITOR_KUBERNETES",
    help="The API of its cluster, or of kubectl proxy.",
)
@click.option(
    "--namespace",
    metavar="NAME",
    envvar="AUDITOR_NAMESPACE",
    help="Its namespace in the cluster (default: all that may be read).",
)
@click.option(
    "--on-call",
    metavar="NAME",
    envvar="AUDITOR_ON_CALL",
    help="Its name in PagerDuty, or its team or schedule in Opsgenie.",
)
@click.option(
    "--forge",
    metavar="OWNER/NAME",
    envvar="AUDITOR_FORGE",
    help="Its repository on GitHub or GitLab (default: that of the git remote).",
)
@click.option(
    "--deployment",
    metavar="NAME",
    envvar="AUDITOR_DEPLOYMENT",
    help="A deployment of auditor.yaml.",
)
@checklist_option
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="AUDITOR_CONFIG",
    help="An auditor.yaml elsewhere.",
)
@click.option(
    "--evidence",
    multiple=True,
    metavar="GLOB",
    help="More report files: a glob below the service, or a folder elsewhere. Repeatable.",
)
@click.option(
    "--root", metavar="DIR", envvar="AUDITOR_ROOT", help="The service's folder inside PATH."
)
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Run only the probes whose id matches. Repeatable.",
)
@click.option("--offline", is_flag=True, help="Forbid the network (loopback stays allowed).")
@click.option("--allow-exec", is_flag=True, help="Allow probes that run the target's own code.")
@click.option("--allow-load", is_flag=True, help="Allow probes that put load on the deployment.")
@click.option(
    "--load-rate",
    type=click.FloatRange(min=1, max=5000),
    default=600.0,
    metavar="N",
    help="Requests a second that a load run may reach (default: 600).",
)
@click.option(
    "--load-seconds",
    type=click.FloatRange(min=1, max=900),
    default=60.0,
    metavar="N",
    help="How long a load run stays at the highest rate that holds (default: 60).",
)
@click.option(
    "--load-p95",
    type=click.FloatRange(min=1),
    default=300.0,
    metavar="MS",
    help="The P95 past which a rate of a load run does not hold (default: 300).",
)
@click.option("--allow-intrusive", is_flag=True, help="Allow probes that act like an attacker.")
@click.option(
    "--allow-method",
    "allow_methods",
    multiple=True,
    type=click.Choice(["POST", "PUT", "PATCH", "DELETE"], case_sensitive=False),
    help="One more method, beside GET, that a conformance test may call.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST",
    help="One more host that may be contacted.",
)
@format_option
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep the evidence in this folder.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    metavar="DIR",
    envvar="AUDITOR_CACHE",
    help="Where results by content are kept (default: the user's cache folder).",
)
@click.option("--no-cache", is_flag=True, help="Scan everything again, and keep nothing.")
@fail_on_option
@quiet_option
def command(
    path: Path,
    formats: tuple[str, ...],
    bundle: Path | None,
    fail_on: str,
    quiet: bool,
    history: str | None,
    history_blobs: str | None,
    no_history: bool,
    **asked: Any,
) -> None:
    """Audit the repository PATH (default: here) and, with --url, its running deployment."""
    chosen = wanted(formats)
    from auditor.cli.history_storing import Storage
    from auditor.cli.progress import Shown
    from auditor.pipeline import audit, met, own_policy
    from auditor.store.bundle import check

    options = options_of(path, asked)
    storing = {"history": history, "history_blobs": history_blobs, "no_history": no_history}
    with refusals():
        refuse_early(chosen)
        if bundle is not None:
            check(bundle)
        storage = Storage(options, storing, quiet=quiet)
        with Shown() if not quiet else nullcontext() as progress:
            policy = own_policy(options)
            done = audit(options, progress, policy=policy)
        if bundle is not None:
            keep(bundle, done.files, done.report)
            if not quiet:
                tell(f"evidence bundle: {bundle}")
        deliver(done.report, chosen, quiet=quiet)
        storage.keep(done, policy)
    if not met(done.report, fail_on):
        raise SystemExit(1)


def options_of(path: Path, asked: dict[str, Any]) -> Options:
    """The command line's options as the use cases take them."""
    from auditor.pipeline import Options

    cache, no_cache = asked.pop("cache"), asked.pop("no_cache")
    urls = {key: asked.pop(key) for key in _URLS}
    kept = None if no_cache else _cache_file(cache)
    return Options(path=path, urls=urls, cache=kept, environment=os.environ, **asked)


def _cache_file(folder: Path | None) -> Path:
    from platformdirs import user_cache_path

    return (folder or user_cache_path("auditor", appauthor=False)) / "results.sqlite"


def keep(folder: Path, files: dict[str, bytes], report: Report) -> None:
    """Write a bundle with its report."""
    from auditor.report.registry import render
    from auditor.store.bundle import with_report, write

    write(folder, with_report(files, render("json", report).encode()))
