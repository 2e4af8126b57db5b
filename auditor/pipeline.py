"""The use cases, each a short function: audit a target, judge a bundle again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from auditor import __version__
from auditor.checklist.chain import Written, read_chain
from auditor.checklist.load import checklist_from
from auditor.collect.registry import find_probes, vocabulary
from auditor.collect.runner import Progress, collect
from auditor.collect.selection import check_only
from auditor.collect.target import (
    Found,
    WrongUse,
    check_not_applicable,
    choose_deployment,
    describe,
    find_target,
)
from auditor.collect.waiver_doubts import doubts
from auditor.evaluate.assess import assess
from auditor.evaluate.readiness import open_items
from auditor.model.item import Checklist, Severity
from auditor.model.report import Report
from auditor.model.target import Deployment, Looking
from auditor.model.verdict import Waiver
from auditor.probing.command import Command
from auditor.probing.contract import Context, Probe
from auditor.probing.doors.access import Access, BadCredential, access
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.recorder import Recorder
from auditor.probing.http import Http
from auditor.probing.repo import Repo
from auditor.probing.reports.artefacts import WithArtefacts
from auditor.probing.tls import Tls
from auditor.settings import DEFAULT_CHECKLIST, ChosenTier, read_waivers, url_complaint
from auditor.store import bundle

WAIVERS = "readiness/waivers.yaml"
_CONFIG_LIMIT = 1024 * 1024
_WATCHING = ("prometheus", "alertmanager", "grafana", "loki")


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator asked for; everything but the path is optional."""

    path: Path
    urls: dict[str, str | None] = field(default_factory=dict)
    deployment: str | None = None
    checklist: str | None = None
    config: Path | None = None
    root: str | None = None
    evidence: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    offline: bool = False
    allow_exec: bool = False
    allow_load: bool = False
    allow_intrusive: bool = False
    allow_hosts: tuple[str, ...] = ()
    load_rate: float = 600.0
    load_seconds: float = 60.0
    load_p95: float = 300.0
    allow_methods: tuple[str, ...] = ()
    cache: Path | None = None
    kubernetes: str | None = None
    namespace: str | None = None
    on_call: str | None = None
    forge: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where credentials for other systems may stand; without it, none are used."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A finished audit: the report, and the files of its evidence bundle by path."""

    report: Report
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides beside the evidence: settings, checklist and waivers, and whose tree is looked at."""

    found: Found
    written: tuple[Written, ...]
    checklist: Checklist
    waivers: tuple[Waiver, ...]


def own_policy(options: Options) -> Policy:
    """What the target itself says that it is judged by. Raises WrongUse, Mistake and ProbeConflict."""
    cache = Cache(options.cache, now=int(time.time()))
    found = find_target(options.path, root=options.root, config=options.config, cache=cache)
    written = _written(options, found)
    checklist = _read(written, found, find_probes(cache))
    names = known_items(checklist)
    check_not_applicable(found.settings, names)
    return Policy(found, written, checklist, _waivers(found, names))


def audit(
    options: Options,
    progress: Progress | None = None,
    now: Callable[[], datetime] | None = None,
    policy: Policy | None = None,
) -> Audit:
    """Look at the target with every probe, seal what was seen, and judge it.

    `policy` decides in the place of the target's own word. Raises WrongUse, Mistake (a file of the
    operator's or the target's is wrong) and ProbeConflict.
    """
    clock = now or (lambda: datetime.now(UTC))
    started = clock().replace(microsecond=0)
    policy = policy or own_policy(options)
    found, written, waivers = policy.found, policy.written, policy.waivers
    probes = find_probes(Cache(options.cache, now=int(started.timestamp())))
    check_only(options.only, [p.spec.id for p in probes])
    deployment = choose_deployment(found.settings, options.deployment, options.urls)
    context, recorder = _context(options, found, deployment, started)
    evidence = collect(probes, context, progress)
    manifest = bundle.Manifest(
        bundle_version=bundle.VERSION,
        tool={"name": "auditor", "version": __version__},
        started_at=started.isoformat(),
        finished_at=clock().replace(microsecond=0).isoformat(),
        target=context.target,
        looking=context.looking,
        checklist=written[0].name,
        probes=tuple(p.spec for p in probes),
        waivers=waivers,
        not_applicable=dict(found.settings.not_applicable),
        tier=found.settings.tier,
        notes=(*found.notes, *doubts(found, _waivers_file(found), waivers, started)),
        requests=context.http.traffic.requests,
        bytes_received=context.http.traffic.bytes_received,
    )
    files = bundle.seal(manifest, tuple(evidence), recorder.blobs, written)
    _, seen = bundle.opened(files)
    return Audit(assess(seen, policy.checklist), files)


def surroundings(options: Options) -> Context:
    """What probes would be handed, for whoever checks what the operator has set. Raises as `audit` does."""
    found = find_target(options.path, root=options.root, config=options.config)
    deployment = choose_deployment(found.settings, options.deployment, options.urls)
    return _context(options, found, deployment, datetime.now(UTC).replace(microsecond=0))[0]


def rescore(folder: Path, checklist: str | None = None) -> Report:
    """Judge a bundle again, by the checklist that it carries or by another one: offline, no probe
    imported. Raises BadBundle and Mistake.
    """
    files = bundle.load(folder)
    manifest, seen = bundle.opened(files)
    if checklist is None:
        return assess(seen, checklist_of_bundle(manifest, bundle.written(files, manifest)))
    made, notes = _other_checklist(manifest, read_chain(checklist))
    return assess(replace(seen, notes=(*seen.notes, *notes)), made)


def _other_checklist(
    manifest: bundle.Manifest, written: tuple[Written, ...]
) -> tuple[Checklist, tuple[str, ...]]:
    """Another checklist for a bundle; one without the bundle's tier judges as if none had been said."""
    whole = checklist_of_bundle(replace(manifest, tier=None), written)
    if manifest.tier is None:
        return whole, ()
    if manifest.tier in {tier.name for tier in whole.tiers}:
        return checklist_of_bundle(manifest, written), ()
    said = f"The checklist {whole.id} has no tier {manifest.tier!r}, so all of it applies."
    return whole, (said,)


