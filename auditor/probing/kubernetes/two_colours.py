"""Two services of one image in Compose, blue and green, and the script that switches a proxy between them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from auditor.formats.containers.compose_model import HealthState, Service
from auditor.formats.kubernetes.kube_progressive import Kind
from auditor.formats.text.errors import FormatError
from auditor.probing.ci.release_look import Releases, Way
from auditor.probing.containers.compose_choice import anchored, chosen_files
from auditor.probing.containers.container_files import Holdings, Use, read_compose, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.own_services import OwnServices

_COLOUR = re.compile(r"(?i)(?:^|[-_.])(blue|green)(?:$|[-_.])")
_RECIPE = re.compile(
    r"(?i)(?:^|/)(?:Makefile|justfile|Taskfile\.ya?ml|Jenkinsfile|[^/]+\.(?:sh|bash|mk|py|rb))$"
    r"|^\.github/workflows/[^/]+\.ya?ml$|^\.gitlab-ci\.ya?ml$"
)
_SWITCH = re.compile(
    r"(?i)nginx[^\n]{0,80}-s\s+reload|(?:reload|restart)[^\n]{0,30}(?:nginx|caddy|haproxy|traefik)"
    r"|(?:nginx|caddy|haproxy)[^\n]{0,60}\breload\b|--force-recreate|kill[^\n]{0,30}HUP"
    r"|socat[^\n]{0,80}haproxy|set server \S+/\S+"
)
_ASKS = re.compile(
    r"(?i)\b(?:curl|wget|http)\b[^\n]{0,200}(?:health|ready|live|status|ping|localhost|127\.0\.0\.1|:\d{2,5})"
    r"|inspect[^\n]{0,80}\.Health|up[^\n]{0,60}--wait|wait-for|health_?check|smoke"
)
_COMMENT = re.compile(r"(?m)^[ \t]*(?:#|//).*$")
_LARGEST = 256 * 1024


def in_compose(holdings: Holdings, found: Releases) -> None:
    """The way that the Compose files of the service show, if any."""
    own = OwnServices(holdings)
    colours: dict[str, dict[str, tuple[str, Service]]] = {}
    for path in chosen_files(holdings, own):
        try:
            file = anchored(read_compose(holdings.repo, path), path)
        except (Trouble, FormatError):
            continue  # infra.compose tells it
        for service in file.services:
            match = _COLOUR.search(service.name) or _COLOUR.search(posixpath.basename(path))
            if match and own.seen(service, service.build):
                bare = _COLOUR.sub("", service.name)
                colours.setdefault(bare, {}).setdefault(match[1].lower(), (path, service))
    for bare, pair in sorted(colours.items()):
        if len(pair) == 2:
            path, service = pair["blue"]
            what = f"{bare or 'the service'} in blue and green"
            faults = tuple(_faults(holdings, [one for _, one in pair.values()]))
            found.ways.append(Way(Kind.BLUE_GREEN, path, service.line, what, faults, prepared=True))


def _faults(holdings: Holdings, services: list[Service]) -> Iterator[str]:
    scripts = list(_scripts(holdings))
    switching = [(path, at) for path, text in scripts for at in [_SWITCH.search(text)] if at]
    if not switching:
        yield "nothing in the repository switches a proxy between them"
        return
    texts = dict(scripts)
    asked = [path for path, at in switching if _ASKS.search(texts[path][: at.start()])]
    if not asked:
        yield f"{switching[0][0]} switches without asking the new version first"
    elif any(one.health.state is HealthState.DISABLED for one in services):
        yield "a health check of one is disabled"


def _scripts(holdings: Holdings) -> Iterator[tuple[str, str]]:
    """Scripts of deployment that speak of both colours, without their comments."""
    for path in sorted(holdings.files):
        apart = use_of(holdings.repo.below(path)) is Use.APART
        if not _RECIPE.search(path) or (apart and not path.startswith(".github/workflows/")):
            continue
        try:
            text = _COMMENT.sub("", holdings.repo.read(path, limit=_LARGEST).text)
        except Trouble:
            continue
        if "blue" in text.lower() and "green" in text.lower():
            yield path, text
