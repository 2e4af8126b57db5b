"""Which workloads of Kubernetes manifests run the audited service itself, and how that is seen."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property

from auditor.formats.containers.compose_model import Build, Service
from auditor.formats.containers.image_reference import read_image
from auditor.formats.kubernetes.kube_model import Workload, dig
from auditor.formats.packages.dependency_kinds import of_image
from auditor.formats.text.errors import FormatError
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import load_all
from auditor.probing.containers.container_files import Holdings, parents, resolve
from auditor.probing.doors.trouble import Trouble
from auditor.probing.kubernetes.helm_values import RECIPES
from auditor.probing.kubernetes.skaffold import FILES
from auditor.probing.monitoring.own_services import OwnServices

_DOCKERFILE = re.compile(r"(?i)(?:.+[.-])?(?:Docker|Container)file(?:[.-].+)?")
_FILLED_IN = re.compile(r"\$|<[^>]*>|__\w+__|PLACEHOLDER|\bREPLACE|\bIMAGE\b|^image$")
_SETS = re.compile(r"\bedit set image\s(.{1,500})")
_NAMED = re.compile(r"[\"']?([\w./-]+)=\S")
_LARGEST = 512 * 1024
_GENERIC = words(
    "api app application apps backend frontend server service services web www worker ui core main site platform"
    " project repo demo example test docker image images prod production the my and"
)
_OTHERS = re.compile(
    r"^(?:(?:docker\.io/)?(?:library/)?(?:nginx|httpd|busybox|alpine|ubuntu|debian|python|node|golang|openjdk|caddy"
    r"|traefik|haproxy|memcached|rabbitmq|vault|consul|php|ruby)"
    r"|(?:registry\.)?k8s\.(?:gcr\.)?io/.*|gcr\.io/(?:google|cloudsql|kaniko|cloud-sql|distroless)[^/]*/.*"
    r"|quay\.io/(?:jetstack|prometheus|argoproj|oauth2-proxy|keycloak|minio)[^:]*|(?:docker\.io/)?(?:bitnami|bitnamilegacy|prom"
    r"|grafana|hashicorp|jaegertracing|otel|fluent|curlimages|istio|dpage|adminer|axllent|mailhog)/.*)$"
)


class KubeOwners:
    """Tells workloads of the audited service, which is called `name`, from those of others."""

    def __init__(self, holdings: Holdings, name: str) -> None:
        self._holdings = holdings
        self._own = OwnServices(holdings)
        root = holdings.repo.root.rpartition("/")[2]
        self._words = [_words(one) for one in {root or name} if one]

    def seen(self, made: Workload) -> str:
        """How it is seen that a workload runs the audited service, "" where it is not."""
        return next((how for c in made.containers if (how := self._image(c.image))), "")

    def may_be(self, made: Workload) -> bool:
        """Whether nobody else is known to publish one of its images."""
        return bool(self._builds) and any(_of_nobody(c.image) for c in made.containers)

    def filled_in(self, image: str) -> bool:
        """Whether something at deployment puts in the version of an image."""
        bare = read_image(image).name
        return bare in self._artifacts or bool(_FILLED_IN.search(image)) or bare in self._set

    @cached_property
    def _set(self) -> frozenset[str]:
        """The images whose version a script or pipeline sets: `kustomize edit set image shop=…`."""
        found: set[str] = set()
        for path in sorted(self._holdings.files):
            if RECIPES.search(path):
                try:
                    text = self._holdings.repo.read(path, limit=_LARGEST).text
                except Trouble:
                    continue
                found |= {name for line in _SETS.findall(text) for name in _NAMED.findall(line)}
        return frozenset(found)

    def _image(self, image: str) -> str:
        if not image or not _of_nobody(image):
            return ""
        how = self._own.seen(Service("", None, image=read_image(image)), None)
        if how:
            return how
        bare = read_image(image).name
        last = bare.rpartition("/")[2].lower()
        # Skaffold puts the registry that it pushes to before the name.
        artifact = self._artifacts.get(bare) or self._artifacts.get(last)
        if artifact:
            return f"the image {image}, which {artifact} builds"
        parts = {last, *re.split(r"[^a-z0-9]+", last)}
        folder = next(
            (name for name in sorted(parts) if len(name) > 2 and name in self._builds), ""
        )
        if folder:
            return f"the image {image}, which {self._builds[folder]} builds"
        if self._builds and not self._holdings.repo.root and _FILLED_IN.search(image):
            return f"the image {image}, which is put in at deployment"
        called = _words(last)
        if called and any(w and (w <= called or called <= w) for w in self._words):
            return f"the image {image}, which is called like the service"
        return ""

    @cached_property
    def _builds(self) -> dict[str, str]:
        """Dockerfiles that take code of the service, by the names of the folders that they lie in.

        One at the root goes by "".
        """
        found: dict[str, str] = {}
        for path in sorted(self._holdings.files):
            folder, name = posixpath.split(path)
            if not _DOCKERFILE.fullmatch(name):
                continue
            for context in dict.fromkeys((folder, *self._contexts(path))):
                build = Build(
                    context or ".",
                    posixpath.relpath(path, context or "."),
                    None,
                    False,
                    False,
                    None,
                )
                if self._own.seen(Service("", None), build):
                    found.setdefault(posixpath.basename(folder).lower(), path)
                    break
        return found

    def _contexts(self, dockerfile: str) -> tuple[str, ...]:
        """Folders that an image of the service may be built in, beside that of its Dockerfile."""
        root = self._holdings.repo.root
        return (root, "") if self._holdings.repo.in_service(dockerfile) else ("",)

    @cached_property
    def _artifacts(self) -> dict[str, str]:
        """Images that Skaffold builds from code of the service, and the file that says so."""
        found: dict[str, str] = {}
        for path in self._holdings.files:
            if path.rpartition("/")[2] not in FILES:
                continue
            try:
                documents = load_all(self._holdings.repo.read(path).data, name=path)
            except (Trouble, FormatError):
                continue
            for document in documents:
                for one in map(mapping_of, list_of(dig(document.value, "build", "artifacts"))):
                    image, context = text_of(one.get("image")), text_of(one.get("context")) or "."
                    folder = resolve(posixpath.dirname(path), context)
                    if image and folder is not None and self._holds_service(folder):
                        found[image] = path
        return found

    def _holds_service(self, folder: str) -> bool:
        repo = self._holdings.repo
        return repo.in_service(folder) or (folder != "" and folder in parents(repo.root))


def _words(text: str) -> frozenset[str]:
    """The words of a name that say something."""
    return frozenset(re.split(r"[^a-z0-9]+", text.lower())) - _GENERIC - {""}


def _of_nobody(image: str) -> bool:
    bare = read_image(image).name.lower()
    return bool(bare) and of_image(bare) is None and not _OTHERS.match(bare)