def checklist_of_bundle(manifest: bundle.Manifest, written: tuple[Written, ...]) -> Checklist:
    """The checklist of these files, over the facts, features and tier of a bundle. Raises Mistake."""
    tier = ChosenTier(manifest.tier, "the bundle") if manifest.tier is not None else None
    facts = vocabulary(manifest.probes)
    return checklist_from(written, facts, features=manifest.looking.features, tier=tier)


def met(report: Report, wanted: str) -> bool:
    """Whether a report satisfies `--fail-on`: not-ready, blocker or none."""
    if wanted == "blocker":
        return not open_items(report.verdicts(), Severity.BLOCKER)
    return wanted == "none" or report.readiness.ready


def known_items(checklist: Checklist) -> list[str]:
    """Every id that a waiver, an attestation or `not_applicable` may name."""
    items = [i for item in checklist.items() for i in (item, *item.checks)]
    return [i.id for i in items]


def checklist_of(options: Options, found: Found, probes: list[Probe]) -> tuple[str, Checklist]:
    """The checklist that decides about a target, and the name it was asked for by. Raises Mistake."""
    written = _written(options, found)
    return written[0].name, _read(written, found, probes)


def _written(options: Options, found: Found) -> tuple[Written, ...]:
    name, beside, fence = _checklist_name(options, found)
    return read_chain(name, beside=beside, fence=fence)


def _read(written: tuple[Written, ...], found: Found, probes: list[Probe]) -> Checklist:
    facts = vocabulary(p.spec for p in probes)
    settings = found.settings
    return checklist_from(written, facts, features=settings.features, tier=settings.chosen_tier())


