"""What one container or object of a manifest leaves open: probes, limits, its user, secrets in plain."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from auditor.formats.containers.compose_gaps import unversioned
from auditor.formats.containers.health_command import is_vacuous
from auditor.formats.containers.image_reference import Pin, read_image
from auditor.formats.kubernetes.kube_model import Container, KubeObject, Workload, dig
from auditor.formats.secrets.literal_secret import ValueKind, secret_kind, value_kind
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import Path, YamlValue

_IN_FORCE = (ValueKind.LITERAL, ValueKind.DEFAULT, ValueKind.PLACEHOLDER)
_KEYS = frozenset({"tls.key", "ssh-privatekey", ".dockerconfigjson", ".dockercfg"})
_PROBES = {
    "readiness": "readinessProbe", "liveness": "livenessProbe", "startup": "startupProbe",
}  # fmt: skip


def unprobed(container: Container, what: str) -> str:
    """Why it has no probe for `what` (readiness or liveness) that can fail; "" where it has one."""
    probe = mapping_of(container.body.get(_PROBES[what]))
    if not probe:
        return f"no {what} probe"
    command = " ".join(texts_of(dig(probe, "exec", "command")))
    return f"its {what} probe cannot fail" if command and is_vacuous(command) else ""


def probe_paths(container: Container) -> Iterator[tuple[str, str]]:
    """Kind and path of every probe that asks over HTTP."""
    for what, key in _PROBES.items():
        asked = dig(container.body, key, "httpGet")
        if isinstance(asked, dict):
            yield what, text_of(asked.get("path")) or "/"


def unlimited(container: Container) -> str:
    """Whether nothing bounds its memory. A limit of CPU is not asked for: it only slows a service down."""
    limit = text_of(dig(container.body, "resources", "limits", "memory"))
    return "" if limit not in (None, "0") else "no limit of memory"


def requests(container: Container, resource: str) -> bool:
    """Whether it requests a resource; Kubernetes takes the limit where no request is written."""
    resources = container.body.get("resources")
    written = (text_of(dig(resources, key, resource)) for key in ("requests", "limits"))
    return next((text for text in written if text is not None), "0") != "0"


def unrequested(container: Container) -> str:
    """Which of CPU and memory it does not request."""
    missing = [
        name for name, key in (("CPU", "cpu"), ("memory", "memory")) if not requests(container, key)
    ]
    return f"no request of {' and '.join(missing)}" if missing else ""


def rooted(pod: dict[str, YamlValue], container: Container) -> str:
    """Why a container may run as root; "" where its manifest rules that out."""
    own, shared = (mapping_of(where.get("securityContext")) for where in (container.body, pod))
    user, guard = (own.get(k, shared.get(k)) for k in ("runAsUser", "runAsNonRoot"))
    if own.get("privileged") is True:
        return "it is privileged"
    if user == 0:
        return "it runs as user 0"
    kept = guard is True or (isinstance(user, int) and not isinstance(user, bool))
    return "" if kept else "nothing keeps it from running as root"


def unpinned(image: str) -> str:
    """Why an image has no version; "" where it has one, or a pipeline fills it in."""
    read = read_image(image)
    return "" if not image or read.pin is Pin.VARIABLE else unversioned(read)


def open_gaps(
    made: Workload, one: Container, *, serving: bool, first: bool
) -> Iterator[tuple[str, str]]:
    """What a container of a workload leaves open, by name, with "" for what it does not: readiness
    (of one that is `serving`), liveness (of that and of the `first`), limits, requests and root."""
    if made.lasting and serving:
        yield "readiness", unprobed(one, "readiness")
    if made.lasting and (serving or first):
        yield "liveness", unprobed(one, "liveness")
    yield "limits", unlimited(one)
    yield "requests", unrequested(one)
    yield "root", rooted(made.pod, one)


def written_secrets(
    found: KubeObject, made: Workload | None
) -> Iterator[tuple[str, int | None, str]]:
    """Holder, line and name of each secret whose value stands in an object; the values are dropped."""
    if "sops" in found.body:
        return
    if found.kind in ("Secret", "ConfigMap"):
        for place in ("stringData", "data"):
            for key, value in mapping_of(found.body.get(place)).items():
                if _is_secret(found, place, key, text_of(value) or ""):
                    yield str(found), found.line(place, key), key
    if made is not None:
        below = _pod_path(found)
        for kind in ("initContainers", "containers"):
            for at, one in enumerate(list_of(made.pod.get(kind))):
                yield from _environment(found, mapping_of(one), (*below, kind, at, "env"))


def _pod_path(found: KubeObject) -> Path:
    if found.kind == "CronJob":
        return ("spec", "jobTemplate", "spec", "template", "spec")
    return ("spec",) if found.kind == "Pod" else ("spec", "template", "spec")


def _environment(
    found: KubeObject, body: dict[str, YamlValue], place: Path
) -> Iterator[tuple[str, int | None, str]]:
    for at, entry in enumerate(list_of(body.get("env"))):
        name, value = (text_of(mapping_of(entry).get(key)) for key in ("name", "value"))
        if name and value and secret_kind(name, value) in _IN_FORCE and not _outside(value):
            yield (
                f"{found} {text_of(body.get('name')) or ''}".rstrip(),
                found.line(*place, at),
                name,
            )


def _is_secret(found: KubeObject, place: str, key: str, value: str) -> bool:
    if found.kind == "Secret" and place == "data":
        value = _plain(value)
    if _outside(value):
        return False
    if found.kind == "Secret" and key in _KEYS:
        return value_kind(value) in _IN_FORCE
    single = "\n" not in value.strip()
    return single and secret_kind(key, value) in _IN_FORCE


def _outside(value: str) -> bool:
    """Whether a tool such as the Vault plugin of Argo CD puts the secret in."""
    return value.strip().startswith(("<path:", "vault:", "ref+"))


def _plain(value: str) -> str:
    try:
        return base64.b64decode(value, validate=False).decode("utf-8", "replace")
    except ValueError:
        return value