def _checklist_name(options: Options, found: Found) -> tuple[str, Path | None, Path | None]:
    """The checklist that decides, where its path starts, and the fence that it must stay inside."""
    if options.checklist:
        return options.checklist, None, None
    if not found.settings.checklist:
        return DEFAULT_CHECKLIST, None, None
    if options.config is not None:
        return found.settings.checklist, options.config.parent, None
    file = found.tree.root / (found.settings.file or "")
    return found.settings.checklist, file.parent, found.tree.root


def _waivers_file(found: Found) -> str:
    return found.settings.waivers or WAIVERS


def _waivers(found: Found, names: list[str]) -> tuple[Waiver, ...]:
    repo = Repo(found.tree, root=found.root)
    path = repo.within(_waivers_file(found))
    if found.settings.waivers is None and not repo.exists(path):
        return ()
    return read_waivers(repo.read(path, limit=_CONFIG_LIMIT).data, path, names)


def _context(
    options: Options, found: Found, deployment: Deployment | None, started: datetime
) -> tuple[Context, Recorder]:
    granted = access_of(options, deployment)
    recorder = Recorder(clean=granted.clean)
    folders = _artefact_folders(options.evidence)
    observed_at = started.isoformat()
    looking = Looking(
        evidence=(*found.settings.evidence, *(e for e in options.evidence if not _is_absolute(e))),
        artefacts=tuple(folder.name for folder in folders),
        features=found.settings.features,
        test_kinds=found.settings.test_kinds,
        attestations=found.settings.attestations,
        only=options.only,
        offline=options.offline,
        allow_exec=options.allow_exec,
        allow_load=options.allow_load,
        allow_intrusive=options.allow_intrusive,
        allow_hosts=options.allow_hosts,
        load_rate=options.load_rate,
        load_seconds=options.load_seconds,
        load_p95_ms=options.load_p95,
        allow_methods=options.allow_methods,
        on_call=options.on_call or "",
        namespace=options.namespace or "",
        forge=options.forge or "",
    )
    http = Http(
        deployment.url if deployment else None,
        allowed_hosts=(*_hosts(deployment), *hosts_of(granted.bases), *options.allow_hosts),
        recorder=recorder,
        observed_at=observed_at,
        offline=options.offline,
    )
    context = Context(
        target=describe(found, options.path, deployment),
        looking=looking,
        now=started,
        repo=Repo(
            WithArtefacts(found.tree, folders) if folders else found.tree,
            root=found.root,
            evidence=looking.evidence,
            recorder=recorder,
            observed_at=observed_at,
        ),
        http=http,
        command=Command(recorder, observed_at=observed_at),
        tls=Tls(http),
        cache=Cache(options.cache, now=int(started.timestamp())),
        access=granted,
    )
    return context, recorder


def access_of(options: Options, deployment: Deployment | None) -> Access:
    """The other systems that the operator lets the audit ask. Raises WrongUse."""
    urls = {name: getattr(deployment, name) for name in _WATCHING} if deployment else {}
    try:
        granted = access(options.environment, {**urls, "kubernetes": options.kubernetes})
    except BadCredential as error:
        raise WrongUse(str(error)) from None
    for base in granted.bases:
        complaint = url_complaint(base)
        if complaint:
            raise WrongUse(complaint)
    return granted


def _is_absolute(evidence: str) -> bool:
    return evidence.startswith("/")


def _artefact_folders(evidence: tuple[str, ...]) -> list[Path]:
    """The folders outside the repository that the operator named. Raises WrongUse."""
    folders = [Path(e) for e in evidence if _is_absolute(e)]
    for folder in folders:
        if not folder.is_dir():
            raise WrongUse(
                f"--evidence {folder} is not a folder. Give a folder of reports, or a glob below the service."
            )
    return folders


def _hosts(deployment: Deployment | None) -> list[str]:
    """The hosts of the URLs that the operator named."""
    if deployment is None:
        return []
    urls = (
        deployment.url,
        deployment.prometheus,
        deployment.alertmanager,
        deployment.grafana,
        deployment.loki,
    )
    return hosts_of(url for url in urls if url)


def hosts_of(urls: Iterable[str]) -> list[str]:
    """The hosts that URLs name."""
    return [host for url in urls if (host := urlsplit(url).hostname)]
